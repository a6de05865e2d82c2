import { divideRounded } from '../platform/quantity.ts';
import { convertMoney } from '../platform/rates.ts';
import { isWithin, shareOf } from './amounts.ts';

/**
 * The three-way match: what was ordered, what was received and what the supplier charges. Pure:
 * figures in, verdicts and money out.
 */

/** Why an invoice is held. */
export const DISCREPANCY_CODES = [
  'price',
  'quantity',
  'not_received',
  'duplicate',
  'unknown_line',
  'tax',
] as const;
export type DiscrepancyCode = (typeof DISCREPANCY_CODES)[number];

/** What nobody can accept: there is nothing to post it to, so it must be corrected. */
export const NOT_ACCEPTABLE: readonly DiscrepancyCode[] = ['unknown_line'];

export interface Discrepancy {
  readonly code: DiscrepancyCode;
  /** The line of the invoice; null where the whole is meant. */
  readonly line: number | null;
  /** Figures as integers: minor units for price and tax, base units for quantities. */
  readonly expected: bigint;
  readonly found: bigint;
}

export interface Tolerances {
  readonly priceBasisPoints: number;
  readonly priceAmount: bigint;
  readonly quantityBasisPoints: number;
  readonly taxAmount: bigint;
}

/** One invoice line beside what is known of its purchase order line. */
export interface LineToMatch {
  readonly line: number;
  readonly quantity: bigint;
  /** Minor units that are charged, without tax. */
  readonly amount: bigint;
  /** Undefined where the invoice names no line that exists. */
  readonly ordered:
    | {
        /** Names the purchase order line. */
        readonly key: string;
        readonly quantity: bigint;
        /** Already on approved invoices. */
        readonly invoiced: bigint;
        /** Minor units that the invoiced quantity costs by the purchase order. */
        readonly amount: bigint;
        /** Received and not on an approved invoice. */
        readonly open: bigint;
      }
    | undefined;
}

export interface InvoiceToMatch {
  readonly lines: readonly LineToMatch[];
  readonly tax: bigint;
  /** Tax that the purchase orders say. */
  readonly expectedTax: bigint;
  readonly isDuplicate: boolean;
}

function isExcessTolerated(open: bigint, quantity: bigint, basisPoints: number): boolean {
  return open > 0n && isWithin(open, quantity, { basisPoints, amount: 0n });
}

/** Everything that an invoice is held for; empty when it matches. */
export function judgeInvoice(invoice: InvoiceToMatch, tolerances: Tolerances): Discrepancy[] {
  const found: Discrepancy[] = [];
  if (invoice.isDuplicate) found.push({ code: 'duplicate', line: null, expected: 0n, found: 1n });
  const taken = new Map<string, bigint>();
  for (const { line, quantity, amount, ordered } of invoice.lines) {
    if (!ordered) {
      found.push({ code: 'unknown_line', line, expected: 0n, found: quantity });
      continue;
    }
    const before = taken.get(ordered.key) ?? 0n;
    taken.set(ordered.key, before + quantity);
    const left = ordered.open > before ? ordered.open - before : 0n;
    const { priceBasisPoints: basisPoints, priceAmount, quantityBasisPoints } = tolerances;
    if (!isWithin(ordered.amount, amount, { basisPoints, amount: priceAmount })) {
      found.push({ code: 'price', line, expected: ordered.amount, found: amount });
    }
    if (quantity <= left || isExcessTolerated(left, quantity, quantityBasisPoints)) continue;
    const code = left === 0n ? 'not_received' : 'quantity';
    found.push({ code, line, expected: left, found: quantity });
  }
  const { tax, expectedTax } = invoice;
  if (!isWithin(expectedTax, tax, { basisPoints: 0, amount: tolerances.taxAmount })) {
    found.push({ code: 'tax', line: null, expected: expectedTax, found: tax });
  }
  return found;
}

/** A receipt that an invoice may be matched to. Money in house minor units. */
export interface OpenReceipt {
  readonly receiptId: number;
  readonly receiptLine: number;
  readonly quantity: bigint;
  readonly invoiced: bigint;
  readonly value: bigint;
  readonly revalued: bigint;
  readonly cleared: bigint;
  /** House currency for one unit of the document's, on the day of the receipt. */
  readonly rate: string;
}

/** What is still to be invoiced of a receipt, in house minor units. */
export function openValue(receipt: Pick<OpenReceipt, 'value' | 'revalued' | 'cleared'>): bigint {
  return receipt.value + receipt.revalued - receipt.cleared;
}

/** How a part of an invoiced line meets one receipt. */
export interface Match {
  readonly receiptId: number;
  readonly receiptLine: number;
  readonly quantity: bigint;
  /** Minor units of the invoice's currency. */
  readonly documentAmount: bigint;
  /** House minor units: received, cleared, and the difference to post to the movement. */
  readonly portion: bigint;
  readonly cleared: bigint;
  readonly revaluation: bigint;
}

/** A settled line: matches, and what is paid before it arrives. */
export interface Settlement {
  readonly matches: readonly Match[];
  readonly ahead: {
    readonly quantity: bigint;
    readonly documentAmount: bigint;
    /** House minor units at the invoice's rate. */
    readonly value: bigint;
  };
}

/** Digits after the point of the document's and of the house currency, and the invoice's rate. */
export interface Conversion {
  readonly rate: string;
  readonly digits: number;
  readonly houseDigits: number;
}

