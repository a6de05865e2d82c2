import type { DemandSeries, Drivers, PlannedPrice, SignalSeries } from '../demand/index.ts';
import type { Effect, SeriesDrivers } from './types.ts';

/** A demand is taken to follow a signal by so many days at most. */
export const LAG_MAX = 28;

/** The usual price is the mean of so many of the newest days with a sale. */
const PRICE_DAYS = 5;
/** Prices that move less than this, as logarithms, tell nothing. */
const PRICE_RANGE_MIN = 0.03;

/** Days of a span, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Up to which day a forecast knows demand, and up to which the run does; they differ in tests. */
export interface Known {
  readonly through: number;
  readonly origin: number;
}

/** The usual price without promotions, whose effect is another one; see SeriesDrivers. */
function usualPrice(
  { price, firstDay }: Pick<DemandSeries, 'price' | 'firstDay'>,
  promotions: SeriesDrivers['promotions'],
): Float64Array | null {
  // Most series have no price at all, or one that never moves; they must cost next to nothing.
  if (!mayMove(price)) return null;
  const usual = new Float64Array(price.length);
  const newest: number[] = [];
  let firstKnown = price.length;
  let now = 0;
  for (let i = 0; i < price.length; i += 1) {
    if (price[i]! > 0 && !isPromoted(promotions, firstDay + i)) {
      newest.push(Math.log(price[i]!));
      if (newest.length > PRICE_DAYS) newest.shift();
      firstKnown = Math.min(firstKnown, i);
      now = newest.reduce((sum, log) => sum + log, 0) / newest.length;
    }
    usual[i] = now;
  }
  if (firstKnown === price.length) return null;
  usual.fill(usual[firstKnown]!, 0, firstKnown);
  return rangeOf(usual, usual.length) > PRICE_RANGE_MIN ? usual : null;
}

function isPromoted(promotions: SeriesDrivers['promotions'], day: number): boolean {
  return promotions.some(({ from, to }) => from <= day && day <= to);
}

