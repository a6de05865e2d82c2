import type { Context } from '../platform/context.ts';
import {
  anyDocument,
  documentRoutes,
  tableStore,
  type UsageCheck,
} from '../platform/documents/index.ts';
import type { App } from '../platform/http.ts';
import type { ImportKind } from '../platform/imports/index.ts';
import { calendarType, laneType, locationType, siteType, zoneType } from './types.ts';

/** What the network must be told by modules above it. */
export interface NetworkUsage {
  /** Which sites the ledger has positions or cost pools of. */
  readonly sitesInUse: UsageCheck;
  /** Which locations the ledger has positions of. */
  readonly locationsInUse: UsageCheck;
}

const rights = { readScope: 'network:read', writeScope: 'network:write', houseOnly: true } as const;

/** Calendars, sites, zones, locations and lanes. Only the house changes them. */
export function networkRoutes(app: App, context: Context, usage: NetworkUsage): void {
  const sites = tableStore(anyDocument(siteType(usage.sitesInUse)));
  const locations = tableStore(anyDocument(locationType(usage.locationsInUse)));
  documentRoutes(app, context, {
    store: tableStore(anyDocument(calendarType)),
    path: '/v1/calendars',
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, { store: sites, path: '/v1/sites', keyField: 'code', ...rights });
  documentRoutes(app, context, {
    store: tableStore(anyDocument(zoneType)),
    path: '/v1/sites/:site/zones',
    pathFields: ['site'],
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, {
    store: locations,
    path: '/v1/locations',
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, {
    store: tableStore(anyDocument(laneType)),
    path: '/v1/lanes',
    keyField: undefined,
    ...rights,
  });
}

/** CSV imports of calendars, sites, zones, locations and lanes. */
export function networkImports(usage: NetworkUsage): ImportKind[] {
  const types = [
    anyDocument(calendarType),
    anyDocument(siteType(usage.sitesInUse)),
    anyDocument(zoneType),
    anyDocument(locationType(usage.locationsInUse)),
    anyDocument(laneType),
  ];
  return types.map((type) => ({ name: type.plural, store: tableStore(type), ...rights }));
}
