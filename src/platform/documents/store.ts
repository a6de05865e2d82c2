import type { Tx } from '../database.ts';
import type { FieldError } from '../problems.ts';
import type { Candidate, DocumentType, Stored, Values, Written } from './document.ts';
import { keyOf } from './document.ts';
import type { Field } from './fields.ts';
import { checkReferences } from './references.ts';
import { type DocumentSql, documentSql } from './sql.ts';
import { mapInTurns } from './turns.ts';

/** Rows a statement; keeps one parameter at a few megabytes. */
const ROWS_PER_STATEMENT_MAX = 2000;

/** A changed document: the row is locked and `before` is what it holds. */
export interface Change {
  readonly before: Stored;
  readonly values: Values;
}

/**
 * How documents of one type are loaded and written, always many at a time. Most types use
 * {@link tableStore}; packs, which live inside their items, bring their own.
 */
export interface DocumentStore {
  readonly type: DocumentType;
  /** Loads by natural key, into a map by {@link keyOf}; with `lock`, in sorted order first. */
  load(tx: Tx, keys: readonly Values[], lock: boolean): Promise<Map<string, Stored>>;
  /** All rules, pure and against the database; one array of errors a candidate. */
  check(tx: Tx, candidates: readonly Candidate[]): Promise<FieldError[][]>;
  insert(tx: Tx, rows: readonly Values[], at: Date): Promise<void>;
  /** Writes locked rows and counts their versions up by one. */
  update(tx: Tx, changes: readonly Change[], at: Date): Promise<void>;
  /** Deletes locked rows. */
  remove(tx: Tx, documents: readonly Stored[], at: Date): Promise<void>;
}

/** A store that can also list and find by id, as the API needs it. */
export interface TableStore extends DocumentStore {
  readonly sql: DocumentSql;
  loadId(tx: Tx, id: number): Promise<Stored | undefined>;
}

/** A row of `select` as a document. */
export function toStored(type: DocumentType, row: Record<string, unknown>): Stored {
  const values = Object.entries(type.fields).map(([name, entry]) => {
    return [name, entry.fromDatabase(row[name] ?? null)];
  });
  return {
    id: row['#id'] as number,
    version: row['#version'] as number,
    values: Object.fromEntries(values),
    computed: Object.fromEntries(Object.keys(type.computed).map((name) => [name, row[name]])),
    createdAt: row['#created_at'] as Date,
    updatedAt: row['#updated_at'] as Date,
  };
}

/** The JSON that `jsonb_to_recordset` takes apart again. */
function toRecords(type: DocumentType, rows: readonly Values[], names: readonly string[]): string {
  return JSON.stringify(
    rows.map((values) =>
      Object.fromEntries(
        names.map((name) => [name, (type.fields[name] as Field).toDatabase(values[name])]),
      ),
    ),
  );
}

/** Cuts rows into what one statement takes. */
export function inChunks<Row>(rows: readonly Row[]): (readonly Row[])[] {
  const count = Math.ceil(rows.length / ROWS_PER_STATEMENT_MAX);
  return Array.from({ length: count }, (_, index) =>
    rows.slice(index * ROWS_PER_STATEMENT_MAX, (index + 1) * ROWS_PER_STATEMENT_MAX),
  );
}

/** Loads documents by key; the keys of one call may be any number. */
export async function loadByKeys(
  tx: Tx,
  type: DocumentType,
  sql: DocumentSql,
  keys: readonly Values[],
): Promise<Map<string, Stored>> {
  const found = new Map<string, Stored>();
  for (const chunk of inChunks(keys)) {
    const { rows } = await tx.query(sql.byKeys, [toRecords(type, chunk, type.key)]);
    for (const row of rows) {
      const stored = toStored(type, row);
      found.set(keyOf(type, stored.values), stored);
    }
  }
  return found;
}

async function insertRows(
  tx: Tx,
  type: DocumentType,
  sql: DocumentSql,
  rows: readonly Values[],
  at: Date,
): Promise<void> {
  const names = Object.keys(type.fields).filter((name) => !(name in type.nested));
  for (const chunk of inChunks(rows)) {
    await tx.query(sql.insert, [toRecords(type, chunk, names), at]);
    if (!type.afterWrite) continue;
    const made = await loadByKeys(tx, type, sql, chunk);
    const written = chunk.map((values): Written => {
      const stored = made.get(keyOf(type, values));
      if (!stored) throw new Error(`a new ${type.name} is not visible to its maker`);
      return { id: stored.id, values, before: undefined };
    });
    await type.afterWrite(tx, written, at);
  }
}

async function updateRows(
  tx: Tx,
  type: DocumentType,
  sql: DocumentSql,
  changes: readonly Change[],
  at: Date,
): Promise<void> {
  const names = Object.keys(type.fields).filter((name) => !(name in type.nested));
  for (const chunk of inChunks(changes)) {
    const records = JSON.parse(
      toRecords(
        type,
        chunk.map(({ values }) => values),
        names,
      ),
    ) as object[];
    const rows = records.map((record, index) => ({ '#id': chunk[index]?.before.id, ...record }));
    const { rowCount } = await tx.query(sql.update, [JSON.stringify(rows), at]);
    if (rowCount !== chunk.length) throw new Error(`updated ${rowCount} of ${chunk.length} rows`);
    await type.afterWrite?.(
      tx,
      chunk.map(({ before, values }) => ({ id: before.id, values, before: before.values })),
      at,
    );
  }
}

/** The store of a type whose documents are rows of one table. */
export function tableStore(type: DocumentType): TableStore {
  const sql = documentSql(type);
  return {
    type,
    sql,
    async load(tx, keys, lock) {
      const found = await loadByKeys(tx, type, sql, keys);
      if (!lock || found.size === 0) return found;
      const ids = [...found.values()].map(({ id }) => id);
      const locked = await tx.query(sql.lock, [ids]);
      const held = new Set(locked.rows.map((row) => row[type.idColumn] as number));
      // What a row holds is only certain once it is locked.
      const settled = await loadByKeys(tx, type, sql, keys);
      for (const [key, { id }] of settled) if (!held.has(id)) settled.delete(key);
      return settled;
    },
    async loadId(tx, id) {
      const where = `${sql.select} WHERE t.${type.idColumn} = $1 AND ${sql.visible}`;
      const { rows } = await tx.query(where, [id]);
      return rows[0] && toStored(type, rows[0]);
    },
    async check(tx, candidates) {
      const pure = await mapInTurns(candidates, (candidate) => type.check(candidate));
      const references = await checkReferences(tx, type, candidates);
      const together = await type.checkTogether?.(tx, candidates);
      return mapInTurns(pure, (errors, index) => [
        ...errors,
        ...(references[index] ?? []),
        ...(together?.[index] ?? []),
      ]);
    },
    insert: (tx, rows, at) => insertRows(tx, type, sql, rows, at),
    update: (tx, changes, at) => updateRows(tx, type, sql, changes, at),
    async remove(tx, documents) {
      const ids = documents.map(({ id }) => id);
      await type.beforeRemove?.(tx, ids);
      await tx.query(sql.remove, [ids]);
    },
  };
}
