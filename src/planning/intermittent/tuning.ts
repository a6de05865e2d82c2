import type { Pass } from './croston.ts';

/** What tuning may choose from. */
export interface Grid {
  readonly sizes: readonly number[];
  readonly frequencies: readonly number[];
  /** Over how many periods the rate is compared. */
  readonly window: number;
}

/** Memories of about 40, 20, 13, 10, 7 and 4 observations. */
const SMOOTHING = [0.05, 0.1, 0.15, 0.2, 0.3, 0.5] as const;
/** Few demands tell little of how their sizes drift: one memory less to choose. */
const FEW_DEMANDS = 12;
const WINDOW_MIN = 3;
const WINDOW_MAX = 14;
/** Forecasts made from fewer periods than this are no ground to choose by. */
const BURN_IN = 4;

/** The grid that fits a history: how much there is to learn from. */
export function gridFor(values: Float64Array): Grid {
  let demands = 0;
  for (const value of values) if (value > 0) demands += 1;
  const interval = values.length / Math.max(1, demands);
  const window = Math.min(WINDOW_MAX, Math.max(WINDOW_MIN, Math.round(2 * interval)));
  if (demands < FEW_DEMANDS) return { sizes: [0.1], frequencies: [0.05, 0.1, 0.2], window };
  return { sizes: [0.05, 0.1, 0.2], frequencies: SMOOTHING, window };
}

/**
 * The smoothing parameters whose forecasts come closest, in squared error, to the mean demand of
 * the next `window` periods. A single period is mostly 0 and tells little of the rate; the mean
 * over a lead time is what stock has to cover, and squared error asks for its expectation
 * (Kourentzes, 2014, "On intermittent demand model optimisation and selection", chooses by rates
 * for the same reason). Of equal ones the longest memory wins.
 */
export function tune(values: Float64Array, pass: Pass, grid: Grid): [number, number] {
  const ahead = meansAhead(values, grid.window);
  let best: [number, number] = [grid.sizes[0]!, grid.frequencies[0]!];
  let least = Number.POSITIVE_INFINITY;
  if (ahead.length <= BURN_IN) return [0.1, 0.1];
  for (const size of grid.sizes) {
    for (const frequency of grid.frequencies) {
      const { before } = pass(values, size, frequency);
      let error = 0;
      for (let t = BURN_IN; t < ahead.length; t += 1) {
        const difference = before[t]! - ahead[t]!;
        error += difference * difference;
      }
      if (error < least * (1 - 1e-9)) {
        least = error;
        best = [size, frequency];
      }
    }
  }
  return best;
}

/** Mean demand of periods t to t + window − 1, for each t that has so many after it. */
function meansAhead(values: Float64Array, window: number): Float64Array {
  const count = Math.max(0, values.length - window + 1);
  const means = new Float64Array(count);
  let sum = 0;
  for (let t = 0; t < values.length; t += 1) {
    sum += Math.max(0, values[t]!);
    if (t >= window) sum -= Math.max(0, values[t - window]!);
    if (t >= window - 1) means[t - window + 1] = sum / window;
  }
  return means;
}
