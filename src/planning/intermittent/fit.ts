import {
  type CountDistribution,
  type CountModel,
  ENTRIES_MAX,
  meanOf,
  mixture,
  NOTHING,
  stepOf,
  varianceOf,
} from './counts.ts';
import {
  type Density,
  empiricalDensity,
  hurdleDensity,
  Knowledge,
  negativeBinomialDensity,
  poissonDensity,
  tabulate,
} from './families.ts';

const FAMILIES: readonly { readonly family: CountModel['family']; readonly density: Density }[] = [
  { family: 'poisson', density: poissonDensity },
  { family: 'negativeBinomial', density: negativeBinomialDensity },
  { family: 'hurdle', density: hurdleDensity },
  { family: 'empirical', density: empiricalDensity },
];
/** The longest and the shortest memory: weight of the newest period in a running mean. */
const MEMORY_LONGEST = 0.02;
const MEMORY_SHORTEST = 0.2;
/** A running mean has forgotten most of what is older than this share of the history. */
const HISTORY_SHARE = 0.25;
/** Predictions from fewer periods than this are not scored. */
const BURN_IN = 3;
/** Only so many of the newest periods are scored; the older ones are learned from. */
const SCORED_MAX = 400;
/** Older periods say nothing of demand today. */
const HISTORY_MAX = 2000;
/** A log score is not let below this, so that one surprise does not decide alone. */
const SURPRISE = Math.log(1e-6);
/** Parts with less weight than this are left out. */
const WEIGHT_MIN = 0.01;

/**
 * Fits a count distribution to a history of demand. Each family (Poisson, negative binomial,
 * hurdle, empirical) with each length of memory predicts every period from those before it; the
 * product of the probabilities it gave to what came is its weight (the prequential principle of
 * Dawid, 1984; count families with moving means after Snyder, Ord and Beaumont, 2012,
 * "Forecasting the intermittent demand for slow-moving inventories"). The log score is proper:
 * unlike absolute errors it rewards nobody for forecasting zero (Kolassa, 2016).
 *
 * Negative or missing demand counts as none. Demand that is not in whole numbers is counted in
 * steps (see stepOf).
 */
export function fitCounts(history: Float64Array): CountModel {
  const recent = history.subarray(Math.max(0, history.length - HISTORY_MAX));
  const step = stepOf(recent);
  const { counts, largest } = countsOf(recent, step);
  if (largest === 0) {
    return { family: 'zero', distribution: NOTHING, mean: 0, variance: 0 };
  }
  const scored = score(counts, largest);
  const best = Math.max(...scored.map((one) => one.score));
  const weighed = scored.map((one) => ({ ...one, weight: Math.exp(one.score - best) }));
  const all = weighed.reduce((sum, one) => sum + one.weight, 0);
  const kept = weighed.filter((one) => one.weight >= WEIGHT_MIN * all);
  const total = kept.reduce((sum, one) => sum + one.weight, 0);
  const parts = kept.map(({ density, known, weight }) => ({
    weight: weight / total,
    distribution: tabulate(density, known, step),
  }));
  const distribution: CountDistribution = mixture(parts);
  return {
    family: kept.find((one) => one.score === best)!.family,
    distribution,
    mean: meanOf(distribution),
    variance: varianceOf(distribution),
  };
}

function countsOf(history: Float64Array, step: number): { counts: Int32Array; largest: number } {
  const counts = new Int32Array(history.length);
  let largest = 0;
  for (let t = 0; t < history.length; t += 1) {
    const value = history[t]!;
    if (!(value > 0)) continue;
    counts[t] = Math.min(ENTRIES_MAX - 1, Math.round(value / step));
    largest = Math.max(largest, counts[t]!);
  }
  return { counts, largest };
}

interface Scored {
  readonly family: CountModel['family'];
  readonly density: Density;
  /** What is known after the last period. */
  readonly known: Knowledge;
  /** Sum of the logarithms of the probabilities given to what came. */
  readonly score: number;
}

/**
 * Memories to choose from: long, middle and short. Demand of single items seldom stays as it was
 * over a whole history, so even the longest does not span all of it.
 */
function memoriesFor(periods: number): number[] {
  const share = 1 / (HISTORY_SHARE * Math.max(1, periods));
  const longest = Math.min(MEMORY_SHORTEST, Math.max(MEMORY_LONGEST, share));
  const middle = Math.sqrt(longest * MEMORY_SHORTEST);
  return [...new Set([longest, middle, MEMORY_SHORTEST])];
}

function score(counts: Int32Array, largest: number): Scored[] {
  const from = Math.max(BURN_IN, counts.length - SCORED_MAX);
  return memoriesFor(counts.length).flatMap((memory) => {
    const known = new Knowledge(memory, largest);
    const sums = new Float64Array(FAMILIES.length);
    for (let t = 0; t < counts.length; t += 1) {
      const count = counts[t]!;
      for (let family = 0; t >= from && family < FAMILIES.length; family += 1) {
        const chance = FAMILIES[family]!.density(known, count);
        sums[family]! += Math.max(SURPRISE, Math.log(chance));
      }
      known.learn(count);
    }
    return FAMILIES.map((one, family) => ({ ...one, known, score: sums[family]! }));
  });
}
