import type { Piece, SourcingOrder, SourcingProblem } from './problem.ts';

/**
 * The problem as the algorithms work on it: integers in float arrays. Sums stay below 2^53 and
 * prices are multiples of 2^-10, so the arithmetic is exact all the same.
 */
export interface Instance {
  readonly siteCount: number;
  readonly split: number;
  readonly orders: readonly CompiledOrder[];
  /** Units by row; the row of an item at a site is item * siteCount + site. */
  readonly stock: Float64Array;
  /** Parcels by site; infinite where there is no limit. */
  readonly parcelsMax: Float64Array;
}

export interface CompiledOrder {
  readonly complete: boolean;
  /** Sites that the sales order may use, by their place in the problem. */
  readonly sites: readonly number[];
  /** By place in `sites`. */
  readonly parcels: Float64Array;
  readonly lines: readonly CompiledLine[];
  /** Sets of places in `sites` as bits, each after the same set without its lowest bit. */
  readonly masks: Uint16Array;
}

export interface CompiledLine {
  readonly quantity: number;
  readonly unassigned: number;
  /** Row of the item at each place in `sites`. */
  readonly rows: Int32Array;
  /** Cost at each place in `sites`; infinite where the site does not have the whole line. */
  readonly costs: Float64Array;
}

/** Sites a sales order considers: those where it alone would be cheapest. */
export const ORDER_SITES_MAX = 12;
/** Sites a sales order is spread over at most. */
export const ORDER_PARCELS_MAX = 4;

const SAFE_SUM_MAX = 2 ** 42;

function toNumber(value: bigint): number {
  const number = Number(value);
  if (Math.abs(number) > SAFE_SUM_MAX) throw new RangeError(`${value} is beyond exact sums`);
  return number;
}

/** Turns a problem into arrays. @throws RangeError when its sums would not be exact. */
export function compile(problem: SourcingProblem): Instance {
  const siteCount = problem.sites.length;
  const items = new Map([...problem.stock.keys()].map((item, index) => [item, index]));
  const stock = new Float64Array(items.size * siteCount);
  for (const [item, index] of items) {
    for (let site = 0; site < siteCount; site += 1) {
      // More than anybody could ask for is as good as that.
      const units = Number(problem.stock.get(item)?.[site] ?? 0n);
      stock[index * siteCount + site] = Math.min(SAFE_SUM_MAX, Math.max(0, units));
    }
  }
  const parcelsMax = Float64Array.from(problem.parcelsMax, (max) =>
    max === null ? Number.POSITIVE_INFINITY : toNumber(max),
  );
  const compiling = { problem, items, stock, parcelsMax };
  const orders = problem.orders.map((order) => compileOrder(compiling, order));
  const split = toNumber(problem.splitPenalty);
  const worst = orders.reduce((sum, order) => sum + worstCost(order, split), 0);
  if (worst > SAFE_SUM_MAX) throw new RangeError('the costs are beyond exact sums');
  return { siteCount, split, orders, stock, parcelsMax };
}

interface Compiling {
  readonly problem: SourcingProblem;
  readonly items: ReadonlyMap<string, number>;
  readonly stock: Float64Array;
  readonly parcelsMax: Float64Array;
}

function compileOrder(compiling: Compiling, order: SourcingOrder): CompiledOrder {
  const sites = candidateSites(compiling, order);
  const siteCount = compiling.problem.sites.length;
  const complete = order.policy === 'complete';
  const lines = order.lines.map((line): CompiledLine => {
    const item = compiling.items.get(line.item);
    const quantity = toNumber(line.quantity);
    const rows = Int32Array.from(sites, (site) =>
      item === undefined ? -1 : item * siteCount + site,
    );
    const costs = Float64Array.from(sites, (site, place) => {
      const row = rows[place]!;
      const isAllowed = line.allowed?.[site] !== false;
      if (!isAllowed || row < 0 || compiling.stock[row]! < quantity) {
        return Number.POSITIVE_INFINITY;
      }
      return toNumber(line.touches[site]! + line.costs[site]!);
    });
    return { quantity, unassigned: toNumber(line.unassigned), rows, costs };
  });
  return {
    complete,
    sites,
    parcels: Float64Array.from(sites, (site) => toNumber(order.parcels[site]!)),
    lines,
    masks: masksFor(complete, lines.length, sites.length),
  };
}

