import { currencyDigits } from '../../platform/money.ts';
import { convertMoney } from '../../platform/rates.ts';
import type { StoredForecast } from '../nightly/index.ts';
import type * as facts from './facts.ts';
import { minorUp, type Price, priceAt, pricesOf, toUnits } from './lot-size.ts';
import type { SettingRow } from './setting.ts';

/** The inventory position of an item at a site, and what is known of the item around it. */

/** What demand history says beside the forecast; floats in base units, days since 1970. */
export interface PastFigures {
  /** Demand of the last seven days. */
  readonly lastWeek: number;
  /** Mean and standard deviation of the weeks before. */
  readonly weekMean: number;
  readonly weekDeviation: number;
  readonly lastDemandDay: number | null;
  readonly firstDay: number;
  /** House minor units for one base unit, of the newest days with a sale; null: none known. */
  readonly salesPrice: number | null;
}

/** Everything that a run has read. */
export interface Facts {
  readonly houseId: number;
  readonly today: number;
  readonly currency: string;
  readonly items: readonly facts.ItemFacts[];
  readonly sites: readonly facts.SiteFacts[];
  readonly stock: readonly facts.StockRow[];
  readonly incoming: readonly facts.IncomingRow[];
  readonly outgoing: readonly facts.OutgoingRow[];
  readonly backorders: readonly facts.BackorderRow[];
  readonly suppliers: readonly facts.SupplierFacts[];
  readonly supply: readonly facts.SupplyRow[];
  readonly prices: readonly facts.PriceRow[];
  readonly leadTimes: readonly facts.LeadTimeRow[];
  readonly costs: readonly facts.CostRow[];
  readonly lots: readonly facts.LotRow[];
  readonly received: readonly facts.ReceivedRow[];
  readonly lanes: readonly facts.LaneRow[];
  readonly standing: readonly facts.StandingRow[];
  readonly settings: readonly SettingRow[];
  readonly forecasts: readonly StoredForecast[];
  readonly past: ReadonlyMap<string, PastFigures>;
}

/** An item of one owner at one site. */
export interface Place {
  readonly key: string;
  readonly item: facts.ItemFacts;
  readonly site: facts.SiteFacts;
  readonly ownerId: number;
  /** At the item's scale, as are the figures up to `position`. */
  readonly onHand: bigint;
  readonly reserved: bigint;
  readonly backordered: bigint;
  /** Drafted to leave by transfer orders. */
  readonly outgoing: bigint;
  readonly onOrder: bigint;
  readonly inTransit: bigint;
  /** In proposals that a planner has edited and not decided yet; those that leave count below 0. */
  readonly inProposals: bigint;
  /** On hand - reserved - backordered - outgoing + on order + in transit + in proposals. */
  readonly position: bigint;
  /** Oldest day first; those without a day last. */
  readonly incoming: readonly facts.IncomingRow[];
  readonly forecast: StoredForecast | undefined;
  readonly past: PastFigures | undefined;
  /** House minor units of one base unit; 0 where nobody knows. */
  readonly unitCost: number;
  readonly salesPrice: number | null;
  /** A rejected proposal asked for quiet. */
  readonly isQuiet: boolean;
}

export function placeKey(itemId: number, siteId: number, ownerId: number): string {
  return `${itemId}/${siteId}/${ownerId}`;
}

/** Rows by a key, in their order. */
export function groupBy<Row, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = groups.get(key);
    if (known) known.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

const keyOf = (row: { itemId: number; siteId: number; ownerId: number }) =>
  placeKey(row.itemId, row.siteId, row.ownerId);

const sum = (rows: readonly { readonly quantity: bigint }[] | undefined) =>
  (rows ?? []).reduce((total, { quantity }) => total + quantity, 0n);

/**
 * Where a backorder that any site of its channel may serve is counted: at the site that expects
 * the most demand of the item, so that it is bought once and where it is sold.
 */
