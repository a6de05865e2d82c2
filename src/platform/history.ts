import { z } from 'zod';
import type { Tx } from './database.ts';
import { newId } from './ids.ts';

/** One thing that was done to a document. */
export interface HistoryEntry {
  readonly ownerId: number;
  readonly document: { readonly type: string; readonly number: string };
  readonly line?: number | undefined;
  /** What was done, as a verb in the past: `created`, `released`, `hold_placed`, `shipped`. */
  readonly action: string;
  readonly fromState?: string | undefined;
  readonly toState?: string | undefined;
  readonly note?: string | undefined;
  /** Further facts, as plain JSON. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Writes the audit trail with the change itself; `tx` is a writer's or poster's transaction. */
export async function recordHistory(
  tx: Tx,
  entries: readonly HistoryEntry[],
  by: { readonly actorId: number; readonly at: Date },
): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `INSERT INTO platform.document_history (history_id, owner_id, document_type, document_number,
       line, action, from_state, to_state, note, details, actor_id, recorded_at)
     SELECT h.*, $11, $12 FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[],
       $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[]) h`,
    [
      entries.map(() => newId()),
      entries.map(({ ownerId }) => ownerId),
      entries.map(({ document }) => document.type),
      entries.map(({ document }) => document.number),
      entries.map(({ line }) => line ?? null),
      entries.map(({ action }) => action),
      entries.map(({ fromState }) => fromState ?? null),
      entries.map(({ toState }) => toState ?? null),
      entries.map(({ note }) => note ?? null),
      entries.map(({ details }) => (details ? JSON.stringify(details) : null)),
      by.actorId,
      by.at,
    ],
  );
}

/** The trail of a document in JSON. */
export const historyAnswer = z.object({
  line: z.number().nullable(),
  action: z.string(),
  fromState: z.string().nullable(),
  toState: z.string().nullable(),
  note: z.string().nullable(),
  details: z.looseObject({}).nullable(),
  actor: z.string().nullable().describe('name of the key that did it'),
  recordedAt: z.string(),
});
export type HistoryAnswer = z.output<typeof historyAnswer>;

const HISTORY_MAX = 1000;

/** The trail of one document, oldest first, at most 1000 entries; `tx` is a reader's. */
export async function readHistory(
  tx: Tx,
  document: { readonly type: string; readonly number: string },
): Promise<HistoryAnswer[]> {
  const { rows } = await tx.query<Omit<HistoryAnswer, 'recordedAt'> & { recordedAt: Date }>(
    `SELECT h.line, h.action, h.from_state AS "fromState", h.to_state AS "toState", h.note,
       h.details, p.name AS actor, h.recorded_at AS "recordedAt"
     FROM platform.document_history h
     LEFT JOIN platform.principal p ON p.principal_id = h.actor_id
     WHERE h.document_type = $1 AND h.document_number = $2
     ORDER BY h.recorded_at, h.history_id LIMIT ${HISTORY_MAX}`,
    [document.type, document.number],
  );
  return rows.map((row) => ({ ...row, recordedAt: row.recordedAt.toISOString() }));
}
