import { afterAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createOrderWorld, orderViolations, SHIP_TO } from '../../../test/support/order-world.ts';
import { openLedger } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { newId } from '../../platform/ids.ts';
import { Problem } from '../../platform/problems.ts';
import { fillAll } from './backorders.ts';
import { captureSalesOrder } from './sales-orders.ts';
import { createOrderService } from './service.ts';

const world = await createOrderWorld();
const { house, capture, captured, read, act, release, ship, available, item, receive } = world;
const context = testContext(world.database);
const ledger = await openLedger({ context });
/** Another process on the same database. */
const elsewhere = createOrderService(context, ledger);
afterAll(() => ledger.drain());

async function stocked(quantity: string, to = 'B1'): Promise<string> {
  const sku = await item();
  await receive(sku, quantity, to);
  return sku;
}

const order = (sku: string, quantity = '1', more: object = {}) => ({
  channel: 'WEB',
  shipTo: SHIP_TO,
  lines: [{ item: sku, quantity }],
  ...more,
});

const sound = async () => expect(await orderViolations(world.admin)).toEqual([]);

describe('shipments at the same time', () => {
  it('under one key with different bodies are one, and the others are told', async () => {
    const sku = await stocked('10');
    const number = await captured([{ item: sku, quantity: '10' }]);
    const [request] = await release(number);
    const key = { 'idempotency-key': newId() };
    const quantities = ['2', '3', '2', '3', '2', '3', '2', '3'];
    const answers = await Promise.all(
      quantities.map((quantity) => ship(request!, { lines: [{ line: 1, quantity }] }, key)),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 201, 201, 201, 422, 422, 422, 422]);
    const shipped = quantities[answers.findIndex(({ status }) => status === 201)]!;
    const { parts } = (await read(number)).lines[0];
    const left = parts.filter(({ state }: { state: string }) => state === 'shipped');
    expect(left.map(({ quantity }: { quantity: string }) => quantity)).toEqual([shipped]);
    await sound();
  });
});

describe('captures at the same time', () => {
  it('never promise more than there is', async () => {
    const sku = await stocked('10');
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => capture([{ item: sku, quantity: '1' }])),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status === 201)).toHaveLength(10);
    expect(statuses.filter((status) => status === 409)).toHaveLength(54);
    expect(await available(sku)).toBe('0');
    await sound();
  });

  it('of one key with two bodies are the one that came first, for all who sent that', async () => {
    const sku = await stocked('100');
    const key = { 'idempotency-key': newId() };
    const first = await house('POST /v1/sales-orders', order(sku, '3'), key);
    const answers = await Promise.all(
      ['3', '9', '3', '9', '3'].map((quantity) =>
        house('POST /v1/sales-orders', order(sku, quantity), key),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 422, 200, 422, 200]);
    expect(answers[2]!.body.salesOrderId).toBe(first.body.salesOrderId);
    expect(await available(sku)).toBe('97');
    await sound();
  });

  it('of one key are one sales order, also through two processes', async () => {
    const sku = await stocked('100');
    const key = newId();
    const body = order(sku, '3');
    const there = () => captureSalesOrder(elsewhere, SYSTEM, key, body);
    const here = () => house('POST /v1/sales-orders', body, { 'idempotency-key': key });
    const [a, b, c, d] = await Promise.all([here(), there(), here(), there()]);
    const ids = [a.body, b, c.body, d].map(({ salesOrderId }) => salesOrderId);
    expect(new Set(ids).size).toBe(1);
    expect(await available(sku)).toBe('97');
    await sound();
  });

  it('of one reference are one sales order, or a conflict where they differ', async () => {
    const sku = await stocked('100');
    const body = order(sku, '2', { channelReference: `R-${newId()}` });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => captureSalesOrder(elsewhere, SYSTEM, newId(), body)),
    );
    expect(new Set(answers.map(({ number }) => number)).size).toBe(1);
    const other = { ...body, notes: 'other' };
    const refused = await captureSalesOrder(elsewhere, SYSTEM, newId(), other).catch((e) => e);
    expect(refused).toBeInstanceOf(Problem);
    expect(refused.type.name).toBe('conflict');
    expect(await available(sku)).toBe('98');
    await sound();
  });

  it('keep a ring-fence through two processes', async () => {
    const sku = await stocked('20');
    const limit = { channel: 'B2B', item: sku, site: 'N', ringFenced: '15' };
    expect((await house('POST /v1/channel-limits', limit)).status).toBe(201);
    const there = () =>
      captureSalesOrder(elsewhere, SYSTEM, newId(), order(sku)).catch((error) => error);
    const here = () => capture([{ item: sku, quantity: '1' }]);
    const all = await Promise.all(
      Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? there() : here())),
    );
    const granted = all.filter((each) => each.status === 201 || each.salesOrderId);
    expect(granted).toHaveLength(5);
    const refused = all.find((each) => each.status === 409);
    expect(refused.body.sites).toMatchObject([{ free: '0', keptForOtherChannels: '15' }]);
    expect(await available(sku)).toBe('15');
    const own = await capture([{ item: sku, quantity: '15' }], { channel: 'B2B' });
    expect(own.status, own.text).toBe(201);
    await sound();
  });
});

