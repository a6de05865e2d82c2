import { LEVELS, type Method, type Series, type Tuning } from '../series.ts';
import { absoluteScale, bias, pinball, rmsse, wape } from './accuracy.ts';
import { type Predictive, withZeros } from './parts.ts';
import type { Shape } from './shape.ts';
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

/** A point method's mean at one round, and its one-step errors over the newest past before it. */
export interface PointRound {
  readonly mean: Float64Array;
  readonly past: readonly PastError[];
  readonly tuning?: Tuning | undefined;
}

/** One-step errors that a spread is fitted to, at most. */
const PAST_MAX = 150;

/** Days that a point method looks at, in whole weeks: those the nightly run gives it. */
const DAYS_MAX = 364;

/** As much of a series as point methods look at, when chosen as when repeated. */
export function recentOf(series: Series): Series {
  const isLong = series.season === 7 && series.values.length > DAYS_MAX;
  return isLong ? { ...series, values: series.values.slice(-DAYS_MAX) } : series;
}

/** What a point method says of the periods after a series. */
export function pointRound(method: Method, whole: Series, horizon: number): PointRound {
  const series = recentOf(whole);
  const { mean, fitted, tuning } = method.forecast(series, horizon);
  const past: PastError[] = [];
  for (let t = Math.max(0, fitted.length - PAST_MAX); t < fitted.length; t += 1) {
    const expected = fitted[t]!;
    if (!Number.isFinite(expected)) continue;
    past.push({ ahead: 1, expected: positive(expected), error: series.values[t]! - expected });
  }
  return { mean: mean.map(positive), past, tuning };
}

function positive(value: number): number {
  return value > 0 && Number.isFinite(value) ? value : 0;
}

/**
 * What is known at a round of the errors of a method: its one-step errors before, and the errors
 * of earlier rounds as far as their periods had passed.
 */
export function errorsUntil(
  rounds: readonly Round[],
  said: readonly PointRound[],
  origin: number,
  now: PointRound,
): PastError[] {
  const errors = [...now.past];
  for (const [i, { origin: start, actual }] of rounds.entries()) {
    // The first period ahead is a one-step error, which the fitted ones stand for.
    for (let h = 1; h < actual.length && start + h < origin; h += 1) {
      const expected = said[i]!.mean[h]!;
      errors.push({ ahead: h + 1, expected, error: actual[h]! - expected });
    }
  }
  return errors;
}

/** A point method's distributions at each round, calibrated on what was known there. */
export function conformalRounds(
  rounds: readonly Round[],
  said: readonly PointRound[],
  shapes: readonly Shape[],
  levels: readonly number[],
  periods: number,
): Predictive[] {
  return said.map((now, i) => {
    const errors = errorsUntil(rounds, said, rounds[i]!.origin, now);
    const quantiles = applySpread(now.mean, fitSpread(errors, levels, periods));
    return withZeros({ mean: now.mean, quantiles }, shapes[i]!, levels);
  });
}

/** Rows one after another. */
function join(rows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(rows.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
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
  const actual = join(rounds.map((round) => round.actual));
  const mean = join(said.map((prediction) => prediction.mean));
  const quantiles = levels.map((_, i) => join(said.map((prediction) => prediction.quantiles[i]!)));
  const history = series.values.subarray(0, rounds[0]?.origin ?? 0);
  const inside = (low: number, high: number) => {
    const [from, to] = [quantiles[levels.indexOf(low)], quantiles[levels.indexOf(high)]];
    if (!from || !to) return Number.NaN;
    let hits = 0;
    for (let i = 0; i < actual.length; i += 1) {
      if (actual[i]! >= from[i]! && actual[i]! <= to[i]!) hits += 1;
    }
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
