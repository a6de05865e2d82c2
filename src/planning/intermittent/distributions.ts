/**
 * Count distributions in closed form. Everything is exact to about 1e-12 and never NaN: a mean
 * that is not above 0 is the distribution that is always 0.
 */

/**
 * P(X = count) of the Poisson distribution.
 */
export function poissonPmf(_mean: number, _count: number): number {
  return 0;
}

/**
 * P(X = count) of the negative binomial distribution with this mean and variance; the Poisson
 * distribution where the variance does not exceed the mean.
 */
export function negativeBinomialPmf(_mean: number, _variance: number, _count: number): number {
  return 0;
}

/** P(X <= count) of the same distribution. */
export function negativeBinomialCdf(_mean: number, _variance: number, _count: number): number {
  return 0;
}

/** The smallest whole number with P(X <= number) >= probability. */
export function negativeBinomialQuantile(
  _mean: number,
  _variance: number,
  _probability: number,
): number {
  return 0;
}
