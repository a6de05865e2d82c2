import { type BookingLine, emitBookings } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import { currencyDigits } from '../platform/money.ts';
import { type FieldError, Problem } from '../platform/problems.ts';
import { type By, type Inbound, missing, refuseFields, requireTransition } from './inbound.ts';
import type { Invoice, InvoiceLine } from './invoice.queries.ts';
import * as queries from './invoice.queries.ts';
import type { InvoiceAnswer } from './invoice.view.ts';
import * as view from './invoice.view.ts';
import { judge, lockInvoice, note, rematch, SUPPLIER_INVOICE } from './invoice-matching.ts';
import { readHead, readWritten, type WrittenInvoice } from './invoice-reading.ts';
import { requireSupplier, supplierById } from './lookup.queries.ts';
import { bookInvoice, type DiscrepancyCode, NOT_ACCEPTABLE, settleLine } from './match.ts';
import {
  type Finished,
  openOperation,
  returnedPart,
  revalueStep,
  type StepRequest,
} from './operations.ts';
import { invoiceHeld } from './problems.ts';
import { lockOrders } from './purchase-order.queries.ts';
import { lockReceiptLines, openReceiptLines } from './receipt.queries.ts';
import { INVOICE_TRANSITIONS } from './states.ts';

/**
 * Records a supplier's invoice and matches it at once.
 * @throws Problem invalid-request, exchange-rate-missing.
 */
export async function createInvoice(
  inbound: Inbound,
  tx: Tx,
  written: WrittenInvoice,
  by: By,
): Promise<InvoiceAnswer> {
  const errors: FieldError[] = [];
  const supplier = await requireSupplier(tx, written.supplier, errors);
  refuseFields(errors);
  const head = await readHead(inbound, tx, written, supplier!, errors);
  const lines = await readWritten(tx, written, head, errors);
  refuseFields(errors);
  const { id, number } = await queries.insertInvoice(tx, head, by);
  await queries.replaceLines(tx, id, lines);
  await note(tx, number, by, { action: 'recorded' });
  await rematch(tx, number, by);
  return showInvoice(inbound, tx, number);
}

/**
 * Corrects an invoice that is not approved: everything is given anew, and matched again.
 * @throws Problem not-found, precondition-failed, wrong-state, invalid-request.
 */
export async function correctInvoice(
  inbound: Inbound,
  tx: Tx,
  number: string,
  request: { readonly version: number; readonly written: WrittenInvoice },
  by: By,
): Promise<InvoiceAnswer> {
  const invoice = await lockInvoice(tx, number, request.version);
  requireTransition(INVOICE_TRANSITIONS, 'hold', invoice);
  const { written } = request;
  const errors: FieldError[] = [];
  const supplier = await supplierById(tx, invoice.supplierId);
  if (written.supplier !== supplier.code) {
    const expected = supplier.code;
    errors.push({ path: 'body.supplier', message: 'cannot change', expected });
  }
  const currency = written.currency ?? invoice.currency;
  if (currency !== invoice.currency) {
    errors.push({ path: 'body.currency', message: 'cannot change', expected: invoice.currency });
  }
  refuseFields(errors);
  const head = await readHead(inbound, tx, { ...written, currency }, supplier, errors);
  const lines = await readWritten(tx, written, head, errors);
  refuseFields(errors);
  await queries.correctInvoice(tx, invoice.id, head);
  await queries.replaceLines(tx, invoice.id, lines);
  await note(tx, number, by, { action: 'corrected' });
  await rematch(tx, number, by);
  return showInvoice(inbound, tx, number);
}

/** The whole invoice. @throws Problem not-found */
export async function showInvoice(
  inbound: Inbound,
  tx: Tx,
  number: string,
): Promise<InvoiceAnswer> {
  const invoice = await queries.findInvoice(tx, number);
  if (!invoice) throw missing('supplier invoice', number);
  const lines = await queries.readInvoiceLines(tx, invoice.id);
  const matches = await queries.readMatches(tx, invoice.id);
  return view.showInvoice(invoice, lines, matches, inbound.houseDigits);
}

