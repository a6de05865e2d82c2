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
import type { AskedItem, Backorder, ExpectedSupply, OnHandRow } from './supply.queries.ts';

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
  readonly onHand: readonly OnHandRow[];
  readonly supplies: readonly ExpectedSupply[];
  readonly backorders: readonly Backorder[];
}

interface SiteFacts {
  onHand: bigint;
  reserved: bigint;
  readonly supplies: CountedSupply[];
  readonly uncounted: CountedSupply[];
}

interface ItemFacts {
  readonly item: AskedItem;
  readonly ownerId: number;
  readonly sites: Map<number, SiteFacts>;
  readonly backorders: Backorder[];
}

/** Sorts the facts by item and owner, then by site. */
function gather(
  facts: Facts,
  sites: ReadonlyMap<number, SiteForPromise>,
  nowMs: number,
): ItemFacts[] {
  const items = new Map(facts.items.map((item) => [item.itemId, item]));
  const byItem = new Map<number, ItemFacts[]>();
  const ofOwner = (itemId: number, ownerId: number): ItemFacts | undefined => {
    const item = items.get(itemId);
    if (!item) return undefined;
    const owners = byItem.get(itemId) ?? [];
    if (owners.length === 0) byItem.set(itemId, owners);
    const known = owners.find((each) => each.ownerId === ownerId);
    if (known) return known;
    const made: ItemFacts = { item, ownerId, sites: new Map(), backorders: [] };
    owners.push(made);
    return made;
  };
  const ofSite = (row: { itemId: number; ownerId: number; siteId: number }) => {
    const owner = sites.has(row.siteId) ? ofOwner(row.itemId, row.ownerId) : undefined;
    if (!owner) return undefined;
    const known = owner.sites.get(row.siteId);
    if (known) return known;
    const made: SiteFacts = { onHand: 0n, reserved: 0n, supplies: [], uncounted: [] };
    owner.sites.set(row.siteId, made);
    return made;
  };
  for (const row of facts.onHand) {
    const site = ofSite(row);
    if (site) [site.onHand, site.reserved] = [row.onHand, row.reserved];
  }
  for (const row of facts.supplies) {
    const site = ofSite(row);
    const timeZone = sites.get(row.siteId)?.timeZone;
    if (site && timeZone) count(site, row, localClock(timeZone).dayOf(nowMs));
  }
  for (const row of facts.backorders) {
    if (row.siteId !== null) ofSite({ ...row, siteId: row.siteId });
    ofOwner(row.itemId, row.ownerId)?.backorders.push(row);
  }
  return facts.items.flatMap(({ itemId }) => byItem.get(itemId) ?? []);
}

function count(site: SiteFacts, row: ExpectedSupply, today: number): void {
  const { quantity, expectedOn, document, line } = row;
  const expected = parseDay(expectedOn);
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
  const idByCode = new Map([...sites.values()].map(({ code, siteId }) => [code, siteId]));
  return gather(facts, sites, nowMs).flatMap((owner) => {
    const due = demandsBySite(owner, idByCode);
    return [...owner.sites].map(([siteId, { onHand, reserved, supplies, uncounted }]) => {
      const demands = due.get(siteId) ?? [];
      return {
        ...{ item: owner.item, siteId, ownerId: owner.ownerId, onHand, reserved },
        ...{ supplies, uncounted },
        backordered: demands.reduce((sum, { quantity }) => sum + quantity, 0n),
        projection: projectAvailability(onHand - reserved, supplies, demands),
      };
    });
  });
}

function demandsBySite(
  { sites, backorders }: ItemFacts,
  idByCode: ReadonlyMap<string, number>,
): Map<number, Demand[]> {
  const due = new Map<number, Demand[]>();
  if (backorders.length === 0) return due;
  const add = (siteId: number, demand: Demand) => {
    const known = due.get(siteId);
    if (known) known.push(demand);
    else due.set(siteId, [demand]);
  };
  const pools = [...sites].map(
    ([siteId, { onHand, reserved, supplies }]): Pool => ({
      ...{ siteId, available: onHand - reserved, supplies },
    }),
  );
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
