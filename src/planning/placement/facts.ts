import { formatDay, parseDay } from '../../network/index.ts';
import type { Tx } from '../../platform/database.ts';
import { type FieldError, invalidRequest, Problem } from '../../platform/problems.ts';
import { readForecasts, type StoredForecast } from '../nightly/index.ts';
import * as facts from '../proposals/facts.queries.ts';
import type { IncomingRow, ItemFacts, LaneRow, StockRow, SupplyRow } from '../proposals/facts.ts';
import { DEFAULTS } from '../proposals/setting.ts';
import { LEVELS } from '../series.ts';
import { selectPlaceable, selectRegions } from './placement.queries.ts';
import type { PlacementItem, PlacementProblem, PlacementSupply } from './problem.ts';
import { ITEMS_MAX, type PlacementBody } from './schemas.ts';

const WEEK_DAYS = 7;
const MM3_PER_M3 = 1e9;
/** Of a unit of which no pack says how large it is: a litre. */
const VOLUME_DEFAULT_M3 = 0.001;
const LEAD_TIME_DAYS_DEFAULT = 14;
const WEEKS_A_YEAR = 52;

/** A site that goods may be placed at. */
export interface KnownSite {
  readonly siteId: number;
  readonly code: string;
}

/** What a placement is reckoned from, with the facts that its flows are told by. */
export interface Prepared {
  readonly problem: PlacementProblem;
  /** Day number of the first day of week 0. */
  readonly today: number;
  readonly items: readonly ItemFacts[];
  readonly suppliers: readonly (string | null)[];
  readonly withoutVolume: readonly string[];
}

/** What is asked, settled: sites known, weeks counted. */
export interface Settled {
  readonly body: PlacementBody;
  readonly sites: readonly KnownSite[];
  readonly today: number;
  readonly weeks: number;
  /** Digits of the house currency. */
  readonly digits: number;
}

/**
 * Reads all that a placement needs; undefined where no item has a forecast at these sites.
 * @throws Problem invalid-request where there are too many items.
 */
export async function prepare(tx: Tx, settled: Settled): Promise<Prepared | undefined> {
  const { body, sites } = settled;
  const { ownerId } = await facts.readHouse(tx);
  const siteIds = sites.map(({ siteId }) => siteId);
  const itemIds = await selectPlaceable(tx, {
    ...{ items: body.items ?? null, group: body.group ?? null },
    ...{ siteIds, ownerId, limit: ITEMS_MAX + 1 },
  });
  if (itemIds.length > ITEMS_MAX) throw tooMany();
  if (itemIds.length === 0) return undefined;
  const wanted = new Set(itemIds);
  const known: Known = {
    settled,
    ownerId,
    regions: await selectRegions(tx, siteIds),
    forecasts: byItem(await readForecasts(tx, { itemIds, siteIds, ownerIds: [ownerId] }), wanted),
    stock: byItem(await facts.readStock(tx), wanted),
    incoming: byItem(await facts.readIncoming(tx), wanted),
    lanes: await facts.readLanes(tx),
    supply: byItem(await facts.readSupply(tx), wanted),
    costs: byItem(await facts.readCosts(tx, ownerId), wanted),
  };
  const items = (await facts.readItems(tx)).filter((item) => wanted.has(item.itemId));
  const codes = new Map(
    (await facts.readSuppliers(tx, formatDay(settled.today))).map((one) => [
      one.supplierId,
      one.code,
    ]),
  );
  return problemOf(known, items, codes);
}

function tooMany(): Problem {
  const message = 'more items than one placement takes';
  const expected = `at most ${ITEMS_MAX} items, named or as a group`;
  const errors: FieldError[] = [{ path: 'body.group', message, expected, found: 'all items' }];
  return new Problem(invalidRequest, `A placement takes at most ${ITEMS_MAX} items.`, { errors });
}

/** Rows of each wanted item: thousands of items must not each look through all rows. */
type ByItem<Row> = (itemId: number) => readonly Row[];

