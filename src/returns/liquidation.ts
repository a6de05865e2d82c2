import { emitBookings } from '../platform/bookings.ts';
import type { Tx } from '../platform/database.ts';
import { parseMoney } from '../platform/money.ts';
import type { InspectionRow } from './goods.queries.ts';
import { documentOf, type Rma } from './rma.ts';
import type { By, Returns } from './service.ts';

/**
 * Books what a liquidator pays for returned goods, in house currency: the receivable is debited,
 * revenue and sales tax are credited. The cost leaves with the ledger's own movement.
 * @param sign -1n takes it back.
 */
export async function emitLiquidation(
  returns: Returns,
  tx: Tx,
  rma: Rma,
  row: InspectionRow,
  sign: 1n | -1n,
  by: By,
): Promise<void> {
  const { details } = row;
  if (details.kind !== 'liquidate' || !rma.isHouse) return;
  const price = sign * parseMoney(details.price, returns.houseDigits);
  const tax = sign * parseMoney(details.tax, returns.houseDigits);
  if (price === 0n && tax === 0n) return;
  const where = { site: rma.site, channel: rma.channel ?? undefined };
  const line = (role: 'receivable' | 'revenue' | 'sales_tax', amount: bigint) => ({
    role,
    amount,
    documentAmount: amount,
    item: row.sku,
    ...where,
  });
  const lines = [
    line('receivable', price + tax),
    line('revenue', -price),
    line('sales_tax', -tax),
  ].filter(({ amount }) => amount !== 0n);
  await emitBookings(
    tx,
    [
      {
        kind: 'liquidation',
        document: documentOf(rma),
        party: details.buyer,
        currency: returns.currency,
        rate: '1',
        description: `Liquidation of returned goods, ${rma.number}`,
        occurredAt: by.at,
        lines,
      },
    ],
    by,
  );
}
