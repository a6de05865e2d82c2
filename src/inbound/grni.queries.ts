import type { Tx } from '../platform/database.ts';

/** What one document left on GRNI (goods received, not invoiced). House minor units. */
export interface GrniRow {
  readonly kind: 'receipt' | 'paid_ahead' | 'supplier_return';
  readonly document: { readonly type: string; readonly number: string };
  readonly line: number;
  readonly purchaseOrder: string | null;
  readonly supplier: string;
  readonly item: string | null;
  readonly site: string | null;
  readonly scale: number;
  /** Base units: received, and of them invoiced. */
  readonly quantity: bigint;
  readonly invoicedQuantity: bigint;
  /** What was received with price differences since, and what invoices cleared of it. */
  readonly received: bigint;
  readonly cleared: bigint;
  /** What we owe for it (a credit); negative where we paid for what has not come. */
  readonly open: bigint;
  /** YYYY-MM-DD, and whole days since then. */
  readonly since: string;
  readonly ageDays: number;
}

const ROWS = `
  SELECT 'receipt' AS kind, 'receipt' AS type, r.number, l.line, o.number AS "purchaseOrder",
    r.supplier_code AS supplier, i.sku AS item, s.code AS site, i.quantity_scale AS scale,
    l.quantity, l.invoiced AS "invoicedQuantity", l.value + l.revalued AS received, l.cleared,
    l.value + l.revalued - l.cleared AS open, l.received_on AS since
  FROM inbound.receipt_line l JOIN inbound.receipt r ON r.receipt_id = l.receipt_id
  JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id
  JOIN catalog.item i ON i.item_id = l.item_id JOIN network.site s ON s.site_id = l.site_id
  WHERE l.state IN ('posted', 'reversing') AND l.carries_value
    AND (l.invoiced < l.quantity OR l.value + l.revalued <> l.cleared)
  UNION ALL
  SELECT 'paid_ahead', 'supplier_invoice', v.number, l.line, l.purchase_order, s.code, i.sku, NULL,
    l.quantity_scale, l.ahead_left, l.ahead_left, 0, l.ahead_value_left, -l.ahead_value_left,
    v.invoiced_on
  FROM inbound.supplier_invoice_line l
  JOIN inbound.supplier_invoice v ON v.supplier_invoice_id = l.supplier_invoice_id
  JOIN inbound.supplier s ON s.supplier_id = v.supplier_id
  LEFT JOIN catalog.item i ON i.item_id = l.item_id WHERE l.ahead_left > 0
  UNION ALL
  SELECT 'supplier_return', 'supplier_return', t.number, l.line, NULL, t.supplier_code, i.sku,
    s.code, i.quantity_scale, l.quantity, 0, -l.value, 0, -l.value, t.occurred_at::date
  FROM inbound.supplier_return_line l
  JOIN inbound.supplier_return t ON t.supplier_return_id = l.supplier_return_id
  JOIN catalog.item i ON i.item_id = l.item_id
  LEFT JOIN network.location p ON p.code = l.location
  LEFT JOIN network.site s ON s.site_id = p.site_id
  WHERE t.state = 'posted' AND t.carries_value`;

/** A place in the list, to go on from. */
export type GrniKey = readonly [since: string, type: string, number: string, line: number];

/**
 * GRNI by receipt, oldest first, as of now: what was received and not invoiced, what was paid and
 * has not come (negative), and what went back and was not credited (negative). Together it is the
 * balance of the account.
 * @param tx a reader's transaction of the house.
 * @param today YYYY-MM-DD, for the age.
 */
export async function readGrni(
  tx: Tx,
  today: string,
  options: {
    readonly supplier?: string | undefined;
    readonly after?: GrniKey | undefined;
    readonly limit?: number | undefined;
  } = {},
): Promise<GrniRow[]> {
  const [since, type, number, line] = options.after ?? [];
  const { rows } = await tx.query<GrniRow & { type: string; number: string }>(
    `SELECT kind, type, number, line, "purchaseOrder", supplier, item, site, scale,
       quantity, "invoicedQuantity", received::bigint, cleared::bigint, open::bigint,
       since::text AS since, $1::date - since AS "ageDays"
     FROM (${ROWS}) g
     WHERE ($2::text IS NULL OR supplier = $2)
       AND ($3::date IS NULL OR (since, type, number, line) > ($3::date, $4::text, $5, $6::integer))
     ORDER BY g.since, type, number, line LIMIT $7`,
    [
      today,
      options.supplier ?? null,
      since ?? null,
      type ?? null,
      number ?? null,
      line ?? null,
      options.limit ?? null,
    ],
  );
  return rows.map(({ type: kind, number: own, ...row }) => ({
    ...row,
    document: { type: kind, number: own },
  }));
}
