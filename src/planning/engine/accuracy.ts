import { LEVELS } from '../series.ts';

/**
 * Measures of accuracy, in one place so that the product and every benchmark mean the same by
 * them. All take demand and forecast of equal length; a period that is NaN in either is skipped.
 */

/** Sums that every measure is made of, over the periods both sides know. */
function fold(
  actual: ArrayLike<number>,
  forecast: ArrayLike<number>,
  term: (actual: number, forecast: number) => number,
): { sum: number; count: number } {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < actual.length; i += 1) {
    const value = term(actual[i]!, forecast[i]!);
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return { sum, count };
}

/** Weighted absolute percentage error: sum of absolute errors over the sum of demand. */
export function wape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  const errors = fold(actual, forecast, (a, f) => Math.abs(f - a));
  const demand = fold(actual, forecast, (a, f) => (Number.isNaN(f) ? Number.NaN : a));
  return demand.sum > 0 ? errors.sum / demand.sum : Number.NaN;
}

/** Sum of (forecast − demand) over the sum of demand; positive is too much. */
export function bias(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  const errors = fold(actual, forecast, (a, f) => f - a);
  const demand = fold(actual, forecast, (a, f) => (Number.isNaN(f) ? Number.NaN : a));
  return demand.sum > 0 ? errors.sum / demand.sum : Number.NaN;
}

/**
 * Symmetric absolute percentage error, mean of 200 |a − f| / (|a| + |f|) as in the M3 competition
 * (Makridakis and Hibon, 2000); a period where both are zero counts as exact.
 */
export function smape(actual: ArrayLike<number>, forecast: ArrayLike<number>): number {
  const { sum, count } = fold(actual, forecast, (a, f) => {
    const size = Math.abs(a) + Math.abs(f);
    return size === 0 ? 0 : (200 * Math.abs(a - f)) / size;
  });
  return sum / count;
}

/** Mean of |history[t] − history[t − lag]| ** power over the known history; NaN when too short. */
function naiveError(history: ArrayLike<number>, lag: number, power: 1 | 2): number {
  let sum = 0;
  let count = 0;
  for (let t = lag; t < history.length; t += 1) {
    const error = Math.abs(history[t]! - history[t - lag]!);
    if (Number.isNaN(error)) continue;
    sum += power === 1 ? error : error * error;
    count += 1;
  }
  return sum / count;
}

/**
 * What absolute errors are divided by to become scaled (Hyndman and Koehler, 2006): the mean
 * absolute error of the seasonal naive method over the history; of the naive method where the
 * history is shorter than a season. NaN for a history without any change.
 */
export function absoluteScale(history: ArrayLike<number>, season: number): number {
  const lag = history.length > season ? season : 1;
  const scale = naiveError(history, lag, 1);
  return scale > 0 ? scale : Number.NaN;
}

/** The same for squared errors: the mean squared error of the naive method (lag 1), as in M5. */
export function squaredScale(history: ArrayLike<number>): number {
  const scale = naiveError(history, 1, 2);
  return scale > 0 ? scale : Number.NaN;
}

/** Mean absolute scaled error (Hyndman and Koehler, 2006). */
export function mase(
  actual: ArrayLike<number>,
  forecast: ArrayLike<number>,
  history: ArrayLike<number>,
  season: number,
): number {
  const { sum, count } = fold(actual, forecast, (a, f) => Math.abs(a - f));
  return sum / count / absoluteScale(history, season);
}

/** Root mean squared scaled error, as in the M5 competition (Makridakis et al., 2022). */
export function rmsse(
  actual: ArrayLike<number>,
  forecast: ArrayLike<number>,
  history: ArrayLike<number>,
): number {
  const { sum, count } = fold(actual, forecast, (a, f) => (a - f) ** 2);
  return Math.sqrt(sum / count / squaredScale(history));
}

/** The pinball (quantile) loss of one forecast (Koenker and Bassett, 1978). */
export function pinballLoss(actual: number, quantile: number, level: number): number {
  return actual >= quantile ? (actual - quantile) * level : (quantile - actual) * (1 - level);
}

/**
 * Mean pinball loss over periods and levels, not scaled. `quantiles[i]` belongs to `levels[i]`.
 */
export function pinball(
  actual: ArrayLike<number>,
  quantiles: readonly ArrayLike<number>[],
  levels: readonly number[] = LEVELS,
): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < levels.length; i += 1) {
    const [level, row] = [levels[i]!, quantiles[i]!];
    for (let t = 0; t < actual.length; t += 1) {
      const loss = pinballLoss(actual[t]!, row[t]!, level);
      if (Number.isNaN(loss)) continue;
      sum += loss;
      count += 1;
    }
  }
  return sum / count;
}

/**
 * Scaled pinball loss of M5 Uncertainty (Makridakis et al., 2022): mean pinball loss over the mean
 * absolute change of the history from one period to the next.
 */
export function scaledPinball(
  actual: ArrayLike<number>,
  quantiles: readonly ArrayLike<number>[],
  history: ArrayLike<number>,
  levels: readonly number[] = LEVELS,
): number {
  return pinball(actual, quantiles, levels) / absoluteScale(history, 1);
}

/** Share of periods with low <= demand <= high. */
export function coverage(
  actual: ArrayLike<number>,
  low: ArrayLike<number>,
  high: ArrayLike<number>,
): number {
  let inside = 0;
  let count = 0;
  for (let i = 0; i < actual.length; i += 1) {
    const value = actual[i]!;
    if (Number.isNaN(value) || Number.isNaN(low[i]!) || Number.isNaN(high[i]!)) continue;
    count += 1;
    if (value >= low[i]! && value <= high[i]!) inside += 1;
  }
  return inside / count;
}

/**
 * Coverage for demand that comes in whole units (Czado, Gneiting and Held, 2009: the
 * nonrandomised probability integral transform). Counts have lumps of probability at the ends of
 * an interval, so that even the true distribution covers more than it says; here a demand on such
 * a lump counts with the part of it that belongs to the interval.
 *
 * @param below P(demand < actual) of each period by the forecast.
 * @param upTo P(demand <= actual).
 * @param share of the central interval, as 0.9.
 */
export function countCoverage(
  below: ArrayLike<number>,
  upTo: ArrayLike<number>,
  share: number,
): number {
  const low = (1 - share) / 2;
  const high = 1 - low;
  const { sum, count } = fold(below, upTo, (from, to) => {
    if (to - from < 1e-12) return from >= low && from <= high ? 1 : 0;
    return Math.max(0, Math.min(to, high) - Math.max(from, low)) / (to - from);
  });
  return sum / count;
}
