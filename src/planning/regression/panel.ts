import type { Forecast } from '../series.ts';

/** What a driver is, which decides how it enters the regression. */
export interface DriverDefinition {
  readonly name: string;
  /**
   * `price`: above 0, enters as its logarithm, so its coefficient is an elasticity; `flag`: 0 or
   * 1 (or a share of the period), such as a deal, a feature, a holiday; `amount`: any number,
   * standardised.
   */
  readonly kind: 'price' | 'flag' | 'amount';
}

/** One series of a panel. */
export interface PanelSeries {
  readonly key: string;
  /** What is sold, and where: series that share one share strength. */
  readonly item: string;
  readonly site: string;
  /** Position of the first value on the panel's time line, in periods. */
  readonly start: number;
  /** Demand of each period in base units; NaN where unknown, which is left out of the fit. */
  readonly values: Float64Array;
  /**
   * For each of the panel's drivers its value in each period of `values` and in each period to
   * be forecast after it. What is missing (NaN, or too short) is taken as the last known one.
   */
  readonly drivers: readonly Float64Array[];
}

/** Series that are regressed together: a family of items over sites. */
export interface Panel {
  readonly drivers: readonly DriverDefinition[];
  /** Periods in a year: 52, 12, 365; 1 means no season. */
  readonly season: number;
  readonly series: readonly PanelSeries[];
}

/** An estimate with its uncertainty. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** What the regression says of a driver. */
export interface DriverEffect {
  readonly driver: string;
  /**
   * The effect at once, of a typical item: the elasticity of a price at its usual level without
   * promotion; log-points of a flag at the usual price; log-points a unit of an amount.
   */
  readonly pooled: Estimate;
  /** The same shrunk to each item and each series, by their keys. */
  readonly byItem: ReadonlyMap<string, Estimate>;
  readonly bySeries: ReadonlyMap<string, Estimate>;
}

/** Forecasts of a panel and what they rest on. */
export interface PanelForecast {
  /** One for each series of the panel, in its order. */
  readonly forecasts: readonly Forecast[];
  /** The effects of the drivers, in the panel's order. */
  readonly effects: readonly DriverEffect[];
  /** Share of the variance of log demand that the regression explains in sample; 0 to 1. */
  readonly explained: number;
}
