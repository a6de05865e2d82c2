/**
 * What the nightly run leaves for others: the current forecast of each item x site. Numbers are
 * floats in the item's base unit; days and weeks count from the day after `origin`.
 */

/** Days ahead that have a mean of their own. */
export const DAYS_AHEAD = 56;
/** Days ahead that have quantiles of their own: yesterday's forecast is judged by them. */
export const QUANTILE_DAYS = 7;
export const WEEK_DAYS = 7;
/** Weeks ahead that have a mean and quantiles. */
export const WEEKS_AHEAD = 26;

/** An override that is many times the forecast, which somebody confirmed. */
export interface LargeOverride {
  readonly number: string;
  /** Null: nothing was forecast when it was made. */
  readonly timesForecast: number | null;
  /** Its first day, counted from 1970-01-01. */
  readonly fromDay: number;
}

/** The current forecast of one item of one owner at one site. */
export interface StoredForecast {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  /** The last day whose demand it has seen, `2026-11-22`. */
  readonly origin: string;
  /** Number of the run that made it. */
  readonly run: string;
  readonly method: string;
  /** smooth, intermittent, lumpy, erratic, new, ended. */
  readonly demandClass: string;
  /** What was odd about the history, such as `gaps` or `spike`. */
  readonly marks: readonly string[];
  /** Mean demand of each of the next DAYS_AHEAD days. */
  readonly dayMeans: Float64Array;
  /** For each of LEVELS, the quantile of each of the next QUANTILE_DAYS days. */
  readonly dayQuantiles: readonly Float64Array[];
  /** Mean demand of each of the next WEEKS_AHEAD weeks. */
  readonly weekMeans: Float64Array;
  /** For each of LEVELS, the quantile of each of the next WEEKS_AHEAD weeks. */
  readonly weekQuantiles: readonly Float64Array[];
  /** Demand summed over the next n days has about the variance `dayVariance * n ^ growth`. */
  readonly dayVariance: number;
  readonly growth: number;
  /** Correlation of the errors of two days; see `totalDemand` of the engine. */
  readonly correlation: number;
  /** Its errors have moved away from what they were: a planner should look. */
  readonly isDrifting: boolean;
  /** The last day on which that was noticed; null: never. */
  readonly driftedOn: string | null;
  /** Those of its overrides that are many times the forecast. */
  readonly largeOverrides: readonly LargeOverride[];
  /** Ids of the overrides that are in it. */
  readonly overrides: readonly string[];
}

/** Demand summed over some days to come. */
export interface DemandOver {
  readonly mean: number;
  readonly variance: number;
}
