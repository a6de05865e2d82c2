import type { Tx } from '../platform/database.ts';
import { newId } from '../platform/ids.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { emitRefundBooking } from './booking.ts';
import { refundShipping, settleClaim } from './claims.queries.ts';
import { type Quote, quoteRefund, type RefundPart, refuseNothing, wantedOf } from './quote.ts';
import { add, totalOf } from './refund.ts';
import { insertRefund, type RefundLineRow } from './refunds.queries.ts';
import type { LockedReturn } from './rma.commands.ts';
import { changeLine, readLines } from './rma.queries.ts';
import { claimKey, isSettled, type Rma } from './rma.ts';
import type { RefundBody } from './schemas.ts';
import type { By, Returns } from './service.ts';
import { type Deed, recordDeeds, requireLineAction } from './trail.ts';

/** What goes with a refund besides its sums. */
export interface RefundNotes {
  readonly note: string | undefined;
  readonly exchangeOrder?: string | undefined;
  readonly exchange?: Record<string, unknown> | undefined;
}

/** Writes a refund: the document, what is settled, the booking. Answers its number. */
export async function writeRefund(
  tx: Tx,
  rma: Rma,
  quote: Quote,
  notes: RefundNotes,
  by: By,
): Promise<number> {
  const refundId = newId();
  for (const part of quote.parts) await settlePart(tx, rma, part);
  if (quote.shipping > 0n && rma.salesOrder !== null) {
    await refundShipping(tx, rma.salesOrder, quote.shipping, quote.houseShipping);
  }
  const sum = (of: (part: RefundPart) => bigint) =>
    quote.parts.reduce((total, part) => total + of(part), 0n);
  const withheld = sum((part) => totalOf(part.withheld));
  const isBooked = await emitRefundBooking(tx, rma, quote, { id: refundId, kind: 'refund' }, by);
  const refund = await insertRefund(tx, {
    refundId,
    rmaId: rma.rmaId,
    ownerId: rma.ownerId,
    kind: 'refund',
    currency: rma.currency,
    net: sum((part) => part.refund.net),
    tax: sum((part) => part.refund.tax),
    shipping: quote.shipping,
    fee: sum((part) => totalOf(part.fee)),
    withheld: withheld > 0n ? withheld : 0n,
    exchangeOrder: notes.exchangeOrder ?? null,
    exchange: notes.exchange ?? null,
    note: notes.note ?? null,
    bookingId: isBooked ? refundId : null,
    actorId: by.actorId,
    at: by.at,
    lines: quote.parts.map(refundLineOf),
  });
  const action = notes.exchangeOrder === undefined ? 'refunded' : 'exchanged';
  const deeds = quote.parts.map(({ line, units }): Deed => {
    const quantity = formatDecimal(units, line.scale);
    return { line: line.line, action, note: notes.note, details: { refund, quantity } };
  });
  await recordDeeds(tx, rma, deeds, by);
  return refund;
}

/** A part as a refund keeps it. */
export function refundLineOf(part: RefundPart): RefundLineRow {
  const floor = (amount: bigint) => (amount > 0n ? amount : 0n);
  return {
    rmaLine: part.line.line,
    quantity: part.units,
    net: part.refund.net,
    tax: part.refund.tax,
    feeNet: part.fee.net,
    feeTax: part.fee.tax,
    withheldNet: floor(part.withheld.net),
    withheldTax: floor(part.withheld.tax),
    houseNet: part.house.net,
    houseTax: part.house.tax,
  };
}

async function settlePart(tx: Tx, rma: Rma, part: RefundPart): Promise<void> {
  const key = claimKey(rma, part.line);
  const worth = add(add(part.refund, part.fee), part.withheld);
  await settleClaim(tx, key.document, key.line, {
    units: part.units,
    settledNet: worth.net,
    settledTax: worth.tax,
    refundedNet: part.refund.net,
    refundedTax: part.refund.tax,
    houseNet: part.house.net,
    houseTax: part.house.tax,
  });
  await changeLine(tx, rma.rmaId, {
    line: part.line.line,
    refunded: part.units,
    withheldNet: part.withheld.net,
    withheldTax: part.withheld.tax,
  });
}

/**
 * Gives money back. @returns the number of the refund within the return.
 * @throws Problem refund-beyond-due, price-unknown, invalid-request, return-state.
 */
export async function refundReturn(
  returns: Returns,
  tx: Tx,
  { rma, lines }: LockedReturn,
  body: RefundBody,
  by: By,
): Promise<number> {
  const wanted = wantedOf(rma, lines, body);
  refuseNothing(rma, wanted);
  const quote = await quoteRefund(returns, tx, rma, wanted);
  const refund = await writeRefund(tx, rma, quote, { note: body.note }, by);
  await completeSettled(tx, rma, by);
  return refund;
}

/** Completes the lines of which nothing is left to do. */
export async function completeSettled(tx: Tx, before: Rma, by: By): Promise<void> {
  const lines = await readLines(tx, before.rmaId);
  const { rows } = await tx.query<{ state: Rma['state'] }>(
    'SELECT state FROM returns.rma WHERE rma_id = $1',
    [before.rmaId],
  );
  const rma = { ...before, state: rows[0]!.state };
  const deeds: Deed[] = [];
  for (const line of lines.filter(isSettled)) {
    const state = requireLineAction(rma, line, 'complete');
    await changeLine(tx, rma.rmaId, { line: line.line, state });
    const { line: number } = line;
    deeds.push({ line: number, action: 'completed', fromState: line.state, toState: state });
  }
  if (deeds.length > 0) await recordDeeds(tx, rma, deeds, by);
}
