import type { Context } from '../platform/context.ts';
import { readSnapshotAs, type Tx } from '../platform/database.ts';
import { catchUp } from './intake.ts';

/**
 * The books up to a moment. The ledger's facts are named by a seq for each journal; entries by
 * their own seq and, for a past moment, by when their document was recorded.
 */
export interface BookVector {
  /** Stock entries up to this seq; a journal that is not here has none. */
  readonly journals: ReadonlyMap<number, bigint>;
  readonly entrySeq: bigint;
  /** Only entries recorded by then; null: all up to `entrySeq`. */
  readonly recordedAt: Date | null;
}

/**
 * What the books hold in this snapshot: everything, or what had been recorded at a past instant.
 * `tx` is a reader's snapshot of the house.
 */
export async function bookTo(tx: Tx, at?: Date): Promise<BookVector> {
  const { rows } = await tx.query<{ journal: number; seq: bigint }>(
    `SELECT t.journal, CASE WHEN $1::timestamptz IS NULL THEN t.last_seq
       ELSE least(t.last_seq, coalesce((SELECT b.last_seq FROM ledger.batch b
         WHERE b.journal = t.journal AND b.recorded_at <= $1
         ORDER BY b.recorded_at DESC, b.last_seq DESC LIMIT 1), 0)) END AS seq
     FROM (SELECT journal, max(last_seq) AS last_seq FROM accounting.taken GROUP BY journal) t`,
    [at ?? null],
  );
  const head = await tx.query<{ seq: bigint }>('SELECT entry_seq AS seq FROM accounting.head');
  return {
    journals: new Map(rows.map(({ journal, seq }) => [journal, seq])),
    entrySeq: head.rows[0]!.seq,
    recordedAt: at ?? null,
  };
}

/**
 * Reads the books as they stand: first everything that was committed before the call is taken in,
 * then `work` sees one moment.
 * @param at the books as of a past instant, by when facts were recorded.
 */
export async function readBooks<T>(
  context: Context,
  work: (tx: Tx, to: BookVector) => Promise<T>,
  at?: Date,
): Promise<T> {
  await catchUp(context);
  return readSnapshotAs(context.database, 'house', async (tx) => work(tx, await bookTo(tx, at)));
}