describe('a cancellation', () => {
  it('racing the shipment leaves one of the two, and the stock right', async () => {
    for (let round = 0; round < 6; round += 1) {
      const sku = await stocked('5');
      const number = await captured([{ item: sku, quantity: '5' }]);
      const [request] = await release(number);
      const cancel = () => house(`POST /v1/sales-orders/${number}/cancel`, {}, world.fresh());
      const [shipped, cancelled] = await Promise.all(
        round % 2 === 0 ? [ship(request!), cancel()] : [cancel(), ship(request!)],
      );
      const { state } = await read(number);
      const first = round % 2 === 0 ? shipped : cancelled;
      expect(['shipped', 'cancelled']).toContain(state);
      expect(first!.status === 201, `${state} ${first!.text}`).toBe(state === 'shipped');
      expect(await available(sku)).toBe(state === 'shipped' ? '0' : '5');
    }
    await sound();
  });

  it('of the same units twice at once cancels them once', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '5' }]);
    const headers = world.fresh();
    const body = { lines: [{ line: 1, quantity: '2' }] };
    const cancel = () => house(`POST /v1/sales-orders/${number}/cancel`, body, headers);
    const answers = await Promise.all([cancel(), cancel(), cancel()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await read(number)).lines[0].cancelled).toBe('2');
    expect(await available(sku)).toBe('2');
    await sound();
  });
});

describe('a cart hold', () => {
  const hold = (sku: string, quantity: string, expiresInSeconds = 600) =>
    house(
      'POST /v1/cart-holds',
      { channel: 'WEB', expiresInSeconds, lines: [{ item: sku, quantity }] },
      world.fresh(),
    );

  it('becomes a sales order that keeps its reservations', async () => {
    const sku = await stocked('5');
    const { body: cart } = await hold(sku, '3');
    expect(await available(sku)).toBe('2');
    const answer = await capture([{ item: sku, quantity: '4' }], { cartHold: cart.cartHoldId });
    expect(answer.status, answer.text).toBe(201);
    const kept = answer.body.lines[0].parts.map(
      (part: { reservation: string }) => part.reservation,
    );
    expect(kept).toContain(cart.lines[0].reservation);
    expect(await available(sku)).toBe('1');
    const after = await house(`GET /v1/cart-holds/${cart.cartHoldId}`);
    expect(after.body.state).toBe('converted');
    await sound();
  });

  it('gives back what the sales order does not want', async () => {
    const sku = await stocked('5');
    const { body: cart } = await hold(sku, '4');
    await captured([{ item: sku, quantity: '1' }], { cartHold: cart.cartHoldId });
    expect(await available(sku)).toBe('4');
    await sound();
  });

  it('that is refused as a sales order is held as before', async () => {
    const sku = await stocked('5');
    const { body: cart } = await hold(sku, '4');
    const answer = await capture([{ item: sku, quantity: '9' }], { cartHold: cart.cartHoldId });
    expect(answer.status).toBe(409);
    expect((await house(`GET /v1/cart-holds/${cart.cartHoldId}`)).body.state).toBe('active');
    expect(await available(sku)).toBe('1');
    await sound();
  });

  it('becomes one sales order only', async () => {
    const sku = await stocked('5');
    const { body: cart } = await hold(sku, '3');
    const wanted = [{ item: sku, quantity: '3' }];
    const answers = await Promise.all(
      [1, 2, 3].map(() => capture(wanted, { cartHold: cart.cartHoldId })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await available(sku)).toBe('2');
    await sound();
  });

  it('that runs out while it is converted promises nothing twice', async () => {
    const outcomes = new Set<number>();
    for (let round = 0; round < 5; round += 1) {
      const sku = await stocked('3');
      const { body: cart } = await hold(sku, '3', 1);
      await new Promise((resolve) => setTimeout(resolve, 960 + round * 20));
      const wanted = [{ item: sku, quantity: '3' }];
      const [mine, other] = await Promise.all([
        capture(wanted, { cartHold: cart.cartHoldId }),
        capture(wanted),
      ]);
      const granted = [mine, other].filter(({ status }) => status === 201);
      expect(granted.length, `${mine.text} ${other.text}`).toBeLessThanOrEqual(1);
      if (granted.length === 1) expect(await available(sku)).toBe('0');
      outcomes.add(mine.status);
    }
    expect([...outcomes].every((status) => [201, 409].includes(status))).toBe(true);
    await sound();
  });
});

describe('backorders', () => {
  it('are served by priority, then by age, and nobody jumps the queue', async () => {
    const sku = await item();
    await receive(sku, '1');
    const waits = { backorder: 'allow' };
    const low = await captured([{ item: sku, quantity: '3' }], { ...waits, priority: 10 });
    const old = await captured([{ item: sku, quantity: '2' }], { ...waits, priority: 50 });
    const young = await captured([{ item: sku, quantity: '2' }], { ...waits, priority: 50 });
    expect((await read(low)).lines[0].parts).toHaveLength(2);
    expect((await read(old)).state).toBe('backordered');
    await receive(sku, '3');
    // Whether or not the queue was served yet: a new one of the same priority gets nothing.
    const jumper = await capture([{ item: sku, quantity: '1' }], { priority: 50 });
    expect(jumper.status, jumper.text).toBe(409);
    await fillAll(elsewhere, null);
    expect((await read(old)).state).toBe('open');
    const half = (await read(young)).lines[0].parts.map((part: { state: string }) => part.state);
    expect(half.sort()).toEqual(['backordered', 'reserved']);
    expect((await read(low)).state).toBe('backordered');
    const queue = await house(`GET /v1/backorders?item=${sku}`);
    const waiting = queue.body.items.map((each: { salesOrder: string }) => each.salesOrder);
    expect(waiting).toEqual([young, low]);
    await sound();
  });

  it('let a more urgent sales order through', async () => {
    const sku = await item();
    const low = await captured([{ item: sku, quantity: '5' }], {
      backorder: 'allow',
      priority: 10,
    });
    const high = await capture([{ item: sku, quantity: '1' }], { priority: 90 });
    expect(high.status).toBe(409);
    await receive(sku, '2');
    const urgent = await capture([{ item: sku, quantity: '1' }], { priority: 90 });
    const served = (await read(low)).lines[0].parts.some(
      (part: { state: string }) => part.state === 'reserved',
    );
    // The queue may have been served in between; then there is nothing left for anybody.
    expect(urgent.status === 201 || served).toBe(true);
    await fillAll(elsewhere, null);
    await sound();
  });

  it('are filled by two processes at once without promising twice', async () => {
    const sku = await item();
    for (let i = 0; i < 6; i += 1) {
      await captured([{ item: sku, quantity: '2' }], { backorder: 'allow' });
    }
    await receive(sku, '7');
    const other = createOrderService(context, ledger);
    await Promise.all([fillAll(elsewhere, null), fillAll(other, null)]);
    await fillAll(elsewhere, null);
    expect(await available(sku)).toBe('0');
    const { rows } = await world.admin.query(
      `SELECT state, sum(quantity)::integer AS units FROM outbound.line_part p
       JOIN catalog.item i USING (item_id) WHERE i.sku = $1 GROUP BY 1 ORDER BY 1`,
      [sku],
    );
    expect(rows).toEqual([
      { state: 'backordered', units: 5 },
      { state: 'reserved', units: 7 },
    ]);
    await sound();
  });

  it('may be cancelled while they are filled', async () => {
    const sku = await item();
    const numbers: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      numbers.push(await captured([{ item: sku, quantity: '1' }], { backorder: 'allow' }));
    }
    await receive(sku, '4');
    await Promise.all([
      fillAll(elsewhere, null),
      ...numbers.slice(0, 2).map((number) => act(number, 'cancel')),
    ]);
    await fillAll(elsewhere, null);
    expect(await available(sku)).toBe('2');
    await sound();
  });
});

