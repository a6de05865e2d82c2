import type { Tx } from '../platform/database.ts';
import type { By } from './inbound.ts';
import type { ReceiptState } from './states.ts';

/** The head of a receipt. */
export interface Receipt {
  readonly id: number;
  readonly number: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly supplierId: number;
  readonly supplier: string;
  readonly site: string;
  readonly asn: string | null;
  readonly asnId: number | null;
  readonly state: ReceiptState;
  readonly reference: string | null;
  readonly occurredAt: Date;
  readonly problem: Record<string, unknown> | null;
  readonly createdAt: Date;
}

/** A line of a receipt with what it is joined to. Money in house minor units. */
export interface ReceiptLine {
  readonly receiptId: number;
  readonly receipt: string;
  readonly line: number;
  readonly ownerId: number;
  readonly supplierId: number;
  readonly orderId: number;
  readonly purchaseOrder: string;
  readonly orderLine: number;
  readonly asnId: number | null;
  readonly asnLine: number | null;
  readonly itemId: number;
  readonly item: string;
  readonly scale: number;
  readonly site: string;
  readonly quantity: bigint;
  readonly location: string;
  readonly disposition: string;
  readonly lot: string | null;
  readonly lpn: string | null;
  readonly state: ReceiptState;
  readonly receivedOn: string;
  readonly carriesValue: boolean;
  readonly currency: string;
  readonly rate: string;
  readonly documentAmount: bigint;
  readonly value: bigint;
  readonly revalued: bigint;
  readonly invoiced: bigint;
  readonly cleared: bigint;
  readonly landedCost: bigint;
  readonly movement: string | null;
  readonly reversal: string | null;
}

const SELECT = `SELECT r.receipt_id AS id, r.number, r.owner_id AS "ownerId", w.code AS owner,
    r.supplier_id AS "supplierId", r.supplier_code AS supplier, s.code AS site,
    a.number AS asn, r.asn_id AS "asnId", r.state, r.reference, r.occurred_at AS "occurredAt",
    r.problem, r.created_at AS "createdAt"
  FROM inbound.receipt r JOIN sellers.owner w ON w.owner_id = r.owner_id
  JOIN network.site s ON s.site_id = r.site_id
  LEFT JOIN inbound.asn a ON a.asn_id = r.asn_id`;

export const receiptList = { select: SELECT, id: 'r.receipt_id' } as const;

export async function findReceipt(
  tx: Tx,
  number: string,
  lock = false,
): Promise<Receipt | undefined> {
  if (lock) await tx.query('SELECT FROM inbound.receipt WHERE number = $1 FOR UPDATE', [number]);
  const { rows } = await tx.query<Receipt>(`${SELECT} WHERE r.number = $1`, [number]);
  return rows[0];
}

const LINES = `SELECT l.receipt_id AS "receiptId", r.number AS receipt, l.line,
    l.owner_id AS "ownerId", l.supplier_id AS "supplierId", l.purchase_order_id AS "orderId",
    o.number AS "purchaseOrder", l.purchase_order_line AS "orderLine", l.asn_id AS "asnId",
    l.asn_line AS "asnLine", l.item_id AS "itemId", i.sku AS item, i.quantity_scale AS scale,
    s.code AS site, l.quantity, l.location, l.disposition, l.lot, l.lpn, l.state,
    l.received_on::text AS "receivedOn", l.carries_value AS "carriesValue", l.currency,
    trim_scale(l.rate)::text AS rate, l.document_amount AS "documentAmount", l.value, l.revalued,
    l.invoiced, l.cleared, l.landed_cost AS "landedCost", l.movement, l.reversal
  FROM inbound.receipt_line l JOIN inbound.receipt r ON r.receipt_id = l.receipt_id
  JOIN catalog.item i ON i.item_id = l.item_id JOIN network.site s ON s.site_id = l.site_id
  JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id`;

/** Names one line of a receipt. */
export interface ReceiptLineKey {
  readonly receiptId: number;
  readonly line: number;
}

export async function readReceiptLines(tx: Tx, receiptId: number): Promise<ReceiptLine[]> {
  const { rows } = await tx.query<ReceiptLine>(`${LINES} WHERE l.receipt_id = $1 ORDER BY l.line`, [
    receiptId,
  ]);
  return rows;
}

