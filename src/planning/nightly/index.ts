export { nightlyRoutes } from './module.ts';
export { demandOver, type ForecastFilter, readForecasts } from './read.ts';
export {
  DAYS_AHEAD,
  type DemandOver,
  QUANTILE_DAYS,
  type StoredForecast,
  WEEKS_AHEAD,
} from './types.ts';
