import { afterAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { finishMoves } from './container-moves.ts';
import { commandUuid } from './identity.ts';
import { openLedger } from './service.ts';

const world = await createLedgerWorld();
const { posted, post, item, receive, admin, command, house } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

let units = 0;
/** Makes a container; answers its LPN. */
async function unit(more: object = {}): Promise<string> {
  units += 1;
  const lpn = `LPN-${units}`;
  const made = await house('POST /v1/handling-units', {
    lpn,
    type: 'tote',
    location: 'B1',
    ...more,
  });
  expect(made.status, made.text).toBe(201);
  return lpn;
}

const get = async (lpn: string) => (await house(`GET /v1/handling-units/${lpn}`)).body;
const moveTo = (lpn: string, to: string, key = world.fresh()) =>
  house(`POST /v1/handling-units/${lpn}/move`, { to }, key);
const nest = (lpn: string, parent: string | null) =>
  house(`POST /v1/handling-units/${lpn}/nest`, { parent });

describe('a handling unit', () => {
  it('is made once, where units can be', async () => {
    const body = { lpn: 'TOTE-1', type: 'tote', location: 'B1' };
    const first = await house('POST /v1/handling-units', body);
    expect([first.status, first.body]).toEqual([
      201,
      { ...body, parent: null, owner: 'HOUSE', status: 'open', children: [], contents: [] },
    ]);
    expect((await house('POST /v1/handling-units', body)).status).toBe(201);
    await world.owner('TOTES');
    for (const other of [{ type: 'pod' }, { location: 'B2' }, { owner: 'TOTES' }]) {
      const taken = await house('POST /v1/handling-units', { ...body, ...other });
      expect([taken.status, taken.body.type], JSON.stringify(other)).toEqual([
        409,
        '/problems/conflict',
      ]);
    }
    const wrong = { lpn: 'X', type: 'tote', location: 'CUSTOMER', owner: 'NOBODY' };
    const refused = await house('POST /v1/handling-units', wrong);
    expect(refused.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'location',
      'owner',
    ]);
    const orphan = { ...body, lpn: 'X', parent: 'NONE' };
    expect((await house('POST /v1/handling-units', orphan)).status).toBe(400);
    expect((await house('GET /v1/handling-units/NONE')).status).toBe(404);
  });

  it('holds units of lots and dispositions, which are found in it', async () => {
    const lpn = await unit();
    const sku = await item({ tracksLot: true });
    await receive(sku, '5', { location: 'B1', lpn }, { lot: 'A' });
    const damaged = { location: 'B1', lpn, disposition: 'damaged' };
    await receive(sku, '2', damaged, { lot: 'B' });
    expect((await get(lpn)).contents).toEqual([
      { item: sku, lot: 'A', disposition: 'sellable', lpn, onHand: '5' },
      { item: sku, lot: 'B', disposition: 'damaged', lpn, onHand: '2' },
    ]);
    const loose = { kind: 'move', item: sku, lot: 'A', quantity: '1', from: 'B1', to: 'B2' };
    expect((await post([loose])).body).toMatchObject({ onHand: '0' });
    const wrong = { ...loose, from: { location: 'B2', lpn }, to: 'B3' };
    expect((await post([wrong])).body.errors[0].path).toBe('lines.0.from.location');
    await posted({ ...loose, from: { location: 'B1', lpn } });
  });

  it('is nested and taken out, never into itself', async () => {
    const [pallet, box, bag] = [await unit({ type: 'pallet' }), await unit(), await unit()];
    expect((await nest(box, pallet)).body.parent).toBe(pallet);
    expect((await nest(bag, box)).status).toBe(200);
    expect((await get(pallet)).children).toEqual([box]);
    for (const [inner, outer] of [
      [pallet, bag],
      [pallet, pallet],
    ] as const) {
      const refused = await nest(inner, outer);
      expect([refused.status, refused.body.type]).toEqual([409, '/problems/conflict']);
    }
    const far = await unit({ location: 'B2' });
    expect((await nest(bag, far)).status).toBe(409);
    expect((await nest(bag, 'NONE')).status).toBe(404);
    expect((await nest('NONE', bag)).status).toBe(404);
    expect((await nest(bag, null)).body.parent).toBeNull();
  });

  it('is listed by location, page by page', async () => {
    for (let i = 0; i < 3; i += 1) await unit({ location: 'STATION' });
    const first = await house('GET /v1/handling-units?location=STATION&limit=2');
    expect(first.body.items).toHaveLength(2);
    const next = await house(
      `GET /v1/handling-units?location=STATION&limit=2&cursor=${first.body.nextCursor}`,
    );
    expect([next.body.items.length, next.body.nextCursor]).toEqual([1, null]);
    expect((await house('GET /v1/handling-units?cursor=nonsense')).status).toBe(400);
  });
});