/** Whether any two prices are further apart than what is noticed; means of them are nearer. */
function mayMove(price: Float64Array): boolean {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < price.length; i += 1) {
    const value = price[i]!;
    if (!(value > 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low && Math.log(high / low) > PRICE_RANGE_MIN;
}

function rangeOf(values: Float64Array, length: number): number {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < length; i += 1) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  return high - low;
}

/** Whether a price moved by a day of its history. */
export function movedBy(price: Float64Array | null, days: number): boolean {
  return price !== null && rangeOf(price, Math.min(days, price.length)) > PRICE_RANGE_MIN;
}

/** What moves a series; null where nothing does, which costs nothing further. */
export function driversOf(
  series: Pick<DemandSeries, 'itemId' | 'siteId' | 'price' | 'firstDay'>,
  all: Drivers,
): SeriesDrivers | null {
  const named = all.namedDays(series.siteId);
  const promotions = all.promotions(series.itemId, series.siteId);
  const signals = all.signals(series.itemId, series.siteId);
  const price = usualPrice(series, promotions);
  if (named.length + promotions.length + signals.length === 0 && price === null) return null;
  const plannedPrices = all.plannedPrices(series.itemId, series.siteId);
  return { named, promotions, signals, signalsFrom: all.fromDay, price, plannedPrices };
}

/** The last day of a signal that is looked at; see signalAt. */
function signalEnd({ lastDay, gaps }: SignalSeries, { through, origin }: Known): number {
  const reach = lastDay - origin;
  return through + (gaps === 'unknown' ? reach : Math.max(0, reach));
}

/**
 * A signal on a day. At an origin of the past it was known as far ahead as it is now: what would
 * not have been loaded by then is not looked at.
 */
export function signalAt(signal: SignalSeries, from: number, day: number, known: Known): number {
  const last = signalEnd(signal, known);
  if (day <= last) return signal.values[day - from] ?? Number.NaN;
  if (signal.gaps === 'zero') return 0;
  return signal.gaps === 'last' ? (signal.values[last - from] ?? Number.NaN) : Number.NaN;
}

/**
 * Days after an origin for which all signals in use are known; those after them must do without.
 * A signal that says what stands for days without a value is known for ever.
 */
export function knownAhead(
  effects: readonly Effect[],
  drivers: SeriesDrivers,
  known: Known,
): number {
  let ahead = Number.POSITIVE_INFINITY;
  for (const { kind, name, lag } of effects) {
    if (kind !== 'signal') continue;
    const signal = drivers.signals.find(({ code }) => code === name);
    if (signal?.gaps !== 'unknown') continue;
    ahead = Math.min(ahead, signalEnd(signal, known) + lag - known.through);
  }
  return Math.max(0, ahead);
}

function plannedOn(planned: readonly PlannedPrice[], day: number): PlannedPrice | undefined {
  return planned.find(({ from, to }) => from <= day && (to === null || day <= to));
}

/** What is known at an origin of the prices of days to come, the one that wins first. */
export function pricesKnown(
  { plannedPrices }: Pick<SeriesDrivers, 'plannedPrices'>,
  through: number,
): readonly PlannedPrice[] {
  // The forecast of a day's history is made on the day after: what was said by then is known.
  return plannedPrices.filter(({ recordedDay }) => recordedDay <= through + 1);
}

/**
 * Writes the value of an effect's driver on each day of a span. The price of days to come is the
 * one that was planned by then, else the last that is known, and all prices are against that one.
 */
export function driverValues(
  { kind, name, lag, mean, deviation }: Omit<Effect, 'coefficient'>,
  drivers: SeriesDrivers,
  firstDay: number,
  { from, to }: Span,
  known: Known,
): Float64Array {
  const values = new Float64Array(Math.max(0, to - from + 1));
  const put = (day: number, value: number) => {
    if (day >= from && day <= to) values[day - from] = Math.max(values[day - from]!, value);
  };
  if (kind === 'promotion') {
    for (const one of drivers.promotions) {
      const value = name === '' ? 1 : -Math.log(1 - Math.min(0.95, one.discount));
      for (let day = Math.max(from, one.from); day <= Math.min(to, one.to); day += 1) {
        put(day, value);
      }
    }
  } else if (kind === 'price') {
    const { price } = drivers;
    if (price === null) return values;
    const last = Math.min(price.length - 1, known.through - firstDay);
    const planned = to > known.through ? pricesKnown(drivers, known.through) : [];
    for (let day = from; day <= to; day += 1) {
      const plan = day > known.through ? plannedOn(planned, day) : undefined;
      const log = plan ? Math.log(plan.price) : (price[Math.min(day - firstDay, last)] ?? 0);
      values[day - from] = log - (price[last] ?? 0);
    }
  } else if (kind === 'signal') {
    const signal = drivers.signals.find(({ code }) => code === name);
    if (!signal) return values;
    for (let day = from; day <= to; day += 1) {
      const value = (signalAt(signal, drivers.signalsFrom, day - lag, known) - mean) / deviation;
      values[day - from] = Number.isNaN(value) ? 0 : value;
    }
  } else {
    for (const one of drivers.named) {
      if (one.kind === kind && (name === '' || one.name === name)) {
        for (const day of one.days) put(day, 1);
      }
    }
  }
  return values;
}

/** Demand is not taken to be moved further than this, as logarithms. */
const LOG_MIN = -5;
const LOG_MAX = Math.log(10);

/** What the effects multiply the demand of each day of a span by. */
export function factorsOf(
  effects: readonly Effect[],
  drivers: SeriesDrivers,
  firstDay: number,
  span: Span,
  known: Known,
): Float64Array {
  const logs = new Float64Array(Math.max(0, span.to - span.from + 1));
  for (const effect of effects) {
    const values = driverValues(effect, drivers, firstDay, span, known);
    for (let i = 0; i < logs.length; i += 1) logs[i]! += effect.coefficient * values[i]!;
  }
  return logs.map((log) => Math.exp(Math.min(LOG_MAX, Math.max(LOG_MIN, log))));
}
