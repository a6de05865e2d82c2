import type { Context } from '../platform/context.ts';
import { anyDocument, documentRoutes, tableStore } from '../platform/documents/index.ts';
import type { App } from '../platform/http.ts';
import type { ImportKind } from '../platform/imports/index.ts';
import { ownerType } from './owner.ts';

const store = tableStore(anyDocument(ownerType));

/** Owners of stock at /v1/owners; a key bound to an owner sees its own only. */
export function ownerRoutes(app: App, context: Context): void {
  documentRoutes(app, context, {
    store,
    path: '/v1/owners',
    keyField: 'code',
    readScope: 'owners:read',
    writeScope: 'owners:write',
    houseOnly: true,
  });
}

/** CSV import of owners. */
export const ownerImports: readonly ImportKind[] = [
  { name: 'owners', store, readScope: 'owners:read', writeScope: 'owners:write', houseOnly: true },
];
