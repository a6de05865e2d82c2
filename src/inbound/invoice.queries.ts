import type { Tx } from '../platform/database.ts';
import type { By } from './inbound.ts';
import type { ShownDiscrepancy } from './invoice.view.ts';
import type { AheadMatch, Match, PaidAhead } from './match.ts';
import { addToReceiptLines } from './receipt.queries.ts';
import type { InvoiceState } from './states.ts';

/** The head of a supplier invoice. */
export interface Invoice {
  readonly id: number;
  readonly number: string;
  readonly supplierId: number;
  readonly supplier: string;
  readonly reference: string;
  readonly currency: string;
  readonly rate: string;
  readonly invoicedOn: string;
  readonly dueOn: string;
  /** Minor units. */
  readonly taxAmount: bigint;
  readonly state: InvoiceState;
  readonly discrepancies: ShownDiscrepancy[];
  readonly note: string | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly version: number;
  readonly createdAt: Date;
}

/** A line of an invoice. Amounts in minor units of its currency. */
export interface InvoiceLine {
  readonly line: number;
  readonly purchaseOrder: string | null;
  readonly orderId: number | null;
  readonly orderLine: number | null;
  readonly itemId: number | null;
  readonly item: string | null;
  readonly description: string | null;
  readonly quantity: bigint;
  readonly scale: number;
  readonly amount: bigint;
  readonly ahead: bigint;
  readonly aheadValue: bigint;
  readonly aheadLeft: bigint;
  readonly aheadValueLeft: bigint;
}

const SELECT = `SELECT v.supplier_invoice_id AS id, v.number, v.supplier_id AS "supplierId",
    s.code AS supplier, v.reference, v.currency, trim_scale(v.rate)::text AS rate,
    v.invoiced_on::text AS "invoicedOn", v.due_on::text AS "dueOn", v.tax_amount AS "taxAmount",
    v.state, v.discrepancies, v.note, p.name AS "approvedBy", v.approved_at AS "approvedAt",
    v.version, v.created_at AS "createdAt"
  FROM inbound.supplier_invoice v JOIN inbound.supplier s ON s.supplier_id = v.supplier_id
  LEFT JOIN platform.principal p ON p.principal_id = v.approved_by`;

export const invoiceList = { select: SELECT, id: 'v.supplier_invoice_id' } as const;

export async function findInvoice(
  tx: Tx,
  number: string,
  lock = false,
): Promise<Invoice | undefined> {
  if (lock) {
    await tx.query('SELECT FROM inbound.supplier_invoice WHERE number = $1 FOR UPDATE', [number]);
  }
  const { rows } = await tx.query<Invoice>(`${SELECT} WHERE v.number = $1`, [number]);
  return rows[0];
}

export async function readInvoiceLines(tx: Tx, invoiceId: number): Promise<InvoiceLine[]> {
  const { rows } = await tx.query<InvoiceLine>(
    `SELECT l.line, l.purchase_order AS "purchaseOrder", l.purchase_order_id AS "orderId",
       l.purchase_order_line AS "orderLine", l.item_id AS "itemId", i.sku AS item, l.description,
       l.quantity, l.quantity_scale AS scale, l.amount, l.ahead, l.ahead_value AS "aheadValue",
       l.ahead_left AS "aheadLeft", l.ahead_value_left AS "aheadValueLeft"
     FROM inbound.supplier_invoice_line l LEFT JOIN catalog.item i ON i.item_id = l.item_id
     WHERE l.supplier_invoice_id = $1 ORDER BY l.line`,
    [invoiceId],
  );
  return rows;
}

/** What an invoice says of itself. */
export interface NewInvoice {
  readonly supplierId: number;
  readonly reference: string;
  readonly currency: string;
  readonly rate: string;
  readonly invoicedOn: string;
  readonly dueOn: string;
  readonly taxAmount: bigint;
  readonly note: string | null;
}

export type NewInvoiceLine = Pick<
  InvoiceLine,
  | ('purchaseOrder' | 'orderId' | 'orderLine' | 'itemId' | 'description' | 'quantity')
  | ('scale' | 'amount')
>;

