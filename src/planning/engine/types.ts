import type { Forecast, Series, Tuning } from '../series.ts';

/** What kind of demand a series shows; it decides which methods compete. */
export type DemandClass = 'smooth' | 'intermittent' | 'lumpy' | 'erratic' | 'new' | 'ended';

/** What cleaning found in a history. */
export type MarkKind =
  /** No period at all. */
  | 'empty'
  /** Not one unit of demand. */
  | 'all_zero'
  /** One period only. */
  | 'one_point'
  /** A new item of days with fewer than four demands: each stands for a week or more. */
  | 'few_demands'
  /** Unknown periods (censored, or missing) that were filled with what is usual. */
  | 'gaps'
  /** More was taken back than demanded; taken off the periods before. */
  | 'negatives'
  /** Several rows of one period, summed. */
  | 'duplicates'
  /** Demand beyond reason, counted as the largest that is not. */
  | 'spike'
  /** Infinite values, treated as unknown. */
  | 'not_finite'
  /** More periods than are of use; the oldest were left out. */
  | 'too_long';

/** One finding, with how many periods it concerns and the first of them. */
export interface Mark {
  readonly kind: MarkKind;
  readonly count: number;
  /** Up to MARKED_PERIODS_MAX indices of the history as it was given, oldest first. */
  readonly periods: readonly number[];
}

/** A history made fit for forecasting. */
export interface Cleaned {
  readonly series: Series;
  readonly marks: readonly Mark[];
  /** How many of the oldest periods were left out, so that index + offset is the given index. */
  readonly offset: number;
}

/** The class with the figures it rests on. */
export interface Classification {
  readonly class: DemandClass;
  /** Average interval between periods with demand, in periods; Infinity without any. */
  readonly interval: number;
  /** Squared coefficient of variation of the demands that are not zero. */
  readonly variation: number;
  /** Periods with demand. */
  readonly demands: number;
  /** Periods since the last demand; 0 when the newest period has some. */
  readonly quiet: number;
}

/** A method of a forecast; with its tuning it need not be fitted anew until the next choice. */
export interface StatePart {
  readonly method: string;
  readonly weight: number;
  readonly tuning?: Tuning;
}

/**
 * What the slow tier learned of a series, small enough to be stored as JSON beside its forecast;
 * with it the fast tier repeats the chosen method without choosing again.
 */
export interface EngineState {
  readonly version: 1;
  /** 7 where days were forecast as weeks, since all demand falls on one weekday. */
  readonly periodDays?: 7;
  /** Methods whose means are averaged, with their weights, which sum to 1. */
  readonly parts: readonly StatePart[];
  /** Standardised error at each of LEVELS, pooled over horizons. */
  readonly spread: readonly number[];
  /** Standard error one period ahead, in units of mean ** power. */
  readonly scale: number;
  /** How the variance of the error grows: scale² × (1 + growth × (h − 1)). */
  readonly growth: number;
  /** Errors grow with this power of the mean: 0, 0.5 or 1. */
  readonly power: number;
  /** Forecasts below this err as much as one at it; in base units. */
  readonly floor: number;
  /** See EngineForecast. */
  readonly correlation: number;
}

/** A forecast with what its reader needs besides quantiles. */
export interface EngineForecast extends Forecast {
  readonly class: DemandClass;
  /**
   * Correlation of the errors of two periods of one forecast, 0 to 1. With it the spread of a sum
   * follows from the spreads of its periods: see totalDemand. Store it with the forecast.
   */
  readonly correlation: number;
  /** What the fast tier may be given the next time; null where there was nothing to learn. */
  readonly state: EngineState | null;
}

/** How well quantiles and mean did over the rolling origins of one series. */
export interface Accuracy {
  /** Sum of absolute errors over sum of demand; NaN when there was no demand. */
  readonly wape: number;
  /** Sum of (mean − demand) over sum of demand: positive is too much; NaN without demand. */
  readonly bias: number;
  /** Root mean squared scaled error (Hyndman and Koehler, 2006; squared, as in M5). */
  readonly rmsse: number;
  /** Scaled pinball loss, mean over LEVELS (as in M5 Uncertainty). */
  readonly pinball: number;
  /** Share of periods inside the 80, 90 and 95 % intervals. */
  readonly coverage: readonly [number, number, number];
  /** Forecast periods the figures rest on (origins × horizon). */
  readonly count: number;
}

/** One method that competed. */
export interface Candidate {
  readonly method: string;
  readonly accuracy: Accuracy;
  /** Its share of the final forecast; 0 when it is not part of it. */
  readonly weight: number;
}

/** Why the numbers are what they are. */
export interface Explanation {
  readonly classification: Classification;
  readonly marks: readonly Mark[];
  /** Origins of the backtest, as counts of periods known; empty when history was too short. */
  readonly origins: readonly number[];
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** In one sentence, for a person. */
  readonly summary: string;
}

/** The slow tier's answer. */
export interface FullForecast extends EngineForecast {
  /** Of the final forecast, from the same backtest; null when history was too short for one. */
  readonly accuracy: Accuracy | null;
  readonly explanation: Explanation;
}

/** Demand summed over several periods. */
export interface TotalDemand {
  readonly mean: number;
  readonly variance: number;
  /** P(total <= units). */
  probability(units: number): number;
  /** The least whole number of units with P(total <= units) >= level, for 0 < level < 1. */
  quantile(level: number): number;
  /** Expected demand beyond `units`: E[max(0, total − units)], the shortage of a base stock. */
  shortage(units: number): number;
}
