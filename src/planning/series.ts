/**
 * What forecasting methods work on and what they give. Planning reckons with statistics, so its
 * numbers are floats in the item's base unit (not in its scale); quantities become exact again
 * where a proposal names them.
 */

/** One demand series, oldest period first, ready to be forecast. */
export interface Series {
  /** Demand of each period in base units; no gaps and no NaN: cleaning has filled them. */
  readonly values: Float64Array;
  /** Periods in the main season (7 for days, 52 for weeks, 12 for months); 1 means none. */
  readonly season: number;
  /** Further, longer seasons in periods; may be fractional, as 365.25. */
  readonly longSeasons?: readonly number[];
}

/**
 * What fitting a method to a series found: few numbers, small enough to be stored for each series.
 * The same method does not search again when it is given them.
 */
export interface Tuning {
  /** Which form of the method they belong to; empty where it has one. */
  readonly form: string;
  readonly numbers: readonly number[];
}

/** Point forecasts of one method. */
export interface PointForecast {
  /** Expected demand of each of the next periods. */
  readonly mean: Float64Array;
  /** What the method would have said of each past period one period before; NaN where nothing. */
  readonly fitted: Float64Array;
  /** To be given back later; absent where nothing was searched for. */
  readonly tuning?: Tuning;
}

/** A method of forecasting: pure, the same input gives the same numbers to the last bit. */
export interface Method {
  readonly id: string;
  /** Fewest periods of history with which it makes sense. */
  periodsMin(season: number): number;
  /** @param tuning what fitting found earlier; where it does not suit, the method fits anew. */
  forecast(series: Series, horizon: number, tuning?: Tuning): PointForecast;
}

/**
 * The probabilities whose quantiles every forecast carries. The 80, 90 and 95 % intervals are
 * 0.1 to 0.9, 0.05 to 0.95 and 0.025 to 0.975.
 */
export const LEVELS = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99] as const;

/** A whole forecast of one series. */
export interface Forecast {
  /** The method or combination that won, as `ets` or `theta+ets`. */
  readonly method: string;
  readonly mean: Float64Array;
  /** For each of LEVELS, the quantile of each of the next periods; never crossing, never < 0. */
  readonly quantiles: readonly Float64Array[];
}
