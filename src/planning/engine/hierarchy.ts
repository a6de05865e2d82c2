import { type Forecast, LEVELS } from '../series.ts';
import { totalOf } from './total-demand.ts';

/**
 * A hierarchy as the parent of each node: `parents[i]` is the index of i's parent, or -1 for a
 * root; a parent stands before its children. Nodes that are nobody's parent are leaves.
 */
export type Parents = Int32Array | readonly number[];

/** Node forecasts of one period, in the order of `parents`. */
export interface NodeForecasts {
  readonly mean: Float64Array;
  /** Variance of the error of each node's forecast; larger trusts it less. */
  readonly variance: Float64Array;
}

/** So that nodes without any variance share what is left evenly instead of dividing by zero. */
const VARIANCE_MIN = 1e-12;

/**
 * Reconciles forecasts over a tree in linear time, for a million leaves.
 *
 * The weighted least squares solution (Wickramasuriya, Athanasopoulos and Hyndman, 2019, with a
 * diagonal W) comes from two passes. Up: a node's own forecast and the sum of its children, which
 * are two opinions of one number, become one by their precisions. Down: what a node is given beyond
 * the sum of its children goes to them in proportion to their variances; children that would
 * become negative are zero and the others take their part.
 *
 * @returns coherent means: every parent is the sum of its children, and no node is negative.
 * @throws RangeError when a parent stands after its child.
 */
export function reconcileTree(parents: Parents, forecasts: NodeForecasts): Float64Array {
  const count = parents.length;
  const own = (i: number) => finite(forecasts.mean[i]!);
  const trust = (i: number) => Math.max(VARIANCE_MIN, finite(forecasts.variance[i]!));
  const value = new Float64Array(count);
  const variance = new Float64Array(count);
  const childSum = new Float64Array(count);
  const childVariance = new Float64Array(count);
  for (let i = count - 1; i >= 0; i -= 1) {
    if (parents[i]! >= i) throw new RangeError(`node ${i} stands before its parent`);
    value[i] = own(i);
    variance[i] = trust(i);
    if (childVariance[i]! > 0) {
      const share = variance[i]! / (variance[i]! + childVariance[i]!);
      value[i] = own(i) + share * (childSum[i]! - own(i));
      variance[i] = share * childVariance[i]!;
    }
    const parent = parents[i]!;
    if (parent < 0) continue;
    childSum[parent]! += value[i]!;
    childVariance[parent]! += variance[i]!;
  }
  const { first, next } = childLists(parents);
  for (let i = 0; i < count; i += 1) {
    if (parents[i]! < 0) value[i] = Math.max(0, value[i]!);
    if (first[i]! >= 0) share(value[i]!, first[i]!, next, value, variance);
  }
  return sumUp(parents, first, value);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** Children of each node as linked lists, in ascending order. */
function childLists(parents: Parents) {
  const first = new Int32Array(parents.length).fill(-1);
  const next = new Int32Array(parents.length).fill(-1);
  for (let i = parents.length - 1; i >= 0; i -= 1) {
    const parent = parents[i]!;
    if (parent < 0) continue;
    next[i] = first[parent]!;
    first[parent] = i;
  }
  return { first, next };
}

/** Marks a child that has become zero for good. */
const SETTLED = -1;

/**
 * Gives `total` (not negative) to the children: each gets its value and a part of the difference
 * in proportion to its variance, none less than zero. Setting the negative ones to zero and
 * sharing again ends after at most as many rounds as there are children, in practice two or three.
 */
function share(
  total: number,
  firstChild: number,
  next: Int32Array,
  value: Float64Array,
  variance: Float64Array,
): void {
  for (;;) {
    let [sum, weights] = [0, 0];
    for (let child = firstChild; child >= 0; child = next[child]!) {
      if (variance[child] === SETTLED) continue;
      sum += value[child]!;
      weights += variance[child]!;
    }
    if (weights === 0) return;
    const step = (total - sum) / weights;
    let fresh = 0;
    for (let child = firstChild; child >= 0; child = next[child]!) {
      if (variance[child] === SETTLED || value[child]! + step * variance[child]! >= 0) continue;
      value[child] = 0;
      variance[child] = SETTLED;
      fresh += 1;
    }
    if (fresh > 0) continue;
    for (let child = firstChild; child >= 0; child = next[child]!) {
      if (variance[child] !== SETTLED) value[child]! += step * variance[child]!;
    }
    return;
  }
}

/** Parents become the exact sums of their children, whatever was rounded on the way. */
function sumUp(parents: Parents, first: Int32Array, value: Float64Array): Float64Array {
  for (let i = 0; i < value.length; i += 1) if (first[i]! >= 0) value[i] = 0;
  for (let i = value.length - 1; i >= 0; i -= 1) {
    // Of numbers this close to zero only rounding is left.
    if (first[i]! < 0) value[i] = Math.max(0, value[i]!);
    if (parents[i]! >= 0) value[parents[i]!]! += value[i]!;
  }
  return value;
}

/** A forecast moved to a reconciled mean: quantiles keep their distance in proportion. */
export function rescale(forecast: Forecast, mean: Float64Array): Forecast {
  const levels = forecast.quantiles.map((row, level) =>
    row.map((value, h) => {
      const before = forecast.mean[h]!;
      const after = mean[h]!;
      if (before > 0) return (value * after) / before;
      // Where nothing was expected there is no shape to keep: a Poisson demand then.
      return after > 0 ? totalOf(after, after).quantile(LEVELS[level]!) : 0;
    }),
  );
  return { method: forecast.method, mean: mean.slice(), quantiles: levels };
}