describe('backorders of a sales order that leaves as a whole', () => {
  const whole = { backorder: 'allow', shipmentPolicy: 'complete' };
  const sitesOf = async (number: string): Promise<string[]> => {
    const { lines } = await read(number);
    return lines.flatMap(({ parts }: { parts: { state: string; site: string }[] }) =>
      parts.filter(({ state }) => state === 'reserved').map(({ site }) => site),
    );
  };

  it('are filled where its other units are', async () => {
    const [here, late] = [await stocked('1', 'C1'), await item()];
    const lines = [here, late].map((sku) => ({ item: sku, quantity: '1' }));
    const number = await captured(lines, whole);
    expect(await sitesOf(number)).toEqual(['S']);
    await receive(late, '1', 'B1');
    await fillAll(elsewhere, null);
    expect(await sitesOf(number)).toEqual(['S']);
    await receive(late, '1', 'C1');
    await fillAll(elsewhere, null);
    expect(await sitesOf(number)).toEqual(['S', 'S']);
    expect((await read(number)).state).toBe('open');
    await sound();
  });

  it('find one site when nothing was there at all', async () => {
    const skus = [await item(), await item()];
    const number = await captured(
      skus.map((sku) => ({ item: sku, quantity: '1' })),
      whole,
    );
    await receive(skus[0]!, '1', 'C1');
    await receive(skus[1]!, '1', 'B1');
    await fillAll(elsewhere, null);
    await fillAll(elsewhere, null);
    expect(await sitesOf(number)).toEqual(['S']);
    await receive(skus[1]!, '1', 'C1');
    await fillAll(elsewhere, null);
    expect(await sitesOf(number)).toEqual(['S', 'S']);
    await sound();
  });
});
