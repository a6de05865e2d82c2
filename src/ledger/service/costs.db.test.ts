import { afterAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { newId } from '../../platform/ids.ts';
import { openLedger } from './service.ts';

const world = await createLedgerWorld();
const { posted, item, receive, admin, command, house } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

/** Units and minor units in the cost pool of an item in site N (or another). */
async function pool(sku: string, site = 'N'): Promise<[number, number]> {
  const { rows } = await admin.query(
    `SELECT c.quantity::integer AS quantity, c.value::integer AS value FROM ledger.cost_pool c
     JOIN catalog.item i USING (item_id) JOIN network.site s ON s.site_id = c.cost_site_id
     WHERE i.sku = $1 AND s.code = $2`,
    [sku, site],
  );
  return rows[0] ? [rows[0].quantity, rows[0].value] : [0, 0];
}

/** Value that went to (or came from) a virtual location, by movements and by money alone. */
async function account(sku: string, code: string): Promise<number> {
  const { rows } = await admin.query(
    `SELECT coalesce(sum(value), 0)::integer AS value FROM (
       SELECT m.value FROM ledger.movement m JOIN catalog.item i USING (item_id)
         JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.to_position
         JOIN network.location l USING (location_id) WHERE i.sku = $1 AND l.code = $2
       UNION ALL SELECT -m.value FROM ledger.movement m JOIN catalog.item i USING (item_id)
         JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.from_position
         JOIN network.location l USING (location_id) WHERE i.sku = $1 AND l.code = $2
       UNION ALL SELECT v.amount FROM ledger.value_entry v JOIN catalog.item i USING (item_id)
         JOIN network.location l ON l.location_id = v.to_location_id
         WHERE i.sku = $1 AND l.code = $2
       UNION ALL SELECT -v.amount FROM ledger.value_entry v JOIN catalog.item i USING (item_id)
         JOIN network.location l ON l.location_id = v.from_location_id
         WHERE i.sku = $1 AND l.code = $2) moved`,
    [sku, code],
  );
  return rows[0].value;
}

const ship = async (sku: string, quantity: string, from: unknown = 'B1') =>
  (await posted({ kind: 'shipment', item: sku, quantity, from }))[0];

describe('moving average', () => {
  it('issues at the average of what came in, and an empty pool is worth nothing', async () => {
    const sku = await item();
    await receive(sku, '3', 'B1', { unitCost: '1.00' });
    await receive(sku, '3', 'B2', { value: '4.00' });
    expect(await pool(sku)).toEqual([6, 700]);
    expect(await ship(sku, '1')).toMatchObject({ value: '1.17' });
    expect(await ship(sku, '2')).toMatchObject({ value: '2.33' });
    const [moved] = await posted({ kind: 'move', item: sku, quantity: '3', from: 'B2', to: 'B1' });
    expect(moved.value).toBe('0.00');
    expect(await ship(sku, '3')).toMatchObject({ value: '3.50' });
    expect(await pool(sku)).toEqual([0, 0]);
    expect([await account(sku, 'SUPPLIER'), await account(sku, 'CUSTOMER')]).toEqual([-700, 700]);
  });

  it('takes a return back at what it cost when it left', async () => {
    const sku = await item();
    await receive(sku, '10', 'B1', { unitCost: '2.00' });
    const shipped = await ship(sku, '4');
    await receive(sku, '10', 'B1', { unitCost: '10.00' });
    const back = { kind: 'customer_return', item: sku, quantity: '2', to: 'B1' };
    const [returned] = await posted({ ...back, returnOf: shipped.id });
    expect(returned.value).toBe('4.00');
    const other = await item();
    const receipt = await receive(other, '1');
    for (const returnOf of [receipt, `${shipped.journal}-99999`]) {
      const { status, body } = await world.post([{ ...back, returnOf }]);
      expect([status, body.errors[0].path]).toEqual([400, 'lines.0.returnOf']);
    }
    const odd = await world.post([
      { kind: 'receipt', item: sku, quantity: '1', to: 'B1', returnOf: shipped.id },
    ]);
    expect(odd.body.errors[0].path).toBe('lines.0.returnOf');
  });

  it('takes no more back than was shipped, and the shipment its value exactly', async () => {
    const sku = await item();
    await receive(sku, '7', 'B1', { value: '1.00' });
    const shipped = await ship(sku, '7');
    expect(shipped.value).toBe('1.00');
    const back = (quantity: string) => ({
      ...{ kind: 'customer_return', item: sku, quantity, to: 'B1', returnOf: shipped.id },
    });
    const values: string[] = [];
    for (let i = 0; i < 6; i += 1) values.push((await posted(back('1')))[0].value);
    const refused = await world.post([back('2')]);
    expect([refused.status, refused.body]).toMatchObject([
      409,
      {
        type: '/problems/return-exceeds-shipment',
        ...{ shipped: '7', returned: '6', requested: '2', shipment: shipped.id, item: sku },
      },
    ]);
    const [last] = await posted(back('1'));
    const sum = [...values, last.value].reduce((total, text) => total + Number(text) * 100, 0);
    expect([Math.round(sum), await account(sku, 'CUSTOMER')]).toEqual([100, 0]);
    expect((await world.post([back('1')])).status).toBe(409);
    const whole = await command(`POST /v1/movements/${shipped.id}/reverse`);
    expect(whole.body).toMatchObject({ type: '/problems/return-exceeds-shipment', returned: '7' });
    expect((await command(`POST /v1/movements/${last.id}/reverse`)).status).toBe(201);
    const [again] = await posted(back('1'));
    expect(again.value).toBe(last.value);
    expect((await world.post([back('1')])).status).toBe(409);
  });

  it('takes nothing back of a shipment that was reversed', async () => {
    const sku = await item();
    await receive(sku, '3', 'B1', { unitCost: '1.00' });
    const shipped = await ship(sku, '3');
    expect((await command(`POST /v1/movements/${shipped.id}/reverse`)).status).toBe(201);
    await ship(sku, '2');
    const back = { kind: 'customer_return', item: sku, quantity: '1', to: 'B1' };
    const { body } = await world.post([{ ...back, returnOf: shipped.id }]);
    expect(body).toMatchObject({ type: '/problems/return-exceeds-shipment', returned: '3' });
  });

  it('takes back each unit once, however many processes are asked at once', async () => {
    const sku = await item();
    await receive(sku, '10', 'B1', { value: '9.99' });
    const shipped = await ship(sku, '10');
    const other = await openLedger({ context: testContext(world.database) });
    const line = {
      ...{ kind: 'customer_return' as const, item: sku, quantity: '1', to: 'B1' },
      returnOf: shipped.id as string,
    };
    const statuses = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        if (i % 2 === 0) return (await world.post([line])).status === 201;
        const [answer] = await other.post(SYSTEM, [{ id: newId(), lines: [line] }]);
        return answer?.status === 'committed';
      }),
    );
    expect(statuses.filter(Boolean)).toHaveLength(10);
    expect([await pool(sku), await account(sku, 'CUSTOMER')]).toEqual([[10, 999], 0]);
    await other.drain();
  });

  it('says when nobody knows what units cost, and lists them until somebody does', async () => {
    const sku = await item();
    const key = world.fresh();
    const lines = [{ kind: 'receipt', item: sku, quantity: '2', to: 'B1' }];
    const first = await house('POST /v1/movements', { lines }, key);
    expect(first.body.lines).toMatchObject([{ value: '0.00', costUnknown: true }]);
    const again = await house('POST /v1/movements', { lines }, key);
    expect(again.body).toEqual({ ...first.body, replayed: true });
    const asked = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(asked.body).toEqual(first.body);
    const more = (await receive(sku, '1', 'B1', { kind: 'opening' })) as string;
    const listed = async () => {
      const { body } = await house(`GET /v1/movements?item=${sku}&costUnknown=true&limit=10`);
      return body.items.map(({ id }: { id: string }) => id);
    };
    const { id } = first.body.lines[0];
    expect(await listed()).toEqual([more, id]);
    await command(`POST /v1/movements/${id}/revalue`, { unitCost: '1.50' });
    expect(await listed()).toEqual([more]);
    await command(`POST /v1/movements/${more}/reverse`);
    expect(await listed()).toEqual([]);
    const [known] = await posted({ kind: 'receipt', item: sku, quantity: '1', to: 'B1' });
    expect(known).toMatchObject({ value: '1.50' });
    expect(known).not.toHaveProperty('costUnknown');
  });

  it('carries the cost along in transit to the other site', async () => {
    const sku = await item();
    await receive(sku, '4', 'B1', { unitCost: '2.50' });
    const out = {
      kind: 'transfer_shipment',
      item: sku,
      quantity: '4',
      from: 'B1',
      to: 'TRANSIT-S',
    };
    const [sent] = await posted(out);
    expect(sent.value).toBe('10.00');
    expect([await pool(sku), await pool(sku, 'S')]).toEqual([
      [0, 0],
      [4, 1000],
    ]);
    const arrive = { kind: 'transfer_receipt', item: sku, from: 'TRANSIT-S', to: 'C1' };
    const [arrived] = await posted({ ...arrive, quantity: '4' });
    expect(arrived.value).toBe('0.00');
  });
});

