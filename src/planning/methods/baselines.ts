import type { Method } from '../series.ts';
import { type Clean, guarded, lastValue } from './guard.ts';

/** The shortest and longest window of the moving average, in periods. */
const WINDOW_MIN = 4;
const WINDOW_MAX = 28;

/**
 * The last value goes on: the forecast of a random walk, and the yardstick of scaled errors.
 * Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.2.
 */
export const naive: Method = guarded(
  'naive',
  () => 1,
  ({ values }, horizon) => lastValue(values, horizon),
);

/**
 * What the same period of the last season was. Source: Hyndman and Athanasopoulos, 5.2.
 */
export const seasonalNaive: Method = guarded(
  'seasonal_naive',
  () => 1,
  ({ values, season }, horizon) => {
    const periods = values.length;
    const mean = new Float64Array(horizon);
    for (let h = 0; h < horizon; h += 1) mean[h] = values[periods - season + (h % season)]!;
    const fitted = new Float64Array(periods).fill(Number.NaN);
    for (let t = season; t < periods; t += 1) fitted[t] = values[t - season]!;
    return { mean, fitted };
  },
);

/**
 * The line through the first and the last value goes on: a random walk with drift.
 * Source: Hyndman and Athanasopoulos, 5.2.
 */
export const drift: Method = guarded(
  'drift',
  () => 2,
  ({ values }, horizon) => {
    const periods = values.length;
    const first = values[0]!;
    const last = values[periods - 1]!;
    const slope = (last - first) / (periods - 1);
    const mean = new Float64Array(horizon);
    for (let h = 0; h < horizon; h += 1) mean[h] = last + (h + 1) * slope;
    const fitted = new Float64Array(periods).fill(Number.NaN);
    for (let t = 2; t < periods; t += 1) {
      fitted[t] = values[t - 1]! + (values[t - 1]! - first) / (t - 1);
    }
    return { mean, fitted };
  },
);

/**
 * The mean of the newest periods: of one season where that is between 4 and 28 periods, so that
 * every weekday (or month) counts once.
 */
export const movingAverage: Method = guarded(
  'moving_average',
  () => 1,
  ({ values, season }: Clean, horizon) => {
    const periods = values.length;
    const wanted = Math.min(WINDOW_MAX, Math.max(WINDOW_MIN, season));
    const window = Math.min(wanted, periods);
    const fitted = new Float64Array(periods).fill(Number.NaN);
    const averageBefore = (t: number) => {
      // Summed anew each time: a running sum would keep the rounding of a spike that has left it.
      const first = Math.max(0, t - window);
      let sum = 0;
      for (let i = first; i < t; i += 1) sum += values[i]!;
      return sum / (t - first);
    };
    for (let t = 1; t < periods; t += 1) fitted[t] = averageBefore(t);
    return { mean: new Float64Array(horizon).fill(averageBefore(periods)), fitted };
  },
);
