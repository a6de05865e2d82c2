import type { Queryable, Tx } from '../../platform/database.ts';

/** A place where more is promised than there is. */
export interface Shortage {
  readonly journal: number;
  readonly availabilityId: bigint;
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
}

/**
 * Takes in what the ledger has said since the last time about promised stock that is gone. A
 * journal's exceptions commit in the order of their seqs, so nothing can appear below the head
 * that was read. What is noticed and how far was read commit together.
 */
export async function takeShortages(tx: Tx, at: Date): Promise<number> {
  const { rows } = await tx.query<{ journal: number; seq: bigint }>(
    'SELECT journal, seq FROM ledger.journal_head ORDER BY journal',
  );
  let noticed = 0;
  for (const { journal, seq } of rows) {
    await tx.query(
      `INSERT INTO outbound.sourcing_checkpoint (journal, seq) VALUES ($1, 0)
       ON CONFLICT DO NOTHING`,
      [journal],
    );
    const { rows: from } = await tx.query<{ seq: bigint }>(
      'SELECT seq FROM outbound.sourcing_checkpoint WHERE journal = $1 FOR UPDATE',
      [journal],
    );
    if (from[0]!.seq >= seq) continue;
    const { rowCount } = await tx.query(
      `INSERT INTO outbound.sourcing_shortage
         (journal, availability_id, item_id, site_id, owner_id, noticed_at)
       SELECT a.journal, a.availability_id, a.item_id, a.site_id, a.owner_id, $4
       FROM ledger.availability a
       WHERE a.journal = $1 AND a.reserved > a.on_hand AND a.availability_id IN (
         SELECT e.availability_id FROM ledger.exception e
         WHERE e.journal = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind = 'oversold')
       ON CONFLICT DO NOTHING`,
      [journal, from[0]!.seq, seq, at],
    );
    await tx.query('UPDATE outbound.sourcing_checkpoint SET seq = $2 WHERE journal = $1', [
      journal,
      seq,
    ]);
    noticed += rowCount ?? 0;
  }
  return noticed;
}

/** Shortages that wait to be repaired, the oldest first. */
export async function selectShortages(db: Queryable, limit: number): Promise<Shortage[]> {
  const { rows } = await db.query<Shortage>(
    `SELECT journal, availability_id AS "availabilityId", item_id AS "itemId",
       site_id AS "siteId", owner_id AS "ownerId"
     FROM outbound.sourcing_shortage ORDER BY noticed_at, journal, availability_id LIMIT $1`,
    [limit],
  );
  return rows;
}

/** Units promised beyond what is there now; zero or less when it is well again. */
export async function selectShort(db: Queryable, shortage: Shortage): Promise<bigint> {
  const { rows } = await db.query<{ short: bigint }>(
    `SELECT reserved - on_hand AS short FROM ledger.availability
     WHERE journal = $1 AND availability_id = $2`,
    [shortage.journal, shortage.availabilityId],
  );
  return rows[0]?.short ?? 0n;
}

/** Forgets a shortage that is over. */
export async function deleteShortage(db: Queryable, shortage: Shortage): Promise<void> {
  await db.query(
    `DELETE FROM outbound.sourcing_shortage d USING ledger.availability a
     WHERE d.journal = $1 AND d.availability_id = $2 AND a.journal = d.journal
       AND a.availability_id = d.availability_id AND a.reserved <= a.on_hand`,
    [shortage.journal, shortage.availabilityId],
  );
}
