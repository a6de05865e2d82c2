import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import {
  anyDocument,
  type DocumentType,
  documentRoutes,
  neverInUse,
  tableStore,
} from '../../platform/documents/index.ts';
import type { App } from '../../platform/http.ts';
import type { ImportKind } from '../../platform/imports/index.ts';
import { checkSetting, settingFields, supplierSettingFields } from './setting.ts';

const text = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const textFilter = (where: string) => ({ schema: text, where });
const flagFilter = (where: string) => ({ schema: z.enum(['true', 'false']), where });

const supplier = {
  table: 'inbound.supplier',
  idColumn: 'supplier_id',
  column: 'supplier_id',
} as const;
const item = { table: 'planning.item_code', idColumn: 'item_id', column: 'item_id' } as const;
const site = { table: 'network.site', idColumn: 'site_id', column: 'site_id' } as const;
const sourceSite = { ...site, column: 'source_site_id' } as const;

const HOLDING_TYPES = ['fulfilment_centre', 'store'];

const settingType: DocumentType<typeof settingFields> = {
  name: 'planning setting',
  plural: 'planningSettings',
  table: 'planning.setting',
  idColumn: 'setting_id',
  idName: 'settingId',
  fields: settingFields,
  key: ['code'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: { item, site, supplier, sourceSite },
  nested: {},
  computed: {},
  filters: {
    item: textFilter('ref_item_id.code = ?'),
    site: textFilter('ref_site_id.code = ?'),
    supplier: textFilter('ref_supplier_id.code = ?'),
    active: flagFilter('t.active = ?::boolean'),
  },
  sorts: { code: { expression: 't.code', sqlType: 'text' } },
  check: ({ values }) => checkSetting(values),
  async checkTogether(tx, candidates) {
    const codes = candidates.flatMap(({ values }) =>
      [values.site, values.sourceSite].filter((code) => code !== null && code !== undefined),
    );
    const { rows } = await tx.query<{ code: string }>(
      'SELECT code FROM network.site WHERE code = ANY($1) AND type <> ALL($2)',
      [codes, HOLDING_TYPES],
    );
    const wrong = new Set<unknown>(rows.map(({ code }) => code));
    const expected = 'the code of a fulfilment centre or store';
    return candidates.map(({ values }) =>
      (['site', 'sourceSite'] as const).flatMap((path) => {
        const found = values[path];
        if (!wrong.has(found)) return [];
        return [{ path, message: 'is no site that holds goods', expected, found: String(found) }];
      }),
    );
  },
};

const supplierSettingType: DocumentType<typeof supplierSettingFields> = {
  name: 'supplier setting',
  plural: 'supplierSettings',
  table: 'planning.supplier_setting',
  idColumn: 'supplier_setting_id',
  idName: 'supplierSettingId',
  fields: supplierSettingFields,
  key: ['supplier'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: { supplier },
  nested: {},
  computed: {},
  filters: { active: flagFilter('t.active = ?::boolean') },
  sorts: { supplier: { expression: 'ref_supplier_id.code', sqlType: 'text' } },
  check: () => [],
};

const rights = {
  readScope: 'planning:read',
  writeScope: 'planning:write',
  houseOnly: true,
} as const;

const settings = tableStore(anyDocument(settingType));
const supplierSettings = tableStore(anyDocument(supplierSettingType));

/** What the house wants of its stock, at /v1/planning/settings and /supplier-settings. */
export function settingRoutes(app: App, context: Context): void {
  documentRoutes(app, context, {
    store: settings,
    path: '/v1/planning/settings',
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, {
    store: supplierSettings,
    path: '/v1/planning/supplier-settings',
    keyField: 'supplier',
    ...rights,
  });
}

/** CSV imports of settings. */
export const settingImports: readonly ImportKind[] = [
  { name: 'planning-settings', store: settings, ...rights },
  { name: 'planning-supplier-settings', store: supplierSettings, ...rights },
];
