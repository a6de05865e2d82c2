import {
  clean,
  countCoverage,
  coverage,
  type EngineState,
  forecastFast,
  forecastFull,
  pinball,
} from '../../src/planning/engine/index.ts';
import type { ItemHistory } from './data.ts';

/**
 * Levels of the bench: LEVELS, and between them as many as it takes to tell how probable each
 * count was.
 */
export const FINE_LEVELS: readonly number[] = Array.from({ length: 199 }, (_, i) => (i + 1) / 200);

/** Levels that losses are measured at: those of every forecast. */
export const LOSS_LEVELS = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99] as const;

/** Means and quantiles at LOSS_LEVELS of the next periods. */
export interface Said {
  readonly mean: Float64Array;
  readonly quantiles: readonly Float64Array[];
}

/** A plain method that ours has to beat. */
export type Baseline = (known: Float64Array, horizon: number) => Said;

/** A point forecast with the quantiles of its own one-step errors around it, none below zero. */
function withErrors(
  known: Float64Array,
  horizon: number,
  expected: (period: number) => number,
  from: number,
): Said {
  const errors: number[] = [];
  for (let t = from; t < known.length; t += 1) errors.push(known[t]! - expected(t));
  errors.sort((a, b) => a - b);
  const mean = Float64Array.from({ length: horizon }, (_, h) => expected(known.length + h));
  const quantiles = LOSS_LEVELS.map((level) => {
    const place = Math.min(errors.length - 1, Math.max(0, Math.ceil(level * errors.length) - 1));
    return mean.map((value) => Math.max(0, value + (errors[place] ?? 0)));
  });
  return { mean, quantiles };
}

/** The same period of the last season goes on; of less than two seasons, the last period. */
export function seasonalNaive(season: number): Baseline {
  return (known, horizon) => {
    const lag = known.length >= 2 * season ? season : 1;
    const end = known.length;
    const expected = (t: number) => known[t < end ? t - lag : end - lag + ((t - end) % lag)] ?? 0;
    return withErrors(known, horizon, expected, lag);
  };
}

/** The mean of the last periods goes on. */
export function movingAverage(window: number): Baseline {
  return (known, horizon) => {
    const expected = (t: number) => {
      const end = Math.min(t, known.length);
      const start = Math.max(0, end - window);
      let sum = 0;
      for (let i = start; i < end; i += 1) sum += known[i]!;
      return end > start ? sum / (end - start) : 0;
    };
    return withErrors(known, horizon, expected, Math.min(window, known.length - 1));
  };
}

export interface Trial {
  /** The slow tier chooses at the first origin, or the fast tier does without. */
  readonly tier: 'slow' | 'fast';
  readonly season: number;
  readonly horizon: number;
  /** Periods known at each origin, ascending. */
  readonly origins: readonly number[];
  readonly baselines: readonly Baseline[];
}

/** How one item fared over all origins. */
export interface Outcome {
  /** Units demanded in the periods forecast. */
  readonly units: number;
  /** Scaled pinball loss of ours and of each baseline. */
  readonly ours: number;
  readonly baselines: readonly number[];
  /** Which baseline did better before the first origin: the one a shop would have taken. */
  readonly taken: number;
  /** Periods, and how many of them lay inside the 80, 90, 95 % intervals (counts: in part). */
  readonly periods: number;
  readonly inside: readonly number[];
  /** The same as plain shares. */
  readonly plain: readonly number[];
}

const SHARES = [0.8, 0.9, 0.95] as const;

