import type { Tx } from '../platform/database.ts';
import type { DueLine, Observation } from './scorecard.ts';

/** Observations read at most, the newest; beyond it, ask for a shorter period. */
const OBSERVATIONS_MAX = 20_000;

/** Which receipts are looked at; days as YYYY-MM-DD. */
export interface Period {
  readonly from: string;
  readonly to: string;
  readonly supplier?: string | undefined;
  readonly item?: string | undefined;
  readonly site?: string | undefined;
}

/** Posted receipts of a period, oldest first. */
export async function readObservations(tx: Tx, period: Period): Promise<Observation[]> {
  const { rows } = await tx.query<Observation>(
    `SELECT r.supplier_code AS supplier, i.sku AS item, f.code AS "fromSite", s.code AS "toSite",
       l.received_on - '1970-01-01'::date AS day,
       (extract(epoch FROM r.occurred_at - p.sent_at) / 86400)::double precision
         AS "leadTimeDays",
       l.received_on - coalesce(p.confirmed_on, p.expected_on) AS "daysLate",
       (l.quantity / power(10::numeric, i.quantity_scale))::double precision AS quantity,
       CASE WHEN l.disposition = 'sellable' THEN 0::double precision
         ELSE (l.quantity / power(10::numeric, i.quantity_scale))::double precision END AS rejected,
       (p.unit_price::numeric * p.pack_denominator / p.pack_numerator)::double precision
         AS "unitPrice"
     FROM (SELECT * FROM inbound.receipt_line WHERE state = 'posted'
         AND received_on BETWEEN $1 AND $2
         ORDER BY receipt_id DESC, line DESC) l
     JOIN inbound.receipt r ON r.receipt_id = l.receipt_id
     JOIN inbound.purchase_order_line p ON p.purchase_order_id = l.purchase_order_id
       AND p.line = l.purchase_order_line
     JOIN inbound.supplier u ON u.supplier_id = l.supplier_id
     JOIN catalog.item i ON i.item_id = l.item_id
     JOIN network.site s ON s.site_id = l.site_id
     LEFT JOIN network.site f ON f.site_id = u.site_id
     WHERE ($3::text IS NULL OR u.code = $3) AND ($4::text IS NULL OR i.sku = $4)
       AND ($5::text IS NULL OR s.code = $5)
     ORDER BY l.received_on DESC, l.receipt_id DESC, l.line DESC LIMIT ${OBSERVATIONS_MAX}`,
    [period.from, period.to, period.supplier ?? null, period.item ?? null, period.site ?? null],
  );
  return rows.reverse();
}

/** Lines of a supplier that were due in a period, and whether they came on time and in full. */
export async function readDueLines(tx: Tx, period: Period): Promise<DueLine[]> {
  const { rows } = await tx.query<DueLine>(
    `SELECT coalesce((SELECT sum(l.quantity) FROM inbound.receipt_line l
         WHERE l.purchase_order_id = p.purchase_order_id AND l.purchase_order_line = p.line
           AND l.state = 'posted' AND l.disposition = 'sellable'
           AND l.received_on <= coalesce(p.confirmed_on, p.expected_on)), 0) * 10000
       >= p.quantity::numeric * (10000 - p.under_receipt_basis_points) AS "onTimeInFull"
     FROM inbound.purchase_order_line p
     JOIN inbound.purchase_order o ON o.purchase_order_id = p.purchase_order_id
     WHERE coalesce(p.confirmed_on, p.expected_on) BETWEEN $1 AND $2 AND o.supplier_code = $3
       AND p.state NOT IN ('draft', 'awaiting_approval', 'cancelled')
     ORDER BY p.purchase_order_id, p.line LIMIT ${OBSERVATIONS_MAX}`,
    [period.from, period.to, period.supplier],
  );
  return rows;
}

/** Units that went back to a supplier in a period for what the supplier did. */
export async function readReturnedUnits(tx: Tx, period: Period): Promise<number> {
  const { rows } = await tx.query<{ units: number | null }>(
    `SELECT sum(l.quantity / power(10::numeric, i.quantity_scale))::double precision AS units
     FROM inbound.supplier_return_line l
     JOIN inbound.supplier_return t ON t.supplier_return_id = l.supplier_return_id
     JOIN catalog.item i ON i.item_id = l.item_id
     WHERE t.supplier_code = $3 AND t.state IN ('posted', 'credited')
       AND t.reason IN ('damaged', 'defective', 'wrong_item', 'short_life', 'recall')
       AND t.occurred_at::date BETWEEN $1 AND $2`,
    [period.from, period.to, period.supplier],
  );
  return rows[0]?.units ?? 0;
}
