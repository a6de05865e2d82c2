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
