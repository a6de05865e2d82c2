export {
  type LaneForPromise,
  loadLanesForPromise,
  loadSitesForPromise,
  type SiteForPromise,
} from './calendar.queries.ts';
export { type CalendarRules, DEFAULT_CALENDAR } from './calendar.ts';
export { DAY_MS, formatDay, HOUR_MS, localClock, parseDay } from './calendar-clock.ts';
export {
  afterWork,
  nextOpen,
  nextPickUp,
  startOfWork,
  type WorkingTime,
  workingTime,
} from './calendar-work.ts';
export {
  type LocationForPosting,
  loadLocations,
  loadLocationsById,
  loadSites,
  type SiteForPosting,
} from './location.queries.ts';
export type { LocationType } from './location.ts';
export { type NetworkUsage, networkImports, networkRoutes } from './network.routes.ts';
export type { SiteType } from './site.ts';
