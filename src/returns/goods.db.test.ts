import { describe, expect, it } from 'vitest';
import { createReturnsWorld } from '../../test/support/returns-world.ts';

const world = await createReturnsWorld();
const price = { unitPrice: '30.00', discount: '0', tax: '0' };

/** An item that was sold and has come back, all of it at B4. */
async function back(quantity: string, unitCost = '10.00', fields = {}) {
  const item = await world.stocked(quantity, unitCost, fields);
  const order = await world.sold([{ item, quantity, ...price }]);
  const number = await world.returned(order, quantity);
  await world.arrive(number, item, quantity);
  return { item, order, number };
}

describe('a receipt', () => {
  it('comes in parts, and brings the cost back exactly as it left', async () => {
    const item = await world.item();
    await world.receive(item, '3', 'B1', { value: '10.00' });
    const order = await world.sold([{ item, quantity: '3', ...price }]);
    const number = await world.returned(order, '3');
    const values: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { lines } = await world.arrive(number, item, '1');
      values.push(lines[0].value);
    }
    expect(values).toEqual(['3.33', '3.34', '3.33']);
    expect(await world.costOfSales(item)).toBe(0n);
    expect((await world.show(number)).lines[0]).toMatchObject({ received: '3', state: 'received' });
  });

  it('of more than is expected is refused with figures, or taken as unexpected', async () => {
    const item = await world.stocked('5');
    const order = await world.sold([{ item, quantity: '5', ...price }]);
    const number = await world.returned(order, '2');
    const path = `POST /v1/returns/${number}/receipts`;
    const scans = [{ item, quantity: '4', location: 'B4' }];
    const refused = await world.command(path, { scans });
    expect(refused.body).toMatchObject({
      type: '/problems/return-beyond-expected',
      scanned: '4',
      open: '2',
    });
    expect(await world.onHand(item)).toEqual({});
    const taken = await world.done(path, { scans, excess: 'take' });
    expect(taken.lines).toMatchObject([
      { line: 1, quantity: '2' },
      { line: 2, quantity: '2' },
    ]);
    const shown = await world.show(number);
    expect(shown.lines[1]).toMatchObject({ unexpected: true, orderLine: 1, received: '2' });
    expect(await world.costOfSales(item)).toBe(1000n);
    // Of the five, four are back: one more is all that another return may claim.
    const lines = [{ item, quantity: '2', reason: 'other' }];
    const body = { salesOrder: order, site: 'N', lines };
    const beyond = await world.command('POST /v1/returns', body);
    expect(beyond.body).toMatchObject({ claimed: '4', open: '1' });
  });

  it('takes what nobody announced as such, at the cost of the pool', async () => {
    const item = await world.stocked('5');
    const stranger = await world.stocked('5', '3.00');
    const order = await world.sold([{ item, quantity: '1', ...price }]);
    await world.sold([{ item: stranger, quantity: '1', ...price }]);
    const number = await world.returned(order, '1');
    const receipt = await world.arrive(number, stranger, '1');
    expect(receipt.lines).toMatchObject([{ line: 2, value: '3.00', returnOf: null }]);
    const shown = await world.show(number);
    expect(shown.lines[1]).toMatchObject({ unexpected: true, orderLine: null, paid: null });
    expect(shown.lines[0].state).toBe('authorised');
  });

  it('is scanned by GTIN of a pack', async () => {
    const gtin = '04012345123456';
    const packaging = [{ level: 'case', gtin, baseQuantity: '6' }];
    const item = await world.stocked('12', '10.00', { packaging });
    const order = await world.sold([{ item, quantity: '12', ...price }]);
    const number = await world.returned(order, '12');
    const scans = [{ gtin: '4012345123456', quantity: '2', location: 'B4' }];
    const receipt = await world.done(`POST /v1/returns/${number}/receipts`, { scans });
    expect(receipt.lines).toMatchObject([{ item, quantity: '12' }]);
  });

  it('of serials and lots is checked against what was shipped', async () => {
    const serialised = await world.item({ tracksSerial: true });
    await world.receive(serialised, '3', 'B1', { serials: ['A', 'B', 'C'], unitCost: '5.00' });
    const order = await world.captured([{ item: serialised, quantity: '2', ...price }]);
    const [request] = await world.release(order);
    const positions = [{ location: 'B1', quantity: '2', serials: ['A', 'B'] }];
    const lines = [{ line: 1, positions }];
    const shipped = await world.ship(request!, { lines });
    expect(shipped.status).toBe(201);
    const number = await world.returned(order, '2');
    const path = `POST /v1/returns/${number}/receipts`;
    const scan = (serials: string[]) => ({
      item: serialised,
      quantity: String(serials.length),
      location: 'B4',
      serials,
    });
    const wrong = await world.command(path, { scans: [scan(['C'])] });
    expect(wrong.body).toMatchObject({ type: '/problems/return-not-shipped', serial: 'C' });
    const right = await world.done(path, { scans: [scan(['B'])] });
    expect(right.lines).toMatchObject([{ serials: ['B'], value: '5.00' }]);
    const twice = await world.command(path, { scans: [scan(['B'])] });
    expect(twice.body).toMatchObject({ type: '/problems/return-not-shipped' });
  });

  it('of a lot goes back to the shipment of that lot', async () => {
    const item = await world.item({ tracksLot: true });
    await world.receive(item, '1', 'B1', { lot: 'L1', unitCost: '4.00' });
    await world.receive(item, '1', 'B1', { lot: 'L2', unitCost: '4.00' });
    const order = await world.sold([{ item, quantity: '2', ...price }]);
    const number = await world.returned(order, '2');
    const path = `POST /v1/returns/${number}/receipts`;
    const scan = (lot: string) => ({ item, quantity: '1', location: 'B4', lot });
    const wrong = await world.command(path, { scans: [scan('L9')] });
    expect(wrong.body).toMatchObject({ type: '/problems/return-not-shipped', lot: 'L9' });
    const right = await world.done(path, { scans: [scan('L2'), scan('L1')] });
    const movements = right.lines.map(({ returnOf }: { returnOf: string }) => returnOf);
    expect(new Set(movements).size).toBe(2);
    expect(await world.costOfSales(item)).toBe(0n);
  });

  it('is posted once for a key, and refused for another body', async () => {
    const item = await world.stocked('5');
    const order = await world.sold([{ item, quantity: '2', ...price }]);
    const number = await world.returned(order, '2');
    const key = world.fresh();
    const path = `POST /v1/returns/${number}/receipts`;
    const scans = [{ item, quantity: '1', location: 'B4' }];
    const first = await world.house(path, { scans }, key);
    const again = await world.house(path, { scans }, key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const other = await world.house(path, { scans, excess: 'take' }, key);
    expect(other.body.type).toBe('/problems/idempotency-key-reused');
    expect(await world.onHand(item)).toEqual({ quarantined: '1' });
  });

  it('that the ledger refuses leaves nothing claimed', async () => {
    const item = await world.item({ tracksSerial: true });
    await world.receive(item, '1', 'B1', { serials: ['S1'], unitCost: '5.00' });
    const order = await world.captured([{ item, quantity: '1', ...price }]);
    const [request] = await world.release(order);
    const positions = [{ location: 'B1', quantity: '1', serials: ['S1'] }];
    const lines = [{ line: 1, positions }];
    expect((await world.ship(request!, { lines })).status).toBe(201);
    const number = await world.returned(order, '1');
    // Somebody found the serial and took it in by hand.
    const found = { kind: 'customer_return', item, quantity: '1', serials: ['S1'], to: 'B2' };
    await world.posted(found);
    const path = `POST /v1/returns/${number}/receipts`;
    const scans = [{ item, quantity: '1', location: 'B4', serials: ['S1'] }];
    const key = world.fresh();
    const refused = await world.house(path, { scans }, key);
    expect(refused.body.type).toBe('/problems/serial-elsewhere');
    expect((await world.show(number)).lines[0]).toMatchObject({ received: '0' });
    const gone = { kind: 'shipment', item, quantity: '1', serials: ['S1'], from: 'B2' };
    await world.posted(gone);
    const retried = await world.house(path, { scans }, key);
    expect(retried.status).toBe(201);
    expect((await world.show(number)).lines[0]).toMatchObject({ received: '1' });
  });
});

