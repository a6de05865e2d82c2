import { type DemandOver, demandOver, type StoredForecast } from '../nightly/index.ts';
import {
  type DemandAhead,
  fixedLeadTime,
  forecastDemand,
  type LeadTime,
  leadTimeOf,
  type StockTarget,
  type StockTargetInput,
  stockTarget,
} from '../policy/index.ts';
import type { LaneRow } from './facts.ts';
import { termsOf, toUnits } from './lot-size.ts';
import { orderGapDays } from './order-day.ts';
import { type Facts, groupBy, minorUnits, type Offer, offers, type Place } from './place.ts';
import { type ABC_CLASSES, type Effective, settingsOf, type XYZ_CLASSES } from './setting.ts';

/** Stock targets of places: class, source, lead time, and how much should be there. */

export type AbcClass = (typeof ABC_CLASSES)[number];
export type XyzClass = (typeof XYZ_CLASSES)[number];

/** From where a place is refilled. */
export type Source =
  | { readonly kind: 'supplier'; readonly offer: Offer }
  | { readonly kind: 'site'; readonly siteId: number; readonly lane: LaneRow | undefined }
  | { readonly kind: 'none' };

/** A place with what should be there and why. */
export interface Targeted {
  readonly place: Place;
  readonly abcClass: AbcClass;
  readonly xyzClass: XyzClass;
  readonly setting: Effective;
  readonly source: Source;
  readonly leadTime: LeadTime;
  /** How many receipts the lead time rests on. */
  readonly receipts: number;
  readonly reviewDays: number;
  readonly demand: DemandAhead;
  /** Places that are refilled from here; their demand is part of this one's. */
  readonly serves: readonly Place[];
  readonly target: StockTarget;
}

const DAYS_AHEAD_MAX = 182;
const WEEK_DAYS = 7;
const A_SHARE = 0.8;
const B_SHARE = 0.95;
const X_VARIATION_MAX = 0.5;
const Y_VARIATION_MAX = 1;
const LEAD_TIME_DAYS_DEFAULT = 14;
const RECEIPTS_OF_ITEM_MIN = 3;
const RECEIPTS_OF_SUPPLIER_MAX = 60;
const HOURS_A_DAY = 24;
/** A truck that takes its longest time instead of its usual one: every fifth does. */
const SLOW_SHARE = 0.2;
/** Picking, loading and putting away of a transfer. */
const HANDLING_DAYS = 1;

/**
 * ABC classes by expected yearly demand at cost, over all sites of an owner: the items that make
 * up the first 80 % are A, those up to 95 % B, the rest C. Of equals the lower item id is first.
 */
export function abcClasses(places: readonly Place[]): Map<string, AbcClass> {
  const worth = new Map<string, number>();
  for (const place of places) {
    const key = `${place.item.itemId}/${place.ownerId}`;
    // Where no cost is known, as of other owners' goods, units stand for money.
    const value = meanPerDay(place.forecast) * (place.unitCost || 1);
    worth.set(key, (worth.get(key) ?? 0) + value);
  }
  const classes = new Map<string, AbcClass>();
  for (const entries of groupBy([...worth], ([key]) => key.split('/')[1]).values()) {
    const ranked = entries.sort(
      (a, b) => b[1] - a[1] || Number.parseInt(a[0], 10) - Number.parseInt(b[0], 10),
    );
    const total = ranked.reduce((sum, [, value]) => sum + value, 0);
    let before = 0;
    for (const [key, value] of ranked) {
      const share = total > 0 ? before / total : 1;
      classes.set(
        key,
        value > 0 && share < A_SHARE ? 'A' : value > 0 && share < B_SHARE ? 'B' : 'C',
      );
      before += value;
    }
  }
  return classes;
}

function meanPerDay(forecast: StoredForecast | undefined): number {
  if (!forecast) return 0;
  const weeks = forecast.weekMeans.slice(0, 4);
  return weeks.reduce((sum, value) => sum + sound(value), 0) / (weeks.length * WEEK_DAYS) || 0;
}

