import { describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/context.ts';
import { createReturnsWorld } from '../../test/support/returns-world.ts';
import { openLedger } from '../ledger/index.ts';
import { createStepWork } from './module.ts';
import { createReturns } from './service.ts';
import { finishStalled, type StepWork } from './steps.ts';

const world = await createReturnsWorld();
const price = { unitPrice: '10.00', discount: '0', tax: '5.70' };

/** Numbers of statuses, such as { 201: 5, 409: 15 }. */
function tally(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('races', () => {
  it('for the units of a line never return more than was shipped', async () => {
    const item = await world.stocked('5');
    const order = await world.sold([{ item, quantity: '5', ...price }]);
    const lines = [{ orderLine: 1, quantity: '1', reason: 'other' }];
    const body = { salesOrder: order, site: 'N', lines };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => world.command('POST /v1/returns', body)),
    );
    expect(tally(answers)).toEqual({ 201: 5, 409: 15 });
  });

  it('of returns with their lines the other way round do not deadlock', async () => {
    const [a, b] = [await world.stocked('20'), await world.stocked('20')];
    const order = await world.sold([
      { item: a!, quantity: '20', ...price },
      { item: b!, quantity: '20', ...price },
    ]);
    const line = (orderLine: number) => ({ orderLine, quantity: '1', reason: 'other' });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const lines = i % 2 === 0 ? [line(1), line(2)] : [line(2), line(1)];
        return world.command('POST /v1/returns', { salesOrder: order, site: 'N', lines });
      }),
    );
    expect(tally(answers)).toEqual({ 201: 20 });
  });

  it('to take in the same goods take them in once', async () => {
    const item = await world.stocked('4', '3.33');
    const order = await world.sold([{ item, quantity: '4', ...price }]);
    const number = await world.returned(order, '4');
    const scans = [{ item, quantity: '1', location: 'B4' }];
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        world.command(`POST /v1/returns/${number}/receipts`, { scans }),
      ),
    );
    expect(tally(answers)).toEqual({ 201: 4, 409: 8 });
    expect(await world.onHand(item)).toEqual({ quarantined: '4' });
    expect(await world.costOfSales(item)).toBe(0n);
  });

  it('for a refund pay once', async () => {
    const item = await world.stocked('3');
    const order = await world.sold([{ item, quantity: '3', ...price }]);
    const number = await world.returned(order, '3');
    await world.arrive(number, item, '3');
    await world.inspect(number, { kind: 'restock' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => world.command(`POST /v1/returns/${number}/refunds`, {})),
    );
    expect(tally(answers)).toEqual({ 200: 1, 409: 9 });
    expect(await world.bookings(number)).toHaveLength(1);
  });

  it('to inspect the same goods inspect them once', async () => {
    const item = await world.stocked('2');
    const order = await world.sold([{ item, quantity: '2', ...price }]);
    const number = await world.returned(order, '2');
    await world.arrive(number, item, '2');
    const body = { receipt: 1, receiptLine: 1, quantity: '1', grade: 'good' };
    const outcome = { kind: 'dispose', reason: 'scrap' };
    const path = `POST /v1/returns/${number}/inspections`;
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.command(path, { ...body, outcome })),
    );
    expect(tally(answers)).toEqual({ 201: 2, 409: 6 });
    expect(await world.onHand(item)).toEqual({});
  });
});

