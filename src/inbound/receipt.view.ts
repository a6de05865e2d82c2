import { z } from 'zod';
import { formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type { Receipt, ReceiptLine } from './receipt.queries.ts';
import { amountAnswer } from './schemas.ts';
import { RECEIPT_STATES } from './states.ts';

export const receiptHead = z.object({
  number: z.string(),
  owner: z.string(),
  supplier: z.string(),
  site: z.string(),
  asn: z.string().nullable(),
  state: z.enum(RECEIPT_STATES),
  reference: z.string().nullable(),
  occurredAt: z.string(),
  createdAt: z.string(),
});
export const receiptAnswer = receiptHead.extend({
  lines: z.array(
    z.object({
      line: z.number(),
      purchaseOrder: z.string(),
      purchaseOrderLine: z.number(),
      item: z.string(),
      quantity: z.string(),
      location: z.string(),
      disposition: z.string(),
      lot: z.string().nullable(),
      lpn: z.string().nullable(),
      state: z.enum(RECEIPT_STATES),
      receivedOn: z.string(),
      value: amountAnswer.describe('in the house currency, as received'),
      revalued: amountAnswer.describe('what invoices added since'),
      landedCost: amountAnswer,
      invoiced: z.string().describe('units on approved invoices'),
      movement: z.string().nullable(),
      reversal: z.string().nullable(),
    }),
  ),
});
export type ReceiptAnswer = z.output<typeof receiptAnswer>;

export function showReceiptHead(receipt: Receipt): z.output<typeof receiptHead> {
  const { id: _, ownerId: __, supplierId: ___, asnId: ____, problem: _____, ...shown } = receipt;
  return {
    ...shown,
    occurredAt: receipt.occurredAt.toISOString(),
    createdAt: receipt.createdAt.toISOString(),
  };
}

export function showReceipt(
  receipt: Receipt,
  lines: readonly ReceiptLine[],
  houseDigits: number,
): ReceiptAnswer {
  const money = (amount: bigint) => formatMoney(amount, houseDigits);
  return {
    ...showReceiptHead(receipt),
    lines: lines.map((line) => ({
      line: line.line,
      purchaseOrder: line.purchaseOrder,
      purchaseOrderLine: line.orderLine,
      item: line.item,
      quantity: formatDecimal(line.quantity, line.scale),
      location: line.location,
      disposition: line.disposition,
      lot: line.lot,
      lpn: line.lpn,
      state: line.state,
      receivedOn: line.receivedOn,
      value: money(line.value),
      revalued: money(line.revalued),
      landedCost: money(line.landedCost),
      invoiced: formatDecimal(line.invoiced, line.scale),
      movement: line.movement,
      reversal: line.reversal,
    })),
  };
}