describe('an inspection', () => {
  it('cannot be of more than has arrived', async () => {
    const { number } = await back('2');
    const body = { receipt: 1, receiptLine: 1, quantity: '3', grade: 'good' };
    const path = `POST /v1/returns/${number}/inspections`;
    const refused = await world.command(path, { ...body, outcome: { kind: 'restock' } });
    expect(refused.body).toMatchObject({
      type: '/problems/inspection-beyond-received',
      open: '2',
    });
  });

  it('that restocks feeds what can be sold', async () => {
    const { item, number } = await back('2');
    expect(await world.available(item)).toBe('0');
    const photos = ['https://example.com/a.jpg'];
    const more = { quantity: '1', photos, findings: 'Box opened.' };
    const done = await world.inspect(number, { kind: 'restock' }, more);
    expect(done).toMatchObject({ state: 'posted', photos, findings: 'Box opened.' });
    expect(await world.available(item)).toBe('1');
    expect((await world.show(number)).lines[0]).toMatchObject({
      inspected: '1',
      state: 'received',
    });
  });

  it('that disposes scraps at cost', async () => {
    const { item, number } = await back('2', '6.50');
    const outcome = { kind: 'dispose', reason: 'damage' };
    expect(await world.inspect(number, outcome)).toMatchObject({ value: '13.00' });
    expect(await world.onHand(item)).toEqual({});
  });

  it('that liquidates sells at cost and books the proceeds', async () => {
    const { item, number } = await back('2', '6.50');
    const outcome = { kind: 'liquidate', buyer: 'LIQUID', price: '5.00', tax: '0.95' };
    expect(await world.inspect(number, outcome)).toMatchObject({ value: '13.00' });
    expect(await world.costOfSales(item)).toBe(1300n);
    const [booking] = await world.bookings(number, 'liquidation');
    expect(booking.party).toBe('LIQUID');
    expect(booking.lines.map((line: Record<string, string>) => [line.role, line.amount])).toEqual([
      ['receivable', '595'],
      ['revenue', '-500'],
      ['sales_tax', '-95'],
    ]);
    await world.done(`POST /v1/returns/${number}/inspections/1/reverse`);
    expect(await world.onHand(item)).toEqual({ quarantined: '2' });
    expect(await world.costOfSales(item)).toBe(0n);
    const bookings = await world.bookings(number, 'liquidation');
    const receivable = bookings.map(({ lines }) => BigInt(lines[0].amount));
    expect(receivable).toEqual([595n, -595n]);
  });

  it('that was wrong is taken back, also after everything was settled', async () => {
    const { item, number } = await back('1');
    await world.inspect(number, { kind: 'restock' });
    const done = await world.done(`POST /v1/returns/${number}/refunds`, {});
    expect(done.state).toBe('completed');
    const reversed = await world.done(`POST /v1/returns/${number}/inspections/1/reverse`);
    expect(reversed.state).toBe('reversed');
    expect(await world.onHand(item)).toEqual({ quarantined: '1' });
    expect((await world.show(number)).state).toBe('received');
    const again = await world.command(`POST /v1/returns/${number}/inspections/1/reverse`);
    expect(again.body.type).toBe('/problems/return-state');
    await world.inspect(number, { kind: 'dispose', reason: 'scrap' });
    expect((await world.show(number)).state).toBe('completed');
  });

  it('is not taken back where the units are gone', async () => {
    const { item, number } = await back('1');
    await world.inspect(number, { kind: 'restock' });
    await world.sold([{ item, quantity: '1', ...price }]);
    const path = `POST /v1/returns/${number}/inspections/1/reverse`;
    const refused = await world.command(path);
    expect(refused.body.type).toBe('/problems/insufficient-stock');
    expect((await world.show(number)).inspections).toMatchObject([{ state: 'posted' }]);
  });

  it('hands goods over to a return to their supplier', async () => {
    const { item, number } = await back('2', '8.00');
    await world.done('POST /v1/suppliers', { code: 'MAKER', name: 'Maker', currency: 'EUR' });
    const outcome = { kind: 'return_to_supplier', supplier: 'MAKER', reference: 'RA-7' };
    const done = await world.inspect(number, outcome);
    expect(done).toMatchObject({ state: 'posted', value: '16.00' });
    expect(await world.onHand(item)).toEqual({});
    const theirs = await world.done(`GET /v1/supplier-returns/${done.handedOver}`);
    expect(theirs).toMatchObject({ supplier: 'MAKER', state: 'posted' });
    const refused = await world.command(`POST /v1/returns/${number}/inspections/1/reverse`);
    expect(refused.body.type).toBe('/problems/return-state');
  });
});

