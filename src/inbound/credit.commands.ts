import { type BookingLine, emitBookings } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { conflict, type FieldError, Problem } from '../platform/problems.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { convertMoney, rateOn } from '../platform/rates.ts';
import { loadOwners } from '../sellers/index.ts';
import { shareOf } from './amounts.ts';
import type { Credit, CreditAnswer, CreditLine } from './credit.queries.ts';
import * as queries from './credit.queries.ts';
import { type By, type Inbound, missing, refuseFields, requireTransition } from './inbound.ts';
import type { Invoice, InvoiceLine } from './invoice.queries.ts';
import * as invoices from './invoice.queries.ts';
import { lockInvoice } from './invoice-matching.ts';
import { readAmount } from './invoice-reading.ts';
import { requireSupplier, type SupplierTerms } from './lookup.queries.ts';
import { type Conversion, spreadCredit } from './match.ts';
import {
  type Finished,
  openOperation,
  returnedPart,
  revalueStep,
  type StepRequest,
} from './operations.ts';
import { creditMismatch } from './problems.ts';
import { lockOrders } from './purchase-order.queries.ts';
import { readQuantity } from './purchase-order.ts';
import { addToReceiptLines, lockReceiptLines } from './receipt.queries.ts';
import { SUPPLIER_RETURN_TRANSITIONS } from './states.ts';
import { SUPPLIER_RETURN } from './supplier-return.commands.ts';
import * as returns from './supplier-return.queries.ts';

export const SUPPLIER_CREDIT = 'supplier_credit';

/** A credit note as a request writes it. */
export interface WrittenCredit {
  readonly supplier: string;
  readonly reference: string;
  readonly currency?: string | undefined;
  readonly creditedOn: string;
  readonly taxAmount?: string | undefined;
  readonly note?: string | undefined;
  readonly supplierReturn?: string | undefined;
  readonly amount?: string | undefined;
  readonly supplierInvoice?: string | undefined;
  readonly lines?:
    | readonly {
        readonly invoiceLine: number;
        readonly quantity?: string | undefined;
        readonly amount: string;
      }[]
    | undefined;
}

interface Head {
  readonly supplier: SupplierTerms;
  readonly written: WrittenCredit;
  readonly currency: string;
  readonly rate: string;
  readonly taxAmount: bigint;
  readonly conversion: Conversion;
}

/**
 * Records a credit note, for goods that went back or for an invoice that charged too much.
 * @returns its number.
 * @throws Problem invalid-request, conflict when the reference was used, credit-mismatch,
 * exchange-rate-missing.
 */
export async function createCredit(
  inbound: Inbound,
  tx: Tx,
  written: WrittenCredit,
  by: By,
): Promise<string> {
  const errors: FieldError[] = [];
  const supplier = await requireSupplier(tx, written.supplier, errors);
  const currency = written.currency ?? supplier?.currency ?? inbound.currency;
  const digits = currencyDigits(currency);
  const taxAmount = readAmount(written.taxAmount ?? '0', digits, 'body.taxAmount', errors);
  const forReturn = written.supplierReturn !== undefined;
  if (forReturn === (written.supplierInvoice !== undefined)) {
    const expected = 'one of supplierReturn and supplierInvoice';
    errors.push({ path: 'body.supplierReturn', message: 'or the other must be given', expected });
  } else if (forReturn !== (written.amount !== undefined) || forReturn === Boolean(written.lines)) {
    const path = forReturn ? 'body.amount' : 'body.lines';
    const expected = 'an amount for a return, lines for an invoice';
    errors.push({ path, message: 'does not fit', expected });
  }
  refuseFields(errors);
  if (await queries.creditExists(tx, supplier!.supplierId, written.reference)) {
    const detail = `There is a credit note ${written.reference} of ${written.supplier} already.`;
    throw new Problem(conflict, detail, { reference: written.reference });
  }
  const rate = await rateOn(tx, inbound.currency, currency, written.creditedOn);
  const conversion = { rate, digits, houseDigits: inbound.houseDigits };
  const head = { supplier: supplier!, written, currency, rate, taxAmount, conversion };
  return forReturn ? creditReturn(tx, head, by) : creditInvoice(inbound, tx, head, by);
}

