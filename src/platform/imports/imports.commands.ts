import type { Context, Principal } from '../context.ts';
import { type Tx, writeAs } from '../database.ts';
import { applyEach, inChunks, keyOf, mapInTurns, requireHouse } from '../documents/index.ts';
import { newId } from '../ids.ts';
import { conflict, declareProblem, forbidden, notFound, Problem } from '../problems.ts';
import { counted } from '../text.ts';
import {
  type ImportRow,
  insertChanges,
  insertImport,
  type LockedImport,
  lockImport,
  markCommitted,
  markUndone,
  selectChanges,
} from './imports.queries.ts';
import { IMPORT_ERRORS_MAX, type ImportKind } from './kind.ts';
import { parseFile } from './parse.ts';
import { type Plan, type PlannedRow, planEntries, planFile, sampleOf, staleRows } from './plan.ts';
import { planUndo } from './undo.ts';

export const importHasErrors = declareProblem({
  name: 'import-has-errors',
  status: 409,
  title: 'The file has errors',
  remedy: 'Correct the rows that the error report names and upload the file again.',
});
export const importStale = declareProblem({
  name: 'import-stale',
  status: 409,
  title: 'Something changed since the preview',
  remedy: 'Upload the file again and look at the new preview; `rows` names what changed.',
});
export const importNotUndoable = declareProblem({
  name: 'import-not-undoable',
  status: 409,
  title: 'The import cannot be undone',
  remedy: 'The rows in `rows` were changed or used since; correct those by hand.',
});

/** How many row numbers a problem names. */
const ROWS_SHOWN_MAX = 1000;

type Parts = Pick<Context, 'database' | 'clock'>;

/** An uploaded file. */
export interface Upload {
  readonly kind: ImportKind;
  readonly content: string;
  readonly fileName: string | undefined;
}

/** Refuses callers that may not import this kind. @throws Problem forbidden, house-only */
export function requireRights(kind: ImportKind, principal: Principal): void {
  if (!principal.scopes.has(kind.writeScope)) {
    const detail = `The key lacks the scope ${kind.writeScope}.`;
    throw new Problem(forbidden, detail, { scope: kind.writeScope });
  }
  if (kind.houseOnly) requireHouse(principal);
}

function countOf(plan: Plan, action: PlannedRow['action']): number {
  return plan.rows.filter((row) => row.action === action).length;
}

/**
 * Says what a file would do and what is wrong with it, all at once. Nothing is written but the
 * record of the import, which the commit takes up.
 * @throws Problem forbidden, house-only
 */
export async function previewImport(
  context: Parts,
  principal: Principal,
  { kind, content, fileName }: Upload,
): Promise<ImportRow> {
  requireRights(kind, principal);
  const file = await parseFile(kind, content);
  const { scope, principalId } = principal;
  return writeAs(context.database, scope, async (tx) => {
    const plan = await planFile(tx, kind, file, false);
    const entry = {
      import_id: newId(),
      kind: kind.name,
      owner_id: scope === 'house' ? null : scope,
      state: plan.errors.length > 0 ? ('invalid' as const) : ('previewed' as const),
      file_name: fileName ?? null,
      row_count: file.rowCount,
      create_count: countOf(plan, 'create'),
      update_count: countOf(plan, 'update'),
      unchanged_count: countOf(plan, 'unchanged'),
      error_count: plan.errors.length,
      errors: plan.errors.slice(0, IMPORT_ERRORS_MAX),
      sample: sampleOf(kind, plan),
      previewed_at: context.clock(),
      previewed_by: principalId,
    };
    await insertImport(tx, { ...entry, content, plan: planEntries(plan) });
    return { ...entry, committed_at: null, committed_by: null, undone_at: null, undone_by: null };
  });
}

function missing(importId: string): Problem {
  return new Problem(notFound, `There is no import ${importId}.`);
}

async function lockWithRights(
  tx: Tx,
  kinds: ReadonlyMap<string, ImportKind>,
  principal: Principal,
  importId: string,
): Promise<{ found: LockedImport; kind: ImportKind }> {
  const found = await lockImport(tx, importId);
  const kind = found && kinds.get(found.kind);
  if (!found || !kind) throw missing(importId);
  requireRights(kind, principal);
  return { found, kind };
}

