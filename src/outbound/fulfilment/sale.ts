import { derivedUuid } from '../../ledger/index.ts';
import type { Booking, BookingLine } from '../../platform/bookings.ts';
import { convertMoney } from '../../platform/rates.ts';
import { type Amounts, amountsOf } from '../orders/amounts.ts';
import type { FullOrder, LineRow } from '../orders/order.queries.ts';
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

type Side = BookingLine & { readonly documentAmount: bigint };

/** Minor units of the order's currency in those of the house. */
type Convert = (amount: bigint) => bigint;

/**
 * What a line of the order owes for these units. House money is the difference of two totals as
 * the document's is, and a discount what lies between the totals without and with it: so the
 * receivable of all bills together is what a refund of all units takes back, to the cent.
 */
function sidesOf(
  row: LineRow,
  before: bigint,
  units: bigint,
  convert: Convert,
  about: { readonly item: string; readonly site: string; readonly channel: string },
): Side[] {
  const from = amountsOf(row, 0n, before);
  const to = amountsOf(row, 0n, before + units);
  const grown = (of: (amounts: Amounts) => bigint) => {
    return { documentAmount: of(to) - of(from), amount: convert(of(to)) - convert(of(from)) };
  };
  const gross = grown((amounts) => amounts.gross);
  const net = grown((amounts) => amounts.gross - amounts.discount);
  const tax = grown((amounts) => amounts.tax);
  const discount = {
    documentAmount: gross.documentAmount - net.documentAmount,
    amount: gross.amount - net.amount,
  };
  return [
    { role: 'revenue', documentAmount: -gross.documentAmount, amount: -gross.amount, ...about },
    { role: 'discount', ...discount, ...about },
    {
      role: 'sales_tax',
      documentAmount: -tax.documentAmount,
      amount: -tax.amount,
      ...about,
      item: undefined,
    },
  ];
}

/**
 * The booking of a shipment: what the customer owes against revenue, tax and shipping, a line for
 * each line of the order, all at the rate of the sales order. What rounding leaves over stays with
 * the receivable, so that the booking balances in the house currency. The shipping charge goes
 * with the first shipment. Undefined where nothing is owed, or where the goods are not the
 * house's.
 * @param before the sales order before these units left.
 */
export function saleOf(before: FullOrder, sale: Sale): Booking | undefined {
  const { order, lines, parts } = before;
  const { rate } = order;
  if (rate === null) return undefined;
  const { site } = sale;
  const isFirst = unitsIn(parts, 'shipped') === 0n;
  const { channel } = order;
  const convert = (amount: bigint) => convertMoney(amount, rate, sale.digits, sale.houseDigits);
  const sides: Side[] = lines.flatMap((row) => {
    const units = sale.units.get(row.line) ?? 0n;
    if (units === 0n) return [];
    const own = parts.filter(({ line }) => line === row.line);
    const about = { item: row.item, site, channel };
    return sidesOf(row, unitsIn(own, 'shipped'), units, convert, about);
  });
  if (isFirst) {
    const [documentAmount, amount] = [-order.shippingCharge, -convert(order.shippingCharge)];
    sides.push({ role: 'shipping_revenue', documentAmount, amount, site, channel });
  }
  const booked = sides.filter(
    ({ documentAmount, amount }) => documentAmount !== 0n || amount !== 0n,
  );
  if (booked.length === 0) return undefined;
  const sum = (pick: (line: Side) => bigint) =>
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