/** XYZ by how well a week's demand can be foretold: its deviation over its mean. */
export function xyzClass(forecast: StoredForecast | undefined): XyzClass {
  const week: DemandOver | undefined = forecast && demandOver(forecast, WEEK_DAYS);
  if (!week || !(week.mean > 0)) return 'Z';
  const variation = Math.sqrt(Math.max(0, week.variance)) / week.mean;
  return variation <= X_VARIATION_MAX ? 'X' : variation <= Y_VARIATION_MAX ? 'Y' : 'Z';
}

/** A forecast that is no number, or below nothing, foretells nothing. */
function sound(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

/** Means of each day from `skip` days after the origin on. */
function dayMeans(forecast: StoredForecast, skip: number): Float64Array {
  const { dayMeans: days, weekMeans: weeks } = forecast;
  return Float64Array.from({ length: DAYS_AHEAD_MAX }, (_, i) => {
    const day = i + skip;
    const week = weeks[Math.min(weeks.length - 1, Math.floor(day / WEEK_DAYS))] ?? 0;
    return sound(days[day] ?? week / WEEK_DAYS);
  });
}

/**
 * Demand of several places together from a day on. Means add up; so do variances, which takes
 * the errors of sites as independent.
 */
export function demandOf(forecasts: readonly StoredForecast[], today: number): DemandAhead {
  const means = new Float64Array(DAYS_AHEAD_MAX);
  for (const forecast of forecasts) {
    const origin = Math.round(Date.parse(`${forecast.origin}T00:00:00Z`) / 86_400_000);
    const skip = Math.max(0, today - origin - 1);
    dayMeans(forecast, skip).forEach((mean, i) => {
      means[i] = means[i]! + mean;
    });
  }
  return forecastDemand(means, (days) =>
    forecasts.reduce((sum, { dayVariance, growth }) => {
      return sum + sound(dayVariance) * days ** sound(growth);
    }, 0),
  );
}

/** What an item is bought by: the supplier that is set, else the cheapest with a price. */
function chooseOffer(own: readonly Offer[], setting: Effective): Offer | undefined {
  const set = own.find(({ supplier }) => supplier.supplierId === setting.supplierId);
  if (set) return set;
  return [...own].sort(
    (a, b) =>
      a.unitCost - b.unitCost ||
      (a.supply.leadTimeDays ?? LEAD_TIME_DAYS_DEFAULT) -
        (b.supply.leadTimeDays ?? LEAD_TIME_DAYS_DEFAULT) ||
      a.supplier.supplierId - b.supplier.supplierId,
  )[0];
}

/** Observed lead times of suppliers: of the item where there are enough, else of all its items. */
function leadTimeFinder(known: Facts) {
  const byItem = new Map(
    known.leadTimes.map((row) => [`${row.supplierId}/${row.itemId}`, row.days]),
  );
  const bySupplier = new Map(
    [...groupBy(known.leadTimes, ({ supplierId }) => supplierId)].map(([supplierId, rows]) => [
      supplierId,
      rows.flatMap(({ days }) => days).slice(-RECEIPTS_OF_SUPPLIER_MAX),
    ]),
  );
  return ({ supplier, itemId }: Offer): readonly number[] => {
    const own = byItem.get(`${supplier.supplierId}/${itemId}`) ?? [];
    if (own.length >= RECEIPTS_OF_ITEM_MIN) return own;
    return bySupplier.get(supplier.supplierId) ?? own;
  };
}

function laneTime(lane: LaneRow | undefined): LeadTime {
  if (!lane) return fixedLeadTime(LEAD_TIME_DAYS_DEFAULT);
  const days = (hours: number) => Math.ceil(hours / HOURS_A_DAY) + HANDLING_DAYS;
  const [usual, slow] = [days(lane.transitHoursTypical), days(lane.transitHoursMax)];
  if (usual === slow) return fixedLeadTime(usual);
  const mean = usual * (1 - SLOW_SHARE) + slow * SLOW_SHARE;
  const deviation = Math.sqrt(SLOW_SHARE * (1 - SLOW_SHARE)) * (slow - usual);
  return { days: [usual, slow], weights: [1 - SLOW_SHARE, SLOW_SHARE], mean, deviation };
}

/** Makes targets of places one at a time, so that a run can pause in between. */
export interface TargetMaker {
  /** Places that are planned, in an order in which they can be made. */
  readonly count: number;
  make(index: number): Targeted | undefined;
}

/** Prepares targets: classes, settings, sources and who serves whom. */
export function targetMaker(known: Facts, places: readonly Place[]): TargetMaker {
  const abc = abcClasses(places);
  const settingOf = settingsOf(known.settings);
  const offersOf = groupBy(offers(known), ({ itemId }) => itemId);
  const lanes = new Map(known.lanes.map((row) => [`${row.fromSiteId}/${row.toSiteId}`, row]));
  const observed = leadTimeFinder(known);
  const classed = places.map((place) => {
    const { item, site, ownerId } = place;
    const abcClass = abc.get(`${item.itemId}/${ownerId}`) ?? 'C';
    const xyz = xyzClass(place.forecast);
    const setting = settingOf({
      ...{ itemId: item.itemId, siteId: site.siteId, abcClass, xyzClass: xyz },
    });
    return { place, abcClass, xyzClass: xyz, setting };
  });
  const served = groupBy(
    classed.filter(({ setting }) => setting.sourceSiteId !== null && setting.planned),
    ({ place, setting }) => `${place.item.itemId}/${setting.sourceSiteId}/${place.ownerId}`,
  );
  return {
    count: classed.length,
    make(index) {
      const each = classed[index];
      if (!each?.setting.planned) return undefined;
      const { place, setting } = each;
      const serves = (served.get(place.key) ?? []).map((other) => other.place);
      const isHouse = place.ownerId === known.houseId;
      const own = offersOf.get(place.item.itemId) ?? [];
      const offer = isHouse ? chooseOffer(own, setting) : undefined;
      const { sourceSiteId } = setting;
      const lane = lanes.get(`${sourceSiteId}/${place.site.siteId}`);
      const source: Source =
        sourceSiteId !== null
          ? { kind: 'site', siteId: sourceSiteId, lane }
          : offer
            ? { kind: 'supplier', offer }
            : { kind: 'none' };
      const receipts = source.kind === 'supplier' ? observed(source.offer) : [];
      const leadTime = leadTimeFor(source, setting, receipts);
      const gap = source.kind === 'supplier' ? orderGapDays(source.offer.supplier) : 1;
      const reviewDays = Math.max(setting.reviewPeriodDays, gap);
      const forecasts = [place, ...serves].flatMap(({ forecast }) => forecast ?? []);
      const demand = demandOf(forecasts, known.today);
      const made = { ...each, source, leadTime, reviewDays, demand, serves };
      const target = stockTarget(inputOf(known, made));
      return { ...made, receipts: receipts.length, target };
    },
  };
}

function leadTimeFor(source: Source, setting: Effective, receipts: readonly number[]): LeadTime {
  if (setting.leadTimeDays !== null) return fixedLeadTime(setting.leadTimeDays);
  if (source.kind === 'site') return laneTime(source.lane);
  const stated = source.kind === 'supplier' ? source.offer.supply.leadTimeDays : null;
  return leadTimeOf(receipts, stated ?? LEAD_TIME_DAYS_DEFAULT);
}

function inputOf(known: Facts, made: Omit<Targeted, 'target' | 'receipts'>): StockTargetInput {
  const { place, setting, source } = made;
  const { scale, shelfLifeDays } = place.item;
  const terms = termsOf(source.kind === 'supplier' ? source.offer.supply : undefined, scale);
  return {
    demand: made.demand,
    leadTime: made.leadTime,
    reviewDays: made.reviewDays,
    service: { kind: setting.serviceMeasure, target: setting.serviceTargetBasisPoints / 10_000 },
    costs: {
      order: minorUnits(setting.orderCost, known.currency),
      unit: place.unitCost,
      holdingRate: setting.holdingRateBasisPoints / 10_000,
    },
    quantities: {
      multiple: toUnits(terms.multiple, scale),
      minimum: toUnits(terms.minimum, scale),
    },
    ...(shelfLifeDays === null ? {} : { shelfLifeDays }),
    coverDaysMax: setting.coverDaysMax,
  };
}
