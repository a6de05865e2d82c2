import { describe, expect, it } from 'vitest';
import { createOrderWorld, orderViolations, SHIP_TO } from '../../../test/support/order-world.ts';
import { newId } from '../../platform/ids.ts';

const world = await createOrderWorld();
const { house, capture, captured, read, act, release, ship, available, item, receive } = world;

async function stocked(quantity: string, to = 'B1', fields: object = {}): Promise<string> {
  const sku = await item(fields);
  await receive(sku, quantity, to);
  return sku;
}

const sound = async () => expect(await orderViolations(world.admin)).toEqual([]);
const edit = async (number: string, body: object) => {
  const { version } = await read(number);
  return house(`PATCH /v1/sales-orders/${number}`, body, { 'if-match': `"${version}"` });
};

describe('an edit', () => {
  it('reserves more, releases less, adds and drops lines', async () => {
    const [one, two, three] = [await stocked('10'), await stocked('10'), await stocked('10')];
    const number = await captured([
      { item: one, quantity: '4', unitPrice: '1', discount: '0.40' },
      { item: two, quantity: '3' },
    ]);
    const more = await edit(number, {
      priority: 80,
      notes: 'Ring twice',
      lines: [
        { line: 1, quantity: '6' },
        { line: 2, drop: true },
        { item: three, quantity: '2' },
      ],
    });
    expect(more.status, more.text).toBe(200);
    expect(more.headers.etag).toBe(`"${more.body.version}"`);
    expect(more.body).toMatchObject({ priority: 80, notes: 'Ring twice', state: 'open' });
    expect(more.body.lines).toMatchObject([
      { quantity: '6', discount: '0.60', state: 'reserved' },
      { cancelled: '3', state: 'cancelled' },
      { line: 3, item: three, quantity: '2', state: 'reserved' },
    ]);
    const levels = await Promise.all([one, two, three].map((sku) => available(sku)));
    expect(levels).toEqual(['4', '10', '8']);
    const less = await edit(number, { lines: [{ line: 1, quantity: '1' }] });
    expect(less.body.lines[0]).toMatchObject({ quantity: '6', cancelled: '5', state: 'reserved' });
    expect(await available(one)).toBe('9');
    await sound();
  });

  it('that asks for too much leaves everything as it was', async () => {
    const [one, two] = [await stocked('10'), await stocked('3')];
    const number = await captured([{ item: one, quantity: '4' }]);
    const lines = [
      { line: 1, quantity: '6' },
      { item: two, quantity: '4' },
    ];
    const refused = await edit(number, { priority: 99, lines });
    expect(refused.status).toBe(409);
    expect(await read(number)).toMatchObject({ version: 1, priority: 50 });
    expect([await available(one), await available(two)]).toEqual(['6', '3']);
    await sound();
  });

  it('of what was read before somebody else changed it is refused', async () => {
    const sku = await stocked('10');
    const number = await captured([{ item: sku, quantity: '4' }]);
    const lines = [{ line: 1, quantity: '5' }];
    const patch = () => house(`PATCH /v1/sales-orders/${number}`, { lines }, { 'if-match': '"1"' });
    const answers = await Promise.all([patch(), patch(), patch()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect(await available(sku)).toBe('5');
    await sound();
  });

  it('cannot make a shipped line larger, nor touch a shipped sales order', async () => {
    const sku = await stocked('10');
    const number = await captured([{ item: sku, quantity: '4' }]);
    const [request] = await release(number);
    await ship(request!, { lines: [{ line: 1, quantity: '1' }] });
    expect((await read(number)).state).toBe('partly_shipped');
    const larger = await edit(number, { lines: [{ line: 1, quantity: '9' }] });
    expect(larger.body).toMatchObject({ type: '/problems/state-conflict', line: 1 });
    await ship(request!);
    expect((await edit(number, { priority: 1 })).status).toBe(409);
    await sound();
  });
});

describe('holds', () => {
  it('keep a sales order from being released and shipped, and are in its trail', async () => {
    const sku = await stocked('10');
    const number = await captured([{ item: sku, quantity: '1' }], { holds: ['payment'] });
    const held = await house(`POST /v1/sales-orders/${number}/release`);
    expect(held.body.type).toBe('/problems/sales-order-held');
    const lifted = await act(number, 'holds/payment/release', { note: 'Paid' });
    expect(lifted.onHold).toBe(false);
    expect(lifted.holds).toMatchObject([{ kind: 'payment', releasedBy: 'house' }]);
    const [request] = await release(number);
    await act(number, 'holds', { kind: 'fraud' });
    expect((await ship(request!)).body.type).toBe('/problems/sales-order-held');
    const again = await house(`POST /v1/sales-orders/${number}/holds`, { kind: 'fraud' });
    expect(again.status).toBe(409);
  });
});

describe('a short line', () => {
  it('comes from another site, and not from the one that lacks it', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '3' }], { backorder: 'allow' });
    const [request] = await release(number);
    const body = { lines: [{ line: 1, quantity: '2' }] };
    const short = await house(`POST /v1/fulfilment-requests/${request}/short`, body, world.fresh());
    expect(short.status, short.text).toBe(200);
    // The site still says that it has some.
    expect(await available(sku)).toBe('4');
    await receive(sku, '10', 'C1');
    await expect
      .poll(async () => (await read(number)).lines[0].parts, { timeout: 15_000 })
      .toMatchObject([
        { state: 'released', quantity: '1' },
        { site: 'S', state: 'reserved' },
      ]);
    await sound();
  });

  it('withdraws the request when nothing is left of it', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '3' }]);
    const [request] = await release(number);
    const body = { lines: [{ line: 1, quantity: '3' }] };
    const short = await house(`POST /v1/fulfilment-requests/${request}/short`, body, world.fresh());
    expect(short.body.state).toBe('withdrawn');
    await act(number, 'cancel');
    await sound();
  });
});

