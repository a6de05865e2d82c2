import type { Tx } from '../../platform/database.ts';
import type { BooksFindings } from './findings.ts';

/**
 * The figures that valuations rest on, derived again from the facts: of every pool and place what
 * each stretch changed, and the facts that were late. $1: the journal, $2: the ends of its
 * stretches, in order.
 */

/** Which stretch (from 1) a seq is in. */
const STRETCH = 'width_bucket(f.seq - 1, $2::bigint[]) + 1';
const INSIDE = `f.journal = $1 AND f.seq <= ($2::bigint[])[cardinality($2::bigint[])]`;

/** Sides of movements in pools, and value entries: what each fact changed where. */
const CHANGES = `SELECT f.seq, f.occurred_at, ${STRETCH} AS stretch, p.cost_pool_id,
    coalesce(p.site_id, 0) AS site_id, l.type = 'in_transit' AS in_transit,
    coalesce(p.lot_id, 0) AS lot_id, s.sign * f.quantity AS quantity, s.sign * f.value AS value
  FROM ledger.movement f
  CROSS JOIN (VALUES (1), (-1)) AS s(sign)
  JOIN ledger.position p ON p.journal = f.journal
    AND p.position_id = CASE WHEN s.sign > 0 THEN f.to_position ELSE f.from_position END
  JOIN network.location l ON l.location_id = p.location_id
  WHERE p.cost_pool_id IS NOT NULL AND ${INSIDE}
  UNION ALL
  SELECT f.seq, f.occurred_at, ${STRETCH}, v.pool, 0, false, 0, 0, v.amount
  FROM ledger.value_entry f
  CROSS JOIN LATERAL (VALUES (f.to_pool_id, f.amount), (f.from_pool_id, -f.amount))
    AS v(pool, amount)
  WHERE v.pool IS NOT NULL AND ${INSIDE}`;

/** What a row changed since the row before it of the same pool (and place). */
function since(column: string, of: string): string {
  return `${column} - coalesce(lag(${column}) OVER (PARTITION BY ${of} ORDER BY last_seq), 0)`;
}

/** Rows of a table beside what the facts make of them. */
function compared(table: string, of: string, sums: readonly string[]): string {
  const sumUp = sums.map((name) => `sum(${name})::bigint AS ${name}`).join(', ');
  const moved = sums.map((name) => `sum(${name}) <> 0`).join(' OR ');
  const text = (alias: string) => sums.map((name) => `${alias}.${name}`).join(" || ' ' || ");
  return `SELECT concat_ws(' ', ${of}, 'up to', last_seq) AS id, ${text('e')} AS expected,
      ${text('r')} AS found
    FROM (SELECT ${of}, ($2::bigint[])[stretch] AS last_seq, ${sumUp} FROM (${CHANGES}) f
      GROUP BY ${of}, stretch HAVING ${moved}) e
    FULL JOIN (SELECT ${of}, last_seq,
        ${sums.map((name) => `${since(name, of)} AS ${name}`).join(', ')}
      FROM accounting.${table} WHERE journal = $1) r USING (${of}, last_seq)
    WHERE (${sums.map((name) => `e.${name}`).join(', ')})
      IS DISTINCT FROM (${sums.map((name) => `r.${name}`).join(', ')})
    ORDER BY last_seq, 1`;
}

const PLACE = 'cost_pool_id, site_id, in_transit, lot_id';

const LATEST = `SELECT o.stretch,
    max(o.at) OVER (ORDER BY o.stretch) AS occurred_max
  FROM (SELECT ${STRETCH} AS stretch, max(f.occurred_at) AS at FROM (
      SELECT journal, seq, occurred_at FROM ledger.movement
      UNION ALL SELECT journal, seq, occurred_at FROM ledger.value_entry) f
    WHERE ${INSIDE} GROUP BY 1) o`;

/** The end of the stretch by when everything before another one had occurred. */
const BUCKETS = `WITH latest AS MATERIALIZED (${LATEST})
  SELECT 'stretch up to ' || b.last_seq AS id, m.occurred_max::text AS expected,
    b.occurred_max::text AS found
  FROM accounting.valuation_bucket b
  LEFT JOIN LATERAL (SELECT max(t.occurred_max) AS occurred_max FROM latest t
    WHERE ($2::bigint[])[t.stretch] <= b.last_seq) m ON true
  WHERE b.journal = $1 AND b.occurred_max IS DISTINCT FROM coalesce(m.occurred_max, '-infinity')`;

const LATE = `SELECT concat_ws(' ', ${PLACE}, 'at', seq) AS id,
    e.quantity || ' ' || e.value AS expected, r.quantity || ' ' || r.value AS found
  FROM (SELECT seq, ${PLACE}, sum(quantity)::bigint AS quantity, sum(value)::bigint AS value
    FROM (${CHANGES}) f
    JOIN accounting.valuation_bucket b ON b.journal = $1 AND f.stretch > 1
      AND b.last_seq = ($2::bigint[])[f.stretch - 1] AND f.occurred_at < b.occurred_max
    GROUP BY seq, ${PLACE} HAVING sum(quantity) <> 0 OR sum(value) <> 0) e
  FULL JOIN (SELECT seq, ${PLACE}, quantity, value FROM accounting.valuation_late
    WHERE journal = $1) r USING (seq, ${PLACE})
  WHERE (e.quantity, e.value) IS DISTINCT FROM (r.quantity, r.value) ORDER BY seq`;

const CHECKS: readonly { readonly what: string; readonly text: string }[] = [
  { what: 'valuation bucket', text: BUCKETS },
  {
    what: 'valuation pool',
    text: compared('valuation_pool', 'cost_pool_id', ['quantity', 'value']),
  },
  { what: 'valuation cell', text: compared('valuation_cell', PLACE, ['quantity']) },
  { what: 'valuation late', text: LATE },
];

/** Names every written-down figure that the facts say otherwise. O(facts) a journal. */
export async function verifyValuation(tx: Tx, findings: BooksFindings): Promise<void> {
  const { rows: journals } = await tx.query<{ journal: number; ends: bigint[] }>(
    `SELECT journal, array_agg(last_seq ORDER BY last_seq) AS ends
     FROM accounting.valuation_bucket GROUP BY journal ORDER BY journal`,
  );
  for (const { journal, ends } of journals) {
    for (const { what, text } of CHECKS) {
      const { rows } = await tx.query<{ id: string; expected: string; found: string }>(text, [
        journal,
        ends,
      ]);
      for (const { id, expected, found } of rows) {
        findings.add({
          kind: 'valuation',
          id: `${what} ${journal}: ${id}`,
          expected: expected ?? 'no row',
          found: found ?? 'no row',
          message: 'a figure that valuations rest on is not what the facts add up to',
        });
      }
    }
  }
}
