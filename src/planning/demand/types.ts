/**
 * What demand history gives to forecasting. Days count from 1970-01-01 (day 0) in the local time
 * of the site; quantities are floats in the item's base unit, prices in whole units of the house
 * currency for one base unit.
 */

/** Why a day of a series is not an ordinary one; bits of {@link DemandSeries.marks}. */
export const MARK = {
  /** Nothing was available all day: what was ordered is a lower bound. */
  unavailable: 1,
  /** Something was available for part of the day only. */
  partlyAvailable: 2,
  /** A user excluded the day; its demand is NaN. */
  excluded: 4,
  /** Far from what is usual, over many lines. */
  outlier: 8,
  /** Far from what is usual because of one or few lines, or marked as such by a user. */
  oneOff: 16,
  /** Taken over from the predecessor of a new item, scaled. */
  inherited: 32,
  /** More was returned than ordered; counted as zero. */
  negative: 64,
} as const;

/**
 * The demand of one item of one owner at one site, a value a day without gaps. Arrays that are
 * equal may be the same array, also of several series, so nobody writes into them.
 */
export interface DemandSeries {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  /** The day of index 0. */
  readonly firstDay: number;
  /** What to forecast from: ordered + lost, never negative; NaN where nothing is known. */
  readonly demand: Float64Array;
  /** Ordered less what counts as returned; negative only where history is wrong. */
  readonly ordered: Float64Array;
  /** Estimated to have been lost because nothing was available; else 0. */
  readonly lost: Float64Array;
  /** Bits of {@link MARK}. */
  readonly marks: Uint8Array;
  /** Average net price of the day; NaN on days without a sale at a known price. */
  readonly price: Float64Array;
}

/** Which series to read, and how much of each. */
export interface SeriesRange {
  /** The last day to read; facts after it are not looked at. */
  readonly throughDay: number;
  /** Days to read at most, ending at `throughDay`. */
  readonly daysMax: number;
  /** Items from this id on; by default from the first. */
  readonly itemIdFrom?: number;
  /** Items below this id; by default all. */
  readonly itemIdBefore?: number;
  readonly siteIds?: readonly number[];
  /** By default every owner that the transaction may see. */
  readonly ownerIds?: readonly number[];
  /** Only after this series, in order of item, site, owner. */
  readonly after?: SeriesKey;
  /** Series a batch; 500 by default. */
  readonly batch?: number;
}

export interface SeriesKey {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
}

/** Past demand to be stored as it is, one value a day. */
export interface PastDemand extends SeriesKey {
  /** Digits of the item's quantities after the point; fixed when the item was made. */
  readonly scale: number;
  readonly firstDay: number;
  /** Units in base units; NaN and 0 store nothing. */
  readonly quantities: Float64Array;
  /** Price of each day in whole units of the house currency; NaN where it is not known. */
  readonly prices?: Float64Array;
  /** How many order lines made the day; 1 by default where something was ordered. */
  readonly lines?: Float64Array;
}