describe('FIFO', () => {
  it('issues the oldest layer first', async () => {
    const sku = await item({ costMethod: 'fifo' });
    await receive(sku, '2', 'B1', { unitCost: '1.00' });
    await receive(sku, '2', 'B1', { unitCost: '3.00' });
    expect(await ship(sku, '3')).toMatchObject({ value: '5.00' });
    expect(await pool(sku)).toEqual([1, 300]);
  });

  it('sends a late cost after the units, wherever they are', async () => {
    const sku = await item({ costMethod: 'fifo' });
    const receipt = await receive(sku, '4', 'B1', { unitCost: '1.00' });
    await ship(sku, '3');
    const key = world.fresh();
    const body = { amount: '0.80', document: { type: 'invoice', number: 'I-1' } };
    const late = await house(`POST /v1/movements/${receipt}/revalue`, body, key);
    expect([late.status, late.body.status]).toEqual([201, 'committed']);
    expect(await pool(sku)).toEqual([1, 120]);
    expect(await account(sku, 'CUSTOMER')).toBe(360);
    const again = await house(`POST /v1/movements/${receipt}/revalue`, body, key);
    expect([again.status, again.body]).toEqual([200, { ...late.body, replayed: true }]);
    const found = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(found.body).toEqual(late.body);
    const other = await house(`POST /v1/movements/${receipt}/revalue`, { amount: '1' }, key);
    expect(other.status).toBe(422);
  });
});

