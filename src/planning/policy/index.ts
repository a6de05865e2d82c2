/**
 * Inventory policies as pure functions: `stockTarget` for an item at a site, `simulatePolicy` for
 * its future under a target, `reviewStock` for what is too much, `echelonTargets` for a central
 * site with regional ones, and the solvers they are made of. docs/concepts/stock-targets.md says
 * which policy is used for what.
 */

import type { StockReview, StockReviewInput, StockReviewRules } from './review.ts';
import type { PolicySimulation, SimulationResult } from './simulate.ts';
import type {
  Demand,
  DemandAhead,
  LeadTime,
  QuantityRules,
  StockTarget,
  StockTargetInput,
} from './types.ts';

export type * from './review.ts';
export type * from './simulate.ts';
export type * from './types.ts';

/* Signatures; each moves into its own file with its body. */

/** Demand over any number of days from its daily mean and variance (independent days). */
export declare function dailyDemand(meanPerDay: number, variancePerDay: number): DemandAhead;
/** The same with a weekday pattern: seven means and variances, the first of tomorrow's weekday. */
export declare function weekdayDemand(
  means: readonly number[],
  variances: readonly number[],
): DemandAhead;
/** From a forecast's daily means and the variance of the cumulative error of the first d days. */
export declare function forecastDemand(
  means: ArrayLike<number>,
  cumulativeVariance: (days: number) => number,
): DemandAhead;
/** From the quantiles of cumulative demand: row d-1 holds those of the first d days at `levels`. */
export declare function cumulativeDemand(
  levels: readonly number[],
  rows: readonly ArrayLike<number>[],
  means: ArrayLike<number>,
): DemandAhead;
/** One distribution that already is the demand of the whole protection interval. */
export declare function fixedDemand(demand: Demand, days: number): DemandAhead;
/** A distribution from its moments: negative binomial, Poisson, binomial or gamma as they ask. */
export declare function demandOfMoments(mean: number, variance: number): Demand;
/** A distribution from probabilities of 0, 1, 2, ... steps. */
export declare function demandOfPmf(probabilities: ArrayLike<number>, step?: number): Demand;
/** A distribution from quantiles (ascending levels), monotone between, tails extended. */
export declare function demandOfQuantiles(
  levels: readonly number[],
  values: ArrayLike<number>,
  mean?: number,
): Demand;

/**
 * The lead-time distribution from observed lead times (days, newest last) and the supplier's
 * stated one: with few observations it leans on what is stated (see docs/concepts).
 */
export declare function leadTimeOf(
  observed: ArrayLike<number>,
  statedDays: number | null,
  options?: { readonly priorWeight?: number; readonly halfLife?: number },
): LeadTime;
/** A lead time that is always the same. */
export declare function fixedLeadTime(days: number): LeadTime;

/** The stock target of one item at one site. Bad input gives a sensible target with warnings. */
export declare function stockTarget(input: StockTargetInput): StockTarget;
/** What to order now at this inventory position: 0, or a quantity that keeps the rules. */
export declare function quantityToOrder(
  target: Pick<StockTarget, 'policy' | 'reorderPoint' | 'orderUpTo' | 'orderQuantity'>,
  position: number,
  rules?: QuantityRules,
): number;
/** Runs a policy day by day: receive, serve, review and order (see simulate.ts). */
export declare function simulatePolicy(simulation: PolicySimulation): SimulationResult;
/** Judges stock: overstock, dead, expiring, with the best action and money at stake. */
export declare function reviewStock(
  input: StockReviewInput,
  rules?: Partial<StockReviewRules>,
): StockReview;
