import type { Tx } from '../platform/database.ts';
import type { Head } from './policy.queries.ts';
import { BOOK_RANGE } from './stock.sql.ts';

/** Seqs booked in one transaction: some tens of milliseconds, so that nobody waits for long. */
const RANGE_SEQS_MAX = 8_192n;

interface Journal {
  readonly journal: number;
  readonly seq: bigint;
  readonly taken: bigint;
}

/** Each journal with its head, and how far it is booked. */
export async function readJournals(tx: Pick<Tx, 'query'>): Promise<Journal[]> {
  const { rows } = await tx.query<Journal>(
    `SELECT h.journal, h.seq, coalesce(max(t.last_seq), 0) AS taken
     FROM ledger.journal_head h LEFT JOIN accounting.taken t ON t.journal = h.journal
     GROUP BY h.journal, h.seq ORDER BY h.journal`,
  );
  return rows;
}

/**
 * Books the next facts of every journal; the head must be locked. Answers whether more were there
 * already when it looked.
 */
export async function takeInStock(tx: Tx, head: Head, suspense: number): Promise<boolean> {
  let isMore = false;
  for (const { journal, seq, taken } of await readJournals(tx)) {
    if (seq <= taken) continue;
    const end = taken + RANGE_SEQS_MAX < seq ? taken + RANGE_SEQS_MAX : seq;
    isMore ||= end < seq;
    const { version, timeZone, closedThrough } = head;
    const range = [journal, taken, end];
    await tx.query(BOOK_RANGE, [...range, version, timeZone, closedThrough, suspense]);
    await tx.query(
      `INSERT INTO accounting.taken AS t (journal, version, first_seq, last_seq)
       VALUES ($1, $2, $3, $4)
       ON CONFLICT (journal, version) DO UPDATE SET last_seq = excluded.last_seq`,
      [journal, version, taken + 1n, end],
    );
  }
  return isMore;
}
