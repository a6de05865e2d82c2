import type { Tx } from '../platform/database.ts';
import {
  anyDocument,
  bigCountField,
  type Candidate,
  choiceField,
  codeField,
  countField,
  type DocumentStore,
  type DocumentType,
  keyOf,
  neverInUse,
  optional,
  patternField,
  type Stored,
  type Values,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';
import { normaliseGtin } from './gtin.ts';
import { checkPack, normalisePack, PACKAGING_LEVELS, type Pack, packsField } from './packaging.ts';
import { RATIONAL_FORM } from './rational.ts';

const gtinField = {
  ...patternField(
    /^(\d{8}|\d{12}|\d{13}|\d{14})$/,
    'a GTIN of 8, 12, 13 or 14 digits',
    '04006381333931',
  ),
  normalise: normaliseGtin,
};

const fields = {
  sku: codeField(64, 'SPRAY-0001'),
  level: choiceField(PACKAGING_LEVELS),
  gtin: optional(gtinField),
  baseQuantity: patternField(RATIONAL_FORM, 'base units in a pack: 12, 0.75 or 1/3', '1'),
  lengthMm: optional(countField(1, 120)),
  widthMm: optional(countField(1, 90)),
  heightMm: optional(countField(1, 100)),
  weightG: optional(bigCountField(1, 420)),
};

function toPack({ sku: _, ...pack }: Values): Pack {
  return pack as Pack;
}

const packType: DocumentType<typeof fields> = {
  name: 'pack',
  plural: 'packaging',
  table: 'catalog.packaging',
  idColumn: 'item_id',
  idName: 'itemId',
  fields,
  key: ['sku', 'level'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {},
  filters: {},
  sorts: {},
  settle: (values) => ({ sku: values.sku, ...normalisePack(toPack(values)) }),
  check: ({ values }) => checkPack(toPack(values)),
};

type Items = ReadonlyMap<string, Stored>;

function packsOf(item: Stored): readonly Pack[] {
  return item.values.packaging as readonly Pack[];
}

function groupBySku(rows: readonly Values[]): Map<string, Values[]> {
  const groups = new Map<string, Values[]>();
  for (const row of rows) {
    const group = groups.get(String(row.sku));
    if (group) group.push(row);
    else groups.set(String(row.sku), [row]);
  }
  return groups;
}

/** The item with `rows` in place of its packs of the same levels. */
function withPacks(item: Stored, rows: readonly Values[]): Candidate {
  const levels = new Set(rows.map(({ level }) => level));
  const kept = packsOf(item).filter(({ level }) => !levels.has(level));
  const packaging = packsField.normalise([...kept, ...rows.map(toPack)]);
  return { values: { ...item.values, packaging }, before: item };
}

/**
 * Errors of an item, such as at `packaging.2.gtin`, at the row that brought that pack. What is
 * wrong with the item as a whole, or shows at a pack that no row brought, is said once, at the
 * first row.
 */
function errorsByLevel(
  item: Candidate,
  rows: readonly Values[],
  errors: readonly FieldError[],
): Map<string, FieldError[]> {
  const packs = item.values.packaging as readonly Pack[];
  const levels = rows.map(({ level }) => String(level));
  const byLevel = new Map<string, FieldError[]>(levels.map((level) => [level, []]));
  for (const error of errors) {
    const [, index, name] = /^packaging\.(\d+)\.(.+)$/.exec(error.path) ?? [];
    const level = packs[Number(index)]?.level;
    const own = level === undefined ? undefined : byLevel.get(level);
    if (own) {
      own.push({ ...error, path: name ?? error.path });
      continue;
    }
    const message = level ? `does not fit ${level}, whose ${name} ${error.message}` : error.message;
    byLevel.get(levels[0] ?? '')?.push({ ...error, path: level ? 'level' : 'sku', message });
  }
  return byLevel;
}

async function loadItems(
  tx: Tx,
  items: DocumentStore,
  rows: readonly Values[],
  lock: boolean,
): Promise<Items> {
  const keys = [...new Set(rows.map(({ sku }) => String(sku)))].map((sku) => ({ sku }));
  const found = await items.load(tx, keys, lock);
  return new Map([...found.values()].map((item) => [String(item.values.sku), item]));
}

/** The item without its packs of the levels of `rows`. */
function withoutPacks(item: Stored, rows: readonly Values[]): Candidate {
  const levels = new Set(rows.map(({ level }) => level));
  const packaging = packsOf(item).filter(({ level }) => !levels.has(level));
  return { values: { ...item.values, packaging }, before: item };
}

/** Edits the items of `rows`; `change` makes the edited item from the rows of one item. */
async function editItems(
  tx: Tx,
  items: DocumentStore,
  rows: readonly Values[],
  change: (item: Stored, rows: readonly Values[]) => Candidate,
  at: Date,
): Promise<void> {
  const found = await loadItems(tx, items, rows, true);
  const changes = [...groupBySku(rows)].map(([sku, group]) => {
    const item = found.get(sku);
    if (!item) throw new Error(`item ${sku} went away while its packs were written`);
    return { before: item, values: change(item, group).values };
  });
  await items.update(tx, changes, at);
}

async function loadPackRows(
  tx: Tx,
  items: DocumentStore,
  keys: readonly Values[],
  lock: boolean,
): Promise<Map<string, Stored>> {
  const found = await loadItems(tx, items, keys, lock);
  const wanted = new Set(keys.map((key) => keyOf(packType, key)));
  const stored = [...found.values()].flatMap((item) =>
    packsOf(item).map((pack): Stored => {
      const values: Values = { sku: item.values.sku, ...pack };
      return { ...item, values, computed: {} };
    }),
  );
  const entries = stored.map((pack): [string, Stored] => [keyOf(packType, pack.values), pack]);
  return new Map(entries.filter(([key]) => wanted.has(key)));
}

/** Checks rows as what they are: edits of their items. */
async function checkPackRows(
  tx: Tx,
  items: DocumentStore,
  rows: readonly Values[],
): Promise<FieldError[][]> {
  const found = await loadItems(tx, items, rows, false);
  const groups = [...groupBySku(rows)].filter(([sku]) => found.has(sku));
  const merged = groups.map(([sku, group]) => withPacks(found.get(sku) as Stored, group));
  const checked = await items.check(tx, merged);
  const bySku = new Map(
    groups.map(([sku, group], index) => {
      const item = merged[index] as Candidate;
      return [sku, errorsByLevel(item, group, checked[index] ?? [])];
    }),
  );
  return rows.map(({ sku, level }) => {
    const errors = bySku.get(String(sku));
    if (!errors) return [{ path: 'sku', message: 'names no item', found: String(sku) }];
    return errors.get(String(level)) ?? [];
  });
}

/**
 * Packs as rows of their own, for CSV. They live inside their items: writing one is an edit of
 * its item, whose rules and version count.
 */
export function packagingStore(items: DocumentStore): DocumentStore {
  const valuesOf = (rows: readonly { values: Values }[]) => rows.map(({ values }) => values);
  return {
    type: anyDocument(packType),
    load: (tx, keys, lock) => loadPackRows(tx, items, keys, lock),
    check: (tx, candidates) => checkPackRows(tx, items, valuesOf(candidates)),
    insert: (tx, rows, at) => editItems(tx, items, rows, withPacks, at),
    update: (tx, changes, at) => editItems(tx, items, valuesOf(changes), withPacks, at),
    remove: (tx, packs, at) => editItems(tx, items, valuesOf(packs), withoutPacks, at),
  };
}
