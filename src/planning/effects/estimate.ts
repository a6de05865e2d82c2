import { type Driver, type Fit, fitEffects, gainOf } from './fit.ts';
import type { Effect, Member } from './types.ts';
import { driverValues, type Known, LAG_MAX, movedBy, signalAt } from './values.ts';

/** Days on which a flag must have been seen, in all series of an item together. */
const SEEN_MIN = 2;
/** Days that have names of their own in a fit, the most frequent ones. */
const NAMES_MAX = 16;
/** Demands of the item that it takes to tell an effect. */
const DEMANDS_MIN = 20;
/** Known days of a signal that it takes to look at it. */
const SIGNAL_DAYS_MIN = 56;

/** Gains that chance hardly brings about (see gainOf), with one more for each further driver. */
const GAIN_MIN = 6;
/** A signal had as many chances as there are lags: four standard errors. */
const GAIN_SIGNAL_MIN = 16;

/** Effects as known at a day: of what is planned, and of signals as well. */
export interface Estimated {
  readonly planned: readonly Effect[];
  /** The same as `planned` where no signal told anything. */
  readonly all: readonly Effect[];
}

const NONE: Estimated = { planned: [], all: [] };

const plain = (kind: Effect['kind'], name = ''): Driver => {
  return { kind, name, lag: 0, mean: 0, deviation: 1 };
};

/** Estimates what moves the demand of an item from its series through a day. */
export function estimateEffects(members: readonly Member[], known: Known): Estimated {
  let demands = 0;
  for (const { values, firstDay } of members) {
    const days = Math.min(values.length, known.through - firstDay + 1);
    for (let t = 0; t < days; t += 1) if (values[t]! > 0) demands += 1;
  }
  if (demands < DEMANDS_MIN) return NONE;
  const first = plannedDrivers(members, known);
  const hasSignals = members.some(({ drivers }) => drivers.signals.length > 0);
  if (first.length === 0 && !hasSignals) return NONE;
  const planned = pruned(members, first, known);
  const effects = effectsOf(planned.drivers, planned.fit);
  if (!hasSignals) return { planned: effects, all: effects };
  const signals = signalDrivers(planned.fit, known);
  if (signals.length === 0) return { planned: effects, all: effects };
  const both = pruned(members, [...planned.drivers, ...signals], known);
  const isUsed = both.drivers.some(({ kind }) => kind === 'signal');
  return { planned: effects, all: isUsed ? effectsOf(both.drivers, both.fit) : effects };
}

function effectsOf(drivers: readonly Driver[], { coefficients }: Fit): Effect[] {
  return drivers.map((driver, j) => ({ ...driver, coefficient: coefficients[j]! }));
}

/** Drivers that stand or fall together: all of a kind, but each signal alone. */
function familyOf({ kind, name }: Driver): string {
  return kind === 'signal' ? `signal ${name}` : kind;
}

/** Fits drivers, leaves out those that chance explains as well, and fits the others again. */
function pruned(members: readonly Member[], drivers: readonly Driver[], known: Known) {
  const fit = fitEffects(members, drivers, known);
  const families = new Map<string, number>();
  for (const driver of drivers) {
    families.set(familyOf(driver), (families.get(familyOf(driver)) ?? 0) + 1);
  }
  const kept = new Set<string>();
  for (const [family, size] of families) {
    const least = family.startsWith('signal') ? GAIN_SIGNAL_MIN : GAIN_MIN + size - 1;
    if (gainOf(fit, (j) => familyOf(drivers[j]!) === family) >= least) kept.add(family);
  }
  const left = drivers.filter((driver) => kept.has(familyOf(driver)));
  if (left.length === drivers.length) return { drivers, fit };
  return { drivers: left, fit: fitEffects(members, left, known) };
}

