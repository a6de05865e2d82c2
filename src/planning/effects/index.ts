export { chooseEffects, type ItemEffects, itemEffects } from './choose.ts';
export { type DrivenForecast, forecastDriven } from './forecast.ts';
export { effectText, showEffects } from './show.ts';
export type { Effect, Member, SeriesDrivers, ShownEffect } from './types.ts';
export { driversOf, LAG_MAX, movedBy, pricesKnown } from './values.ts';
