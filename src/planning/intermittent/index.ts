export {
  negativeBinomialCdf,
  negativeBinomialPmf,
  negativeBinomialQuantile,
  poissonPmf,
} from './distributions.ts';

import type { Random } from '../random.ts';
import type { Forecast, Method, Series } from '../series.ts';
import { croston, sba, tsb, zero } from './croston.ts';
import { imapa } from './imapa.ts';

/** Methods for demand with many zeros: `croston`, `sba`, `tsb`, `imapa`, `zero`. */
export const INTERMITTENT_METHODS: readonly Method[] = [croston, sba, tsb, imapa, zero];

/**
 * A distribution of whole multiples of `step`: `probabilities[k]` is P(X = k * step). They sum
 * to 1; what lay beyond the last entry is in the last entry.
 */
export interface CountDistribution {
  readonly step: number;
  readonly probabilities: Float64Array;
}

/** A count distribution fitted to a history; plain data, so it passes between threads. */
export interface CountModel {
  readonly family: 'zero' | 'poisson' | 'negativeBinomial' | 'hurdle' | 'empirical';
  /** The demand of one period, with the history's recent rate. */
  readonly distribution: CountDistribution;
  /** Expected demand and variance of one period, in base units. */
  readonly mean: number;
  readonly variance: number;
}

/** Fits the family that predicts the history best (log score of each period from those before). */
export declare function fitCounts(history: Float64Array): CountModel;

/** The smallest value with P(X <= value) >= probability. */
export declare function quantileOf(distribution: CountDistribution, probability: number): number;

/** The sum of `periods` independent periods, by convolution; periods may be fractional. */
export declare function cumulative(model: CountModel, periods: number): CountDistribution;

/**
 * Quantiles of the sum over `periods` periods from the history itself: overlapping blocks where
 * it is long enough, else the bootstrap of Willemain, Smart and Schwarz (2004).
 */
export declare function empiricalSumQuantiles(
  history: Float64Array,
  periods: number,
  levels: readonly number[],
  random: Random,
): Float64Array;

/** A whole forecast of one intermittent series: mean and LEVELS quantiles per period. */
export declare function forecastCounts(series: Series, horizon: number): Forecast;
