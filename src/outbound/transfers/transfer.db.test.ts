import { describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { openLedger, verifyLedger } from '../../ledger/index.ts';
import type { Principal } from '../../platform/context.ts';
import { writeAs } from '../../platform/database.ts';
import { selectPosting, selectTransfer } from './transfer.queries.ts';
import { finishSteps, runStep } from './transfer.steps.ts';

const world = await createLedgerWorld();
const { house, command } = world;

async function draft(lines: readonly object[], more: object = {}): Promise<string> {
  const answer = await command('POST /v1/transfer-orders', { from: 'N', to: 'S', lines, ...more });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.number;
}

async function step(number: string, kind: string, body: object = {}) {
  const answer = await command(`POST /v1/transfer-orders/${number}/${kind}`, body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
}

async function available(item: string, site: string) {
  const answer = await house(`GET /v1/availability?item=${item}&site=${site}`);
  const [row] = answer.body.items;
  return row ? [row.onHand, row.reserved, row.available] : [];
}

async function onHand(item: string, location: string): Promise<string[]> {
  const answer = await house(`GET /v1/stock?item=${item}&location=${location}`);
  return answer.body.items.map((row: { onHand: string; inTransit: string }) =>
    [row.onHand, row.inTransit].join('/'),
  );
}

describe('a transfer order', () => {
  it('reserves when it is released, moves into transit, and arrives', async () => {
    const item = await world.item();
    await world.receive(item, '10', 'B1', { unitCost: '2.50' });
    const number = await draft([{ item, quantity: '6', from: 'B1', to: 'C1' }]);
    expect(number).toMatch(/^TR-\d{6}$/);
    expect(await available(item, 'N')).toEqual(['10', '0', '10']);
    const released = await step(number, 'release');
    expect(released).toMatchObject({ state: 'released', from: 'N', to: 'S' });
    expect(released.expectedArrivalAt > released.expectedDispatchAt).toBe(true);
    expect(await available(item, 'N')).toEqual(['10', '6', '4']);
    const shipped = await step(number, 'ship');
    expect(shipped).toMatchObject({ state: 'shipped', lines: [{ shipped: '6', inTransit: '6' }] });
    expect(await available(item, 'N')).toEqual(['4', '0', '4']);
    expect(await onHand(item, 'TRANSIT-S')).toEqual(['0/6']);
    const received = await step(number, 'receive');
    expect(received).toMatchObject({ state: 'received', lines: [{ received: '6' }] });
    expect(await available(item, 'S')).toEqual(['6', '0', '6']);
    const { body } = await house(`GET /v1/movements?item=${item}`);
    const documents = body.items.map((row: { document: unknown }) => row.document);
    expect(documents.filter(Boolean)).toEqual(Array(2).fill({ type: 'transfer_order', number }));
    const history = await house(`GET /v1/transfer-orders/${number}/history`);
    expect(history.body.entries.map((entry: { action: string }) => entry.action)).toEqual([
      ...['created', 'released', 'shipped', 'received'],
    ]);
  });

  it('goes in parts, each with its lot', async () => {
    const item = await world.item({ tracksLot: true });
    await world.receive(item, '5', 'B1', { lot: 'L1' });
    await world.receive(item, '5', 'B2', { lot: 'L2' });
    const number = await draft([{ item, quantity: '9', to: 'C1' }]);
    await step(number, 'release');
    const lines = [{ line: 1, quantity: '4', lot: 'L1', from: 'B1' }];
    expect(await step(number, 'ship', { lines })).toMatchObject({ state: 'partly_shipped' });
    const early = { lines: [{ line: 1, quantity: '1' }] };
    expect(await step(number, 'receive', early)).toMatchObject({ state: 'partly_shipped' });
    const rest = { lines: [{ line: 1, quantity: '3', lot: 'L2', from: 'B2' }], final: true };
    expect(await step(number, 'ship', rest)).toMatchObject({
      state: 'partly_received',
      lines: [{ shipped: '7', received: '1', cancelled: '2', inTransit: '6' }],
    });
    // What will not be shipped is free again.
    expect(await available(item, 'N')).toEqual(['3', '0', '3']);
    const some = { lines: [{ line: 1, quantity: '2', lot: 'L2' }] };
    expect(await step(number, 'receive', some)).toMatchObject({ state: 'partly_received' });
    const tooMuch = { lines: [{ line: 1, quantity: '2', lot: 'L2' }] };
    const refused = await command(`POST /v1/transfer-orders/${number}/receive`, tooMuch);
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'lines.0.quantity']);
    expect(await step(number, 'receive')).toMatchObject({
      state: 'received',
      lines: [{ received: '7', inTransit: '0' }],
    });
    const stock = await house(`GET /v1/stock?item=${item}&site=S&groupBy=lot`);
    expect(stock.body.items).toMatchObject([
      { lot: 'L1', onHand: '4' },
      { lot: 'L2', onHand: '3' },
    ]);
  });

  it('knows which serials are on the way', async () => {
    const item = await world.item({ tracksSerial: true });
    await world.receive(item, '3', 'B1', { serials: ['X1', 'X2', 'X3'] });
    const number = await draft([
      { item, quantity: '3', serials: ['X1', 'X2', 'X3'], from: 'B1', to: 'C1' },
    ]);
    await step(number, 'release');
    await step(number, 'ship');
    await step(number, 'receive', { lines: [{ line: 1, quantity: '1', serials: ['X2'] }] });
    const twice = { lines: [{ line: 1, quantity: '1', serials: ['X2'] }] };
    expect((await command(`POST /v1/transfer-orders/${number}/receive`, twice)).status).toBe(400);
    expect(await step(number, 'receive')).toMatchObject({ state: 'received' });
    expect((await house(`GET /v1/stock?item=${item}&site=S`)).body.items[0].onHand).toBe('3');
  });

  it('writes off what never arrived, in units and in money', async () => {
    const item = await world.item();
    await world.receive(item, '4', 'B1', { unitCost: '3' });
    const number = await draft([{ item, quantity: '4', from: 'B1', to: 'C1' }]);
    await step(number, 'release');
    await step(number, 'ship');
    await step(number, 'receive', { lines: [{ line: 1, quantity: '3' }] });
    const closed = await step(number, 'close', { reason: 'theft', note: 'the seal was broken' });
    expect(closed).toMatchObject({ state: 'received', lines: [{ received: '3', lost: '1' }] });
    expect(await available(item, 'S')).toEqual(['3', '0', '3']);
    const { body } = await house(`GET /v1/movements?item=${item}&location=ADJ-THEFT`);
    expect(body.items).toMatchObject([{ quantity: '1', value: '3.00', kind: 'adjustment' }]);
  });

  it('is refused as a whole when the goods are not there, and can be tried again', async () => {
    const item = await world.item();
    await world.receive(item, '3');
    const number = await draft([{ item, quantity: '5', from: 'B1', to: 'C1' }]);
    const key = world.fresh();
    const url = `POST /v1/transfer-orders/${number}/release`;
    const refused = await house(url, {}, key);
    expect([refused.status, refused.body.type]).toEqual([
      ...[409, '/problems/insufficient-availability'],
    ]);
    expect((await house(`GET /v1/transfer-orders/${number}`)).body.state).toBe('draft');
    await world.receive(item, '2');
    expect((await house(url, {}, key)).body.state).toBe('released');
  });

  it('is freed when it is cancelled, and never after something left', async () => {
    const item = await world.item();
    await world.receive(item, '5');
    const number = await draft([{ item, quantity: '5', from: 'B1', to: 'C1' }]);
    await step(number, 'release');
    expect(await step(number, 'cancel', { note: 'not needed' })).toMatchObject({
      state: 'cancelled',
    });
    expect(await available(item, 'N')).toEqual(['5', '0', '5']);
    const other = await draft([{ item, quantity: '5', from: 'B1', to: 'C1' }]);
    await step(other, 'release');
    await step(other, 'ship', { lines: [{ line: 1, quantity: '1' }] });
    const late = await command(`POST /v1/transfer-orders/${other}/cancel`, {});
    expect([late.status, late.body.state]).toEqual([409, 'partly_shipped']);
  });

  it('does each step once, however often it is asked for', async () => {
    const item = await world.item();
    await world.receive(item, '10');
    const number = await draft([{ item, quantity: '10', from: 'B1', to: 'C1' }]);
    await step(number, 'release');
    const key = world.fresh();
    const body = { lines: [{ line: 1, quantity: '4' }] };
    const url = `POST /v1/transfer-orders/${number}/ship`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => house(url, body, key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect((await house(url, body, key)).body.lines[0].shipped).toBe('4');
    const other = await house(url, { ...body, final: true }, key);
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    expect(await available(item, 'N')).toEqual(['6', '6', '0']);
  });

  it('ships no unit twice when many ship at once', async () => {
    const item = await world.item();
    await world.receive(item, '10');
    const number = await draft([{ item, quantity: '10', from: 'B1', to: 'C1' }]);
    await step(number, 'release');
    const url = `POST /v1/transfer-orders/${number}/ship`;
    const body = { lines: [{ line: 1, quantity: '3' }] };
    const answers = await Promise.all(Array.from({ length: 8 }, () => command(url, body)));
    const done = answers.filter(({ status }) => status === 200).length;
    expect(done).toBeLessThanOrEqual(3);
    expect(answers.every(({ status }) => [200, 400, 409].includes(status))).toBe(true);
    const shown = await house(`GET /v1/transfer-orders/${number}`);
    expect(shown.body.lines[0].shipped).toBe(String(done * 3));
    expect(await onHand(item, 'TRANSIT-S')).toEqual([`0/${done * 3}`]);
  });
});

describe('a process that dies', () => {
  const context = testContext(world.database);

  it('between posting and writing leaves a step that the sweep completes', async () => {
    const ledger = await openLedger({ context, sweepMs: 0 });
    const item = await world.item();
    await world.receive(item, '5');
    const number = await draft([{ item, quantity: '5', from: 'B1', to: 'C1' }]);
    await step(number, 'release');
    // The ledger posts, then the process is gone before it can write what came of it.
    const dying = {
      ...ledger,
      post: async (...given: Parameters<typeof ledger.post>) => {
        await ledger.post(...given);
        throw new Error('gone');
      },
    };
    const principal: Principal = {
      ...{ principalId: 1, name: 'house', scope: 'house', scopes: new Set<string>() },
    };
    const request = { kind: 'ship', body: {}, key: 'dies' } as const;
    await expect(runStep(dying, principal, number, request)).rejects.toThrow('gone');
    expect((await house(`GET /v1/transfer-orders/${number}`)).body.state).toBe('released');
    const pending = await writeAs(world.database, 'house', async (tx) => {
      const head = await selectTransfer(tx, number);
      return selectPosting(tx, head!.transferOrderId);
    });
    expect(pending).toMatchObject({ kind: 'ship', state: 'posting' });
    expect(await finishSteps(ledger, -1_000)).toBe(1);
    expect((await house(`GET /v1/transfer-orders/${number}`)).body).toMatchObject({
      state: 'shipped',
      lines: [{ shipped: '5' }],
    });
    expect(await onHand(item, 'TRANSIT-S')).toEqual(['0/5']);
    // Its own repetition finds it done, and the next step goes on from there.
    await runStep(ledger, principal, number, request);
    expect(await step(number, 'receive')).toMatchObject({ state: 'received' });
    await ledger.drain();
  });

  it('leaves a ledger that adds up', async () => {
    const report = await verifyLedger({ database: context.database, clock: context.clock });
    expect(report.findings).toEqual([]);
  });
});

describe('a draft', () => {
  it('names every wrong field at once', async () => {
    const item = await world.item();
    const body = {
      ...{ from: 'N', to: 'N', owner: 'NOBODY' },
      lines: [{ item, quantity: '1' }],
    };
    const ends = await command('POST /v1/transfer-orders', body);
    expect(ends.body.errors.map(({ path }: { path: string }) => path)).toEqual(['owner', 'to']);
    const lines = [
      { item: 'NONE', quantity: '1' },
      { item, quantity: '0', from: 'C1', to: 'B1', lot: 'L' },
      { item, quantity: '1.5', serials: ['A'] },
    ];
    const answer = await command('POST /v1/transfer-orders', { from: 'N', to: 'S', lines });
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
      ...['lines.0.item', 'lines.1.from', 'lines.1.to', 'lines.1.lot', 'lines.1.quantity'],
      ...['lines.2.quantity', 'lines.2.serials'],
    ]);
  });

  it('is edited by who has read it, until it is released', async () => {
    const item = await world.item();
    await world.receive(item, '9');
    const number = await draft([{ item, quantity: '1', from: 'B1', to: 'C1' }]);
    const url = `PATCH /v1/transfer-orders/${number}`;
    const lines = [{ item, quantity: '7', from: 'B1', to: 'C1' }];
    expect((await house(url, { lines })).status).toBe(428);
    expect((await house(url, { lines }, { 'if-match': '"9"' })).status).toBe(412);
    const edited = await house(url, { lines, notes: 'more' }, { 'if-match': '"1"' });
    expect(edited.body).toMatchObject({ notes: 'more', version: 2, lines: [{ quantity: '7' }] });
    await step(number, 'release');
    const late = await house(url, { notes: 'late' }, { 'if-match': '"3"' });
    expect([late.status, late.body.state]).toEqual([409, 'released']);
  });

  it('is made once for a key, and listed by what is asked for', async () => {
    const item = await world.item();
    const key = world.fresh();
    const body = { from: 'N', to: 'S', lines: [{ item, quantity: '1' }] };
    const [first, second] = [
      await house('POST /v1/transfer-orders', body, key),
      await house('POST /v1/transfer-orders', body, key),
    ];
    expect(second.body).toEqual(first.body);
    await draft([{ item, quantity: '2' }]);
    const page = await house(`GET /v1/transfer-orders?item=${item}&state=draft&from=N&limit=1`);
    expect(page.body.items[0].lines[0].quantity).toBe('2');
    const next = encodeURIComponent(page.body.nextCursor);
    const query = `item=${item}&state=draft&from=N&limit=1&cursor=${next}`;
    const rest = await house(`GET /v1/transfer-orders?${query}`);
    expect(rest.body.items[0].number).toBe(first.body.number);
    expect(rest.body.nextCursor).toBeNull();
  });

  it('of an owner is seen by that owner only', async () => {
    const { call } = await world.owner('SHIPPER');
    const other = await world.owner('STRANGER');
    const item = await world.item();
    await world.receive(item, '4', 'B1', { owner: 'SHIPPER' });
    const lines = [{ item, quantity: '4', from: 'B1', to: 'C1' }];
    const number = await draft(lines, { owner: 'SHIPPER' });
    expect((await call(`GET /v1/transfer-orders/${number}`)).body.owner).toBe('SHIPPER');
    expect((await other.call(`GET /v1/transfer-orders/${number}`)).status).toBe(404);
    expect((await call(`POST /v1/transfer-orders/${number}/release`, {})).status).toBe(403);
    await step(number, 'release');
    await step(number, 'ship');
    expect(await step(number, 'receive')).toMatchObject({ state: 'received' });
    expect((await other.call('GET /v1/transfer-orders')).body.items).toEqual([]);
  });
});
