import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import { wholeMilliseconds } from '../reads/columns.ts';
import type { Batch } from './chain.ts';
import type { DerivedJournal } from './state.ts';

/** Heads, batches and checkpoints of journals. */

export interface Head {
  readonly journal: number;
  readonly seq: number;
  readonly hash: Buffer;
}

export async function selectHeads(tx: Tx): Promise<Head[]> {
  const { rows } = await tx.query<{ journal: number; seq: bigint; hash: Buffer }>(
    'SELECT journal, seq, head_hash AS hash FROM ledger.journal_head ORDER BY journal',
  );
  return rows.map((row) => ({ journal: row.journal, seq: Number(row.seq), hash: row.hash }));
}

interface BatchRow {
  first_seq: bigint;
  last_seq: bigint;
  microseconds: bigint;
  digest: Buffer;
  hash: Buffer;
}

/** The next batches after a seq, at most `limit`. */
export async function selectBatches(
  tx: Tx,
  journal: number,
  after: number,
  upTo: number,
  limit: number,
): Promise<Batch[]> {
  const { rows } = await tx.query<BatchRow>(
    `SELECT first_seq, last_seq, digest, hash,
       (extract(epoch FROM recorded_at - '2000-01-01 00:00:00+00') * 1000000)::bigint
         AS microseconds
     FROM ledger.batch WHERE journal = $1 AND last_seq > $2 AND last_seq <= $3
     ORDER BY last_seq LIMIT $4`,
    [journal, after, upTo, limit],
  );
  return rows.map((row) => ({
    firstSeq: Number(row.first_seq),
    lastSeq: Number(row.last_seq),
    recordedAt: wholeMilliseconds(row.microseconds),
    digest: row.digest,
    hash: row.hash,
  }));
}

/** Batches beyond the head: nothing writes those. */
export async function selectBatchesBeyond(tx: Tx, journal: number, head: number): Promise<Batch[]> {
  return selectBatches(tx, journal, head, Number.MAX_SAFE_INTEGER, 10);
}

/** Facts, and rows beside them, beyond the head. */
export async function selectFactsBeyond(tx: Tx, journal: number, head: number): Promise<number[]> {
  const { rows } = await tx.query<{ seq: bigint }>(
    `SELECT seq FROM ledger.movement WHERE journal = $1 AND (seq > $2 OR seq < 1)
     UNION ALL SELECT seq FROM ledger.entry WHERE journal = $1 AND (seq > $2 OR seq < 1)
     UNION ALL SELECT seq FROM ledger.value_entry WHERE journal = $1 AND (seq > $2 OR seq < 1)
     UNION ALL
     SELECT seq FROM ledger.layer_consumption WHERE journal = $1 AND (seq > $2 OR seq < 1)
     UNION ALL
     SELECT seq FROM ledger.movement_serial WHERE journal = $1 AND (seq > $2 OR seq < 1)
     LIMIT 100`,
    [journal, head],
  );
  return rows.map((row) => Number(row.seq));
}

/** Journals that facts name and that do not exist. */
export async function selectStrayJournals(tx: Tx): Promise<number[]> {
  const { rows } = await tx.query<{ journal: number }>(
    `SELECT DISTINCT f.journal FROM (
       SELECT min(journal) AS journal FROM ledger.movement
       UNION SELECT max(journal) FROM ledger.movement
       UNION SELECT min(journal) FROM ledger.entry UNION SELECT max(journal) FROM ledger.entry
       UNION SELECT min(journal) FROM ledger.value_entry
       UNION SELECT max(journal) FROM ledger.value_entry) f
     WHERE f.journal IS NOT NULL
       AND NOT EXISTS (SELECT FROM ledger.journal_head h WHERE h.journal = f.journal)`,
  );
  return rows.map((row) => row.journal);
}

/** Where the last clean verification of a journal ended. */
export async function selectCheckpoint(tx: Tx, journal: number): Promise<Head | undefined> {
  const { rows } = await tx.query<{ seq: bigint; hash: Buffer }>(
    'SELECT seq, hash FROM ledger.verified WHERE journal = $1 ORDER BY seq DESC LIMIT 1',
    [journal],
  );
  const [row] = rows;
  return row && { journal, seq: Number(row.seq), hash: row.hash };
}

/** Items whose every unit has a serial. */
export async function selectSerialised(tx: Tx): Promise<Set<number>> {
  const { rows } = await tx.query<{ item_id: number }>(
    'SELECT item_id FROM catalog.item WHERE tracks_serial',
  );
  return new Set(rows.map((row) => row.item_id));
}

export interface AccountCheckpoint {
  readonly seq: number;
  /** By `owner:location`. */
  readonly values: ReadonlyMap<string, bigint>;
}

/** Totals of accounts that reads have written down, by seq. */
export async function selectAccountCheckpoints(
  tx: Tx,
  journal: number,
): Promise<Map<number, AccountCheckpoint>> {
  const { rows } = await tx.query<{ seq: bigint; key: string; value: bigint }>(
    `SELECT seq, owner_id || ':' || location_id AS key, value FROM ledger.account_checkpoint
     WHERE journal = $1 ORDER BY seq`,
    [journal],
  );
  const checkpoints = new Map<number, { seq: number; values: Map<string, bigint> }>();
  for (const row of rows) {
    const seq = Number(row.seq);
    const checkpoint = checkpoints.get(seq) ?? { seq, values: new Map() };
    checkpoint.values.set(row.key, row.value);
    checkpoints.set(seq, checkpoint);
  }
  return checkpoints;
}

/** The rules of the database that the ledger leans on. */
const CONSTRAINTS = [
  'movement_pkey',
  'movement_command_once',
  'entry_pkey',
  'entry_command_once',
  'value_entry_pkey',
  'value_entry_command_once',
  'batch_pkey',
  'journal_head_pkey',
  'balance_pkey',
  'balance_real_not_negative',
  'availability_pkey',
  'cost_pool_pkey',
  'cost_layer_pkey',
  'layer_consumption_pkey',
  'movement_serial_pkey',
];

/** Names of those that are not there or not enforced. */
export async function selectMissingConstraints(tx: Tx): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name
     WHERE NOT EXISTS (SELECT FROM pg_constraint c
       JOIN pg_namespace n ON n.oid = c.connamespace
       LEFT JOIN pg_index i ON i.indexrelid = c.conindid
       WHERE n.nspname = 'ledger' AND c.conname = name AND c.convalidated
         AND coalesce(i.indisvalid AND i.indisunique, true))`,
    [CONSTRAINTS],
  );
  return rows.map((row) => row.name);
}

/** Writes down that a journal was found right up to its head, and what its pools held. */
export async function saveCheckpoint(
  database: Database,
  head: Head,
  journal: DerivedJournal,
  at: Date,
): Promise<void> {
  const pools = [...journal.pools.values()];
  await inTransaction(database.poster, async (tx) => {
    await tx.query(
      `INSERT INTO ledger.verified (journal, seq, hash, verified_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING`,
      [head.journal, head.seq, head.hash, at],
    );
    await tx.query(
      `INSERT INTO ledger.verified_pool (journal, seq, cost_pool_id, quantity, value)
       SELECT $1::integer, $2::bigint, k.* FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) k
       ON CONFLICT (journal, cost_pool_id) DO UPDATE
       SET quantity = excluded.quantity, value = excluded.value, seq = excluded.seq
       WHERE verified_pool.seq < excluded.seq`,
      [
        head.journal,
        head.seq,
        pools.map((pool) => pool.poolId),
        pools.map((pool) => pool.quantity),
        pools.map((pool) => pool.value),
      ],
    );
  });
}
