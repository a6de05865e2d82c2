import type { Tx } from '../platform/database.ts';
import type { Entry, EntryLine } from './entry.ts';

/** An entry as it lies in the books. */
export interface StoredEntry extends Entry {
  readonly entrySeq: bigint;
  readonly hash: Buffer;
}

interface EntryRow extends Omit<StoredEntry, 'document' | 'lines'> {
  readonly documentType: string;
  readonly documentNumber: string;
}

const COLUMNS = `e.entry_seq AS "entrySeq", e.entry_id AS id, e.source, e.kind,
  e.document_type AS "documentType", e.document_number AS "documentNumber", e.party, e.currency,
  trim_scale(e.rate)::text AS rate, e.description, e.booked_on::text AS "bookedOn",
  e.occurred_at AS "occurredAt", e.recorded_at AS "recordedAt", e.actor_id AS "actorId",
  e.version, e.reverses_seq AS "reversesSeq", e.hash`;

/**
 * Entries with their lines, in the order that `tail` gives.
 * @param tail SQL after FROM over the alias `e`: conditions, order and limit.
 */
export async function selectEntries(
  tx: Tx,
  tail: string,
  values: readonly unknown[],
): Promise<StoredEntry[]> {
  const { rows } = await tx.query<EntryRow>(`SELECT ${COLUMNS} FROM accounting.entry e ${tail}`, [
    ...values,
  ]);
  const lines = await selectLines(
    tx,
    rows.map(({ entrySeq }) => entrySeq),
  );
  return rows.map(({ documentType, documentNumber, ...row }) => ({
    ...row,
    document: { type: documentType, number: documentNumber },
    lines: lines.get(row.entrySeq) ?? [],
  }));
}

async function selectLines(tx: Tx, seqs: readonly bigint[]): Promise<Map<bigint, EntryLine[]>> {
  const byEntry = new Map<bigint, EntryLine[]>();
  if (seqs.length === 0) return byEntry;
  const { rows } = await tx.query<EntryLine & { entrySeq: bigint }>(
    `SELECT l.entry_seq AS "entrySeq", l.account_id AS "accountId", l.amount,
       l.document_amount AS "documentAmount", l.site_id AS "siteId", l.item_id AS "itemId",
       l.role, l.channel, l.description
     FROM accounting.entry_line l WHERE l.entry_seq = ANY($1) ORDER BY l.entry_seq, l.line`,
    [seqs],
  );
  for (const { entrySeq, ...line } of rows) {
    const known = byEntry.get(entrySeq);
    if (known) known.push(line);
    else byEntry.set(entrySeq, [line]);
  }
  return byEntry;
}
