import type { Method, PointForecast } from '../series.ts';
import { seasonalNaive } from './baselines.ts';
import { combine } from './combine.ts';
import { ets, SEASON_MAX } from './ets.ts';
import { forecastPlain } from './ets-fit.ts';
import { type Clean, guarded } from './guard.ts';
import { forecastDecomposed, mstl } from './mstl.ts';
import { dotm, growthTheta } from './theta.ts';

/** STL with ETS of the rest. */
const stlEts: Method = guarded(
  'stl_ets',
  () => 4,
  (clean, horizon) => forecastDecomposed(clean, horizon, forecastPlain),
);

/** Forecasts whose median is taken; of a long season, ETS is that with STL already. */
const SEASONAL = [seasonalNaive, dotm, growthTheta, ets, mstl, stlEts];
const LONG_SEASONAL = [seasonalNaive, dotm, growthTheta, ets, mstl];

/**
 * The best that is known here without looking at a series' own errors. With a season: the median
 * of seasonal naive, dynamic optimised Theta, Theta of the logarithms, ETS, and decomposition with
 * either; the members were chosen among 13 methods by rolling origins inside the training parts of
 * M3 and Tourism. Without a season: the dynamic optimised Theta model, which Fiorucci et al. (2016)
 * found best for yearly series. Source for the median: Petropoulos and Svetunkov (2020), A simple
 * combination of univariate models, International Journal of Forecasting 36.
 */
export const combination: Method = guarded('combination', () => 4, forecastCombination);

function forecastCombination({ values, season, longSeasons }: Clean, horizon: number) {
  const series = { values, season, longSeasons };
  if (season === 1 && longSeasons.length === 0) return dotm.forecast(series, horizon);
  const members = season > SEASON_MAX ? LONG_SEASONAL : SEASONAL;
  const forecasts: PointForecast[] = members.map((member) => member.forecast(series, horizon));
  return combine(forecasts, 'median');
}