function backordersByPlace(known: Facts): Map<string, bigint> {
  const siteOf = new Map(known.sites.map(({ code, siteId }) => [code, siteId]));
  const forecasts = groupBy(known.forecasts, ({ itemId, ownerId }) => `${itemId}/${ownerId}`);
  const result = new Map<string, bigint>();
  for (const row of known.backorders) {
    const allowed = row.channelSites.flatMap((code) => siteOf.get(code) ?? []);
    const open = allowed.length > 0 ? allowed : known.sites.map(({ siteId }) => siteId);
    const there = (forecasts.get(`${row.itemId}/${row.ownerId}`) ?? [])
      .filter(({ siteId }) => open.includes(siteId))
      .sort((a, b) => (b.weekMeans[0] ?? 0) - (a.weekMeans[0] ?? 0) || a.siteId - b.siteId);
    const siteId = row.siteId ?? there[0]?.siteId ?? open[0];
    if (siteId === undefined) continue;
    const key = placeKey(row.itemId, siteId, row.ownerId);
    result.set(key, (result.get(key) ?? 0n) + row.quantity);
  }
  return result;
}

/** What edited proposals bring to and take from places, and which places are to be left alone. */
function standingByPlace(known: Facts) {
  const moved = new Map<string, bigint>();
  const quiet = new Set<string>();
  const add = (key: string, units: bigint) => moved.set(key, (moved.get(key) ?? 0n) + units);
  for (const row of known.standing) {
    const key = placeKey(row.itemId, row.siteId, known.houseId);
    if (row.state === 'rejected') {
      quiet.add(key);
      continue;
    }
    add(key, row.quantity);
    if (row.fromSiteId === null) continue;
    add(placeKey(row.itemId, row.fromSiteId, known.houseId), -row.quantity);
  }
  return { moved, quiet };
}

/** Unit costs in house minor units: of the pool of the site, of any pool, of the best price. */
function costFinder(known: Facts): (itemId: number, siteId: number) => number {
  const atSite = new Map(known.costs.map((row) => [`${row.itemId}/${row.siteId}`, row.unitCost]));
  const anywhere = new Map<number, number>();
  for (const { itemId, unitCost } of known.costs) {
    if (unitCost > 0 && !anywhere.has(itemId)) anywhere.set(itemId, unitCost);
  }
  const offered = new Map<number, number>();
  for (const { itemId, unitCost } of offers(known)) {
    // Without a price, or a rate for its currency, an offer says nothing of the cost.
    if (!Number.isFinite(unitCost)) continue;
    offered.set(itemId, Math.min(unitCost, offered.get(itemId) ?? Number.POSITIVE_INFINITY));
  }
  return (itemId, siteId) =>
    atSite.get(`${itemId}/${siteId}`) || anywhere.get(itemId) || (offered.get(itemId) ?? 0);
}

/** What a supplier offers of an item. */
export interface Offer {
  readonly supplier: facts.SupplierFacts;
  readonly supply: facts.SupplyRow;
  readonly itemId: number;
  readonly prices: readonly Price[];
  /** House minor units of one base unit at the lowest break; Infinity where there is no price. */
  readonly unitCost: number;
}

/** House minor units for an amount of a supplier's currency; undefined without a rate. */
export function toHouse(
  amount: bigint,
  supplier: Pick<facts.SupplierFacts, 'currency' | 'rate'>,
  houseCurrency: string,
): bigint | undefined {
  if (supplier.currency === houseCurrency) return amount;
  if (supplier.rate === null) return undefined;
  const digits = currencyDigits(supplier.currency);
  return convertMoney(amount, supplier.rate, digits, currencyDigits(houseCurrency));
}

const UNIT_PRICE_FACTOR = 10_000n;

/** All offers of active suppliers, by item and supplier. */
export function offers(known: Facts): Offer[] {
  const scales = new Map(known.items.map(({ itemId, scale }) => [itemId, scale]));
  const suppliers = new Map(known.suppliers.map((each) => [each.supplierId, each]));
  const prices = groupBy(known.prices, (row) => `${row.supplierId}/${row.itemId}`);
  return known.supply.flatMap((supply): Offer[] => {
    const { itemId, supplierId } = supply;
    const supplier = suppliers.get(supplierId);
    const scale = scales.get(itemId);
    if (!supplier || scale === undefined) return [];
    const rows = prices.get(`${supplierId}/${itemId}`) ?? [];
    const own = pricesOf(rows, scale, currencyDigits(supplier.currency));
    const first = own[0]?.unitPrice;
    const house = first === undefined ? undefined : toHouse(first, supplier, known.currency);
    const unitCost =
      house === undefined ? Number.POSITIVE_INFINITY : Number(house) / Number(UNIT_PRICE_FACTOR);
    return [{ supplier, supply, itemId, prices: own, unitCost }];
  });
}

