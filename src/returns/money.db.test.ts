import { describe, expect, it } from 'vitest';
import { createReturnsWorld } from '../../test/support/returns-world.ts';

const world = await createReturnsWorld();
const price = { unitPrice: '10.00', discount: '0', tax: '5.70' };

await world.channel({ code: 'INSTANT', name: 'Instant' });
await world.done('POST /v1/return-policies', { channel: 'INSTANT', refundTiming: 'instant' });
await world.channel({ code: 'FEES', name: 'Fees' });
await world.done('POST /v1/return-policies', {
  channel: 'FEES',
  refundTiming: 'on_receipt',
  shippingRefund: 'all_returned',
  restockingFees: { changed_mind: 1500 },
});

/** What the bookings of a return moved, by role. */
async function moved(number: string): Promise<Record<string, bigint>> {
  const { rows } = await world.admin.query<{ role: string; amount: string }>(
    `SELECT l ->> 'role' AS role, sum((l ->> 'amount')::bigint)::text AS amount
     FROM platform.booking, jsonb_array_elements(lines) l WHERE document_number = $1 GROUP BY 1`,
    [number],
  );
  return Object.fromEntries(rows.map(({ role, amount }) => [role, BigInt(amount)]));
}

const refund = (number: string, body: object = {}) =>
  world.done(`POST /v1/returns/${number}/refunds`, body);

