export { forecastWithDrivers } from './forecast.ts';
export { factorise, solve } from './linear.ts';
export type {
  DriverDefinition,
  DriverEffect,
  Estimate,
  Panel,
  PanelForecast,
  PanelSeries,
} from './panel.ts';
