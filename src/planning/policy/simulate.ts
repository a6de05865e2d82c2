import type { LeadTime, PolicyName, QuantityRules } from './types.ts';

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