function byItem<Row extends { readonly itemId: number }>(
  rows: readonly Row[],
  wanted: ReadonlySet<number>,
): ByItem<Row> {
  const found = new Map<number, Row[]>();
  for (const row of rows) {
    if (!wanted.has(row.itemId)) continue;
    const own = found.get(row.itemId);
    if (own) own.push(row);
    else found.set(row.itemId, [row]);
  }
  return (itemId) => found.get(itemId) ?? [];
}

interface Known {
  readonly settled: Settled;
  readonly ownerId: number;
  readonly regions: ReadonlyMap<number, string>;
  readonly forecasts: ByItem<StoredForecast>;
  readonly stock: ByItem<StockRow>;
  readonly incoming: ByItem<IncomingRow>;
  readonly lanes: readonly LaneRow[];
  readonly supply: ByItem<SupplyRow>;
  readonly costs: ByItem<Awaited<ReturnType<typeof facts.readCosts>>[number]>;
}

function regionOf({ regions }: Known, site: KnownSite): string {
  return regions.get(site.siteId) ?? site.code;
}

function problemOf(
  known: Known,
  items: readonly ItemFacts[],
  codes: ReadonlyMap<number, string>,
): Prepared {
  const { sites, body, weeks, today } = known.settled;
  const regions = [...new Set(sites.map((site) => regionOf(known, site)))];
  const costs = body.costs;
  const isLane = (from: number, to: number) =>
    known.lanes.some((lane) => lane.fromSiteId === from && lane.toSiteId === to);
  const inTransit = volumesComing(known, items);
  const supplies = items.map((item) => supplyOf(known, item.itemId));
  return {
    today,
    items,
    suppliers: supplies.map((supply) => (supply ? (codes.get(supply.supplierId) ?? null) : null)),
    withoutVolume: items.filter(({ volumeMm3 }) => !volumeMm3).map(({ sku }) => sku),
    problem: {
      weeks,
      regions,
      sites: sites.map(({ code }, site) => {
        const own = body.sites[site]!;
        const inbound = Float64Array.from({ length: weeks }, (_, week) =>
          Math.max(0, own.inboundM3PerWeek - inTransit[week * sites.length + site]!),
        );
        const room = new Float64Array(weeks).fill(own.roomM3);
        return { code, room, inbound, overflowPrice: own.overflowPrice };
      }),
      deliverUnit: Float64Array.from(
        sites.flatMap((site) =>
          regions.map((region) =>
            regionOf(known, site) === region ? costs.deliverUnit : costs.deliverOtherUnit,
          ),
        ),
      ),
      deliverVolume: new Float64Array(sites.length * regions.length),
      transferVolume: Float64Array.from(
        sites.flatMap((from) =>
          sites.map((to) =>
            isLane(from.siteId, to.siteId) ? costs.transferM3 : Number.POSITIVE_INFINITY,
          ),
        ),
      ),
      items: items.map((item, i) => itemOf(known, item, regions, supplies[i])),
    },
  };
}

/** The supplier with the shortest lead time; of equals the lower id. */
function supplyOf({ supply }: Known, itemId: number): SupplyRow | undefined {
  const lead = (row: SupplyRow) => row.leadTimeDays ?? LEAD_TIME_DAYS_DEFAULT;
  return [...supply(itemId)].sort((a, b) => lead(a) - lead(b) || a.supplierId - b.supplierId)[0];
}

function volumeOf({ volumeMm3 }: ItemFacts): number {
  return volumeMm3 ? volumeMm3 / MM3_PER_M3 : VOLUME_DEFAULT_M3;
}

/** Cubic metres that come in whatever is decided, [week * sites + site]. */
function volumesComing(known: Known, items: readonly ItemFacts[]): Float64Array {
  const { weeks, sites } = known.settled;
  const volumes = new Float64Array(weeks * sites.length);
  for (const item of items) {
    for (const { site, week, quantity } of comingOf(known, item)) {
      volumes[week * sites.length + site]! += quantity * volumeOf(item);
    }
  }
  return volumes;
}

