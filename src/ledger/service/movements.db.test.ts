import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';

const world = await createLedgerWorld();
const { posted, post, item, receive, admin } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

/** On hand of an item by location and disposition, without empty positions. */
async function stockOf(sku: string): Promise<Record<string, number>> {
  const { rows } = await admin.query(
    `SELECT l.code, d.code AS disposition, sum(b.on_hand)::integer AS units
     FROM ledger.balance b JOIN ledger.position p USING (journal, position_id)
     JOIN network.location l USING (location_id) JOIN ledger.disposition d USING (disposition_id)
     JOIN catalog.item i USING (item_id)
     WHERE i.sku = $1 AND b.on_hand <> 0 GROUP BY 1, 2`,
    [sku],
  );
  return Object.fromEntries(rows.map((row) => [`${row.code} ${row.disposition}`, row.units]));
}

/** The field paths of an invalid-request answer. */
async function wrongFields(line: object): Promise<string[]> {
  const { status, body } = await post([line]);
  expect([status, body.type]).toEqual([400, '/problems/invalid-request']);
  return body.errors.map(({ path }: { path: string }) => path.replace('lines.0.', ''));
}

describe('every kind of movement', () => {
  let sku = '';
  beforeAll(async () => {
    sku = await item();
  });

  it.each([
    [{ kind: 'opening', to: 'B1', quantity: '40' }, 'OPENING', 'B1'],
    [{ kind: 'receipt', to: 'B1', quantity: '60' }, 'SUPPLIER', 'B1'],
    [{ kind: 'putaway', from: 'B1', to: 'B2', quantity: '9' }, 'B1', 'B2'],
    [{ kind: 'move', from: 'B1', to: 'B3', quantity: '9' }, 'B1', 'B3'],
    [{ kind: 'replenishment', from: 'B1', to: 'B2', quantity: '9' }, 'B1', 'B2'],
    [{ kind: 'pick', from: 'B1', to: 'STATION', quantity: '9' }, 'B1', 'STATION'],
    [{ kind: 'pack', from: 'STATION', to: 'B4', quantity: '2' }, 'STATION', 'B4'],
    [{ kind: 'shipment', from: 'B4', quantity: '2' }, 'B4', 'CUSTOMER'],
    [{ kind: 'customer_return', to: 'B1', quantity: '1' }, 'CUSTOMER', 'B1'],
    [{ kind: 'supplier_return', from: 'B1', quantity: '1' }, 'B1', 'SUPPLIER'],
    [{ kind: 'adjustment', from: 'B1', quantity: '1' }, 'B1', 'ADJ-OTHER'],
    [{ kind: 'adjustment', to: 'B1', quantity: '1', reason: 'found' }, 'ADJ-FOUND', 'B1'],
    [{ kind: 'adjustment', from: 'B1', quantity: '1', reason: 'damage' }, 'B1', 'ADJ-DAMAGE'],
    [{ kind: 'adjustment', from: 'B1', quantity: '1', reason: 'theft' }, 'B1', 'ADJ-THEFT'],
    [{ kind: 'scrap', from: 'B1', quantity: '1' }, 'B1', 'ADJ-SCRAP'],
    [{ kind: 'short_pick', from: 'B1', quantity: '1' }, 'B1', 'ADJ-COUNT'],
    [{ kind: 'conversion', from: 'B1', quantity: '1' }, 'B1', 'CONVERSION'],
    [{ kind: 'conversion', to: 'B1', quantity: '1' }, 'CONVERSION', 'B1'],
    [{ kind: 'transfer_shipment', from: 'B1', to: 'TRANSIT-S', quantity: '5' }, 'B1', 'TRANSIT-S'],
    [{ kind: 'transfer_receipt', from: 'TRANSIT-S', to: 'C1', quantity: '5' }, 'TRANSIT-S', 'C1'],
  ])('%o goes from %s to %s', async (line, from, to) => {
    const before = await stockOf(sku);
    const [answer] = await posted({ item: sku, ...line });
    const after = await stockOf(sku);
    const units = Number(line.quantity);
    for (const [place, sign] of [[from, -1] as const, [to, 1] as const]) {
      const key = `${place} sellable`;
      expect((after[key] ?? 0) - (before[key] ?? 0)).toBe(sign * units);
    }
    expect(Number(answer.fromOnHand)).toBe(after[`${from} sellable`] ?? 0);
    expect(Number(answer.toOnHand)).toBe(after[`${to} sellable`] ?? 0);
    expect(answer).toMatchObject({ line: 1, status: 'committed', quantity: line.quantity });
    expect(answer.id).toBe(`${answer.journal}-${answer.seq}`);
  });

  it('changes the disposition in place', async () => {
    const own = await item();
    await receive(own, '5');
    await posted({
      kind: 'disposition_change',
      item: own,
      quantity: '2',
      from: 'B1',
      to: { location: 'B1', disposition: 'damaged' },
    });
    await posted({
      kind: 'move',
      item: own,
      quantity: '1',
      from: { location: 'B1', disposition: 'damaged' },
      to: 'B2',
    });
    expect(await stockOf(own)).toEqual({
      'B1 sellable': 3,
      'B1 damaged': 1,
      'B2 damaged': 1,
      'SUPPLIER sellable': -5,
    });
    expect(
      await wrongFields({ kind: 'disposition_change', item: own, quantity: '1', from: 'B1' }),
    ).toEqual(['to']);
    expect(
      await wrongFields({
        kind: 'disposition_change',
        item: own,
        quantity: '1',
        from: 'B1',
        to: { location: 'B2', disposition: 'damaged' },
      }),
    ).toEqual(['to']);
  });

  it.each([
    [{ kind: 'receipt', from: 'B1', to: 'B2', quantity: '1' }, ['from']],
    [{ kind: 'receipt', quantity: '1' }, ['to']],
    [{ kind: 'move', from: 'B1', to: 'C1', quantity: '1' }, ['to']],
    [{ kind: 'move', from: 'B1', to: 'B1', quantity: '1' }, ['to']],
    [{ kind: 'move', from: 'B1', to: 'NOWHERE', quantity: '1' }, ['to']],
    [{ kind: 'shipment', from: 'SUPPLIER', quantity: '1' }, ['from', 'to']],
    [{ kind: 'adjustment', quantity: '1' }, ['to']],
    [{ kind: 'adjustment', from: 'B1', to: 'B2', quantity: '1' }, ['to']],
    [{ kind: 'conversion', from: 'B1', to: 'C1', quantity: '1' }, ['to']],
    [{ kind: 'transfer_shipment', from: 'B1', to: 'C1', quantity: '1' }, ['to']],
    [{ kind: 'move', from: 'B1', to: 'B2', quantity: '0' }, ['quantity']],
    [{ kind: 'move', from: 'B1', to: 'B2', quantity: '0.5' }, ['quantity']],
    [{ kind: 'move', from: 'B1', to: 'B2', quantity: '1', level: 'case' }, ['level']],
    [{ kind: 'move', from: 'B1', to: 'B2', quantity: '1', lot: 'L' }, ['lot']],
    [{ kind: 'move', from: 'B1', to: 'B2', quantity: '1', serials: ['s'] }, ['serials']],
    [{ kind: 'move', from: 'B1', to: 'B2', quantity: '1', unitCost: '1' }, ['unitCost']],
    [{ kind: 'receipt', to: 'B2', quantity: '1', unitCost: '1', value: '1' }, ['value']],
    [{ kind: 'receipt', to: 'B2', quantity: '1', value: '0.001' }, ['value']],
    [{ kind: 'receipt', to: 'B2', quantity: '9999999', unitCost: '9999999999' }, ['unitCost']],
    [{ kind: 'receipt', to: { location: 'B2', lpn: 'NONE' }, quantity: '1' }, ['to.lpn']],
    [
      { kind: 'receipt', to: 'B2', quantity: '1', occurredAt: '2999-01-01T00:00:00Z' },
      ['occurredAt'],
    ],
    [{ kind: 'receipt', to: 'B2', quantity: '1', owner: 'NOBODY' }, ['owner']],
    [{ kind: 'receipt', to: 'B2', item: 'NOTHING', quantity: '1' }, ['item']],
  ])('%o is refused with the field that is wrong: %o', async (line, fields) => {
    expect(await wrongFields({ item: sku, ...line })).toEqual(fields);
  });

  it('tells all wrong fields of all lines at once', async () => {
    const { body } = await post([
      { kind: 'move', item: 'NOTHING', from: 'NOWHERE', to: 'B2', quantity: '1' },
      { kind: 'move', item: sku, from: 'B1', to: 'B2', quantity: '1' },
      { kind: 'move', item: sku, from: 'B1', to: 'B2', quantity: '1', owner: 'NOBODY' },
    ]);
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual([
      'lines.0.item',
      'lines.0.from',
      'lines.2.owner',
    ]);
  });

  it('refuses more than is there, and names the figures', async () => {
    const own = await item();
    await receive(own, '3');
    const { status, body, headers } = await post([
      { kind: 'move', item: own, from: 'B1', to: 'B2', quantity: '4' },
    ]);
    expect([status, headers['content-type']]).toEqual([
      409,
      'application/problem+json; charset=utf-8',
    ]);
    expect(body).toMatchObject({
      type: '/problems/insufficient-stock',
      requested: '4',
      onHand: '3',
      allocated: '0',
      item: own,
      line: 1,
    });
  });

  it('posts all lines of a command or none', async () => {
    const own = await item();
    await receive(own, '5');
    const move = { kind: 'move', item: own, from: 'B1', to: 'B2' };
    const { status, body } = await post([
      { ...move, quantity: '3' },
      { ...move, quantity: '3' },
    ]);
    expect([status, body.line, body.onHand]).toEqual([409, 2, '2']);
    expect(await stockOf(own)).toEqual({ 'B1 sellable': 5, 'SUPPLIER sellable': -5 });
  });
});

