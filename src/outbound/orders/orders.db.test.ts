import { describe, expect, it } from 'vitest';
import { createOrderWorld } from '../../../test/support/order-world.ts';
import { newId } from '../../platform/ids.ts';

const world = await createOrderWorld();
const { house, capture, captured, read, act, release, ship, available, item, receive } = world;

async function stocked(quantity: string, to = 'B1'): Promise<string> {
  const sku = await item();
  await receive(sku, quantity, to);
  return sku;
}

describe('a capture', () => {
  it('reserves and writes the sales order, with a number of the series', async () => {
    const sku = await stocked('10');
    const answer = await capture([{ item: sku, quantity: '4', unitPrice: '2.50', tax: '1.90' }]);
    expect(answer.status, answer.text).toBe(201);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.body).toMatchObject({ state: 'open', total: '11.90', version: 1 });
    expect(answer.body.number).toMatch(/^SO-\d{6}$/);
    expect(await available(sku)).toBe('6');
    const order = await read(answer.body.number);
    expect(order.lines[0]).toMatchObject({ item: sku, state: 'reserved', unitPrice: '2.500000' });
    expect(order.lines[0].parts[0]).toMatchObject({ site: 'N', state: 'reserved', quantity: '4' });
  });

  it('answers the same again to the same key, and refuses another body', async () => {
    const sku = await stocked('10');
    const headers = { 'idempotency-key': newId() };
    const lines = [{ item: sku, quantity: '1' }];
    const shipTo = { name: 'Ada', city: 'Berlin', country: 'DE' };
    const body = { channel: 'WEB', shipTo, lines };
    const first = await house('POST /v1/sales-orders', body, headers);
    const again = await house('POST /v1/sales-orders', body, headers);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual({ ...first.body, replayed: true });
    const other = await house('POST /v1/sales-orders', { ...body, customer: 'X' }, headers);
    expect(other.status).toBe(422);
    expect(await available(sku)).toBe('9');
  });

  it('refuses what is short with figures, and leaves nothing behind', async () => {
    const [sku, other] = [await stocked('3'), await stocked('3')];
    const answer = await capture([
      { item: other, quantity: '1' },
      { item: sku, quantity: '4' },
    ]);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({
      type: '/problems/insufficient-availability',
      line: 2,
      item: sku,
      requested: '4',
      available: '3',
    });
    expect([await available(sku), await available(other)]).toEqual(['3', '3']);
  });

  it('refuses a site of the customer the same way', async () => {
    const sku = await stocked('3');
    const answer = await capture([{ item: sku, quantity: '4', site: 'N' }]);
    expect(answer.status, answer.text).toBe(409);
    expect(answer.body.sites).toMatchObject([{ site: 'N', free: '3' }]);
  });
});

describe('the way of a sales order', () => {
  it('goes from release to shipment, and the books hear of it', async () => {
    const sku = await stocked('10');
    const number = await captured(
      [{ item: sku, quantity: '4', unitPrice: '2.50', tax: '1.90', discount: '1' }],
      { shippingCharge: '4.90', customer: 'C-1' },
    );
    const [request] = await release(number);
    expect((await read(number)).state).toBe('in_fulfilment');
    const shipped = await ship(request!, { carrier: 'DHL', trackingNumber: 'T1' });
    expect(shipped.status, shipped.text).toBe(201);
    expect(shipped.body.movements).toMatchObject([{ line: 1, quantity: '4' }]);
    const order = await read(number);
    expect(order).toMatchObject({ state: 'shipped' });
    expect(order.shipments).toMatchObject([{ carrier: 'DHL', trackingNumber: 'T1' }]);
    const { rows } = await world.admin.query(
      'SELECT kind, party, lines FROM platform.booking WHERE document_number = $1',
      [number],
    );
    expect(rows).toHaveLength(1);
    const byRole = Object.fromEntries(
      rows[0].lines.map((line: { role: string; amount: string }) => [line.role, line.amount]),
    );
    expect(byRole).toEqual({
      receivable: '1580',
      revenue: '-1000',
      discount: '100',
      sales_tax: '-190',
      shipping_revenue: '-490',
    });
    const { body } = await house(`GET /v1/sales-orders/${number}/history`);
    const actions = body.items.map((entry: { action: string }) => entry.action);
    expect(actions).toEqual(['captured', 'released', 'shipped', 'shipped']);
    expect(await available(sku)).toBe('6');
  });

  it('cancels a part, and everything else', async () => {
    const sku = await stocked('10');
    const number = await captured([{ item: sku, quantity: '6' }]);
    await act(number, 'cancel', { lines: [{ line: 1, quantity: '2' }] });
    expect(await available(sku)).toBe('6');
    const after = await act(number, 'cancel');
    expect(after.state).toBe('cancelled');
    expect(await available(sku)).toBe('10');
  });
});
