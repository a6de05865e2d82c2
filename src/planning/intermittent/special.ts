/**
 * The special functions that count distributions are made of. Formulas are those of the NIST
 * Digital Library of Mathematical Functions (DLMF), the densities those of Loader (2000), "Fast
 * and accurate computation of binomial probabilities", which lose no digits to cancellation.
 */

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);
/** Continued fractions of means up to 1e8 are done well before this. */
const STEPS_MAX = 100_000;
const PRECISION = 1e-15;
const TINY = 1e-300;
/** From here on the asymptotic series is exact to the last digits. */
const STIRLING_FROM = 16;

/**
 * What Stirling's formula leaves out of ln Γ(x + 1), for x > 0: the asymptotic series of DLMF
 * 5.11.1, reached from small arguments by Γ(x + 1) = x Γ(x).
 */
function stirlingError(x: number): number {
  let large = x;
  let product = 1;
  while (large < STIRLING_FROM) {
    large += 1;
    product *= large;
  }
  const square = large * large;
  const series =
    (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) /
    large;
  if (large === x) return series;
  const logGamma = series + (large + 0.5) * Math.log(large) - large - Math.log(product);
  return logGamma - (x + 0.5) * Math.log(x) + x;
}

/** x ln(x / mean) + mean − x, exact where x is close to the mean (Loader's `bd0`). */
function deviance(x: number, mean: number): number {
  const difference = x - mean;
  if (Math.abs(difference) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - difference;
  const ratio = difference / (x + mean);
  let sum = difference * ratio;
  let term = 2 * x * ratio;
  for (let step = 1; step < 1000; step += 1) {
    term *= ratio * ratio;
    const next = sum + term / (2 * step + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** ln of mean^x e^−mean / Γ(x + 1) for real x >= 0 and mean > 0. */
export function logPoisson(x: number, mean: number): number {
  if (x === 0) return -mean;
  return -stirlingError(x) - deviance(x, mean) - HALF_LOG_TWO_PI - 0.5 * Math.log(x);
}

/** ln of Γ(a + b + 1) / Γ(a + 1) / Γ(b + 1) p^a (1 − p)^b for real a, b >= 0 and 0 < p < 1. */
export function logBinomial(a: number, b: number, p: number): number {
  if (a === 0) return b * Math.log1p(-p);
  if (b === 0) return a * Math.log(p);
  const n = a + b;
  return (
    stirlingError(n) -
    stirlingError(a) -
    stirlingError(b) -
    deviance(a, n * p) -
    deviance(b, n * (1 - p)) -
    HALF_LOG_TWO_PI +
    0.5 * (Math.log(n) - Math.log(a) - Math.log(b))
  );
}

/**
 * Lentz's evaluation of b(0) + a(1) / (b(1) + a(2) / (b(2) + ...)) (DLMF 3.10).
 * @param a numerator of step n >= 1
 * @param b denominator of step n >= 0
 */
function continuedFraction(a: (n: number) => number, b: (n: number) => number): number {
  let value = b(0) || TINY;
  let c = value;
  let d = 0;
  for (let n = 1; n < STEPS_MAX; n += 1) {
    const numerator = a(n);
    const denominator = b(n);
    d = 1 / (denominator + numerator * d || TINY);
    c = denominator + numerator / c || TINY;
    const change = c * d;
    value *= change;
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return value;
}

/**
 * Regularised upper incomplete gamma function Q(shape, x) for shape > 0 and x > 0: the chance
 * that a Poisson variable of mean x stays below `shape`. DLMF 8.7.1 below the mean, 8.9.2 above.
 */
export function upperGamma(shape: number, x: number): number {
  // x^shape e^−x / Γ(shape + 1), which both forms begin with.
  const front = Math.exp(logPoisson(shape, x));
  if (x < shape + 1) {
    let term = 1;
    let sum = 1;
    for (let n = 1; n < STEPS_MAX && term > PRECISION * sum; n += 1) {
      term *= x / (shape + n);
      sum += term;
    }
    return 1 - front * sum;
  }
  const fraction = continuedFraction(
    (n) => -n * (n - shape),
    (n) => x + 2 * n + 1 - shape,
  );
  return (front * shape) / fraction;
}

/** Regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 < x < 1 (DLMF 8.17.22). */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const fraction = continuedFraction(
    (n) => {
      if (n === 1) return 1;
      // The coefficients d of DLMF 8.17.23 follow from the second numerator on.
      const k = n - 1;
      const m = k >> 1;
      const product = k % 2 === 0 ? m * (b - m) : -(a + m) * (a + b + m);
      return (product * x) / ((a + k - 1) * (a + k));
    },
    (n) => (n === 0 ? 0 : 1),
  );
  // x^a (1 − x)^b / (a B(a, b)), written with the density of a binomial of real trials.
  const front = logBinomial(a, b, x) + Math.log(b) - Math.log(a + b);
  return Math.exp(front) * fraction;
}

/**
 * The standard normal quantile (Wichura, 1988, algorithm AS 241 in its short form PPND7), to
 * seven digits.
 */
export function normalQuantile(probability: number): number {
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.109374072 * r + 159.2911322) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  const tail = Math.min(probability, 1 - probability);
  if (!(tail > 0)) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const r = Math.sqrt(-Math.log(tail));
  const s = r <= 5 ? r - 1.6 : r - 5;
  const size =
    r <= 5
      ? (((0.17023821103 * s + 1.3067284816) * s + 2.75681539) * s + 1.4234372777) /
        ((0.12021132975 * s + 0.7370016425) * s + 1)
      : (((0.017337203997 * s + 0.42868294337) * s + 3.081226386) * s + 6.657905115) /
        ((0.012258202635 * s + 0.24197894225) * s + 1);
  return q < 0 ? -size : size;
}
