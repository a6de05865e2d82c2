import type { Tx } from '../platform/database.ts';
import { type Entry, entryHash, imbalanceOf } from './entry.ts';
import type { Head } from './policy.queries.ts';
import { BUCKET_SHIFT } from './stock.sql.ts';

/**
 * Appends entries to the books: gapless, chained, balanced. The head must be locked; it is moved
 * on. Answers the seq of each.
 * @throws Error when an entry does not balance: whoever made it must have seen to that.
 */
export async function appendEntries(
  tx: Tx,
  head: Head,
  entries: readonly Entry[],
): Promise<bigint[]> {
  if (entries.length === 0) return [];
  let { entrySeq, hash } = head;
  const seqs: bigint[] = [];
  const hashes: Buffer[] = [];
  for (const entry of entries) {
    const off = imbalanceOf(entry.lines);
    if (off !== 0n || entry.lines.length < 2) {
      throw new Error(`the entry '${entry.kind}' ${entry.id} is off by ${off}`);
    }
    entrySeq += 1n;
    hash = entryHash(hash, entrySeq, entry);
    seqs.push(entrySeq);
    hashes.push(hash);
  }
  await insertEntries(tx, entries, seqs, hashes);
  await insertLines(tx, entries, seqs);
  await addTotals(tx, head.entrySeq, entrySeq);
  await tx.query('UPDATE accounting.head SET entry_seq = $1, hash = $2 WHERE head_id = 1', [
    entrySeq,
    hash,
  ]);
  return seqs;
}

async function insertEntries(
  tx: Tx,
  entries: readonly Entry[],
  seqs: readonly bigint[],
  hashes: readonly Buffer[],
): Promise<void> {
  await tx.query(
    `INSERT INTO accounting.entry (entry_seq, entry_id, source, kind, document_type,
       document_number, party, currency, rate, description, booked_on, occurred_at, recorded_at,
       actor_id, version, reverses_seq, hash)
     SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[],
       $6::text[], $7::text[], $8::text[], $9::numeric[], $10::text[], $11::date[],
       $12::timestamptz[], $13::timestamptz[], $14::integer[], $15::integer[], $16::bigint[],
       $17::bytea[])`,
    [
      seqs,
      entries.map(({ id }) => id),
      entries.map(({ source }) => source),
      entries.map(({ kind }) => kind),
      entries.map(({ document }) => document.type),
      entries.map(({ document }) => document.number),
      entries.map(({ party }) => party),
      entries.map(({ currency }) => currency),
      entries.map(({ rate }) => rate),
      entries.map(({ description }) => description),
      entries.map(({ bookedOn }) => bookedOn),
      entries.map(({ occurredAt }) => occurredAt),
      entries.map(({ recordedAt }) => recordedAt),
      entries.map(({ actorId }) => actorId),
      entries.map(({ version }) => version),
      entries.map(({ reversesSeq }) => reversesSeq),
      hashes,
    ],
  );
}

async function insertLines(
  tx: Tx,
  entries: readonly Entry[],
  seqs: readonly bigint[],
): Promise<void> {
  const lines = entries.flatMap((entry, i) =>
    entry.lines.map((line, at) => ({
      ...line,
      seq: seqs[i]!,
      line: at + 1,
      bookedOn: entry.bookedOn,
    })),
  );
  await tx.query(
    `INSERT INTO accounting.entry_line (entry_seq, line, account_id, amount, document_amount,
       site_id, item_id, role, channel, description, booked_on)
     SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::bigint[], $5::bigint[],
       $6::integer[], $7::integer[], $8::text[], $9::text[], $10::text[], $11::date[])`,
    [
      lines.map(({ seq }) => seq),
      lines.map(({ line }) => line),
      lines.map(({ accountId }) => accountId),
      lines.map(({ amount }) => amount),
      lines.map(({ documentAmount }) => documentAmount),
      lines.map(({ siteId }) => siteId),
      lines.map(({ itemId }) => itemId),
      lines.map(({ role }) => role),
      lines.map(({ channel }) => channel),
      lines.map(({ description }) => description),
      lines.map(({ bookedOn }) => bookedOn),
    ],
  );
}

/** Adds the entries after one seq up to another to the sums of their buckets. */
async function addTotals(tx: Tx, after: bigint, upTo: bigint): Promise<void> {
  await tx.query(
    `INSERT INTO accounting.entry_total AS t
       (bucket, booked_on, account_id, site_id, debit, credit)
     SELECT entry_seq >> ${BUCKET_SHIFT}, booked_on, account_id, site_id,
       sum(greatest(amount, 0)), sum(greatest(-amount, 0))
     FROM accounting.entry_line WHERE entry_seq > $1 AND entry_seq <= $2
     GROUP BY 1, 2, 3, 4
     ON CONFLICT (bucket, booked_on, account_id, site_id)
       DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit`,
    [after, upTo],
  );
  await tx.query(
    `INSERT INTO accounting.entry_bucket AS b (bucket, first_recorded_at, last_recorded_at)
     SELECT entry_seq >> ${BUCKET_SHIFT}, min(recorded_at), max(recorded_at)
     FROM accounting.entry WHERE entry_seq > $1 AND entry_seq <= $2 GROUP BY 1
     ON CONFLICT (bucket) DO UPDATE
       SET first_recorded_at = least(b.first_recorded_at, excluded.first_recorded_at),
         last_recorded_at = greatest(b.last_recorded_at, excluded.last_recorded_at)`,
    [after, upTo],
  );
}
