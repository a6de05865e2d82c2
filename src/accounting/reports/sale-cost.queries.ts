import type { Tx } from '../../platform/database.ts';

/** A movement of a sale that carried cost of goods sold, or brought it back. */
export interface SaleMovement {
  readonly journal: number;
  readonly seq: bigint;
  readonly kind: string;
  readonly item: string;
  readonly itemId: number;
  readonly scale: number;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly occurredAt: Date;
  readonly bookedOn: string;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
  /** 1 for goods that left, -1 for goods that came back. */
  readonly sign: number;
  readonly costPoolId: bigint | null;
  readonly costSite: string | null;
  readonly method: number | null;
}

/** Movements of one sale at most; what has more is a wave, not a sale. */
export const SALE_MOVEMENTS_MAX = 500;

/**
 * Movements that name the document, that shipped the sales order of this number, or that brought
 * back what was returned of it.
 */
export async function saleMovements(tx: Tx, type: string, number: string): Promise<SaleMovement[]> {
  const { rows } = await tx.query<SaleMovement>(
    `WITH named AS (
       SELECT m.journal, m.seq FROM ledger.document d
       JOIN ledger.movement m ON m.document_id = d.document_id
       WHERE (d.type, d.number) = ($1, $2) OR $1 = 'sales_order' AND d.type = 'rma'
         AND d.number IN (SELECT r.number FROM returns.rma r WHERE r.sales_order = $2)
       UNION
       SELECT sm.journal, sm.seq FROM outbound.sales_order o
       JOIN outbound.shipment_movement sm ON sm.sales_order_id = o.sales_order_id
       WHERE $1 = 'sales_order' AND o.number = $2)
     SELECT m.journal, m.seq, k.code AS kind, i.sku AS item, m.item_id AS "itemId",
       i.quantity_scale::integer AS scale, m.quantity, m.value, m.occurred_at AS "occurredAt",
       e.booked_on::text AS "bookedOn", d.type AS "documentType", d.number AS "documentNumber",
       CASE WHEN ad.purpose = 'cogs' THEN 1 ELSE -1 END AS sign,
       p.cost_pool_id AS "costPoolId", s.code AS "costSite", c.method::integer AS method
     FROM named n
     JOIN ledger.movement m ON m.journal = n.journal AND m.seq = n.seq
     JOIN accounting.stock_entry e ON e.journal = m.journal AND e.seq = m.seq
     JOIN accounting.account ad ON ad.account_id = e.debit_account_id
     JOIN accounting.account ac ON ac.account_id = e.credit_account_id
     JOIN ledger.movement_kind k ON k.movement_kind_id = m.kind
     JOIN catalog.item i ON i.item_id = m.item_id
     LEFT JOIN ledger.document d ON d.document_id = m.document_id
     JOIN ledger.position p ON p.journal = m.journal
       AND p.position_id = CASE WHEN ad.purpose = 'cogs' THEN m.from_position ELSE m.to_position END
     LEFT JOIN ledger.cost_pool c ON c.journal = p.journal AND c.cost_pool_id = p.cost_pool_id
     LEFT JOIN network.site s ON s.site_id = c.cost_site_id
     WHERE ad.purpose = 'cogs' OR ac.purpose = 'cogs'
     ORDER BY m.recorded_at, m.line, m.journal, m.seq LIMIT ${SALE_MOVEMENTS_MAX}`,
    [type, number],
  );
  return rows;
}

/** Units that a movement took from a layer, and where the layer came from. */
export interface TakenLayer {
  readonly journal: number;
  readonly seq: bigint;
  readonly layerSeq: bigint;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly occurredAt: Date;
  readonly kind: string;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
}

type Key = { readonly journal: number; readonly seq: bigint };

function keyColumns(keys: readonly Key[]): [number[], bigint[]] {
  return [keys.map(({ journal }) => journal), keys.map(({ seq }) => seq)];
}

/** The layers that movements took their cost from. */
export async function takenLayers(tx: Tx, keys: readonly Key[]): Promise<TakenLayer[]> {
  const { rows } = await tx.query<TakenLayer>(
    `SELECT n.journal, n.seq, n.layer_seq AS "layerSeq", n.quantity, n.value,
       m.occurred_at AS "occurredAt", c.code AS kind, d.type AS "documentType",
       d.number AS "documentNumber"
     FROM unnest($1::integer[], $2::bigint[]) AS k(journal, seq)
     JOIN ledger.layer_consumption n ON n.journal = k.journal AND n.seq = k.seq
     JOIN ledger.movement m ON m.journal = n.journal AND m.seq = n.layer_seq
     JOIN ledger.movement_kind c ON c.movement_kind_id = m.kind
     LEFT JOIN ledger.document d ON d.document_id = m.document_id
     ORDER BY n.journal, n.seq, n.layer_seq`,
    keyColumns(keys),
  );
  return rows;
}

