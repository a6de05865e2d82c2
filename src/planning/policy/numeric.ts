/** Special functions that inventory theory needs, to about 1e-14 relative. */

/** The standard normal density. */
export function normalPdf(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

/**
 * P(Z > z) of the standard normal, accurate in both tails: Marsaglia's series about 0 (2004) and
 * the continued fraction of Mills' ratio in the tail (Abramowitz & Stegun 26.2.14).
 */
export function normalTail(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  if (z < 0) return 1 - normalTail(-z);
  if (z < 2.5) {
    let [term, sum] = [z, z];
    for (let k = 3; Math.abs(term) > 1e-18 * sum; k += 2) {
      term *= (z * z) / k;
      sum += term;
    }
    return 0.5 - sum * normalPdf(z);
  }
  let fraction = z;
  // Deeper fractions are needed nearer to the centre; 120 levels are exact from 2.5 on.
  for (let k = 120; k >= 1; k -= 1) fraction = z + k / fraction;
  return normalPdf(z) / fraction;
}

/** P(Z <= z) of the standard normal. */
export function normalCdf(z: number): number {
  return z < 0 ? normalTail(-z) : 1 - normalTail(z);
}

/**
 * The z with P(Z <= z) = probability: Abramowitz & Stegun 26.2.23, then Halley's iterations.
 * 0 and 1 give -Infinity and Infinity; anything outside gives NaN.
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  const tail = Math.min(probability, 1 - probability);
  if (tail === 0) return probability === 0 ? -Infinity : Infinity;
  const t = Math.sqrt(-2 * Math.log(tail));
  const above = 2.515517 + t * (0.802853 + t * 0.010328);
  let z = t - above / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  for (let turn = 0; turn < 4; turn += 1) {
    const error = (normalTail(z) - tail) / normalPdf(z);
    z += error / (1 - 0.5 * error * z);
  }
  return probability < 0.5 ? -z : z;
}

/** Standard normal loss E[(Z - z)+] = pdf(z) - z P(Z > z). */
export function normalLoss(z: number): number {
  if (z < -8) return -z;
  return normalPdf(z) - z * normalTail(z);
}

/** Second-order loss E[((Z - z)+)^2] / 2 of the standard normal. */
export function normalLoss2(z: number): number {
  return 0.5 * ((z * z + 1) * normalTail(z) - z * normalPdf(z));
}

/** ln gamma(x) for x > 0 (Lanczos, g = 7, nine terms). */
function logGamma(x: number): number {
  const terms = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum = 0.9999999999998099;
  terms.forEach((term, index) => {
    sum += term / (x + index);
  });
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * Probabilities of 0, 1, 2, ... of the Poisson distribution, up to where less than `tail` is
 * left. Begins at the mode, so that no mean underflows.
 */
export function poissonPmf(mean: number, tail = 1e-16): Float64Array {
  if (!(mean > 0)) return Float64Array.of(1);
  const last = Math.ceil(mean + 10 * Math.sqrt(mean) + 25 + Math.max(0, -Math.log10(tail) - 16));
  const result = new Float64Array(last + 1);
  const mode = Math.floor(mean);
  result[mode] = Math.exp(mode * Math.log(mean) - mean - logGamma(mode + 1));
  for (let k = mode + 1; k <= last; k += 1) result[k] = (result[k - 1]! * mean) / k;
  for (let k = mode - 1; k >= 0; k -= 1) result[k] = (result[k + 1]! * (k + 1)) / mean;
  return normalised(result);
}

/**
 * Probabilities of 0, 1, 2, ... of the negative binomial distribution with this mean and
 * variance > mean (number of events before the r-th stop, r = mean^2 / (variance - mean)).
 */
export function negativeBinomialPmf(mean: number, variance: number): Float64Array {
  if (!(mean > 0)) return Float64Array.of(1);
  if (!(variance > mean * (1 + 1e-9))) return poissonPmf(mean);
  const stops = (mean * mean) / (variance - mean);
  const again = 1 - mean / variance;
  const last = Math.ceil(mean + 8 * Math.sqrt(variance) + 36 / -Math.log(again));
  const result = new Float64Array(last + 1);
  const mode = Math.max(0, Math.floor(((stops - 1) * again) / (1 - again)));
  result[mode] = Math.exp(
    logGamma(stops + mode) -
      logGamma(stops) -
      logGamma(mode + 1) +
      stops * Math.log(1 - again) +
      mode * Math.log(again),
  );
  for (let k = mode + 1; k <= last; k += 1) {
    result[k] = (result[k - 1]! * again * (stops + k - 1)) / k;
  }
  for (let k = mode - 1; k >= 0; k -= 1) {
    result[k] = (result[k + 1]! * (k + 1)) / (again * (stops + k));
  }
  return normalised(result);
}

/**
 * Probabilities of 0, 1, 2, ... of the binomial distribution: up to `trials`, or to where next to
 * nothing is left, so that a million trials are as quick as fifty.
 */
export function binomialPmf(trials: number, chance: number): Float64Array {
  if (!(chance > 0) || trials === 0) return Float64Array.of(1);
  const mean = trials * Math.min(1, chance);
  const reach = Math.ceil(mean + 12 * Math.sqrt(mean * (1 - Math.min(1, chance))) + 30);
  const last = Math.min(trials, reach);
  const result = new Float64Array(last + 1);
  if (chance >= 1) {
    result[trials] = 1;
    return result;
  }
  const odds = chance / (1 - chance);
  const mode = Math.min(last, Math.floor((trials + 1) * chance));
  const logs = logGamma(trials + 1) - logGamma(mode + 1) - logGamma(trials - mode + 1);
  result[mode] = Math.exp(logs + mode * Math.log(chance) + (trials - mode) * Math.log1p(-chance));
  for (let k = mode + 1; k <= last; k += 1) {
    result[k] = (result[k - 1]! * odds * (trials - k + 1)) / k;
  }
  for (let k = mode - 1; k >= 0; k -= 1) {
    result[k] = (result[k + 1]! * (k + 1)) / (odds * (trials - k));
  }
  return normalised(result);
}

/** The same weights made to sum to 1, in place. */
export function normalised(weights: Float64Array): Float64Array {
  let sum = 0;
  for (const weight of weights) sum += weight;
  if (sum > 0) for (let k = 0; k < weights.length; k += 1) weights[k] = weights[k]! / sum;
  return weights;
}

/** The place of the least value of a convex function of a float, to about 1e-14 relative. */
export function findRoot(slope: (x: number) => number, low: number, high: number): number {
  let [left, right] = [low, high];
  for (let turn = 0; turn < 200 && right - left > 1e-15 * Math.abs(right); turn += 1) {
    const middle = 0.5 * (left + right);
    if (middle === left || middle === right) break;
    if (slope(middle) < 0) left = middle;
    else right = middle;
  }
  return 0.5 * (left + right);
}
