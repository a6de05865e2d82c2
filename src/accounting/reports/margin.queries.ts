import type { Tx } from '../../platform/database.ts';
import type { DayRange } from '../balances.queries.ts';
import type { BookVector } from '../books.ts';

/**
 * Which sale a fact of the ledger belongs to: by the sales order that shipped it, else by the
 * return it came back with, else by what was booked under its document.
 * Columns of alias `s`: sales_order, channel, customer. Needs aliases f (journal, seq) and d
 * (type, number) of a document.
 */
export const SALE_OF = `LATERAL (SELECT
    coalesce(o.number, r.sales_order) AS sales_order,
    coalesce(c.code, r.channel, b.channel) AS channel,
    coalesce(o.customer, r.customer, b.party) AS customer
  FROM (SELECT) AS nothing
  LEFT JOIN outbound.shipment_movement sm ON sm.journal = f.journal AND sm.seq = f.seq
  LEFT JOIN outbound.sales_order o ON o.sales_order_id = sm.sales_order_id
  LEFT JOIN outbound.channel c ON c.channel_id = o.channel_id
  LEFT JOIN returns.rma r ON r.number = d.number AND d.type = 'rma'
  LEFT JOIN LATERAL (SELECT max(l.channel) AS channel, max(e.party) AS party
    FROM accounting.entry e JOIN accounting.entry_line l ON l.entry_seq = e.entry_seq
    WHERE e.document_type = d.type AND e.document_number = d.number
      AND o.number IS NULL AND r.number IS NULL) b ON true)`;

/** What margins can be broken down by. */
export const MARGIN_DIMENSIONS = ['item', 'channel', 'site', 'customer', 'period', 'day'] as const;
export type MarginDimension = (typeof MARGIN_DIMENSIONS)[number];

/** Sums of one combination; minor units, income positive, cost positive. */
export interface MarginFigure {
  readonly item: string | null;
  readonly channel: string | null;
  readonly site: string | null;
  readonly customer: string | null;
  readonly period: string | null;
  readonly day: string | null;
  readonly revenue: bigint;
  readonly refunds: bigint;
  readonly cost: bigint;
  /** Of the item's quantity; shipped less returned. */
  readonly quantity: bigint;
  readonly scale: number | null;
}

/** A late cost of goods that are sold already, and what it corrects. */
export interface LateCost {
  readonly journal: number;
  readonly seq: bigint;
  readonly causeSeq: bigint;
  readonly amount: bigint;
  readonly item: string;
  readonly site: string | null;
  readonly day: string;
}

const RANGE = `e.booked_on >= coalesce($1::date, '-infinity')
  AND e.booked_on <= coalesce($2::date, 'infinity')`;

/** Parameters $1 to $6 of every statement here. */
function parametersOf(to: BookVector, days: DayRange): unknown[] {
  return [
    days.from ?? null,
    days.through ?? null,
    [...to.journals.keys()],
    [...to.journals.values()],
    to.entrySeq,
    to.recordedAt,
  ];
}

/** A dimension's expression, or null where it is not asked for. */
function pick(by: readonly MarginDimension[], name: MarginDimension, expression: string): string {
  return by.includes(name) ? expression : 'NULL::text';
}

const DAYS: Readonly<Record<'period' | 'day', string>> = {
  period: "to_char(e.booked_on, 'YYYY-MM')",
  day: 'e.booked_on::text',
};

/** The dimensions of a line of an entry (aliases i, l, t, e), each named. */
function entryDimensions(by: readonly MarginDimension[]): string {
  return `${pick(by, 'item', 'i.sku')} AS item, ${pick(by, 'channel', 'l.channel')} AS channel,
      ${pick(by, 'site', 't.code')} AS site, ${pick(by, 'customer', 'e.party')} AS customer,
      ${pick(by, 'period', DAYS.period)} AS period, ${pick(by, 'day', DAYS.day)} AS day`;
}

