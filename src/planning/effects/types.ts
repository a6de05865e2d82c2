import type { NamedDays, PlannedPrice, PromotionDays, SignalSeries } from '../demand/index.ts';

/** What moves the demand of one series: plain data that a thread can be given. */
export interface SeriesDrivers {
  readonly named: readonly NamedDays[];
  readonly promotions: readonly PromotionDays[];
  readonly signals: readonly SignalSeries[];
  /** The day of the first value of every signal. */
  readonly signalsFrom: number;
  /** Logarithm of the usual price on each day of the history; null where it hardly varies. */
  readonly price: Float64Array | null;
  /** Prices of days to come, the one that wins first; see plannedPriceOn. */
  readonly plannedPrices: readonly PlannedPrice[];
}

/**
 * One effect: demand is multiplied by exp(coefficient × value of the driver on the day). It is
 * stored with the forecast, so that the nights until the next selection use it too.
 */
export interface Effect {
  readonly kind: 'closed' | 'event' | 'holiday' | 'promotion' | 'price' | 'signal';
  /**
   * Of a calendar's day its name, or nothing for all of the kind; of a promotion nothing, or
   * `discount` for each unit of log price that it takes off; the code of a signal.
   */
  readonly name: string;
  /** Days by which demand follows a signal. */
  readonly lag: number;
  /** What is taken off a signal, and what it is then divided by. */
  readonly mean: number;
  readonly deviation: number;
  readonly coefficient: number;
}

/** A series of an item, with what is known of it through the origin. */
export interface Member {
  readonly firstDay: number;
  /** Cleaned demand, one value a day. */
  readonly values: Float64Array;
  /** 1 on days whose demand was what customers wanted. */
  readonly isUsable: Uint8Array;
  readonly drivers: SeriesDrivers;
}

/** An effect that was used, as a person is told of it. */
export interface ShownEffect {
  readonly kind: Effect['kind'];
  /** The name of the day, the code of the promotion, signal or planned price; else empty. */
  readonly name: string;
  /** Change of demand in percent; of a signal, for one standard deviation (a flag: when set). */
  readonly percent: number | null;
  /** Percent of demand for one percent of price. */
  readonly elasticity: number | null;
  readonly lagDays: number;
}
