import { derivedUuid } from '../../ledger/index.ts';
import type { Booking, BookingLine } from '../../platform/bookings.ts';
import { convertMoney } from '../../platform/rates.ts';
import { amountsOf } from '../orders/amounts.ts';
import type { FullOrder, LineRow, OrderRow } from '../orders/order.queries.ts';
import { unitsIn } from '../orders/view.ts';

/** What left with one shipment. */
export interface Sale {
  readonly shipmentId: string;
  readonly shipmentNumber: string;
  readonly site: string;
  readonly occurredAt: Date;
  /** Units by line. */
  readonly units: ReadonlyMap<number, bigint>;
  readonly houseDigits: number;
  /** Digits of the order's currency. */
  readonly digits: number;
}

interface Side extends Omit<BookingLine, 'amount'> {
  readonly documentAmount: bigint;
}

function sidesOf(row: LineRow, before: bigint, units: bigint, order: OrderRow, site: string) {
  const { gross, discount, tax } = amountsOf(row, before, units);
  const about = { item: row.item, site, channel: order.channel };
  return [
    { role: 'revenue', documentAmount: -gross, ...about },
    { role: 'discount', documentAmount: discount, ...about },
    { role: 'sales_tax', documentAmount: -tax, site, channel: order.channel },
  ] satisfies Side[];
}

/**
 * The booking of a shipment: what the customer owes against revenue, tax and shipping, a line for
 * each line of the order. Each amount is converted at the rate of the sales order; what rounding
 * leaves over stays with the receivable, so that the booking balances in the house currency. The
 * shipping charge goes with the first shipment. Undefined where nothing is owed, or where the
 * goods are not the house's.
 * @param before the sales order before these units left.
 */
export function saleOf(before: FullOrder, sale: Sale): Booking | undefined {
  const { order, lines, parts } = before;
  const { rate } = order;
  if (rate === null) return undefined;
  const { site } = sale;
  const isFirst = unitsIn(parts, 'shipped') === 0n;
  const sides: Side[] = lines.flatMap((row) => {
    const units = sale.units.get(row.line) ?? 0n;
    if (units === 0n) return [];
    const own = parts.filter(({ line }) => line === row.line);
    return sidesOf(row, unitsIn(own, 'shipped'), units, order, site);
  });
  if (isFirst) {
    const { channel, shippingCharge } = order;
    sides.push({ role: 'shipping_revenue', documentAmount: -shippingCharge, site, channel });
  }
  const booked = sides
    .filter(({ documentAmount }) => documentAmount !== 0n)
    .map((side): BookingLine => {
      const amount = convertMoney(side.documentAmount, rate, sale.digits, sale.houseDigits);
      return { ...side, amount };
    });
  if (booked.length === 0) return undefined;
  const sum = (pick: (line: BookingLine) => bigint) =>
    booked.reduce((total, line) => total + pick(line), 0n);
  const receivable: BookingLine = {
    role: 'receivable',
    amount: -sum(({ amount }) => amount),
    documentAmount: -sum(({ documentAmount }) => documentAmount),
    channel: order.channel,
  };
  return {
    id: derivedUuid(`sale ${sale.shipmentId}`),
    kind: 'sale',
    document: { type: 'sales_order', number: order.number },
    party: order.customer ?? undefined,
    currency: order.currency,
    rate,
    description: `Shipment ${sale.shipmentNumber} of sales order ${order.number}`,
    occurredAt: sale.occurredAt,
    lines: [receivable, ...booked],
  };
}