describe('a refund', () => {
  it('in parts adds up to what was paid', async () => {
    const item = await world.stocked('3');
    const lines = [{ item, quantity: '3', unitPrice: '10.00', discount: '1.00', tax: '5.50' }];
    const order = await world.sold(lines, { channel: 'INSTANT' });
    const number = await world.returned(order, '3');
    const totals: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { refunds } = await refund(number, { lines: [{ line: 1, quantity: '1' }] });
      totals.push(refunds.at(-1).total);
    }
    expect(totals).toEqual(['11.50', '11.50', '11.50']);
    expect(await moved(number)).toEqual({ refunds: 2900n, sales_tax: 550n, receivable: -3450n });
    const more = await world.command(`POST /v1/returns/${number}/refunds`, {
      lines: [{ line: 1, quantity: '1' }],
    });
    expect(more.body).toMatchObject({ type: '/problems/refund-beyond-due', due: '0' });
  });

  it('waits for what the policy says', async () => {
    const item = await world.stocked('3');
    const order = await world.sold([{ item, quantity: '3', ...price }]);
    const number = await world.returned(order, '3');
    const refused = await world.command(`POST /v1/returns/${number}/refunds`, {});
    expect(refused.body.type).toBe('/problems/refund-beyond-due');
    await world.arrive(number, item, '3');
    expect((await world.command(`POST /v1/returns/${number}/refunds`, {})).status).toBe(409);
    await world.inspect(number, { kind: 'restock' }, { quantity: '2' });
    expect((await refund(number)).refunds).toMatchObject([{ total: '23.80' }]);
  });

  it('keeps a fee, unless it is waived, and gives shipping back with the last', async () => {
    const item = await world.stocked('2');
    const lines = [{ item, quantity: '2', unitPrice: '10.00', tax: '3.80' }];
    const order = await world.sold(lines, { channel: 'FEES', shippingCharge: '4.90' });
    const number = await world.returned(order, '2');
    await world.arrive(number, item, '2');
    const quote = await world.done(`POST /v1/returns/${number}/quote`, {
      lines: [{ line: 1, quantity: '1' }],
    });
    expect(quote).toMatchObject({ net: '8.50', total: '10.12', lines: [{ fee: '1.78' }] });
    const first = await refund(number, { lines: [{ line: 1, quantity: '1' }] });
    expect(first.refunds[0]).toMatchObject({ net: '8.50', tax: '1.62', fee: '1.78' });
    expect(first.refunds[0].shipping).toBe('0.00');
    const second = await refund(number, { lines: [{ line: 1, waiveFee: true }] });
    expect(second.refunds[1]).toMatchObject({ net: '10.00', tax: '1.90', shipping: '4.90' });
    expect(await moved(number)).toEqual({ refunds: 2340n, sales_tax: 352n, receivable: -2692n });
  });

  it('may be a part, and the rest later', async () => {
    const item = await world.stocked('1');
    const order = await world.sold([{ item, quantity: '1', ...price }], { channel: 'INSTANT' });
    const number = await world.returned(order, '1');
    const half = await refund(number, { lines: [{ line: 1, share: 5000 }] });
    expect(half.refunds[0]).toMatchObject({ net: '5.00', tax: '2.85', withheld: '7.85' });
    const path = `POST /v1/returns/${number}/refunds`;
    const beyond = await world.command(path, { lines: [{ line: 1, amount: '7.86' }] });
    expect(beyond.body).toMatchObject({ type: '/problems/refund-beyond-due', due: '7.85' });
    const rest = await refund(number, { lines: [{ line: 1, amount: '7.85' }] });
    expect(rest.refunds[1]).toMatchObject({ net: '5.00', tax: '2.85', total: '7.85' });
    expect(rest.lines[0].withheld).toBe('0.00');
    expect(await moved(number)).toEqual({ refunds: 1000n, sales_tax: 570n, receivable: -1570n });
  });

  it('is in the currency and at the rate of the sale', async () => {
    await world.done('POST /v1/exchange-rates', {
      currency: 'USD',
      validOn: '2020-01-01',
      rate: '0.9',
    });
    const item = await world.stocked('3');
    const lines = [{ item, quantity: '3', unitPrice: '9.99', tax: '5.69' }];
    const order = await world.sold(lines, { channel: 'INSTANT', currency: 'USD' });
    const number = await world.returned(order, '3');
    await world.done('POST /v1/exchange-rates', {
      currency: 'USD',
      validOn: '2021-01-01',
      rate: '0.5',
    });
    for (let i = 0; i < 3; i += 1) {
      await refund(number, { lines: [{ line: 1, quantity: '1' }] });
    }
    const bookings = await world.bookings(number);
    expect(bookings).toMatchObject([{ currency: 'USD', rate: '0.9' }, {}, {}]);
    const sold = await world.bookings(order, 'sale');
    const receivable = sold[0].lines.find((line: { role: string }) => line.role === 'receivable');
    expect(await moved(number)).toMatchObject({ receivable: -BigInt(receivable.amount) });
  });

  it('is booked once for a key', async () => {
    const item = await world.stocked('1');
    const order = await world.sold([{ item, quantity: '1', ...price }], { channel: 'INSTANT' });
    const number = await world.returned(order, '1');
    const key = world.fresh();
    const path = `POST /v1/returns/${number}/refunds`;
    const [first, second] = await Promise.all([
      world.house(path, {}, key),
      world.house(path, {}, key),
    ]);
    expect([first!.status, second!.status]).toEqual([200, 200]);
    expect(await world.bookings(number)).toHaveLength(1);
  });

  it('is refused with a reason, and the return is settled', async () => {
    const item = await world.stocked('2');
    const order = await world.sold([{ item, quantity: '2', ...price }]);
    const number = await world.returned(order, '2');
    await world.arrive(number, item, '2');
    await world.inspect(number, { kind: 'dispose', reason: 'damage' });
    const refused = await world.done(`POST /v1/returns/${number}/refusals`, { note: 'Broken.' });
    expect(refused).toMatchObject({
      state: 'completed',
      lines: [{ refused: '2', refunded: '0' }],
      refunds: [{ kind: 'refusal', note: 'Broken.', withheld: '25.70' }],
    });
    expect(await moved(number)).toEqual({});
  });
});

describe('an instant refund', () => {
  it('is taken back when nothing arrives in time', async () => {
    const item = await world.stocked('2');
    const body = { channel: 'INSTANT', shippingCharge: '4.90' };
    const order = await world.sold([{ item, quantity: '2', ...price }], body);
    const lines = [{ orderLine: 1, quantity: '2', reason: 'defective' }];
    const number = await world.returned(order, '2', { lines });
    const given = await refund(number);
    expect(given.refunds[0]).toMatchObject({ shipping: '4.90', total: '30.60' });
    await world.admin.query(
      "UPDATE returns.rma SET expires_at = now() - interval '1 day' WHERE number = $1",
      [number],
    );
    await expect
      .poll(async () => (await world.show(number)).state, { timeout: 30_000, interval: 500 })
      .toBe('expired');
    const shown = await world.show(number);
    expect(shown.refunds[1]).toMatchObject({ kind: 'claw_back', total: '30.60' });
    expect(shown.lines[0]).toMatchObject({ refunded: '0', due: '0' });
    expect(await moved(number)).toEqual({ refunds: 0n, sales_tax: 0n, receivable: 0n });
    // It arrives after all, and is refunded again.
    await world.arrive(number, item, '2');
    const again = await refund(number);
    expect(again.refunds[2]).toMatchObject({ total: '30.60' });
    expect(await moved(number)).toMatchObject({ receivable: -3060n });
  });

  it('is taken back for the units that never came, when the return is closed', async () => {
    const item = await world.stocked('3');
    const order = await world.sold([{ item, quantity: '3', ...price }], { channel: 'INSTANT' });
    const number = await world.returned(order, '3');
    await refund(number);
    await world.arrive(number, item, '1');
    const early = await world.command(`POST /v1/returns/${number}/complete`, {});
    expect(early.body.type).toBe('/problems/return-state');
    await world.inspect(number, { kind: 'restock' });
    const closed = await world.done(`POST /v1/returns/${number}/complete`, {});
    expect(closed).toMatchObject({ state: 'completed', lines: [{ refunded: '1' }] });
    expect(closed.refunds[1]).toMatchObject({ kind: 'claw_back', net: '20.00', tax: '3.80' });
    expect(await moved(number)).toEqual({ refunds: 1000n, sales_tax: 190n, receivable: -1190n });
    // What never came may be returned another time.
    await world.returned(order, '2');
  });
});

