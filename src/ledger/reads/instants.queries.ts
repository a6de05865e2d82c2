import type { Tx } from '../../platform/database.ts';

/**
 * Instants as places in the journals. Within a journal `recorded_at` never goes back, so "recorded
 * up to an instant" is "up to a seq", found in the index of ledger.batch in O(log batches).
 */

/** The newest seq of each journal. */
export async function headSeqs(tx: Tx): Promise<Map<number, number>> {
  const { rows } = await tx.query<{ journal: number; seq: bigint }>(
    'SELECT journal, seq FROM ledger.journal_head ORDER BY journal',
  );
  return new Map(rows.map((row) => [row.journal, Number(row.seq)]));
}

/** The last seq of each journal that was recorded at or before the instant (0: none). */
export async function seqsRecordedBy(tx: Tx, at: number): Promise<Map<number, number>> {
  return lastSeqs(tx, at, '<=');
}

/** The last seq of each journal that was recorded before the instant (0: none). */
export async function seqsRecordedBefore(tx: Tx, at: number): Promise<Map<number, number>> {
  return lastSeqs(tx, at, '<');
}

async function lastSeqs(tx: Tx, at: number, operator: '<' | '<='): Promise<Map<number, number>> {
  const { rows } = await tx.query<{ journal: number; seq: bigint }>(
    `SELECT h.journal, coalesce((
       SELECT b.last_seq FROM ledger.batch b
       WHERE b.journal = h.journal AND b.recorded_at ${operator} $1
       ORDER BY b.recorded_at DESC, b.last_seq DESC LIMIT 1), 0) AS seq
     FROM ledger.journal_head h ORDER BY h.journal`,
    [new Date(at)],
  );
  return new Map(rows.map((row) => [row.journal, Number(row.seq)]));
}

/** When a seq was recorded, in milliseconds since the epoch. */
export async function recordedAtOf(tx: Tx, journal: number, seq: number): Promise<number> {
  const { rows } = await tx.query<{ recorded_at: Date }>(
    `SELECT recorded_at FROM ledger.batch
     WHERE journal = $1 AND last_seq >= $2 ORDER BY last_seq LIMIT 1`,
    [journal, seq],
  );
  const [row] = rows;
  if (!row) throw new Error(`journal ${journal} has no batch with seq ${seq}`);
  return row.recorded_at.getTime();
}

/**
 * The first seq of each journal that was recorded at or after the instant; without an instant the
 * first of all. Past the head where nothing was recorded since.
 */
export async function firstSeqsRecordedFrom(
  tx: Tx,
  at: number | undefined,
): Promise<Map<number, number>> {
  if (at === undefined) return new Map();
  const before = await seqsRecordedBefore(tx, at);
  return new Map([...before].map(([journal, seq]) => [journal, seq + 1]));
}
