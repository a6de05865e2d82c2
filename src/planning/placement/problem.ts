/**
 * Where stock should lie before a peak, as a linear programme of flows by week. Goods come from
 * the supplier into a site, wait there, move to another site (a week on the way), and go to
 * customers of a region; demand that is not met costs what is lost by it. Items meet only in the
 * room of a site and in what its docks can take in, so at prices for those two every item is a
 * problem of its own. Amounts are floats: base units, cubic metres, and major units of money.
 */
export interface PlacementProblem {
  readonly weeks: number;
  readonly sites: readonly PlacementSite[];
  readonly regions: readonly string[];
  /** To deliver a unit from a site to a region: by parcel, and by its room; [site * regions]. */
  readonly deliverUnit: Float64Array;
  readonly deliverVolume: Float64Array;
  /** To transfer a cubic metre between sites, [from * sites + to]; Infinity: there is no lane. */
  readonly transferVolume: Float64Array;
  readonly items: readonly PlacementItem[];
}

/** A site with its two limits, which are shared by all items. */
export interface PlacementSite {
  readonly code: string;
  /** Cubic metres that may lie there at the end of each week. */
  readonly room: Float64Array;
  /** Cubic metres that may come in each week, from suppliers and from other sites. */
  readonly inbound: Float64Array;
  /** What a cubic metre more than the room costs a week, in hired room next door. */
  readonly overflowPrice: number;
}

/** Goods that are there already, or that will come in whatever is decided. */
export interface PlacementSupply {
  readonly site: number;
  readonly week: number;
  readonly quantity: number;
}

/** One item. */
export interface PlacementItem {
  readonly sku: string;
  /** Cubic metres a unit takes. */
  readonly volume: number;
  /** What it costs to keep a unit for a week: capital, risk, handling. */
  readonly holding: number;
  /** What is lost with a unit that a customer wants and nobody can send. */
  readonly missing: number;
  /** From the supplier into each site, a unit; Infinity: the supplier does not go there. */
  readonly inbound: Float64Array;
  /** The first week in which goods that are bought now can arrive. */
  readonly leadWeeks: number;
  /** Units wanted, [week * regions + region]. */
  readonly demand: Float64Array;
  readonly supplies: readonly PlacementSupply[];
}

/** Prices of the shared limits, [week * sites + site], in money a cubic metre. */
export interface Prices {
  /** Of a cubic metre of room for a week. */
  readonly room: Float64Array;
  /** Of a cubic metre that comes in. */
  readonly inbound: Float64Array;
}

/** What is used of the shared limits, in cubic metres, laid out as the prices are. */
export type Usage = Prices;

/** All flows of one item, in units. */
export interface Flows {
  /** From the supplier, [week * sites + site]. */
  readonly arrive: Float64Array;
  /** Left at the end of the week, [week * sites + site]. */
  readonly keep: Float64Array;
  /** Sent at one week to be there at the next, [(week * sites + from) * sites + to]. */
  readonly move: Float64Array;
  /** To customers, [(week * sites + site) * regions + region]. */
  readonly deliver: Float64Array;
  /** Demand that nobody meets, [week * regions + region]. */
  readonly missing: Float64Array;
}

/** The sizes that every array depends on. */
export interface Shape {
  readonly weeks: number;
  readonly sites: number;
  readonly regions: number;
}

/** The sizes of a problem. */
export function shapeOf(problem: PlacementProblem): Shape {
  return {
    weeks: problem.weeks,
    sites: problem.sites.length,
    regions: problem.regions.length,
  };
}

/** Prices (or usage) of nothing. */
export function noPrices({ weeks, sites }: Shape): Prices {
  return { room: new Float64Array(weeks * sites), inbound: new Float64Array(weeks * sites) };
}

/** The limit of a site in a week, in cubic metres. */
export function limitAt(
  problem: PlacementProblem,
  kind: 'room' | 'inbound',
  week: number,
  site: number,
): number {
  return problem.sites[site]![kind][week]!;
}

/** Flows of nothing. */
export function noFlows({ weeks, sites, regions }: Shape): Flows {
  return {
    arrive: new Float64Array(weeks * sites),
    keep: new Float64Array(weeks * sites),
    move: new Float64Array(weeks * sites * sites),
    deliver: new Float64Array(weeks * sites * regions),
    missing: new Float64Array(weeks * regions),
  };
}

/** Adds a share of one item's flows to others: a mixture of plans is a plan. */
export function addFlows(into: Flows, flows: Flows, share: number): void {
  for (const kind of ['arrive', 'keep', 'move', 'deliver', 'missing'] as const) {
    const [target, source] = [into[kind], flows[kind]];
    for (let i = 0; i < target.length; i += 1) target[i]! += share * source[i]!;
  }
}

/** What the flows of an item cost, without the hire of overflow. */
export function flowsCost(problem: PlacementProblem, item: PlacementItem, flows: Flows): number {
  const { weeks, sites, regions } = shapeOf(problem);
  let cost = 0;
  for (let week = 0; week < weeks; week += 1) {
    for (let site = 0; site < sites; site += 1) {
      const at = week * sites + site;
      if (flows.arrive[at]! > 0) cost += flows.arrive[at]! * item.inbound[site]!;
      cost += flows.keep[at]! * item.holding;
      for (let to = 0; to < sites; to += 1) {
        const moved = flows.move[at * sites + to]!;
        if (moved > 0) cost += moved * item.volume * problem.transferVolume[site * sites + to]!;
      }
      for (let region = 0; region < regions; region += 1) {
        const sent = flows.deliver[at * regions + region]!;
        if (sent > 0) cost += sent * deliverCost(problem, item, site, region);
      }
    }
  }
  for (const missing of flows.missing) cost += missing * item.missing;
  return cost;
}

