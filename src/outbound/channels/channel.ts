import { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import {
  type Candidate,
  choiceField,
  codeField,
  type DocumentType,
  field,
  flagField,
  integerField,
  jsonField,
  neverInUse,
  textField,
  type ValuesOf,
  withDefault,
} from '../../platform/documents/index.ts';
import type { FieldError } from '../../platform/problems.ts';
import {
  BACKORDER_POLICIES,
  PRIORITY_MAX,
  SERVICE_LEVEL_DEFAULT,
  SHIPMENT_POLICIES,
} from '../orders/order.ts';

const PRIORITY_DEFAULT = 50;
const HANDLING_HOURS_DEFAULT = 24;
const SITES_MAX = 100;

export const channelFields = {
  code: codeField(40, 'WEB'),
  name: textField(200, 'Web shop'),
  priority: withDefault(integerField(0, PRIORITY_MAX, PRIORITY_DEFAULT), PRIORITY_DEFAULT),
  serviceLevel: withDefault(codeField(40, SERVICE_LEVEL_DEFAULT), SERVICE_LEVEL_DEFAULT),
  shipmentPolicy: withDefault(choiceField(SHIPMENT_POLICIES), 'partial'),
  backorder: withDefault(choiceField(BACKORDER_POLICIES), 'refuse'),
  handlingHours: withDefault(
    integerField(0, 10_000, HANDLING_HOURS_DEFAULT),
    HANDLING_HOURS_DEFAULT,
  ),
  sites: withDefault(
    jsonField<string[]>(
      z.array(codeField(40, 'FC-BER').schema).max(SITES_MAX),
      'a list of codes of sites, the preferred one first; empty: every site',
      '["FC-BER"]',
    ),
    [],
  ),
  active: flagField(true),
};

const codeFilter = (where: string) => ({ schema: codeField(64, 'X').schema, where });
const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });

/** Sites that are named but are not there. */
async function checkSites(tx: Tx, candidates: readonly Candidate[]): Promise<FieldError[][]> {
  const named = candidates.map(({ values }) => values.sites as string[]);
  const { rows } = await tx.query<{ code: string }>(
    `SELECT code FROM network.site WHERE code = ANY($1)
       AND type IN ('fulfilment_centre', 'store')`,
    [[...new Set(named.flat())]],
  );
  const known = new Set(rows.map(({ code }) => code));
  return named.map((codes) => [
    ...codes
      .filter((code) => !known.has(code))
      .map((found) => ({ path: 'sites', message: 'names no site that holds goods', found })),
    ...(new Set(codes).size === codes.length
      ? []
      : [{ path: 'sites', message: 'names a site twice' }]),
  ]);
}

/** Channels, such as a shop or a marketplace, with what their sales orders have by default. */
export const channelType: DocumentType<typeof channelFields> = {
  name: 'channel',
  plural: 'channels',
  table: 'outbound.channel',
  idColumn: 'channel_id',
  idName: 'channelId',
  fields: channelFields,
  key: ['code'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {},
  filters: {
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: () => [],
  checkTogether: checkSites,
};

const QUANTITY = /^\d{1,13}(\.\d{1,6})?$/;

/** A quantity of an item, without zeros at its end. */
const quantityField = withDefault(
  field<string>({
    schema: z.string().regex(QUANTITY),
    sqlType: 'numeric',
    expected: 'base units of the item, from 0 to 9999999999999.999999',
    example: '10',
    normalise: trimZeros,
    fromDatabase: (value) => trimZeros(String(value)),
  }),
  '0',
);

function trimZeros(text: string): string {
  const plain = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return plain.replace(/^0+(?=\d)/, '');
}

export const channelLimitFields = {
  channel: codeField(40, 'WEB'),
  item: codeField(64, 'SKU-1'),
  site: codeField(40, 'FC-BER'),
  ringFenced: quantityField,
  safetyBuffer: quantityField,
  active: flagField(true),
};
type LimitValues = ValuesOf<typeof channelLimitFields>;

/** Items that are not there, and quantities finer than the item's scale. */
async function checkItems(tx: Tx, candidates: readonly Candidate[]): Promise<FieldError[][]> {
  const limits = candidates.map(({ values }) => values as unknown as LimitValues);
  const { rows } = await tx.query<{ sku: string; scale: number }>(
    'SELECT sku, quantity_scale AS scale FROM catalog.item WHERE sku = ANY($1)',
    [limits.map(({ item }) => item)],
  );
  const scales = new Map(rows.map(({ sku, scale }) => [sku, scale]));
  return limits.map((limit) => {
    const scale = scales.get(limit.item);
    if (scale === undefined) {
      return [{ path: 'item', message: 'does not exist', found: limit.item }];
    }
    return (['ringFenced', 'safetyBuffer'] as const)
      .filter((name) => (limit[name].split('.')[1] ?? '').length > scale)
      .map((path) => ({
        path,
        message: 'is finer than the item is counted',
        expected: `at most ${scale} digits after the point`,
        found: limit[path],
      }));
  });
}

/** What one channel has to itself of an item at a site, and what it must leave there. */
export const channelLimitType: DocumentType<typeof channelLimitFields> = {
  name: 'channel limit',
  plural: 'channelLimits',
  table: 'outbound.channel_limit',
  idColumn: 'channel_limit_id',
  idName: 'channelLimitId',
  fields: channelLimitFields,
  key: ['channel', 'item', 'site'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {
    channel: { table: 'outbound.channel', idColumn: 'channel_id', column: 'channel_id' },
    site: { table: 'network.site', idColumn: 'site_id', column: 'site_id' },
  },
  nested: {},
  computed: {},
  filters: {
    channel: codeFilter('ref_channel_id.code = ?'),
    item: codeFilter('t.item = ?'),
    site: codeFilter('ref_site_id.code = ?'),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: { item: { expression: 't.item', sqlType: 'text' } },
  check: () => [],
  checkTogether: checkItems,
};
