import type { SeriesDrivers } from '../effects/index.ts';
import {
  absoluteScale,
  aggregate,
  clean,
  type EngineForecast,
  forecastFast,
  forecastFull,
  pinballLoss,
  squaredScale,
} from '../engine/index.ts';
import { LEVELS, type Series } from '../series.ts';
import { type PastDrivers, pastDrivers } from './evaluate-drivers.ts';
import { WEEK_DAYS } from './types.ts';

/**
 * Judges forecasts by rolling origins over stored history: what would have been forecast with what
 * was known then, against what came, beside two methods that anybody can use without a program.
 */

/** What is judged, and how often. */
export interface EvaluateOptions {
  /** Days of a period: 1, or 7 for weeks that end on the last day. */
  readonly periodDays: 1 | 7;
  /** Periods ahead of each origin, and origins, that far apart, the last one `ahead` before now. */
  readonly ahead: number;
  readonly origins: number;
  readonly tier: 'fast' | 'full';
}

/** Series to be judged, one after another. */
export interface EvaluateInput {
  readonly options: EvaluateOptions;
  /** The last day of all of them, counted from 1970-01-01. */
  readonly through: number;
  /** Item, site, owner of each; all sites of an item are in one batch. */
  readonly keys: Int32Array;
  readonly firstDays: Int32Array;
  readonly lengths: Int32Array;
  /** Demand through the same last day; NaN where it is not known. */
  readonly demand: Float64Array;
  /** Bits of MARK for each value. */
  readonly marks: Uint8Array;
  /** What moves the demand of each; null where nothing does. */
  readonly drivers: readonly (SeriesDrivers | null)[];
}

export const RIVALS = ['model', 'seasonalNaive', 'movingAverage'] as const;
export type Rival = (typeof RIVALS)[number];

/** Sums over periods of one method. */
export interface RivalSums {
  absolute: number;
  error: number;
  squared: number;
  scaledPinball: number;
  pinball: number;
  inside80: number;
  inside90: number;
  inside95: number;
}

/** What judging the series of a class gave. */
export interface ClassSums {
  readonly demandClass: string;
  series: number;
  periods: number;
  scaledPeriods: number;
  demand: number;
  /** Demand of the series whose pinball loss was below that of each rival, and of both. */
  betterThanNaive: number;
  betterThanAverage: number;
  betterThanBoth: number;
  readonly rivals: Record<Rival, RivalSums>;
}

/** A forecast of some periods: means, and quantiles by level and period. */
interface Judged {
  readonly mean: ArrayLike<number>;
  readonly quantiles: readonly ArrayLike<number>[];
}

const AVERAGE_PERIODS = { 1: 28, 7: 8 } as const;
const SEASON_PERIODS = { 1: 7, 7: 52 } as const;
/** As the nightly run selects methods. */
const ORIGINS_MAX = 4;
/** Periods that must be known before an origin. */
const KNOWN_MIN = { 1: 28, 7: 8 } as const;

function noRival(): RivalSums {
  const inside = { inside80: 0, inside90: 0, inside95: 0 };
  return { absolute: 0, error: 0, squared: 0, scaledPinball: 0, pinball: 0, ...inside };
}

export function noClass(demandClass: string): ClassSums {
  return {
    ...{ demandClass, series: 0, periods: 0, scaledPeriods: 0, demand: 0 },
    ...{ betterThanNaive: 0, betterThanAverage: 0, betterThanBoth: 0 },
    rivals: { model: noRival(), seasonalNaive: noRival(), movingAverage: noRival() },
  };
}

/** Adds what was judged elsewhere. */
export function addClass(sums: ClassSums, more: ClassSums): void {
  const names = ['series', 'periods', 'scaledPeriods', 'demand'] as const;
  for (const name of names) sums[name] += more[name];
  for (const name of ['betterThanNaive', 'betterThanAverage', 'betterThanBoth'] as const) {
    sums[name] += more[name];
  }
  for (const rival of RIVALS) {
    for (const name of Object.keys(sums.rivals[rival]) as (keyof RivalSums)[]) {
      sums.rivals[rival][name] += more.rivals[rival][name];
    }
  }
}

