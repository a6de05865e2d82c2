import type { Method, PointForecast } from '../series.ts';
import { forecastPlain } from './ets-fit.ts';
import { type Clean, guarded } from './guard.ts';
import { isPositive } from './seasonality.ts';
import { type Decomposition, decompose } from './stl.ts';

/** Minus twice the logarithm of the likelihood of the remainder, but for a constant. */
function deviance({ remainder }: Decomposition): number {
  let squares = 0;
  for (const value of remainder) squares += value * value;
  return remainder.length * Math.log(squares + 1e-300);
}

/**
 * Forecasts by decomposition: the trend and what is left by non-seasonal ETS, each season as it
 * was last. Of histories clearly above zero the logarithm is decomposed instead where it is the
 * likelier one (Box and Cox, 1964): then seasons multiply.
 */
export function forecastDecomposed(
  { values, season, longSeasons }: Clean,
  horizon: number,
): PointForecast {
  const lengths = [season, ...longSeasons].filter((length) => length > 1);
  if (lengths.length === 0) return forecastPlain(values, horizon);
  let parts = decompose(values, lengths);
  let isLogarithm = false;
  if (isPositive(values)) {
    const logarithms = values.map(Math.log);
    const other = decompose(logarithms, lengths);
    const jacobian = 2 * logarithms.reduce((sum, value) => sum + value, 0);
    isLogarithm = deviance(other) + jacobian < deviance(parts);
    if (isLogarithm) parts = other;
  }
  const periods = values.length;
  const adjusted = parts.trend.map((value, t) => value + parts.remainder[t]!);
  const { mean, fitted } = forecastPlain(adjusted, horizon);
  for (const [i, seasonal] of parts.seasons.entries()) {
    const length = lengths[i]!;
    for (let h = 0; h < horizon; h += 1) mean[h]! += seasonal[periods - length + (h % length)]!;
    for (let t = 0; t < periods; t += 1) fitted[t]! += seasonal[t]!;
  }
  if (!isLogarithm) return { mean, fitted };
  return { mean: mean.map(Math.exp), fitted: fitted.map(Math.exp) };
}

/**
 * Decomposition into several seasons, as week and year of daily demand, and ETS of the rest.
 * Source: Bandara, Hyndman and Bergmeir (2021); Hyndman and Athanasopoulos, Forecasting:
 * Principles and Practice (3rd ed.), 12.1.
 */
export const mstl: Method = guarded('mstl', () => 4, forecastDecomposed);