/** What documents and people booked on revenue, and by hand on cost of goods sold. */
function revenueSql(by: readonly MarginDimension[]): string {
  const amount = (condition: string, text: string, name: string) =>
    `CASE WHEN ${condition} THEN ${text} ELSE 0 END AS ${name}`;
  const isRevenue = "a.type = 'revenue' AND coalesce(a.purpose, '') <> 'refunds'";
  return `SELECT ${entryDimensions(by)},
      ${amount(isRevenue, '-l.amount', 'revenue')},
      ${amount("a.purpose = 'refunds'", '-l.amount', 'refunds')},
      ${amount("a.purpose = 'cogs'", 'l.amount', 'cost')},
      0 AS quantity, NULL::integer AS scale
    FROM accounting.entry_line l
    JOIN accounting.account a ON a.account_id = l.account_id
      AND (a.type = 'revenue' OR a.purpose = 'cogs')
    JOIN accounting.entry e ON e.entry_seq = l.entry_seq
    LEFT JOIN catalog.item i ON i.item_id = l.item_id
    LEFT JOIN network.site t ON t.site_id = l.site_id
    WHERE ${RANGE} AND e.entry_seq <= $5 AND ($6::timestamptz IS NULL OR e.recorded_at <= $6)`;
}

/** Facts on accounts of cost of goods sold, as `e`, with `amount` signed: cost is positive. */
const COST_FACTS = `FROM unnest($3::integer[], $4::bigint[]) AS u(journal, seq)
  CROSS JOIN LATERAL (SELECT k.journal, k.seq, k.booked_on, k.sign,
      CASE WHEN k.sign > 0 THEN k.debit_site_id ELSE k.credit_site_id END AS site_id
    FROM accounting.account a
    CROSS JOIN LATERAL (
      SELECT e.*, 1 AS sign FROM accounting.stock_entry e WHERE e.debit_account_id = a.account_id
      UNION ALL
      SELECT e.*, -1 FROM accounting.stock_entry e WHERE e.credit_account_id = a.account_id) k
    WHERE a.purpose = 'cogs' AND k.journal = u.journal AND k.seq <= u.seq) e`;

const BY_SALE = `LEFT JOIN ledger.document d ON d.document_id = f.document_id
    LEFT JOIN ${SALE_OF} s ON true`;

function costSql(by: readonly MarginDimension[]): string {
  const bySale = by.includes('channel') || by.includes('customer');
  return `SELECT ${pick(by, 'item', 'i.sku')}, ${pick(by, 'channel', 's.channel')},
      ${pick(by, 'site', 't.code')}, ${pick(by, 'customer', 's.customer')},
      ${pick(by, 'period', DAYS.period)}, ${pick(by, 'day', DAYS.day)},
      0, 0, e.sign * f.value, ${by.includes('item') ? 'e.sign * f.quantity' : '0'},
      ${by.includes('item') ? 'i.quantity_scale::integer' : 'NULL::integer'}
    ${COST_FACTS}
    JOIN ledger.movement f ON f.journal = e.journal AND f.seq = e.seq
    JOIN ledger.position p ON p.journal = f.journal
      AND p.position_id = CASE WHEN e.sign > 0 THEN f.from_position ELSE f.to_position END
    LEFT JOIN catalog.item i ON i.item_id = f.item_id
    LEFT JOIN network.site t ON t.site_id = coalesce(p.site_id, e.site_id)
    ${bySale ? BY_SALE : ''}
    WHERE ${RANGE}`;
}

/**
 * Row-level security hides from the planner how many rows there are, and it would look half a
 * million of them up one by one.
 */
export async function joinInBulk(tx: Tx): Promise<void> {
  await tx.query("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '64MB'");
}