/** What a pool without layers held right before a movement took from it. */
export interface PoolBefore extends Key {
  readonly quantity: bigint;
  readonly value: bigint;
}

/** From the figures that are written down, and the item's facts since. */
export async function poolsBefore(
  tx: Tx,
  movements: readonly Pick<SaleMovement, 'journal' | 'seq' | 'itemId' | 'costPoolId'>[],
): Promise<PoolBefore[]> {
  const { rows } = await tx.query<PoolBefore>(
    `SELECT k.journal, k.seq, (coalesce(t.quantity, 0) + coalesce(f.quantity, 0))::bigint
         AS quantity, (coalesce(t.value, 0) + coalesce(f.value, 0))::bigint AS value
     FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::bigint[])
       AS k(journal, seq, item_id, cost_pool_id)
     CROSS JOIN LATERAL (SELECT coalesce(max(b.last_seq), 0) AS seq
       FROM accounting.valuation_bucket b WHERE b.journal = k.journal AND b.last_seq < k.seq) base
     LEFT JOIN LATERAL (SELECT t.quantity, t.value FROM accounting.valuation_pool t
       WHERE t.journal = k.journal AND t.cost_pool_id = k.cost_pool_id AND t.last_seq <= base.seq
       ORDER BY t.last_seq DESC LIMIT 1) t ON true
     LEFT JOIN LATERAL (SELECT sum(s.quantity) AS quantity, sum(s.value) AS value FROM (
       SELECT side.sign * m.quantity AS quantity, side.sign * m.value AS value
       FROM ledger.movement m
       CROSS JOIN LATERAL (VALUES (m.to_position, 1), (m.from_position, -1))
         AS side(position_id, sign)
       JOIN ledger.position p ON p.journal = m.journal AND p.position_id = side.position_id
       WHERE m.journal = k.journal AND m.seq > base.seq AND m.seq < k.seq
         AND m.item_id = k.item_id AND p.cost_pool_id = k.cost_pool_id
       UNION ALL
       SELECT 0, v.amount * CASE WHEN v.to_pool_id = k.cost_pool_id THEN 1 ELSE -1 END
       FROM ledger.value_entry v
       WHERE v.journal = k.journal AND v.seq > base.seq AND v.seq < k.seq
         AND k.cost_pool_id IN (v.to_pool_id, v.from_pool_id)) s) f ON true`,
    [
      ...keyColumns(movements),
      movements.map(({ itemId }) => itemId),
      movements.map(({ costPoolId }) => costPoolId),
    ],
  );
  return rows;
}

/** A movement that brought units into a pool. */
export interface PoolReceipt {
  readonly costPoolId: bigint;
  readonly journal: number;
  readonly seq: bigint;
  readonly kind: string;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly occurredAt: Date;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
}

const RECEIPTS_SHOWN = 5;

/** The last movements that brought units into each pool before a seq, newest first. */
export async function latestReceipts(
  tx: Tx,
  pools: readonly Pick<SaleMovement, 'journal' | 'seq' | 'itemId' | 'costPoolId'>[],
): Promise<PoolReceipt[]> {
  const { rows } = await tx.query<PoolReceipt>(
    `SELECT k.cost_pool_id AS "costPoolId", r.*
     FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::bigint[])
       AS k(journal, seq, item_id, cost_pool_id)
     CROSS JOIN LATERAL (
       SELECT m.journal, m.seq, c.code AS kind, m.quantity, m.value,
         m.occurred_at AS "occurredAt", d.type AS "documentType", d.number AS "documentNumber"
       FROM ledger.movement m
       JOIN ledger.position t ON t.journal = m.journal AND t.position_id = m.to_position
       JOIN ledger.position f ON f.journal = m.journal AND f.position_id = m.from_position
       JOIN ledger.movement_kind c ON c.movement_kind_id = m.kind
       LEFT JOIN ledger.document d ON d.document_id = m.document_id
       WHERE m.journal = k.journal AND m.seq < k.seq AND m.item_id = k.item_id
         AND t.cost_pool_id = k.cost_pool_id AND f.cost_pool_id IS DISTINCT FROM k.cost_pool_id
       ORDER BY m.seq DESC LIMIT ${RECEIPTS_SHOWN}) r`,
    [
      ...keyColumns(pools),
      pools.map(({ itemId }) => itemId),
      pools.map(({ costPoolId }) => costPoolId),
    ],
  );
  return rows;
}

