import { describe, expect, it } from 'vitest';
import { createReturnsWorld } from '../../test/support/returns-world.ts';

const world = await createReturnsWorld();
const price = { unitPrice: '30.00', discount: '5.00', tax: '16.15' };

describe('a return of a sales order', () => {
  it('goes from request to refund, units and money together', async () => {
    const item = await world.stocked('10', '12.34');
    const order = await world.sold([{ item, quantity: '3', ...price }], { customer: 'ADA' });
    expect(await world.costOfSales(item)).toBe(3702n);
    const number = await world.returned(order, '3');
    const made = await world.show(number);
    expect(made).toMatchObject({ state: 'authorised', salesOrder: order, customer: 'ADA' });
    expect(made.lines[0]).toMatchObject({
      expected: '3',
      due: '0',
      paid: { net: '85.00', tax: '16.15' },
    });
    const receipt = await world.arrive(number, item, '3');
    expect(receipt.lines).toMatchObject([{ quantity: '3', value: '37.02', state: 'posted' }]);
    expect(await world.onHand(item)).toEqual({ quarantined: '3' });
    expect(await world.costOfSales(item)).toBe(0n);
    await world.inspect(number, { kind: 'restock' });
    expect(await world.onHand(item)).toEqual({ sellable: '3' });
    const refunded = await world.done(`POST /v1/returns/${number}/refunds`, {});
    expect(refunded).toMatchObject({
      state: 'completed',
      refunds: [{ kind: 'refund', net: '85.00', tax: '16.15', total: '101.15' }],
    });
    const [booking] = await world.bookings(number);
    expect(booking).toMatchObject({ party: 'ADA', currency: 'EUR', rate: '1' });
    expect(booking.lines.map((line: Record<string, string>) => [line.role, line.amount])).toEqual([
      ['refunds', '8500'],
      ['sales_tax', '1615'],
      ['receivable', '-10115'],
    ]);
    const history = await world.done(`GET /v1/returns/${number}/history`);
    expect(history.items.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining(['created', 'received', 'inspected', 'refunded', 'completed']),
    );
  });
});
