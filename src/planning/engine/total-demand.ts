import { negativeBinomialCdf, negativeBinomialQuantile } from '../intermittent/index.ts';
import { upperGamma } from '../intermittent/special.ts';
import type { TotalDemand } from './types.ts';

/** Up to this mean demand is counted in whole units; beyond, one unit more or less is nothing. */
const COUNTED_MEAN_MAX = 1000;

/** A variance beyond this many times the mean (or its square) says that nothing is known. */
const RATIO_MAX = 1e6;

/** A variance that is nothing beside the mean: the demand is certain. */
const CERTAIN = 1e-9;

/**
 * The distribution of a demand of which mean and variance are known, wherever they come from:
 * negative binomial where the variance exceeds the mean, Poisson where they are equal; gamma where
 * the variance is below the mean (regular demand) or the mean above 1,000 units. It never throws:
 * what is no number counts as 0.
 *
 * @param mean in base units.
 * @param variance of the total, base units squared.
 */
export function totalOf(mean: number, variance: number): TotalDemand {
  const expected = mean > 0 && Number.isFinite(mean) ? mean : 0;
  const finite = variance > 0 && Number.isFinite(variance) ? variance : 0;
  const spread = Math.min(finite, RATIO_MAX * expected * Math.max(1, expected));
  if (expected === 0) return certain(0, spread);
  if (spread <= CERTAIN * expected * expected) return certain(expected, spread);
  if (spread >= expected && expected <= COUNTED_MEAN_MAX) return counted(expected, spread);
  // Whole units with a mean below 1 cannot be more regular than this.
  if (expected < 1) return counted(expected, expected);
  return measured(expected, spread);
}

function certain(mean: number, variance: number): TotalDemand {
  return {
    mean,
    variance,
    probability: (units) => (units >= mean ? 1 : 0),
    quantile: () => Math.ceil(mean),
    shortage: (units) => Math.max(0, mean - units),
  };
}

/**
 * Negative binomial with success probability p = mean / variance. Its partial expectation follows
 * from x f(x; r, p) = r (1 − p) / p × f(x − 1; r + 1, p); for the Poisson distribution, which the
 * functions give where variance and mean are equal, from x f(x) = mean × f(x − 1).
 */
function counted(mean: number, variance: number): TotalDemand {
  const excess = variance / mean - 1;
  const nextMean = mean + excess;
  const nextVariance = nextMean * (1 + excess);
  const probability = (units: number) =>
    units < 0 ? 0 : negativeBinomialCdf(mean, variance, Math.floor(units));
  const whole = (units: number) => {
    if (units < 0) return mean - units;
    const below = units > 0 ? negativeBinomialCdf(nextMean, nextVariance, units - 1) : 0;
    return Math.max(0, mean * (1 - below) - units * (1 - probability(units)));
  };
  return {
    mean,
    variance,
    probability,
    quantile: (level) => negativeBinomialQuantile(mean, variance, level),
    shortage(units) {
      const low = Math.floor(units);
      const [atLow, atHigh] = [whole(low), units > low ? whole(low + 1) : 0];
      return atLow + (atHigh - atLow) * (units - low);
    },
  };
}

/** Gamma with shape mean² / variance; rounded up to whole units where a number is asked for. */
function measured(mean: number, variance: number): TotalDemand {
  const shape = (mean * mean) / variance;
  const scale = variance / mean;
  const beyond = (units: number, of: number) => (units > 0 ? upperGamma(of, units / scale) : 1);
  return {
    mean,
    variance,
    probability: (units) => 1 - beyond(units, shape),
    quantile(level) {
      let high = mean + 4 * Math.sqrt(variance);
      while (1 - beyond(high, shape) < level && high < mean * 1e6) high *= 2;
      let low = 0;
      for (let step = 0; step < 60 && high - low > 0.01; step += 1) {
        const middle = (low + high) / 2;
        if (1 - beyond(middle, shape) < level) low = middle;
        else high = middle;
      }
      let units = Math.ceil(low);
      while (1 - beyond(units, shape) < level && units < high + 1) units += 1;
      return units;
    },
    shortage(units) {
      if (units <= 0) return mean - units;
      return Math.max(0, mean * beyond(units, shape + 1) - units * beyond(units, shape));
    },
  };
}
