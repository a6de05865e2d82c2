import type { Random } from '../random.ts';
import type { Forecast } from '../series.ts';
import type { TotalDemand } from './types.ts';

/** What a sum needs of a forecast: any stored forecast has it. */
export type Summable = Pick<Forecast, 'mean' | 'quantiles'> & { readonly correlation: number };

/**
 * Demand summed over periods `from` (0 is the next one) to `from + periods`, which may be
 * fractional: a lead time of 2.5 days is two days and half of the third. Beyond the horizon the
 * last season of the forecast goes on. The distribution is negative binomial (gamma where demand
 * is large) with the forecast's mean, and the variance that the periods' quantiles and the
 * correlation of their errors give.
 */
export declare function totalDemand(forecast: Summable, from: number, periods: number): TotalDemand;

/** The same from a mean and a variance, wherever they come from. */
export declare function totalOf(mean: number, variance: number): TotalDemand;

/**
 * Possible futures of a series: each path draws every period of the horizon from its quantiles,
 * with the errors of a path correlated as they were in the backtest (a one-factor normal copula).
 * The mean over many paths is the forecast's.
 *
 * @returns `paths` arrays of the forecast's horizon.
 */
export declare function samplePaths(
  forecast: Summable,
  paths: number,
  random: Random,
): Float64Array[];

/**
 * How the variance of summed errors grows with the number n of periods, as
 * `variance × n ** growth`: fitted at 1 period and at the horizon.
 */
export declare function varianceOfSums(forecast: Summable): {
  readonly variance: number;
  readonly growth: number;
};

/**
 * Sums of `length` periods each (7 days: weeks) as a forecast of its own, with quantiles.
 * A rest at the end that does not fill a length is left out.
 */
export declare function aggregate(forecast: Summable, length: number): Forecast;