describe('a process that dies', () => {
  /** Puts a step that was done back to where a crash after the posting leaves it. */
  async function uncomplete(number: string, ...undo: readonly string[]): Promise<void> {
    for (const statement of undo) {
      await world.admin.query(
        `${statement} AND rma_id = (SELECT rma_id FROM returns.rma WHERE number = $1)`,
        [number],
      );
    }
  }

  const context = testContext(world.database);
  async function another(): Promise<{ finish(): Promise<number>; stop(): Promise<void> }> {
    const ledger = await openLedger({ context });
    const returns = createReturns(context, ledger);
    const work: StepWork = createStepWork(returns);
    return {
      finish: () => finishStalled(returns, work, context.clock()),
      stop: () => ledger.drain(),
    };
  }

  it('after the ledger has posted leaves a receipt that the next one completes', async () => {
    const item = await world.stocked('2', '4.44');
    const order = await world.sold([{ item, quantity: '2', ...price }]);
    const number = await world.returned(order, '2');
    const key = world.fresh();
    const path = `POST /v1/returns/${number}/receipts`;
    const scans = [{ item, quantity: '2', location: 'B4' }];
    const first = await world.house(path, { scans }, key);
    await uncomplete(
      number,
      "UPDATE returns.step SET state = 'posting', answer = NULL WHERE kind = 'receipt'",
      "UPDATE returns.receipt_line SET state = 'posting', movement = NULL WHERE true",
      `UPDATE returns.rma_line SET state = 'authorised', arriving = 2, received = 0,
         first_received_at = NULL WHERE true`,
    );
    const other = await another();
    expect(await other.finish()).toBeGreaterThan(0);
    await other.stop();
    const shown = await world.show(number);
    expect(shown.lines[0]).toMatchObject({ received: '2', state: 'received' });
    expect(shown.receipts).toEqual(first.body.lines);
    expect(await world.onHand(item)).toEqual({ quarantined: '2' });
    expect(await world.costOfSales(item)).toBe(0n);
    const replayed = await world.house(path, { scans }, key);
    expect(replayed.status).toBe(200);
    expect(replayed.body).toEqual(first.body);
  });

  it('in a liquidation is completed by the same request, and booked once', async () => {
    const item = await world.stocked('1', '4.44');
    const order = await world.sold([{ item, quantity: '1', ...price }]);
    const number = await world.returned(order, '1');
    await world.arrive(number, item, '1');
    const outcome = { kind: 'liquidate', buyer: 'LIQUID', price: '1.00' };
    const body = { receipt: 1, receiptLine: 1, grade: 'poor', outcome };
    const key = world.fresh();
    const path = `POST /v1/returns/${number}/inspections`;
    const first = await world.house(path, body, key);
    await world.admin.query('DELETE FROM platform.booking WHERE document_number = $1', [number]);
    await uncomplete(
      number,
      "UPDATE returns.step SET state = 'posting', answer = NULL WHERE kind = 'inspection'",
      "UPDATE returns.inspection SET state = 'posting', movement = NULL, value = NULL WHERE true",
      'UPDATE returns.receipt_line SET inspecting = 1, inspected = 0 WHERE true',
      `UPDATE returns.rma_line SET state = 'received', inspected = 0, inspected_at = NULL
         WHERE true`,
    );
    const again = await Promise.all([world.house(path, body, key), world.house(path, body, key)]);
    for (const answer of again) expect(answer.body).toEqual(first.body);
    expect(await world.bookings(number, 'liquidation')).toHaveLength(1);
    expect(await world.onHand(item)).toEqual({});
    expect((await world.show(number)).lines[0]).toMatchObject({ inspected: '1' });
  });

  it('in an exchange leaves one sales order and one refund', async () => {
    const old = await world.stocked('1');
    const better = await world.stocked('3');
    const order = await world.sold([{ item: old, quantity: '1', ...price }]);
    const number = await world.returned(order, '1');
    await world.arrive(number, old, '1');
    await world.inspect(number, { kind: 'restock' });
    const key = world.fresh();
    const path = `POST /v1/returns/${number}/exchanges`;
    const body = { order: { lines: [{ item: better, quantity: '1', unitPrice: '10.00' }] } };
    const first = await world.house(path, body, key);
    expect(first.status).toBe(201);
    // The sales order was captured, and the refund was lost with the process.
    await world.admin.query('DELETE FROM platform.booking WHERE document_number = $1', [number]);
    await world.admin.query('DELETE FROM returns.refund_line');
    await uncomplete(
      number,
      "UPDATE returns.step SET state = 'posting', answer = NULL WHERE kind = 'exchange'",
      'DELETE FROM returns.refund WHERE true',
      `UPDATE returns.rma_line SET state = 'inspected', refunded = 0, pending_refund = 1
         WHERE true`,
    );
    await world.admin.query(
      `UPDATE returns.claim SET settled = 0, settled_net = 0, settled_tax = 0, refunded_net = 0,
         refunded_tax = 0, house_net = 0, house_tax = 0 WHERE document = $1`,
      [order],
    );
    const again = await world.house(path, body, key);
    expect(again.body.exchange).toEqual(first.body.exchange);
    expect(await world.bookings(number)).toHaveLength(1);
    const { items } = await world.done('GET /v1/sales-orders?limit=1000');
    const own = items.filter(
      (one: { channelReference: string | null }) => one.channelReference === `${number}/1`,
    );
    expect(own).toHaveLength(1);
  });
});
