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
  /** The family that predicted the history best; the others have their share in `parts`. */
  readonly family: 'zero' | 'poisson' | 'negativeBinomial' | 'hurdle' | 'empirical';
  /** What may be true, each with its weight (they sum to 1). */
  readonly parts: readonly { readonly weight: number; readonly distribution: CountDistribution }[];
  /** The demand of one period: the mixture of the parts. */
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

/** The same distribution in steps `factor` times as large; the mean stays what it was. */
function coarsened({ step, probabilities }: CountDistribution, factor: number): CountDistribution {
  if (factor <= 1) return { step, probabilities };
  const coarse = new Float64Array(Math.ceil(probabilities.length / factor) + 1);
  for (let k = 0; k < probabilities.length; k += 1) {
    // What lies between two coarse steps is shared among them so that the mean is kept.
    const place = k / factor;
    const below = Math.floor(place);
    coarse[below]! += probabilities[k]! * (1 - (place - below));
    coarse[below + 1]! += probabilities[k]! * (place - below);
  }
  return trimmed(step * factor, coarse);
}

/** The sum of two independent variables; of different steps, in the larger. */
function convolve(a: CountDistribution, b: CountDistribution): CountDistribution {
  const step = Math.max(a.step, b.step);
  const first = coarsened(a, Math.round(step / a.step));
  const second = coarsened(b, Math.round(step / b.step));
  const [p, q] = [first.probabilities, second.probabilities];
  const sum = new Float64Array(p.length + q.length - 1);
  for (let i = 0; i < p.length; i += 1) {
    const weight = p[i]!;
    if (weight === 0) continue;
    for (let j = 0; j < q.length; j += 1) sum[i + j]! += weight * q[j]!;
  }
  const whole = trimmed(step, sum);
  // Factors are powers of two, so that steps always divide each other.
  return whole.probabilities.length > ENTRIES_MAX ? coarsened(whole, 2) : whole;
}

/** The sum of `count` independent draws, by repeated doubling. */
function repeated(distribution: CountDistribution, count: number): CountDistribution {
  let result: CountDistribution = { ...NOTHING, step: distribution.step };
  let power = distribution;
  for (let left = count; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = convolve(result, power);
    if (left > 1) power = convolve(power, power);
  }
  return result;
}

/** No lead time is longer than this many periods. */
const PERIODS_MAX = 10_000;

/**
 * The demand of `periods` periods together, by convolution. Within each part of the model periods
 * are independent; which part is true is the same for all of them, so what is not known of the
 * rate does not average out. Of 2.5 periods half the time is 2 and half 3.
 */
export function cumulative(model: CountModel, periods: number): CountDistribution {
  const wanted = Math.min(PERIODS_MAX, periods > 0 ? periods : 0);
  const whole = Math.floor(wanted);
  const share = wanted - whole;
  const sums = model.parts.flatMap(({ weight, distribution }) => {
    const lower = repeated(distribution, whole);
    if (share < 1e-9) return [{ weight, distribution: lower }];
    const upper = convolve(lower, distribution);
    return [
      { weight: weight * (1 - share), distribution: lower },
      { weight: weight * share, distribution: upper },
    ];
  });
  const step = Math.max(...sums.map(({ distribution }) => distribution.step));
  return mixture(
    sums.map(({ weight, distribution }) => ({
      weight,
      distribution: coarsened(distribution, Math.round(step / distribution.step)),
    })),
  );
}
