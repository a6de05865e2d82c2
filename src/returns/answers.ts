import type { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type * as answers from './answer-schemas.ts';
import { type Claim, readClaims, termsOf } from './claims.queries.ts';
import {
  type InspectionRow,
  type ReceiptLineRow,
  readInspections,
  readReceiptLines,
} from './goods.queries.ts';
import { paidFor } from './refund.ts';
import { type RefundRow, readRefunds } from './refunds.queries.ts';
import { readLines } from './rma.queries.ts';
import { claimKey, type Rma, type RmaLine, refundableUnits } from './rma.ts';
import { digitsOf } from './service.ts';

type Summary = z.output<typeof answers.summaryAnswer>;

/** The header and lines of a return in JSON, as lists show it. */
export function summaryOf(rma: Rma, lines: readonly RmaLine[], claims: readonly Claim[]): Summary {
  const at = (moment: Date | null) => moment?.toISOString() ?? null;
  return {
    number: rma.number,
    owner: rma.ownerCode,
    salesOrder: rma.salesOrder,
    channel: rma.channel,
    customer: rma.customer,
    site: rma.site,
    currency: rma.currency,
    state: rma.state,
    terms: rma.terms,
    override:
      rma.overrideNote === null ? null : { note: rma.overrideNote, by: rma.overrideBy ?? '' },
    carrier: rma.carrier,
    trackingNumber: rma.trackingNumber,
    labelUrl: rma.labelUrl,
    expectedOn: rma.expectedOn,
    notes: rma.notes,
    shippedAt: at(rma.shippedAt),
    windowEndsAt: at(rma.windowEndsAt),
    expiresAt: at(rma.expiresAt),
    lines: lines.map((line) => lineOf(rma, line, claims)),
    version: rma.version,
    createdAt: rma.createdAt.toISOString(),
    updatedAt: rma.updatedAt.toISOString(),
  };
}

function lineOf(rma: Rma, line: RmaLine, claims: readonly Claim[]): Summary['lines'][number] {
  const key = claimKey(rma, line);
  const claim = claims.find((one) => one.document === key.document && one.line === key.line);
  const terms = claim && termsOf(claim, line.scale);
  const units = line.expected > line.received ? line.expected : line.received;
  const paid = terms && paidFor(terms, units);
  const money = (amount: bigint) => formatMoney(amount, digitsOf(rma.currency));
  const count = (amount: bigint) => formatDecimal(amount, line.scale);
  return {
    line: line.line,
    item: line.sku,
    orderLine: line.orderLine,
    reason: line.reason,
    comment: line.comment,
    unexpected: line.isUnexpected,
    state: line.state,
    expected: count(line.expected),
    received: count(line.received),
    inspected: count(line.inspected),
    refunded: count(line.refunded),
    refused: count(line.refused),
    due: count(refundableUnits(line, rma.terms.refundTiming)),
    paid: paid ? { net: money(paid.net), tax: money(paid.tax) } : null,
    withheld: money(line.withheldNet + line.withheldTax),
  };
}

/** Everything about a return. `tx` sees what the caller may. */
export async function answerOf(
  tx: Tx,
  rma: Rma,
  houseDigits: number,
): Promise<answers.ReturnAnswer> {
  const lines = await readLines(tx, rma.rmaId);
  const claims = await claimsOf(tx, [rma]);
  const receipts = await readReceiptLines(tx, rma.rmaId);
  const inspections = await readInspections(tx, rma.rmaId);
  const refunds = await readRefunds(tx, rma.rmaId);
  return {
    ...summaryOf(rma, lines, claims),
    receipts: receipts.map((row) => receiptLineOf(row, houseDigits)),
    inspections: inspections.map((row) => inspectionOf(row, houseDigits)),
    refunds: refunds.map((row) => refundOf(row, lines)),
  };
}

/** The claims behind the lines of some returns. */
export async function claimsOf(tx: Tx, rmas: readonly Rma[]): Promise<Claim[]> {
  const documents = new Set(
    rmas.flatMap(({ number, salesOrder }) => (salesOrder ? [number, salesOrder] : [number])),
  );
  return readClaims(tx, [...documents]);
}

export function receiptLineOf(
  row: ReceiptLineRow,
  houseDigits: number,
): z.output<typeof answers.receiptLineAnswer> {
  return {
    receipt: row.receipt,
    receiptLine: row.line,
    line: row.rmaLine,
    item: row.sku,
    quantity: formatDecimal(row.quantity, row.scale),
    location: row.location,
    lpn: row.lpn,
    lot: row.lot,
    serials: row.serials,
    returnOf: row.journal === null ? null : `${row.journal}-${row.seq}`,
    value: row.value === null ? null : formatMoney(row.value, houseDigits),
    state: row.state,
    movement: row.movement,
    inspected: formatDecimal(row.inspected, row.scale),
    receivedAt: row.occurredAt.toISOString(),
    problem: row.problem,
  };
}

export function inspectionOf(
  row: InspectionRow,
  houseDigits: number,
): z.output<typeof answers.inspectionAnswer> {
  return {
    inspection: row.inspection,
    receipt: row.receipt,
    receiptLine: row.receiptLine,
    line: row.rmaLine,
    item: row.sku,
    quantity: formatDecimal(row.quantity, row.scale),
    serials: row.serials,
    grade: row.grade,
    findings: row.findings,
    photos: row.photos,
    outcome: row.details,
    state: row.state,
    movement: row.movement,
    handedOver: row.handedOver,
    value: row.value === null ? null : formatMoney(row.value, houseDigits),
    inspectedAt: row.occurredAt.toISOString(),
    problem: row.problem,
  };
}

export function refundOf(
  row: RefundRow,
  lines: readonly Pick<RmaLine, 'line' | 'scale'>[],
): z.output<typeof answers.refundAnswer> {
  const money = (amount: bigint) => formatMoney(amount, digitsOf(row.currency));
  const scaleOf = (line: number) => lines.find((one) => one.line === line)?.scale ?? 0;
  return {
    refund: row.refund,
    kind: row.kind,
    currency: row.currency,
    net: money(row.net),
    tax: money(row.tax),
    shipping: money(row.shipping),
    total: money(row.net + row.tax + row.shipping),
    fee: money(row.fee),
    withheld: money(row.withheld),
    exchange: row.exchange,
    note: row.note,
    createdAt: row.createdAt.toISOString(),
    lines: row.lines.map((line) => ({
      line: line.rmaLine,
      quantity: formatDecimal(line.quantity, scaleOf(line.rmaLine)),
      net: money(line.net),
      tax: money(line.tax),
      fee: money(line.feeNet + line.feeTax),
    })),
  };
}
