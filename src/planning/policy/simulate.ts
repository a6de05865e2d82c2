import { quantityToOrder } from './quantity.ts';
import type { PolicyName, QuantityRules } from './types.ts';

/** The levels that decide in a simulation: a StockTarget fits. */
export interface SimulatedLevels {
  readonly policy: PolicyName;
  readonly reorderPoint: number;
  readonly orderUpTo: number;
  readonly orderQuantity: number;
}

/** One item's future (or past) and the policy that runs it. */
export interface PolicySimulation {
  readonly levels: SimulatedLevels;
  /** Demand of each day, oldest first, in base units. */
  readonly demand: ArrayLike<number>;
  /** Lead time of the order placed on that day; an array that is drawn beforehand. */
  readonly leadTimes: ArrayLike<number>;
  readonly reviewDays: number;
  readonly quantities?: QuantityRules;
  readonly shelfLifeDays?: number;
  /** What happens to demand that finds nothing. */
  readonly shortage: 'backorder' | 'lost';
  /** Whether a later order may arrive before an earlier one; false: it waits for it. */
  readonly overtaking?: boolean;
  readonly onHandAtStart: number;
  /** Orders under way at the start: day on which each arrives (0 is the first) and quantity. */
  readonly arriving?: readonly { readonly day: number; readonly quantity: number }[];
  /** Days at the start that are not counted. */
  readonly warmUpDays?: number;
  /** Levels that change with the day (a promotion, a new service target). */
  readonly levelsOn?: (day: number) => SimulatedLevels;
  /** Whether each day's figures are kept (`days` of the result). */
  readonly keepDays?: boolean;
}

/** What came of it, over the days that count. */
export interface SimulationResult {
  readonly days: number;
  readonly demand: number;
  readonly servedAtOnce: number;
  /** Share of units served at once; 1 where nothing was asked for. */
  readonly fillRate: number;
  /** Share of order cycles (between two arrivals) without a shortage. */
  readonly cycleService: number;
  /** Share of days on which demand met too little. */
  readonly shortDays: number;
  readonly averageOnHand: number;
  readonly averageBackorders: number;
  readonly orders: number;
  readonly orderedUnits: number;
  readonly outdated: number;
  readonly onHandAtEnd: number;
  /** Only with `keepDays`: for each day on hand at its end, short units, arrivals, orders. */
  readonly daily?: {
    readonly onHand: Float64Array;
    readonly short: Float64Array;
    readonly arrived: Float64Array;
    readonly ordered: Float64Array;
  };
}

/** The state that a day changes. */
interface Run {
  readonly simulation: PolicySimulation;
  /** Units that arrive on each day, by day. */
  readonly arriving: Float64Array;
  /** Lots on hand, first expired first; one nameless lot where nothing expires. */
  readonly lots: { quantity: number; lastDay: number }[];
  onHand: number;
  backorders: number;
  onOrder: number;
  lastArrival: number;
}

function beginRun(simulation: PolicySimulation): Run {
  const { demand, shelfLifeDays = Number.POSITIVE_INFINITY } = simulation;
  const run: Run = {
    simulation,
    arriving: new Float64Array(demand.length + 1),
    lots: [],
    onHand: 0,
    backorders: 0,
    onOrder: 0,
    lastArrival: 0,
  };
  if (simulation.onHandAtStart > 0) {
    run.onHand = simulation.onHandAtStart;
    run.lots.push({ quantity: run.onHand, lastDay: shelfLifeDays - 1 });
  }
  for (const { day, quantity } of simulation.arriving ?? []) {
    if (!(quantity > 0)) continue;
    run.onOrder += quantity;
    run.lastArrival = Math.max(run.lastArrival, day);
    if (day < demand.length) run.arriving[Math.max(0, day)]! += quantity;
  }
  return run;
}

/** Takes what arrives today: backorders are served first. Returns the units. */
function receive(run: Run, day: number): number {
  const quantity = run.arriving[day]!;
  if (quantity === 0) return 0;
  run.arriving[day] = 0;
  run.onOrder -= quantity;
  const late = Math.min(quantity, run.backorders);
  run.backorders -= late;
  const rest = quantity - late;
  if (rest > 0) {
    const { shelfLifeDays = Number.POSITIVE_INFINITY } = run.simulation;
    run.onHand += rest;
    run.lots.push({ quantity: rest, lastDay: day + shelfLifeDays - 1 });
  }
  return quantity;
}

