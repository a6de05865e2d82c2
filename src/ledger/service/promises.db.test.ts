import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';

const world = await createLedgerWorld();
const { posted, post, item, receive, admin, command, house } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

/** An item with units in B1, as [SKU]. */
async function stocked(quantity: string): Promise<string> {
  const sku = await item();
  await receive(sku, quantity);
  return sku;
}

const reserve = (sku: string, quantity: string, more: object = {}) =>
  command('POST /v1/reservations', { lines: [{ item: sku, quantity, site: 'N' }], ...more });

describe('a reservation', () => {
  it('is granted from what is available, else refused with the figure', async () => {
    const sku = await stocked('10');
    const granted = await reserve(sku, '7');
    expect([granted.status, granted.body]).toMatchObject([
      201,
      { status: 'committed', expiresAt: null, lines: [{ line: 1, quantity: '7', reserved: '7' }] },
    ]);
    const refused = await reserve(sku, '4');
    expect([refused.status, refused.body]).toMatchObject([
      409,
      {
        type: '/problems/insufficient-availability',
        requested: '4',
        available: '3',
        onHand: '10',
        reserved: '7',
        item: sku,
        site: 'N',
        line: 1,
      },
    ]);
    const other = await command('POST /v1/reservations', {
      lines: [{ item: sku, quantity: '1', site: 'S' }],
    });
    expect(other.body).toMatchObject({ available: '0', site: 'S' });
  });

  it('names the site also to a movement or reversal of what was promised', async () => {
    const sku = await item();
    const receipt = await receive(sku, '5');
    await reserve(sku, '4');
    const refusal = { type: '/problems/insufficient-availability', available: '1', site: 'N' };
    const shipment = await post([{ kind: 'shipment', item: sku, quantity: '2', from: 'B1' }]);
    expect([shipment.status, shipment.body]).toMatchObject([409, refusal]);
    const reversal = await command(`POST /v1/movements/${receipt}/reverse`);
    expect([reversal.status, reversal.body]).toMatchObject([409, refusal]);
  });

  it('expires in so long or at an instant, not both', async () => {
    const sku = await stocked('5');
    const both = { expiresInSeconds: 60, expiresAt: '2100-01-01T00:00:00Z' };
    const refused = await reserve(sku, '1', both);
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ path: 'expiresAt' }]]);
    const [{ id }] = (await reserve(sku, '1')).body.lines;
    for (const action of ['confirm', 'extend', 'release']) {
      const settled = await command(`POST /v1/reservations/${id}/${action}`, both);
      expect([settled.status, settled.body.errors?.[0].path], action).toEqual([400, 'expiresAt']);
    }
  });

  it('names every wrong field', async () => {
    const { status, body } = await command('POST /v1/reservations', {
      lines: [
        { item: 'NOTHING', quantity: '1', site: 'N' },
        { item: await item(), quantity: '0', site: 'NOWHERE' },
      ],
      expiresAt: '2001-01-01T00:00:00Z',
    });
    expect(status).toBe(400);
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual([
      'lines.0.item',
      'lines.1.site',
      'expiresAt',
    ]);
  });

  it('expires by itself, frees its units, and cannot be confirmed any more', async () => {
    const sku = await stocked('5');
    const { body } = await reserve(sku, '5', { expiresInSeconds: 1 });
    const [{ id }] = body.lines;
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now());
    expect((await reserve(sku, '1')).status).toBe(409);
    await sleep(1100);
    const late = await command(`POST /v1/reservations/${id}/confirm`);
    expect(late.status).toBe(409);
    expect(['/problems/reservation-expired', '/problems/reservation-closed']).toContain(
      late.body.type,
    );
    expect((await reserve(sku, '5')).status).toBe(201);
    const shipment = { kind: 'shipment', item: sku, from: 'B1', quantity: '5', reservation: id };
    const { body: refused } = await post([shipment]);
    expect(refused).toMatchObject({ type: '/problems/reservation-closed', state: 'expired' });
  });

  it('is reduced without a gap: the rest stays promised', async () => {
    const sku = await stocked('5');
    const [{ id }] = (await reserve(sku, '5')).body.lines;
    const key = world.fresh();
    const reduced = await house(`POST /v1/reservations/${id}/release`, { quantity: '2' }, key);
    const rest = { id, state: 'pending', quantity: '2', reserved: '3' };
    expect([reduced.status, reduced.body]).toMatchObject([201, rest]);
    const again = await house(`POST /v1/reservations/${id}/release`, { quantity: '2' }, key);
    expect([again.status, again.body]).toEqual([200, { ...reduced.body, replayed: true }]);
    const other = await house(`POST /v1/reservations/${id}/release`, { quantity: '1' }, key);
    expect(other.status).toBe(422);
    const more = await command(`POST /v1/reservations/${id}/release`, { quantity: '4' });
    expect(more.body).toMatchObject({ type: '/problems/reservation-mismatch', open: '3' });
    for (const quantity of ['0', '0.5']) {
      const wrong = await command(`POST /v1/reservations/${id}/release`, { quantity });
      expect([wrong.status, wrong.body.errors?.[0]?.path]).toEqual([400, 'quantity']);
    }
    expect((await command(`POST /v1/reservations/${id}/extend`, { quantity: '1' })).status).toBe(
      400,
    );
    const all = world.fresh();
    for (const status of [201, 200]) {
      const body = { quantity: '3' };
      const released = await house(`POST /v1/reservations/${id}/release`, body, all);
      expect([released.status, released.body.state]).toEqual([status, 'released']);
    }
    expect((await reserve(sku, '5')).status).toBe(201);
  });

  it('is extended, confirmed and released, each exactly once for a key', async () => {
    const sku = await stocked('5');
    const [{ id }] = (await reserve(sku, '5', { expiresInSeconds: 60 })).body.lines;
    const key = world.fresh();
    const body = { expiresAt: '2100-01-01T00:00:00Z' };
    const extended = await house(`POST /v1/reservations/${id}/extend`, body, key);
    expect([extended.status, extended.body]).toMatchObject([
      201,
      { id, state: 'pending', quantity: '5', reserved: '5', replayed: false },
    ]);
    expect(Date.parse(extended.body.expiresAt)).toBe(Date.parse(body.expiresAt));
    const again = await house(`POST /v1/reservations/${id}/extend`, body, key);
    expect([again.status, again.body]).toEqual([200, { ...extended.body, replayed: true }]);
    const other = { expiresAt: '2101-01-01T00:00:00Z' };
    expect((await house(`POST /v1/reservations/${id}/extend`, other, key)).status).toBe(422);
    const confirmed = await command(`POST /v1/reservations/${id}/confirm`);
    expect(confirmed.body).toMatchObject({ state: 'pending', expiresAt: null });
    const release = world.fresh();
    const released = await house(`POST /v1/reservations/${id}/release`, undefined, release);
    expect([released.status, released.body]).toMatchObject([
      201,
      { state: 'released', quantity: '5', reserved: '0', expiresAt: null },
    ]);
    const twice = await house(`POST /v1/reservations/${id}/release`, undefined, release);
    expect([twice.status, twice.body.replayed]).toEqual([200, true]);
    const closed = await command(`POST /v1/reservations/${id}/release`);
    expect([closed.status, closed.body]).toMatchObject([
      409,
      { type: '/problems/reservation-closed', state: 'released' },
    ]);
    expect((await command('POST /v1/reservations/0-999999/release')).status).toBe(404);
  });

  it('answers the same expiry again, however much later', async () => {
    const sku = await stocked('5');
    const key = world.fresh();
    const body = { lines: [{ item: sku, quantity: '1', site: 'N' }], expiresInSeconds: 60 };
    const first = await house('POST /v1/reservations', body, key);
    await sleep(30);
    const again = await house('POST /v1/reservations', body, key);
    expect([again.status, again.body]).toEqual([200, { ...first.body, replayed: true }]);
    const [{ id }] = first.body.lines;
    const extend = { expiresInSeconds: 600 };
    const once = world.fresh();
    const extended = await house(`POST /v1/reservations/${id}/extend`, extend, once);
    await sleep(30);
    const replay = await house(`POST /v1/reservations/${id}/extend`, extend, once);
    expect(replay.body).toEqual({ ...extended.body, replayed: true });
  });

  it('cannot be extended into the past, nor without saying until when', async () => {
    const [{ id }] = (await reserve(await stocked('5'), '5')).body.lines;
    const past = { expiresAt: '2001-01-01T00:00:00Z' };
    for (const body of [past, {}, undefined]) {
      const { status } = await command(`POST /v1/reservations/${id}/extend`, body);
      expect(status).toBe(400);
    }
  });

  it('is fulfilled by shipments, in parts, and by nothing that does not fit', async () => {
    const sku = await stocked('10');
    const [{ id }] = (await reserve(sku, '6')).body.lines;
    const ship = (quantity: string, more: object = {}) =>
      post([{ kind: 'shipment', item: sku, from: 'B1', quantity, reservation: id, ...more }]);
    expect((await ship('7')).body).toMatchObject({
      type: '/problems/reservation-mismatch',
      open: '6',
      requested: '7',
    });
    const elsewhere = await stocked('5');
    const wrong = { item: elsewhere };
    expect([400, 409]).toContain((await ship('1', wrong)).status);
    expect((await ship('4')).status).toBe(201);
    expect((await ship('2')).status).toBe(201);
    expect((await ship('1')).body).toMatchObject({
      type: '/problems/reservation-closed',
      state: 'fulfilled',
    });
    const missing = `${id.split('-')[0]}-987654`;
    expect((await ship('1', { reservation: missing })).body).toMatchObject({
      type: '/problems/reservation-not-found',
      status: 404,
    });
    expect((await post([{ kind: 'shipment', item: sku, from: 'B1', quantity: '4' }])).status).toBe(
      201,
    );
  });

  it('is not used up by units that stay in the site', async () => {
    const sku = await stocked('5');
    const [{ id }] = (await reserve(sku, '5')).body.lines;
    const pick = { kind: 'pick', item: sku, from: 'B1', to: 'STATION', quantity: '5' };
    const { status, body } = await post([{ ...pick, reservation: id }]);
    expect([status, body.type]).toEqual([409, '/problems/reservation-mismatch']);
    await posted(pick);
    expect((await reserve(sku, '1')).body).toMatchObject({ available: '0' });
  });
});

