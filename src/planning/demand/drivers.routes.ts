import type { Context } from '../../platform/context.ts';
import {
  anyDocument,
  type DocumentType,
  documentRoutes,
  tableStore,
} from '../../platform/documents/index.ts';
import type { App } from '../../platform/http.ts';
import type { ImportKind } from '../../platform/imports/index.ts';
import {
  calendarDayType,
  demandMarkType,
  itemGroupType,
  itemLinkType,
  plannedPriceType,
  promotionType,
  signalType,
  signalValueType,
  siteRegionType,
} from './drivers.documents.ts';

interface Place {
  readonly type: DocumentType;
  /** The last part of its path, and the name of its CSV. */
  readonly name: string;
  readonly keyField: string | undefined;
}

const PLACES: readonly Place[] = [
  { type: anyDocument(itemGroupType), name: 'item-groups', keyField: 'item' },
  { type: anyDocument(siteRegionType), name: 'site-regions', keyField: 'site' },
  { type: anyDocument(itemLinkType), name: 'item-links', keyField: 'item' },
  { type: anyDocument(demandMarkType), name: 'demand-marks', keyField: 'code' },
  { type: anyDocument(promotionType), name: 'promotions', keyField: 'code' },
  { type: anyDocument(plannedPriceType), name: 'planned-prices', keyField: 'code' },
  { type: anyDocument(calendarDayType), name: 'calendar-days', keyField: undefined },
  { type: anyDocument(signalType), name: 'signals', keyField: 'code' },
  { type: anyDocument(signalValueType), name: 'signal-values', keyField: undefined },
];

/** Prices that will hold from a day on. */
export const plannedPriceStore = tableStore(anyDocument(plannedPriceType));

const rights = {
  readScope: 'planning:read',
  writeScope: 'planning:write',
  houseOnly: true,
} as const;

/** Groups, regions, links, marks, promotions, prices, calendars, signals under /v1/planning. */
export function driverRoutes(app: App, context: Context): void {
  for (const { type, name, keyField } of PLACES) {
    const path = `/v1/planning/${name}`;
    documentRoutes(app, context, { store: tableStore(type), path, keyField, ...rights });
  }
}

/** The same as CSV. */
export const driverImports: readonly ImportKind[] = PLACES.map(({ type, name }) => ({
  name,
  store: tableStore(type),
  ...rights,
}));
