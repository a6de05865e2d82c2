import type { Random } from '../random.ts';
import { type Forecast, LEVELS } from '../series.ts';
import { totalOf } from './total-demand.ts';
import type { TotalDemand } from './types.ts';

/** What a sum needs of a forecast; `quantiles` belong to LEVELS. */
export type Summable = Pick<Forecast, 'mean' | 'quantiles'> & { readonly correlation: number };

/** Beyond the horizon the mean of this many last periods goes on. */
const TAIL_PERIODS = 28;

const LAST = LEVELS.length - 1;

/**
 * Typical values of the two ends of a distribution that LEVELS leave out: as far beyond the
 * outermost quantiles, in their distances, as those of a normal distribution are.
 */
function ends(quantiles: ArrayLike<number>): { low: number; high: number } {
  const low = quantiles[0]! - 1.2 * (quantiles[1]! - quantiles[0]!);
  const high = quantiles[LAST]! + 0.93 * (quantiles[LAST]! - quantiles[LAST - 1]!);
  return { low: Math.max(0, low), high };
}

/** Mean and variance of the distribution that has these quantiles, linear between them. */
export function momentsOf(quantiles: ArrayLike<number>): { mean: number; variance: number } {
  const { low, high } = ends(quantiles);
  let mean = LEVELS[0] * low + (1 - LEVELS[LAST]!) * high;
  let squares = LEVELS[0] * low * low + (1 - LEVELS[LAST]!) * high * high;
  for (let i = 1; i < LEVELS.length; i += 1) {
    const width = LEVELS[i]! - LEVELS[i - 1]!;
    const [from, to] = [quantiles[i - 1]!, quantiles[i]!];
    mean += (width * (from + to)) / 2;
    squares += (width * (from * from + from * to + to * to)) / 3;
  }
  return { mean, variance: Math.max(0, squares - mean * mean) };
}

/** Variance of each period. */
function variancesOf(forecast: Summable): Float64Array {
  const row = new Float64Array(LEVELS.length);
  return forecast.mean.map((_, h) => {
    for (let i = 0; i < row.length; i += 1) row[i] = forecast.quantiles[i]?.[h] ?? 0;
    return momentsOf(row).variance;
  });
}

/** The value of a period, also beyond the horizon. */
function valueAt(values: Float64Array, period: number): number {
  if (period < values.length) return values[period]!;
  const from = Math.max(0, values.length - TAIL_PERIODS);
  let sum = 0;
  for (let h = from; h < values.length; h += 1) sum += values[h]!;
  return values.length > 0 ? sum / (values.length - from) : 0;
}

function moments(
  forecast: Summable,
  variances: Float64Array,
  from: number,
  periods: number,
): { mean: number; variance: number } {
  const end = from + Math.max(0, periods);
  let [mean, apart, together] = [0, 0, 0];
  for (let period = Math.floor(from); period < end; period += 1) {
    const share = Math.min(end, period + 1) - Math.max(from, period);
    const variance = valueAt(variances, period);
    mean += share * valueAt(forecast.mean, period);
    apart += share * variance;
    together += share * Math.sqrt(variance);
  }
  const { correlation } = forecast;
  return { mean, variance: (1 - correlation) * apart + correlation * together * together };
}

/**
 * Demand summed over periods `from` (0 is the next one) to `from + periods`, which may be
 * fractional: a lead time of 2.5 days is two days and half of the third. Beyond the horizon the
 * last four weeks (28 periods) of the forecast go on in their mean. The distribution has the
 * forecast's mean and the variance that its quantiles and the correlation of its errors give; its
 * family is that of totalOf.
 */
export function totalDemand(forecast: Summable, from: number, periods: number): TotalDemand {
  const { mean, variance } = moments(forecast, variancesOf(forecast), from, periods);
  return totalOf(mean, variance);
}

/**
 * How the variance of summed errors grows with the number n of periods, as
 * `variance × n ** growth`: 1 for independent errors, 2 for errors that are all the same. It is
 * fitted at one period and at the whole horizon (at most 28 periods).
 */
export function varianceOfSums(forecast: Summable): {
  readonly variance: number;
  readonly growth: number;
} {
  const variances = variancesOf(forecast);
  const periods = Math.min(TAIL_PERIODS, variances.length);
  let sum = 0;
  for (let h = 0; h < periods; h += 1) sum += variances[h]!;
  if (!(sum > 0)) return { variance: 0, growth: 1 };
  if (periods < 2) return { variance: sum / periods, growth: 1 };
  const all = moments(forecast, variances, 0, periods).variance;
  return { variance: sum / periods, growth: Math.log((all * periods) / sum) / Math.log(periods) };
}