/** Voids an invoice that is not approved. @throws Problem not-found, wrong-state */
export async function cancelInvoice(
  tx: Tx,
  number: string,
  request: { readonly note?: string | undefined },
  by: By,
): Promise<void> {
  const invoice = await lockInvoice(tx, number, undefined);
  const state = requireTransition(INVOICE_TRANSITIONS, 'cancel', invoice);
  await queries.setInvoice(tx, invoice.id, state, invoice.discrepancies, by);
  const entry = { action: 'cancelled', fromState: invoice.state, toState: state };
  await note(tx, number, by, { ...entry, note: request.note });
}

/**
 * Approves an invoice: spreads it over its receipts and writes down the price differences that
 * the ledger is to post. {@link completeApprove} books the payable when it has.
 * @throws Problem not-found, precondition-failed, wrong-state, invoice-held.
 */
export async function approveInvoice(
  inbound: Inbound,
  tx: Tx,
  number: string,
  request: {
    readonly version?: number | undefined;
    readonly accept?: readonly DiscrepancyCode[] | undefined;
    readonly note?: string | undefined;
  },
  by: By,
): Promise<void> {
  const seen = await queries.findInvoice(tx, number);
  if (!seen) throw missing('supplier invoice', number);
  const named = await queries.readInvoiceLines(tx, seen.id);
  // Purchase orders before the invoice, as receipts lock them.
  const locked = new Set(named.flatMap(({ orderId }) => orderId ?? []));
  await lockOrders(tx, [...locked]);
  const invoice = await lockInvoice(tx, number, request.version);
  const state = requireTransition(INVOICE_TRANSITIONS, 'approve', invoice);
  const lines = await queries.readInvoiceLines(tx, invoice.id);
  // An edit may have come in between; should its locks cross ours, the database says so and the
  // transaction is tried again.
  const more = lines.flatMap(({ orderId }) => orderId ?? []).filter((id) => !locked.has(id));
  if (more.length > 0) await lockOrders(tx, more);
  const accepted = (await judge(tx, invoice, lines)).map((each) => {
    const isAcceptable = !NOT_ACCEPTABLE.includes(each.code);
    return { ...each, accepted: isAcceptable && (request.accept?.includes(each.code) ?? false) };
  });
  const open = accepted.filter((each) => !each.accepted);
  if (open.length > 0) {
    const codes = [...new Set(open.map(({ code }) => code))].join(', ');
    const detail = `${number} is held: ${codes}.`;
    throw new Problem(invoiceHeld, detail, { number, discrepancies: open });
  }
  const steps = await settle(inbound, tx, invoice, lines, by);
  await queries.setInvoice(tx, invoice.id, state, accepted, by, true);
  const ref = { type: SUPPLIER_INVOICE, number, operation: 'approve' };
  await openOperation(tx, ref, steps, by);
  const details = { accepted: accepted.map(({ code, line }) => ({ code, line })) };
  const entry = { action: 'approval_asked', fromState: invoice.state, toState: state, details };
  await note(tx, number, by, { ...entry, note: request.note });
}

/** Matches every line to its receipts, and answers the price differences to post. */
async function settle(
  inbound: Inbound,
  tx: Tx,
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  by: By,
): Promise<StepRequest[]> {
  const supplier = await supplierById(tx, invoice.supplierId);
  const conversion = {
    rate: invoice.rate,
    digits: currencyDigits(invoice.currency),
    houseDigits: inbound.houseDigits,
  };
  const document = { type: SUPPLIER_INVOICE, number: invoice.number };
  const steps: StepRequest[] = [];
  for (const line of lines) {
    const key = { orderId: line.orderId ?? 0, line: line.orderLine ?? 0 };
    // Read for each line anew: two lines of an invoice may be for the same goods.
    const open = await openReceiptLines(tx, [key]);
    const keys = open.map(({ receiptId, line: number }) => ({ receiptId, line: number }));
    const receipts = (await lockReceiptLines(tx, keys))
      .filter(({ state }) => state === 'posted')
      .map((receipt) => ({ ...receipt, receiptLine: receipt.line }));
    const { quantityToleranceBasisPoints } = supplier;
    const settled = settleLine(line, receipts, quantityToleranceBasisPoints, conversion);
    const rows = settled.matches.map((match) => {
      return { invoiceId: invoice.id, invoiceLine: line.line, match, paidAhead: false };
    });
    await queries.insertMatches(tx, rows, by.at);
    await queries.setAhead(tx, invoice.id, line.line, settled.ahead);
    for (const { receiptId, receiptLine, revaluation } of settled.matches) {
      if (revaluation === 0n) continue;
      const receipt = receipts.find(
        (each) => each.receiptId === receiptId && each.receiptLine === receiptLine,
      );
      const movement = receipt?.movement ?? '';
      steps.push(revalueStep(inbound, movement, revaluation, document, by.at));
    }
  }
  return steps;
}

