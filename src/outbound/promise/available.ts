import { formatDay, localClock, parseDay, type SiteForPromise } from '../../network/index.ts';
import {
  type Demand,
  type Pool,
  type Projection,
  pegDemands,
  projectAvailability,
  type Supply,
  type Waiting,
} from './projection.ts';
import type { AskedItem, Backorder, ExpectedSupply, OnHandColumns } from './supply.queries.ts';

/**
 * A late receipt is no promise: for so many days it is counted as coming tomorrow, and after
 * that not at all.
 */
export const LATE_DAYS_MAX = 14;

/** An expected supply as it is counted. */
export interface CountedSupply extends Supply {
  readonly expectedOn: string;
  readonly isLate: boolean;
  readonly document: { readonly type: string; readonly number: string };
  readonly line: number;
}

/** What can be promised of one item of one owner at one site. */
export interface AvailableToPromise {
  readonly item: AskedItem;
  readonly siteId: number;
  readonly ownerId: number;
  readonly onHand: bigint;
  readonly reserved: bigint;
  readonly supplies: readonly CountedSupply[];
  /** Supplies that are so late that they are not counted. */
  readonly uncounted: readonly CountedSupply[];
  /** Units of backorders that wait for this site's supply. */
  readonly backordered: bigint;
  readonly projection: Projection;
}

/** Everything that was read, of any number of items. */
export interface Facts {
  readonly items: readonly AskedItem[];
  readonly onHand: OnHandColumns;
  readonly supplies: readonly ExpectedSupply[];
  readonly backorders: readonly Backorder[];
}

interface SiteFacts {
  readonly siteId: number;
  onHand: bigint;
  reserved: bigint;
  supplies: CountedSupply[];
  uncounted: CountedSupply[];
}

/** One item of one owner; there are few sites, so a list finds them as fast as a map. */
interface ItemFacts {
  readonly item: AskedItem;
  readonly ownerId: number;
  readonly sites: SiteFacts[];
  readonly backorders: Backorder[];
}

function siteOf(owner: ItemFacts, siteId: number): SiteFacts {
  for (const site of owner.sites) if (site.siteId === siteId) return site;
  const made: SiteFacts = { siteId, onHand: 0n, reserved: 0n, supplies: [], uncounted: [] };
  owner.sites.push(made);
  return made;
}

/** Sorts the facts by item and owner, then by site. */
function gather(facts: Facts, todays: ReadonlyMap<number, number>): ItemFacts[] {
  const byItem = new Map<number, { item: AskedItem; owners: ItemFacts[] }>();
  for (const item of facts.items) byItem.set(item.itemId, { item, owners: [] });
  const ofOwner = (itemId: number, ownerId: number): ItemFacts | undefined => {
    const known = byItem.get(itemId);
    if (!known) return undefined;
    for (const owner of known.owners) if (owner.ownerId === ownerId) return owner;
    const made: ItemFacts = { item: known.item, ownerId, sites: [], backorders: [] };
    known.owners.push(made);
    return made;
  };
  const { itemIds, siteIds, ownerIds, onHand, reserved } = facts.onHand;
  for (const [i, itemId] of itemIds.entries()) {
    const siteId = siteIds[i]!;
    const owner = todays.has(siteId) ? ofOwner(itemId, ownerIds[i]!) : undefined;
    if (!owner) continue;
    const site = siteOf(owner, siteId);
    site.onHand = onHand[i]!;
    site.reserved = reserved[i]!;
  }
  const days = new Map<string, number>();
  for (const row of facts.supplies) {
    const today = todays.get(row.siteId);
    const owner = today === undefined ? undefined : ofOwner(row.itemId, row.ownerId);
    if (!owner || today === undefined) continue;
    const expected = days.get(row.expectedOn) ?? parseDay(row.expectedOn);
    days.set(row.expectedOn, expected);
    count(siteOf(owner, row.siteId), row, expected, today);
  }
  for (const row of facts.backorders) {
    const owner = ofOwner(row.itemId, row.ownerId);
    if (!owner) continue;
    if (row.siteId !== null && todays.has(row.siteId)) siteOf(owner, row.siteId);
    owner.backorders.push(row);
  }
  return [...byItem.values()].flatMap(({ owners }) => owners);
}

