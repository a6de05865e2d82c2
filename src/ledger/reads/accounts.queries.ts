import { type Database, inTransaction, type Tx } from '../../platform/database.ts';
import { type AsOf, undoneWindow } from './as-of.queries.ts';
import { headSeqs } from './instants.queries.ts';

/**
 * Accounts: where the house's money is. A cost pool holds the value of the units in it; a virtual
 * location outside the books (supplier, customer, adjustment) holds what went there less what came
 * from there. Nothing is made or lost, so all accounts together are zero.
 *
 * No posting keeps these totals; they are sums over movements and value entries. Checkpoints keep
 * them affordable: facts never change, so the totals up to a seq can be written down once.
 */

/** All cost pools together; virtual locations go by their id. */
export const INVENTORY_ACCOUNT = 0;

/** Seqs between two checkpoints. */
const CHECKPOINT_SEQS = 100_000;

/** The account of one side of a movement `m` at position `p`. */
function accountOf(position: string): string {
  return `CASE WHEN ${position}.cost_pool_id IS NULL THEN ${position}.location_id ELSE 0 END`;
}

/**
 * Changes of accounts (seq, owner_id, location_id, value) in a range of seqs.
 * @param range SQL over an alias `f` of the fact, for instance `f.journal = $1 AND f.seq > $2`.
 */
function changesSql(range: string): string {
  return `SELECT f.seq, f.owner_id, side.location_id, side.value
    FROM ledger.movement f
    JOIN ledger.position pf ON pf.journal = f.journal AND pf.position_id = f.from_position
    JOIN ledger.position pt ON pt.journal = f.journal AND pt.position_id = f.to_position
    CROSS JOIN LATERAL (VALUES (${accountOf('pf')}, -f.value), (${accountOf('pt')}, f.value))
      AS side(location_id, value)
    WHERE f.value > 0 AND ${range}
    UNION ALL
    SELECT f.seq, f.owner_id, side.location_id, side.value
    FROM ledger.value_entry f
    CROSS JOIN LATERAL (VALUES (coalesce(f.from_location_id, 0), -f.amount),
      (coalesce(f.to_location_id, 0), f.amount)) AS side(location_id, value)
    WHERE ${range}`;
}

/**
 * Writes down the totals up to every full {@link CHECKPOINT_SEQS} of each journal that is not
 * there yet. Any process may do it at any time: the rows follow from facts that do not change.
 */
export async function advanceCheckpoints(
  database: Database,
  every = CHECKPOINT_SEQS,
): Promise<void> {
  const { rows } = await database.poster.query<{ journal: number; seq: bigint; done: bigint }>(
    `SELECT h.journal, h.seq, coalesce((SELECT max(c.seq) FROM ledger.account_checkpoint c
       WHERE c.journal = h.journal), 0) AS done
     FROM ledger.journal_head h ORDER BY h.journal`,
  );
  for (const row of rows) {
    let done = Number(row.done);
    while (done + every <= Number(row.seq)) {
      const steps = Math.min(STEPS_MAX, Math.trunc((Number(row.seq) - done) / every));
      await insertCheckpoints(database, { journal: row.journal, from: done, every, steps });
      done += every * steps;
    }
  }
}

/** Checkpoints made in one pass; a pass joins all positions once, whatever its length. */
const STEPS_MAX = 10;

interface Pass {
  readonly journal: number;
  readonly from: number;
  readonly every: number;
  readonly steps: number;
}

async function insertCheckpoints(
  database: Database,
  { journal, from, every, steps }: Pass,
): Promise<void> {
  const range = 'f.journal = $1 AND f.seq > $2 AND f.seq <= $2 + $3::bigint * $4';
  await inTransaction(database.poster, async (tx) => {
    await tx.query("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'");
    await tx.query(
      `WITH change AS (
         SELECT c.owner_id, c.location_id, 0 AS step, c.value FROM ledger.account_checkpoint c
         WHERE c.journal = $1 AND c.seq = $2
         UNION ALL
         SELECT owner_id, location_id, ((seq - $2 - 1) / $3 + 1)::integer, sum(value)
         FROM (${changesSql(range)}) f GROUP BY 1, 2, 3
         UNION ALL
         SELECT owner_id, 0, 0, 0 FROM sellers.owner WHERE is_house
       )
       INSERT INTO ledger.account_checkpoint (journal, seq, owner_id, location_id, value)
       SELECT h.journal, $2 + $3 * s.step, c.owner_id, c.location_id, sum(c.value)
       FROM ledger.journal_head h
       CROSS JOIN generate_series(1, $4::integer) AS s(step)
       JOIN change c ON c.step <= s.step
       WHERE h.journal = $1
       GROUP BY h.journal, s.step, c.owner_id, c.location_id ON CONFLICT DO NOTHING`,
      [journal, from, every, steps],
    );
  });
}

/**
 * The value of each account, now or as of an instant: O(accounts + {@link CHECKPOINT_SEQS}) a
 * journal by recorded time, and the movements since the instant in addition by occurred time.
 */
export async function accountTotals(tx: Tx, asOf: AsOf | undefined): Promise<Map<number, bigint>> {
  const heads = await headSeqs(tx);
  const byRecorded = asOf?.by === 'recorded';
  const window = asOf ? await undoneWindow(tx, asOf, undefined) : null;
  const upTo = byRecorded && window ? window.after : heads;
  const totals = new Map<number, bigint>();
  for (const [journal, seq] of upTo) addTo(totals, await totalsAt(tx, journal, seq), 1n);
  if (window && window.occurredAfter !== null) {
    for (const [journal, after] of window.after) {
      addTo(totals, await changesAfter(tx, journal, after, window.occurredAfter), -1n);
    }
  }
  return totals;
}

interface TotalRow {
  location_id: number;
  value: bigint;
}

function addTo(totals: Map<number, bigint>, rows: readonly TotalRow[], sign: bigint): void {
  for (const row of rows) {
    totals.set(row.location_id, (totals.get(row.location_id) ?? 0n) + sign * row.value);
  }
}

async function totalsAt(tx: Tx, journal: number, seq: number): Promise<TotalRow[]> {
  const nearest = await tx.query<{ seq: bigint }>(
    `SELECT coalesce(max(seq), 0) AS seq FROM ledger.account_checkpoint
     WHERE journal = $1 AND seq <= $2`,
    [journal, seq],
  );
  const from = nearest.rows[0]?.seq ?? 0n;
  const { rows } = await tx.query<TotalRow>(
    `SELECT location_id, sum(value)::bigint AS value FROM (
       SELECT location_id, value FROM ledger.account_checkpoint
       WHERE journal = $1 AND seq = $2
       UNION ALL
       SELECT location_id, value
       FROM (${changesSql('f.journal = $1 AND f.seq > $2 AND f.seq <= $3')}) change
     ) k GROUP BY location_id`,
    [journal, from, seq],
  );
  return rows;
}

async function changesAfter(
  tx: Tx,
  journal: number,
  after: number,
  occurredAfter: number,
): Promise<TotalRow[]> {
  const range = 'f.journal = $1 AND f.seq > $2 AND f.occurred_at > $3';
  const { rows } = await tx.query<TotalRow>(
    `SELECT location_id, sum(value)::bigint AS value FROM (${changesSql(range)}) change
     GROUP BY location_id`,
    [journal, after, new Date(occurredAfter)],
  );
  return rows;
}