describe('standard cost', () => {
  const standard = { costMethod: 'standard', standardUnitCost: '2.00' };

  it('keeps its standard and shows what was paid beside it as a variance', async () => {
    const sku = await item(standard);
    const key = world.fresh();
    const line = { kind: 'receipt', item: sku, quantity: '10', to: 'B1', unitCost: '2.30' };
    const received = await house('POST /v1/movements', { lines: [line] }, key);
    expect(received.body.lines).toHaveLength(1);
    expect(await pool(sku)).toEqual([10, 2000]);
    expect(await account(sku, 'ADJ-PPV')).toBe(300);
    const replay = await house('POST /v1/movements', { lines: [line] }, key);
    expect(replay.body).toEqual({ ...received.body, replayed: true });
    const found = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(found.body).toEqual(received.body);
    expect(await ship(sku, '4')).toMatchObject({ value: '8.00' });
  });

  it('is changed with what is in stock, also where there is none', async () => {
    const sku = await item(standard);
    await receive(sku, '10');
    const change = (unitCost: string, key = world.fresh()) =>
      house(`POST /v1/items/${sku}/standard-cost`, { unitCost }, key);
    const key = world.fresh();
    const changed = await change('2.5000', key);
    expect([changed.status, changed.body.lines[0].value]).toEqual([201, '5.00']);
    expect(await pool(sku)).toEqual([10, 2500]);
    await ship(sku, '10');
    expect((await change('3')).status).toBe(201);
    await receive(sku, '1');
    expect(await pool(sku)).toEqual([1, 300]);
    expect((await change('2.5000', key)).body).toEqual({ ...changed.body, replayed: true });
    const { body } = await house(`GET /v1/items/${sku}`);
    expect(body.standardUnitCost, 'a replay does not bring the old cost back').toMatch(
      /^3(\.0+)?$/,
    );
  });

  it('of an item without stock holds for what comes, in every process', async () => {
    const sku = await item(standard);
    await receive(sku, '1');
    await ship(sku, '1');
    const key = world.fresh();
    const body = { unitCost: '9' };
    const set = await house(`POST /v1/items/${sku}/standard-cost`, body, key);
    const again = await house(`POST /v1/items/${sku}/standard-cost`, body, key);
    expect([set.status, again.status, again.body.replayed]).toEqual([201, 200, true]);
    const { rows } = await admin.query(
      `SELECT c.unit_cost::integer AS cost FROM ledger.cost_pool c
       JOIN catalog.item i USING (item_id) WHERE i.sku = $1`,
      [sku],
    );
    expect(rows).toEqual([{ cost: 9_000_000 }]);
  });

  it('is for items costed at standard, and for the house', async () => {
    const sku = await item();
    const wrong = await command(`POST /v1/items/${sku}/standard-cost`, { unitCost: '1' });
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([400, 'sku']);
    const none = await command('POST /v1/items/NOTHING/standard-cost', { unitCost: '1' });
    expect(none.status).toBe(404);
    const { call } = await world.owner('PRICER');
    const foreign = await command(`POST /v1/items/${sku}/standard-cost`, { unitCost: '1' }, call);
    expect(foreign.status).toBe(403);
  });
});