function count(site: SiteFacts, row: ExpectedSupply, expected: number, today: number): void {
  const { quantity, expectedOn, document, line } = row;
  const isLate = expected < today;
  const day = isLate ? today + 1 : expected;
  const supply: CountedSupply = { day, quantity, expectedOn, isLate, document, line };
  (today - expected > LATE_DAYS_MAX ? site.uncounted : site.supplies).push(supply);
}

/**
 * What can be promised of items, by owner and site. Backorders take what is there and what comes
 * in the order of the queue, before anybody new: first those who wait longest at the highest
 * priority, each from the earliest supply of a site that may serve it.
 */
export function availableToPromise(
  facts: Facts,
  sites: ReadonlyMap<number, SiteForPromise>,
  nowMs: number,
): AvailableToPromise[] {
  const idByCode = new Map<string, number>();
  const todays = new Map<number, number>();
  for (const { code, siteId, timeZone } of sites.values()) {
    idByCode.set(code, siteId);
    todays.set(siteId, localClock(timeZone).dayOf(nowMs));
  }
  const rows: AvailableToPromise[] = [];
  for (const owner of gather(facts, todays)) {
    const due = owner.backorders.length > 0 ? demandsBySite(owner, idByCode) : NOBODY;
    for (const { siteId, onHand, reserved, supplies, uncounted } of owner.sites) {
      const demands = due.get(siteId) ?? NOTHING;
      let backordered = 0n;
      for (const { quantity } of demands) backordered += quantity;
      rows.push({
        item: owner.item,
        siteId,
        ownerId: owner.ownerId,
        onHand,
        reserved,
        supplies,
        uncounted,
        backordered,
        projection: projectAvailability(onHand - reserved, supplies, demands),
      });
    }
  }
  return rows;
}

const NOBODY: ReadonlyMap<number, Demand[]> = new Map();
const NOTHING: readonly Demand[] = [];

function demandsBySite(
  { sites, backorders }: ItemFacts,
  idByCode: ReadonlyMap<string, number>,
): Map<number, Demand[]> {
  const due = new Map<number, Demand[]>();
  const add = (siteId: number, demand: Demand) => {
    const known = due.get(siteId);
    if (known) known.push(demand);
    else due.set(siteId, [demand]);
  };
  const pools = sites.map(({ siteId, onHand, reserved, supplies }): Pool => {
    return { siteId, available: onHand - reserved, supplies };
  });
  const queue = backorders.map(
    (backorder): Waiting => ({
      quantity: backorder.quantity,
      sites: sitesOf(backorder, idByCode),
      avoided: backorder.avoidedSiteIds,
    }),
  );
  for (const [i, { pegs, uncovered }] of pegDemands(pools, queue).entries()) {
    for (const { siteId, day, quantity } of pegs) add(siteId, { day, quantity });
    // What nothing covers is missing where it waits; who waits anywhere misses it everywhere.
    const siteId = backorders[i]?.siteId ?? null;
    if (uncovered > 0n && siteId !== null) add(siteId, { day: null, quantity: uncovered });
  }
  return due;
}

function sitesOf(backorder: Backorder, idByCode: ReadonlyMap<string, number>): number[] | null {
  if (backorder.siteId !== null) return [backorder.siteId];
  if (backorder.channelSites.length === 0) return null;
  return backorder.channelSites.flatMap((code) => idByCode.get(code) ?? []);
}

/** `YYYY-MM-DD` of a bucket; null is now. */
export function dayText(day: number | null): string | null {
  return day === null ? null : formatDay(day);
}
