/** The lines of a shop's register, and why some of them are none of the ledger's business. */

/** The columns that a file must have, in any order; others are passed over. */
export const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;

/** `InvoiceDate` is what the shop's clock showed, and the shop is in the United Kingdom. */
export const TIME_ZONE = 'Europe/London';

/** Codes under which the shop books services, fees and corrections instead of goods. */
export const NON_ITEM_CODES: ReadonlySet<string> = new Set([
  ...['POST', 'DOT', 'C2', 'C3', 'M', 'D', 'S', 'B'],
  ...['BANK CHARGES', 'AMAZONFEE', 'CRUK', 'ADJUST', 'ADJUST2', 'TEST001', 'TEST002'],
]);

/** Why a line is refused, in the order in which the rules are tried, with words for it. */
export const REFUSALS = {
  'repeated-header': 'the header again',
  'column-count': 'another number of columns than the header',
  'missing-code': 'no StockCode',
  'missing-invoice': 'no InvoiceNo',
  'non-item-code': 'a StockCode that is a service or a fee, not an item',
  'invalid-code': 'a StockCode that cannot be a SKU',
  'invalid-quantity': 'a Quantity that is no whole number of at most 9 digits',
  'zero-quantity': 'a Quantity of zero',
  'invalid-price': 'a UnitPrice that is no decimal number',
  'price-not-positive': 'a UnitPrice of zero or less',
  'invalid-date': 'an InvoiceDate that is no date and time as YYYY-MM-DD hh:mm:ss',
  'negative-sale': 'a negative Quantity on an invoice that is no cancellation',
  'positive-cancellation': 'a positive Quantity on a cancellation',
  'refused-by-ledger': 'refused by the ledger',
} as const;
export type RefusalReason = keyof typeof REFUSALS;

/** A line that is not posted, with what it holds: it is reported, never lost. */
export interface RefusedLine {
  /** Line of the file; the header is line 1. */
  readonly line: number;
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly cells: readonly string[];
}

/** A line that says how many units of an item left the shop or came back. */
export interface RetailLine {
  readonly line: number;
  readonly kind: 'sale' | 'return';
  readonly invoice: string;
  readonly sku: string;
  /** Units, always positive. */
  readonly quantity: bigint;
  /** Price of a unit in minor units times 10^4. */
  readonly unitPrice: bigint;
  /** Milliseconds since the epoch. */
  readonly occurredAt: number;
  /** Empty where the shop does not know. */
  readonly customer: string;
  readonly cells: readonly string[];
}