describe('quantities', () => {
  it('are counted in packs of a level, exactly', async () => {
    const packaging = [
      { level: 'inner', baseQuantity: '6' },
      { level: 'case', baseQuantity: '24' },
    ];
    const sku = await item({ packaging });
    const [line] = await posted({
      kind: 'receipt',
      item: sku,
      quantity: '2',
      level: 'case',
      to: 'B1',
    });
    expect(line.quantity).toBe('48');
    const [half] = await posted({
      kind: 'shipment',
      item: sku,
      quantity: '0.5',
      level: 'inner',
      from: 'B1',
    });
    expect(half).toMatchObject({ quantity: '3', fromOnHand: '45' });
    expect(
      await wrongFields({
        kind: 'shipment',
        item: sku,
        quantity: '0.1',
        level: 'case',
        from: 'B1',
      }),
    ).toEqual(['quantity']);
  });

  it('have as many digits as the item', async () => {
    const sku = await item({ baseUnit: 'kg', quantityScale: 3 });
    const [line] = await posted({ kind: 'receipt', item: sku, quantity: '1.25', to: 'B1' });
    expect(line).toMatchObject({ quantity: '1.250', toOnHand: '1.250', fromOnHand: '-1.250' });
    expect(
      await wrongFields({ kind: 'shipment', item: sku, quantity: '0.0001', from: 'B1' }),
    ).toEqual(['quantity']);
  });
});