/** Makes places of facts. */
export interface PlaceMaker {
  /** Every place with a forecast, stock, something on its way, or customers that wait. */
  readonly keys: ReadonlySet<string>;
  /** Undefined for items and sites that are not active any more. */
  make(key: string): Place | undefined;
}

/** Looks up what is known of places once for all of them. */
export function placeMaker(known: Facts): PlaceMaker {
  const items = new Map(known.items.map((item) => [item.itemId, item]));
  const sites = new Map(known.sites.map((site) => [site.siteId, site]));
  const stock = new Map(known.stock.map((row) => [keyOf(row), row]));
  const incoming = groupBy(known.incoming, keyOf);
  const outgoing = groupBy(known.outgoing, keyOf);
  const forecasts = new Map(known.forecasts.map((row) => [keyOf(row), row]));
  const backorders = backordersByPlace(known);
  const standing = standingByPlace(known);
  const costOf = costFinder(known);
  const keys = new Set([...forecasts.keys(), ...stock.keys(), ...incoming.keys()]);
  for (const key of backorders.keys()) keys.add(key);
  const make = (key: string): Place | undefined => {
    const [itemId, siteId, ownerId] = key.split('/').map(Number) as [number, number, number];
    const [item, site] = [items.get(itemId), sites.get(siteId)];
    if (!item?.active || !site?.active) return undefined;
    const rows = incoming.get(key) ?? [];
    const figures = {
      onHand: stock.get(key)?.onHand ?? 0n,
      reserved: stock.get(key)?.reserved ?? 0n,
      backordered: backorders.get(key) ?? 0n,
      outgoing: sum(outgoing.get(key)),
      onOrder: sum(rows.filter((row) => row.documentType === 'purchase_order')),
      inTransit: sum(rows.filter((row) => row.documentType === 'transfer_order')),
      inProposals: standing.moved.get(key) ?? 0n,
    };
    const past = known.past.get(key);
    return {
      ...{ key, item, site, ownerId, incoming: rows, past, ...figures },
      position: positionOf(figures),
      forecast: forecasts.get(key),
      unitCost: costOf(itemId, siteId),
      salesPrice: past?.salesPrice ?? null,
      isQuiet: standing.quiet.has(key),
    };
  };
  return { keys, make };
}

/** The order of places: by item, site and owner. */
export function byPlace(a: Place, b: Place): number {
  return a.item.itemId - b.item.itemId || a.site.siteId - b.site.siteId || a.ownerId - b.ownerId;
}

type Figures = Pick<
  Place,
  'onHand' | 'reserved' | 'backordered' | 'outgoing' | 'onOrder' | 'inTransit' | 'inProposals'
>;

/** What one may count on: there and coming, less what is spoken for. */
export function positionOf(figures: Figures): bigint {
  const { onHand, reserved, backordered, outgoing, onOrder, inTransit, inProposals } = figures;
  return onHand - reserved - backordered - outgoing + onOrder + inTransit + inProposals;
}

/** Sellable units that nobody has a claim on, in base units; below zero where they are short. */
export function freeUnits(place: Place): number {
  const { onHand, reserved, backordered, outgoing, item } = place;
  return toUnits(onHand - reserved - backordered - outgoing, item.scale);
}

/** What a unit short costs, in house minor units: the margin, or a share of the cost. */
export function shortageCost(place: Place, shareBasisPoints: number): number {
  const { salesPrice, unitCost } = place;
  if (salesPrice !== null && salesPrice > unitCost) return salesPrice - unitCost;
  return (unitCost * shareBasisPoints) / 10_000;
}

/** A decimal of the house currency as minor units, as a float that is only compared. */
export function minorUnits(text: string, currency: string): number {
  return Number(minorUp(text, currencyDigits(currency)));
}

export { priceAt };