/**
 * Sums of `length` periods each (7 days: weeks) as a forecast of its own, with the quantiles of
 * LEVELS. A rest at the end that does not fill a length is left out.
 */
export function aggregate(forecast: Forecast & Summable, length: number): Forecast {
  const sums = Math.floor(forecast.mean.length / Math.max(1, length));
  const variances = variancesOf(forecast);
  const mean = new Float64Array(sums);
  const quantiles = LEVELS.map(() => new Float64Array(sums));
  let before: { readonly mean: number; readonly variance: number } | undefined;
  for (let sum = 0; sum < sums; sum += 1) {
    const of = moments(forecast, variances, sum * length, length);
    mean[sum] = of.mean;
    // Most forecasts repeat themselves from week to week, but for what rounding does to sums.
    if (before && isSame(of.mean, before.mean) && isSame(of.variance, before.variance)) {
      for (const row of quantiles) row[sum] = row[sum - 1]!;
      continue;
    }
    before = of;
    const total = totalOf(of.mean, of.variance);
    for (const [i, level] of LEVELS.entries()) quantiles[i]![sum] = total.quantile(level);
  }
  return { method: forecast.method, mean, quantiles };
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-12 * Math.abs(b);
}

/** A quantile between and beyond those of LEVELS; the upper tail falls off exponentially. */
function quantileBetween(quantiles: ArrayLike<number>, probability: number): number {
  if (probability >= LEVELS[LAST]!) {
    const fall = (quantiles[LAST]! - quantiles[LAST - 2]!) / Math.log(5);
    return (
      quantiles[LAST]! + fall * Math.log((1 - LEVELS[LAST]!) / Math.max(1e-9, 1 - probability))
    );
  }
  if (probability <= LEVELS[0]) {
    const { low } = ends(quantiles);
    const bottom = Math.max(0, 2 * low - quantiles[0]!);
    return bottom + ((quantiles[0]! - bottom) * probability) / LEVELS[0];
  }
  let i = 1;
  while (LEVELS[i]! < probability) i += 1;
  const share = (probability - LEVELS[i - 1]!) / (LEVELS[i]! - LEVELS[i - 1]!);
  return quantiles[i - 1]! + share * (quantiles[i]! - quantiles[i - 1]!);
}

/** Points at which a period's quantile function is tabulated for drawing. */
const DRAW_STEPS = 256;

/**
 * Possible futures of a series: each path draws every period of the horizon from its quantiles,
 * with the errors of a path correlated as they were in the backtest (a one-factor normal copula).
 * Values are in base units, not whole; their mean over many paths is the forecast's.
 *
 * @returns `paths` arrays of the forecast's horizon.
 */
export function samplePaths(forecast: Summable, paths: number, random: Random): Float64Array[] {
  const horizon = forecast.mean.length;
  const tables = Array.from({ length: horizon }, (_, h) => drawTable(forecast, h));
  const shared = Math.sqrt(forecast.correlation);
  const own = Math.sqrt(1 - forecast.correlation);
  return Array.from({ length: paths }, () => {
    const common = random.normal();
    const path = new Float64Array(horizon);
    for (let h = 0; h < horizon; h += 1) {
      const place = normalCdf(shared * common + own * random.normal()) * DRAW_STEPS;
      path[h] = tables[h]![Math.min(DRAW_STEPS - 1, Math.floor(place))]!;
    }
    return path;
  });
}

function drawTable(forecast: Summable, h: number): Float64Array {
  const row = forecast.quantiles.map((quantile) => quantile[h]!);
  const table = new Float64Array(DRAW_STEPS);
  let sum = 0;
  for (let i = 0; i < DRAW_STEPS; i += 1) {
    table[i] = quantileBetween(row, (i + 0.5) / DRAW_STEPS);
    sum += table[i]!;
  }
  const factor = sum > 0 ? (forecast.mean[h]! * DRAW_STEPS) / sum : 0;
  return table.map((value) => value * factor);
}

/** P(X <= x) of the standard normal, to 1e-7 (Abramowitz and Stegun, 1964, 26.2.17). */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = series * Math.exp((-x * x) / 2) * 0.3989422804014327;
  return x >= 0 ? 1 - tail : tail;
}