/** What a late fact about a receipt put on cost of goods sold; under its first value entry. */
export interface LateEntry {
  readonly journal: number;
  readonly seq: bigint;
  readonly causeSeq: bigint;
  readonly amount: bigint;
  readonly reason: string | null;
  readonly occurredAt: Date;
  readonly bookedOn: string;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
}

/** Late costs that went after the sold units of these receipts. */
export async function lateEntries(tx: Tx, causes: readonly Key[]): Promise<LateEntry[]> {
  const { rows } = await tx.query<LateEntry>(
    `SELECT v.journal, min(v.seq) AS seq, v.cause_seq AS "causeSeq",
       sum(v.amount * CASE WHEN ad.purpose = 'cogs' THEN 1 ELSE -1 END)::bigint AS amount,
       r.code AS reason, v.occurred_at AS "occurredAt", e.booked_on::text AS "bookedOn",
       d.type AS "documentType", d.number AS "documentNumber"
     FROM unnest($1::integer[], $2::bigint[]) AS k(journal, seq)
     JOIN ledger.value_entry v ON v.journal = k.journal AND v.cause_seq = k.seq
     JOIN accounting.stock_entry e ON e.journal = v.journal AND e.seq = v.seq
     JOIN accounting.account ad ON ad.account_id = e.debit_account_id
     JOIN accounting.account ac ON ac.account_id = e.credit_account_id
     LEFT JOIN ledger.reason r ON r.reason_id = v.reason_id
     LEFT JOIN ledger.document d ON d.document_id = v.document_id
     WHERE (coalesce(ad.purpose, '') = 'cogs') <> (coalesce(ac.purpose, '') = 'cogs')
     GROUP BY v.journal, v.command_id, v.cause_seq, r.code, v.occurred_at, e.booked_on, d.type,
       d.number
     ORDER BY v.journal, seq`,
    keyColumns(causes),
  );
  return rows;
}

/** Where units of a layer first came from: the receipt behind transfers between cost sites. */
export async function rootLayers(tx: Tx, layers: readonly Key[]): Promise<Map<string, bigint[]>> {
  const { rows } = await tx.query<{ journal: number; seq: bigint; root: bigint }>(
    `WITH RECURSIVE root AS (
       SELECT k.journal, k.seq, k.seq AS root
       FROM unnest($1::integer[], $2::bigint[]) AS k(journal, seq)
       UNION
       SELECT r.journal, r.seq, n.layer_seq FROM root r
       JOIN ledger.layer_consumption n ON n.journal = r.journal AND n.seq = r.root)
     SELECT journal, seq, root FROM root`,
    keyColumns(layers),
  );
  const roots = new Map<string, bigint[]>();
  for (const { journal, seq, root } of rows) {
    const key = `${journal}-${seq}`;
    roots.set(key, [...(roots.get(key) ?? []), root]);
  }
  return roots;
}

/** What was booked for the sale itself, by account; minor units, a debit is positive. */
export async function saleBookings(
  tx: Tx,
  type: string,
  number: string,
): Promise<{ account: string; purpose: string | null; entries: bigint[]; amount: bigint }[]> {
  const { rows } = await tx.query<{
    account: string;
    purpose: string | null;
    entries: bigint[];
    amount: bigint;
  }>(
    `SELECT a.code AS account, a.purpose, array_agg(DISTINCT e.entry_seq) AS entries,
       sum(l.amount)::bigint AS amount
     FROM accounting.entry e
     JOIN accounting.entry_line l ON l.entry_seq = e.entry_seq
     JOIN accounting.account a ON a.account_id = l.account_id
     WHERE (e.document_type, e.document_number) = ($1, $2)
       OR $1 = 'sales_order' AND (e.document_type = 'rma' AND e.document_number IN (
           SELECT r.number FROM returns.rma r WHERE r.sales_order = $2)
         OR e.document_type = 'shipment' AND e.document_number IN (
           SELECT s.number FROM outbound.shipment s
           JOIN outbound.sales_order o ON o.sales_order_id = s.sales_order_id
           WHERE o.number = $2))
     GROUP BY 1, 2 ORDER BY 1`,
    [type, number],
  );
  return rows;
}