/** What it costs to send a unit of an item from a site to a region. */
export function deliverCost(
  problem: PlacementProblem,
  item: PlacementItem,
  site: number,
  region: number,
): number {
  const at = site * problem.regions.length + region;
  return problem.deliverUnit[at]! + item.volume * problem.deliverVolume[at]!;
}

/** Adds what an item's flows use of the shared limits. */
export function addUsage(shape: Shape, item: PlacementItem, flows: Flows, usage: Usage): void {
  const { weeks, sites } = shape;
  for (let at = 0; at < weeks * sites; at += 1) {
    usage.room[at]! += item.volume * flows.keep[at]!;
    usage.inbound[at]! += item.volume * flows.arrive[at]!;
  }
  for (let week = 0; week + 1 < weeks; week += 1) {
    for (let from = 0; from < sites; from += 1) {
      const row = (week * sites + from) * sites;
      for (let to = 0; to < sites; to += 1) {
        const moved = flows.move[row + to]!;
        if (moved > 0) usage.inbound[(week + 1) * sites + to]! += item.volume * moved;
      }
    }
  }
}

/** What hired room costs where more lies than there is room for. */
export function overflowCost(problem: PlacementProblem, usage: Usage): number {
  let cost = 0;
  for (const [site, { room, overflowPrice }] of problem.sites.entries()) {
    for (let week = 0; week < problem.weeks; week += 1) {
      const over = usage.room[week * problem.sites.length + site]! - room[week]!;
      if (over > 0) cost += over * overflowPrice;
    }
  }
  return cost;
}

/** A plan for all items, in their order. */
export type PlacementPlan = readonly Flows[];

/** What a plan costs in all, the hire of overflow included. */
export function planCost(problem: PlacementProblem, plan: PlacementPlan): number {
  const shape = shapeOf(problem);
  const usage = noPrices(shape);
  let cost = 0;
  for (const [i, item] of problem.items.entries()) {
    cost += flowsCost(problem, item, plan[i]!);
    addUsage(shape, item, plan[i]!, usage);
  }
  return cost + overflowCost(problem, usage);
}

/** How far a sum may be off, relative to its size: rounding of floats, and nothing else. */
const TOLERANCE = 1e-6;

/** What is wrong with a plan, in words; empty when every unit and every limit is accounted for. */
export function planFaults(problem: PlacementProblem, plan: PlacementPlan): string[] {
  const shape = shapeOf(problem);
  const usage = noPrices(shape);
  const faults = problem.items.flatMap((item, i) => {
    addUsage(shape, item, plan[i]!, usage);
    return flowFaults(shape, item, plan[i]!);
  });
  for (const [site, { code, inbound }] of problem.sites.entries()) {
    for (let week = 0; week < problem.weeks; week += 1) {
      const used = usage.inbound[week * shape.sites + site]!;
      if (used > inbound[week]! + TOLERANCE * (1 + inbound[week]!)) {
        faults.push(`${code} takes in ${used} of ${inbound[week]} in week ${week}`);
      }
    }
  }
  return faults;
}

function flowFaults(shape: Shape, item: PlacementItem, flows: Flows): string[] {
  const { weeks, sites, regions } = shape;
  const faults: string[] = [];
  const check = (what: string, found: number, expected: number): void => {
    if (Math.abs(found - expected) <= TOLERANCE * (1 + Math.abs(expected))) return;
    faults.push(`${item.sku}: ${what} is ${found}, not ${expected}`);
  };
  for (const kind of ['arrive', 'keep', 'move', 'deliver', 'missing'] as const) {
    const least = flows[kind].reduce((low, amount) => Math.min(low, amount), 0);
    if (!(least >= -TOLERANCE)) faults.push(`${item.sku}: ${kind} falls to ${least}`);
  }
  for (let week = 0; week < weeks; week += 1) {
    for (let site = 0; site < sites; site += 1) {
      const at = week * sites + site;
      let [into, out] = [flows.arrive[at]!, flows.keep[at]!];
      if (week < item.leadWeeks && into > TOLERANCE) check('what comes too early', into, 0);
      if (week > 0) into += flows.keep[at - sites]!;
      for (let other = 0; other < sites; other += 1) {
        out += flows.move[at * sites + other]!;
        if (week > 0) into += flows.move[((week - 1) * sites + other) * sites + site]!;
      }
      for (const supply of item.supplies) {
        if (supply.site === site && supply.week === week) into += supply.quantity;
      }
      for (let region = 0; region < regions; region += 1) {
        out += flows.deliver[at * regions + region]!;
      }
      check(`what leaves site ${site} in week ${week}`, out, into);
    }
    for (let region = 0; region < regions; region += 1) {
      let met = flows.missing[week * regions + region]!;
      for (let site = 0; site < sites; site += 1) {
        met += flows.deliver[(week * sites + site) * regions + region]!;
      }
      check(`demand of week ${week}`, met, item.demand[week * regions + region]!);
    }
  }
  return faults;
}
