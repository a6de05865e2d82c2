import { LEVELS, type Method, type Series } from '../series.ts';
import { absoluteScale, bias, pinball, rmsse, wape } from './accuracy.ts';
import type { Predictive } from './parts.ts';
import { applySpread, fitSpread, type PastError } from './spread.ts';
import type { Accuracy } from './types.ts';

/** What one candidate said at each origin, and what came. */
export interface Round {
  /** Periods known. */
  readonly origin: number;
  readonly actual: Float64Array;
}

/**
 * Origins of a rolling backtest, oldest first: as many as `originsMax`, evenly from where enough
 * is known (half of the history, and at least `knownMin`) to one period before the end. The last
 * ones see less than the whole horizon come true; what is missing is left out.
 */
export function originsOf(
  periods: number,
  horizon: number,
  knownMin: number,
  originsMax: number,
): number[] {
  const last = periods - Math.max(1, Math.min(Math.ceil(horizon / 3), Math.floor(periods / 8)));
  const reach = Math.max(2 * horizon, Math.floor(periods / 4));
  const first = Math.max(knownMin, Math.ceil(periods / 2), last - reach);
  if (last < first || originsMax < 1) return [];
  const count = Math.min(originsMax, last - first + 1);
  const step = count > 1 ? (last - first) / (count - 1) : 0;
  const origins = Array.from({ length: count }, (_, i) => Math.round(last - i * step));
  return [...new Set(origins)].reverse();
}

/** The rounds of a backtest over these origins. */
export function roundsOf(series: Series, horizon: number, origins: readonly number[]): Round[] {
  return origins.map((origin) => ({
    origin,
    actual: series.values.slice(origin, origin + horizon),
  }));
}

/** The series as it was known at an origin. */
export function knownAt(series: Series, origin: number): Series {
  // A copy: a method that looked beyond a view's end would see what it must not know.
  return { ...series, values: series.values.slice(0, origin) };
}

/** The means of a point method at each round, none below zero. */
export function pointRounds(method: Method, series: Series, rounds: readonly Round[]) {
  return rounds.map(({ origin, actual }) => {
    const { mean } = method.forecast(knownAt(series, origin), actual.length);
    return mean.map((value) => (value > 0 ? value : 0));
  });
}

/** Errors of the means of some rounds; `except` leaves one round out. */
export function errorsOf(
  rounds: readonly Round[],
  means: readonly Float64Array[],
  except = -1,
): PastError[] {
  const errors: PastError[] = [];
  for (const [i, { actual }] of rounds.entries()) {
    if (i === except) continue;
    for (let h = 0; h < actual.length; h += 1) {
      const expected = means[i]![h]!;
      errors.push({ ahead: h + 1, expected, error: actual[h]! - expected });
    }
  }
  return errors;
}

/**
 * A point method's distributions at each round, each calibrated on the errors of the other rounds,
 * so that no round is judged by quantiles that have seen it.
 */
export function conformalRounds(
  rounds: readonly Round[],
  means: readonly Float64Array[],
  fitted: ArrayLike<number>,
  levels: readonly number[],
): Predictive[] {
  return means.map((mean, i) => {
    const errors = errorsOf(rounds, means, rounds.length > 1 ? i : -1);
    return { mean, quantiles: applySpread(mean, fitSpread(errors, levels, fitted)) };
  });
}

const INTERVALS = [
  [0.1, 0.9],
  [0.05, 0.95],
  [0.025, 0.975],
] as const;

/** How well distributions did over rounds; `levels` must hold LEVELS' ends of the intervals. */
export function judge(
  series: Series,
  rounds: readonly Round[],
  said: readonly Predictive[],
  levels: readonly number[] = LEVELS,
): Accuracy {
  const join = (rows: readonly ArrayLike<number>[]) =>
    Float64Array.from(rows.flatMap((row) => Array.from(row)));
  const actual = join(rounds.map((round) => round.actual));
  const mean = join(said.map((prediction) => prediction.mean));
  const quantiles = levels.map((_, i) => join(said.map((prediction) => prediction.quantiles[i]!)));
  const history = series.values.subarray(0, rounds[0]?.origin ?? 0);
  const inside = (low: number, high: number) => {
    const [from, to] = [quantiles[levels.indexOf(low)], quantiles[levels.indexOf(high)]];
    if (!from || !to) return Number.NaN;
    let hits = 0;
    for (const [i, value] of actual.entries()) if (value >= from[i]! && value <= to[i]!) hits += 1;
    return hits / actual.length;
  };
  return {
    wape: wape(actual, mean),
    bias: bias(actual, mean),
    rmsse: rmsse(actual, mean, history),
    pinball: pinball(actual, quantiles, levels) / absoluteScale(history, 1),
    coverage: [inside(...INTERVALS[0]), inside(...INTERVALS[1]), inside(...INTERVALS[2])],
    count: actual.length,
  };
}