describe('a late cost', () => {
  it('is given as a difference, a value or a unit cost, and changes something', async () => {
    const sku = await item();
    const receipt = await receive(sku, '10', 'B1', { unitCost: '1.00' });
    const revalue = (body: object) => command(`POST /v1/movements/${receipt}/revalue`, body);
    expect((await revalue({ unitCost: '1.10' })).body.lines[0].value).toBe('1.00');
    expect(await pool(sku)).toEqual([10, 1100]);
    expect((await revalue({ amount: '-0.50' })).status).toBe(201);
    expect(await pool(sku)).toEqual([10, 1050]);
    for (const body of [{}, { amount: '0' }, { value: '10.00' }, { amount: '1', value: '1' }]) {
      expect((await revalue(body)).status).toBe(400);
    }
    const shipped = await ship(sku, '1');
    const odd = await command(`POST /v1/movements/${shipped.id}/revalue`, { amount: '1' });
    expect([odd.status, odd.body.type]).toEqual([409, '/problems/not-reversible']);
    const none = await command('POST /v1/movements/0-99999/revalue', { amount: '1' });
    expect(none.status).toBe(404);
  });

  it('goes to the revaluation account for units of an average that have left', async () => {
    const sku = await item();
    const receipt = await receive(sku, '10', 'B1', { unitCost: '1.00' });
    await ship(sku, '6');
    await command(`POST /v1/movements/${receipt}/revalue`, { amount: '1.00' });
    expect(await pool(sku)).toEqual([4, 440]);
    expect(await account(sku, 'ADJ-REVALUE')).toBe(60);
  });
});

describe('a reversal', () => {
  it('posts the opposite at the value of the original, once', async () => {
    const sku = await item();
    await receive(sku, '10', 'B1', { unitCost: '2.00' });
    const shipped = await ship(sku, '3');
    await receive(sku, '10', 'B1', { unitCost: '8.00' });
    const key = world.fresh();
    const reverse = (headers = world.fresh()) =>
      house(`POST /v1/movements/${shipped.id}/reverse`, { reason: 'shipping_error' }, headers);
    const reversed = await reverse(key);
    expect([reversed.status, reversed.body.lines[0]]).toMatchObject([
      201,
      { quantity: '3', value: '6.00', toOnHand: '20' },
    ]);
    expect((await reverse(key)).body).toEqual({ ...reversed.body, replayed: true });
    const twice = await reverse();
    expect([twice.status, twice.body]).toMatchObject([
      409,
      { type: '/problems/already-reversed', by: reversed.body.lines[0].id },
    ]);
    const [{ id }] = reversed.body.lines;
    const back = await command(`POST /v1/movements/${id}/reverse`);
    expect([back.status, back.body.type]).toEqual([409, '/problems/not-reversible']);
    expect((await command('POST /v1/movements/0-99999/reverse', {})).status).toBe(404);
    expect(await account(sku, 'CUSTOMER')).toBe(0);
  });

  it('needs the units to be where the movement brought them', async () => {
    const sku = await item();
    const receipt = await receive(sku, '5');
    await ship(sku, '2');
    const { status, body } = await command(`POST /v1/movements/${receipt}/reverse`, {});
    expect([status, body]).toMatchObject([409, { type: '/problems/insufficient-stock' }]);
  });
});
