import type { Tx } from '../database.ts';
import {
  type Change,
  frozenChanges,
  keyLabel,
  keyOf,
  mapInTurns,
  type Stored,
  sameValue,
} from '../documents/index.ts';
import type { ChangeRow } from './imports.queries.ts';
import type { ImportKind } from './kind.ts';

/** A row that stands in the way of an undo, and why. */
export interface BlockedRow {
  readonly row: number;
  readonly key: string;
  readonly reason: string;
}

/** What an undo would do; only with nothing in `blocked` may it be done. */
export interface UndoPlan {
  readonly removals: readonly { row: number; key: string; stored: Stored }[];
  readonly restorals: readonly Change[];
  readonly blocked: readonly BlockedRow[];
}

interface Located {
  readonly change: ChangeRow;
  readonly stored: Stored | undefined;
}

function blockedBy({ change, stored }: Located, isUsed: boolean, frozen: string[]): string | null {
  if (!stored || stored.id !== change.document_id) return 'removed since';
  // Values and not versions: a later import that was itself undone stands in nobody's way.
  if (!sameValue(stored.values, change.after)) return 'changed since';
  if (change.action === 'create' && isUsed) return 'in use';
  return frozen.length > 0 ? `in use, so ${frozen.join(', ')} cannot change` : null;
}

/** Locks what an import changed and finds what of it can be taken back. */
export async function planUndo(
  tx: Tx,
  kind: ImportKind,
  changes: readonly ChangeRow[],
): Promise<UndoPlan> {
  const { store } = kind;
  const { type } = store;
  const stored = await store.load(
    tx,
    changes.map(({ after }) => after),
    true,
  );
  const located = changes.map((change): Located => {
    return { change, stored: stored.get(keyOf(type, change.after)) };
  });
  const created = located.filter(({ change }) => change.action === 'create');
  const used = await type.inUse(
    tx,
    created.flatMap((entry) => (entry.stored ? [entry.stored.id] : [])),
  );
  const frozen = await frozenChanges(
    tx,
    type,
    located.map((entry) => ({
      values: entry.change.before ?? entry.stored?.values ?? {},
      before: entry.stored,
    })),
  );
  const blocked = await mapInTurns(located, (entry, index): BlockedRow[] => {
    const isUsed = entry.stored !== undefined && used.has(entry.stored.id);
    const reason = blockedBy(entry, isUsed, frozen[index] ?? []);
    if (reason === null) return [];
    return [{ row: entry.change.row_number, key: keyLabel(type, entry.change.after), reason }];
  });
  return {
    removals: created.flatMap(({ change, stored: found }) =>
      found ? [{ row: change.row_number, key: keyLabel(type, found.values), stored: found }] : [],
    ),
    restorals: located.flatMap(({ change, stored: found }) =>
      found && change.before ? [{ before: found, values: change.before }] : [],
    ),
    blocked: blocked.flat(),
  };
}