/** Throws away what may no longer be sold today. Returns the units. */
function outdate(run: Run, day: number): number {
  let gone = 0;
  while (run.lots.length > 0 && run.lots[0]!.lastDay < day) gone += run.lots.shift()!.quantity;
  run.onHand -= gone;
  return gone;
}

/** Serves today's demand, first expired first out. Returns the units that were short. */
function serve(run: Run, asked: number): number {
  let left = Math.min(asked, run.onHand);
  const short = asked - left;
  run.onHand -= left;
  while (left > 0 && run.lots.length > 0) {
    const lot = run.lots[0]!;
    const taken = Math.min(left, lot.quantity);
    lot.quantity -= taken;
    left -= taken;
    if (lot.quantity <= 1e-9) run.lots.shift();
  }
  if (run.lots.length === 0) run.onHand = 0;
  if (run.simulation.shortage === 'backorder') run.backorders += short;
  return short;
}

/** Reviews the position and orders. Returns the units ordered. */
function review(run: Run, day: number): number {
  const { simulation } = run;
  if (day % Math.max(1, simulation.reviewDays) !== 0) return 0;
  const levels = simulation.levelsOn?.(day) ?? simulation.levels;
  const position = run.onHand + run.onOrder - run.backorders;
  const quantity = quantityToOrder(levels, position, simulation.quantities);
  if (quantity === 0) return 0;
  const own = day + Math.max(0, Math.round(simulation.leadTimes[day] ?? 0));
  const arrival = simulation.overtaking ? own : Math.max(own, run.lastArrival);
  run.lastArrival = Math.max(run.lastArrival, arrival);
  run.onOrder += quantity;
  if (arrival < run.arriving.length) run.arriving[arrival]! += quantity;
  return quantity;
}

/**
 * Runs a policy day by day. A day: what arrives is received (backorders first), what is outdated
 * is thrown away, the position is reviewed and ordered up (an order with lead time 0 is there at
 * once, one with lead time 3 on the morning of the third day after), then demand is served, first
 * expired first out. Demand that is no number or below 0 counts as none. About 10 million days a
 * second.
 */
export function simulatePolicy(simulation: PolicySimulation): SimulationResult {
  const { demand, warmUpDays = 0 } = simulation;
  const days = demand.length;
  const run = beginRun(simulation);
  const daily = simulation.keepDays
    ? {
        onHand: new Float64Array(days),
        short: new Float64Array(days),
        arrived: new Float64Array(days),
        ordered: new Float64Array(days),
      }
    : undefined;
  const sum = { demand: 0, short: 0, onHand: 0, backorders: 0, outdated: 0, orderedUnits: 0 };
  const count = { orders: 0, cycles: 0, shortCycles: 0, shortDays: 0, days: 0 };
  let cycleIsShort = false;
  for (let day = 0; day < days; day += 1) {
    let arrived = receive(run, day);
    const outdated = outdate(run, day);
    const ordered = review(run, day);
    arrived += receive(run, day);
    const asked = demand[day]! > 0 ? demand[day]! : 0;
    if (arrived > 0) {
      if (day >= warmUpDays) {
        count.cycles += 1;
        if (cycleIsShort) count.shortCycles += 1;
      }
      cycleIsShort = false;
    }
    const short = serve(run, asked);
    if (short > 0) cycleIsShort = true;
    if (daily) {
      daily.onHand[day] = run.onHand;
      daily.short[day] = short;
      daily.arrived[day] = arrived;
      daily.ordered[day] = ordered;
    }
    if (day < warmUpDays) continue;
    count.days += 1;
    sum.demand += asked;
    sum.short += short;
    sum.onHand += run.onHand;
    sum.backorders += run.backorders;
    sum.outdated += outdated;
    sum.orderedUnits += ordered;
    if (ordered > 0) count.orders += 1;
    if (short > 0) count.shortDays += 1;
  }
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  return {
    days: count.days,
    demand: sum.demand,
    servedAtOnce: sum.demand - sum.short,
    fillRate: 1 - share(sum.short, sum.demand),
    cycleService: 1 - share(count.shortCycles, count.cycles),
    shortDays: share(count.shortDays, count.days),
    averageOnHand: share(sum.onHand, count.days),
    averageBackorders: share(sum.backorders, count.days),
    orders: count.orders,
    orderedUnits: sum.orderedUnits,
    outdated: sum.outdated,
    onHandAtEnd: run.onHand,
    ...(daily && { daily }),
  };
}
