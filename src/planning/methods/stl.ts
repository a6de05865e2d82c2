import { loessAt } from './loess.ts';

/** A history as the sum of its parts, each as long as it. */
export interface Decomposition {
  readonly trend: Float64Array;
  /** One part for each season, shortest season first. */
  readonly seasons: readonly Float64Array[];
  readonly remainder: Float64Array;
}

const INNER_ROUNDS = 2;
const ROUNDS = 2;
/** The trend is smoothed at every tenth of its window and straight in between. */
const JUMP_SHARE = 10;

function odd(length: number): number {
  return 2 * Math.floor(length / 2) + 1;
}

/** Moving average of `window` values; the result is shorter by `window - 1`. */
function movingMean(values: Float64Array, window: number): Float64Array {
  const result = new Float64Array(values.length - window + 1);
  let sum = 0;
  for (let t = 0; t < values.length; t += 1) {
    sum += values[t]!;
    if (t >= window) sum -= values[t - window]!;
    if (t >= window - 1) result[t - window + 1] = sum / window;
  }
  return result;
}

/** Loess of a whole history. */
function smooth(values: Float64Array, window: number): Float64Array {
  const count = values.length;
  const jump = Math.max(1, Math.ceil(window / JUMP_SHARE));
  const result = new Float64Array(count);
  let before = 0;
  result[0] = loessAt(values, 0, 1, count, window, 0);
  while (before < count - 1) {
    const next = Math.min(count - 1, before + jump);
    result[next] = loessAt(values, 0, 1, count, window, next);
    for (let t = before + 1; t < next; t += 1) {
      const share = (t - before) / (next - before);
      result[t] = result[before]! * (1 - share) + result[next]! * share;
    }
    before = next;
  }
  return result;
}

/**
 * The history of each place in the season (all Mondays, all Tuesdays) smoothed by itself, with
 * one more season before and one after.
 */
function smoothPlaces(values: Float64Array, season: number, window: number): Float64Array {
  const periods = values.length;
  const result = new Float64Array(periods + 2 * season);
  for (let place = 0; place < season; place += 1) {
    const count = Math.floor((periods - 1 - place) / season) + 1;
    for (let cycle = -1; cycle <= count; cycle += 1) {
      const at = place + (cycle + 1) * season;
      if (at >= result.length) break;
      result[at] = loessAt(values, place, season, count, window, cycle);
    }
  }
  return result;
}

/**
 * Splits a history into trend and one season by STL (Cleveland, Cleveland, McRae and Terpenning,
 * 1990, STL: a seasonal-trend decomposition procedure based on loess), without its robustness
 * rounds: cleaning of bad history comes first. `window` is over how many seasons each place in the
 * season is smoothed. The history must hold at least two seasons.
 */
export function stl(
  values: Float64Array,
  season: number,
  window: number,
): { trend: Float64Array; seasonal: Float64Array } {
  const periods = values.length;
  const trendWindow = odd(Math.ceil((1.5 * season) / (1 - 1.5 / window)));
  let trend: Float64Array = new Float64Array(periods);
  const seasonal = new Float64Array(periods);
  const rest = new Float64Array(periods);
  for (let round = 0; round < INNER_ROUNDS; round += 1) {
    for (let t = 0; t < periods; t += 1) rest[t] = values[t]! - trend[t]!;
    const cycle = smoothPlaces(rest, season, window);
    // What of the cycle is no season but level goes back to the trend.
    const low = smooth(movingMean(movingMean(movingMean(cycle, season), season), 3), odd(season));
    for (let t = 0; t < periods; t += 1) {
      seasonal[t] = cycle[t + season]! - low[t]!;
      rest[t] = values[t]! - seasonal[t]!;
    }
    trend = smooth(rest, trendWindow);
  }
  return { trend, seasonal };
}

/** Each place in a season is smoothed over 11 seasons, over four more in each longer one. */
function windowOf(index: number): number {
  return 11 + 4 * index;
}

/**
 * Splits a history into trend and several seasons, ascending: each in turn by STL of what the
 * others leave, twice over. Source: Bandara, Hyndman and Bergmeir (2021), MSTL: a seasonal-trend
 * decomposition algorithm for time series with multiple seasonal patterns.
 */
export function decompose(values: Float64Array, lengths: readonly number[]): Decomposition {
  const periods = values.length;
  const seasons = lengths.map(() => new Float64Array(periods));
  const rest = Float64Array.from(values);
  let trend: Float64Array = new Float64Array(periods);
  for (let round = 0; round < (lengths.length > 1 ? ROUNDS : 1); round += 1) {
    for (const [index, length] of lengths.entries()) {
      const seasonal = seasons[index]!;
      for (let t = 0; t < periods; t += 1) rest[t]! += seasonal[t]!;
      const parts = stl(rest, length, windowOf(index));
      seasonal.set(parts.seasonal);
      trend = Float64Array.from(parts.trend);
      for (let t = 0; t < periods; t += 1) rest[t]! -= seasonal[t]!;
    }
  }
  const remainder = rest.map((value, t) => value - trend[t]!);
  return { trend, seasons, remainder };
}
