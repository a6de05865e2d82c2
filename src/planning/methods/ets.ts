import type { Method } from '../series.ts';
import { forecastBest, forecastPlain } from './ets-fit.ts';
import { guarded } from './guard.ts';
import { forecastDecomposed } from './mstl.ts';

/** A longer season has more states than a history can tell: it is taken out by decomposition. */
export const SEASON_MAX = 24;

/**
 * Exponential smoothing in state space form: of all sensible forms the one with the smallest
 * corrected Akaike criterion. Sources: Hyndman, Koehler, Ord and Snyder (2008), Forecasting with
 * Exponential Smoothing: The State Space Approach; Hyndman and Athanasopoulos, Forecasting:
 * Principles and Practice (3rd ed.), chapter 8, and 12.1 for long seasons.
 */
export const ets: Method = guarded(
  'ets',
  () => 4,
  (clean, horizon, tuning) =>
    clean.season > SEASON_MAX
      ? forecastDecomposed({ ...clean, longSeasons: [] }, horizon, forecastPlain)
      : forecastBest(clean.values, clean.season, horizon, tuning),
);