/** Locks lines in the order of their keys, and reads them. */
export async function lockReceiptLines(
  tx: Tx,
  keys: readonly ReceiptLineKey[],
): Promise<ReceiptLine[]> {
  const parameters = [keys.map(({ receiptId }) => receiptId), keys.map(({ line }) => line)];
  const wanted = 'SELECT * FROM unnest($1::integer[], $2::integer[])';
  await tx.query(
    `SELECT FROM inbound.receipt_line WHERE (receipt_id, line) IN (${wanted})
     ORDER BY receipt_id, line FOR UPDATE`,
    parameters,
  );
  const { rows } = await tx.query<ReceiptLine>(
    `${LINES} WHERE (l.receipt_id, l.line) IN (${wanted}) ORDER BY l.receipt_id, l.line`,
    parameters,
  );
  return rows;
}

/** Posted lines of purchase order lines that are not invoiced in full, oldest first. */
export async function openReceiptLines(
  tx: Tx,
  keys: readonly { readonly orderId: number; readonly line: number }[],
): Promise<ReceiptLine[]> {
  const { rows } = await tx.query<ReceiptLine>(
    `${LINES} WHERE (l.purchase_order_id, l.purchase_order_line) IN (
       SELECT * FROM unnest($1::integer[], $2::integer[]))
       AND l.state = 'posted' AND l.carries_value AND l.invoiced < l.quantity
     ORDER BY l.receipt_id, l.line`,
    [keys.map(({ orderId }) => orderId), keys.map(({ line }) => line)],
  );
  return rows;
}

/** Units that receipts are taking in at this moment, by purchase order line. */
export async function postingQuantities(
  tx: Tx,
  orderIds: readonly number[],
): Promise<{ orderId: number; line: number; quantity: bigint }[]> {
  const { rows } = await tx.query<{ orderId: number; line: number; quantity: bigint }>(
    `SELECT purchase_order_id AS "orderId", purchase_order_line AS line,
       sum(quantity)::bigint AS quantity
     FROM inbound.receipt_line WHERE purchase_order_id = ANY($1) AND state = 'posting'
     GROUP BY 1, 2`,
    [orderIds],
  );
  return rows;
}

/** What a new receipt says. */
export interface NewReceipt {
  readonly ownerId: number;
  readonly supplierId: number;
  readonly supplier: string;
  readonly siteId: number;
  readonly asnId: number | null;
  readonly reference: string | null;
  readonly occurredAt: Date;
}

export type NewReceiptLine = Pick<
  ReceiptLine,
  | ('orderId' | 'orderLine' | 'asnId' | 'asnLine' | 'itemId' | 'quantity' | 'location')
  | ('disposition' | 'lot' | 'lpn' | 'receivedOn' | 'carriesValue' | 'currency' | 'rate')
  | ('documentAmount' | 'value')
>;

