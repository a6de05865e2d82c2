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

  it('is refused beyond what was shipped, over all returns, with the figures', async () => {
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '5', ...price }]);
    await world.returned(order, '3');
    const lines = [{ orderLine: 1, quantity: '3', reason: 'other' }];
    const refused = await world.command('POST /v1/returns', {
      salesOrder: order,
      site: 'N',
      lines,
    });
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({
      type: '/problems/return-beyond-shipped',
      shipped: '5',
      claimed: '3',
      open: '2',
      requested: '3',
    });
    const twice = [...lines, ...lines].map((line) => ({ ...line, quantity: '1.5' }));
    const uneven = { salesOrder: order, site: 'N', lines: twice };
    expect((await world.command('POST /v1/returns', uneven)).status).toBe(400);
  });

  it('gives back what it claims when it is cancelled', async () => {
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '2', ...price }]);
    const number = await world.returned(order, '2');
    const cancelled = await world.done(`POST /v1/returns/${number}/cancel`, { note: 'Kept it.' });
    expect(cancelled).toMatchObject({ state: 'cancelled', lines: [{ state: 'cancelled' }] });
    await world.returned(order, '2');
  });

  it('is not there before anything was shipped', async () => {
    const item = await world.stocked('10');
    const order = await world.captured([{ item, quantity: '2', ...price }]);
    const lines = [{ item, quantity: '1', reason: 'other' }];
    const body = { salesOrder: order, site: 'N', lines };
    const refused = await world.command('POST /v1/returns', body);
    expect(refused.body).toMatchObject({ type: '/problems/return-beyond-shipped', shipped: '0' });
  });

  it('names every wrong field at once', async () => {
    const body = {
      salesOrder: 'NOPE',
      site: 'NOWHERE',
      lines: [{ item: 'X', quantity: '1', reason: 'other' }],
    };
    const refused = await world.command('POST /v1/returns', body);
    expect(refused.status).toBe(400);
    expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      'body.site',
      'body.salesOrder',
    ]);
  });
});

describe('the window', () => {
  it('closes, unless somebody takes it all the same and says why', async () => {
    await world.channel({ code: 'SHORT', name: 'Short' });
    await world.done('POST /v1/return-policies', { channel: 'SHORT', windowDays: 0 });
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '1', ...price }], { channel: 'SHORT' });
    const lines = [{ item, quantity: '1', reason: 'changed_mind' }];
    const body = { salesOrder: order, site: 'N', lines };
    const refused = await world.command('POST /v1/returns', body);
    expect(refused.body).toMatchObject({ type: '/problems/return-window-over' });
    const override = { note: 'A good customer.' };
    const taken = await world.done('POST /v1/returns', { ...body, override });
    expect(taken).toMatchObject({
      state: 'authorised',
      override: { note: 'A good customer.', by: 'house' },
    });
  });

  it('asks first where a policy says so', async () => {
    await world.channel({ code: 'ASK', name: 'Ask' });
    await world.done('POST /v1/return-policies', { channel: 'ASK', autoAuthorise: false });
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '2', ...price }], { channel: 'ASK' });
    const first = await world.returned(order, '1');
    expect((await world.show(first)).state).toBe('requested');
    const rejected = await world.done(`POST /v1/returns/${first}/reject`, { note: 'Worn.' });
    expect(rejected.state).toBe('rejected');
    const second = await world.returned(order, '2');
    const agreed = await world.done(`POST /v1/returns/${second}/authorise`, {});
    expect(agreed.state).toBe('authorised');
    const sent = await world.done(`POST /v1/returns/${second}/dispatch`, {
      carrier: 'DHL',
      trackingNumber: 'T-1',
    });
    expect(sent).toMatchObject({ state: 'in_transit', carrier: 'DHL', trackingNumber: 'T-1' });
    const again = await world.command(`POST /v1/returns/${second}/authorise`, {});
    expect(again.body).toMatchObject({ type: '/problems/return-state', state: 'in_transit' });
  });
});

describe('a document', () => {
  it('is edited at the version that was read', async () => {
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '4', ...price }]);
    const number = await world.returned(order, '2');
    const read = await world.house(`GET /v1/returns/${number}`);
    const headers = { 'if-match': String(read.headers.etag) };
    const patch = { notes: 'Fragile', lines: [{ line: 1, quantity: '3', reason: 'damaged' }] };
    const edited = await world.house(`PATCH /v1/returns/${number}`, patch, headers);
    expect(edited.body).toMatchObject({
      notes: 'Fragile',
      lines: [{ expected: '3', reason: 'damaged' }],
    });
    const stale = await world.house(`PATCH /v1/returns/${number}`, patch, headers);
    expect(stale.status).toBe(412);
    const more = { lines: [{ line: 1, quantity: '5' }] };
    const beyond = await world.house(`PATCH /v1/returns/${number}`, more);
    expect(beyond.body).toMatchObject({ type: '/problems/return-beyond-shipped', open: '4' });
  });

  it('is made once for a key', async () => {
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '4', ...price }]);
    const lines = [{ item, quantity: '1', reason: 'late' }];
    const body = { salesOrder: order, site: 'N', lines };
    const key = world.fresh();
    const first = await world.house('POST /v1/returns', body, key);
    const second = await world.house('POST /v1/returns', body, key);
    expect(second.body).toEqual(first.body);
    const { items } = await world.done(`GET /v1/returns?salesOrder=${order}`);
    expect(items).toHaveLength(1);
  });

  it('is found by filters, page by page', async () => {
    const item = await world.stocked('10');
    const order = await world.sold([{ item, quantity: '5', ...price }], { customer: 'LISTED' });
    const numbers: string[] = [];
    for (let i = 0; i < 3; i += 1) numbers.unshift(await world.returned(order, '1'));
    const found: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 3; pages += 1) {
      const query = `customer=LISTED&limit=1&item=${item}&reason=changed_mind${cursor}`;
      const page = await world.done(`GET /v1/returns?${query}`);
      found.push(...page.items.map(({ number }: { number: string }) => number));
      cursor = `&cursor=${page.nextCursor}`;
      expect(page.nextCursor === null).toBe(pages === 2);
    }
    expect(found).toEqual(numbers);
    expect((await world.done('GET /v1/returns?customer=LISTED&state=completed')).items).toEqual([]);
  });
});

describe('a blind return', () => {
  it('comes back at the cost of the pool, and is refunded by what the customer says', async () => {
    const item = await world.stocked('10', '7.00');
    await world.sold([{ item, quantity: '2', ...price }]);
    const lines = [{ item, quantity: '2', reason: 'other' }];
    const made = await world.done('POST /v1/returns', { channel: 'WEB', site: 'N', lines });
    const { number } = made;
    expect(made.lines[0].paid).toBeNull();
    const receipt = await world.arrive(number, item, '2');
    expect(receipt.lines).toMatchObject([{ value: '14.00', returnOf: null }]);
    await world.inspect(number, { kind: 'restock' });
    const unknown = await world.command(`POST /v1/returns/${number}/refunds`, {});
    expect(unknown.body).toMatchObject({ type: '/problems/price-unknown', line: 1 });
    const paid = { unitPrice: '9.99', tax: '3.80' };
    await world.done(`PATCH /v1/returns/${number}`, { lines: [{ line: 1, paid }] });
    const refunded = await world.done(`POST /v1/returns/${number}/refunds`, {});
    expect(refunded.refunds).toMatchObject([{ net: '19.98', tax: '3.80', total: '23.78' }]);
    expect(refunded.state).toBe('completed');
  });
});
