/**
 * The sourcing problem: which site ships which line, at least total cost. Everything is exact:
 * quantities are integers in base units at the item's scale, costs are minor units.
 *
 * What a sales order costs when it ships from a set of sites:
 *   for each site used      the parcel (its fixed part, and lateness)
 *   for each site but one   the split penalty
 *   for each line           handling, freight by weight and stock balance at its site
 *   for each line left out  the penalty of leaving it unassigned
 *
 * A line is served whole by one site. Only what is left out then is mended in pieces.
 */
export interface SourcingProblem {
  /** Codes of the sites; every array by site has this order. */
  readonly sites: readonly string[];
  /** Units that may be assigned, by item; an item that is missing has none. */
  readonly stock: ReadonlyMap<string, readonly bigint[]>;
  /** Parcels that each site can still send; null where there is no limit. */
  readonly parcelsMax: readonly (bigint | null)[];
  readonly splitPenalty: bigint;
  /** In the order in which they are served when stock is short: priority, then age. */
  readonly orders: readonly SourcingOrder[];
}

export interface SourcingOrder {
  readonly number: string;
  /** `complete`: everything from one site, or nothing. */
  readonly policy: 'partial' | 'complete';
  /** What a parcel costs by site, whatever is in it; null where the site cannot ship there. */
  readonly parcels: readonly (bigint | null)[];
  readonly lines: readonly SourcingLine[];
}

export interface SourcingLine {
  readonly line: number;
  readonly item: string;
  /** Positive. */
  readonly quantity: bigint;
  /** By site: what touching the line costs, whatever its quantity. */
  readonly touches: readonly bigint[];
  /** By site: what the whole quantity costs beyond that; pieces cost their share. */
  readonly costs: readonly bigint[];
  /** By site: false where it must not come from; undefined: any site will do. */
  readonly allowed?: readonly boolean[] | undefined;
  /** What leaving the whole line out costs; pieces cost their share. */
  readonly unassigned: bigint;
}

/** Units of one line from one site, by its place in {@link SourcingProblem.sites}. */
export interface Piece {
  readonly line: number;
  readonly site: number;
  readonly quantity: bigint;
}

/** For each sales order of the problem, what it gets from where. */
export type Plan = readonly (readonly Piece[])[];

/**
 * The share of a line's cost that falls on `quantity` of it. It is rounded up, so that pieces never
 * cost less together than the whole, and what is proven of the whole holds of the pieces.
 */
export function shareOf(cost: bigint, quantity: bigint, whole: bigint): bigint {
  return -((-cost * quantity) / whole);
}

/** Sites that a sales order ships from, in the order of the problem. */
export function sitesOf(pieces: readonly Piece[]): number[] {
  return [...new Set(pieces.map(({ site }) => site))].sort((a, b) => a - b);
}

/** Units of a line that no piece covers. */
export function missingOf(line: SourcingLine, pieces: readonly Piece[]): bigint {
  return pieces.reduce(
    (missing, piece) => (piece.line === line.line ? missing - piece.quantity : missing),
    line.quantity,
  );
}

/** What a sales order costs when it ships so, in minor units. */
export function orderCost(
  problem: Pick<SourcingProblem, 'splitPenalty'>,
  order: SourcingOrder,
  pieces: readonly Piece[],
): bigint {
  const sites = sitesOf(pieces);
  let cost = sites.length > 1 ? problem.splitPenalty * BigInt(sites.length - 1) : 0n;
  for (const site of sites) {
    const parcel = order.parcels[site];
    if (parcel == null) throw new Error(`site ${site} cannot ship ${order.number}`);
    cost += parcel;
  }
  for (const line of order.lines) {
    cost += shareOf(line.unassigned, missingOf(line, pieces), line.quantity);
    for (const piece of pieces) {
      if (piece.line !== line.line) continue;
      cost += line.touches[piece.site]!;
      cost += shareOf(line.costs[piece.site]!, piece.quantity, line.quantity);
    }
  }
  return cost;
}

/** What a whole plan costs, in minor units. */
export function planCost(problem: SourcingProblem, plan: Plan): bigint {
  return problem.orders.reduce(
    (sum, order, i) => sum + orderCost(problem, order, plan[i] ?? []),
    0n,
  );
}

/** Shipments beyond the first of each sales order. */
export function extraShipments(plan: Plan): number {
  return plan.reduce((sum, pieces) => sum + Math.max(0, sitesOf(pieces).length - 1), 0);
}

/**
 * What is wrong with a plan, in words; empty for a good one: more than there is, a line served
 * twice, a complete sales order split, a site that cannot ship there.
 */
export function planFaults(problem: SourcingProblem, plan: Plan): string[] {
  const faults: string[] = [];
  const used = new Map<string, bigint>();
  const parcels = problem.sites.map(() => 0n);
  for (const [i, order] of problem.orders.entries()) {
    const pieces = plan[i] ?? [];
    const sites = sitesOf(pieces);
    for (const site of sites) {
      parcels[site] = (parcels[site] ?? 0n) + 1n;
      if (order.parcels[site] == null) faults.push(`${order.number}: site ${site} cannot ship`);
    }
    const missing = order.lines.map((line) => missingOf(line, pieces));
    if (missing.some((units) => units < 0n)) faults.push(`${order.number}: more than was ordered`);
    if (order.policy === 'complete' && pieces.length > 0) {
      if (sites.length > 1) faults.push(`${order.number}: complete, but split`);
      if (missing.some((units) => units > 0n)) faults.push(`${order.number}: not complete`);
    }
    for (const { line, site, quantity } of pieces) {
      const own = order.lines.find((one) => one.line === line);
      const item = own?.item;
      if (item === undefined || quantity <= 0n || own?.allowed?.[site] === false)
        faults.push(`${order.number}: a wrong piece`);
      const key = JSON.stringify([item, site]);
      used.set(key, (used.get(key) ?? 0n) + quantity);
    }
  }
  for (const [key, quantity] of used) {
    const [item, site] = JSON.parse(key) as [string, number];
    const there = problem.stock.get(item)?.[site] ?? 0n;
    if (quantity > there) faults.push(`${item} at ${problem.sites[site]}: ${quantity} of ${there}`);
  }
  for (const [site, max] of problem.parcelsMax.entries()) {
    if (max !== null && parcels[site]! > max)
      faults.push(`${problem.sites[site]}: too many parcels`);
  }
  return faults;
}
