export { plannedPriceStore } from './drivers.routes.ts';
export {
  type Drivers,
  loadDrivers,
  type NamedDays,
  type PlannedPrice,
  type PromotionDays,
  type SignalSeries,
} from './drivers.ts';
export { dayField } from './fields.ts';
export { readHistory as readDemandHistory } from './history.read.ts';
export { demandImports } from './imports.ts';
export { demandRoutes } from './module.ts';
export { readSeries } from './read.ts';
export { rollUpDemand } from './roll-up.ts';
export {
  type DemandSeries,
  MARK,
  type PastDemand,
  type SeriesKey,
  type SeriesRange,
} from './types.ts';
export { writeDemand } from './write.ts';