/**
 * Spreads an invoiced line over the open receipts, oldest first. Each part is worth what the
 * invoice charges for it, at the rate of the day the goods came; the receipt's own value for
 * those units leaves GRNI with it, the last units taking what rounding left, so that a receipt
 * that is invoiced in full is open by exactly zero. An excess within the tolerance is a price and
 * no quantity; beyond it, it is paid ahead and waits for the goods.
 */
export function settleLine(
  line: { readonly quantity: bigint; readonly amount: bigint },
  receipts: readonly OpenReceipt[],
  quantityBasisPoints: number,
  conversion: Conversion,
): Settlement {
  const { rate, digits, houseDigits } = conversion;
  const open = receipts.reduce((sum, each) => sum + each.quantity - each.invoiced, 0n);
  const taken = line.quantity < open ? line.quantity : open;
  const tolerated =
    taken < line.quantity && isExcessTolerated(open, line.quantity, quantityBasisPoints);
  const aheadQuantity = tolerated ? 0n : line.quantity - taken;
  let amount = tolerated ? line.amount : shareOf(line.amount, taken, line.quantity);
  const aheadAmount = line.amount - amount;
  let units = taken;
  const matches: Match[] = [];
  for (const receipt of receipts) {
    const left = receipt.quantity - receipt.invoiced;
    const quantity = left < units ? left : units;
    if (quantity === 0n) continue;
    const documentAmount = shareOf(amount, quantity, units);
    amount -= documentAmount;
    units -= quantity;
    const portion = shareOf(openValue(receipt), quantity, left);
    const cleared = convertMoney(documentAmount, receipt.rate, digits, houseDigits);
    const { receiptId, receiptLine } = receipt;
    const money = { documentAmount, portion, cleared, revaluation: cleared - portion };
    matches.push({ receiptId, receiptLine, quantity, ...money });
  }
  const value = convertMoney(aheadAmount, rate, digits, houseDigits);
  const ahead = { quantity: aheadQuantity, documentAmount: aheadAmount, value };
  return { matches, ahead };
}

/** An invoiced quantity that was paid for before it came. */
export interface PaidAhead {
  readonly invoiceId: number;
  readonly invoiceLine: number;
  readonly quantityLeft: bigint;
  readonly valueLeft: bigint;
}

/** How a new receipt meets what was paid for it already. */
export interface AheadMatch extends Omit<Match, 'documentAmount'> {
  readonly invoiceId: number;
  readonly invoiceLine: number;
}

/**
 * Matches a receipt that has just come to invoices that were paid ahead, oldest first: it is worth
 * what was paid, at the rate it was paid at.
 */
export function settleAhead(receipt: OpenReceipt, paid: readonly PaidAhead[]): AheadMatch[] {
  let left = receipt.quantity - receipt.invoiced;
  let value = openValue(receipt);
  const matches: AheadMatch[] = [];
  for (const { invoiceId, invoiceLine, quantityLeft, valueLeft } of paid) {
    const quantity = left < quantityLeft ? left : quantityLeft;
    if (quantity === 0n) continue;
    const portion = shareOf(value, quantity, left);
    const cleared = shareOf(valueLeft, quantity, quantityLeft);
    left -= quantity;
    value -= portion;
    const { receiptId, receiptLine } = receipt;
    const money = { portion, cleared, revaluation: cleared - portion };
    matches.push({ invoiceId, invoiceLine, receiptId, receiptLine, quantity, ...money });
  }
  return matches;
}

/** The sides of the booking of an approved invoice, in house minor units; debits positive. */
export interface InvoiceBooking {
  readonly grni: bigint;
  readonly tax: bigint;
  readonly payable: bigint;
  readonly exchange: bigint;
  readonly rounding: bigint;
}

/**
 * What an approved invoice books: GRNI is cleared at the rates of the receipts, the payable stands
 * at the invoice's rate, and the change of the rates in between is an exchange difference. What
 * converting piece by piece leaves over is rounding.
 */
export function bookInvoice(
  settlements: readonly Settlement[],
  amounts: { readonly net: bigint; readonly tax: bigint },
  conversion: Conversion,
): InvoiceBooking {
  const { rate, digits, houseDigits } = conversion;
  const convert = (amount: bigint) => convertMoney(amount, rate, digits, houseDigits);
  let grni = 0n;
  let exchange = 0n;
  for (const { matches, ahead } of settlements) {
    grni += ahead.value;
    for (const { cleared, documentAmount } of matches) {
      grni += cleared;
      exchange += convert(documentAmount) - cleared;
    }
  }
  const tax = convert(amounts.tax);
  const payable = -convert(amounts.net + amounts.tax);
  return { grni, tax, payable, exchange, rounding: -(grni + tax + payable + exchange) };
}

/** Spreads a price credit over the matches of an invoice line; each part at its own rate. */
export function spreadCredit(
  amount: bigint,
  matches: readonly { readonly quantity: bigint; readonly rate: string }[],
  conversion: Conversion,
): bigint[] {
  const { digits, houseDigits } = conversion;
  let units = matches.reduce((sum, { quantity }) => sum + quantity, 0n);
  let left = amount;
  return matches.map(({ quantity, rate }) => {
    const part = units === 0n ? 0n : divideRounded(left * quantity, units);
    units -= quantity;
    left -= part;
    return convertMoney(part, rate, digits, houseDigits);
  });
}
