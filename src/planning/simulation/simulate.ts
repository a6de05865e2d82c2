import { plannerByHand, plannerOfProduct, usualStock } from './planners.ts';
import { type PlaceResult, type Planner, runPlace } from './run.ts';
import { makeWorld, type SimulatedWorld, type WorldSize } from './world.ts';

/** What to simulate. */
export interface SimulationOptions extends WorldSize {
  readonly replanDays: number;
  /** Share of units that planning is to serve at once. */
  readonly fillRate: number;
  /** Told after every item, for people who wait. */
  readonly onItem?: (done: number) => void;
}

/** What came of one way of planning over all items and sites. Money in units of the currency. */
export interface PolicyOutcome {
  readonly demandUnits: number;
  readonly soldUnits: number;
  readonly lostUnits: number;
  /** Share of units that were there when they were wanted. */
  readonly fillRate: number;
  /** Days (of an item at a site) on which somebody wanted more than there was. */
  readonly stockoutDays: number;
  /** The same as a share of all days. */
  readonly stockoutShare: number;
  readonly averageInventoryValue: number;
  /** Cost of goods sold a year over the average inventory value. */
  readonly turns: number;
  readonly orders: number;
  readonly holdingCost: number;
  readonly orderingCost: number;
  readonly lostMargin: number;
  readonly totalCost: number;
  /** Units: at the start + arrived = sold + at the end; ordered = arrived + still on order. */
  readonly onHandAtStart: number;
  readonly arrivedUnits: number;
  readonly onHandAtEnd: number;
  readonly orderedUnits: number;
  readonly onOrderAtEnd: number;
}

/** Both ways side by side. */
export interface SimulationReport {
  readonly seed: string;
  readonly items: number;
  readonly sites: number;
  readonly years: number;
  readonly replanDays: number;
  readonly targetFillRate: number;
  /** Fixed minimum and maximum, set once from the last quarter. */
  readonly byHand: PolicyOutcome;
  /** The same with twice the safety: what a careful planner would do. */
  readonly byHandGenerous: PolicyOutcome;
  readonly planned: PolicyOutcome;
}

/**
 * Simulates the same business under three ways of planning: the same customers, the same
 * suppliers, the same failures. Pure: the same options give the same report to the last bit.
 */
export function simulatePlanning(options: SimulationOptions): SimulationReport {
  const { seed, items, sites, years, replanDays, fillRate } = options;
  const world = makeWorld({ seed, items, sites, years });
  const byHand = newTotals();
  const byHandGenerous = newTotals();
  const planned = newTotals();
  for (const [index, item] of world.items.entries()) {
    for (const place of item.places) {
      const onHandAtStart = usualStock(item, place.demand);
      const run = (planner: Planner) =>
        runPlace({ item, place, planner, onHandAtStart, replanDays });
      add(byHand, run(plannerByHand()), item.unitCost);
      add(byHandGenerous, run(plannerByHand(2)), item.unitCost);
      add(planned, run(plannerOfProduct({ fillRate })), item.unitCost);
    }
    options.onItem?.(index + 1);
  }
  return {
    ...{ seed, items, sites, years, replanDays, targetFillRate: fillRate },
    byHand: outcomeOf(world, byHand),
    byHandGenerous: outcomeOf(world, byHandGenerous),
    planned: outcomeOf(world, planned),
  };
}

type Totals = { -readonly [Key in keyof PlaceResult]: number } & { costOfSales: number };

function newTotals(): Totals {
  return {
    ...{ days: 0, demand: 0, sold: 0, lost: 0, stockoutDays: 0, onHandAtStart: 0, arrived: 0 },
    ...{ onHandAtEnd: 0, ordered: 0, onOrderAtEnd: 0, orders: 0, averageValue: 0 },
    ...{ holdingCost: 0, orderingCost: 0, lostMargin: 0, costOfSales: 0 },
  };
}

function add(totals: Totals, result: PlaceResult, unitCost: number): void {
  for (const key of Object.keys(result) as (keyof PlaceResult)[]) totals[key] += result[key];
  totals.costOfSales += result.sold * unitCost;
}

function outcomeOf({ size }: SimulatedWorld, totals: Totals): PolicyOutcome {
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  return {
    demandUnits: totals.demand,
    soldUnits: totals.sold,
    lostUnits: totals.lost,
    fillRate: 1 - share(totals.lost, totals.demand),
    stockoutDays: totals.stockoutDays,
    stockoutShare: share(totals.stockoutDays, totals.days),
    averageInventoryValue: totals.averageValue,
    turns: share(totals.costOfSales / size.years, totals.averageValue),
    orders: totals.orders,
    holdingCost: totals.holdingCost,
    orderingCost: totals.orderingCost,
    lostMargin: totals.lostMargin,
    totalCost: totals.holdingCost + totals.orderingCost + totals.lostMargin,
    onHandAtStart: totals.onHandAtStart,
    arrivedUnits: totals.arrived,
    onHandAtEnd: totals.onHandAtEnd,
    orderedUnits: totals.ordered,
    onOrderAtEnd: totals.onOrderAtEnd,
  };
}
