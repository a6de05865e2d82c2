import { z } from 'zod';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type { Invoice, InvoiceLine, MatchRow } from './invoice.queries.ts';
import { DISCREPANCY_CODES } from './match.ts';
import { amountAnswer } from './schemas.ts';
import { INVOICE_STATES } from './states.ts';

/** A discrepancy as it is kept and shown: figures as decimals. */
export const discrepancyAnswer = z.object({
  code: z.enum(DISCREPANCY_CODES),
  line: z.number().nullable(),
  message: z.string(),
  expected: z.string(),
  found: z.string(),
  accepted: z.boolean(),
});
export type ShownDiscrepancy = z.output<typeof discrepancyAnswer>;

export const invoiceHead = z.object({
  number: z.string(),
  supplier: z.string(),
  reference: z.string(),
  currency: z.string(),
  rate: z.string(),
  invoicedOn: z.string(),
  dueOn: z.string(),
  taxAmount: amountAnswer,
  state: z.enum(INVOICE_STATES),
  discrepancies: z.array(discrepancyAnswer),
  note: z.string().nullable(),
  approvedBy: z.string().nullable(),
  approvedAt: z.string().nullable(),
  version: z.number(),
  createdAt: z.string(),
});
export const invoiceAnswer = invoiceHead.extend({
  total: z.object({ net: amountAnswer, gross: amountAnswer }),
  lines: z.array(
    z.object({
      line: z.number(),
      purchaseOrder: z.string().nullable(),
      purchaseOrderLine: z.number().nullable(),
      item: z.string().nullable(),
      description: z.string().nullable(),
      quantity: z.string(),
      amount: amountAnswer,
      paidAhead: z.string().describe('units that were approved and have not come yet'),
    }),
  ),
  matches: z.array(
    z.object({
      line: z.number(),
      receipt: z.string(),
      receiptLine: z.number(),
      quantity: z.string(),
      received: amountAnswer.describe('house currency'),
      invoiced: amountAnswer.describe('house currency, at the rate of the receipt'),
      revaluation: amountAnswer,
    }),
  ),
});
export type InvoiceAnswer = z.output<typeof invoiceAnswer>;

export function showInvoiceHead(invoice: Invoice): z.output<typeof invoiceHead> {
  const { id: _, supplierId: __, taxAmount, ...shown } = invoice;
  return {
    ...shown,
    taxAmount: formatMoney(taxAmount, currencyDigits(invoice.currency)),
    approvedAt: invoice.approvedAt?.toISOString() ?? null,
    createdAt: invoice.createdAt.toISOString(),
  };
}

export function showInvoice(
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  matches: readonly MatchRow[],
  houseDigits: number,
): InvoiceAnswer {
  const digits = currencyDigits(invoice.currency);
  const net = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const house = (amount: bigint) => formatMoney(amount, houseDigits);
  return {
    ...showInvoiceHead(invoice),
    total: {
      net: formatMoney(net, digits),
      gross: formatMoney(net + invoice.taxAmount, digits),
    },
    lines: lines.map((line) => ({
      line: line.line,
      purchaseOrder: line.purchaseOrder,
      purchaseOrderLine: line.orderLine,
      item: line.item,
      description: line.description,
      quantity: formatDecimal(line.quantity, line.scale),
      amount: formatMoney(line.amount, digits),
      paidAhead: formatDecimal(line.aheadLeft, line.scale),
    })),
    matches: matches.map((match) => ({
      line: match.line,
      receipt: match.receipt,
      receiptLine: match.receiptLine,
      quantity: formatDecimal(match.quantity, match.scale),
      received: house(match.portion),
      invoiced: house(match.cleared),
      revaluation: house(match.revaluation),
    })),
  };
}