export async function insertInvoice(
  tx: Tx,
  invoice: NewInvoice,
  by: By,
): Promise<{ id: number; number: string }> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.supplier_invoice (supplier_id, reference, currency, rate, invoiced_on,
       due_on, tax_amount, note, state, discrepancies, created_by, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'held', '[]', $9, $10, $10)
     RETURNING supplier_invoice_id AS id, number`,
    [
      invoice.supplierId,
      invoice.reference,
      invoice.currency,
      invoice.rate,
      invoice.invoicedOn,
      invoice.dueOn,
      invoice.taxAmount,
      invoice.note,
      by.actorId,
      by.at,
    ],
  );
  return rows[0]!;
}

/** Writes a corrected head. */
export async function correctInvoice(tx: Tx, id: number, invoice: NewInvoice): Promise<void> {
  await tx.query(
    `UPDATE inbound.supplier_invoice SET reference = $2, rate = $3, invoiced_on = $4, due_on = $5,
       tax_amount = $6, note = $7 WHERE supplier_invoice_id = $1`,
    [
      id,
      invoice.reference,
      invoice.rate,
      invoice.invoicedOn,
      invoice.dueOn,
      invoice.taxAmount,
      invoice.note,
    ],
  );
}

/** Replaces the lines of an invoice that is not approved. */
export async function replaceLines(
  tx: Tx,
  invoiceId: number,
  lines: readonly NewInvoiceLine[],
): Promise<void> {
  await tx.query('DELETE FROM inbound.supplier_invoice_line WHERE supplier_invoice_id = $1', [
    invoiceId,
  ]);
  const column = <K extends keyof NewInvoiceLine>(name: K) => lines.map((line) => line[name]);
  await tx.query(
    `INSERT INTO inbound.supplier_invoice_line (supplier_invoice_id, line, purchase_order,
       purchase_order_id, purchase_order_line, item_id, description, quantity, quantity_scale,
       amount)
     SELECT $1, k.n, k.purchase_order, k.order_id, k.order_line, k.item_id, k.description,
       k.quantity, k.scale, k.amount
     FROM unnest($2::text[], $3::integer[], $4::integer[], $5::integer[], $6::text[],
       $7::bigint[], $8::integer[], $9::bigint[]) WITH ORDINALITY
       k(purchase_order, order_id, order_line, item_id, description, quantity, scale, amount, n)`,
    [
      invoiceId,
      column('purchaseOrder'),
      column('orderId'),
      column('orderLine'),
      column('itemId'),
      column('description'),
      column('quantity'),
      column('scale'),
      column('amount'),
    ],
  );
}

/** Sets the state with what the match found, and counts the version up. */
export async function setInvoice(
  tx: Tx,
  id: number,
  state: InvoiceState,
  discrepancies: readonly ShownDiscrepancy[],
  by: By,
  isApproval = false,
): Promise<void> {
  await tx.query(
    `UPDATE inbound.supplier_invoice SET state = $2, discrepancies = $3, updated_at = $4,
       version = version + 1, approved_by = CASE WHEN $5 THEN $6 ELSE approved_by END,
       approved_at = CASE WHEN $5 THEN $4 ELSE approved_at END
     WHERE supplier_invoice_id = $1`,
    [id, state, JSON.stringify(discrepancies), by.at, isApproval, by.actorId],
  );
}

/** Whether another invoice of the supplier has the same number. */
export async function isDuplicate(
  tx: Tx,
  supplierId: number,
  reference: string,
  id: number,
): Promise<boolean> {
  const { rows } = await tx.query(
    `SELECT FROM inbound.supplier_invoice WHERE supplier_id = $1 AND reference = $2
       AND supplier_invoice_id <> $3 AND state <> 'cancelled' LIMIT 1`,
    [supplierId, reference, id],
  );
  return rows.length > 0;
}

/** Units on approved invoices by purchase order line. */
export async function invoicedQuantities(
  tx: Tx,
  orderIds: readonly number[],
): Promise<{ orderId: number; line: number; quantity: bigint }[]> {
  const { rows } = await tx.query<{ orderId: number; line: number; quantity: bigint }>(
    `SELECT l.purchase_order_id AS "orderId", l.purchase_order_line AS line,
       sum(l.quantity)::bigint AS quantity
     FROM inbound.supplier_invoice_line l
     JOIN inbound.supplier_invoice v ON v.supplier_invoice_id = l.supplier_invoice_id
     WHERE l.purchase_order_id = ANY($1) AND v.state IN ('posting', 'approved') GROUP BY 1, 2`,
    [orderIds],
  );
  return rows;
}

/** Invoices that are not decided and name these purchase orders. */
export async function undecidedInvoices(tx: Tx, orderIds: readonly number[]): Promise<string[]> {
  const { rows } = await tx.query<{ number: string }>(
    `SELECT number FROM inbound.supplier_invoice v
     WHERE state IN ('held', 'matched') AND EXISTS (SELECT FROM inbound.supplier_invoice_line l
       WHERE l.supplier_invoice_id = v.supplier_invoice_id AND l.purchase_order_id = ANY($1))
     ORDER BY supplier_invoice_id LIMIT 100`,
    [orderIds],
  );
  return rows.map(({ number }) => number);
}

interface StoredMatch {
  readonly invoiceId: number;
  readonly invoiceLine: number;
  readonly match: Omit<Match, 'documentAmount'> & { readonly documentAmount?: bigint };
  readonly paidAhead: boolean;
}

/** Writes matches, and what they do to the receipts they meet. */
export async function insertMatches(tx: Tx, rows: readonly StoredMatch[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO inbound.invoice_match (supplier_invoice_id, line, receipt_id, receipt_line,
       quantity, paid_ahead, document_amount, portion, cleared, revaluation, recorded_at)
     SELECT k.*, $11 FROM unnest($1::integer[], $2::integer[], $3::integer[], $4::integer[],
       $5::bigint[], $6::boolean[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[]) k`,
    [
      rows.map(({ invoiceId }) => invoiceId),
      rows.map(({ invoiceLine }) => invoiceLine),
      rows.map(({ match }) => match.receiptId),
      rows.map(({ match }) => match.receiptLine),
      rows.map(({ match }) => match.quantity),
      rows.map(({ paidAhead: ahead }) => ahead),
      rows.map(({ match }) => match.documentAmount ?? 0n),
      rows.map(({ match }) => match.portion),
      rows.map(({ match }) => match.cleared),
      rows.map(({ match }) => match.revaluation),
      at,
    ],
  );
  await addToReceiptLines(
    tx,
    rows.map(({ match }) => ({
      receiptId: match.receiptId,
      line: match.receiptLine,
      invoiced: match.quantity,
      cleared: match.cleared,
      revalued: match.revaluation,
    })),
  );
}

