import type { Estimate } from './panel.ts';

/** What several estimates of like things say together. */
interface Combined {
  /** Their mean, each weighing by how certain it is. */
  readonly pooled: Estimate;
  /** Variance of the true values around that mean. */
  readonly between: number;
  /** Each drawn to the mean as far as it is less certain than the values differ. */
  readonly shrunk: readonly Estimate[];
}

const UNKNOWN: Estimate = { value: 0, standardError: Number.POSITIVE_INFINITY };
/** Halvings of the interval in which the variance between is looked for. */
const HALVINGS = 40;

/**
 * Random effects: estimates differ because they are uncertain and because what they estimate
 * differs. The variance between is the one at which the weighted squares come to what is expected
 * (Paule and Mandel, 1982; DerSimonian and Laird, 1986, "Meta-analysis in clinical trials").
 */
export function combine(estimates: readonly Estimate[]): Combined {
  const known = estimates.filter(({ standardError }) => Number.isFinite(standardError));
  if (known.length === 0) return { pooled: UNKNOWN, between: 0, shrunk: estimates };
  const between = varianceBetween(known);
  const pooled = weighted(known, between);
  return {
    pooled,
    between,
    shrunk: estimates.map((estimate) => shrunk(estimate, pooled, between)),
  };
}

/**
 * An estimate drawn to what is expected of it: the posterior of a normal prior whose variance is
 * `between` and whose mean is known as well as `expected` says.
 */
export function shrunk(own: Estimate, expected: Estimate, between: number): Estimate {
  if (!Number.isFinite(expected.standardError)) return expected;
  const doubt = expected.standardError ** 2;
  if (!Number.isFinite(own.standardError)) {
    return { value: expected.value, standardError: Math.sqrt(between + doubt) };
  }
  const noise = own.standardError ** 2;
  const share = between + noise > 0 ? between / (between + noise) : 0;
  const variance = share * noise + (1 - share) ** 2 * doubt;
  return {
    value: expected.value + share * (own.value - expected.value),
    standardError: Math.sqrt(variance),
  };
}

function weighted(estimates: readonly Estimate[], between: number): Estimate {
  let sum = 0;
  let weights = 0;
  for (const { value, standardError } of estimates) {
    const weight = 1 / (standardError ** 2 + between);
    sum += weight * value;
    weights += weight;
  }
  return { value: sum / weights, standardError: Math.sqrt(1 / weights) };
}

/** Squares of the differences from the mean, each over its variance. */
function weighedSquares(estimates: readonly Estimate[], between: number): number {
  const { value: center } = weighted(estimates, between);
  return estimates.reduce(
    (sum, { value, standardError }) => sum + (value - center) ** 2 / (standardError ** 2 + between),
    0,
  );
}

function varianceBetween(estimates: readonly Estimate[]): number {
  const expected = estimates.length - 1;
  if (expected < 1 || weighedSquares(estimates, 0) <= expected) return 0;
  const center = weighted(estimates, 0).value;
  let low = 0;
  let high = estimates.reduce((most, { value }) => Math.max(most, (value - center) ** 2), 0) * 4;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (weighedSquares(estimates, middle) > expected) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
