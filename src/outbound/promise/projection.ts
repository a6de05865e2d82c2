/**
 * Available-to-promise by day, for one item of one owner at one site. Quantities are at the
 * item's scale; a day is the number of days since 1970 on the site's own calendar.
 */

/** Units that are expected on a day. */
export interface Supply {
  readonly day: number;
  readonly quantity: bigint;
}

/** Units that are promised already and not reserved from what is on hand. */
export interface Demand {
  /** The day from which they are needed; null: as soon as there are any. */
  readonly day: number | null;
  readonly quantity: bigint;
}

/** The state after everything of a day has happened; `day` null is now, before any receipt. */
export interface Bucket {
  readonly day: number | null;
  readonly supply: bigint;
  readonly demand: bigint;
  /** What is there less what is promised; negative where more is promised. */
  readonly projected: bigint;
  /** What can be promised from this day on: no later day goes below zero. */
  readonly promisable: bigint;
}

/** Now, then each day on which something changes, in order. */
export type Projection = readonly Bucket[];

/**
 * Cumulative available-to-promise: on hand less reserved, plus supplies as they come, less demand
 * as it is due. A quantity is promisable on a day only if neither that nor any later day goes below
 * zero, so what a later promise counts on is not given away before (cumulative ATP with look-ahead;
 * Vollmann, Berry, Whybark, Jacobs: Manufacturing Planning and Control, chapter on master
 * scheduling).
 * @param available on hand less reserved; negative where promised stock is gone, and carried so.
 */
export function projectAvailability(
  available: bigint,
  supplies: readonly Supply[],
  demands: readonly Demand[],
): Projection {
  const buckets: Open[] = [{ day: null, supply: 0n, demand: 0n, projected: 0n, promisable: 0n }];
  if (supplies.length > 0 || demands.length > 0) addChanges(buckets, supplies, demands);
  let projected = available;
  for (const bucket of buckets) {
    projected += bucket.supply - bucket.demand;
    bucket.projected = projected;
  }
  return lookAhead(buckets);
}

type Open = { -readonly [K in keyof Bucket]: Bucket[K] };

function addChanges(
  buckets: Open[],
  supplies: readonly Supply[],
  demands: readonly Demand[],
): void {
  const changes = [
    ...supplies.map(({ day, quantity }) => ({ day, supply: quantity, demand: 0n })),
    ...demands.map(({ day, quantity }) => ({ day, supply: 0n, demand: quantity })),
  ];
  if (changes.length > 1) changes.sort((a, b) => (a.day ?? FIRST) - (b.day ?? FIRST));
  let bucket = buckets[0]!;
  for (const { day, supply, demand } of changes) {
    if (day !== bucket.day) {
      bucket = { day, supply: 0n, demand: 0n, projected: 0n, promisable: 0n };
      buckets.push(bucket);
    }
    bucket.supply += supply;
    bucket.demand += demand;
  }
}

/** Sorts what is due now before every day. */
const FIRST = -1e9;

/** What is promisable on a day is the least that is projected from then on. */
function lookAhead(buckets: Open[]): Projection {
  let least = buckets.at(-1)?.projected ?? 0n;
  for (let i = buckets.length - 1; i >= 0; i -= 1) {
    const bucket = buckets[i]!;
    if (bucket.projected < least) least = bucket.projected;
    bucket.promisable = least > 0n ? least : 0n;
  }
  return buckets;
}

/** The first bucket from which a quantity can be promised; undefined when none ever can. */
export function firstPromisable(projection: Projection, quantity: bigint): Bucket | undefined {
  return projection.find(({ promisable }) => promisable >= quantity);
}

/** The most that can be promised at all, at the last day that is known. */
export function mostPromisable(projection: Projection): bigint {
  return projection.at(-1)?.promisable ?? 0n;
}

/** The projection after a quantity has been promised from a bucket of it on. */
export function takeFrom(projection: Projection, bucket: Bucket, quantity: bigint): Projection {
  const from = projection.indexOf(bucket);
  return lookAhead(
    projection.map((row, i) => ({
      ...row,
      demand: i === from ? row.demand + quantity : row.demand,
      projected: i >= from ? row.projected - quantity : row.projected,
    })),
  );
}

/** What one site has and expects of an item. */
export interface Pool {
  readonly siteId: number;
  /** On hand less reserved. */
  readonly available: bigint;
  readonly supplies: readonly Supply[];
}

/** Units that somebody waits for. */
export interface Waiting {
  readonly quantity: bigint;
  /** The sites it can be served from; null: any. */
  readonly sites: readonly number[] | null;
  /** Sites whose units of today do not serve it: they found themselves short of it. */
  readonly avoided: readonly number[];
}

/** A part of a demand with the site and the day its units come; null: they are there. */
export interface Peg {
  readonly siteId: number;
  readonly day: number | null;
  readonly quantity: bigint;
}

interface Stock {
  readonly siteId: number;
  readonly day: number | null;
  left: bigint;
}

/** What is there, then what comes, in order of days; what a site misses is made good first. */
function inOrder(pools: readonly Pool[]): Stock[] {
  const stock = pools.flatMap(({ siteId, available, supplies }) => {
    let missing = available < 0n ? -available : 0n;
    const now: Stock = { siteId, day: null, left: available > 0n ? available : 0n };
    const coming = [...supplies].sort((a, b) => a.day - b.day);
    return [
      now,
      ...coming.map(({ day, quantity }): Stock => {
        const repaid = quantity < missing ? quantity : missing;
        missing -= repaid;
        return { siteId, day, left: quantity - repaid };
      }),
    ];
  });
  const rank = (day: number | null) => day ?? Number.NEGATIVE_INFINITY;
  return stock.sort((a, b) => {
    if (a.day !== b.day) return rank(a.day) < rank(b.day) ? -1 : 1;
    return a.siteId - b.siteId;
  });
}

/**
 * Gives what is there and what comes to demands in the order of the queue: who stands before gets
 * the earlier units. Demands beyond all supply keep an uncovered rest.
 * @param demands in queue order: priority, then age.
 */
export function pegDemands(
  pools: readonly Pool[],
  demands: readonly Waiting[],
): { readonly pegs: readonly Peg[]; readonly uncovered: bigint }[] {
  const stock = inOrder(pools);
  let first = 0;
  return demands.map(({ quantity, sites, avoided }) => {
    while (first < stock.length && stock[first]?.left === 0n) first += 1;
    const pegs: Peg[] = [];
    let uncovered = quantity;
    for (let i = first; i < stock.length && uncovered > 0n; i += 1) {
      const entry = stock[i]!;
      const { siteId, day } = entry;
      if (entry.left === 0n || (sites !== null && !sites.includes(siteId))) continue;
      if (day === null && avoided.includes(siteId)) continue;
      const taken = entry.left < uncovered ? entry.left : uncovered;
      entry.left -= taken;
      uncovered -= taken;
      pegs.push({ siteId, day, quantity: taken });
    }
    return { pegs, uncovered };
  });
}
