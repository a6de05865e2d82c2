import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type { By } from './inbound.ts';
import { amountAnswer } from './schemas.ts';
import { SUPPLIER_RETURN_STATES, type SupplierReturnState } from './states.ts';

export const RETURN_REASONS = [
  'damaged',
  'defective',
  'wrong_item',
  'overdelivery',
  'short_life',
  'recall',
  'other',
] as const;

/** The head of a return to a supplier. */
export interface SupplierReturn {
  readonly id: number;
  readonly number: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly supplierId: number;
  readonly supplier: string;
  readonly reason: (typeof RETURN_REASONS)[number];
  readonly reference: string | null;
  readonly currency: string;
  readonly state: SupplierReturnState;
  readonly carriesValue: boolean;
  readonly occurredAt: Date;
  readonly problem: Record<string, unknown> | null;
  readonly credit: string | null;
  readonly createdAt: Date;
}

export interface SupplierReturnLine {
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly location: string;
  readonly disposition: string;
  readonly lot: string | null;
  readonly lpn: string | null;
  readonly receipt: string | null;
  readonly receiptId: number | null;
  readonly receiptLine: number | null;
  /** Minor units of the currency. */
  readonly expectedAmount: bigint;
  /** House minor units. */
  readonly value: bigint;
  readonly movement: string | null;
}

const SELECT = `SELECT t.supplier_return_id AS id, t.number, t.owner_id AS "ownerId",
    w.code AS owner, t.supplier_id AS "supplierId", t.supplier_code AS supplier, t.reason,
    t.reference, t.currency, t.state, t.carries_value AS "carriesValue",
    t.occurred_at AS "occurredAt", t.problem, c.number AS credit, t.created_at AS "createdAt"
  FROM inbound.supplier_return t JOIN sellers.owner w ON w.owner_id = t.owner_id
  LEFT JOIN inbound.supplier_credit c ON c.supplier_return_id = t.supplier_return_id`;

export const supplierReturnList = { select: SELECT, id: 't.supplier_return_id' } as const;

export async function findReturn(
  tx: Tx,
  number: string,
  lock = false,
): Promise<SupplierReturn | undefined> {
  if (lock) {
    await tx.query('SELECT FROM inbound.supplier_return WHERE number = $1 FOR UPDATE', [number]);
  }
  const { rows } = await tx.query<SupplierReturn>(`${SELECT} WHERE t.number = $1`, [number]);
  return rows[0];
}

export async function readReturnLines(tx: Tx, id: number): Promise<SupplierReturnLine[]> {
  const { rows } = await tx.query<SupplierReturnLine>(
    `SELECT l.line, l.item_id AS "itemId", i.sku AS item, i.quantity_scale AS scale, l.quantity,
       l.location, l.disposition, l.lot, l.lpn, r.number AS receipt, l.receipt_id AS "receiptId",
       l.receipt_line AS "receiptLine", l.expected_amount AS "expectedAmount", l.value, l.movement
     FROM inbound.supplier_return_line l JOIN catalog.item i ON i.item_id = l.item_id
     LEFT JOIN inbound.receipt r ON r.receipt_id = l.receipt_id
     WHERE l.supplier_return_id = $1 ORDER BY l.line`,
    [id],
  );
  return rows;
}

export type NewReturn = Pick<
  SupplierReturn,
  | ('ownerId' | 'supplierId' | 'supplier' | 'reason' | 'reference' | 'currency')
  | ('carriesValue' | 'occurredAt')
>;

export type NewReturnLine = Pick<
  SupplierReturnLine,
  | ('itemId' | 'quantity' | 'location' | 'disposition' | 'lot' | 'lpn' | 'receiptId')
  | ('receiptLine' | 'expectedAmount')
>;