/** Revenue, refunds and cost of goods as they were posted; late costs come beside them. */
export async function marginFigures(
  tx: Tx,
  to: BookVector,
  days: DayRange,
  by: readonly MarginDimension[],
): Promise<MarginFigure[]> {
  await joinInBulk(tx);
  const { rows } = await tx.query<MarginFigure>(
    `SELECT item, channel, site, customer, period, day, sum(revenue)::bigint AS revenue,
       sum(refunds)::bigint AS refunds, sum(cost)::bigint AS cost,
       sum(quantity)::bigint AS quantity, max(scale)::integer AS scale
     FROM (${revenueSql(by)} UNION ALL ${costSql(by)}) k GROUP BY 1, 2, 3, 4, 5, 6`,
    parametersOf(to, days),
  );
  await tx.query('SET LOCAL enable_nestloop = on');
  return rows;
}

/**
 * Value entries on accounts of cost of goods sold: costs that came after the sale. Those that one
 * late fact made of one receipt are one cost, under the first of their seqs.
 */
export async function lateCosts(tx: Tx, to: BookVector, days: DayRange): Promise<LateCost[]> {
  const { rows } = await tx.query<LateCost>(
    `SELECT v.journal, min(v.seq) AS seq, coalesce(v.cause_seq, 0) AS "causeSeq",
       sum(e.sign * v.amount)::bigint AS amount, i.sku AS item, t.code AS site,
       e.booked_on::text AS day
     ${COST_FACTS}
     JOIN ledger.value_entry v ON v.journal = e.journal AND v.seq = e.seq
     JOIN catalog.item i ON i.item_id = v.item_id
     LEFT JOIN network.site t ON t.site_id = e.site_id
     WHERE ${RANGE}
     GROUP BY v.journal, v.command_id, v.cause_seq, i.sku, t.code, e.booked_on`,
    parametersOf(to, days).slice(0, 4),
  );
  return rows;
}

/** Units of a receipt that a sale took, and whose it was. */
export interface SoldUnits {
  readonly journal: number;
  readonly causeSeq: bigint;
  readonly seq: bigint;
  readonly quantity: bigint;
  readonly channel: string | null;
  readonly customer: string | null;
  readonly document: string | null;
}

/**
 * The sales that took units of FIFO layers, also after those were moved to another cost site: from
 * the layer of the cause on to each layer that a transfer made of it.
 */
export async function soldUnits(
  tx: Tx,
  causes: readonly { readonly journal: number; readonly seq: bigint }[],
): Promise<SoldUnits[]> {
  if (causes.length === 0) return [];
  const { rows } = await tx.query<SoldUnits>(
    `WITH RECURSIVE taken AS (
       SELECT k.journal, k.seq AS cause_seq, n.seq, n.quantity
       FROM unnest($1::integer[], $2::bigint[]) AS k(journal, seq)
       JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq
       JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.to_position
       JOIN ledger.layer_consumption n ON n.journal = k.journal
         AND n.cost_pool_id = p.cost_pool_id AND n.layer_seq = k.seq
       UNION ALL
       SELECT t.journal, t.cause_seq, n.seq, n.quantity FROM taken t
       JOIN ledger.movement m ON m.journal = t.journal AND m.seq = t.seq
       JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.to_position
       JOIN ledger.layer_consumption n ON n.journal = t.journal
         AND n.cost_pool_id = p.cost_pool_id AND n.layer_seq = t.seq)
     SELECT f.journal, t.cause_seq AS "causeSeq", f.seq, t.quantity, s.channel, s.customer,
       d.type || ' ' || d.number AS document
     FROM taken t
     JOIN ledger.movement f ON f.journal = t.journal AND f.seq = t.seq
     JOIN ledger.position p ON p.journal = f.journal AND p.position_id = f.to_position
     JOIN network.location l ON l.location_id = p.location_id AND l.type = 'customer'
     LEFT JOIN ledger.document d ON d.document_id = f.document_id
     LEFT JOIN ${SALE_OF} s ON true
     ORDER BY f.journal, t.cause_seq, f.seq`,
    [causes.map(({ journal }) => journal), causes.map(({ seq }) => seq)],
  );
  return rows;
}