describe('lots', () => {
  it('begin with goods that come in, keep their date, and must have life left', async () => {
    const sku = await item({
      tracksLot: true,
      tracksExpiry: true,
      shelfLifeDays: 365,
      minLifeReceiptDays: 90,
      minLifeShipmentDays: 30,
    });
    const day = (days: number) =>
      new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const receipt = { kind: 'receipt', item: sku, quantity: '5', to: 'B1' };
    expect(await wrongFields(receipt)).toEqual(['lot']);
    expect(await wrongFields({ ...receipt, lot: 'L1' })).toEqual(['expiresOn']);
    await posted({ ...receipt, lot: 'L1', expiresOn: day(100) });
    await posted({ ...receipt, lot: 'L1' });
    expect(await wrongFields({ ...receipt, lot: 'L1', expiresOn: day(99) })).toEqual(['expiresOn']);
    expect(await wrongFields({ ...receipt, lot: 'L2', expiresOn: day(80) })).toEqual(['lot']);
    const quarantined = { location: 'B1', disposition: 'quarantined' };
    await posted({ ...receipt, lot: 'L3', expiresOn: day(20), to: quarantined });
    const shipment = { kind: 'shipment', item: sku, quantity: '1' };
    await posted({ ...shipment, from: 'B1', lot: 'L1' });
    expect(await wrongFields({ ...shipment, from: quarantined, lot: 'L3' })).toEqual(['lot']);
    expect(await wrongFields({ ...shipment, from: 'B1', lot: 'L9' })).toEqual(['lot']);
    const { status, body } = await post([{ ...shipment, from: 'B1', lot: 'L1', quantity: '10' }]);
    expect([status, body.onHand]).toEqual([409, '9']);
  });
});

