import type { Forecast } from '../series.ts';

/**
 * A hierarchy as the parent of each node: `parents[i]` is the index of i's parent, or -1 for a
 * root; a parent stands before its children. Nodes that are nobody's parent are leaves. A series
 * that belongs to several trees (region and group) is reconciled by `groups` instead.
 */
export type Parents = Int32Array | readonly number[];

/** Node forecasts of one period, in the order of `parents`. */
export interface NodeForecasts {
  readonly mean: Float64Array;
  /** Variance of the error of each node's forecast; larger trusts it less. */
  readonly variance: Float64Array;
}

/**
 * Reconciles forecasts over a tree in linear time, for a million leaves: the exact weighted least
 * squares solution (Wickramasuriya, Athanasopoulos and Hyndman, 2019, with a diagonal W) by one
 * pass up and one down, then negative leaves are set to zero and the rest scaled to the sums.
 *
 * @returns coherent means: every parent is the sum of its children to 1e-9 of its size, and no
 *   node is negative.
 */
export declare function reconcileTree(parents: Parents, forecasts: NodeForecasts): Float64Array;

/**
 * Minimum trace reconciliation (same source) of a small hierarchy of any shape, with the error
 * covariance estimated from `errors` and shrunk towards its diagonal (Schäfer and Strimmer, 2005).
 *
 * @param summing row i says which leaves node i sums: 0 or 1 for each leaf.
 * @param mean forecast of each node for each period: `mean[node][period]`.
 * @param errors past one-step errors: `errors[node][origin]`; may be empty: structural weights.
 * @returns coherent means, `[node][period]`.
 */
export declare function reconcileMinTrace(
  summing: readonly ArrayLike<number>[],
  mean: readonly Float64Array[],
  errors: readonly Float64Array[],
): Float64Array[];

/** A forecast moved to a reconciled mean: quantiles keep their distance in proportion. */
export declare function rescale(forecast: Forecast, mean: Float64Array): Forecast;
