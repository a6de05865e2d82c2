import type { Method, PointForecast, Series, Tuning } from '../series.ts';

/** What the arithmetic of a method gets: finite, of moderate size, long enough, not constant. */
export interface Clean {
  readonly values: Float64Array;
  /** A whole number of periods; 1 where the history holds less than two seasons. */
  readonly season: number;
  /** Whole numbers of periods, ascending, each longer than `season` and seen at least twice. */
  readonly longSeasons: readonly number[];
}

/** The arithmetic of one method, free of the care for bad input. */
type Core = (clean: Clean, horizon: number, tuning?: Tuning) => PointForecast;

/**
 * Older periods than this say nothing about the next, yet would cost time: every method looks at
 * the newest 2,000, or at four of the longest seasons, but never at more than HISTORY_MAX.
 */
const HISTORY_USUAL = 2_000;
const HISTORY_SEASONS = 4;
const HISTORY_MAX = 20_000;

/** How far, in ranges of the history, a forecast may leave what was ever seen. */
const EXCURSION_MAX = 3;

/**
 * Makes a method of its arithmetic. Whatever the history holds, the answer is finite: values that
 * are not numbers repeat the one before, a constant history goes on, one shorter than `periodsMin`
 * is forecast by its last value, only the newest periods of a very long one are used, and a
 * forecast that runs away stops at three ranges beyond what was ever seen. The arithmetic works on
 * values divided by a power of two (which loses nothing), so that squares neither overflow nor
 * vanish. `fitted` is as long as the history; NaN where a method says nothing.
 */
export function guarded(id: string, periodsMin: Method['periodsMin'], core: Core): Method {
  return {
    id,
    periodsMin,
    forecast(series, horizon, given) {
      const steps = Math.max(0, Math.floor(horizon) || 0);
      const total = series.values.length;
      const { values, scale } = normalise(newest(series));
      const forecast = forecastClean({ ...series, values }, steps, periodsMin, (clean, ahead) =>
        core(clean, ahead, given),
      );
      const fitted = new Float64Array(total).fill(Number.NaN);
      const offset = total - values.length;
      for (let t = 0; t < values.length; t += 1)
        fitted[offset + t] = scaled(forecast.fitted[t]!, scale);
      const mean = bounded(forecast.mean, values).map((value) => scaled(value, scale));
      const { tuning } = forecast;
      return tuning ? { mean, fitted, tuning } : { mean, fitted };
    },
  };
}

/** Back to the size it had; what no float can hold becomes the largest one. NaN stays. */
function scaled(value: number, scale: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value * scale));
}

function newest({ values, season, longSeasons = [] }: Series): Float64Array {
  const longest = Math.max(1, ...[season, ...longSeasons].filter(Number.isFinite));
  const kept = Math.min(HISTORY_MAX, Math.max(HISTORY_USUAL, HISTORY_SEASONS * longest));
  return values.slice(Math.max(0, values.length - Math.ceil(kept)));
}

/** Fills what is no number and divides by the power of two next to the largest value. */
function normalise(values: Float64Array): { values: Float64Array; scale: number } {
  let last = values.find(Number.isFinite) ?? 0;
  let largest = 0;
  for (let t = 0; t < values.length; t += 1) {
    if (Number.isFinite(values[t])) last = values[t]!;
    values[t] = last;
    largest = Math.max(largest, Math.abs(last));
  }
  if (largest === 0) return { values, scale: 1 };
  // The extremes of the float range have no reciprocal; their exponent is moved inside.
  const exponent = Math.min(1000, Math.max(-1000, Math.floor(Math.log2(largest))));
  const scale = 2 ** exponent;
  for (let t = 0; t < values.length; t += 1) values[t] = values[t]! / scale;
  return { values, scale };
}

function forecastClean(
  { values, season, longSeasons = [] }: Series,
  horizon: number,
  periodsMin: Method['periodsMin'],
  core: Core,
): PointForecast {
  const periods = values.length;
  const isSeen = (length: number) => length > 1 && 2 * length <= periods;
  const main = Math.round(season);
  const usual = isSeen(main) ? main : 1;
  const longer = longSeasons
    .map((length) => Math.round(length))
    .filter((length) => isSeen(length) && length > usual)
    .sort((a, b) => a - b);
  const isConstant = values.every((value) => value === values[0]);
  if (periods < periodsMin(usual) || isConstant) return lastValue(values, horizon);
  return core({ values, season: usual, longSeasons: longer }, horizon);
}

/** The last value goes on; of an empty history, nothing is sold. */
export function lastValue(values: Float64Array, horizon: number): PointForecast {
  const fitted = new Float64Array(values.length).fill(Number.NaN);
  for (let t = 1; t < values.length; t += 1) fitted[t] = values[t - 1]!;
  return { mean: new Float64Array(horizon).fill(values[values.length - 1] ?? 0), fitted };
}

function bounded(mean: Float64Array, values: Float64Array): Float64Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const margin = EXCURSION_MAX * (high - low);
  const last = values[values.length - 1] ?? 0;
  return mean.map((value) => {
    if (Number.isNaN(value) || values.length === 0) return last;
    return Math.min(high + margin, Math.max(low - margin, value));
  });
}