/** Writes the planned rows; a row that the database refuses stops the whole import. */
async function writeRows(tx: Tx, kind: ImportKind, plan: Plan, at: Date): Promise<void> {
  const { type } = kind.store;
  // Sorted by key, so that two writers of the same keys queue up instead of deadlocking.
  const created = plan.rows
    .filter(({ action }) => action === 'create')
    .sort((a, b) => (keyOf(type, a.values) < keyOf(type, b.values) ? -1 : 1));
  const refused = await applyEach(tx, created, (rows) =>
    kind.store.insert(
      tx,
      rows.map(({ values }) => values),
      at,
    ),
  );
  if (refused.length > 0) {
    const rows = refused.map(({ row }) => row.row).slice(0, ROWS_SHOWN_MAX);
    const detail = `Keys of ${refused.length} rows were taken since the preview.`;
    throw new Problem(importStale, detail, { rows });
  }
  const changes = plan.rows.flatMap(({ action, before, values }) =>
    action === 'update' && before ? [{ before, values }] : [],
  );
  await kind.store.update(tx, changes, at);
}

async function recordChanges(
  tx: Tx,
  kind: ImportKind,
  found: LockedImport,
  plan: Plan,
): Promise<void> {
  const { store } = kind;
  const changed = plan.rows.filter(({ action }) => action !== 'unchanged');
  const keyed = changed.map(({ values }) => values);
  const after = await store.load(tx, keyed, false);
  const changes = await mapInTurns(changed, ({ row, action, before, values }) => {
    const entry = after.get(keyOf(store.type, values));
    if (!entry) throw new Error(`row ${row} was written but is not there`);
    return {
      row_number: row,
      action: action as 'create' | 'update',
      document_id: entry.id,
      before: before?.values ?? null,
      after: entry.values,
    };
  });
  for (const chunk of inChunks(changes)) {
    await insertChanges(tx, found.import_id, found.owner_id, chunk);
  }
}

/**
 * Does what the preview said, all of it or nothing. Again it is no error.
 * @throws Problem not-found, import-has-errors, import-stale (what is there changed since the
 *   preview), conflict (it was undone), forbidden, house-only
 */
export async function commitImport(
  context: Parts,
  kinds: ReadonlyMap<string, ImportKind>,
  principal: Principal,
  importId: string,
): Promise<void> {
  await writeAs(context.database, principal.scope, async (tx) => {
    const { found, kind } = await lockWithRights(tx, kinds, principal, importId);
    if (found.state === 'committed') return;
    if (found.state === 'undone') {
      throw new Problem(conflict, 'The import was undone; upload the file again.');
    }
    if (found.state === 'invalid') {
      const detail = `The file has ${counted(found.error_count, 'error')}.`;
      throw new Problem(importHasErrors, detail, { errorCount: found.error_count });
    }
    const file = await parseFile(kind, found.content);
    const plan = await planFile(tx, kind, file, true);
    const stale = new Set(staleRows(found.plan, planEntries(plan)));
    for (const { row } of plan.errors) stale.add(row);
    if (stale.size > 0) {
      const rows = [...stale].sort((a, b) => a - b).slice(0, ROWS_SHOWN_MAX);
      const detail = `${stale.size} rows would not do what the preview said.`;
      throw new Problem(importStale, detail, { rows });
    }
    const at = context.clock();
    await writeRows(tx, kind, plan, at);
    await recordChanges(tx, kind, found, plan);
    await markCommitted(tx, importId, at, principal.principalId);
  });
}

/**
 * Takes back exactly what a committed import did: rows it created go, rows it changed get their
 * values back. All of it or nothing. Again it is no error.
 * @throws Problem not-found, conflict (never committed), import-not-undoable (`rows` says which
 *   were changed or used since), forbidden, house-only
 */
export async function undoImport(
  context: Parts,
  kinds: ReadonlyMap<string, ImportKind>,
  principal: Principal,
  importId: string,
): Promise<void> {
  await writeAs(context.database, principal.scope, async (tx) => {
    const { found, kind } = await lockWithRights(tx, kinds, principal, importId);
    if (found.state === 'undone') return;
    if (found.state !== 'committed') {
      throw new Problem(conflict, 'The import was never committed.');
    }
    const at = context.clock();
    const { removals, restorals, blocked } = await planUndo(
      tx,
      kind,
      await selectChanges(tx, importId),
    );
    const refused = blocked.length
      ? []
      : await applyEach(tx, removals, (rows) =>
          kind.store.remove(
            tx,
            rows.map(({ stored }) => stored),
            at,
          ),
        );
    const rows = [
      ...blocked,
      ...refused.map(({ row }) => ({ row: row.row, key: row.key, reason: 'in use' })),
    ];
    if (rows.length > 0) {
      const detail = `${rows.length} rows were changed or used since; nothing was undone.`;
      throw new Problem(importNotUndoable, detail, { rows: rows.slice(0, ROWS_SHOWN_MAX) });
    }
    await kind.store.update(tx, restorals, at);
    await markUndone(tx, importId, at, principal.principalId);
  });
}