describe('shipping', () => {
  it('takes what expires first, then the oldest', async () => {
    const sku = await item({ tracksLot: true, tracksExpiry: true, shelfLifeDays: 1000 });
    await receive(sku, '3', 'B1', { lot: 'LATE', expiresOn: '2031-01-01' });
    await receive(sku, '3', 'B2', { lot: 'SOON', expiresOn: '2030-01-01' });
    const number = await captured([{ item: sku, quantity: '4' }]);
    const [request] = await release(number);
    const shipped = await ship(request!);
    expect(shipped.status, shipped.text).toBe(201);
    const { rows } = await world.admin.query(
      `SELECT lot.code, m.quantity::integer AS units FROM outbound.shipment_movement s
       JOIN ledger.movement m USING (journal, seq)
       JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.from_position
       JOIN ledger.lot lot ON lot.journal = p.journal AND lot.lot_id = p.lot_id
       JOIN outbound.sales_order o ON o.sales_order_id = s.sales_order_id
       WHERE o.number = $1 ORDER BY 1`,
      [number],
    );
    expect(rows).toEqual([
      { code: 'LATE', units: 1 },
      { code: 'SOON', units: 3 },
    ]);
    await sound();
  });

  it('takes serials, and the positions that the caller names', async () => {
    const sku = await item({ tracksSerial: true });
    await receive(sku, '3', 'B1', { serials: ['A1', 'A2', 'A3'] });
    const number = await captured([{ item: sku, quantity: '3' }]);
    const [request] = await release(number);
    const positions = [{ location: 'B1', quantity: '1', serials: ['A2'] }];
    const first = await ship(request!, { lines: [{ line: 1, quantity: '1', positions }] });
    expect(first.status, first.text).toBe(201);
    const wrong = { lines: [{ line: 1, quantity: '1', positions }] };
    const refused = await ship(request!, wrong);
    expect(refused.body).toMatchObject({ type: '/problems/shipment-refused' });
    expect((await read(number)).lines[0]).toMatchObject({ state: 'partly_shipped' });
    expect((await ship(request!)).status).toBe(201);
    expect((await read(number)).state).toBe('shipped');
    await sound();
  });

  it('of one key ships once, and refuses another body', async () => {
    const sku = await stocked('10');
    const number = await captured([{ item: sku, quantity: '4' }]);
    const [request] = await release(number);
    const headers = world.fresh();
    const half = { lines: [{ line: 1, quantity: '2' }] };
    const answers = await Promise.all([1, 2, 3].map(() => ship(request!, half, headers)));
    expect(answers.every(({ status }) => status < 300)).toBe(true);
    expect((await read(number)).lines[0].shipped).toBe('2');
    expect((await ship(request!, {}, headers)).status).toBe(422);
    await sound();
  });

  it('says what cannot be picked, and leaves the sales order as it was', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '5' }]);
    const [request] = await release(number);
    await world.posted({ kind: 'count', item: sku, quantity: '3', from: 'B1' });
    const refused = await ship(request!);
    expect(refused.body).toMatchObject({ type: '/problems/insufficient-stock', onHand: '3' });
    expect((await read(number)).lines[0].parts[0].state).toBe('released');
    await sound();
  });
});