describe('an exchange', () => {
  it('gives other goods, and explains the difference in price', async () => {
    const old = await world.stocked('1');
    const better = await world.stocked('5');
    const order = await world.sold([{ item: old, quantity: '1', ...price }], { customer: 'BOB' });
    const number = await world.returned(order, '1');
    await world.arrive(number, old, '1');
    await world.inspect(number, { kind: 'restock' });
    const lines = [{ item: better, quantity: '1', unitPrice: '18.00', tax: '3.42' }];
    const key = world.fresh();
    const path = `POST /v1/returns/${number}/exchanges`;
    const first = await world.house(path, { order: { lines } }, key);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      total: '15.70',
      exchange: { credit: '15.70', charge: '21.42', difference: '5.72', owedBy: 'customer' },
    });
    expect(first.body.exchange.explanation).toContain('the customer owes 5.72 EUR');
    const again = await world.house(path, { order: { lines } }, key);
    expect(again.body).toEqual(first.body);
    const captured = await world.read(first.body.exchange.salesOrder);
    expect(captured).toMatchObject({ customer: 'BOB', channelReference: `${number}/1` });
    expect(await world.bookings(number)).toHaveLength(1);
    expect((await world.show(number)).state).toBe('completed');
  });

  it('that cannot be captured changes nothing', async () => {
    const old = await world.stocked('1');
    const none = await world.item();
    const order = await world.sold([{ item: old, quantity: '1', ...price }], {
      channel: 'INSTANT',
    });
    const number = await world.returned(order, '1');
    const lines = [{ item: none, quantity: '1' }];
    const path = `POST /v1/returns/${number}/exchanges`;
    const refused = await world.command(path, { order: { lines } });
    expect(refused.body.type).toBe('/problems/insufficient-availability');
    const broken = { lines, shipTo: { name: 'A', city: 'B', country: '??' } };
    const invalid = await world.command(path, { order: broken });
    expect(invalid.body.type).toBe('/problems/invalid-request');
    expect((await refund(number)).refunds).toMatchObject([{ total: '15.70' }]);
  });
});

describe('measures', () => {
  it('tell how much comes back, by item, reason and channel', async () => {
    await world.channel({ code: 'MEASURED', name: 'Measured' });
    const item = await world.stocked('4');
    const order = await world.sold([{ item, quantity: '4', ...price }], { channel: 'MEASURED' });
    const number = await world.returned(order, '1');
    await world.arrive(number, item, '1');
    await world.inspect(number, { kind: 'restock' });
    const rowOf = async (by: string, key: string) => {
      const { items } = await world.done(`GET /v1/returns/measures?by=${by}&limit=1000`);
      return items.find((row: { key: string }) => row.key === key);
    };
    const expected = { shipped: '4', returned: '1', rate: 0.25, lines: 1 };
    expect(await rowOf('item', item)).toMatchObject(expected);
    expect((await rowOf('item', item)).gradingHours).toBeGreaterThanOrEqual(0);
    expect(await rowOf('channel', 'MEASURED')).toMatchObject(expected);
    expect((await rowOf('reason', 'changed_mind')).lines).toBeGreaterThanOrEqual(1);
    const page = await world.done('GET /v1/returns/measures?by=item&limit=1');
    const next = await world.done(
      `GET /v1/returns/measures?by=item&limit=1&cursor=${page.nextCursor}`,
    );
    expect(next.items[0].key > page.items[0].key).toBe(true);
  });
});
