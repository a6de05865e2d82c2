import { demandOver, type StoredForecast } from '../nightly/index.ts';
import { type AbcClass, abcClasses, type XyzClass, xyzClassOf } from '../policy/index.ts';
import { groupBy, type Place } from './place.ts';

/** Classes of items and places, made anew by every run. */

const WEEK_DAYS = 7;
const WEEKS_VALUED = 4;
/** Item ids as texts of one length sort as numbers do. */
const ID_DIGITS = 10;

/** A forecast that is no number, or below nothing, foretells nothing. */
export function sound(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function meanPerDay(forecast: StoredForecast | undefined): number {
  if (!forecast) return 0;
  const weeks = forecast.weekMeans.slice(0, WEEKS_VALUED);
  return weeks.reduce((sum, value) => sum + sound(value), 0) / (weeks.length * WEEK_DAYS) || 0;
}

/**
 * ABC classes of items by expected demand at cost, over all sites of an owner. Of equals the lower
 * item id is first.
 */
export function abcOfItems(places: readonly Place[]): (place: Place) => AbcClass {
  const classes = new Map<number, Map<string, AbcClass>>();
  const idOf = ({ item }: Place) => String(item.itemId).padStart(ID_DIGITS, '0');
  for (const [ownerId, own] of groupBy(places, (place) => place.ownerId)) {
    const worth = new Map<string, number>();
    for (const place of own) {
      // Where no cost is known, as of other owners' goods, units stand for money.
      const value = meanPerDay(place.forecast) * (place.unitCost || 1);
      worth.set(idOf(place), (worth.get(idOf(place)) ?? 0) + value);
    }
    classes.set(ownerId, abcClasses([...worth].map(([id, value]) => ({ id, value }))));
  }
  return (place) => classes.get(place.ownerId)?.get(idOf(place)) ?? 'C';
}

/**
 * XYZ by how well a week's demand of all these together can be foretold: its deviation over its
 * mean. Errors of sites are taken as independent.
 */
export function xyzOf(forecasts: readonly StoredForecast[]): XyzClass {
  let [mean, variance] = [0, 0];
  for (const forecast of forecasts) {
    const week = demandOver(forecast, WEEK_DAYS);
    mean += sound(week.mean);
    variance += sound(week.variance);
  }
  return xyzClassOf(mean > 0 ? Math.sqrt(variance) / mean : Number.NaN);
}
