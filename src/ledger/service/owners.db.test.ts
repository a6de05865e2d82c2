import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../../test/support/api.ts';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';

const world = await createLedgerWorld();
const { item, command, house, admin } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

/** What owner A has, and owner B must not learn of. */
let a: Caller;
let b: Caller;
let shared = '';
const own = { sku: 'A-OWN', movement: '', reservation: '', allocation: '', shipment: '' };
beforeAll(async () => {
  a = (await world.owner('ALPHA')).call;
  b = (await world.owner('BETA')).call;
  shared = await item();
  await house('POST /v1/items', { sku: own.sku, name: 'Own', owner: 'ALPHA' });
  await house('POST /v1/sites', {
    code: 'MAKER',
    name: 'Maker',
    type: 'supplier',
    timeZone: 'UTC',
  });
  const line = { item: shared, quantity: '10' };
  own.movement = await first(a, 'movements', { kind: 'receipt', ...line, to: 'B1' });
  own.shipment = await first(a, 'movements', {
    kind: 'shipment',
    ...line,
    quantity: '1',
    from: 'B1',
  });
  own.reservation = await first(a, 'reservations', { ...line, quantity: '3', site: 'N' });
  own.allocation = await first(a, 'allocations', { ...line, quantity: '3', place: 'B1' });
  await a('POST /v1/handling-units', { lpn: 'A-TOTE', type: 'tote', location: 'B1' });
});

async function first(by: Caller, what: string, line: object): Promise<string> {
  const { status, body, text } = await command(`POST /v1/${what}`, { lines: [line] }, by);
  expect(status, text).toBe(201);
  return body.lines[0].id;
}

const post = (by: Caller, line: object) => command('POST /v1/movements', { lines: [line] }, by);

