import {
  deliverCost,
  type Flows,
  limitAt,
  noFlows,
  noPrices,
  type PlacementItem,
  type PlacementPlan,
  type PlacementProblem,
  type Shape,
  shapeOf,
  type Usage,
} from './problem.ts';

/** What a planner would do by hand, or a spreadsheet: the yardstick for the optimised placement. */
interface Greedy {
  readonly problem: PlacementProblem;
  readonly shape: Shape;
  readonly usage: Usage;
  readonly plan: readonly Flows[];
  /** Units of each item that nobody has been promised yet, by item and [week * sites + site]. */
  readonly free: readonly Float64Array[];
}

/**
 * Serves every demand from the nearest site that can: from what lies there, else bought as late
 * as docks and room allow; week after week, the items that lose most a cubic metre first. Goods
 * are not moved between sites. Keeps the docks' limits; room may overflow only by what is there.
 */
export function greedyPlan(problem: PlacementProblem): PlacementPlan {
  const shape = shapeOf(problem);
  const greedy: Greedy = {
    problem,
    shape,
    usage: noPrices(shape),
    plan: problem.items.map(() => noFlows(shape)),
    free: problem.items.map((item) => layDown(shape, item)),
  };
  for (const [i, item] of problem.items.entries()) {
    for (const [at, quantity] of greedy.free[i]!.entries()) {
      greedy.usage.room[at]! += item.volume * quantity;
      greedy.plan[i]!.keep[at]! += quantity;
    }
  }
  const order = problem.items
    .map((item, i) => ({ i, worth: item.missing / item.volume }))
    .sort((a, b) => b.worth - a.worth || a.i - b.i);
  for (let week = 0; week < shape.weeks; week += 1) {
    for (const { i } of order) serveWeek(greedy, i, week);
  }
  return greedy.plan;
}

/** What lies at the end of each week at each site if nothing is sold. */
function layDown({ weeks, sites }: Shape, item: PlacementItem): Float64Array {
  const free = new Float64Array(weeks * sites);
  for (const { site, week, quantity } of item.supplies) {
    for (let later = week; later < weeks; later += 1) free[later * sites + site]! += quantity;
  }
  return free;
}

function serveWeek(greedy: Greedy, i: number, week: number): void {
  const { problem, shape, plan } = greedy;
  const item = problem.items[i]!;
  const ways = Array.from({ length: shape.sites }, (_, site) => site);
  for (let region = 0; region < shape.regions; region += 1) {
    const demand = week * shape.regions + region;
    let open = item.demand[demand]!;
    if (open <= 0) continue;
    const costs = ways.map((site) => deliverCost(problem, item, site, region));
    const nearest = [...ways].sort((a, b) => costs[a]! - costs[b]! || a - b);
    for (const site of nearest) open -= fromStock(greedy, i, { site, region, week }, open);
    for (const site of nearest) {
      if (open <= 0) break;
      if (item.inbound[site]! + costs[site]! >= item.missing) continue;
      open -= fromSupplier(greedy, i, { site, region, week }, open);
    }
    plan[i]!.missing[demand] = Math.max(0, open);
  }
}

interface Wish {
  readonly site: number;
  readonly region: number;
  readonly week: number;
}

/** Takes from what lies there this week and is still free in every later one. */
function fromStock(greedy: Greedy, i: number, wish: Wish, open: number): number {
  const { shape, usage, plan, free, problem } = greedy;
  let quantity = open;
  for (let week = wish.week; week < shape.weeks; week += 1) {
    quantity = Math.min(quantity, free[i]![week * shape.sites + wish.site]!);
  }
  if (quantity <= 0) return 0;
  for (let week = wish.week; week < shape.weeks; week += 1) {
    const at = week * shape.sites + wish.site;
    free[i]![at]! -= quantity;
    plan[i]!.keep[at]! -= quantity;
    usage.room[at]! -= quantity * problem.items[i]!.volume;
  }
  send(greedy, i, wish, quantity);
  return quantity;
}

/** Buys as late as possible: each week earlier needs room for as long. */
function fromSupplier(greedy: Greedy, i: number, wish: Wish, open: number): number {
  const { problem, shape, usage, plan } = greedy;
  const item = problem.items[i]!;
  let [left, room] = [open, Number.POSITIVE_INFINITY];
  for (let week = wish.week; week >= item.leadWeeks && left > 0; week -= 1) {
    const at = week * shape.sites + wish.site;
    if (week < wish.week) {
      room = Math.min(room, limitAt(problem, 'room', week, wish.site) - usage.room[at]!);
    }
    if (room <= 0) break;
    const docks = limitAt(problem, 'inbound', week, wish.site) - usage.inbound[at]!;
    const quantity = Math.min(left, Math.max(0, Math.min(docks, room)) / item.volume);
    if (quantity <= 0) continue;
    left -= quantity;
    room -= quantity * item.volume;
    plan[i]!.arrive[at]! += quantity;
    usage.inbound[at]! += quantity * item.volume;
    for (let later = week; later < wish.week; later += 1) {
      plan[i]!.keep[later * shape.sites + wish.site]! += quantity;
      usage.room[later * shape.sites + wish.site]! += quantity * item.volume;
    }
  }
  if (left < open) send(greedy, i, wish, open - left);
  return open - left;
}

function send({ shape, plan }: Greedy, i: number, wish: Wish, quantity: number): void {
  const at = wish.week * shape.sites + wish.site;
  plan[i]!.deliver[at * shape.regions + wish.region]! += quantity;
}
