import type { Tx } from '../platform/database.ts';

/** Money given back, taken back or refused; minor units of the currency, none negative. */
export interface RefundRow {
  readonly refundId: string;
  readonly refund: number;
  readonly kind: 'refund' | 'claw_back' | 'refusal';
  readonly currency: string;
  readonly net: bigint;
  readonly tax: bigint;
  readonly shipping: bigint;
  readonly fee: bigint;
  readonly withheld: bigint;
  readonly exchange: Record<string, unknown> | null;
  readonly note: string | null;
  readonly createdAt: Date;
  readonly lines: readonly RefundLineRow[];
}

/** The share of one line. */
export interface RefundLineRow {
  readonly rmaLine: number;
  readonly quantity: bigint;
  readonly net: bigint;
  readonly tax: bigint;
  readonly feeNet: bigint;
  readonly feeTax: bigint;
  readonly withheldNet: bigint;
  readonly withheldTax: bigint;
  readonly houseNet: bigint;
  readonly houseTax: bigint;
}

export interface NewRefund extends Omit<RefundRow, 'refund' | 'lines' | 'createdAt'> {
  readonly rmaId: number;
  readonly ownerId: number;
  readonly exchangeOrder: string | null;
  readonly bookingId: string | null;
  readonly actorId: number;
  readonly at: Date;
  readonly lines: readonly RefundLineRow[];
}

/** Writes a refund with its lines; answers its number within the return. */
export async function insertRefund(tx: Tx, refund: NewRefund): Promise<number> {
  const { rows } = await tx.query<{ refund: number }>(
    `INSERT INTO returns.refund (refund_id, rma_id, refund, owner_id, kind, currency, net, tax,
       shipping, fee, withheld, exchange_order, exchange, note, booking_id, actor_id, created_at)
     SELECT $1, $2, coalesce(max(refund), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       $14, $15, $16
     FROM returns.refund WHERE rma_id = $2 RETURNING refund`,
    [
      refund.refundId,
      refund.rmaId,
      refund.ownerId,
      refund.kind,
      refund.currency,
      refund.net,
      refund.tax,
      refund.shipping,
      refund.fee,
      refund.withheld,
      refund.exchangeOrder,
      refund.exchange ? JSON.stringify(refund.exchange) : null,
      refund.note,
      refund.bookingId,
      refund.actorId,
      refund.at,
    ],
  );
  await insertRefundLines(tx, refund);
  return rows[0]!.refund;
}

async function insertRefundLines(tx: Tx, { refundId, ownerId, lines }: NewRefund): Promise<void> {
  await tx.query(
    `INSERT INTO returns.refund_line (refund_id, owner_id, rma_line, quantity, net, tax, fee_net,
       fee_tax, withheld_net, withheld_tax, house_net, house_tax)
     SELECT $1, $2, k.* FROM unnest($3::integer[], $4::bigint[], $5::bigint[], $6::bigint[],
       $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[]) k`,
    [
      refundId,
      ownerId,
      lines.map(({ rmaLine }) => rmaLine),
      lines.map(({ quantity }) => quantity),
      lines.map(({ net }) => net),
      lines.map(({ tax }) => tax),
      lines.map(({ feeNet }) => feeNet),
      lines.map(({ feeTax }) => feeTax),
      lines.map(({ withheldNet }) => withheldNet),
      lines.map(({ withheldTax }) => withheldTax),
      lines.map(({ houseNet }) => houseNet),
      lines.map(({ houseTax }) => houseTax),
    ],
  );
}

/** The refunds of a return, oldest first. */
export async function readRefunds(tx: Tx, rmaId: number): Promise<RefundRow[]> {
  const refunds = await tx.query<Omit<RefundRow, 'lines'>>(
    `SELECT refund_id AS "refundId", refund, kind, currency, net, tax, shipping, fee, withheld,
       exchange, note, created_at AS "createdAt"
     FROM returns.refund WHERE rma_id = $1 ORDER BY refund`,
    [rmaId],
  );
  const lines = await tx.query<RefundLineRow & { refundId: string }>(
    `SELECT l.refund_id AS "refundId", l.rma_line AS "rmaLine", l.quantity, l.net, l.tax,
       l.fee_net AS "feeNet", l.fee_tax AS "feeTax", l.withheld_net AS "withheldNet",
       l.withheld_tax AS "withheldTax", l.house_net AS "houseNet", l.house_tax AS "houseTax"
     FROM returns.refund_line l JOIN returns.refund f USING (refund_id)
     WHERE f.rma_id = $1 ORDER BY l.rma_line`,
    [rmaId],
  );
  return refunds.rows.map((row) => ({
    ...row,
    lines: lines.rows.filter(({ refundId }) => refundId === row.refundId),
  }));
}
