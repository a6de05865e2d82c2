import type { Tx } from '../database.ts';
import {
  type Candidate,
  changedFields,
  checkReferences,
  completeValues,
  csvColumns,
  type DocumentType,
  frozenChanges,
  keyLabel,
  keyOf,
  mapInTurns,
  type Stored,
  sameValue,
  settleValues,
  type Values,
} from '../documents/index.ts';
import type { FieldError } from '../problems.ts';
import { IMPORT_SAMPLE_MAX, type ImportKind, type RowError } from './kind.ts';
import type { ParsedFile, ParsedRow } from './parse.ts';

export type RowAction = 'create' | 'update' | 'unchanged';

/** What a row would do. */
export interface PlannedRow extends Candidate {
  readonly row: number;
  readonly action: RowAction;
}

/** What a file would do to the database as it is now. */
export interface Plan {
  readonly rows: readonly PlannedRow[];
  readonly errors: readonly RowError[];
}

/** A row as the preview saw it, kept to see at the commit whether anything changed since. */
export type PlanEntry = readonly [
  row: number,
  action: RowAction,
  id: number | null,
  version: number | null,
];

/** One change as the preview shows it. */
export interface SampleChange {
  readonly row: number;
  readonly action: 'create' | 'update';
  readonly key: string;
  readonly changes: Readonly<Record<string, { from: unknown; to: unknown }>>;
}

function headerOf(type: DocumentType, path: string): string {
  const name = path.split('.')[0] ?? path;
  return csvColumns(type).find((column) => column.name === name)?.header ?? path;
}

function toRowErrors(type: DocumentType, row: number, errors: readonly FieldError[]): RowError[] {
  return errors.map(({ path, message, expected, found }) => ({
    row,
    field: headerOf(type, path),
    message,
    expected,
    found,
  }));
}

/** A row on its own, against what is there. */
function planRow(
  type: DocumentType,
  { row, given }: ParsedRow,
  before: Stored | undefined,
  defaults: Values,
): PlannedRow | RowError[] {
  if (before) {
    const values = settleValues(type, { ...before.values, ...given });
    const isChanged = changedFields(type.fields, before.values, values).length > 0;
    return { row, before, values, action: isChanged ? 'update' : 'unchanged' };
  }
  const values = settleValues(type, completeValues(type.fields, given, defaults));
  const missing = csvColumns(type).filter(({ name }) => values[name] === undefined);
  if (missing.length === 0) return { row, before, values, action: 'create' };
  return missing.map(({ header, field }) => ({
    row,
    field: header,
    message: 'is missing, and the row is new',
    expected: field.expected,
  }));
}

/** Fields that an update would change although they never change. */
function fixedChanges(type: DocumentType, { before, values }: Candidate): FieldError[] {
  if (!before) return [];
  return type.immutable
    .filter((name) => !sameValue(before.values[name], values[name]))
    .map((path) => ({
      path,
      message: 'cannot change',
      expected: String(before.values[path] ?? 'nothing'),
      found: String(values[path] ?? 'nothing'),
    }));
}

async function checkRows(
  tx: Tx,
  kind: ImportKind,
  rows: readonly PlannedRow[],
): Promise<RowError[]> {
  const { type } = kind.store;
  const changing = rows.filter(({ action }) => action !== 'unchanged');
  const checked = await kind.store.check(tx, changing);
  const frozen = await frozenChanges(tx, type, changing);
  const errors = await mapInTurns(changing, (planned, index) => {
    const found = [
      ...(checked[index] ?? []),
      ...fixedChanges(type, planned),
      ...(frozen[index] ?? []).map((path) => ({
        path,
        message: `cannot change any more: the ${type.name} is in use`,
        expected: String(planned.before?.values[path] ?? 'nothing'),
        found: String(planned.values[path] ?? 'nothing'),
      })),
    ];
    return toRowErrors(type, planned.row, found);
  });
  return errors.flat();
}

/**
 * Holds a parsed file against the database.
 * @param lock locks the rows that are there, for the commit.
 */
export async function planFile(
  tx: Tx,
  kind: ImportKind,
  file: ParsedFile,
  lock: boolean,
): Promise<Plan> {
  const { store } = kind;
  const { type } = store;
  const stored = await store.load(
    tx,
    file.rows.map(({ given }) => given),
    lock,
  );
  const defaults = (await type.defaults?.(tx)) ?? {};
  const rows: PlannedRow[] = [];
  const errors: RowError[] = [...file.errors];
  await mapInTurns(file.rows, (parsed) => {
    const planned = planRow(type, parsed, stored.get(keyOf(type, parsed.given)), defaults);
    if ('row' in planned) rows.push(planned);
    else errors.push(...planned);
  });
  errors.push(...(await checkRows(tx, kind, rows)));
  const halves = await checkReferences(
    tx,
    type,
    file.broken.map(({ given }) => ({ values: given })),
  );
  errors.push(
    ...file.broken.flatMap(({ row }, index) => toRowErrors(type, row, halves[index] ?? [])),
  );
  errors.sort((a, b) => a.row - b.row);
  return { rows, errors };
}

/** The plan in short. */
export function planEntries(plan: Plan): PlanEntry[] {
  return plan.rows.map(({ row, action, before }) => [
    row,
    action,
    before?.id ?? null,
    before?.version ?? null,
  ]);
}

/** Rows that would not do now what the preview said they would. */
export function staleRows(seen: readonly PlanEntry[], now: readonly PlanEntry[]): number[] {
  const before = new Map(seen.map((entry) => [entry[0], JSON.stringify(entry)]));
  const changed = now
    .filter((entry) => before.get(entry[0]) !== JSON.stringify(entry))
    .map(([row]) => row);
  const rows = new Set(now.map(([row]) => row));
  return [...changed, ...seen.map(([row]) => row).filter((row) => !rows.has(row))];
}

/** The first changes of a plan, field by field. */
export function sampleOf(kind: ImportKind, plan: Plan): SampleChange[] {
  const { type } = kind.store;
  return plan.rows
    .filter(({ action }) => action !== 'unchanged')
    .slice(0, IMPORT_SAMPLE_MAX)
    .map(({ row, action, before, values }) => {
      const from = before?.values ?? {};
      const names = changedFields(type.fields, from, values).filter((name) => {
        return before !== undefined || values[name] !== null;
      });
      const changes = names.map((name) => [
        headerOf(type, name),
        { from: from[name] ?? null, to: values[name] },
      ]);
      return {
        row,
        action: action as 'create' | 'update',
        key: keyLabel(type, values),
        changes: Object.fromEntries(changes),
      };
    });
}