function newCredit(head: Head) {
  const { supplier, written, currency, rate, taxAmount } = head;
  return {
    supplierId: supplier.supplierId,
    reference: written.reference,
    ...{ currency, rate, taxAmount },
    creditedOn: written.creditedOn,
    note: written.note ?? null,
    returnId: null,
    invoiceId: null,
  };
}

/** Goods went back: what they cost us leaves GRNI, and the difference is a price variance. */
async function creditReturn(tx: Tx, head: Head, by: By): Promise<string> {
  const { written, supplier, conversion } = head;
  const errors: FieldError[] = [];
  const amount = readAmount(written.amount ?? '0', conversion.digits, 'body.amount', errors);
  if (amount === 0n) errors.push({ path: 'body.amount', message: 'is zero', found: '0' });
  const found = written.supplierReturn ?? '';
  const goods = await returns.findReturn(tx, found, true);
  if (goods?.supplierId !== supplier.supplierId) {
    const expected = 'a return to the supplier';
    errors.push({ path: 'body.supplierReturn', message: 'does not exist', expected, found });
  }
  refuseFields(errors);
  if (!goods) throw new Error('a refusal was passed over');
  const state = requireTransition(SUPPLIER_RETURN_TRANSITIONS, 'credit', goods);
  if (!goods.carriesValue) {
    const detail = `${goods.number} sent back goods of ${goods.owner}, which carry no money here.`;
    throw new Problem(creditMismatch, detail, { supplierReturn: goods.number });
  }
  const lines = await returns.readReturnLines(tx, goods.id);
  const settled = lines.reduce((sum, { value }) => sum + value, 0n);
  const row = { ...newCredit(head), amount, settled, state: 'posted' as const };
  const none: Omit<CreditLine, 'line'>[] = [{ invoiceLine: null, quantity: null, amount }];
  const number = await queries.insertCredit(tx, { ...row, returnId: goods.id }, none, by);
  await returns.setReturnState(tx, goods.id, state);
  const credit = (await queries.findCredit(tx, number))!;
  await book(tx, credit, conversion, { grni: settled, exchange: false, returned: 0n }, by);
  const document = { type: SUPPLIER_RETURN, number: goods.number };
  const entry = { ownerId: goods.ownerId, document, action: 'credited', toState: state };
  await recordHistory(tx, [{ ...entry, fromState: goods.state, details: { number } }], by);
  await trail(tx, number, by, 'posted', written.note);
  return number;
}

/** One planned line of a credit for an invoice. */
interface Plan {
  readonly row: Omit<CreditLine, 'line'>;
  readonly line: InvoiceLine;
}

function planLines(
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  before: ReadonlyMap<number, bigint>,
  { written, conversion }: Head,
): Plan[] {
  const errors: FieldError[] = [];
  const credited = new Map(before);
  const ahead = new Map(lines.map(({ line, aheadLeft }) => [line, aheadLeft]));
  const plans = (written.lines ?? []).flatMap((each, index): Plan[] => {
    const path = `body.lines.${index}`;
    const line = lines.find(({ line: own }) => own === each.invoiceLine);
    const amount = readAmount(each.amount, conversion.digits, `${path}.amount`, errors);
    if (!line) {
      const found = String(each.invoiceLine);
      const message = `does not exist in ${invoice.number}`;
      errors.push({ path: `${path}.invoiceLine`, message, found });
      return [];
    }
    const sum = (credited.get(line.line) ?? 0n) + amount;
    credited.set(line.line, sum);
    if (amount === 0n || sum > line.amount) {
      const expected = `more than 0, in all at most ${formatMoney(line.amount, conversion.digits)}`;
      errors.push({ path: `${path}.amount`, message: 'is out of range', expected });
    }
    const item = { quantityScale: line.scale, packs: new Map() };
    const quantity =
      each.quantity === undefined
        ? null
        : (readQuantity({ quantity: each.quantity }, item, path, errors) ?? null);
    const left = ahead.get(line.line) ?? 0n;
    if (quantity !== null) ahead.set(line.line, left - quantity);
    if (quantity !== null && quantity > left) {
      const expected = `at most ${formatDecimal(left, line.scale)}, which never came`;
      errors.push({ path: `${path}.quantity`, message: 'is too much', expected });
    }
    return [{ row: { invoiceLine: line.line, quantity, amount }, line }];
  });
  refuseFields(errors);
  return plans;
}

