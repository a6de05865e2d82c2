import { incompleteBeta, logBinomial, logPoisson, normalQuantile, upperGamma } from './special.ts';

/**
 * Count distributions in closed form, to about twelve digits. Nothing is ever NaN: a mean that is
 * not above 0 makes the distribution that is always 0, a variance that does not exceed the mean
 * (or is no number) makes the Poisson distribution, the limit of the negative binomial.
 */

/** A variance this close to the mean makes no difference that anything could measure. */
const POISSON_EXCESS = 1e-9;
/** Above this mean a count is as good as continuous: negative binomial becomes gamma. */
const CONTINUOUS_FROM = 1e7;
/** Above this shape a gamma distribution is as good as normal. */
const NORMAL_FROM = 1e8;
/** Up to this mean a quantile is found by adding up probabilities from 0. */
const ADDED_MAX = 200;

/** P(X = count) of the Poisson distribution; 0 where `count` is no whole number >= 0. */
export function poissonPmf(mean: number, count: number): number {
  if (!Number.isInteger(count) || count < 0) return 0;
  if (!(mean > 0)) return count === 0 ? 1 : 0;
  return Math.exp(logPoisson(count, mean));
}

function isPoisson(mean: number, variance: number): boolean {
  return !(variance - mean > POISSON_EXCESS * mean);
}

/**
 * P(X = count) of the negative binomial distribution with this mean and variance: with
 * r = mean² / (variance − mean) and p = mean / variance, the chance of `count` failures before
 * the r-th success. Source: Johnson, Kemp and Kotz (2005), Univariate Discrete Distributions, 5.1.
 */
export function negativeBinomialPmf(mean: number, variance: number, count: number): number {
  if (!(mean > 0) || isPoisson(mean, variance)) return poissonPmf(mean, count);
  if (!Number.isInteger(count) || count < 0) return 0;
  const r = (mean * mean) / (variance - mean);
  return (r / (r + count)) * Math.exp(logBinomial(r, count, mean / variance));
}

/** P(X <= count) of the same distribution. */
export function negativeBinomialCdf(mean: number, variance: number, count: number): number {
  if (count < 0) return 0;
  if (!(mean > 0) || count === Number.POSITIVE_INFINITY) return 1;
  const whole = Math.floor(count);
  const spread = isPoisson(mean, variance) ? mean : variance;
  if (mean > CONTINUOUS_FROM) return gammaCdf(mean, spread, whole + 0.5);
  if (spread === mean) return upperGamma(whole + 1, mean);
  const r = (mean * mean) / (spread - mean);
  return incompleteBeta(r, whole + 1, mean / spread);
}

function gammaCdf(mean: number, variance: number, x: number): number {
  const shape = (mean / variance) * mean;
  if (shape < NORMAL_FROM) return 1 - upperGamma(shape, (x / variance) * mean);
  const z = (x - mean) / Math.sqrt(variance);
  // Φ(z) by the incomplete gamma function: erfc(t) = Q(1/2, t²) for t >= 0.
  const tail = z === 0 ? 0.5 : 0.5 * upperGamma(0.5, (z * z) / 2);
  return z < 0 ? tail : 1 - tail;
}

/**
 * The smallest whole number with P(X <= number) >= probability. A probability of 0 or less gives
 * 0; one of 1 or more is taken as 1 − 1e-12, so that the answer is finite.
 */
export function negativeBinomialQuantile(
  mean: number,
  variance: number,
  probability: number,
): number {
  if (!(mean > 0) || !(probability > 0)) return 0;
  const target = Math.min(probability, 1 - 1e-12);
  return mean <= ADDED_MAX
    ? addedQuantile(mean, variance, target)
    : searchedQuantile(mean, variance, target);
}

function addedQuantile(mean: number, variance: number, target: number): number {
  // How far the variance exceeds the mean, as a share of it; 0 is Poisson.
  const excess = isPoisson(mean, variance) ? 0 : variance / mean - 1;
  // The chance of 0 is (1 + excess) ** −r; written so that it tends to e^−mean.
  let density = Math.exp(excess === 0 ? -mean : (-mean * Math.log1p(excess)) / excess);
  let sum = density;
  let count = 0;
  while (sum < target && count < 1e6) {
    density *= (mean + count * excess) / ((count + 1) * (1 + excess));
    sum += density;
    count += 1;
    // Beyond the mean, what no longer adds to the sum never will.
    if (count > mean && density < 1e-17 * sum) break;
  }
  return count;
}

function searchedQuantile(mean: number, variance: number, target: number): number {
  const spread = Math.sqrt(isPoisson(mean, variance) ? mean : variance);
  if (!Number.isFinite(spread)) return Number.MAX_VALUE;
  let step = Math.max(1, Math.ceil(spread / 4));
  let high = Math.max(0, Math.round(mean + spread * normalQuantile(target)));
  let low = high - step;
  // A bracket with cdf(low) < target <= cdf(high), grown around the normal guess.
  while (negativeBinomialCdf(mean, variance, high) < target) {
    low = high;
    high += step;
    step *= 2;
  }
  while (low >= 0 && negativeBinomialCdf(mean, variance, low) >= target) {
    high = low;
    low -= step;
    step *= 2;
  }
  low = Math.max(low, -1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle === low || middle === high) break;
    if (negativeBinomialCdf(mean, variance, middle) >= target) high = middle;
    else low = middle;
  }
  return high;
}
