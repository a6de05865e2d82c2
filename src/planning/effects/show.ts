import type { Effect, SeriesDrivers, ShownEffect } from './types.ts';

const SHOWN_MAX = 12;

/** Percent by which demand changes where its logarithm changes by this. */
function percentOf(log: number): number {
  return Number((100 * (Math.exp(log) - 1)).toPrecision(3));
}

/** Effects as a person is told of them: days by name, promotions by code, price, signals. */
export function showEffects(effects: readonly Effect[], drivers: SeriesDrivers): ShownEffect[] {
  const plain = { elasticity: null, lagDays: 0 };
  const of = (kind: Effect['kind'], name: string) =>
    effects.find((effect) => effect.kind === kind && effect.name === name)?.coefficient ?? 0;
  const shown: ShownEffect[] = [];
  if (effects.some(({ kind }) => kind === 'promotion')) {
    // The newest ones: plans come last.
    const newest = [...drivers.promotions].sort((a, b) => b.from - a.from).slice(0, SHOWN_MAX / 2);
    for (const { code, discount } of newest) {
      const taken = -Math.log(1 - Math.min(0.95, discount));
      const log = of('promotion', '') + of('promotion', 'discount') * taken;
      shown.push({ kind: 'promotion', name: code, percent: percentOf(log), ...plain });
    }
  }
  for (const { kind, name, lag, coefficient } of effects) {
    if (kind === 'promotion') continue;
    if (kind === 'price') {
      const elasticity = Number(coefficient.toPrecision(3));
      shown.push({ kind, name, percent: null, elasticity, lagDays: 0 });
    } else if (kind === 'signal') {
      shown.push({ ...plain, kind, name, percent: percentOf(coefficient), lagDays: lag });
    } else {
      const log = name === '' ? coefficient : of(kind, '') + coefficient;
      shown.push({ kind, name, percent: percentOf(log), ...plain });
    }
  }
  return shown.slice(0, SHOWN_MAX * 2);
}

function signed(percent: number): string {
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent)} %`;
}

const ALL_DAYS = { closed: 'closed days', event: 'events', holiday: 'holidays' } as const;

/** One effect in a few words, as `promotion SPRING +38 %`. */
export function effectText({ kind, name, percent, elasticity, lagDays }: ShownEffect): string {
  if (kind === 'price') return `price elasticity ${elasticity ?? 0}`;
  const strength = signed(percent ?? 0);
  if (kind === 'promotion') return `promotion ${name} ${strength}`;
  if (kind === 'signal') {
    const after = lagDays > 0 ? ` ${lagDays} days later` : '';
    return `signal ${name} ${strength} a step${after}`;
  }
  return `${name === '' ? ALL_DAYS[kind] : name} ${strength}`;
}