/** Remembers what of a line is paid before it came. */
export async function setAhead(
  tx: Tx,
  invoiceId: number,
  line: number,
  ahead: { readonly quantity: bigint; readonly value: bigint },
): Promise<void> {
  await tx.query(
    `UPDATE inbound.supplier_invoice_line SET ahead = $3, ahead_left = $3, ahead_value = $4,
       ahead_value_left = $4 WHERE supplier_invoice_id = $1 AND line = $2`,
    [invoiceId, line, ahead.quantity, ahead.value],
  );
}

/** Invoiced quantities of a purchase order line that have not come, oldest first; locked. */
export async function paidAhead(tx: Tx, orderId: number, line: number): Promise<PaidAhead[]> {
  const { rows } = await tx.query<PaidAhead>(
    `SELECT supplier_invoice_id AS "invoiceId", line AS "invoiceLine",
       ahead_left AS "quantityLeft", ahead_value_left AS "valueLeft"
     FROM inbound.supplier_invoice_line
     WHERE purchase_order_id = $1 AND purchase_order_line = $2 AND ahead_left > 0
     ORDER BY supplier_invoice_id, line FOR UPDATE`,
    [orderId, line],
  );
  return rows;
}

/** Takes from what was paid ahead. */
export async function takeAhead(
  tx: Tx,
  taken: { invoiceId: number; invoiceLine: number; quantity: bigint; value: bigint },
): Promise<void> {
  await tx.query(
    `UPDATE inbound.supplier_invoice_line SET ahead_left = ahead_left - $3,
       ahead_value_left = ahead_value_left - $4 WHERE supplier_invoice_id = $1 AND line = $2`,
    [taken.invoiceId, taken.invoiceLine, taken.quantity, taken.value],
  );
}

/** Matches a new receipt to what was paid for it before. */
export async function useAhead(tx: Tx, matches: readonly AheadMatch[], at: Date): Promise<void> {
  for (const { invoiceId, invoiceLine, quantity, cleared } of matches) {
    await takeAhead(tx, { invoiceId, invoiceLine, quantity, value: cleared });
  }
  const rows = matches.map(({ invoiceId, invoiceLine, ...match }) => {
    return { invoiceId, invoiceLine, match, paidAhead: true };
  });
  await insertMatches(tx, rows, at);
}

/** A match with its receipt. */
export interface MatchRow extends Match {
  readonly line: number;
  readonly receipt: string;
  readonly item: string;
  readonly scale: number;
  readonly site: string;
  readonly movement: string | null;
  readonly rate: string;
  readonly isPaidAhead: boolean;
}

/** What an invoice was matched to, in order. */
export async function readMatches(tx: Tx, invoiceId: number): Promise<MatchRow[]> {
  const { rows } = await tx.query<MatchRow>(
    `SELECT m.line, m.receipt_id AS "receiptId", m.receipt_line AS "receiptLine",
       r.number AS receipt, i.sku AS item, i.quantity_scale AS scale, s.code AS site, l.movement,
       trim_scale(l.rate)::text AS rate, m.quantity, m.paid_ahead AS "isPaidAhead",
       m.document_amount AS "documentAmount", m.portion, m.cleared, m.revaluation
     FROM inbound.invoice_match m
     JOIN inbound.receipt_line l ON l.receipt_id = m.receipt_id AND l.line = m.receipt_line
     JOIN inbound.receipt r ON r.receipt_id = m.receipt_id
     JOIN catalog.item i ON i.item_id = l.item_id JOIN network.site s ON s.site_id = l.site_id
     WHERE m.supplier_invoice_id = $1 ORDER BY m.line, m.recorded_at, m.receipt_id, m.receipt_line`,
    [invoiceId],
  );
  return rows;
}
