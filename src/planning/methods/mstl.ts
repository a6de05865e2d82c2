import type { Method, PointForecast } from '../series.ts';
import { type Clean, guarded } from './guard.ts';
import { isPositive } from './seasonality.ts';
import { type Decomposition, decompose } from './stl.ts';
import { forecastTheta } from './theta.ts';

/** Forecasts a history that has no season (any more). */
type Plain = (values: Float64Array, horizon: number) => PointForecast;

/** Minus twice the logarithm of the likelihood of the remainder, but for a constant. */
function deviance({ remainder }: Decomposition): number {
  let squares = 0;
  for (const value of remainder) squares += value * value;
  return remainder.length * Math.log(squares + 1e-300);
}

/** The likelier decomposition (Box and Cox, 1964): of the values, or of their logarithms. */
function likelier(values: Float64Array, lengths: readonly number[]) {
  const sum = decompose(values, lengths);
  if (!isPositive(values)) return { parts: sum, isProduct: false };
  const logarithms = values.map(Math.log);
  const product = decompose(logarithms, lengths);
  const jacobian = 2 * logarithms.reduce((total, value) => total + value, 0);
  const isProduct = deviance(product) + jacobian < deviance(sum);
  return { parts: isProduct ? product : sum, isProduct };
}

/**
 * Forecasts by decomposition: what is left without the seasons by `plain`, each season as it was
 * last. Seasons multiply where all values are clearly above zero and that is likelier.
 */
export function forecastDecomposed(
  { values, season, longSeasons }: Clean,
  horizon: number,
  plain: Plain,
): PointForecast {
  const lengths = [season, ...longSeasons].filter((length) => length > 1);
  if (lengths.length === 0) return plain(values, horizon);
  const { parts, isProduct } = likelier(values, lengths);
  const periods = values.length;
  const past = new Float64Array(periods);
  const next = new Float64Array(horizon);
  for (const [i, seasonal] of parts.seasons.entries()) {
    const length = lengths[i]!;
    for (let t = 0; t < periods; t += 1) past[t]! += seasonal[t]!;
    for (let h = 0; h < horizon; h += 1) next[h]! += seasonal[periods - length + (h % length)]!;
  }
  if (!isProduct) {
    const { mean, fitted } = plain(
      values.map((value, t) => value - past[t]!),
      horizon,
    );
    return { mean: mean.map((x, h) => x + next[h]!), fitted: fitted.map((x, t) => x + past[t]!) };
  }
  const { mean, fitted } = plain(
    values.map((value, t) => value / Math.exp(past[t]!)),
    horizon,
  );
  return {
    mean: mean.map((value, h) => value * Math.exp(next[h]!)),
    fitted: fitted.map((value, t) => value * Math.exp(past[t]!)),
  };
}

/**
 * Decomposition into several seasons, as week and year of daily demand; what is left is forecast
 * by the dynamic optimised Theta model, which does better there than ETS (on the training parts of
 * M3 and Tourism) and costs less. Source: Bandara, Hyndman and Bergmeir (2021), MSTL; Hyndman and
 * Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 12.1.
 */
export const mstl: Method = guarded(
  'mstl',
  () => 4,
  (clean, horizon) => forecastDecomposed(clean, horizon, forecastTheta),
);
