import { plannerByHand, plannerEachQuarter, plannerOfProduct, usualStock } from './planners.ts';
import { type PlaceResult, type Planner, runPlace } from './run.ts';
import { makeWorld, type SimulatedItem, type SimulatedWorld, type WorldSize } from './world.ts';

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
  /** With twice the safety, and set anew every quarter. */
  readonly byHandQuarterly: PolicyOutcome;
  readonly planned: PolicyOutcome;
}

/** What came of one item under each way of planning, a result for each of its sites. */
export interface ItemResults {
  readonly byHand: readonly PlaceResult[];
  readonly byHandGenerous: readonly PlaceResult[];
  readonly byHandQuarterly: readonly PlaceResult[];
  readonly planned: readonly PlaceResult[];
}

/**
 * Simulates the same business under three ways of planning: the same customers, the same
 * suppliers, the same failures. Pure: the same options give the same report to the last bit.
 */
export function simulatePlanning(options: SimulationOptions): SimulationReport {
  const world = makeWorld(options);
  const results = world.items.map((item, index) => {
    const result = simulateItem(item, options);
    options.onItem?.(index + 1);
    return result;
  });
  return reportOf(world, results, options);
}

/** Simulates one item at all its sites; items do not meet, so they may be simulated anywhere. */
export function simulateItem(
  item: SimulatedItem,
  { replanDays, fillRate }: Pick<SimulationOptions, 'replanDays' | 'fillRate'>,
): ItemResults {
  const runs = (makePlanner: () => Planner) =>
    item.places.map((place) => {
      const onHandAtStart = usualStock(item, place.demand);
      return runPlace({ item, place, planner: makePlanner(), onHandAtStart, replanDays });
    });
  return {
    byHand: runs(() => plannerByHand()),
    byHandGenerous: runs(() => plannerByHand(2)),
    byHandQuarterly: runs(() => plannerEachQuarter()),
    planned: runs(() => plannerOfProduct({ fillRate })),
  };
}

/** Adds up results in the order of the items, so that the report is the same to the last bit. */
export function reportOf(
  world: SimulatedWorld,
  results: readonly ItemResults[],
  { replanDays, fillRate }: Pick<SimulationOptions, 'replanDays' | 'fillRate'>,
): SimulationReport {
  const { seed, items, sites, years } = world.size;
  const total = (way: keyof ItemResults): PolicyOutcome => {
    const totals = newTotals();
    for (const [i, item] of world.items.entries()) {
      for (const result of results[i]![way]) add(totals, result, item.unitCost);
    }
    return outcomeOf(world, totals);
  };
  return {
    ...{ seed, items, sites, years, replanDays, targetFillRate: fillRate },
    byHand: total('byHand'),
    byHandGenerous: total('byHandGenerous'),
    byHandQuarterly: total('byHandQuarterly'),
    planned: total('planned'),
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