describe('serials', () => {
  it('are one a unit, each in one place', async () => {
    const sku = await item({ tracksSerial: true });
    const receipt = { kind: 'receipt', item: sku, quantity: '2', to: 'B1' };
    expect(await wrongFields(receipt)).toEqual(['serials']);
    expect(await wrongFields({ ...receipt, serials: ['a', 'a'] })).toEqual(['serials']);
    await posted({ ...receipt, quantity: '2.0', serials: ['a', 'b'] });
    const again = await post([{ ...receipt, serials: ['b', 'c'] }]);
    expect([again.status, again.body]).toMatchObject([
      409,
      { type: '/problems/serial-elsewhere', serial: 'b' },
    ]);
    await posted({ kind: 'move', item: sku, quantity: '1', from: 'B1', to: 'B2', serials: ['b'] });
    const shipment = { kind: 'shipment', item: sku, quantity: '1', from: 'B1' };
    expect((await post([{ ...shipment, serials: ['b'] }])).body.type).toBe(
      '/problems/serial-elsewhere',
    );
    await posted({ ...shipment, serials: ['a'] });
    await posted({ kind: 'customer_return', item: sku, quantity: '1', to: 'B3', serials: ['a'] });
    const count = { kind: 'count', item: sku, quantity: '1', from: 'B1' };
    expect(await wrongFields(count)).toEqual(['kind']);
  });
});

describe('counts', () => {
  it('post the variance, both ways, and bind their id when there is none', async () => {
    const sku = await item();
    await receive(sku, '10');
    const count = (quantity: string) => ({ kind: 'count', item: sku, from: 'B1', quantity });
    const [fewer] = await posted(count('7'));
    expect(fewer).toMatchObject({ quantity: '3', fromOnHand: '7' });
    const [more] = await posted(count('9'));
    expect(more).toMatchObject({ quantity: '2', toOnHand: '9' });
    const key = world.fresh();
    const same = await world.house('POST /v1/movements', { lines: [count('9')] }, key);
    expect(same.body.lines[0]).toMatchObject({ quantity: '0', onHand: '9' });
    const replay = await world.house('POST /v1/movements', { lines: [count('9')] }, key);
    expect([replay.status, replay.body.replayed]).toEqual([200, true]);
    const other = await world.house('POST /v1/movements', { lines: [count('8')] }, key);
    expect(other.status).toBe(422);
    const [none] = await posted(count('0'));
    expect(none).toMatchObject({ quantity: '9', fromOnHand: '0' });
    expect(await stockOf(sku)).toEqual({ 'SUPPLIER sellable': -10, 'ADJ-COUNT sellable': 10 });
  });

  it('take promised stock openly, and raise an exception until it is mended', async () => {
    const sku = await item();
    await receive(sku, '10');
    const reserved = await world.command('POST /v1/reservations', {
      lines: [{ item: sku, quantity: '8', site: 'N' }],
    });
    expect(reserved.status).toBe(201);
    await posted({ kind: 'count', item: sku, from: 'B1', quantity: '5' });
    await posted({ kind: 'adjustment', item: sku, from: 'B1', quantity: '1', reason: 'damage' });
    await receive(sku, '4');
    const { rows } = await admin.query(
      `SELECT e.kind, e.quantity::integer AS quantity FROM ledger.exception e
       JOIN catalog.item i USING (item_id) WHERE i.sku = $1 ORDER BY e.seq`,
      [sku],
    );
    expect(rows).toEqual([
      { kind: 'oversold', quantity: 3 },
      { kind: 'oversold', quantity: 4 },
      { kind: 'cleared', quantity: 0 },
    ]);
    const { body } = await post([{ kind: 'shipment', item: sku, from: 'B1', quantity: '1' }]);
    expect(body).toMatchObject({
      type: '/problems/insufficient-availability',
      available: '0',
      reserved: '8',
    });
  });
});

it('a position is of an item, a location and an owner that exist', async () => {
  for (const column of ['item_id', 'location_id', 'owner_id']) {
    const made = admin.query(
      `INSERT INTO ledger.position (journal, item_id, location_id, owner_id, disposition_id,
         is_real, lot_id)
       SELECT (p).journal, (p).item_id, (p).location_id, (p).owner_id, 1, true, 999999
       FROM (SELECT jsonb_populate_record(t, '{"${column}": 999999}') AS p
         FROM ledger.position t LIMIT 1) tampered`,
    );
    await expect(made, column).rejects.toMatchObject({ code: '23503' });
  }
});