describe('an allocation', () => {
  const allocate = (sku: string, quantity: string, more: object = {}) =>
    command('POST /v1/allocations', { lines: [{ item: sku, quantity, place: 'B1', ...more }] });

  it('marks units of a place, which others cannot take', async () => {
    const sku = await stocked('10');
    const made = await allocate(sku, '6');
    expect([made.status, made.body.lines[0]]).toMatchObject([
      201,
      { line: 1, status: 'committed', quantity: '6', allocated: '6' },
    ]);
    const { id } = made.body.lines[0];
    expect((await allocate(sku, '5')).body).toMatchObject({
      type: '/problems/insufficient-stock',
      onHand: '10',
      allocated: '6',
    });
    const move = { kind: 'move', item: sku, from: 'B1', to: 'B2' };
    expect((await post([{ ...move, quantity: '5' }])).body.type).toBe(
      '/problems/insufficient-stock',
    );
    const pick = { kind: 'pick', item: sku, from: 'B1', to: 'STATION', allocation: id };
    expect((await post([{ ...pick, quantity: '7' }])).body).toMatchObject({
      type: '/problems/allocation-mismatch',
      open: '6',
    });
    await posted({ ...move, quantity: '1' });
    const wrong = await post([{ ...pick, from: 'B2', quantity: '1' }]);
    expect(wrong.body.type).toBe('/problems/allocation-mismatch');
    await posted({ ...pick, quantity: '4' });
    const key = world.fresh();
    const released = await house(`POST /v1/allocations/${id}/release`, undefined, key);
    expect([released.status, released.body]).toEqual([
      201,
      { id, quantity: '2', allocated: '0', replayed: false },
    ]);
    const again = await house(`POST /v1/allocations/${id}/release`, undefined, key);
    expect([again.status, again.body]).toEqual([200, { ...released.body, replayed: true }]);
    const closed = await command(`POST /v1/allocations/${id}/release`);
    expect(closed.body.type).toBe('/problems/allocation-closed');
    expect((await post([{ ...pick, quantity: '1' }])).body.type).toBe(
      '/problems/allocation-closed',
    );
    expect((await command('POST /v1/allocations/0-99999/release')).status).toBe(404);
  });

  it('whose units are gone is shown until they are back, beside what is oversold', async () => {
    const sku = await stocked('10');
    await reserve(sku, '9');
    const line = { item: sku, quantity: '8', place: 'B1' };
    expect((await command('POST /v1/allocations', { lines: [line] })).status).toBe(201);
    await posted({ kind: 'count', item: sku, from: 'B1', quantity: '5' });
    await receive(sku, '4');
    const { body } = await house(`GET /v1/exceptions?item=${sku}&limit=3`);
    const rest = await house(`GET /v1/exceptions?item=${sku}&cursor=${body.nextCursor}`);
    const shown = [...body.items, ...rest.body.items].map(
      (row: { kind: string; location: string | null; short: string }) => [
        row.kind,
        row.location,
        row.short,
      ],
    );
    expect(shown).toEqual([
      ['cleared', 'B1', '0'],
      ['cleared', null, '0'],
      ['oversold', null, '4'],
      ['over_allocated', 'B1', '3'],
    ]);
  });

  it('names every wrong field, and is all or none', async () => {
    const sku = await stocked('3');
    const { status, body } = await command('POST /v1/allocations', {
      lines: [
        { item: 'NOTHING', quantity: '1', place: 'B1' },
        { item: sku, quantity: '1', place: 'SUPPLIER' },
        { item: sku, quantity: '1', place: { location: 'B1', lpn: 'NONE' }, lot: 'L' },
        { item: sku, quantity: '1', place: 'B1', reservation: '0-999999' },
      ],
    });
    expect(status).toBe(400);
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual([
      'lines.0.item',
      'lines.1.place',
      'lines.2.lot',
      'lines.2.place.lpn',
      'lines.3.reservation',
    ]);
    const line = { item: sku, quantity: '2', place: 'B1' };
    const twice = await command('POST /v1/allocations', { lines: [line, line] });
    expect([twice.status, twice.body.line]).toEqual([409, 2]);
    expect((await allocate(sku, '3')).status).toBe(201);
  });

  it('replays, and is refused under a used id', async () => {
    const sku = await stocked('3');
    const key = world.fresh();
    const body = { lines: [{ item: sku, quantity: '1', place: 'B1' }] };
    const first = await house('POST /v1/allocations', body, key);
    const again = await house('POST /v1/allocations', body, key);
    expect([again.status, again.body]).toEqual([200, { ...first.body, replayed: true }]);
    const other = { lines: [{ item: sku, quantity: '2', place: 'B1' }] };
    expect((await house('POST /v1/allocations', other, key)).status).toBe(422);
  });
});
