import { expect, it } from 'vitest';
import { createBuyingWorld } from '../../test/support/buying-world.ts';

const world = await createBuyingWorld();

it('buys, receives and pays', async () => {
  const item = await world.item();
  const order = await world.sent({ lines: [{ item, quantity: '10', unitPrice: '2.50' }] });
  expect(order).toMatchObject({ state: 'sent', total: { net: '25.00' } });
  const receipt = await world.receipt(order.number, [{ line: 1, quantity: '10' }]);
  expect(receipt).toMatchObject({ state: 'posted', lines: [{ value: '25.00' }] });
  const invoice = await world.invoice(order.number, [{ line: 1, quantity: '10', amount: '25.00' }]);
  expect(invoice).toMatchObject({ state: 'matched', discrepancies: [] });
  const approved = await world.approve(invoice.number);
  expect(approved).toMatchObject({ state: 'approved' });
  expect(await world.grni()).toBe(0n);
});
