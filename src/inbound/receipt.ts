import type { FieldError } from '../platform/problems.ts';
import { receiptLimit } from './amounts.ts';
import type { AsnLine } from './asn.queries.ts';
import type { OrderLine } from './purchase-order.queries.ts';
import { EXPECTING } from './states.ts';

/** Rules of receiving: which purchase order line a scan belongs to, and how much of it. */

/** A line as the scanner sends it. */
export interface WrittenReceiptLine {
  readonly purchaseOrder?: string | undefined;
  readonly line?: number | undefined;
  readonly asnLine?: number | undefined;
  readonly item?: string | undefined;
  readonly quantity: string;
  readonly level?: string | undefined;
  readonly location: string;
  readonly lpn?: string | undefined;
  readonly lpnType?: string | undefined;
  readonly lot?: string | undefined;
  readonly expiresOn?: string | undefined;
  readonly manufacturedOn?: string | undefined;
  readonly serials?: readonly string[] | undefined;
  readonly disposition?: string | undefined;
}

/** What a line is received against. */
export interface Target {
  readonly order: OrderLine;
  readonly asn: AsnLine | undefined;
}

/** States in which a line takes goods: also when it is full, as far as the tolerance goes. */
const RECEIVABLE: readonly string[] = [...EXPECTING, 'received'];

/**
 * Finds the line of a purchase order that a scan means: the one it names by number or by the line
 * of the notice, else the first of the item that still waits for goods.
 * @param orderId the purchase order that is meant; undefined: any of `orders`.
 */
export function targetOf(
  written: WrittenReceiptLine,
  orderId: number | undefined,
  orders: readonly OrderLine[],
  announced: readonly AsnLine[],
  path: string,
  errors: FieldError[],
): Target | undefined {
  const fail = (field: string, message: string, found: unknown, expected?: string) => {
    const more = expected === undefined ? {} : { expected };
    errors.push({ path: `${path}.${field}`, message, found: String(found), ...more });
    return undefined;
  };
  const ofOrder = orders.filter((line) => orderId === undefined || line.orderId === orderId);
  if (written.asnLine !== undefined) {
    const asn = announced.find(({ line }) => line === written.asnLine);
    const order = orders.find(
      (line) => line.orderId === asn?.orderId && line.line === asn.orderLine,
    );
    if (asn && order) return { order, asn };
    return fail('asnLine', 'does not exist', written.asnLine, 'a line of the notice');
  }
  if (written.line !== undefined) {
    const order = ofOrder.find(({ line }) => line === written.line);
    if (order && (written.item === undefined || written.item === order.item)) {
      return { order, asn: announcedFor(order, announced) };
    }
    if (order) return fail('item', 'is not that of the line', written.item, order.item);
    return fail('line', 'does not exist', written.line, 'a line of the purchase order');
  }
  if (written.item === undefined) {
    return fail('item', 'is missing', 'nothing', 'line, asnLine or item');
  }
  const own = ofOrder.filter(({ item }) => item === written.item);
  const order = own.find(({ state }) => EXPECTING.includes(state)) ?? own[0];
  if (order) return { order, asn: announcedFor(order, announced) };
  return fail('item', 'was not ordered', written.item, 'an item of the purchase order');
}

function announcedFor(order: OrderLine, announced: readonly AsnLine[]): AsnLine | undefined {
  const own = announced.filter(
    (line) => line.orderId === order.orderId && line.orderLine === order.line,
  );
  return own.find(({ quantity, received }) => received < quantity) ?? own[0];
}

/** Whether a line takes goods in its state. */
export function isReceivable(line: Pick<OrderLine, 'state'>): boolean {
  return RECEIVABLE.includes(line.state);
}

/** How much more a line takes; never negative. */
export function acceptable(line: OrderLine, taken: bigint): bigint {
  const left = receiptLimit(line.quantity, line.overReceiptBasisPoints) - line.received - taken;
  return left > 0n ? left : 0n;
}

/** Whole days from one day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
