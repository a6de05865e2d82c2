import { z } from 'zod';
import type { Context } from '../platform/context.ts';
import {
  anyDocument,
  type DocumentType,
  documentRoutes,
  neverInUse,
  tableStore,
} from '../platform/documents/index.ts';
import type { App } from '../platform/http.ts';
import type { ImportKind } from '../platform/imports/index.ts';
import {
  checkSupplier,
  checkSupplierItem,
  checkSupplierPrice,
  supplierFields,
  supplierItemFields,
  supplierPriceFields,
} from './supplier.ts';

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const textFilter = (where: string) => ({ schema: text, where });
const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });

const supplierReference = {
  table: 'inbound.supplier',
  idColumn: 'supplier_id',
  column: 'supplier_id',
} as const;
const itemReference = {
  table: 'inbound.item_code',
  idColumn: 'item_id',
  column: 'item_id',
} as const;

const supplierType: DocumentType<typeof supplierFields> = {
  name: 'supplier',
  plural: 'suppliers',
  table: 'inbound.supplier',
  idColumn: 'supplier_id',
  idName: 'supplierId',
  fields: supplierFields,
  key: ['code'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {
    site: { table: 'network.site', idColumn: 'site_id', column: 'site_id' },
  },
  nested: {},
  computed: {},
  filters: {
    q: textFilter(
      'position(lower(?) in lower(t.name)) > 0 OR position(lower(?) in lower(t.code)) > 0',
    ),
    currency: textFilter('t.currency = ?'),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: {
    code: { expression: 't.code', sqlType: 'text' },
    name: { expression: 'left(t.name, 100)', sqlType: 'text' },
  },
  check: ({ values }) => checkSupplier(values),
  // A supplier's place in the network is a site of that kind: its virtual location is what
  // receipts come from.
  async checkTogether(tx, candidates) {
    const codes = candidates.flatMap(({ values }) => (values.site ? [values.site] : []));
    const { rows } = await tx.query<{ code: string }>(
      "SELECT code FROM network.site WHERE code = ANY($1) AND type <> 'supplier'",
      [codes],
    );
    const wrong = new Set<unknown>(rows.map(({ code }) => code));
    return candidates.map(({ values }) => {
      if (!wrong.has(values.site)) return [];
      const expected = 'the code of a site of type supplier';
      const found = String(values.site);
      return [{ path: 'site', message: 'is no place of a supplier', expected, found }];
    });
  },
};

const supplierItemType: DocumentType<typeof supplierItemFields> = {
  name: 'supplier item',
  plural: 'supplierItems',
  table: 'inbound.supplier_item',
  idColumn: 'supplier_item_id',
  idName: 'supplierItemId',
  fields: supplierItemFields,
  key: ['supplier', 'item'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: { supplier: supplierReference, item: itemReference },
  nested: {},
  computed: {},
  filters: {
    supplier: textFilter('ref_supplier_id.code = ?'),
    item: textFilter('ref_item_id.code = ?'),
    supplierSku: textFilter('t.supplier_sku = ?'),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: {
    supplier: { expression: 'ref_supplier_id.code', sqlType: 'text' },
    item: { expression: 'ref_item_id.code', sqlType: 'text' },
  },
  check: ({ values }) => checkSupplierItem(values),
};

const supplierPriceType: DocumentType<typeof supplierPriceFields> = {
  name: 'supplier price',
  plural: 'supplierPrices',
  table: 'inbound.supplier_price',
  idColumn: 'supplier_price_id',
  idName: 'supplierPriceId',
  fields: supplierPriceFields,
  key: ['supplier', 'item', 'currency', 'minimumQuantity', 'validFrom'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: { supplier: supplierReference, item: itemReference },
  nested: {},
  computed: {},
  filters: {
    supplier: textFilter('ref_supplier_id.code = ?'),
    item: textFilter('ref_item_id.code = ?'),
    currency: textFilter('t.currency = ?'),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: {
    supplier: { expression: 'ref_supplier_id.code', sqlType: 'text' },
    item: { expression: 'ref_item_id.code', sqlType: 'text' },
  },
  check: ({ values }) => checkSupplierPrice(values),
};

const rights = {
  readScope: 'purchasing:read',
  writeScope: 'purchasing:write',
  houseOnly: true,
} as const;

const suppliers = tableStore(anyDocument(supplierType));
const supplierItems = tableStore(anyDocument(supplierItemType));
const supplierPrices = tableStore(anyDocument(supplierPriceType));

/** Suppliers, what they sell and their price breaks; the house's alone. */
export function supplierRoutes(app: App, context: Context): void {
  documentRoutes(app, context, {
    store: suppliers,
    path: '/v1/suppliers',
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, {
    store: supplierItems,
    path: '/v1/supplier-items',
    keyField: undefined,
    ...rights,
  });
  documentRoutes(app, context, {
    store: supplierPrices,
    path: '/v1/supplier-prices',
    keyField: undefined,
    ...rights,
  });
}

/** CSV imports of suppliers, supplier items and price breaks. */
export const supplierImports: readonly ImportKind[] = [
  { name: 'suppliers', store: suppliers, ...rights },
  { name: 'supplier-items', store: supplierItems, ...rights },
  { name: 'supplier-prices', store: supplierPrices, ...rights },
];
