import type { Context } from '../platform/context.ts';
import { documentRoutes, type UsageCheck } from '../platform/documents/index.ts';
import type { App } from '../platform/http.ts';
import type { ImportKind } from '../platform/imports/index.ts';
import { currencyDigits } from '../platform/money.ts';
import { itemStore } from './item.store.ts';
import { packagingStore } from './packaging.store.ts';

/** What the catalog must be told by modules above it. */
export interface CatalogUsage {
  /** Which items the ledger has positions of. */
  readonly itemsInUse: UsageCheck;
}

/** Items at /v1/items. An owner's key sees the shared catalogue and its own, and edits its own. */
export function itemRoutes(app: App, context: Context, usage: CatalogUsage): void {
  documentRoutes(app, context, {
    store: itemStore(currencyDigits(context.config.currency), usage.itemsInUse),
    path: '/v1/items',
    keyField: 'sku',
    readScope: 'catalog:read',
    writeScope: 'catalog:write',
    houseOnly: false,
  });
}

/** CSV imports of items and of their packs. */
export function catalogImports(context: Context, usage: CatalogUsage): ImportKind[] {
  const items = itemStore(currencyDigits(context.config.currency), usage.itemsInUse);
  const shared = {
    readScope: 'catalog:read',
    writeScope: 'catalog:write',
    houseOnly: false,
  } as const;
  return [
    { name: 'items', store: items, ...shared },
    { name: 'packaging', store: packagingStore(items), ...shared },
  ];
}