describe("an owner's key", () => {
  it('posts its own stock, which carries no money of the house', async () => {
    const line = { kind: 'receipt', item: shared, quantity: '4', to: 'B2' };
    const received = await post(b, line);
    expect(received.body.lines[0]).toMatchObject({ value: '0.00', toOnHand: '4' });
    expect((await post(b, { ...line, unitCost: '1' })).body.errors[0].path).toBe(
      'lines.0.unitCost',
    );
    const shipped = await post(b, { ...line, kind: 'shipment', to: undefined, from: 'B2' });
    expect(shipped.status).toBe(201);
    expect((await post(a, { ...line, item: own.sku })).status).toBe(201);
  });

  it('finds no stock of another owner in the same place', async () => {
    const { body } = await post(b, {
      kind: 'shipment',
      item: shared,
      quantity: '1',
      from: 'B1',
    });
    expect(body).toMatchObject({ type: '/problems/insufficient-stock', onHand: '0' });
    const reserve = await command(
      'POST /v1/reservations',
      { lines: [{ item: shared, quantity: '1', site: 'N' }] },
      b,
    );
    expect(reserve.body).toMatchObject({ available: '0', onHand: '0', reserved: '0' });
  });

  const lines: [string, object, string][] = [
    ['item', { item: own.sku }, 'item'],
    ['owner', { owner: 'ALPHA' }, 'owner'],
    ['owner of the house', { owner: 'HOUSE' }, 'owner'],
    ['supplier', { kind: 'receipt', from: 'SUPPLIER-MAKER', to: 'B2' }, 'from'],
    ['container', { from: { location: 'B1', lpn: 'A-TOTE' } }, 'from.lpn'],
  ];
  it.each(lines)('meets a foreign %s as one that does not exist', async (_, foreign, field) => {
    const line = { kind: 'shipment', item: shared, quantity: '1', from: 'B1', ...foreign };
    const { status, body } = await post(b, line);
    expect([status, body.errors?.[0]]).toMatchObject([
      400,
      { path: `lines.0.${field}`, message: 'does not exist' },
    ]);
  });

  it('meets foreign reservations, allocations, shipments as if they were not there', async () => {
    await post(b, { kind: 'receipt', item: shared, quantity: '5', to: 'B1' });
    const ship = { kind: 'shipment', item: shared, quantity: '1', from: 'B1' };
    const back = { kind: 'customer_return', item: shared, quantity: '1', to: 'B1' };
    const journal = own.movement.split('-')[0];
    const cases: [string, object, string][] = [
      ['reservation', ship, own.reservation],
      ['allocation', ship, own.allocation],
      ['returnOf', back, own.shipment],
    ];
    for (const [field, line, id] of cases) {
      const foreign = await post(b, { ...line, [field]: id });
      const missing = await post(b, { ...line, [field]: `${journal}-999999` });
      expect(foreign.status, field).toBe(400);
      expect([foreign.status, foreign.body.errors[0].message]).toEqual([
        missing.status,
        missing.body.errors[0].message,
      ]);
      expect(foreign.body.errors[0].path).toBe(`lines.0.${field}`);
    }
    const allocation = { item: shared, quantity: '1', place: 'B1', reservation: own.reservation };
    const marked = await command('POST /v1/allocations', { lines: [allocation] }, b);
    expect([marked.status, marked.body.errors[0].path]).toEqual([400, 'lines.0.reservation']);
  });

  it.each([
    ['movements/:movement/reverse', {}],
    ['reservations/:reservation/confirm', undefined],
    ['reservations/:reservation/extend', { expiresInSeconds: 9 }],
    ['reservations/:reservation/release', undefined],
    ['allocations/:allocation/release', undefined],
    ['handling-units/A-TOTE/move', { to: 'B2' }],
    ['handling-units/A-TOTE/nest', { parent: null }],
  ])('may not touch a foreign %s: 404', async (path, body) => {
    const url = path.replace(/:(\w+)/, (_, name: keyof typeof own) => own[name]);
    const { status, body: problem } = await command(`POST /v1/${url}`, body, b);
    expect([status, problem.type]).toEqual([404, '/problems/not-found']);
    const nowhere = url.replace(/\d+-\d+/, '0-999999').replace('A-TOTE', 'NO-TOTE');
    const missing = await command(`POST /v1/${nowhere}`, body, b);
    expect([missing.status, missing.body.type]).toEqual([404, '/problems/not-found']);
  });

  it('learns nothing from a foreign container named as parent', async () => {
    const made = { lpn: 'B-TOTE', type: 'tote', location: 'B1' };
    const foreign = await b('POST /v1/handling-units', { ...made, parent: 'A-TOTE' });
    const missing = await b('POST /v1/handling-units', { ...made, parent: 'NO-TOTE' });
    expect([foreign.status, foreign.body.type]).toEqual([missing.status, missing.body.type]);
    expect((await b('POST /v1/handling-units', made)).status).toBe(201);
    expect((await b('POST /v1/handling-units/B-TOTE/nest', { parent: 'A-TOTE' })).status).toBe(404);
    expect((await b('GET /v1/handling-units/A-TOTE')).status).toBe(404);
    const { body } = await b('GET /v1/handling-units');
    expect(body.items.map(({ lpn }: { lpn: string }) => lpn)).toEqual(['B-TOTE']);
  });

  it('never meets the commands of another owner, even under the same id', async () => {
    const key = world.fresh();
    const lines = [{ kind: 'receipt', item: shared, quantity: '1', to: 'B3' }];
    expect((await a('POST /v1/movements', { lines }, key)).status).toBe(201);
    const path = `GET /v1/commands/${key['idempotency-key']}`;
    expect((await b(path)).status).toBe(404);
    const mine = await b('POST /v1/movements', { lines }, key);
    expect([mine.status, mine.body.replayed]).toEqual([201, false]);
    expect((await b(path)).body.lines[0].id).toBe(mine.body.lines[0].id);
    expect((await house(path)).status).toBe(404);
  });

  it('may not change what goods cost', async () => {
    for (const [path, body] of [
      [`movements/${own.movement}/revalue`, { amount: '1' }],
      [`items/${shared}/standard-cost`, { unitCost: '1' }],
    ] as const) {
      const { status, body: problem } = await command(`POST /v1/${path}`, body, a);
      expect([status, problem.type]).toEqual([403, '/problems/forbidden']);
    }
  });

  it('does not reserve at a supplier that it does not see', async () => {
    const at = (site: string) =>
      command('POST /v1/reservations', { lines: [{ item: shared, quantity: '1', site }] }, b);
    const [hidden, missing] = [await at('MAKER'), await at('NOWHERE')];
    expect([hidden.status, hidden.body.errors?.[0].path]).toEqual([400, 'lines.0.site']);
    expect(missing.status).toBe(400);
  });
});

it("the house's key acts for every owner by name", async () => {
  const move = { kind: 'move', item: shared, quantity: '1', from: 'B1', to: 'B4' };
  expect((await post(house, { ...move, owner: 'ALPHA' })).status).toBe(201);
  expect((await post(house, move)).body).toMatchObject({ onHand: '0' });
});
