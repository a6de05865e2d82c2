import {
  anyDocument,
  type Candidate,
  codeField,
  countField,
  type DocumentStore,
  type DocumentType,
  type Field,
  field,
  keyOf,
  mapInTurns,
  neverInUse,
  optional,
  patternField,
  textField,
  type Values,
  withDefault,
} from '../../platform/documents/index.ts';
import type { ImportKind } from '../../platform/imports/index.ts';
import type { FieldError } from '../../platform/problems.ts';
import { dayField } from './fields.ts';
import {
  deletePastRows,
  insertPastRows,
  type PastKey,
  type PastRow,
  type StoredPastRow,
  selectKnown,
  selectPastRows,
  updatePastRows,
} from './past-demand.queries.ts';

/** Demand from before this system: a CSV of days, like any other import. */

const AMOUNT = /^\d{1,12}(\.\d{1,6})?$/;
const RANGE = 'from 0 to 999999999999.999999, with up to 6 digits after the point';

/** A decimal that is not negative, without zeros that say nothing. */
function decimalField(expected: string, example: string): Field<string> {
  const canonical = (value: string) => {
    const plain = value.includes('.') ? value.replace(/\.?0+$/, '') : value;
    return plain.replace(/^0+(?=\d)/, '');
  };
  return field<string>({
    schema: patternField(AMOUNT, '', example).schema,
    sqlType: 'numeric',
    expected,
    example,
    normalise: canonical,
  });
}

export const pastDemandFields = {
  date: dayField('2025-11-28'),
  sku: codeField(64, 'MUG-0001'),
  site: codeField(40, 'FC-BER'),
  quantity: decimalField(`units ordered that day, ${RANGE}`, '12'),
  price: optional(decimalField(`the price of one base unit in house currency, ${RANGE}`, '9.95')),
  channel: withDefault({ ...textField(40, 'WEB') }, ''),
  lines: withDefault(countField(1, 3), 1),
};

/** How an import sees past demand; its rows are reached through {@link pastDemandStore} alone. */
const pastDemandType: DocumentType<typeof pastDemandFields> = {
  name: 'day of past demand',
  plural: 'demand',
  table: 'planning.past_demand',
  idColumn: 'past_demand_id',
  idName: 'pastDemandId',
  fields: pastDemandFields,
  key: ['date', 'sku', 'site', 'channel'],
  immutable: [],
  frozen: [],
  inUse: neverInUse,
  references: {},
  nested: {},
  computed: {},
  filters: {},
  sorts: {},
  check: () => [],
};

const FIRST_YEAR = 1970;
const LAST_YEAR = 2199;
const LONG_AGO = new Date(0);

function toStored({ id, version, ...values }: StoredPastRow) {
  const times = { createdAt: LONG_AGO, updatedAt: LONG_AGO };
  return { id, version, values: { ...values } as Values, computed: {}, ...times };
}

function checkRow(
  row: PastRow,
  known: { scales: ReadonlyMap<string, number>; sites: ReadonlySet<string> },
): FieldError[] {
  const errors: FieldError[] = [];
  const scale = known.scales.get(row.sku);
  if (scale === undefined) {
    const expected = 'the SKU of an item';
    errors.push({ path: 'sku', message: 'does not exist', expected, found: row.sku });
  } else if ((row.quantity.split('.')[1] ?? '').length > scale) {
    const message = 'is finer than the item is counted';
    const expected = `at most ${scale} digits after the point`;
    errors.push({ path: 'quantity', message, expected, found: row.quantity });
  }
  if (!known.sites.has(row.site)) {
    const expected = 'the code of a fulfilment centre or store';
    errors.push({ path: 'site', message: 'names no site', expected, found: row.site });
  }
  const year = Number(row.date.slice(0, 4));
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    const expected = `a day from ${FIRST_YEAR} to ${LAST_YEAR}`;
    errors.push({ path: 'date', message: 'is no day of history', expected, found: row.date });
  }
  return errors;
}

const toRow = (values: Values) => values as unknown as PastRow;

/** Rows of past demand, and with them the years of history that are made of them. */
export const pastDemandStore: DocumentStore = {
  type: anyDocument(pastDemandType),
  async load(tx, keys, lock) {
    const rows = await selectPastRows(tx, keys as unknown as PastKey[], lock);
    const stored = await mapInTurns(rows, toStored);
    return new Map(stored.map((one) => [keyOf(pastDemandType, one.values), one]));
  },
  async check(tx, candidates: readonly Candidate[]) {
    const rows = candidates.map(({ values }) => toRow(values));
    const known = await selectKnown(tx, rows);
    return mapInTurns(rows, (row) => checkRow(row, known));
  },
  insert: (tx, rows) => insertPastRows(tx, rows.map(toRow)),
  update: (tx, changes) =>
    updatePastRows(
      tx,
      changes.map(({ values }) => toRow(values)),
    ),
  remove: (tx, documents) =>
    deletePastRows(
      tx,
      documents.map(({ id }) => id),
    ),
};

/** The door for past demand. */
export const pastDemandImport: ImportKind = {
  name: 'demand',
  store: pastDemandStore,
  readScope: 'planning:read',
  writeScope: 'planning:write',
  houseOnly: true,
};
