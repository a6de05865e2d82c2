import { totalDemand, totalOf } from '../engine/index.ts';
import { LEVELS } from '../series.ts';
import { QUANTILE_DAYS, type StoredForecast, WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/**
 * An item over all its sites: means are the sums of those of the sites, to the last digit, and
 * quantiles are those of a sum whose spread follows from theirs. Pure.
 */
export interface OverSites {
  readonly dayMeans: Float64Array;
  /** For each of LEVELS, of the next QUANTILE_DAYS days. */
  readonly dayQuantiles: readonly Float64Array[];
  readonly weekMeans: Float64Array;
  /** For each of LEVELS, of the next WEEKS_AHEAD weeks. */
  readonly weekQuantiles: readonly Float64Array[];
  /** How much the errors of its sites go together, 0 to 1. */
  readonly correlation: number;
}

/** Sums of the same length. */
export function sumOf(rows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(rows[0]?.length ?? 0);
  for (const row of rows) for (let i = 0; i < sum.length; i++) sum[i]! += row[i] as number;
  return sum;
}

/** A period of one site. */
function varianceAt(mean: Float64Array, quantiles: readonly Float64Array[], at: number): number {
  const one = { mean: mean.subarray(at, at + 1), correlation: 0 };
  return totalDemand({ ...one, quantiles: quantiles.map((row) => row.subarray(at, at + 1)) }, 0, 1)
    .variance;
}

/**
 * Quantiles of sums over sites. Errors with the correlation r have a sum with the variance
 * (1 - r) * sum of variances + r * (sum of deviations)^2; its distribution is of the family that
 * weeks are summed up from days with (see totalOf).
 */
function quantilesOf(
  sites: readonly { mean: Float64Array; quantiles: readonly Float64Array[] }[],
  correlation: number,
  periods: number,
): Float64Array[] {
  const rows = LEVELS.map(() => new Float64Array(periods));
  for (let at = 0; at < periods; at++) {
    let [mean, apart, together] = [0, 0, 0];
    for (const site of sites) {
      const variance = varianceAt(site.mean, site.quantiles, at);
      mean += site.mean[at] as number;
      apart += variance;
      together += Math.sqrt(variance);
    }
    const total = totalOf(mean, (1 - correlation) * apart + correlation * together * together);
    for (const [level, row] of rows.entries()) row[at] = total.quantile(LEVELS[level] as number);
  }
  return rows;
}

/**
 * The forecasts of an item at its sites as one.
 * @param forecasts of one item of one owner, with the same origin; at least one.
 * @param correlation of the errors of its sites; see {@link correlationOf}.
 */
export function overSites(forecasts: readonly StoredForecast[], correlation: number): OverSites {
  const [only] = forecasts;
  if (forecasts.length === 1) {
    const { dayMeans, dayQuantiles, weekMeans, weekQuantiles } = only!;
    return { dayMeans, dayQuantiles, weekMeans, weekQuantiles, correlation: 0 };
  }
  const days = forecasts.map(({ dayMeans: mean, dayQuantiles: quantiles }) => ({
    ...{ mean, quantiles },
  }));
  const weeks = forecasts.map(({ weekMeans: mean, weekQuantiles: quantiles }) => ({
    ...{ mean, quantiles },
  }));
  return {
    dayMeans: sumOf(forecasts.map(({ dayMeans }) => dayMeans)),
    dayQuantiles: quantilesOf(days, correlation, QUANTILE_DAYS),
    weekMeans: sumOf(forecasts.map(({ weekMeans }) => weekMeans)),
    weekQuantiles: quantilesOf(weeks, correlation, WEEKS_AHEAD),
    correlation,
  };
}

/** Weeks before a week whose mean it is held against. */
const LEVEL_WEEKS = 8;
/** What is believed before anything was seen, as if so many weeks had shown it. */
const PRIOR = 0.1;
const PRIOR_WEEKS = 26;
const CORRELATION_MAX = 0.9;

/** Sums of whole weeks that end on the last day; NaN where a day is not known. */
function weeksOf(days: Float64Array, weeks: number): Float64Array {
  return Float64Array.from({ length: weeks }, (_, week) => {
    const from = days.length - (weeks - week) * WEEK_DAYS;
    let sum = 0;
    for (let day = from; day < from + WEEK_DAYS; day++) sum += days[day] as number;
    return sum;
  });
}

/**
 * How much the demand of an item at its sites moves together: each week is held against the mean
 * of the eight before it. For errors e with the correlation r the squared sum over sites exceeds
 * the sum of squares by r times the sum of the products of their deviations; with few weeks the
 * estimate is drawn to a tenth, which is what sums of items are reckoned with.
 * @param histories demand by day of each site, all through the same day; NaN where not known.
 */
export function correlationOf(histories: readonly Float64Array[]): number {
  const weeks = Math.floor(Math.min(...histories.map(({ length }) => length)) / WEEK_DAYS);
  if (histories.length < 2 || weeks <= LEVEL_WEEKS) return PRIOR;
  const sums = histories.map((days) => weeksOf(days, weeks));
  const squares = new Float64Array(histories.length);
  let [ofSums, count] = [0, 0];
  for (let week = LEVEL_WEEKS; week < weeks; week++) {
    const errors = sums.map((row) => {
      let level = 0;
      for (let back = 1; back <= LEVEL_WEEKS; back++) level += row[week - back]! / LEVEL_WEEKS;
      return row[week]! - level;
    });
    if (errors.some(Number.isNaN)) continue;
    const sum = errors.reduce((total, error) => total + error, 0);
    ofSums += sum * sum;
    for (const [site, error] of errors.entries()) squares[site]! += error * error;
    count += 1;
  }
  const apart = squares.reduce((total, square) => total + square, 0);
  const together = squares.reduce((total, square) => total + Math.sqrt(square), 0) ** 2;
  if (!(together > apart)) return PRIOR;
  const seen = Math.max(0, (ofSums - apart) / (together - apart));
  const drawn = (PRIOR * PRIOR_WEEKS + seen * count) / (PRIOR_WEEKS + count);
  return Math.min(CORRELATION_MAX, drawn);
}
