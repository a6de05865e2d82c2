import { assignSupplies } from './assign.ts';
import {
  deliverCost,
  type Flows,
  noFlows,
  type PlacementItem,
  type PlacementProblem,
  type Prices,
  type Shape,
  shapeOf,
} from './problem.ts';

/** Where goods in a place came from: the supplier, or nowhere; else from a site a week before. */
const [FROM_SUPPLIER, FROM_NOWHERE] = [-1, -2];

/** The cheapest ways from one source to every place at every week. */
interface Ways {
  /** What a unit has cost by then, [week * sites + site]. */
  readonly cost: Float64Array;
  readonly from: Int16Array;
  /** The cheapest site to meet each demand from, [week * regions + region], and its cost. */
  readonly site: Int16Array;
  readonly reach: Float64Array;
  /** Units that leave each place for customers or for good, filled while flows are laid out. */
  readonly need: Float64Array;
}

/**
 * Solves the flows of one item exactly at given prices of the shared limits: the cheapest ways
 * are shortest paths over (week, site), and goods that are there already are given to the demands
 * where they save most (a transportation problem with few sources). Arrays are used again.
 */
export interface ItemSolver {
  /** The least cost of the item at these prices, prices included; sets `flows`. */
  solve(item: PlacementItem, prices: Prices): number;
  readonly flows: Flows;
}

function newWays({ weeks, sites, regions }: Shape): Ways {
  return {
    cost: new Float64Array(weeks * sites),
    from: new Int16Array(weeks * sites),
    site: new Int16Array(weeks * regions),
    reach: new Float64Array(weeks * regions),
    need: new Float64Array(weeks * sites),
  };
}

/** A solver for the items of a problem. */
export function createItemSolver(problem: PlacementProblem): ItemSolver {
  const shape = shapeOf(problem);
  const { weeks, sites, regions } = shape;
  const flows = noFlows(shape);
  const deliver = new Float64Array(sites * regions);
  const supplier = newWays(shape);
  const ownWays: Ways[] = [];
  return {
    flows,
    solve(item, prices) {
      for (let site = 0; site < sites; site += 1) {
        for (let region = 0; region < regions; region += 1) {
          deliver[site * regions + region] = deliverCost(problem, item, site, region);
        }
      }
      clear(flows);
      findWays(problem, shape, item, prices, undefined, supplier);
      findReach(shape, deliver, supplier);
      while (ownWays.length < item.supplies.length) ownWays.push(newWays(shape));
      const own = ownWays.slice(0, item.supplies.length);
      const last = new Float64Array(own.length);
      const lastSite = new Int16Array(own.length);
      for (const [k, ways] of own.entries()) {
        findWays(problem, shape, item, prices, item.supplies[k], ways);
        findReach(shape, deliver, ways);
        [last[k], lastSite[k]] = cheapestEnd(shape, item, prices, ways);
      }
      const given = giveSupplies(item, supplier, own, last, weeks * regions);
      return layOut(shape, item, { supplier, own, last, lastSite, given }, flows);
    },
  };
}

function clear(flows: Flows): void {
  flows.arrive.fill(0);
  flows.keep.fill(0);
  flows.move.fill(0);
  flows.deliver.fill(0);
  flows.missing.fill(0);
}

/** Shortest paths from the supplier (or from one supply) to every site at every week. */
function findWays(
  problem: PlacementProblem,
  { weeks, sites }: Shape,
  item: PlacementItem,
  prices: Prices,
  supply: { site: number; week: number } | undefined,
  ways: Ways,
): void {
  const { cost, from, need } = ways;
  const { volume, holding, inbound, leadWeeks } = item;
  const { transferVolume } = problem;
  need.fill(0);
  for (let week = 0; week < weeks; week += 1) {
    for (let site = 0; site < sites; site += 1) {
      const at = week * sites + site;
      const entry = volume * prices.inbound[at]!;
      let [best, source] = [Number.POSITIVE_INFINITY, FROM_NOWHERE];
      if (supply === undefined) {
        if (week >= leadWeeks) [best, source] = [inbound[site]! + entry, FROM_SUPPLIER];
      } else if (supply.week === week && supply.site === site) {
        [best, source] = [0, FROM_SUPPLIER];
      }
      if (week > 0) {
        const before = at - sites - site;
        const kept = cost[before + site]! + holding + volume * prices.room[before + site]!;
        if (kept < best) [best, source] = [kept, site];
        for (let other = 0; other < sites; other += 1) {
          if (other === site) continue;
          const lane = transferVolume[other * sites + site]!;
          const moved = cost[before + other]! + volume * lane + entry;
          if (moved < best) [best, source] = [moved, other];
        }
      }
      cost[at] = best;
      from[at] = source;
    }
  }
}

