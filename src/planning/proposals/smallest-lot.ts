import { pricedQuantity, roundToTerms, termsOf, toUnits } from './lot-size.ts';
import { type Offer, shortageCost } from './place.ts';
import type { Targeted } from './target.ts';

/** The least that one can buy of an item, and whether it pays. */

export interface SmallestLot {
  /** Base units. */
  readonly units: number;
  /** Days of expected demand that it lasts. */
  readonly days: number;
  /** Whether it earns more than it costs to carry. */
  readonly pays: boolean;
}

const DAYS_A_YEAR = 365;

/**
 * The smallest lot of a place that is bought; undefined where there is no supplier or nothing is
 * expected to be asked for. It pays where the margin that a year without the item would lose is
 * more than a year of holding half the lot, which lies there on average: cost of waiting against
 * cost of carrying. Within the cover allowed, or where no cost is known, it is not questioned.
 */
export function smallestLotOf(targeted: Targeted, offer: Offer | undefined) {
  const { place, setting, demand } = targeted;
  const { scale } = place.item;
  if (!offer || !(demand.meanPerDay > 0)) return undefined;
  const terms = termsOf(offer.supply, scale);
  const units = toUnits(pricedQuantity(roundToTerms(1n, terms), offer.prices, terms), scale);
  const days = units / demand.meanPerDay;
  const carried = ((setting.holdingRateBasisPoints / 10_000) * place.unitCost * units) / 2;
  const perUnit = shortageCost(place, setting.shortageCostBasisPoints);
  const earned = perUnit * demand.meanPerDay * DAYS_A_YEAR;
  const lot: SmallestLot = { units, days, pays: days <= setting.coverDaysMax || earned >= carried };
  return lot;
}
