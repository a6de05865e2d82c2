import { type Database, inTransaction, type Tx } from '../../platform/database.ts';

/** One posted batch, as the outbox gives it to a consumer. */
export interface PostedBatch {
  readonly journal: number;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly recordedAt: Date;
}

/** Works on one batch. What it writes and its checkpoint are committed together. */
export type BatchHandler = (tx: Tx, batch: PostedBatch) => Promise<void>;

/**
 * Gives a consumer the batches it has not seen, journal by journal in order of seq: each at least
 * once, and exactly once where the handler writes through the transaction it is given. Several
 * processes may run the same consumer; they take turns on the checkpoint's row.
 * @param most batches a journal in this round.
 * @returns how many batches were handled.
 * @throws what the handler throws; that batch is given again next time.
 */
export async function consume(
  database: Database,
  consumer: string,
  handler: BatchHandler,
  most = 1000,
): Promise<number> {
  const heads = await database.poster.query<{ journal: number }>(
    'SELECT journal FROM ledger.journal_head ORDER BY journal',
  );
  let handled = 0;
  for (const { journal } of heads.rows) {
    for (let i = 0; i < most; i += 1) {
      const done = await inTransaction(database.poster, (tx) =>
        handleNext(tx, consumer, journal, handler),
      );
      if (!done) break;
      handled += 1;
    }
  }
  return handled;
}

async function handleNext(
  tx: Tx,
  consumer: string,
  journal: number,
  handler: BatchHandler,
): Promise<boolean> {
  await tx.query(
    `INSERT INTO ledger.consumer_checkpoint (consumer, journal, seq, updated_at)
     VALUES ($1, $2, 0, now()) ON CONFLICT DO NOTHING`,
    [consumer, journal],
  );
  const checkpoint = await tx.query<{ seq: bigint }>(
    `SELECT seq FROM ledger.consumer_checkpoint
     WHERE consumer = $1 AND journal = $2 FOR UPDATE`,
    [consumer, journal],
  );
  const { rows } = await tx.query<{ first_seq: bigint; last_seq: bigint; recorded_at: Date }>(
    `SELECT first_seq, last_seq, recorded_at FROM ledger.batch
     WHERE journal = $1 AND last_seq > $2 ORDER BY last_seq LIMIT 1`,
    [journal, checkpoint.rows[0]?.seq ?? 0n],
  );
  const batch = rows[0];
  if (!batch) return false;
  await handler(tx, {
    journal,
    firstSeq: Number(batch.first_seq),
    lastSeq: Number(batch.last_seq),
    recordedAt: batch.recorded_at,
  });
  await tx.query(
    `UPDATE ledger.consumer_checkpoint SET seq = $3, updated_at = now()
     WHERE consumer = $1 AND journal = $2`,
    [consumer, journal, batch.last_seq],
  );
  return true;
}