export async function insertReturn(
  tx: Tx,
  head: NewReturn,
  lines: readonly NewReturnLine[],
  by: By,
): Promise<string> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.supplier_return (owner_id, supplier_id, supplier_code, reason, reference,
       currency, state, carries_value, occurred_at, created_by, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'posting', $7, $8, $9, $10)
     RETURNING supplier_return_id AS id, number`,
    [
      head.ownerId,
      head.supplierId,
      head.supplier,
      head.reason,
      head.reference,
      head.currency,
      head.carriesValue,
      head.occurredAt,
      by.actorId,
      by.at,
    ],
  );
  const made = rows[0]!;
  const column = <K extends keyof NewReturnLine>(name: K) => lines.map((line) => line[name]);
  await tx.query(
    `INSERT INTO inbound.supplier_return_line (supplier_return_id, line, owner_id, item_id,
       quantity, location, disposition, lot, lpn, receipt_id, receipt_line, expected_amount)
     SELECT $1, k.n, $2, k.item_id, k.quantity, k.location, k.disposition, k.lot, k.lpn,
       k.receipt_id, k.receipt_line, k.expected
     FROM unnest($3::integer[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::integer[], $10::integer[], $11::bigint[]) WITH ORDINALITY
       k(item_id, quantity, location, disposition, lot, lpn, receipt_id, receipt_line, expected,
       n)`,
    [
      made.id,
      head.ownerId,
      column('itemId'),
      column('quantity'),
      column('location'),
      column('disposition'),
      column('lot'),
      column('lpn'),
      column('receiptId'),
      column('receiptLine'),
      column('expectedAmount'),
    ],
  );
  return made.number;
}

export async function setReturnState(
  tx: Tx,
  id: number,
  state: SupplierReturnState,
  problem?: Record<string, unknown>,
): Promise<void> {
  await tx.query(
    'UPDATE inbound.supplier_return SET state = $2, problem = $3 WHERE supplier_return_id = $1',
    [id, state, problem ? JSON.stringify(problem) : null],
  );
}

/** Keeps what the movements carried out of stock. */
export async function setReturnValues(
  tx: Tx,
  id: number,
  lines: readonly { readonly line: number; readonly value: bigint; readonly movement: string }[],
): Promise<void> {
  await tx.query(
    `UPDATE inbound.supplier_return_line l SET value = k.value, movement = k.movement
     FROM unnest($2::integer[], $3::bigint[], $4::text[]) k(line, value, movement)
     WHERE l.supplier_return_id = $1 AND l.line = k.line`,
    [
      id,
      lines.map(({ line }) => line),
      lines.map(({ value }) => value),
      lines.map(({ movement }) => movement),
    ],
  );
}

/** What a supplier last charged for an item in a currency, by the newest receipt of it. */
export async function lastPrice(
  tx: Tx,
  where: { supplierId: number; itemId: number; currency: string; ownerId: number },
): Promise<{ amount: bigint; quantity: bigint } | undefined> {
  const { rows } = await tx.query<{ amount: bigint; quantity: bigint }>(
    `SELECT document_amount AS amount, quantity FROM inbound.receipt_line
     WHERE supplier_id = $1 AND item_id = $2 AND currency = $3 AND owner_id = $4
       AND state = 'posted' ORDER BY receipt_id DESC, line DESC LIMIT 1`,
    [where.supplierId, where.itemId, where.currency, where.ownerId],
  );
  return rows[0];
}

export const supplierReturnHead = z.object({
  number: z.string(),
  owner: z.string(),
  supplier: z.string(),
  reason: z.enum(RETURN_REASONS),
  reference: z.string().nullable(),
  currency: z.string(),
  state: z.enum(SUPPLIER_RETURN_STATES),
  credit: z.string().nullable().describe('the credit note that settled it'),
  occurredAt: z.string(),
  createdAt: z.string(),
});
export const supplierReturnAnswer = supplierReturnHead.extend({
  expectedCredit: amountAnswer,
  lines: z.array(
    z.object({
      line: z.number(),
      item: z.string(),
      quantity: z.string(),
      location: z.string(),
      disposition: z.string(),
      lot: z.string().nullable(),
      lpn: z.string().nullable(),
      receipt: z.string().nullable(),
      receiptLine: z.number().nullable(),
      expectedCredit: amountAnswer,
      value: amountAnswer.describe('house currency: what it cost us'),
      movement: z.string().nullable(),
    }),
  ),
});
export type SupplierReturnAnswer = z.output<typeof supplierReturnAnswer>;

export function showReturnHead(head: SupplierReturn): z.output<typeof supplierReturnHead> {
  const { id: _, ownerId: __, supplierId: ___, carriesValue: ____, problem: _p, ...shown } = head;
  return {
    ...shown,
    occurredAt: head.occurredAt.toISOString(),
    createdAt: head.createdAt.toISOString(),
  };
}

export function showReturn(
  head: SupplierReturn,
  lines: readonly SupplierReturnLine[],
  houseDigits: number,
): SupplierReturnAnswer {
  const digits = currencyDigits(head.currency);
  const expected = lines.reduce((sum, { expectedAmount }) => sum + expectedAmount, 0n);
  return {
    ...showReturnHead(head),
    expectedCredit: formatMoney(expected, digits),
    lines: lines.map((line) => ({
      line: line.line,
      item: line.item,
      quantity: formatDecimal(line.quantity, line.scale),
      location: line.location,
      disposition: line.disposition,
      lot: line.lot,
      lpn: line.lpn,
      receipt: line.receipt,
      receiptLine: line.receiptLine,
      expectedCredit: formatMoney(line.expectedAmount, digits),
      value: formatMoney(line.value, houseDigits),
      movement: line.movement,
    })),
  };
}