/** Calendars, promotions and prices that were at work by the day. */
function plannedDrivers(members: readonly Member[], known: Known): Driver[] {
  const drivers: Driver[] = [];
  const seenOf = (driver: Driver) => {
    const days = new Set<number>();
    const values = new Set<number>();
    for (const { firstDay, drivers: own, isUsable } of members) {
      const span = { from: firstDay, to: known.through };
      for (const [t, value] of driverValues(driver, own, firstDay, span, known).entries()) {
        if (value === 0 || isUsable[t] !== 1) continue;
        days.add(firstDay + t);
        values.add(value);
      }
    }
    return { days: days.size, values: values.size };
  };
  for (const kind of ['closed', 'event', 'holiday'] as const) {
    if (seenOf(plain(kind)).days < SEEN_MIN) continue;
    drivers.push(plain(kind));
    const names = new Set<string>();
    for (const { drivers: own } of members) {
      for (const day of own.named) if (day.kind === kind) names.add(day.name);
    }
    if (names.size < 2) continue;
    const named = [...names]
      .map((name) => ({ name, days: seenOf(plain(kind, name)).days }))
      .filter(({ days }) => days >= SEEN_MIN)
      .sort((a, b) => b.days - a.days || (a.name < b.name ? -1 : 1));
    drivers.push(...named.slice(0, NAMES_MAX).map(({ name }) => plain(kind, name)));
  }
  if (seenOf(plain('promotion')).days >= SEEN_MIN) {
    drivers.push(plain('promotion'));
    const deeper = plain('promotion', 'discount');
    if (seenOf(deeper).values > 1) drivers.push(deeper);
  }
  const isMoved = members.some(({ drivers: { price }, firstDay }) =>
    movedBy(price, known.through - firstDay + 1),
  );
  if (isMoved) drivers.push(plain('price'));
  return drivers;
}

/** Signals with the lag at which each tells most of what planned drivers leave unexplained. */
function signalDrivers(fit: Fit, known: Known): Driver[] {
  const signals = new Map<string, 'amount' | 'flag'>();
  for (const { member } of fit.rows) {
    for (const { code, kind } of member.drivers.signals) signals.set(code, kind);
  }
  const codes = [...signals.keys()].sort((a, b) => (a < b ? -1 : 1));
  return codes.flatMap((code) => {
    const scale = scaleOf(fit, code, signals.get(code)!, known);
    if (!scale) return [];
    let best: { driver: Driver; score: number } | undefined;
    for (let lag = 0; lag <= LAG_MAX; lag += 1) {
      const driver: Driver = { kind: 'signal', name: code, lag, ...scale };
      const score = scoreOf(fit, driver, known);
      if (score >= GAIN_SIGNAL_MIN && score > (best?.score ?? 0)) best = { driver, score };
    }
    return best ? [best.driver] : [];
  });
}

/** Mean and deviation of a signal over the history; a flag stays as it is. */
function scaleOf(fit: Fit, code: string, kind: 'amount' | 'flag', known: Known) {
  let [count, sum, squares] = [0, 0, 0];
  for (const { member, days } of fit.rows) {
    const { signals, signalsFrom } = member.drivers;
    const signal = signals.find((one) => one.code === code);
    if (!signal) continue;
    for (let t = 0; t < days; t += 1) {
      const value = signalAt(signal, signalsFrom, member.firstDay + t, known);
      if (Number.isNaN(value)) continue;
      count += 1;
      sum += value;
      squares += value * value;
    }
  }
  const mean = sum / count;
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
  if (!(count >= SIGNAL_DAYS_MIN) || !(deviation > 1e-9 * (1 + Math.abs(mean)))) return undefined;
  return kind === 'flag' ? { mean: 0, deviation: 1 } : { mean, deviation };
}

/** Rao's score test of one more driver, against what a fit leaves unexplained. */
function scoreOf(fit: Fit, driver: Driver, known: Known): number {
  let [slope, information] = [0, 0];
  for (const { member, days, expected } of fit.rows) {
    const { firstDay } = member;
    const span = { from: firstDay, to: firstDay + days - 1 };
    const values = driverValues(driver, member.drivers, firstDay, span, known);
    for (let t = 0; t < days; t += 1) {
      if (member.isUsable[t] !== 1) continue;
      slope += values[t]! * (member.values[t]! - expected[t]!);
      information += values[t]! ** 2 * expected[t]!;
    }
  }
  return information > 0 ? slope ** 2 / (information * fit.dispersion) : 0;
}
