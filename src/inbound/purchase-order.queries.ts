import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { currencyDigits, formatMoney, formatUnitCost } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type { By } from './inbound.ts';
import type { NewLine } from './purchase-order.ts';
import { totalOf } from './purchase-order.ts';
import { amountAnswer } from './schemas.ts';
import { PURCHASE_ORDER_STATES, type PurchaseOrderState } from './states.ts';

/** The head of a purchase order. */
export interface PurchaseOrder {
  readonly id: number;
  readonly number: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly isHouse: boolean;
  readonly supplierId: number;
  readonly supplier: string;
  readonly siteId: number;
  readonly site: string;
  readonly timeZone: string;
  readonly currency: string;
  readonly rate: string;
  readonly state: PurchaseOrderState;
  readonly reference: string | null;
  readonly notes: string | null;
  readonly incoterm: string | null;
  readonly paymentTermsDays: number;
  /** Minor units. */
  readonly approvalLimit: bigint | null;
  readonly approvedTotal: bigint | null;
  readonly submittedBy: number | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly revision: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A line as it lies in the database, its item joined. */
export interface OrderLine extends NewLine {
  readonly orderId: number;
  readonly line: number;
  readonly item: string;
  readonly scale: number;
  readonly state: PurchaseOrderState;
  readonly confirmedOn: string | null;
  readonly sentAt: Date | null;
  readonly received: bigint;
}

const SELECT = `SELECT o.purchase_order_id AS id, o.number, o.owner_id AS "ownerId",
    w.code AS owner, w.is_house AS "isHouse", o.supplier_id AS "supplierId",
    o.supplier_code AS supplier, o.site_id AS "siteId", s.code AS site, s.time_zone AS "timeZone",
    o.currency, trim_scale(o.rate)::text AS rate, o.state, o.reference, o.notes, o.incoterm,
    o.payment_terms_days AS "paymentTermsDays", o.approval_limit AS "approvalLimit",
    o.approved_total AS "approvedTotal", o.submitted_by AS "submittedBy",
    p.name AS "approvedBy", o.approved_at AS "approvedAt", o.revision, o.version,
    o.created_at AS "createdAt", o.updated_at AS "updatedAt"
  FROM inbound.purchase_order o
  JOIN sellers.owner w ON w.owner_id = o.owner_id
  JOIN network.site s ON s.site_id = o.site_id
  LEFT JOIN platform.principal p ON p.principal_id = o.approved_by`;

/** For lists: the select, and what it is filtered by. */
export const purchaseOrderList = { select: SELECT, id: 'o.purchase_order_id' } as const;

/** Finds a purchase order, and locks it if it is to be changed. */
export async function findOrder(
  tx: Tx,
  number: string,
  lock = false,
): Promise<PurchaseOrder | undefined> {
  if (lock) {
    await tx.query('SELECT FROM inbound.purchase_order WHERE number = $1 FOR UPDATE', [number]);
  }
  const { rows } = await tx.query<PurchaseOrder>(`${SELECT} WHERE o.number = $1`, [number]);
  return rows[0];
}

/** Locks purchase orders in the order of their ids and reads them. */
export async function lockOrders(tx: Tx, ids: readonly number[]): Promise<PurchaseOrder[]> {
  await tx.query(
    `SELECT FROM inbound.purchase_order WHERE purchase_order_id = ANY($1)
     ORDER BY purchase_order_id FOR UPDATE`,
    [ids],
  );
  const { rows } = await tx.query<PurchaseOrder>(
    `${SELECT} WHERE o.purchase_order_id = ANY($1) ORDER BY o.purchase_order_id`,
    [ids],
  );
  return rows;
}

const LINES = `SELECT l.purchase_order_id AS "orderId", l.line, l.item_id AS "itemId",
    i.sku AS item, i.quantity_scale AS scale, l.quantity, l.level,
    l.pack_numerator AS "packNumerator", l.pack_denominator AS "packDenominator",
    l.unit_price AS "unitPrice", l.amount, l.tax_basis_points AS "taxBasisPoints",
    l.expected_on::text AS "expectedOn", l.confirmed_on::text AS "confirmedOn",
    l.over_receipt_basis_points AS "overReceiptBasisPoints",
    l.under_receipt_basis_points AS "underReceiptBasisPoints", l.supplier_sku AS "supplierSku",
    l.state, l.sent_at AS "sentAt", l.received
  FROM inbound.purchase_order_line l JOIN catalog.item i ON i.item_id = l.item_id`;

/** Lines of purchase orders, in order. */
export async function readLines(tx: Tx, orderIds: readonly number[]): Promise<OrderLine[]> {
  const { rows } = await tx.query<OrderLine>(
    `${LINES} WHERE l.purchase_order_id = ANY($1) ORDER BY l.purchase_order_id, l.line`,
    [orderIds],
  );
  return rows;
}

/** What a new purchase order says besides its lines. */
export interface NewOrder {
  readonly ownerId: number;
  readonly supplierId: number;
  readonly supplier: string;
  readonly siteId: number;
  readonly currency: string;
  readonly rate: string;
  readonly reference: string | null;
  readonly notes: string | null;
  readonly incoterm: string | null;
  readonly paymentTermsDays: number;
  readonly approvalLimit: bigint | null;
}

/** @returns id and number. */
export async function insertOrder(
  tx: Tx,
  order: NewOrder,
  by: By,
): Promise<{ id: number; number: string }> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.purchase_order (owner_id, supplier_id, supplier_code, site_id, currency,
       rate, state, reference, notes, incoterm, payment_terms_days, approval_limit, created_by,
       created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9, $10, $11, $12, $13, $13)
     RETURNING purchase_order_id AS id, number`,
    [
      order.ownerId,
      order.supplierId,
      order.supplier,
      order.siteId,
      order.currency,
      order.rate,
      order.reference,
      order.notes,
      order.incoterm,
      order.paymentTermsDays,
      order.approvalLimit,
      by.actorId,
      by.at,
    ],
  );
  return rows[0]!;
}

export async function insertLines(
  tx: Tx,
  order: { readonly id: number; readonly ownerId: number },
  first: number,
  lines: readonly NewLine[],
  state: PurchaseOrderState,
): Promise<void> {
  const column = <K extends keyof NewLine>(name: K) => lines.map((line) => line[name]);
  await tx.query(
    `INSERT INTO inbound.purchase_order_line (purchase_order_id, line, owner_id, item_id, quantity,
       level, pack_numerator, pack_denominator, unit_price, amount, tax_basis_points, expected_on,
       over_receipt_basis_points, under_receipt_basis_points, supplier_sku, state)
     SELECT $1, l.line, $2, l.item_id, l.quantity, l.level, l.numerator, l.denominator, l.price,
       l.amount, l.tax, l.expected_on, l.over, l.under, l.sku, $3
     FROM unnest($4::integer[], $5::integer[], $6::bigint[], $7::text[], $8::bigint[],
       $9::bigint[], $10::bigint[], $11::bigint[], $12::integer[], $13::date[], $14::integer[],
       $15::integer[], $16::text[]) l(line, item_id, quantity, level, numerator, denominator,
       price, amount, tax, expected_on, over, under, sku)`,
    [
      order.id,
      order.ownerId,
      state,
      lines.map((_, index) => first + index),
      column('itemId'),
      column('quantity'),
      column('level'),
      column('packNumerator'),
      column('packDenominator'),
      column('unitPrice'),
      column('amount'),
      column('taxBasisPoints'),
      column('expectedOn'),
      column('overReceiptBasisPoints'),
      column('underReceiptBasisPoints'),
      column('supplierSku'),
    ],
  );
}

/** Writes what can change of a line. */
export async function updateLines(tx: Tx, lines: readonly OrderLine[]): Promise<void> {
  const column = <K extends keyof OrderLine>(name: K) => lines.map((line) => line[name]);
  await tx.query(
    `UPDATE inbound.purchase_order_line l SET quantity = k.quantity, unit_price = k.price,
       level = k.level, pack_numerator = k.numerator, pack_denominator = k.denominator,
       amount = k.amount, expected_on = k.expected_on, confirmed_on = k.confirmed_on,
       state = k.state, sent_at = k.sent_at, received = k.received
     FROM unnest($1::integer[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[],
       $6::bigint[], $7::bigint[], $8::bigint[], $9::date[], $10::date[], $11::text[],
       $12::timestamptz[], $13::bigint[]) k(id, line, quantity, price, level, numerator,
       denominator, amount, expected_on, confirmed_on, state, sent_at, received)
     WHERE l.purchase_order_id = k.id AND l.line = k.line`,
    [
      column('orderId'),
      column('line'),
      column('quantity'),
      column('unitPrice'),
      column('level'),
      column('packNumerator'),
      column('packDenominator'),
      column('amount'),
      column('expectedOn'),
      column('confirmedOn'),
      column('state'),
      column('sentAt'),
      column('received'),
    ],
  );
}

const COLUMNS = {
  state: 'state',
  reference: 'reference',
  notes: 'notes',
  approvedTotal: 'approved_total',
  approvedById: 'approved_by',
  approvedAt: 'approved_at',
  submittedBy: 'submitted_by',
  revision: 'revision',
} as const;

/** What can change of the head. */
export type OrderPatch = Partial<Record<keyof typeof COLUMNS, unknown>>;

/** Changes the head and counts its version up. */
export async function updateOrder(tx: Tx, id: number, patch: OrderPatch, by: By): Promise<void> {
  const names = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).filter(
    (name) => patch[name] !== undefined,
  );
  const assignments = names.map((name, index) => `${COLUMNS[name]} = $${index + 3}`);
  await tx.query(
    `UPDATE inbound.purchase_order
     SET ${['version = version + 1', 'updated_at = $2', ...assignments].join(', ')}
     WHERE purchase_order_id = $1`,
    [id, by.at, ...names.map((name) => patch[name])],
  );
}

export const purchaseOrderLineAnswer = z.object({
  line: z.number(),
  item: z.string(),
  quantity: z.string(),
  priceLevel: z.string().nullable().describe('the pack that the price is for; null: base unit'),
  unitPrice: z.string(),
  amount: amountAnswer,
  taxBasisPoints: z.number(),
  expectedOn: z.string().nullable(),
  confirmedOn: z.string().nullable(),
  overReceiptBasisPoints: z.number(),
  underReceiptBasisPoints: z.number(),
  supplierSku: z.string().nullable(),
  state: z.enum(PURCHASE_ORDER_STATES),
  received: z.string(),
});

export const purchaseOrderHead = z.object({
  number: z.string(),
  owner: z.string(),
  supplier: z.string(),
  site: z.string(),
  currency: z.string(),
  rate: z.string().describe('house currency for one unit, on the day it was recorded'),
  state: z.enum(PURCHASE_ORDER_STATES),
  reference: z.string().nullable(),
  notes: z.string().nullable(),
  incoterm: z.string().nullable(),
  paymentTermsDays: z.number(),
  approvalLimit: z.string().nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: z.string().nullable(),
  revision: z.number(),
  version: z.number().describe('also the ETag'),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export const purchaseOrderAnswer = purchaseOrderHead.extend({
  total: z.object({ net: amountAnswer, tax: amountAnswer, gross: amountAnswer }),
  lines: z.array(purchaseOrderLineAnswer),
});
export type PurchaseOrderAnswer = z.output<typeof purchaseOrderAnswer>;

export function showHead(order: PurchaseOrder): z.output<typeof purchaseOrderHead> {
  const { id: _, ownerId: __, isHouse: ___, supplierId: ____, siteId: _____, ...rest } = order;
  const { timeZone: _t, approvedTotal: _a, submittedBy: _s, approvalLimit, ...shown } = rest;
  const digits = currencyDigits(order.currency);
  return {
    ...shown,
    approvalLimit: approvalLimit === null ? null : formatMoney(approvalLimit, digits),
    approvedAt: order.approvedAt?.toISOString() ?? null,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

/** The whole document as the API shows it. */
export function showOrder(order: PurchaseOrder, lines: readonly OrderLine[]): PurchaseOrderAnswer {
  const digits = currencyDigits(order.currency);
  const { net, tax } = totalOf(lines);
  return {
    ...showHead(order),
    total: {
      net: formatMoney(net, digits),
      tax: formatMoney(tax, digits),
      gross: formatMoney(net + tax, digits),
    },
    lines: lines.map((line) => ({
      line: line.line,
      item: line.item,
      quantity: formatDecimal(line.quantity, line.scale),
      priceLevel: line.level,
      unitPrice: formatUnitCost(line.unitPrice, digits),
      amount: formatMoney(line.amount, digits),
      taxBasisPoints: line.taxBasisPoints,
      expectedOn: line.expectedOn,
      confirmedOn: line.confirmedOn,
      overReceiptBasisPoints: line.overReceiptBasisPoints,
      underReceiptBasisPoints: line.underReceiptBasisPoints,
      supplierSku: line.supplierSku,
      state: line.state,
      received: formatDecimal(line.received, line.scale),
    })),
  };
}
