export {
  cancelPlanning,
  listOverrides,
  overridePlanning,
  planningStatus,
  resumePlanning,
  runPlanning,
  type ShownRun,
  showForecastOf,
  showItemForecastOf,
  undoPlanning,
  workPlanning,
} from './command-line.ts';
export type { ForecastAnswer } from './forecasts.ts';
export type { ItemForecastAnswer } from './item-forecasts.ts';
export { nightlyRoutes } from './module.ts';
export { demandOver, type ForecastFilter, readForecasts } from './read.ts';
export { type Report, type ReportLine, reportAccuracy } from './report.ts';
export {
  DAYS_AHEAD,
  type DemandOver,
  QUANTILE_DAYS,
  type StoredForecast,
  WEEKS_AHEAD,
} from './types.ts';
