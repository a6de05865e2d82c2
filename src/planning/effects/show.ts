import type { Effect, SeriesDrivers, ShownEffect } from './types.ts';
import { pricesKnown } from './values.ts';

const SHOWN_MAX = 12;

/** Percent by which demand changes where its logarithm changes by this. */
function percentOf(log: number): number {
  return Number((100 * (Math.exp(log) - 1)).toPrecision(3));
}

/** What prices that are planned for days after an origin do to demand, by code. */
function showPlanned(drivers: SeriesDrivers, coefficient: number, origin: number): ShownEffect[] {
  const last = drivers.price?.at(-1) ?? 0;
  return pricesKnown(drivers, origin)
    .filter(({ to }) => to === null || to > origin)
    .slice(0, SHOWN_MAX / 2)
    .map(({ code, price }) => {
      const percent = percentOf(coefficient * (Math.log(price) - last));
      return { kind: 'price', name: code, percent, elasticity: null, lagDays: 0 };
    });
}

/**
 * Effects as a person is told of them: days by name, promotions by code, price and the prices
 * that are planned for days after `origin`, signals.
 */
export function showEffects(
  effects: readonly Effect[],
  drivers: SeriesDrivers,
  origin: number,
): ShownEffect[] {
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
      shown.push(...showPlanned(drivers, coefficient, origin));
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
  if (kind === 'price' && name === '') return `price elasticity ${elasticity ?? 0}`;
  const strength = signed(percent ?? 0);
  if (kind === 'price') return `planned price ${name} ${strength}`;
  if (kind === 'promotion') return `promotion ${name} ${strength}`;
  if (kind === 'signal') {
    const after = lagDays > 0 ? ` ${lagDays} days later` : '';
    return `signal ${name} ${strength} a step${after}`;
  }
  return `${name === '' ? ALL_DAYS[kind] : name} ${strength}`;
}
