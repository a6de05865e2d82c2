import type { StoredForecast } from '../nightly/index.ts';
import type { AbcClass, XyzClass } from '../policy/index.ts';
import { abcOfItems, xyzOf } from './classes.ts';
import { byPlace, type Facts, groupBy, type Place, placeKey, placeMaker } from './place.ts';
import { type Effective, settingsOf } from './setting.ts';

/** Places with their classes and settings, and who refills whom. */

export interface Classed {
  readonly place: Place;
  readonly abcClass: AbcClass;
  readonly xyzClass: XyzClass;
  readonly setting: Effective;
}

export interface Network {
  /** Every place, in order of item, site and owner. */
  readonly all: readonly Classed[];
  find(key: string): Classed | undefined;
  /** Places that are refilled from this one. */
  regionsOf(key: string): readonly Classed[];
  /** Everything that what is here goes to in the end, without the place itself. */
  below(key: string): readonly Place[];
}

/** The key of the place that this one is refilled from; undefined where it is bought. */
export function sourceKey({ place, setting }: Classed): string | undefined {
  const { sourceSiteId } = setting;
  if (sourceSiteId === null || !setting.planned) return undefined;
  return placeKey(place.item.itemId, sourceSiteId, place.ownerId);
}

function servedBy(all: Iterable<Classed>): ReadonlyMap<string | undefined, readonly Classed[]> {
  return groupBy([...all], sourceKey);
}

function belowOf(
  key: string,
  served: ReadonlyMap<string | undefined, readonly Classed[]>,
): readonly Place[] {
  const seen = new Set([key]);
  const result: Place[] = [];
  for (const at of seen) {
    for (const { place } of served.get(at) ?? []) {
      // Sites that refill each other in a ring are met once.
      if (seen.has(place.key)) continue;
      seen.add(place.key);
      result.push(place);
    }
  }
  return result;
}

/** The forecasts of places; those without one are passed over. */
export function forecastsOf(places: readonly Place[]): StoredForecast[] {
  return places.flatMap(({ forecast }) => forecast ?? []);
}

/**
 * Classes places and finds their settings. A central site that holds nothing yet and has no
 * customers of its own is a place all the same: what its regions need is bought there. How well
 * its demand can be foretold is told from theirs.
 */
export function networkOf(known: Facts): Network {
  const maker = placeMaker(known);
  const places = [...maker.keys].flatMap((key) => maker.make(key) ?? []);
  const abcOf = abcOfItems(places);
  const settingOf = settingsOf(known.settings);
  const classOf = (place: Place, forecasts: readonly StoredForecast[]): Classed => {
    const [abcClass, xyzClass] = [abcOf(place), xyzOf(forecasts)];
    const subject = { itemId: place.item.itemId, siteId: place.site.siteId, abcClass, xyzClass };
    return { place, abcClass, xyzClass, setting: settingOf(subject) };
  };
  const byKey = new Map(
    places.sort(byPlace).map((place) => [place.key, classOf(place, forecastsOf([place]))]),
  );
  // What is added here is met by the same loop: its own source may be missing too.
  for (const each of byKey.values()) {
    const key = sourceKey(each);
    if (key === undefined || byKey.has(key)) continue;
    const place = maker.make(key);
    if (place) byKey.set(key, classOf(place, []));
  }
  const first = servedBy(byKey.values());
  for (const [key, { place }] of byKey) {
    if (place.forecast || !first.has(key)) continue;
    byKey.set(key, classOf(place, forecastsOf(belowOf(key, first))));
  }
  const served = servedBy(byKey.values());
  return {
    all: [...byKey.values()].sort((a, b) => byPlace(a.place, b.place)),
    find: (key) => byKey.get(key),
    regionsOf: (key) => served.get(key) ?? [],
    below: (key) => belowOf(key, served),
  };
}