describe('another site', () => {
  it('takes a reserved part over without a gap', async () => {
    const sku = await stocked('5');
    await receive(sku, '5', 'C1');
    const number = await captured([{ item: sku, quantity: '4', site: 'N' }]);
    const moved = await act(number, 'move', { line: 1, part: 1, site: 'S' });
    expect(moved.lines[0].parts).toMatchObject([{ site: 'S', quantity: '4', state: 'reserved' }]);
    expect([await available(sku), await available(sku, 'S')]).toEqual(['5', '1']);
    const body = { line: 1, part: 1, site: 'N' };
    await captured([{ item: sku, quantity: '3', site: 'N' }]);
    const refused = await house(`POST /v1/sales-orders/${number}/move`, body);
    expect(refused.status).toBe(409);
    expect((await read(number)).lines[0].parts[0].site).toBe('S');
    await sound();
  });
});

describe('a bulk', () => {
  it('captures each on its own', async () => {
    const sku = await stocked('2');
    const body = (quantity: string) => ({
      ...{ id: newId(), channel: 'WEB', shipTo: SHIP_TO },
      lines: [{ item: sku, quantity }],
    });
    const orders = [body('1'), body('9'), body('1'), { ...body('1'), channel: 'NONE' }];
    const answer = await house('POST /v1/sales-orders/bulk', { orders });
    expect(answer.body).toMatchObject({ captured: 2, rejected: 2 });
    const statuses = answer.body.orders.map((each: { status: string }) => each.status);
    expect(statuses).toEqual(['captured', 'rejected', 'captured', 'rejected']);
    await sound();
  });
});

describe('the list', () => {
  it('filters, pages, and comes as CSV', async () => {
    const sku = await stocked('50');
    const customer = `C-${sku}`;
    const past = { promisedAt: '2020-01-01T00:00:00Z' };
    const numbers: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      const more = i < 2 ? past : {};
      numbers.push(await captured([{ item: sku, quantity: '1' }], { customer, ...more }));
    }
    const list = async (query: string) => {
      const { body } = await house(`GET /v1/sales-orders?customer=${customer}&${query}`);
      return body;
    };
    const first = await list('limit=3');
    const rest = await list(`limit=3&cursor=${first.nextCursor}`);
    const seen = [...first.items, ...rest.items].map((each) => each.number);
    expect(seen).toEqual([...numbers].reverse());
    expect((await list('late=true')).items).toHaveLength(2);
    expect((await list('late=false')).items).toHaveLength(3);
    expect((await list(`item=${sku}&site=N&state=open`)).items).toHaveLength(5);
    expect((await list('site=S')).items).toHaveLength(0);
    const csv = await house(`GET /v1/sales-orders?customer=${customer}&format=csv`);
    expect(csv.text.trim().split('\r\n')).toHaveLength(6);
  });
});

describe('an owner', () => {
  it('captures for itself only, and its sales move no money of ours', async () => {
    const seller = await world.owner('SELLER');
    const sku = await stocked('5', 'B1', { owner: 'SELLER' });
    await world.posted({ kind: 'receipt', item: sku, quantity: '5', to: 'B2', owner: 'SELLER' });
    const mine = await capture([{ item: sku, quantity: '2', unitPrice: '5' }], {}, seller.call);
    expect(mine.status, mine.text).toBe(201);
    const theirs = await capture([{ item: sku, quantity: '1' }], { owner: 'HOUSE' }, seller.call);
    expect(theirs.status).toBe(400);
    const { number } = mine.body;
    const [request] = await release(number);
    expect((await ship(request!)).status).toBe(201);
    const { rows } = await world.admin.query(
      'SELECT 1 FROM platform.booking WHERE document_number = $1',
      [number],
    );
    expect(rows).toEqual([]);
    await sound();
  });
});