/** Sites that ship there and have a whole line of it; of too many, the cheapest. */
function candidateSites({ problem, parcelsMax }: Compiling, order: SourcingOrder): number[] {
  const found = problem.sites.flatMap((_, site) => {
    const parcel = order.parcels[site];
    if (parcel == null || parcelsMax[site] === 0) return [];
    const complete = order.policy === 'complete';
    const there = order.lines.map(
      ({ item, quantity, allowed }) =>
        allowed?.[site] !== false && (problem.stock.get(item)?.[site] ?? 0n) >= quantity,
    );
    const fits = complete ? there.every(Boolean) : there.some(Boolean);
    if (!fits) return [];
    const alone = order.lines.reduce(
      (sum, line, i) =>
        sum + (there[i] ? line.touches[site]! + line.costs[site]! : line.unassigned),
      parcel,
    );
    return [{ site, alone }];
  });
  if (found.length > ORDER_SITES_MAX) {
    found.sort((a, b) => (a.alone === b.alone ? a.site - b.site : a.alone < b.alone ? -1 : 1));
  }
  return found
    .slice(0, ORDER_SITES_MAX)
    .map(({ site }) => site)
    .sort((a, b) => a - b);
}

/** The sets of places that a sales order may be spread over. */
export function masksFor(complete: boolean, lines: number, places: number): Uint16Array {
  return masksOf(places, complete ? 1 : Math.min(lines, ORDER_PARCELS_MAX));
}

const masksByShape = new Map<number, Uint16Array>();

/** All sets of at most `most` of `count` places, the empty one included. */
function masksOf(count: number, most: number): Uint16Array {
  const key = count * 16 + most;
  const known = masksByShape.get(key);
  if (known) return known;
  const masks: number[] = [];
  for (let mask = 0; mask < 1 << count; mask += 1) if (bitsIn(mask) <= most) masks.push(mask);
  const made = Uint16Array.from(masks);
  masksByShape.set(key, made);
  return made;
}

/** How many bits of a mask are set. */
export function bitsIn(mask: number): number {
  let [left, count] = [mask, 0];
  while (left > 0) {
    left &= left - 1;
    count += 1;
  }
  return count;
}

function worstCost(order: CompiledOrder, split: number): number {
  const finite = (values: Float64Array) =>
    values.reduce(
      (most, value) => (value < Number.POSITIVE_INFINITY ? Math.max(most, value) : most),
      0,
    );
  const lines = order.lines.reduce(
    (sum, line) => sum + Math.max(line.unassigned, finite(line.costs)),
    0,
  );
  return lines + (finite(order.parcels) + split) * Math.min(order.sites.length, ORDER_PARCELS_MAX);
}

/** For each line the place in `sites` it ships from; -1 where it is left out. */
export type Choice = Int8Array;

/** Parcels and split penalty of a set of places. */
export function fixedCost(order: CompiledOrder, split: number, mask: number): number {
  let cost = mask === 0 ? 0 : -split;
  for (let place = 0; place < order.sites.length; place += 1) {
    if (mask & (1 << place)) cost += order.parcels[place]! + split;
  }
  return cost;
}

/** The places that a choice uses, as bits. */
export function maskOf(choice: Choice): number {
  let mask = 0;
  for (const place of choice) if (place >= 0) mask |= 1 << place;
  return mask;
}

/** What a choice costs, without prices. */
export function choiceCost(order: CompiledOrder, split: number, choice: Choice): number {
  let cost = fixedCost(order, split, maskOf(choice));
  for (const [i, line] of order.lines.entries()) {
    const place = choice[i]!;
    cost += place < 0 ? line.unassigned : line.costs[place]!;
  }
  return cost;
}

/** A choice as pieces of the problem. */
export function toPieces(order: SourcingOrder, compiled: CompiledOrder, choice: Choice): Piece[] {
  return order.lines.flatMap(({ line, quantity }, i) => {
    const place = choice[i]!;
    return place < 0 ? [] : [{ line, site: compiled.sites[place]!, quantity }];
  });
}