function comingOf({ settled, incoming, ownerId }: Known, item: ItemFacts): PlacementSupply[] {
  const { sites, weeks, today } = settled;
  return incoming(item.itemId).flatMap((row): PlacementSupply[] => {
    const site = sites.findIndex(({ siteId }) => siteId === row.siteId);
    if (row.ownerId !== ownerId || site < 0) return [];
    const day = Math.max(0, (row.day ?? today + LEAD_TIME_DAYS_DEFAULT) - today);
    const week = Math.floor(day / WEEK_DAYS);
    const quantity = Number(row.quantity) / 10 ** item.scale;
    return week < weeks && quantity > 0 ? [{ site, week, quantity }] : [];
  });
}

function itemOf(
  known: Known,
  item: ItemFacts,
  regions: readonly string[],
  supply: SupplyRow | undefined,
): PlacementItem {
  const { sites, body, weeks, digits } = known.settled;
  const volume = volumeOf(item);
  const costs = known.costs(item.itemId);
  const unitCost = Math.max(0, ...costs.map((row) => row.unitCost)) / 10 ** digits;
  const onHand = sites.flatMap(({ siteId }, site): PlacementSupply[] => {
    const row = known
      .stock(item.itemId)
      .find((one) => one.siteId === siteId && one.ownerId === known.ownerId);
    const quantity = row ? Number(row.onHand - row.reserved) / 10 ** item.scale : 0;
    return quantity > 0 ? [{ site, week: 0, quantity }] : [];
  });
  const leadDays = supply?.leadTimeDays ?? LEAD_TIME_DAYS_DEFAULT;
  const dearest = Math.max(body.costs.deliverUnit, body.costs.deliverOtherUnit);
  return {
    sku: item.sku,
    volume,
    holding: (unitCost * DEFAULTS.holdingRateBasisPoints) / 10_000 / WEEKS_A_YEAR,
    // Beside the margin, whoever sends nothing saves the parcel: that must not pay.
    missing: dearest + (unitCost * DEFAULTS.shortageCostBasisPoints) / 10_000,
    inbound: Float64Array.from(body.sites, ({ inboundCostM3 }) =>
      supply ? inboundCostM3 * volume : Number.POSITIVE_INFINITY,
    ),
    leadWeeks: Math.ceil(leadDays / WEEK_DAYS),
    demand: demandOf(known, item.itemId, regions, weeks),
    supplies: [...onHand, ...comingOf(known, item)],
  };
}

/** Weeks of demand by region: the mean, and in the peak the quantile that is to be served. */
function demandOf(
  known: Known,
  itemId: number,
  regions: readonly string[],
  weeks: number,
): Float64Array {
  const { sites, today, body } = known.settled;
  const [from, until] = [parseDay(body.from) - today, parseDay(body.until) - today];
  const demand = new Float64Array(weeks * regions.length);
  const squares = new Float64Array(demand.length);
  for (const forecast of known.forecasts(itemId)) {
    const site = sites.find(({ siteId }) => siteId === forecast.siteId)!;
    const region = regions.indexOf(regionOf(known, site));
    const past = Math.round((today - parseDay(forecast.origin) - 1) / WEEK_DAYS);
    for (let week = 0; week < weeks; week += 1) {
      const at = week * regions.length + region;
      const ahead = Math.min(forecast.weekMeans.length - 1, week + Math.max(0, past));
      const mean = forecast.weekMeans[ahead]!;
      demand[at]! += mean;
      const isPeak = week * WEEK_DAYS <= until && (week + 1) * WEEK_DAYS > from;
      if (isPeak) squares[at]! += (quantileAt(forecast, ahead, body.level) - mean) ** 2;
    }
  }
  // Sites of one region are short at different times: their margins add up as deviations do.
  return demand.map((mean, at) => mean + Math.sqrt(squares[at]!));
}

/** The quantile of a week, straight between those that are stored. */
function quantileAt({ weekQuantiles }: StoredForecast, week: number, level: number): number {
  const above = LEVELS.findIndex((stored) => stored >= level);
  const high = weekQuantiles[above]![week]!;
  if (above === 0 || LEVELS[above] === level) return high;
  const low = weekQuantiles[above - 1]![week]!;
  const share = (level - LEVELS[above - 1]!) / (LEVELS[above]! - LEVELS[above - 1]!);
  return low + share * (high - low);
}
