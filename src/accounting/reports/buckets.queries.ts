import { type Database, inTransaction, type Tx } from '../../platform/database.ts';

/**
 * Written-down figures of cost pools. A valuation as of a past instant is the nearest of them and
 * the facts since, so it never reads more than one stretch of {@link BUCKET_SEQS} however long the
 * ledger is.
 *
 * By occurred time the stretches order themselves by the latest occurred_at seen so far, which
 * only grows: up to some stretch everything occurred by the instant; the next one is read; of all
 * later ones only late facts can have occurred by then, and those are kept apart.
 */

/** Seqs of one stretch. */
const BUCKET_SEQS = 25_000;

/**
 * Changes of cost pools as (journal, cost_pool_id, site_id, in_transit, lot_id, quantity, value),
 * summed up. Movements are summed by position first, so that what moves much is looked up once.
 * A side outside the books has no pool and no row; a value entry has no place (site 0, lot 0).
 * @param ranges SQL of a FROM item `k` with columns journal, after, up_to.
 * @param condition further SQL over the fact `f`.
 */
export function changesSql(ranges: string, condition: string): string {
  return `SELECT p.journal, p.cost_pool_id, coalesce(p.site_id, 0) AS site_id,
      l.type = 'in_transit' AS in_transit, coalesce(p.lot_id, 0) AS lot_id,
      s.quantity, s.value
    FROM (SELECT f.journal, side.position_id, sum(side.quantity) AS quantity,
        sum(side.value) AS value
      FROM ${ranges}
      JOIN ledger.movement f ON f.journal = k.journal AND f.seq > k.after AND f.seq <= k.up_to
      CROSS JOIN LATERAL (VALUES (f.to_position, f.quantity, f.value),
        (f.from_position, -f.quantity, -f.value)) AS side(position_id, quantity, value)
      WHERE ${condition} GROUP BY 1, 2) s
    JOIN ledger.position p ON p.journal = s.journal AND p.position_id = s.position_id
    JOIN network.location l ON l.location_id = p.location_id
    WHERE p.cost_pool_id IS NOT NULL
    UNION ALL
    SELECT f.journal, side.cost_pool_id, 0, false, 0, 0, sum(side.value)
    FROM ${ranges}
    JOIN ledger.value_entry f ON f.journal = k.journal AND f.seq > k.after AND f.seq <= k.up_to
    CROSS JOIN LATERAL (VALUES (f.to_pool_id, f.amount), (f.from_pool_id, -f.amount))
      AS side(cost_pool_id, value)
    WHERE side.cost_pool_id IS NOT NULL AND ${condition} GROUP BY 1, 2`;
}

/** The newest figures of a pool or cell `c` at or before `seq`, from table `name`, as `t`. */
export function newestSql(name: 'pool' | 'cell', seq: string): string {
  const cell = `AND t.site_id = c.site_id AND t.in_transit = c.in_transit AND t.lot_id = c.lot_id`;
  return `LATERAL (SELECT t.* FROM accounting.valuation_${name} t
    WHERE t.journal = c.journal AND t.cost_pool_id = c.cost_pool_id
      ${name === 'cell' ? cell : ''} AND t.last_seq <= ${seq}
    ORDER BY t.last_seq DESC LIMIT 1)`;
}

/**
 * Writes down the figures of every full stretch that is not there yet. Any process may do it at
 * any time: the rows follow from facts that do not change.
 * @param every seqs of a stretch.
 * @param most stretches in this round.
 * @returns how many were made.
 */
export async function advanceValuation(
  database: Database,
  { every = BUCKET_SEQS, most = Number.POSITIVE_INFINITY }: { every?: number; most?: number } = {},
): Promise<number> {
  const { rows } = await database.poster.query<{ journal: number; seq: bigint; done: bigint }>(
    `SELECT h.journal, h.seq, coalesce((SELECT max(b.last_seq) FROM accounting.valuation_bucket b
       WHERE b.journal = h.journal), 0) AS done
     FROM ledger.journal_head h ORDER BY h.journal`,
  );
  let made = 0;
  for (const { journal, ...row } of rows) {
    const head = Number(row.seq);
    for (let done = Number(row.done); done + every <= head && made < most; done += every) {
      await inTransaction(database.poster, (tx) => writeDown(tx, journal, done, done + every));
      made += 1;
    }
  }
  return made;
}

const RANGE = '(SELECT $1::integer AS journal, $2::bigint AS after, $3::bigint AS up_to) k';

