/**
 * A distribution of whole multiples of `step`: `probabilities[k]` is P(X = k * step). They sum
 * to 1; what lay beyond the last entry is in the last entry.
 */
export interface CountDistribution {
  readonly step: number;
  readonly probabilities: Float64Array;
}

/** A count distribution fitted to a history; plain data, so it passes between threads. */
export interface CountModel {
  /** The family that predicted the history best; the others have their share, too. */
  readonly family: 'zero' | 'poisson' | 'negativeBinomial' | 'hurdle' | 'empirical';
  /** The demand of one period: the mixture of all that may be true. */
  readonly distribution: CountDistribution;
  /** Expected demand and variance of one period, in base units. */
  readonly mean: number;
  readonly variance: number;
}

/** A distribution has at most so many entries; a larger one gets a larger step. */
export const ENTRIES_MAX = 1024;
/** What is less likely than this at the upper end is left out. */
const TAIL = 1e-10;
/** Steps are looked for down to this part of a unit. */
const STEP_FINEST = 1e-6;

/** Distribution that is always 0. */
export const NOTHING: CountDistribution = { step: 1, probabilities: Float64Array.of(1) };

/**
 * The unit in which demand comes: the greatest number that divides all of it (6 for an item sold
 * in sixes, 0.25 for one sold in quarters), but so that the largest demand is at most
 * ENTRIES_MAX / 2 steps. 1 for a history without demand.
 */
export function stepOf(history: ArrayLike<number>): number {
  let largest = 0;
  let divisor = 0;
  for (let t = 0; t < history.length; t += 1) {
    const value = history[t]!;
    if (!(value > 0) || !Number.isFinite(value)) continue;
    largest = Math.max(largest, value);
    divisor = greatestDivisor(Math.round(value / STEP_FINEST), divisor);
  }
  if (largest === 0) return 1;
  const common = divisor * STEP_FINEST;
  const coarse = largest / (ENTRIES_MAX / 2);
  if (common >= coarse) return Number(common.toPrecision(12));
  // A multiple of the common step keeps most values where they are.
  return common > 0 && coarse / common < 1e9 ? common * Math.ceil(coarse / common) : coarse;
}

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x;
}

/** Scales probabilities to sum to 1 and leaves out the tail that nobody will see. */
export function trimmed(step: number, probabilities: Float64Array): CountDistribution {
  let total = 0;
  for (const probability of probabilities) total += probability;
  if (!(total > 0)) return NOTHING;
  let length = probabilities.length;
  let tail = 0;
  while (length > 1 && tail + probabilities[length - 1]! < TAIL * total) {
    length -= 1;
    tail += probabilities[length]!;
  }
  const kept = probabilities.slice(0, length);
  for (let k = 0; k < length; k += 1) kept[k]! /= total - tail;
  return { step, probabilities: kept };
}

/** Expected value, in base units. */
export function meanOf({ step, probabilities }: CountDistribution): number {
  let sum = 0;
  for (let k = 1; k < probabilities.length; k += 1) sum += k * probabilities[k]!;
  return sum * step;
}

/** Variance, in base units squared. */
export function varianceOf({ step, probabilities }: CountDistribution): number {
  let sum = 0;
  let squares = 0;
  for (let k = 1; k < probabilities.length; k += 1) {
    sum += k * probabilities[k]!;
    squares += k * k * probabilities[k]!;
  }
  return Math.max(0, squares - sum * sum) * step * step;
}

/** The smallest value with P(X <= value) >= probability, in base units. */
export function quantileOf(
  { step, probabilities }: CountDistribution,
  probability: number,
): number {
  let sum = 0;
  for (let k = 0; k < probabilities.length; k += 1) {
    sum += probabilities[k]!;
    // Sums of floats may end a hair below what they should be.
    if (sum >= probability - 1e-12) return k * step;
  }
  return (probabilities.length - 1) * step;
}

/** The mixture of distributions, whose steps must be equal. */
export function mixture(
  parts: readonly { readonly weight: number; readonly distribution: CountDistribution }[],
): CountDistribution {
  const step = parts[0]?.distribution.step ?? 1;
  const length = Math.max(1, ...parts.map((part) => part.distribution.probabilities.length));
  const sum = new Float64Array(length);
  for (const { weight, distribution } of parts) {
    const { probabilities } = distribution;
    for (let k = 0; k < probabilities.length; k += 1) sum[k]! += weight * probabilities[k]!;
  }
  return trimmed(step, sum);
}
