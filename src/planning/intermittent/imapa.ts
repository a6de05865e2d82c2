import { guarded } from '../methods/guard.ts';
import type { Method } from '../series.ts';
import { type Pass, sbaPass } from './croston.ts';
import { gridFor, tune } from './tuning.ts';

/** Buckets are not made longer than this, however rare demand is. */
const LEVELS_MAX = 12;
/** A level of aggregation needs this many buckets to be forecast. */
const BUCKETS_MIN = 4;

/** Sums of `length` periods each, from `start` on; what is left at the end fills no bucket. */
function buckets(values: Float64Array, start: number, length: number): Float64Array {
  const sums = new Float64Array(Math.floor((values.length - start) / length));
  for (let bucket = 0; bucket < sums.length; bucket += 1) {
    const from = start + bucket * length;
    for (let t = from; t < from + length; t += 1) sums[bucket]! += Math.max(0, values[t]!);
  }
  return sums;
}

/** How long the longest bucket is: the mean interval between demands, as Petropoulos has it. */
function longest(values: Float64Array): number {
  let demands = 0;
  for (const value of values) if (value > 0) demands += 1;
  const interval = Math.ceil(values.length / Math.max(1, demands));
  return Math.max(1, Math.min(LEVELS_MAX, interval, Math.floor(values.length / BUCKETS_MIN)));
}

/** Single exponential smoothing, begun as a plain mean; the second parameter is not used. */
const smoothing: Pass = (values, alpha) => {
  const before = new Float64Array(values.length);
  let level = 0;
  for (let t = 0; t < values.length; t += 1) {
    before[t] = t === 0 ? Number.NaN : level;
    level += Math.max(alpha, 1 / (t + 1)) * (values[t]! - level);
  }
  return { before, next: level };
};

/** A level of aggregation, with the method and the parameters that suit its newest buckets. */
interface Level {
  readonly length: number;
  readonly pass: Pass;
  readonly parameters: readonly [number, number];
}

/**
 * Buckets some of which are empty are forecast as intermittent demand (Syntetos and Boylan),
 * others by exponential smoothing.
 */
function levelOf(values: Float64Array, length: number): Level {
  const sums = buckets(values, values.length % length, length);
  const pass = sums.some((sum) => sum === 0) ? sbaPass : smoothing;
  return { length, pass, parameters: tune(sums, pass, gridFor(sums)) };
}

/**
 * Adds the level's rate before each period, and after the last, to `sums` and counts it. As a
 * bucket must end where the forecast is made, there is one pass for each way to cut the history.
 */
function addLevel(values: Float64Array, level: Level, sums: Float64Array, counts: Uint8Array) {
  const { length, pass, parameters } = level;
  for (let start = 0; start < Math.min(length, values.length + 1); start += 1) {
    const { before, next } = pass(buckets(values, start, length), ...parameters);
    for (let bucket = 0; bucket <= before.length; bucket += 1) {
      // Level 1 speaks from its first bucket on, so that there is always something to say.
      if (bucket < (length === 1 ? 1 : BUCKETS_MIN)) continue;
      const t = start + bucket * length;
      sums[t]! += (bucket < before.length ? before[bucket]! : next) / length;
      counts[t]! += 1;
    }
  }
}

/**
 * The intermittent multiple aggregation prediction algorithm (Petropoulos and Kourentzes, 2015,
 * "Forecast combinations for intermittent demand"): demand is summed over 1, 2, 3 ... periods up
 * to the mean interval between demands, each is forecast by what suits it, and the mean of their
 * rates is the forecast.
 */
export const imapa: Method = guarded(
  'imapa',
  () => 2,
  ({ values }, horizon) => {
    const sums = new Float64Array(values.length + 1);
    const counts = new Uint8Array(values.length + 1);
    for (let length = 1; length <= longest(values); length += 1) {
      addLevel(values, levelOf(values, length), sums, counts);
    }
    const rates = sums.map((sum, t) => sum / counts[t]!);
    const mean = new Float64Array(horizon).fill(rates[values.length]!);
    return { mean, fitted: rates.slice(0, values.length) };
  },
);