describe('moving a handling unit', () => {
  it('moves everything in it, once for a key', async () => {
    const [pallet, box] = [await unit({ type: 'pallet' }), await unit()];
    await nest(box, pallet);
    const [plain, serial] = [await item(), await item({ tracksSerial: true })];
    await receive(plain, '5', { location: 'B1', lpn: pallet });
    await receive(serial, '2', { location: 'B1', lpn: box }, { serials: ['m1', 'm2'] });
    const key = world.fresh();
    const moved = await moveTo(pallet, 'B2', key);
    expect([moved.status, moved.body.movements]).toEqual([200, 2]);
    expect(moved.body.handlingUnit).toMatchObject({ location: 'B2', status: 'open' });
    expect(await get(box)).toMatchObject({ location: 'B2', parent: pallet, status: 'open' });
    expect(moved.body.handlingUnit.contents).toHaveLength(2);
    const again = await moveTo(pallet, 'B2', key);
    expect([again.status, again.body.handlingUnit.location]).toEqual([200, 'B2']);
    expect((await moveTo(pallet, 'B3', key)).status).toBe(422);
    const from = { location: 'B2', lpn: box };
    await posted({ kind: 'pick', item: serial, quantity: '1', from, to: 'B1', serials: ['m1'] });
  });

  it('is not done again by an old key after a newer move', async () => {
    const sku = await item();
    for (const full of [true, false]) {
      const lpn = await unit();
      if (full) await receive(sku, '5', { location: 'B1', lpn });
      const old = world.fresh();
      await moveTo(lpn, 'B2', old);
      expect((await moveTo(lpn, 'B3')).status).toBe(200);
      const replay = await moveTo(lpn, 'B2', old);
      expect([replay.status, replay.body.handlingUnit?.location]).toEqual([200, 'B3']);
      expect((await moveTo(lpn, 'B4', old)).status).toBe(422);
      const other = await unit();
      expect((await moveTo(other, 'B2', old)).status).toBe(422);
      const { rows } = await admin.query(
        `SELECT l.code FROM ledger.balance b JOIN ledger.position p USING (journal, position_id)
         JOIN ledger.handling_unit u USING (handling_unit_id)
         JOIN network.location l ON l.location_id = p.location_id
         WHERE u.lpn = $1 AND b.on_hand > 0`,
        [lpn],
      );
      expect(rows).toEqual(full ? [{ code: 'B3' }] : []);
    }
  });

  it('stays in its site, and does not stand there already', async () => {
    const lpn = await unit();
    for (const to of ['C1', 'CUSTOMER', 'NOWHERE']) {
      const refused = await moveTo(lpn, to);
      expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'to']);
    }
    expect((await moveTo(lpn, 'B1')).status).toBe(409);
    expect((await moveTo('NONE', 'B1')).status).toBe(404);
  });

  it('waits for allocated contents, and leaves everything where it was', async () => {
    const lpn = await unit();
    const skus = await Promise.all(Array.from({ length: 6 }, () => item()));
    for (const sku of skus) await receive(sku, '2', { location: 'B1', lpn });
    const place = { location: 'B1', lpn };
    const { body } = await command('POST /v1/allocations', {
      lines: [{ item: skus[5], quantity: '1', place }],
    });
    const key = world.fresh();
    const refused = await moveTo(lpn, 'B2', key);
    expect([refused.status, refused.body.type]).toEqual([409, '/problems/insufficient-stock']);
    expect(await get(lpn)).toMatchObject({ location: 'B1', status: 'open' });
    await posted({ kind: 'pick', item: skus[0], quantity: '1', from: place, to: 'STATION' });
    await command(`POST /v1/allocations/${body.lines[0].id}/release`);
    expect((await moveTo(lpn, 'B2', key)).body.movements).toBe(6);
  });

  it('that stalled is finished by the next process', async () => {
    const owner = await world.owner('MOVER');
    const lpn = await unit({ owner: 'MOVER' });
    const skus = await Promise.all(Array.from({ length: 6 }, () => item()));
    const at = { location: 'B1', lpn };
    for (const sku of skus) await receive(sku, '2', at, { owner: 'MOVER' });
    const key = world.fresh();
    const principal = { principalId: 1, name: 'x', scope: owner.id, scopes: new Set<string>() };
    const id = commandUuid(key['idempotency-key'], principal);
    // As a process leaves it that dies after it marked the unit and posted one journal's part.
    await admin.query(
      `UPDATE ledger.handling_unit SET status = 'moving', move_command_id = $2,
         move_to_location_id = (SELECT location_id FROM network.location WHERE code = 'B2')
       WHERE lpn = $1`,
      [lpn, id],
    );
    await admin.query(
      `INSERT INTO ledger.handling_unit_move
       SELECT $2, handling_unit_id, move_to_location_id, owner_id, false, now()
       FROM ledger.handling_unit WHERE lpn = $1`,
      [lpn, id],
    );
    const busy = { kind: 'pick', item: skus[0], quantity: '1', from: at, to: 'STATION' };
    expect((await post([{ ...busy, owner: 'MOVER' }])).body.errors[0].path).toBe(
      'lines.0.from.lpn',
    );
    expect((await moveTo(lpn, 'B3')).status).toBe(409);
    expect((await nest(lpn, null)).status).toBe(409);
    const inside = { lpn: 'INSIDE', type: 'tote', location: 'B1', parent: lpn, owner: 'MOVER' };
    expect((await house('POST /v1/handling-units', inside)).status).toBe(409);
    const allocation = { item: skus[0], quantity: '1', place: at, owner: 'MOVER' };
    const marked = await command('POST /v1/allocations', { lines: [allocation] });
    expect(marked.body.errors[0].path).toBe('lines.0.place.lpn');
    const later = testContext(world.database, {
      clock: () => new Date(Date.now() + 60_000),
    });
    const ledger = await openLedger({ context: later, sweepMs: 0 });
    expect(await finishMoves(ledger)).toBe(1);
    expect(await finishMoves(ledger)).toBe(0);
    await ledger.drain();
    const done = await get(lpn);
    expect([done.location, done.status, done.contents.length]).toEqual(['B2', 'open', 6]);
    const replay = await owner.call(`POST /v1/handling-units/${lpn}/move`, { to: 'B2' }, key);
    expect([replay.status, replay.body.movements]).toEqual([200, 0]);
  });
});

describe('correcting what was in a container that has gone', () => {
  it('is refused, so that no unit is left where the container was', async () => {
    const lpn = await unit();
    const sku = await item();
    await receive(sku, '5', { location: 'B1', lpn });
    const pick = { kind: 'pick', item: sku, quantity: '2', to: 'STATION' };
    const [picked] = await posted({ ...pick, from: { location: 'B1', lpn } });
    await moveTo(lpn, 'B2');
    const { status, body } = await command(`POST /v1/movements/${picked.id}/reverse`, {});
    expect([status, body.type]).toEqual([409, '/problems/conflict']);
    await moveTo(lpn, 'B1');
    expect((await command(`POST /v1/movements/${picked.id}/reverse`, {})).status).toBe(201);
  });
});
