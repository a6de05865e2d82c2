import { afterAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createOrderWorld, orderViolations, SHIP_TO } from '../../../test/support/order-world.ts';
import { openLedger, reserve, settleReservation } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { writeAs } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { shipRequest, sweepShipments } from '../fulfilment/ship.ts';
import { cancelOrder } from './cancel.ts';
import { sweepCarts } from './cart-holds.ts';
import { openDraft, writeDraft } from './draft.ts';
import { captureSalesOrder } from './sales-orders.ts';
import { createOrderService, type OrderService } from './service.ts';
import { captureGroupId, openGroups, sweepCaptures, sweepSteps } from './steps.ts';

/** What a process leaves behind that dies between two steps, and how the next one mends it. */
const world = await createOrderWorld();
const { captured, read, release, available, item, receive } = world;
const context = testContext(world.database);
const ledger = await openLedger({ context });
const service = createOrderService(context, ledger);
afterAll(() => ledger.drain());

const LATER_MS = 10 * 60_000;
/** The same process ten minutes on. */
const later: OrderService = {
  ...service,
  context: { ...context, clock: () => new Date(context.clock().getTime() + LATER_MS) },
};

async function stocked(quantity: string): Promise<string> {
  const sku = await item();
  await receive(sku, quantity);
  return sku;
}

const sound = async () => expect(await orderViolations(world.admin)).toEqual([]);

describe('a capture that died between the ledger and the document', () => {
  const orphan = async (sku: string, number: string, id = captureGroupId()) => {
    const lines = [{ item: sku, quantity: '4', site: 'N', owner: 'HOUSE' }];
    const document = { type: 'sales_order', number };
    const [answer] = await reserve(ledger, SYSTEM, [{ id, lines, document }]);
    expect(answer!.status).toBe('committed');
    return answer!.lines[0]!.id;
  };

  it('is given back by the sweep, but not before its time', async () => {
    const sku = await stocked('5');
    await orphan(sku, `LOST-${sku}`);
    const search = { settled: 0n, pending: undefined };
    expect(await sweepCaptures(service, search)).toBe(0);
    expect(await available(sku)).toBe('1');
    expect(await sweepCaptures(later, search)).toBe(1);
    expect(await available(sku)).toBe('5');
    await sound();
  });

  it('reserves anew when it comes again after that', async () => {
    const sku = await stocked('5');
    const number = `AGAIN-${sku}`;
    await orphan(sku, number);
    await sweepCaptures(later, { settled: 0n, pending: undefined });
    const lines = [{ item: sku, quantity: '4' }];
    const body = { number, channel: 'WEB', shipTo: SHIP_TO, lines };
    const answer = await captureSalesOrder(service, SYSTEM, newId(), body);
    expect(answer).toMatchObject({ number, state: 'open', replayed: false });
    expect(await available(sku)).toBe('1');
    expect(await sweepCaptures(later, { settled: 0n, pending: undefined })).toBe(0);
    await sound();
  });

  it('is told from reservations of others, which it may not release', async () => {
    const sku = await stocked('5');
    const theirs = await orphan(sku, `OTHER-${sku}`, newId());
    expect(await sweepCaptures(later, { settled: 0n, pending: undefined })).toBe(0);
    expect(await available(sku)).toBe('1');
    await settleReservation(ledger, SYSTEM, 'release', theirs, { key: newId() });
    await sound();
  });
});

describe('steps that were written but not done', () => {
  it('of a cancellation are done by the sweep', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '5' }]);
    // The change commits, and the process dies before it releases.
    await writeAs(context.database, 'house', async (tx) => {
      const draft = await openDraft(tx, number);
      cancelOrder(draft, { lines: [{ line: 1, quantity: '2' }] });
      await writeDraft(tx, draft, { actorId: 1, at: context.clock() });
    });
    expect(await available(sku)).toBe('0');
    expect(await sweepSteps(later)).toBe(1);
    expect(await available(sku)).toBe('2');
    expect(await sweepSteps(later)).toBe(0);
    await sound();
  });

  it('of an edit give back what it had reserved', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '1' }]);
    const [id] = await openGroups(service, [{ ownerId: 1, number }]);
    const lines = [{ item: sku, quantity: '3', site: 'N', owner: 'HOUSE' }];
    await reserve(ledger, SYSTEM, [{ id: id!, lines }]);
    expect(await available(sku)).toBe('1');
    await sweepSteps(service);
    expect(await available(sku)).toBe('1');
    await sweepSteps(later);
    expect(await available(sku)).toBe('4');
    await sound();
  });
});

describe('a shipment', () => {
  it('that was written down but not posted is posted by the sweep', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '5', unitPrice: '1' }]);
    const [request] = await release(number);
    const dying: OrderService = {
      ...service,
      ledger: { ...ledger, post: () => Promise.reject(new Error('the process died')) },
    };
    const command = { principal: SYSTEM, shipmentId: newId(), body: {} };
    await expect(shipRequest(dying, command, request!)).rejects.toThrow('died');
    expect((await read(number)).lines[0].parts[0].state).toBe('shipping');
    const cancelled = await world.house(`POST /v1/sales-orders/${number}/cancel`, {});
    expect(cancelled.status).toBe(409);
    expect(await sweepShipments(later)).toBe(1);
    expect((await read(number)).state).toBe('shipped');
    const { rows } = await world.admin.query(
      'SELECT count(*)::integer AS bookings FROM platform.booking WHERE document_number = $1',
      [number],
    );
    expect(rows).toEqual([{ bookings: 1 }]);
    await sound();
  });

  it('that was posted but not completed is completed by the repetition, once', async () => {
    const sku = await stocked('5');
    const number = await captured([{ item: sku, quantity: '5', unitPrice: '1' }]);
    const [request] = await release(number);
    const dying: OrderService = {
      ...service,
      ledger: {
        ...ledger,
        post: async (...asked) => {
          await ledger.post(...asked);
          throw new Error('the process died');
        },
      },
    };
    const command = { principal: SYSTEM, shipmentId: newId(), body: {} };
    await expect(shipRequest(dying, command, request!)).rejects.toThrow('died');
    const again = await Promise.all([
      shipRequest(service, command, request!),
      shipRequest(service, command, request!),
      sweepShipments(later),
    ]);
    expect(again[0].answer).toEqual(again[1].answer);
    expect(again[0].answer.movements).toHaveLength(1);
    const { rows } = await world.admin.query(
      `SELECT (SELECT count(*) FROM platform.booking WHERE document_number = $1)::integer AS b,
         (SELECT count(*) FROM ledger.movement m JOIN ledger.document d USING (document_id)
          WHERE d.number = $1)::integer AS m`,
      [number],
    );
    expect(rows).toEqual([{ b: 1, m: 1 }]);
    await sound();
  });
});

describe('a cart that was cut off while it was converted', () => {
  it('is given back by the sweep', async () => {
    const sku = await stocked('5');
    const body = { channel: 'WEB', lines: [{ item: sku, quantity: '3' }] };
    const { body: cart } = await world.house('POST /v1/cart-holds', body, world.fresh());
    await world.admin.query(
      `UPDATE outbound.cart_hold SET state = 'converting', sales_order_id = $2
       WHERE cart_hold_id = $1`,
      [cart.cartHoldId, newId()],
    );
    expect(await sweepCarts(service)).toBe(0);
    expect(await sweepCarts(later)).toBe(1);
    expect(await available(sku)).toBe('5');
    await sound();
  });
});