export async function insertReceipt(
  tx: Tx,
  receipt: NewReceipt,
  lines: readonly NewReceiptLine[],
  by: By,
): Promise<{ id: number; number: string }> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.receipt (owner_id, supplier_id, supplier_code, site_id, asn_id, state,
       reference, occurred_at, created_by, created_at)
     VALUES ($1, $2, $3, $4, $5, 'posting', $6, $7, $8, $9) RETURNING receipt_id AS id, number`,
    [
      receipt.ownerId,
      receipt.supplierId,
      receipt.supplier,
      receipt.siteId,
      receipt.asnId,
      receipt.reference,
      receipt.occurredAt,
      by.actorId,
      by.at,
    ],
  );
  const made = rows[0]!;
  const column = <K extends keyof NewReceiptLine>(name: K) => lines.map((line) => line[name]);
  await tx.query(
    `INSERT INTO inbound.receipt_line (receipt_id, line, owner_id, supplier_id, site_id,
       purchase_order_id, purchase_order_line, asn_id, asn_line, item_id, quantity, location,
       disposition, lot, lpn, state, received_on, carries_value, currency, rate, document_amount,
       value)
     SELECT $1, k.n, $2, $3, $4, k.order_id, k.order_line, k.asn_id, k.asn_line, k.item_id,
       k.quantity, k.location, k.disposition, k.lot, k.lpn, 'posting', k.received_on, k.carries,
       k.currency, k.rate, k.amount, k.value
     FROM unnest($5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::integer[],
       $10::bigint[], $11::text[], $12::text[], $13::text[], $14::text[], $15::date[],
       $16::boolean[], $17::text[], $18::numeric[], $19::bigint[], $20::bigint[])
       WITH ORDINALITY k(order_id, order_line, asn_id, asn_line, item_id, quantity, location,
       disposition, lot, lpn, received_on, carries, currency, rate, amount, value, n)`,
    [
      made.id,
      receipt.ownerId,
      receipt.supplierId,
      receipt.siteId,
      column('orderId'),
      column('orderLine'),
      column('asnId'),
      column('asnLine'),
      column('itemId'),
      column('quantity'),
      column('location'),
      column('disposition'),
      column('lot'),
      column('lpn'),
      column('receivedOn'),
      column('carriesValue'),
      column('currency'),
      column('rate'),
      column('documentAmount'),
      column('value'),
    ],
  );
  return made;
}

/** Sets the state of lines, with the movement that posted or reversed each. */
export async function setLineStates(
  tx: Tx,
  receiptId: number,
  lines: readonly {
    readonly line: number;
    readonly state: ReceiptState;
    readonly movement?: string | undefined;
    readonly reversal?: string | undefined;
  }[],
): Promise<void> {
  await tx.query(
    `UPDATE inbound.receipt_line l SET state = k.state,
       movement = coalesce(k.movement, l.movement), reversal = coalesce(k.reversal, l.reversal)
     FROM unnest($2::integer[], $3::text[], $4::text[], $5::text[])
       k(line, state, movement, reversal)
     WHERE l.receipt_id = $1 AND l.line = k.line`,
    [
      receiptId,
      lines.map(({ line }) => line),
      lines.map(({ state }) => state),
      lines.map(({ movement }) => movement ?? null),
      lines.map(({ reversal }) => reversal ?? null),
    ],
  );
}

export async function setReceiptState(
  tx: Tx,
  receiptId: number,
  state: ReceiptState,
  problem?: Record<string, unknown>,
): Promise<void> {
  await tx.query('UPDATE inbound.receipt SET state = $2, problem = $3 WHERE receipt_id = $1', [
    receiptId,
    state,
    problem ? JSON.stringify(problem) : null,
  ]);
}

/** What invoices, credits and landed costs do to lines; all figures are added. */
export interface ReceiptLineChange extends ReceiptLineKey {
  readonly invoiced?: bigint | undefined;
  readonly cleared?: bigint | undefined;
  readonly revalued?: bigint | undefined;
  readonly landedCost?: bigint | undefined;
}

/** Adds to the figures of lines that are locked; a line may be named several times. */
export async function addToReceiptLines(
  tx: Tx,
  changes: readonly ReceiptLineChange[],
): Promise<void> {
  await tx.query(
    `UPDATE inbound.receipt_line l SET invoiced = l.invoiced + k.invoiced,
       cleared = l.cleared + k.cleared, revalued = l.revalued + k.revalued,
       landed_cost = l.landed_cost + k.landed_cost
     FROM (SELECT receipt_id, line, sum(invoiced)::bigint AS invoiced,
         sum(cleared)::bigint AS cleared, sum(revalued)::bigint AS revalued,
         sum(landed_cost)::bigint AS landed_cost
       FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[],
         $6::bigint[]) u(receipt_id, line, invoiced, cleared, revalued, landed_cost)
       GROUP BY 1, 2) k
     WHERE l.receipt_id = k.receipt_id AND l.line = k.line`,
    [
      changes.map(({ receiptId }) => receiptId),
      changes.map(({ line }) => line),
      changes.map(({ invoiced }) => invoiced ?? 0n),
      changes.map(({ cleared }) => cleared ?? 0n),
      changes.map(({ revalued }) => revalued ?? 0n),
      changes.map(({ landedCost }) => landedCost ?? 0n),
    ],
  );
}

/** Which of these codes are places of a site that can take goods in. */
export async function placesOf(
  tx: Tx,
  siteId: number,
  codes: readonly string[],
): Promise<Set<string>> {
  const { rows } = await tx.query<{ code: string }>(
    `SELECT code FROM network.location
     WHERE site_id = $1 AND code = ANY($2) AND active AND NOT is_virtual`,
    [siteId, codes],
  );
  return new Set(rows.map(({ code }) => code));
}

/** When a lot that is known expires; null where it is new or keeps for ever. */
export async function expiryOfLot(tx: Tx, itemId: number, lot: string): Promise<string | null> {
  const { rows } = await tx.query<{ expiresOn: string | null }>(
    `SELECT expires_on::text AS "expiresOn" FROM ledger.lot WHERE item_id = $1 AND code = $2`,
    [itemId, lot],
  );
  return rows[0]?.expiresOn ?? null;
}
