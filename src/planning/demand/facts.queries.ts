import type { Tx } from '../../platform/database.ts';
import type { Delta } from './apply.queries.ts';

/** Movement kinds of ledger.movement_kind. */
const SHIPMENT = 7;
const CUSTOMER_RETURN = 8;

/** Kinds of ledger.entry that promise units (reserve, hold) and that give them back. */
const PROMISES = '1, 2';
const GIVES_BACK = '4, 5, 11';

/** Part of a journal: seqs after `after`, up to `upTo`. */
export interface SeqRange {
  readonly journal: number;
  readonly after: bigint;
  readonly upTo: bigint;
}

interface DeltaRow {
  item_id: number;
  site_id: number;
  owner_id: number;
  day: number;
  quantity: number;
  lines: number;
}

function toDelta(row: DeltaRow): Delta {
  return {
    itemId: row.item_id,
    siteId: row.site_id,
    ownerId: row.owner_id,
    day: row.day,
    quantity: row.quantity,
    lines: row.lines,
    amount: 0,
  };
}

function parameters({ journal, after, upTo }: SeqRange): unknown[] {
  return [journal, after, upTo];
}

/** The local day of an instant at the site `s`, from 1970-01-01. */
function dayAt(instant: string): string {
  return `((${instant} AT TIME ZONE s.time_zone)::date - date '1970-01-01')`;
}

// Shipments and customer returns of a range. What is taken back counts as its original does, with
// the other sign: on the original's day, whenever it is taken back.
const SOLD = `sold AS (
    SELECT coalesce(o.kind, m.kind) AS kind, coalesce(o.seq, m.seq) AS seq,
      CASE WHEN o.seq IS NULL THEN 1 ELSE -1 END AS sign, m.quantity, m.item_id, m.owner_id,
      coalesce(o.from_position, m.from_position) AS from_position,
      coalesce(o.occurred_at, m.occurred_at) AS occurred_at,
      CASE WHEN o.seq IS NULL THEN m.document_id ELSE o.document_id END AS document_id
    FROM ledger.movement m
    LEFT JOIN ledger.movement o ON o.journal = m.journal AND o.seq = m.reverses_seq
    WHERE m.journal = $1 AND m.seq > $2 AND m.seq <= $3
      AND (m.kind IN (${SHIPMENT}, ${CUSTOMER_RETURN}) OR m.reverses_seq IS NOT NULL)
  )`;

/** The sales order of this system that a movement's document `d` is, if it is one. */
const OWN_ORDER = `outbound.sales_order so ON d.type = 'sales_order' AND so.number = d.number`;

/** What was issued to customers without a sales order of this system, by day. */
export async function readIssues(tx: Tx, range: SeqRange): Promise<Delta[]> {
  const { rows } = await tx.query<DeltaRow>(
    `WITH ${SOLD}
     SELECT m.item_id, p.site_id, m.owner_id, ${dayAt('m.occurred_at')} AS day,
       sum(m.sign * m.quantity)::float8 AS quantity, sum(m.sign)::integer AS lines
     FROM sold m
     JOIN ledger.position p ON p.journal = $1 AND p.position_id = m.from_position
     JOIN network.site s ON s.site_id = p.site_id
     LEFT JOIN ledger.document d ON d.document_id = m.document_id
     LEFT JOIN ${OWN_ORDER}
     WHERE m.kind = ${SHIPMENT} AND so.sales_order_id IS NULL
     GROUP BY 1, 2, 3, 4`,
    parameters(range),
  );
  return rows.map(toDelta);
}

/**
 * What customers brought back within `returnDays` of the sale, by the day and site of the sale: of
 * a sales order the day it was captured, else the day of the issue. A return that names no
 * shipment is nobody's sale and not counted.
 */