/** Judges the series of a batch; sums by the class that each had at its last origin. */
export function evaluateBatch(input: EvaluateInput): ClassSums[] {
  const { options, lengths, demand } = input;
  const { periodDays, ahead, origins } = options;
  const all: { sums: ClassSums; demandClass: string | undefined }[] = [];
  for (const _ of lengths) all.push({ sums: noClass(''), demandClass: undefined });
  for (let origin = origins; origin >= 1; origin--) {
    const back = origin * ahead * periodDays;
    const past = pastDrivers(input, back);
    let offset = 0;
    for (const [index, length] of lengths.entries()) {
      const days = demand.subarray(offset, offset + length);
      offset += length;
      const known = days.subarray(0, Math.max(0, length - back));
      if (known.length < KNOWN_MIN[periodDays] * periodDays) continue;
      const came = days.subarray(known.length, known.length + ahead * periodDays);
      const actual = periodsOf(came, periodDays);
      const daily = forecastAt(known, index, options, past);
      judge(all[index]!.sums, known, actual, options, daily);
      all[index]!.demandClass = daily.class;
    }
  }
  const classes = new Map<string, ClassSums>();
  for (const { sums, demandClass } of all) {
    if (demandClass === undefined) continue;
    const one = compared(sums, demandClass);
    const known = classes.get(demandClass) ?? noClass(demandClass);
    addClass(known, one);
    classes.set(demandClass, known);
  }
  return [...classes.values()];
}

/** Sums of periods that end on the last day; a rest at the beginning is left out. */
function periodsOf(days: ArrayLike<number>, periodDays: number): Float64Array {
  const count = Math.floor(days.length / periodDays);
  const start = days.length - count * periodDays;
  const sums = new Float64Array(count);
  for (let i = 0; i < count * periodDays; i++) {
    sums[Math.floor(i / periodDays)]! += days[start + i] as number;
  }
  return sums;
}

/** The sums of a series, with whether its forecasts were better than others. */
function compared(sums: ClassSums, demandClass: string): ClassSums {
  const { model, seasonalNaive, movingAverage } = sums.rivals;
  const volume = (isBetter: boolean) => (isBetter ? sums.demand : 0);
  const overNaive = model.pinball < seasonalNaive.pinball;
  const overAverage = model.pinball < movingAverage.pinball;
  return {
    ...sums,
    ...{ demandClass, series: 1 },
    betterThanNaive: volume(overNaive),
    betterThanAverage: volume(overAverage),
    betterThanBoth: volume(overNaive && overAverage),
  };
}

/** Forecasts from what was known at an origin, drivers included, as the nightly run does. */
function forecastAt(
  known: Float64Array,
  index: number,
  { periodDays, ahead, tier }: EvaluateOptions,
  past: PastDrivers | undefined,
): EngineForecast {
  const horizon = ahead * periodDays;
  const usual = () => clean(known, { season: WEEK_DAYS }).series;
  if (tier === 'full') {
    const fullOf = (series: Series) => forecastFull(series, horizon, { originsMax: ORIGINS_MAX });
    return past?.full(index, fullOf)?.moved ?? fullOf(usual());
  }
  const fastOf = (series: Series) => forecastFast(series, horizon);
  return past?.fast(index, fastOf)?.moved ?? fastOf(usual());
}