/** From which site each demand is met most cheaply. */
function findReach({ weeks, sites, regions }: Shape, deliver: Float64Array, ways: Ways): void {
  for (let week = 0; week < weeks; week += 1) {
    for (let region = 0; region < regions; region += 1) {
      let [best, chosen] = [Number.POSITIVE_INFINITY, 0];
      for (let site = 0; site < sites; site += 1) {
        const cost = ways.cost[week * sites + site]! + deliver[site * regions + region]!;
        if (cost < best) [best, chosen] = [cost, site];
      }
      ways.reach[week * regions + region] = best;
      ways.site[week * regions + region] = chosen;
    }
  }
}

/** What it costs to keep a unit of a supply to the end, and where that is cheapest. */
function cheapestEnd(
  { weeks, sites }: Shape,
  item: PlacementItem,
  prices: Prices,
  ways: Ways,
): [number, number] {
  let [best, chosen] = [Number.POSITIVE_INFINITY, 0];
  for (let site = 0; site < sites; site += 1) {
    const at = (weeks - 1) * sites + site;
    const cost = ways.cost[at]! + item.holding + item.volume * prices.room[at]!;
    if (cost < best) [best, chosen] = [cost, site];
  }
  return [best, chosen];
}

/** Gives what is there to the demands where it saves most: [supply * demands + demand]. */
function giveSupplies(
  item: PlacementItem,
  supplier: Ways,
  own: readonly Ways[],
  last: Float64Array,
  demands: number,
): Float64Array {
  const gains = new Float64Array(own.length * demands);
  for (const [k, { reach }] of own.entries()) {
    for (let j = 0; j < demands; j += 1) {
      const otherwise = Math.min(supplier.reach[j]!, item.missing);
      gains[k * demands + j] = otherwise - reach[j]! + last[k]!;
    }
  }
  const quantities = Float64Array.from(item.supplies, ({ quantity }) => quantity);
  return assignSupplies(quantities, item.demand, gains);
}

interface Decided {
  readonly supplier: Ways;
  readonly own: readonly Ways[];
  readonly last: Float64Array;
  readonly lastSite: Int16Array;
  readonly given: Float64Array;
}

/** Turns what was decided into flows; the cost at the prices. */
function layOut(
  shape: Shape,
  item: PlacementItem,
  { supplier, own, last, lastSite, given }: Decided,
  flows: Flows,
): number {
  const { weeks, sites, regions } = shape;
  const demands = weeks * regions;
  let cost = 0;
  const deliver = (ways: Ways, demand: number, quantity: number): void => {
    const region = demand % regions;
    const at = ((demand - region) / regions) * sites + ways.site[demand]!;
    flows.deliver[at * regions + region]! += quantity;
    ways.need[at]! += quantity;
    cost += quantity * ways.reach[demand]!;
  };
  const left = Float64Array.from(item.supplies, ({ quantity }) => quantity);
  for (let demand = 0; demand < demands; demand += 1) {
    let open = item.demand[demand]!;
    for (let k = 0; k < own.length; k += 1) {
      const quantity = given[k * demands + demand]!;
      if (quantity === 0) continue;
      open -= quantity;
      left[k]! -= quantity;
      deliver(own[k]!, demand, quantity);
    }
    if (open <= 0) continue;
    if (supplier.reach[demand]! < item.missing) deliver(supplier, demand, open);
    else {
      flows.missing[demand] = open;
      cost += open * item.missing;
    }
  }
  const end = (weeks - 1) * sites;
  for (let k = 0; k < own.length; k += 1) {
    if (left[k]! <= 0) continue;
    own[k]!.need[end + lastSite[k]!]! += left[k]!;
    flows.keep[end + lastSite[k]!]! += left[k]!;
    cost += left[k]! * last[k]!;
  }
  traceBack(shape, supplier, flows, flows.arrive);
  for (const ways of own) traceBack(shape, ways, flows, undefined);
  return cost;
}

/** Follows what leaves each place back to where it came from, latest week first. */
function traceBack(
  { weeks, sites }: Shape,
  { need, from }: Ways,
  flows: Flows,
  arrive: Float64Array | undefined,
): void {
  for (let week = weeks - 1; week >= 0; week -= 1) {
    for (let site = 0; site < sites; site += 1) {
      const at = week * sites + site;
      const quantity = need[at]!;
      if (quantity === 0) continue;
      const source = from[at]!;
      if (source === FROM_SUPPLIER) {
        if (arrive) arrive[at]! += quantity;
        continue;
      }
      const before = (week - 1) * sites + source;
      need[before]! += quantity;
      if (source === site) flows.keep[before]! += quantity;
      else flows.move[before * sites + site]! += quantity;
    }
  }
}
