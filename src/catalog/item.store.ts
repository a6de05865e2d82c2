import { z } from 'zod';
import {
  anyDocument,
  type DocumentType,
  type TableStore,
  tableStore,
  type UsageCheck,
} from '../platform/documents/index.ts';
import { removePackaging, writePackaging } from './item.commands.ts';
import { checkItemsTogether, itemDefaults } from './item.queries.ts';
import {
  checkItem,
  HAZARD_CLASSES,
  type ItemFields,
  itemFields,
  TEMPERATURE_CLASSES,
} from './item.ts';

/** The packs of `t` as JSON, in the form of the API and in the order of the levels. */
const PACKAGING_JSON = `(
  SELECT coalesce(jsonb_agg(
    jsonb_build_object(
      'level', p.level,
      'gtin', p.gtin,
      'baseQuantity', p.base_quantity_numerator::text
        || CASE p.base_quantity_denominator WHEN 1 THEN ''
           ELSE '/' || p.base_quantity_denominator END,
      'lengthMm', p.length_mm,
      'widthMm', p.width_mm,
      'heightMm', p.height_mm,
      'weightG', p.weight_g
    ) ORDER BY array_position(ARRAY['each', 'inner', 'case', 'pallet'], p.level)
  ), '[]')
  FROM catalog.packaging p WHERE p.item_id = t.item_id)`;

const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });
const textFilter = (where: string) => ({
  schema: z
    .string()
    .min(1)
    .max(300)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u),
  where,
});

/**
 * The type of items. What the ledger has built upon (unit, scale, tracking, costing) cannot
 * change once an item is in use.
 * @param inUse answers which items the ledger has positions of.
 */
function itemType(currencyDigits: number, inUse: UsageCheck): DocumentType<ItemFields> {
  return {
    name: 'item',
    plural: 'items',
    table: 'catalog.item',
    idColumn: 'item_id',
    idName: 'itemId',
    fields: itemFields(currencyDigits),
    key: ['sku'],
    immutable: ['owner'],
    frozen: [
      ...(['baseUnit', 'quantityScale', 'tracksLot', 'tracksSerial', 'tracksExpiry'] as const),
      ...(['costMethod', 'standardUnitCost'] as const),
    ],
    inUse,
    references: {
      owner: { table: 'sellers.owner', idColumn: 'owner_id', column: 'owner_id' },
    },
    nested: { packaging: PACKAGING_JSON },
    notInCsv: ['packaging'],
    computed: {},
    filters: {
      q: textFilter(
        `position(lower(?) in lower(t.name)) > 0 OR position(lower(?) in lower(t.sku)) > 0`,
      ),
      owner: textFilter('ref_owner_id.code = ?'),
      shared: flagFilter('(t.owner_id IS NULL) = ?::boolean'),
      active: flagFilter('t.active = ?::boolean'),
      gtin: {
        schema: z.string().regex(/^(\d{8}|\d{12}|\d{13}|\d{14})$/),
        where: `EXISTS (SELECT 1 FROM catalog.packaging p
          WHERE p.item_id = t.item_id AND p.gtin = lpad(?, 14, '0'))`,
      },
      costMethod: {
        schema: z.enum(['moving_average', 'fifo', 'standard']),
        where: 't.cost_method = ?',
      },
      temperatureClass: {
        schema: z.enum(TEMPERATURE_CLASSES),
        where: 't.temperature_class = ?',
      },
      hazardClass: { schema: z.enum(HAZARD_CLASSES), where: 't.hazard_class = ?' },
      tracksLot: flagFilter('t.tracks_lot = ?::boolean'),
      tracksSerial: flagFilter('t.tracks_serial = ?::boolean'),
      tracksExpiry: flagFilter('t.tracks_expiry = ?::boolean'),
      updatedSince: {
        schema: z.iso.datetime({ offset: true }),
        where: 't.updated_at >= ?::timestamptz',
      },
    },
    sorts: {
      sku: { expression: 't.sku', sqlType: 'text' },
      name: { expression: 'left(t.name, 100)', sqlType: 'text' },
      updatedAt: { expression: 't.updated_at', sqlType: 'timestamptz' },
    },
    defaults: itemDefaults,
    check: ({ values }) => checkItem(values),
    checkTogether: checkItemsTogether,
    afterWrite: writePackaging,
    beforeRemove: removePackaging,
  };
}

/**
 * The store of items.
 * @param currencyDigits places of the house currency, in which standard costs are given.
 * @param inUse answers which items the ledger has positions of.
 */
export function itemStore(currencyDigits: number, inUse: UsageCheck): TableStore {
  return tableStore(anyDocument(itemType(currencyDigits, inUse)));
}