/** Books an approved invoice once its price differences are posted. */
export async function completeApprove(inbound: Inbound, tx: Tx, finished: Finished): Promise<void> {
  const { ref, problem } = finished;
  if (problem) throw new Error(`the ledger refused a revaluation of ${ref.number}`);
  const invoice = await lockInvoice(tx, ref.number, undefined);
  const lines = await queries.readInvoiceLines(tx, invoice.id);
  const matches = (await queries.readMatches(tx, invoice.id)).filter((each) => !each.isPaidAhead);
  const settlements = lines.map((line) => {
    const own = matches.filter((match) => match.line === line.line);
    const matched = own.reduce((sum, { documentAmount }) => sum + documentAmount, 0n);
    const documentAmount = line.amount - matched;
    const ahead = { quantity: line.ahead, documentAmount, value: line.aheadValue };
    return { matches: own, ahead };
  });
  const net = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const { currency, rate, taxAmount: tax } = invoice;
  const conversion = { rate, digits: currencyDigits(currency), houseDigits: inbound.houseDigits };
  const sums = bookInvoice(settlements, { net, tax }, conversion);
  const goods = matches.map(({ cleared, documentAmount, item, site }): BookingLine => {
    return { role: 'grni', amount: cleared, documentAmount, item, site };
  });
  const ahead = settlements.flatMap(({ ahead: each }, index): BookingLine[] => {
    if (each.quantity === 0n) return [];
    const { value: amount, documentAmount } = each;
    const item = lines[index]?.item ?? undefined;
    return [{ role: 'grni', amount, documentAmount, item, description: 'paid ahead' }];
  });
  // The difference for units that went back meanwhile did not stay with the goods.
  const returned = returnedPart(inbound, finished);
  const others: BookingLine[] = [
    { role: 'grni', amount: -returned, documentAmount: 0n, description: 'goods sent back' },
    { role: 'purchase_price_variance', amount: returned, documentAmount: 0n },
    { role: 'purchase_tax', amount: sums.tax, documentAmount: tax },
    { role: 'payable', amount: sums.payable, documentAmount: -(net + tax) },
    { role: 'exchange_difference', amount: sums.exchange, documentAmount: 0n },
    { role: 'rounding', amount: sums.rounding, documentAmount: 0n },
  ];
  const booking = {
    kind: 'supplier_invoice',
    document: { type: SUPPLIER_INVOICE, number: invoice.number },
    party: invoice.supplier,
    currency,
    rate,
    description: `Invoice ${invoice.reference} of ${invoice.supplier}`,
    occurredAt: invoice.approvedAt ?? finished.at,
    lines: [
      ...goods,
      ...ahead,
      ...others.filter(({ role, amount }) => amount !== 0n || role === 'payable'),
    ],
  };
  await emitBookings(tx, [booking], finished);
  const state = requireTransition(INVOICE_TRANSITIONS, 'post', invoice);
  await queries.setInvoice(tx, invoice.id, state, invoice.discrepancies, finished);
  await note(tx, invoice.number, finished, {
    action: 'approved',
    fromState: invoice.state,
    toState: state,
  });
}
