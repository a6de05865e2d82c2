import { parseDay } from '../../network/index.ts';
import type { StoredForecast } from '../nightly/index.ts';
import {
  type DemandAhead,
  fixedLeadTime,
  forecastDemand,
  type LeadTime,
  leadTimeOf,
  type StockTarget,
  type StockTargetInput,
  stockTarget,
  withWait,
} from '../policy/index.ts';
import { sound } from './classes.ts';
import { type CentralPart, planCentral } from './echelon.ts';
import type { LaneRow } from './facts.ts';
import { termsOf, toUnits } from './lot-size.ts';
import { type Classed, forecastsOf, networkOf, sourceKey } from './network.ts';
import { type OrderSpan, orderSpan } from './order-day.ts';
import {
  type Facts,
  groupBy,
  minorUnits,
  type Offer,
  offers,
  type Place,
  shortageCost,
} from './place.ts';
import { type Effective, serviceTargetOf } from './setting.ts';

/** Stock targets of places: source, lead time, and how much should be there. */

/** From where a place is refilled. */
export type Source =
  | { readonly kind: 'supplier'; readonly offer: Offer }
  | { readonly kind: 'site'; readonly siteId: number; readonly lane: LaneRow | undefined }
  | { readonly kind: 'none' };

/** A place with what should be there and why. */
export interface Targeted extends Classed {
  readonly source: Source;
  readonly leadTime: LeadTime;
  /** How many receipts the lead time rests on. */
  readonly receipts: number;
  readonly reviewDays: number;
  readonly demand: DemandAhead;
  /** Whether anything is foretold of it, or of what is refilled from it. */
  readonly isForecast: boolean;
  /** Places that are refilled from here, also through others; their demand counts here too. */
  readonly serves: readonly Place[];
  readonly target: StockTarget;
  /** What was decided for it as a site that refills others; null where it does not. */
  readonly central: CentralPart | null;
  /** The same of the site that refills it; null where its wait is not part of the lead time. */
  readonly refilledBy: (CentralPart & { readonly site: string }) | null;
}

const DAYS_AHEAD_MAX = 182;
const WEEK_DAYS = 7;
const LEAD_TIME_DAYS_DEFAULT = 14;
const RECEIPTS_OF_ITEM_MIN = 3;
const RECEIPTS_OF_SUPPLIER_MAX = 60;
const HOURS_A_DAY = 24;
/** A truck that takes its longest time instead of its usual one: every fifth does. */
const SLOW_SHARE = 0.2;
/** Picking, loading and putting away of a transfer. */
const HANDLING_DAYS = 1;

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
 * the errors of sites as independent. After `daysLeft` days nothing is asked for any more.
 */
