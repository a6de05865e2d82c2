import type { CountDistribution } from './counts.ts';
import { ENTRIES_MAX, trimmed } from './counts.ts';
import { negativeBinomialPmf } from './distributions.ts';

/**
 * What is known of demand before a period, in steps: running means that weigh the n-th
 * observation by 1/n at first and by `memory` later.
 */
export class Knowledge {
  /** Weight of the newest observation at the least; 0 never forgets. */
  readonly memory: number;
  periods = 0;
  mean = 0;
  /** Squared error of the mean as a forecast, per unit of it: variance over mean. */
  dispersion = 1;
  /** Chance of any demand, and mean and variance of demand where there is some. */
  chance = 0;
  demands = 0;
  size = 0;
  sizeVariance = 0;
  /** How often each demand was seen, newer ones weighing more; `seen` is their sum. */
  readonly histogram: Float64Array;
  seen = 0;
  #gain = 1;
  #errors = 0;
  #means = 0;

  constructor(memory: number, largest: number) {
    this.memory = memory;
    this.histogram = new Float64Array(largest + 1);
  }

  /** Takes in the demand of one period, in steps. */
  learn(count: number): void {
    this.periods += 1;
    const weight = Math.max(this.memory, 1 / this.periods);
    const off = count - this.mean;
    if (this.periods > 1) this.#spread(off);
    this.mean += weight * off;
    this.chance += weight * ((count > 0 ? 1 : 0) - this.chance);
    // Instead of letting all the others fade, newer observations are given more.
    this.#gain /= 1 - this.memory / 2;
    this.histogram[count]! += this.#gain;
    this.seen += this.#gain;
    if (this.#gain > 1e200) this.#fade();
    if (count === 0) return;
    this.demands += 1;
    // Sizes are seen less often than periods, and change less.
    const sizeWeight = Math.max(this.memory / 2, 1 / this.demands);
    const sizeOff = count - this.size;
    this.size += sizeWeight * sizeOff;
    this.sizeVariance = (1 - sizeWeight) * (this.sizeVariance + sizeWeight * sizeOff * sizeOff);
  }

  /** How demand scatters changes less than how much there is, so it is remembered longer. */
  #spread(off: number): void {
    const weight = Math.max(this.memory / SPREAD_SLOWER, 1 / this.periods);
    this.#errors += weight * (off * off - this.#errors);
    this.#means += weight * (this.mean - this.#means);
    if (this.#means > 0) this.dispersion = this.#errors / this.#means;
  }

  #fade(): void {
    for (let k = 0; k < this.histogram.length; k += 1) this.histogram[k]! /= this.#gain;
    this.seen /= this.#gain;
    this.#gain = 1;
  }

  /** The share of what was seen that had this size. */
  shareOf(count: number): number {
    return this.seen > 0 ? (this.histogram[count] ?? 0) / this.seen : 0;
  }

  /** How many periods the running means rest on. */
  get observations(): number {
    return this.memory > 0 ? Math.min(this.periods, 2 / this.memory - 1) : this.periods;
  }
}

/** A family of count distributions: the chance of a count, given what is known. */
export type Density = (known: Knowledge, count: number) => number;

/** The memory of how demand scatters is this many times as long as that of its mean. */
const SPREAD_SLOWER = 4;
/** Half a step of demand in all that was seen: what never happened may still happen. */
const PRIOR = 0.05;
/** As many observations as the negative binomial counts for beside the histogram. */
const SMOOTHING = 4;

function rateOf(known: Knowledge): number {
  const n = known.observations;
  return (known.mean * n + PRIOR) / (n + 1);
}

/** Poisson, whose variance is its mean. */
export const poissonDensity: Density = (known, count) => {
  const rate = rateOf(known);
  return negativeBinomialPmf(rate, rate, count);
};

/** Negative binomial with the mean and variance seen, and the mean's own uncertainty. */
export const negativeBinomialDensity: Density = (known, count) => {
  const rate = rateOf(known);
  // A squared forecast error holds the uncertainty of the mean already.
  return negativeBinomialPmf(rate, rate * known.dispersion, count);
};

/** A chance of any demand, and sizes of 1 and a negative binomial number more. */
export const hurdleDensity: Density = (known, count) => {
  const n = known.observations;
  const chance = (known.chance * n + PRIOR) / (n + 1);
  if (count === 0) return 1 - chance;
  const more = (Math.max(0, known.size - 1) * known.demands + PRIOR) / (known.demands + 1);
  const variance = known.sizeVariance * (1 + 2 / Math.max(1, known.demands));
  return chance * negativeBinomialPmf(more, variance, count - 1);
};

/** What was seen as often as it was seen, drawn towards the negative binomial. */
export const empiricalDensity: Density = (known, count) => {
  const n = known.observations;
  const share = known.shareOf(count) * n;
  return (share + SMOOTHING * negativeBinomialDensity(known, count)) / (n + SMOOTHING);
};

/** A density as a table, up to where what is left is negligible. */
export function tabulate(density: Density, known: Knowledge, step: number): CountDistribution {
  const table = new Float64Array(ENTRIES_MAX);
  let sum = 0;
  let length = 0;
  while (length < ENTRIES_MAX && (sum < 1 - 1e-9 || length <= known.mean)) {
    table[length] = density(known, length);
    sum += table[length]!;
    length += 1;
  }
  return trimmed(step, table.slice(0, length));
}
