import { createItemSolver, type ItemSolver } from './item.ts';
import {
  addUsage,
  noPrices,
  type PlacementProblem,
  type Prices,
  type Shape,
  shapeOf,
} from './problem.ts';

/**
 * A proven bound by Lagrangian relaxation (Geoffrion 1974): the shared limits get prices instead
 * of being enforced, every item is solved alone, and the sum, less what the limits are worth at
 * those prices, is below the cost of every plan that keeps them.
 */
export interface Evaluation {
  /** No plan costs less. */
  readonly bound: number;
  /** What each family of items costs as it was solved, without the prices. */
  readonly costs: Float64Array;
  /** What each family uses: [family * rows + row], room rows first, then inbound rows. */
  readonly usage: Float64Array;
}

/** The limits as rows: room by (week, site), then inbound by (week, site). */
export function limitsOf(problem: PlacementProblem): Float64Array {
  const { weeks, sites } = shapeOf(problem);
  const limits = new Float64Array(2 * weeks * sites);
  for (const [site, { room, inbound }] of problem.sites.entries()) {
    for (let week = 0; week < weeks; week += 1) {
      limits[week * sites + site] = room[week]!;
      limits[(weeks + week) * sites + site] = inbound[week]!;
    }
  }
  return limits;
}

/** Prices as one row of numbers, and back. */
export function pricesFrom({ weeks, sites }: Shape, rows: Float64Array): Prices {
  return { room: rows.subarray(0, weeks * sites), inbound: rows.subarray(weeks * sites) };
}

/** The highest price of each row that makes sense: overflow can be hired, inbound cannot. */
export function priceCeilings(problem: PlacementProblem): Float64Array {
  const { weeks, sites } = shapeOf(problem);
  const ceilings = new Float64Array(2 * weeks * sites).fill(Number.POSITIVE_INFINITY);
  for (let at = 0; at < weeks * sites; at += 1) {
    ceilings[at] = problem.sites[at % sites]!.overflowPrice;
  }
  return ceilings;
}

/** Evaluates prices again and again for the same problem; arrays of the solver are shared. */
export function createEvaluator(
  problem: PlacementProblem,
  families: number,
): (prices: Float64Array) => Evaluation {
  const shape = shapeOf(problem);
  const solver = createItemSolver(problem);
  const limits = limitsOf(problem);
  return (prices) => evaluate(problem, shape, solver, { families, limits, prices });
}

interface Asked {
  readonly families: number;
  readonly limits: Float64Array;
  readonly prices: Float64Array;
}

function evaluate(
  problem: PlacementProblem,
  shape: Shape,
  solver: ItemSolver,
  { families, limits, prices }: Asked,
): Evaluation {
  const rows = limits.length;
  const own = pricesFrom(shape, prices);
  const costs = new Float64Array(families);
  const usage = new Float64Array(families * rows);
  const familyUsage = Array.from({ length: families }, (_, family) =>
    pricesFrom(shape, usage.subarray(family * rows, (family + 1) * rows)),
  );
  let bound = 0;
  for (const [i, item] of problem.items.entries()) {
    const value = solver.solve(item, own);
    addUsage(shape, item, solver.flows, familyUsage[i % families]!);
    bound += value;
    costs[i % families]! += value;
  }
  for (let row = 0; row < rows; row += 1) {
    const price = prices[row]!;
    if (price === 0) continue;
    bound -= price * limits[row]!;
    for (let family = 0; family < families; family += 1) {
      costs[family]! -= price * usage[family * rows + row]!;
    }
  }
  return { bound, costs, usage };
}

/** A smaller problem that is like the whole: every so-manieth item, and as much less of limits. */
export function sampleOf(problem: PlacementProblem, every: number): PlacementProblem {
  const items = problem.items.filter((_, i) => i % every === 0);
  const share = items.length / problem.items.length;
  const scaled = (limits: Float64Array) => limits.map((limit) => limit * share);
  const sites = problem.sites.map((site) => ({
    ...site,
    room: scaled(site.room),
    inbound: scaled(site.inbound),
  }));
  return { ...problem, items, sites };
}

const STEP_FIRST = 0.03;
const STEP_LEAST = 0.0003;
const PATIENCE = 5;

/**
 * Searches good prices by subgradient steps (Held, Wolfe and Crowder 1974), each as long as it
 * would take to reach a target a little above the best bound so far; the target comes nearer when
 * steps stop helping.
 * @param evaluations at most.
 */
export function* searchPrices(
  problem: PlacementProblem,
  start: Float64Array,
  evaluations: number,
): Generator<void, Float64Array> {
  const evaluator = createEvaluator(problem, 1);
  const limits = limitsOf(problem);
  const ceilings = priceCeilings(problem);
  let prices: Float64Array = start.slice();
  let best = { bound: Number.NEGATIVE_INFINITY, prices };
  let [reach, stale] = [STEP_FIRST, 0];
  for (let i = 0; i < evaluations && reach >= STEP_LEAST; i += 1) {
    const { bound, usage } = evaluator(prices);
    if (bound > best.bound) {
      if (bound > best.bound + Math.abs(bound) * reach * 0.05) stale = 0;
      best = { bound, prices };
    } else stale += 1;
    let [from, used, value] = [prices, usage, bound];
    if (stale >= PATIENCE) {
      [reach, stale, from, value] = [reach / 2, 0, best.prices, best.bound];
      used = evaluator(from).usage;
    }
    const distance = best.bound + reach * Math.abs(best.bound) - value;
    prices = stepFrom(from, used, { limits, ceilings, distance });
    yield;
  }
  return best.prices;
}

interface Step {
  readonly limits: Float64Array;
  readonly ceilings: Float64Array;
  /** How much the bound should gain. */
  readonly distance: number;
}

/** Prices rise where more is used than there is and fall where something is left. */
function stepFrom(
  prices: Float64Array,
  usage: Float64Array,
  { limits, ceilings, distance }: Step,
): Float64Array {
  const slope = new Float64Array(limits.length);
  let square = 0;
  for (let row = 0; row < limits.length; row += 1) {
    const over = usage[row]! - limits[row]!;
    const isStuck = (over < 0 && prices[row] === 0) || (over > 0 && prices[row]! >= ceilings[row]!);
    slope[row] = isStuck ? 0 : over;
    square += slope[row]! ** 2;
  }
  if (square === 0) return prices;
  return prices.map((price, row) =>
    Math.min(ceilings[row]!, Math.max(0, price + (distance / square) * slope[row]!)),
  );
}

/** Prices of nothing, as one row of numbers. */
export function freePrices(problem: PlacementProblem): Float64Array {
  const { room, inbound } = noPrices(shapeOf(problem));
  return new Float64Array(room.length + inbound.length);
}