export function demandOf(
  forecasts: readonly StoredForecast[],
  today: number,
  daysLeft = Number.POSITIVE_INFINITY,
): DemandAhead {
  const means = new Float64Array(DAYS_AHEAD_MAX);
  for (const forecast of forecasts) {
    const origin = Math.round(Date.parse(`${forecast.origin}T00:00:00Z`) / 86_400_000);
    const skip = Math.max(0, today - origin - 1);
    dayMeans(forecast, skip).forEach((mean, i) => {
      if (i < daysLeft) means[i] = means[i]! + mean;
    });
  }
  return forecastDemand(means, (days) =>
    forecasts.reduce((sum, { dayVariance, growth }) => {
      return sum + sound(dayVariance) * Math.min(days, daysLeft) ** sound(growth);
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

/** What targets are made of, looked up once for all of them. */
interface Bench {
  readonly known: Facts;
  readonly network: ReturnType<typeof networkOf>;
  readonly offersOf: ReadonlyMap<number, readonly Offer[]>;
  readonly lanes: ReadonlyMap<string, LaneRow>;
  readonly observed: (offer: Offer) => readonly number[];
  /** What is made already; undefined while it is under way. */
  readonly made: Map<string, Targeted | undefined>;
  readonly spans: Map<string, OrderSpan>;
}

/** Prepares targets. A site that refills others is made before those it refills. */
export function targetMaker(known: Facts): TargetMaker {
  const network = networkOf(known);
  const bench: Bench = {
    ...{ known, network },
    offersOf: groupBy(offers(known), ({ itemId }) => itemId),
    lanes: new Map(known.lanes.map((row) => [`${row.fromSiteId}/${row.toSiteId}`, row])),
    observed: leadTimeFinder(known),
    made: new Map(),
    spans: new Map(),
  };
  return {
    count: network.all.length,
    make: (index) => targetOf(bench, network.all[index]),
  };
}

function targetOf(bench: Bench, each: Classed | undefined): Targeted | undefined {
  if (!each?.setting.planned) return undefined;
  const { key } = each.place;
  if (bench.made.has(key)) return bench.made.get(key);
  bench.made.set(key, undefined);
  const targeted = makeTarget(bench, each);
  bench.made.set(key, targeted);
  return targeted;
}

function makeTarget(bench: Bench, each: Classed): Targeted {
  const { known, network } = bench;
  const { place, setting } = each;
  const upper = targetOf(bench, network.find(sourceKey(each) ?? ''));
  const source = sourceOf(bench, each);
  const receipts = source.kind === 'supplier' ? bench.observed(source.offer) : [];
  const way = leadTimeFor(source, setting, receipts);
  // A lead time that was set by hand is the whole of it.
  const waits = setting.leadTimeDays === null ? upper?.central : undefined;
  const { waitDays, reviewDays } = spanOf(bench, source, setting.reviewPeriodDays);
  const closed = { share: waitDays > 0 ? 1 : 0, days: waitDays, meanDays: waitDays };
  const leadTime = withWait(waits ? withWait(way, waits.wait) : way, closed);
  const serves = network.below(place.key);
  const forecasts = forecastsOf([place, ...serves]);
  const demand = demandOf(forecasts, known.today, daysLeftOf(setting, known.today));
  const rest = { source, leadTime, reviewDays, demand, serves };
  const input = inputOf(known, { ...each, ...rest });
  const made = {
    ...{ ...each, ...rest, receipts: receipts.length, isForecast: forecasts.length > 0 },
    refilledBy: waits && upper ? { ...waits, site: upper.place.site.code } : null,
  };
  const regions = regionsOf(bench, each);
  if (regions.length === 0) return { ...made, central: null, target: refilled(stockTarget(input)) };
  const own = place.forecast && demandOf([place.forecast], known.today);
  const { target, part } = planCentral({ place, setting, own, input, regions });
  return { ...made, target, central: part };
}

/** Days on which it is still sold, today included. */
function daysLeftOf({ endsOn }: Effective, today: number): number {
  return endsOn === null ? Number.POSITIVE_INFINITY : Math.max(0, parseDay(endsOn) - today + 1);
}

/**
 * Where lots are large a fill rate can be reached although nothing is ordered before customers
 * wait. They might not: an empty shelf is always refilled.
 */
function refilled(target: StockTarget): StockTarget {
  const missing = -target.reorderPoint;
  if (target.policy === 'none' || target.policy === 'newsvendor' || missing <= 0) return target;
  return { ...target, reorderPoint: 0, orderUpTo: target.orderUpTo + missing };
}

/** How the calendar of a supplier stretches what must be covered; looked up once for each. */
function spanOf({ known, spans }: Bench, source: Source, reviewDays: number): OrderSpan {
  if (source.kind !== 'supplier') return { waitDays: 0, reviewDays };
  const { supplier } = source.offer;
  const key = `${supplier.supplierId}/${reviewDays}`;
  const span = spans.get(key) ?? orderSpan(supplier, known.today, reviewDays);
  spans.set(key, span);
  return span;
}

/** The sites that are refilled from a place, each with the demand of everything behind it. */
function regionsOf({ known, network, lanes }: Bench, { place }: Classed) {
  return network.regionsOf(place.key).flatMap((region) => {
    const { site, key } = region.place;
    if (key === place.key) return [];
    const lane = lanes.get(`${place.site.siteId}/${site.siteId}`);
    const below = network.below(key).filter((other) => other !== place);
    const demand = demandOf(forecastsOf([region.place, ...below]), known.today);
    const transfer = leadTimeFor({ kind: 'site', siteId: site.siteId, lane }, region.setting, []);
    return [{ place: region.place, setting: region.setting, demand, transfer }];
  });
}

function sourceOf({ known, network, offersOf, lanes }: Bench, each: Classed): Source {
  const { place, setting } = each;
  const { sourceSiteId } = setting;
  if (sourceSiteId !== null) {
    // A site that is closed, or not planned, refills nobody.
    const from = network.find(sourceKey(each) ?? '');
    if (!from?.setting.planned) return { kind: 'none' };
    const lane = lanes.get(`${sourceSiteId}/${place.site.siteId}`);
    return { kind: 'site', siteId: sourceSiteId, lane };
  }
  const isHouse = place.ownerId === known.houseId;
  const own = offersOf.get(place.item.itemId) ?? [];
  const offer = isHouse ? chooseOffer(own, setting) : undefined;
  return offer ? { kind: 'supplier', offer } : { kind: 'none' };
}

function leadTimeFor(source: Source, setting: Effective, receipts: readonly number[]): LeadTime {
  if (setting.leadTimeDays !== null) return fixedLeadTime(setting.leadTimeDays);
  if (source.kind === 'site') return laneTime(source.lane);
  const stated = source.kind === 'supplier' ? source.offer.supply.leadTimeDays : null;
  return leadTimeOf(receipts, stated ?? LEAD_TIME_DAYS_DEFAULT);
}

type Asked = Pick<Targeted, keyof Classed | 'source' | 'leadTime' | 'reviewDays' | 'demand'>;

function inputOf(known: Facts, made: Asked): StockTargetInput {
  const { place, setting, source } = made;
  const { scale, shelfLifeDays } = place.item;
  const terms = termsOf(source.kind === 'supplier' ? source.offer.supply : undefined, scale);
  return {
    demand: made.demand,
    leadTime: made.leadTime,
    reviewDays: made.reviewDays,
    service: serviceTargetOf(setting),
    costs: {
      order: minorUnits(setting.orderCost, known.currency),
      unit: place.unitCost,
      holdingRate: setting.holdingRateBasisPoints / 10_000,
      penalty: shortageCost(place, setting.shortageCostBasisPoints),
    },
    quantities: {
      multiple: toUnits(terms.multiple, scale),
      minimum: toUnits(terms.minimum, scale),
    },
    ...(shelfLifeDays === null ? {} : { shelfLifeDays }),
    ...(setting.policy !== null && { policy: setting.policy }),
    ...(setting.endsOn !== null && { seasonDays: daysLeftOf(setting, known.today) }),
    coverDaysMax: setting.coverDaysMax,
  };
}
