import { type BookingLine, emitBookings } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import type { Quote } from './quote.ts';
import { documentOf, type Rma } from './rma.ts';
import type { By } from './service.ts';

/**
 * Hands a refund (or what is taken back of one, by its sign) to the books: refunds and sales tax
 * are debited, the receivable is credited, in the currency and at the rate of the sale. Goods of
 * other owners are not our money.
 * @returns whether there was anything to book.
 */
export async function emitRefundBooking(
  tx: Tx,
  rma: Rma,
  quote: Quote,
  booking: { readonly id: string; readonly kind: 'refund' | 'refund_claw_back' },
  by: By,
): Promise<boolean> {
  if (!rma.isHouse || rma.rate === null) return false;
  const lines = bookingLines(rma, quote);
  if (lines.length === 0) return false;
  const verb = booking.kind === 'refund' ? 'Refund for' : 'Refund taken back of';
  await emitBookings(
    tx,
    [
      {
        id: booking.id,
        kind: booking.kind,
        document: documentOf(rma),
        party: rma.customer ?? undefined,
        currency: rma.currency,
        rate: rma.rate,
        description: `${verb} ${rma.number}`,
        occurredAt: by.at,
        lines,
      },
    ],
    by,
  );
  return true;
}

function bookingLines(rma: Rma, quote: Quote): BookingLine[] {
  const where = { site: rma.site, channel: rma.channel ?? undefined };
  const debits: BookingLine[] = quote.parts.flatMap(({ line, refund, house }) => [
    { role: 'refunds', amount: house.net, documentAmount: refund.net, item: line.sku, ...where },
    { role: 'sales_tax', amount: house.tax, documentAmount: refund.tax, item: line.sku, ...where },
  ]);
  debits.push({
    role: 'refunds',
    amount: quote.houseShipping,
    documentAmount: quote.shipping,
    description: 'shipping',
    ...where,
  });
  const moved = debits.filter(
    ({ amount, documentAmount }) => amount !== 0n || documentAmount !== 0n,
  );
  if (moved.length === 0) return [];
  const sum = (of: (line: BookingLine) => bigint) =>
    moved.reduce((all, line) => all + of(line), 0n);
  return [
    ...moved,
    {
      role: 'receivable',
      amount: -sum(({ amount }) => amount),
      documentAmount: -sum(({ documentAmount }) => documentAmount),
      ...where,
    },
  ];
}