export async function readReturns(tx: Tx, range: SeqRange, returnDays: number): Promise<Delta[]> {
  const { rows } = await tx.query<DeltaRow>(
    `WITH ${SOLD}, returned AS (
       SELECT m.item_id, p.site_id, m.owner_id, m.sign * m.quantity AS quantity, m.sign,
         ${dayAt('coalesce(so.created_at, sale.occurred_at)')} AS day,
         ${dayAt('m.occurred_at')} AS returned_day
       FROM sold m
       JOIN ledger.movement_return r ON r.journal = $1 AND r.seq = m.seq
       JOIN ledger.movement sale ON sale.journal = $1 AND sale.seq = r.shipment_seq
       JOIN ledger.position p ON p.journal = $1 AND p.position_id = sale.from_position
       JOIN network.site s ON s.site_id = p.site_id
       LEFT JOIN ledger.document d ON d.document_id = sale.document_id
       LEFT JOIN ${OWN_ORDER}
       WHERE m.kind = ${CUSTOMER_RETURN}
     )
     SELECT item_id, site_id, owner_id, day, sum(quantity)::float8 AS quantity,
       sum(sign)::integer AS lines
     FROM returned WHERE $4 > 0 AND returned_day - day <= $4
     GROUP BY 1, 2, 3, 4`,
    [...parameters(range), returnDays],
  );
  return rows.map(toDelta);
}

/** By how much what is available changed, by day: on hand and sellable, less what is promised. */
export async function readAvailabilityChanges(tx: Tx, range: SeqRange): Promise<Delta[]> {
  const { rows } = await tx.query<DeltaRow>(
    `WITH moved AS (
       SELECT m.quantity, m.occurred_at, m.reservation_seq, f.availability_id AS from_id,
         t.availability_id AS to_id
       FROM ledger.movement m
       JOIN ledger.position f ON f.journal = m.journal AND f.position_id = m.from_position
       JOIN ledger.position t ON t.journal = m.journal AND t.position_id = m.to_position
       WHERE m.journal = $1 AND m.seq > $2 AND m.seq <= $3
         AND f.availability_id IS DISTINCT FROM t.availability_id
     ), changed AS (
       -- What was promised before it left changes nothing when it leaves.
       SELECT from_id AS availability_id, -quantity AS quantity, occurred_at FROM moved
       WHERE from_id IS NOT NULL AND reservation_seq IS NULL
       UNION ALL
       SELECT to_id, quantity, occurred_at FROM moved WHERE to_id IS NOT NULL
       UNION ALL
       SELECT e.availability_id, CASE WHEN e.kind IN (${PROMISES}) THEN -e.quantity
         ELSE e.quantity END, e.occurred_at
       FROM ledger.entry e
       WHERE e.journal = $1 AND e.seq > $2 AND e.seq <= $3 AND e.availability_id IS NOT NULL
         AND e.kind IN (${PROMISES}, ${GIVES_BACK})
     )
     SELECT a.item_id, a.site_id, a.owner_id, ${dayAt('c.occurred_at')} AS day,
       sum(c.quantity)::float8 AS quantity, 0 AS lines
     FROM changed c
     JOIN ledger.availability a ON a.journal = $1 AND a.availability_id = c.availability_id
     JOIN network.site s ON s.site_id = a.site_id
     GROUP BY 1, 2, 3, 4`,
    parameters(range),
  );
  return rows.map(toDelta);
}

/** Issues of sales orders that only the ledger knows, by number. */
export async function readIssuesOf(
  tx: Tx,
  numbers: readonly string[],
): Promise<Map<string, Delta[]>> {
  const { rows } = await tx.query<DeltaRow & { number: string }>(
    `SELECT d.number, m.item_id, p.site_id, m.owner_id, ${dayAt('m.occurred_at')} AS day,
       sum(m.quantity)::float8 AS quantity, count(*)::integer AS lines
     FROM ledger.document d
     JOIN ledger.movement m ON m.document_id = d.document_id
     JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.from_position
     JOIN network.site s ON s.site_id = p.site_id
     WHERE d.type = 'sales_order' AND d.number = ANY($1) AND m.kind = ${SHIPMENT}
       AND m.reverses_seq IS NULL
       AND NOT EXISTS (SELECT FROM ledger.movement r
         WHERE r.journal = m.journal AND r.reverses_seq = m.seq)
     GROUP BY 1, 2, 3, 4, 5`,
    [[...numbers]],
  );
  const byNumber = new Map<string, Delta[]>();
  for (const row of rows) {
    const own = byNumber.get(row.number) ?? [];
    own.push(toDelta(row));
    byNumber.set(row.number, own);
  }
  return byNumber;
}