/**
 * An invoice charged too much: for goods that never came, what was paid ahead is given back; for
 * goods that did, their cost falls, wherever they are by now.
 */
async function creditInvoice(inbound: Inbound, tx: Tx, head: Head, by: By): Promise<string> {
  const { written, supplier, currency } = head;
  const asked = written.supplierInvoice ?? '';
  const seen = await invoices.findInvoice(tx, asked);
  const fits = seen?.supplierId === supplier.supplierId && seen.currency === currency;
  if (!seen || !fits) {
    const expected = `an invoice of the supplier in ${currency}`;
    const path = 'body.supplierInvoice';
    refuseFields([{ path, message: 'does not fit', expected, found: asked }]);
    throw new Error('a refusal was passed over');
  }
  const named = await invoices.readInvoiceLines(tx, seen.id);
  await lockOrders(tx, [...new Set(named.flatMap(({ orderId }) => orderId ?? []))]);
  const invoice = await lockInvoice(tx, asked, undefined);
  if (invoice.state !== 'approved') {
    const detail = `${asked} is ${invoice.state}: correct the invoice itself.`;
    throw new Problem(creditMismatch, detail, { supplierInvoice: asked, state: invoice.state });
  }
  const lines = await invoices.readInvoiceLines(tx, invoice.id);
  const plans = planLines(invoice, lines, await queries.creditedBefore(tx, invoice.id), head);
  const amount = plans.reduce((sum, { row }) => sum + row.amount, 0n);
  const { settled, reductions } = await settlePlans(tx, invoice, plans, head);
  const row = { ...newCredit(head), amount, settled, state: 'posting' as const };
  const rows = plans.map((plan) => plan.row);
  const number = await queries.insertCredit(tx, { ...row, invoiceId: invoice.id }, rows, by);
  const document = { type: SUPPLIER_CREDIT, number };
  const steps = reductions.map(({ movement, amount: part }): StepRequest => {
    return revalueStep(inbound, movement, -part, document, by.at);
  });
  await openOperation(tx, { ...document, operation: 'credit' }, steps, by);
  await trail(tx, number, by, 'recorded', written.note);
  return number;
}

/** What a credit takes from GRNI, and from which movements' cost. House minor units. */
async function settlePlans(
  tx: Tx,
  invoice: Invoice,
  plans: readonly Plan[],
  { conversion }: Head,
): Promise<{ settled: bigint; reductions: { movement: string; amount: bigint }[] }> {
  const matches = await invoices.readMatches(tx, invoice.id);
  await lockReceiptLines(
    tx,
    matches.map(({ receiptId, receiptLine }) => ({ receiptId, line: receiptLine })),
  );
  let settled = 0n;
  const reductions: { movement: string; amount: bigint }[] = [];
  const left = new Map(
    plans.map(({ line }) => [line.line, { quantity: line.aheadLeft, value: line.aheadValueLeft }]),
  );
  for (const { row, line } of plans) {
    if (row.quantity !== null) {
      const ahead = left.get(line.line)!;
      const value = shareOf(ahead.value, row.quantity, ahead.quantity);
      left.set(line.line, { quantity: ahead.quantity - row.quantity, value: ahead.value - value });
      const { id: invoiceId } = invoice;
      const taken = { invoiceId, invoiceLine: line.line, quantity: row.quantity, value };
      await invoices.takeAhead(tx, taken);
      settled += value;
      continue;
    }
    const own = matches.filter((match) => match.line === line.line);
    if (own.length === 0) {
      const detail = `Line ${line.line} of ${invoice.number} has no goods yet: give a quantity.`;
      throw new Problem(creditMismatch, detail, { line: line.line });
    }
    const parts = spreadCredit(row.amount, own, conversion);
    for (const [index, { receiptId, receiptLine, movement }] of own.entries()) {
      const part = parts[index] ?? 0n;
      if (part === 0n) continue;
      settled += part;
      const change = { receiptId, line: receiptLine, cleared: -part, revalued: -part };
      await addToReceiptLines(tx, [change]);
      reductions.push({ movement: movement ?? '', amount: part });
    }
  }
  return { settled, reductions };
}

