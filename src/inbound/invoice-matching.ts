import type { Tx } from '../platform/database.ts';
import { recordHistory } from '../platform/history.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { formatDecimal } from '../platform/quantity.ts';
import { loadOwners } from '../sellers/index.ts';
import { amountOf, basisPointsOf } from './amounts.ts';
import { type By, checkVersion, missing, requireTransition } from './inbound.ts';
import type { Invoice, InvoiceLine } from './invoice.queries.ts';
import * as queries from './invoice.queries.ts';
import type { ShownDiscrepancy } from './invoice.view.ts';
import { supplierById, tolerancesOf } from './lookup.queries.ts';
import { type Discrepancy, type DiscrepancyCode, judgeInvoice, type LineToMatch } from './match.ts';
import { readLines } from './purchase-order.queries.ts';
import { openReceiptLines } from './receipt.queries.ts';
import { INVOICE_TRANSITIONS, nextState } from './states.ts';

/** The match of invoices with what was ordered and received, done whenever that changes. */

export const SUPPLIER_INVOICE = 'supplier_invoice';

/** Locks an invoice. @throws Problem not-found, precondition-failed */
export async function lockInvoice(
  tx: Tx,
  number: string,
  version: number | undefined,
): Promise<Invoice> {
  const invoice = await queries.findInvoice(tx, number, true);
  if (!invoice) throw missing('supplier invoice', number);
  checkVersion(invoice, version);
  return invoice;
}

/** Writes the trail of an invoice. */
export async function note(
  tx: Tx,
  number: string,
  by: By,
  entry: {
    readonly action: string;
    readonly fromState?: string;
    readonly toState?: string;
    readonly note?: string | undefined;
    readonly details?: Record<string, unknown>;
  },
): Promise<void> {
  const [house] = await loadOwners(tx, ['HOUSE']);
  const document = { type: SUPPLIER_INVOICE, number };
  await recordHistory(tx, [{ ...entry, ownerId: house!.ownerId, document }], by);
}

const MESSAGES: Readonly<Record<DiscrepancyCode, string>> = {
  price: 'another price than ordered',
  quantity: 'more than was received',
  not_received: 'nothing was received that is not invoiced',
  duplicate: 'the number of the invoice was used before',
  unknown_line: 'no purchase order line of the supplier',
  tax: 'another tax than the purchase order says',
};

function showDiscrepancy(
  invoice: Invoice,
  lines: readonly InvoiceLine[],
  { code, line, expected, found }: Discrepancy,
): ShownDiscrepancy {
  const isMoney = code === 'price' || code === 'tax';
  const scale = lines.find((each) => each.line === line)?.scale ?? 0;
  const digits = currencyDigits(invoice.currency);
  const shown = (figure: bigint) =>
    isMoney ? formatMoney(figure, digits) : formatDecimal(figure, scale);
  const message = MESSAGES[code];
  return { code, line, message, expected: shown(expected), found: shown(found), accepted: false };
}

/** Judges an invoice by what is known now. */
export async function judge(
  tx: Tx,
  invoice: Invoice,
  lines: readonly InvoiceLine[],
): Promise<ShownDiscrepancy[]> {
  const orderIds = [...new Set(lines.flatMap(({ orderId }) => orderId ?? []))];
  const ordered = new Map(
    (await readLines(tx, orderIds)).map((line) => [`${line.orderId}/${line.line}`, line]),
  );
  const invoiced = new Map(
    (await queries.invoicedQuantities(tx, orderIds)).map((row) => [
      `${row.orderId}/${row.line}`,
      row.quantity,
    ]),
  );
  const open = new Map<string, bigint>();
  for (const receipt of await openReceiptLines(tx, [...ordered.values()])) {
    const key = `${receipt.orderId}/${receipt.orderLine}`;
    open.set(key, (open.get(key) ?? 0n) + receipt.quantity - receipt.invoiced);
  }
  let expectedTax = 0n;
  const toMatch = lines.map((line): LineToMatch => {
    const key = `${line.orderId}/${line.orderLine}`;
    const order = ordered.get(key);
    const { line: number, quantity, amount } = line;
    if (!order) return { line: number, quantity, amount, ordered: undefined };
    expectedTax += basisPointsOf(amount, order.taxBasisPoints);
    const facts = {
      key,
      quantity: order.quantity,
      invoiced: invoiced.get(key) ?? 0n,
      amount: amountOf(order, quantity, order.scale),
      open: open.get(key) ?? 0n,
    };
    return { line: number, quantity, amount, ordered: facts };
  });
  const { supplierId, reference, id } = invoice;
  const isDuplicate = await queries.isDuplicate(tx, supplierId, reference, id);
  const supplier = await supplierById(tx, supplierId);
  const asked = { lines: toMatch, tax: invoice.taxAmount, expectedTax, isDuplicate };
  const found = judgeInvoice(asked, tolerancesOf(supplier));
  return found.map((each) => showDiscrepancy(invoice, lines, each));
}

/** Matches an invoice again that is not decided yet. @throws Problem not-found, wrong-state */
export async function rematch(tx: Tx, number: string, by: By): Promise<void> {
  const invoice = await lockInvoice(tx, number, undefined);
  const lines = await queries.readInvoiceLines(tx, invoice.id);
  const discrepancies = await judge(tx, invoice, lines);
  const action = discrepancies.length > 0 ? 'hold' : 'match';
  const state = requireTransition(INVOICE_TRANSITIONS, action, invoice);
  await queries.setInvoice(tx, invoice.id, state, discrepancies, by);
  if (state === invoice.state && invoice.version > 1) return;
  const codes = discrepancies.map(({ code, line }) => ({ code, line }));
  const toState = state;
  const entry = { action: state, fromState: invoice.state, toState, details: { codes } };
  await note(tx, number, by, entry);
}

/** Goods came: invoices that wait for them are matched again, unless somebody decided meanwhile. */
export async function rematchWaiting(tx: Tx, orderIds: readonly number[], by: By): Promise<void> {
  for (const number of await queries.undecidedInvoices(tx, orderIds)) {
    const { state } = await lockInvoice(tx, number, undefined);
    if (nextState(INVOICE_TRANSITIONS, 'match', state) !== undefined) await rematch(tx, number, by);
  }
}
