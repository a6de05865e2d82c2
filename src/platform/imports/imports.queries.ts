import type { Queryable, Tx } from '../database.ts';
import type { Values } from '../documents/index.ts';
import type { RowError } from './kind.ts';
import type { PlanEntry, SampleChange } from './plan.ts';

export type ImportState = 'invalid' | 'previewed' | 'committed' | 'undone';

/** An import as callers see it; without the file and the plan. */
export interface ImportRow {
  import_id: string;
  kind: string;
  owner_id: number | null;
  state: ImportState;
  file_name: string | null;
  row_count: number;
  create_count: number;
  update_count: number;
  unchanged_count: number;
  error_count: number;
  errors: RowError[];
  sample: SampleChange[];
  previewed_at: Date;
  previewed_by: number;
  committed_at: Date | null;
  committed_by: number | null;
  undone_at: Date | null;
  undone_by: number | null;
}

const COLUMNS = `import_id, kind, owner_id, state, file_name, row_count, create_count, update_count,
  unchanged_count, error_count, errors, sample, previewed_at, previewed_by, committed_at,
  committed_by, undone_at, undone_by`;

export type NewImport = Omit<
  ImportRow,
  'committed_at' | 'committed_by' | 'undone_at' | 'undone_by'
> & { readonly content: string; readonly plan: readonly PlanEntry[] };

export async function insertImport(tx: Tx, entry: NewImport): Promise<void> {
  await tx.query(
    `INSERT INTO platform.import (import_id, kind, owner_id, state, file_name, content, row_count,
       create_count, update_count, unchanged_count, error_count, errors, sample, plan,
       previewed_at, previewed_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
    [
      entry.import_id,
      entry.kind,
      entry.owner_id,
      entry.state,
      entry.file_name,
      entry.content,
      entry.row_count,
      entry.create_count,
      entry.update_count,
      entry.unchanged_count,
      entry.error_count,
      JSON.stringify(entry.errors),
      JSON.stringify(entry.sample),
      JSON.stringify(entry.plan),
      entry.previewed_at,
      entry.previewed_by,
    ],
  );
}

export async function findImport(db: Queryable, importId: string): Promise<ImportRow | undefined> {
  const { rows } = await db.query<ImportRow>(
    `SELECT ${COLUMNS} FROM platform.import WHERE import_id = $1`,
    [importId],
  );
  return rows[0];
}

export type LockedImport = ImportRow & { content: string; plan: PlanEntry[] };

/** Loads an import with its file, and keeps others from committing or undoing it meanwhile. */
export async function lockImport(tx: Tx, importId: string): Promise<LockedImport | undefined> {
  const { rows } = await tx.query<LockedImport>(
    `SELECT ${COLUMNS}, content, plan FROM platform.import WHERE import_id = $1 FOR UPDATE`,
    [importId],
  );
  return rows[0];
}

/** Imports of these kinds, newest first, from the one after (`at`, `importId`). */
export async function selectImports(
  db: Queryable,
  kinds: readonly string[],
  after: { readonly at: string; readonly importId: string } | undefined,
  limit: number,
): Promise<(ImportRow & { sort_key: string })[]> {
  const { rows } = await db.query<ImportRow & { sort_key: string }>(
    `SELECT ${COLUMNS}, previewed_at::text AS sort_key FROM platform.import
      WHERE kind = ANY($1)
        AND ($2::timestamptz IS NULL OR (previewed_at, import_id) < ($2::timestamptz, $3::uuid))
      ORDER BY previewed_at DESC, import_id DESC LIMIT $4`,
    [kinds, after?.at ?? null, after?.importId ?? null, limit],
  );
  return rows;
}

export async function markCommitted(tx: Tx, importId: string, at: Date, by: number): Promise<void> {
  await tx.query(
    `UPDATE platform.import SET state = 'committed', committed_at = $2, committed_by = $3
      WHERE import_id = $1`,
    [importId, at, by],
  );
}

export async function markUndone(tx: Tx, importId: string, at: Date, by: number): Promise<void> {
  await tx.query(
    `UPDATE platform.import SET state = 'undone', undone_at = $2, undone_by = $3
      WHERE import_id = $1`,
    [importId, at, by],
  );
}

/** What a committed row changed. `after` holds the natural key, too. */
export interface ChangeRow {
  row_number: number;
  action: 'create' | 'update';
  document_id: number;
  before: Values | null;
  after: Values;
}

export async function insertChanges(
  tx: Tx,
  importId: string,
  ownerId: number | null,
  changes: readonly ChangeRow[],
): Promise<void> {
  await tx.query(
    `INSERT INTO platform.import_change (import_id, row_number, owner_id, action, document_id,
       before, after)
     SELECT $1, x.row_number, $2, x.action, x.document_id, x.before, x.after
       FROM jsonb_to_recordset($3::jsonb) AS x(row_number integer, action text,
         document_id integer, before jsonb, after jsonb)`,
    [importId, ownerId, JSON.stringify(changes)],
  );
}

export async function selectChanges(tx: Tx, importId: string): Promise<ChangeRow[]> {
  const { rows } = await tx.query<ChangeRow>(
    `SELECT row_number, action, document_id, before, after
       FROM platform.import_change WHERE import_id = $1 ORDER BY row_number`,
    [importId],
  );
  return rows;
}