/** Books a credit for an invoice once its price differences are posted. */
export async function completeCredit(inbound: Inbound, tx: Tx, finished: Finished): Promise<void> {
  const { ref, problem } = finished;
  if (problem) throw new Error(`the ledger refused a revaluation of ${ref.number}`);
  const credit = await queries.findCredit(tx, ref.number);
  if (!credit) throw new Error(`credit note ${ref.number} is gone`);
  const { rate, currency, settled } = credit;
  const { houseDigits } = inbound;
  const conversion = { rate, digits: currencyDigits(currency), houseDigits };
  const lines = await queries.readCreditLines(tx, credit.id);
  // A quantity that never came may be credited at another price; a price only at another rate.
  const exchange = lines.every(({ quantity }) => quantity === null);
  const returned = returnedPart(inbound, finished);
  await book(tx, credit, conversion, { grni: settled, exchange, returned }, finished);
  await queries.setCreditState(tx, credit.id, 'posted');
  await trail(tx, credit.number, finished, 'posted');
}

async function book(
  tx: Tx,
  credit: Credit,
  { rate, digits, houseDigits }: Conversion,
  sums: { readonly grni: bigint; readonly exchange: boolean; readonly returned: bigint },
  by: By,
): Promise<void> {
  const { amount, taxAmount, currency } = credit;
  const convert = (sum: bigint) => convertMoney(sum, rate, digits, houseDigits);
  const payable = convert(amount + taxAmount);
  const tax = -convert(taxAmount);
  const difference = -(payable + tax - sums.grni);
  const role = sums.exchange ? 'exchange_difference' : 'purchase_price_variance';
  const lines: BookingLine[] = [
    { role: 'payable', amount: payable, documentAmount: amount + taxAmount },
    { role: 'purchase_tax', amount: tax, documentAmount: -taxAmount },
    { role: 'grni', amount: -sums.grni, documentAmount: -amount },
    { role, amount: difference, documentAmount: 0n },
    // The reduction for units that went back meanwhile did not stay with the goods.
    { role: 'grni', amount: -sums.returned, documentAmount: 0n },
    { role: 'purchase_price_variance', amount: sums.returned, documentAmount: 0n },
  ];
  const booking = {
    kind: 'supplier_credit',
    document: { type: SUPPLIER_CREDIT, number: credit.number },
    party: credit.supplier,
    currency,
    rate,
    description: `Credit note ${credit.reference} of ${credit.supplier}`,
    occurredAt: by.at,
    lines: lines.filter((line) => line.amount !== 0n || line.role === 'payable'),
  };
  await emitBookings(tx, [booking], by);
}

async function trail(
  tx: Tx,
  number: string,
  by: By,
  action: string,
  note?: string | undefined,
): Promise<void> {
  const [house] = await loadOwners(tx, ['HOUSE']);
  const document = { type: SUPPLIER_CREDIT, number };
  await recordHistory(tx, [{ ownerId: house!.ownerId, document, action, note }], by);
}

/** The credit note. @throws Problem not-found */
export async function showCredit(inbound: Inbound, tx: Tx, number: string): Promise<CreditAnswer> {
  const credit = await queries.findCredit(tx, number);
  if (!credit) throw missing('credit note', number);
  return queries.showCredit(credit, inbound.houseDigits);
}