describe('a refurbishment', () => {
  it('makes units sellable again, worth more by what the work cost', async () => {
    const { item, number } = await back('2', '10.00');
    const made = await world.inspect(number, { kind: 'refurbish', instructions: 'Clean it.' });
    expect(await world.onHand(item)).toEqual({ defective: '2' });
    const task = made.handedOver;
    const path = `POST /v1/refurbishments/${task}/finish`;
    const part = await world.done(path, { outcome: 'done', quantity: '1', cost: '3.00' });
    expect(part).toMatchObject({ state: 'open', done: '1', open: '1', cost: '3.00' });
    expect(await world.onHand(item)).toEqual({ defective: '1', sellable: '1' });
    const { rows } = await world.admin.query<{ value: bigint }>(
      `SELECT p.value FROM ledger.cost_pool p JOIN catalog.item i USING (item_id)
       WHERE i.sku = $1`,
      [item],
    );
    expect(rows).toEqual([{ value: 2300n }]);
    const last = await world.done(path, { outcome: 'scrapped' });
    expect(last).toMatchObject({ state: 'finished', scrapped: '1', open: '0' });
    expect(await world.onHand(item)).toEqual({ sellable: '1' });
    const refused = await world.command(path, { outcome: 'done' });
    expect(refused.body.type).toBe('/problems/return-state');
    const { items } = await world.done(`GET /v1/refurbishments?item=${item}&state=finished`);
    expect(items).toMatchObject([{ number: task, return: number }]);
  });

  it('that has begun keeps its inspection', async () => {
    const { number } = await back('2');
    const { handedOver } = await world.inspect(number, { kind: 'refurbish' });
    const reversal = `POST /v1/returns/${number}/inspections/1/reverse`;
    await world.done(`POST /v1/refurbishments/${handedOver}/finish`, {
      outcome: 'done',
      quantity: '1',
    });
    expect((await world.command(reversal)).body.type).toBe('/problems/return-state');
  });

  it('is cancelled with its inspection', async () => {
    const { item, number } = await back('2');
    const { handedOver } = await world.inspect(number, { kind: 'refurbish' });
    await world.done(`POST /v1/returns/${number}/inspections/1/reverse`);
    const { items } = await world.done('GET /v1/refurbishments?state=cancelled');
    expect(items.map((task: { number: string }) => task.number)).toContain(handedOver);
    expect(await world.onHand(item)).toEqual({ quarantined: '2' });
  });
});