/** Judges one origin: only `known` was forecast from. */
function judge(
  sums: ClassSums,
  known: Float64Array,
  actual: Float64Array,
  { periodDays, ahead }: EvaluateOptions,
  daily: EngineForecast,
): void {
  const { series } = clean(known, { season: WEEK_DAYS });
  const model: Judged = periodDays === 1 ? daily : aggregate(daily, periodDays);
  const history = periodsOf(series.values, periodDays);
  const rivals: Record<Rival, Judged> = {
    model,
    seasonalNaive: naiveOf(history, SEASON_PERIODS[periodDays], ahead),
    movingAverage: averageOf(history, AVERAGE_PERIODS[periodDays], ahead),
  };
  const scales = { absolute: absoluteScale(history, 1), squared: squaredScale(history) };
  const isScaled = scales.absolute > 0 && scales.squared > 0;
  for (let period = 0; period < ahead; period++) {
    const came = actual[period] as number;
    if (Number.isNaN(came)) continue;
    sums.periods += 1;
    sums.demand += came;
    if (isScaled) sums.scaledPeriods += 1;
    for (const rival of RIVALS) {
      judgePeriod(sums.rivals[rival], rivals[rival], { period, came, isScaled, ...scales });
    }
  }
}

interface Period {
  readonly period: number;
  readonly came: number;
  readonly isScaled: boolean;
  readonly absolute: number;
  readonly squared: number;
}

const INTERVALS = [
  { name: 'inside80', low: LEVELS.indexOf(0.1), high: LEVELS.indexOf(0.9) },
  { name: 'inside90', low: LEVELS.indexOf(0.05), high: LEVELS.indexOf(0.95) },
  { name: 'inside95', low: LEVELS.indexOf(0.025), high: LEVELS.indexOf(0.975) },
] as const;

function judgePeriod(sums: RivalSums, forecast: Judged, facts: Period): void {
  const { period, came, isScaled, absolute, squared } = facts;
  const error = (forecast.mean[period] as number) - came;
  const quantile = (level: number) => forecast.quantiles[level]?.[period] as number;
  let pinball = 0;
  LEVELS.forEach((level, i) => {
    pinball += pinballLoss(came, quantile(i), level);
  });
  pinball /= LEVELS.length;
  sums.absolute += Math.abs(error);
  sums.error += error;
  sums.pinball += pinball;
  if (isScaled) {
    sums.squared += (error * error) / squared;
    sums.scaledPinball += pinball / absolute;
  }
  for (const { name, low, high } of INTERVALS) {
    if (came >= quantile(low) && came <= quantile(high)) sums[name] += 1;
  }
}

/** The period of the last season; of the last period where history is shorter than a season. */
function naiveOf(history: Float64Array, season: number, ahead: number): Judged {
  const lag = history.length > season ? season : 1;
  const mean = Float64Array.from(
    { length: ahead },
    (_, h) => history[history.length - lag + (h % lag)] ?? 0,
  );
  return withErrors(
    mean,
    errorsOf(history, (t) => (t >= lag ? history[t - lag] : undefined)),
  );
}

function averageOf(history: Float64Array, periods: number, ahead: number): Judged {
  const averageBefore = (t: number) => {
    const from = Math.max(0, t - periods);
    if (t === 0) return undefined;
    let sum = 0;
    for (let i = from; i < t; i++) sum += history[i] as number;
    return sum / (t - from);
  };
  const mean = new Float64Array(ahead).fill(averageBefore(history.length) ?? 0);
  return withErrors(mean, errorsOf(history, averageBefore));
}

/** Past errors of a simple method, sorted. */
function errorsOf(
  history: Float64Array,
  forecastAt: (t: number) => number | undefined,
): Float64Array {
  const errors: number[] = [];
  for (let t = 0; t < history.length; t++) {
    const forecast = forecastAt(t);
    if (forecast !== undefined) errors.push((history[t] as number) - forecast);
  }
  return Float64Array.from(errors).sort();
}

/** A simple method's quantiles: its mean and the quantiles of its past errors. */
function withErrors(mean: Float64Array, errors: Float64Array): Judged {
  const quantiles = LEVELS.map((level) => {
    const at = Math.min(errors.length - 1, Math.floor(level * errors.length));
    return mean.map((value) => Math.max(0, value + (errors[at] ?? 0)));
  });
  return { mean, quantiles };
}