/** Puts the item through every origin; null where it had no demand before the first. */
export function tryItem(item: ItemHistory, trial: Trial): Outcome | null {
  const first = trial.origins[0]!;
  const scale = scaleOf(item.values.subarray(0, first));
  if (!(scale > 0)) return null;
  const losses = { ours: 0, baselines: trial.baselines.map(() => 0) };
  const inside = [0, 0, 0];
  const plain = [0, 0, 0];
  let [units, periods] = [0, 0];
  let state: EngineState | null = null;
  for (const origin of trial.origins) {
    const actual = item.values.slice(origin, origin + trial.horizon);
    const known = item.values.slice(0, origin);
    const { series } = clean(known, { season: trial.season });
    // The slow tier chooses once, the nights after repeat its choice, as the nightly run does.
    if (origin === first && trial.tier === 'slow') {
      state = forecastFull(series, trial.horizon).state;
    }
    const ours = forecastFast(series, trial.horizon, state);
    const loss = (said: { quantiles: readonly Float64Array[] }) =>
      (pinball(actual, said.quantiles, LOSS_LEVELS) * actual.length) / scale;
    losses.ours += loss(ours);
    for (const [i, baseline] of trial.baselines.entries()) {
      losses.baselines[i]! += loss(baseline(known, trial.horizon));
    }
    const fine = forecastFast(series, trial.horizon, state, FINE_LEVELS).quantiles;
    for (const [i, hits] of insideOf(actual, fine).entries()) {
      inside[i]! += hits.counted;
      plain[i]! += hits.plain;
    }
    for (const value of actual) units += value;
    periods += actual.length;
  }
  return {
    units,
    ours: losses.ours / periods,
    baselines: losses.baselines.map((sum) => sum / periods),
    taken: takenBefore(item.values.subarray(0, first), trial),
    periods,
    inside,
    plain,
  };
}

/** Origins, one period apart, at which baselines are compared before the first of the trial. */
const ORIGINS_BEFORE = 9;

/** The baseline with the least loss over the newest origins whose periods are known. */
function takenBefore(known: Float64Array, { horizon, baselines }: Trial): number {
  const losses = baselines.map(() => 0);
  for (let back = 0; back < ORIGINS_BEFORE; back += 1) {
    const origin = known.length - horizon - back;
    if (origin < 2) break;
    const actual = known.subarray(origin, origin + horizon);
    for (const [i, baseline] of baselines.entries()) {
      const { quantiles } = baseline(known.subarray(0, origin), horizon);
      losses[i]! += pinball(actual, quantiles, LOSS_LEVELS);
    }
  }
  return losses.indexOf(Math.min(...losses));
}

/** Mean absolute change from one period to the next, from the first demand on. */
export function scaleOf(known: Float64Array): number {
  const first = known.findIndex((value) => value > 0);
  if (first < 0) return Number.NaN;
  let sum = 0;
  for (let t = first + 1; t < known.length; t += 1) sum += Math.abs(known[t]! - known[t - 1]!);
  return sum / (known.length - first - 1);
}

/** Periods inside each interval, as countCoverage counts them and plainly. */
export function insideOf(actual: Float64Array, fine: readonly Float64Array[]) {
  const below = new Float64Array(actual.length);
  const upTo = new Float64Array(actual.length);
  for (let h = 0; h < actual.length; h += 1) {
    let [under, until] = [0, 0];
    for (const quantile of fine) {
      // A quantile between two whole numbers stands for the nearer one.
      if (quantile[h]! < actual[h]! - 0.5) under += 1;
      if (quantile[h]! < actual[h]! + 0.5) until += 1;
    }
    below[h] = (under + 0.5) / (fine.length + 1);
    upTo[h] = until === under ? below[h]! : (until + 0.5) / (fine.length + 1);
    // Nothing lies below the least or above the largest quantile that was asked for.
    if (under === 0) below[h] = 0;
    if (until === fine.length) upTo[h] = 1;
  }
  return SHARES.map((share) => {
    const end = Math.round(((1 - share) / 2) * (fine.length + 1)) - 1;
    return {
      counted: countCoverage(below, upTo, share) * actual.length,
      plain: coverage(actual, fine[end]!, fine[fine.length - 1 - end]!) * actual.length,
    };
  });
}
