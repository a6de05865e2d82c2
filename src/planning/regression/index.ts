export { forecastWithDrivers } from './forecast.ts';
export type {
  DriverDefinition,
  DriverEffect,
  Estimate,
  Panel,
  PanelForecast,
  PanelSeries,
} from './panel.ts';