/** Pools and places that a stretch changed, from one pass over its facts. */
const WRITE_DOWN = `
  WITH change AS MATERIALIZED (${changesSql(RANGE, 'true')}), pool AS (
    INSERT INTO accounting.valuation_pool (journal, cost_pool_id, last_seq, quantity, value)
    SELECT c.journal, c.cost_pool_id, $3, c.quantity + coalesce(t.quantity, 0),
      c.value + coalesce(t.value, 0)
    FROM (SELECT journal, cost_pool_id, sum(quantity) AS quantity, sum(value) AS value
      FROM change GROUP BY 1, 2 HAVING sum(quantity) <> 0 OR sum(value) <> 0) c
    LEFT JOIN ${newestSql('pool', '$2')} t ON true
  ), cell AS (
    INSERT INTO accounting.valuation_cell (journal, cost_pool_id, site_id, in_transit, lot_id,
      last_seq, quantity)
    SELECT c.journal, c.cost_pool_id, c.site_id, c.in_transit, c.lot_id, $3,
      c.quantity + coalesce(t.quantity, 0)
    FROM (SELECT journal, cost_pool_id, site_id, in_transit, lot_id, sum(quantity) AS quantity
      FROM change GROUP BY 1, 2, 3, 4, 5 HAVING sum(quantity) <> 0) c
    LEFT JOIN ${newestSql('cell', '$2')} t ON true
    RETURNING journal, cost_pool_id, site_id, in_transit, lot_id
  )
  INSERT INTO accounting.valuation_place (journal, cost_pool_id, site_id, in_transit, lot_id)
  SELECT journal, cost_pool_id, site_id, in_transit, lot_id FROM cell ON CONFLICT DO NOTHING`;

/** One stretch. A process that is at it too waits here for the first row, then adds nothing. */
async function writeDown(tx: Tx, journal: number, after: number, upTo: number): Promise<void> {
  const range = [journal, after, upTo];
  await tx.query("SET LOCAL work_mem = '64MB'");
  const inserted = await tx.query(
    `INSERT INTO accounting.valuation_bucket (journal, last_seq, occurred_max)
     SELECT $1, $3, greatest('-infinity', max(occurred_at)) FROM (
       SELECT occurred_max AS occurred_at FROM accounting.valuation_bucket
       WHERE journal = $1 AND last_seq = $2
       UNION ALL
       SELECT occurred_at FROM ledger.movement WHERE journal = $1 AND seq > $2 AND seq <= $3
       UNION ALL
       SELECT occurred_at FROM ledger.value_entry WHERE journal = $1 AND seq > $2 AND seq <= $3) f
     ON CONFLICT DO NOTHING`,
    range,
  );
  if (inserted.rowCount === 0) return;
  await tx.query(WRITE_DOWN, range);
  await insertLate(tx, range);
}

/** Late facts one by one, since any instant may fall between two of them. */
async function insertLate(tx: Tx, range: readonly number[]): Promise<void> {
  const late = `f.journal = $1 AND f.seq > $2 AND f.seq <= $3 AND f.occurred_at < (
    SELECT b.occurred_max FROM accounting.valuation_bucket b
    WHERE b.journal = $1 AND b.last_seq = $2)`;
  await tx.query(
    `INSERT INTO accounting.valuation_late (journal, seq, cost_pool_id, site_id, in_transit,
       lot_id, occurred_at, quantity, value)
     SELECT f.journal, f.seq, p.cost_pool_id, coalesce(p.site_id, 0), l.type = 'in_transit',
       coalesce(p.lot_id, 0), f.occurred_at, sum(side.quantity), sum(side.value)
     FROM ledger.movement f
     CROSS JOIN LATERAL (VALUES (f.to_position, f.quantity, f.value),
       (f.from_position, -f.quantity, -f.value)) AS side(position_id, quantity, value)
     JOIN ledger.position p ON p.journal = f.journal AND p.position_id = side.position_id
     JOIN network.location l ON l.location_id = p.location_id
     WHERE p.cost_pool_id IS NOT NULL AND ${late}
     GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(side.quantity) <> 0 OR sum(side.value) <> 0
     UNION ALL
     SELECT f.journal, f.seq, side.cost_pool_id, 0, false, 0, f.occurred_at, 0, side.value
     FROM ledger.value_entry f
     CROSS JOIN LATERAL (VALUES (f.to_pool_id, f.amount), (f.from_pool_id, -f.amount))
       AS side(cost_pool_id, value)
     WHERE side.cost_pool_id IS NOT NULL AND ${late}`,
    [...range],
  );
}
