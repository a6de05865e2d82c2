import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { problemTypes } from '../../platform/problems.ts';
import { REFUSALS } from './problems.ts';

const world = await createLedgerWorld();
const { item, receive, admin, house, post } = world;
afterAll(async () => expect(await ledgerViolations(admin)).toEqual([]));

let sku = '';
beforeAll(async () => {
  sku = await item();
  await receive(sku, '1000');
});
const move = (quantity: string) => ({ kind: 'move', item: sku, quantity, from: 'B1', to: 'B2' });

describe('a command id', () => {
  it('answers a replay although the command could not be posted any more', async () => {
    const unit = { lpn: 'REPLAY-1', type: 'pallet', location: 'B1' };
    expect((await house('POST /v1/handling-units', unit)).status).toBe(201);
    const to = { location: 'B1', lpn: unit.lpn };
    const lines = [{ kind: 'receipt', item: await item(), quantity: '3', to }];
    const key = world.fresh();
    const first = await house('POST /v1/movements', { lines }, key);
    const moved = await world.command('POST /v1/handling-units/REPLAY-1/move', { to: 'B2' });
    expect([first.status, moved.status]).toEqual([201, 200]);
    const other = await house('POST /v1/movements', { lines }, world.fresh());
    expect([other.status, other.body.type]).toEqual([400, '/problems/invalid-request']);
    const again = await house('POST /v1/movements', { lines }, key);
    expect([again.status, again.body]).toEqual([200, { ...first.body, replayed: true }]);
  });

  it('answers the same command the same again, however it was written', async () => {
    const key = world.fresh();
    const first = await house('POST /v1/movements', { lines: [move('2')] }, key);
    expect([first.status, first.body.replayed]).toEqual([201, false]);
    expect(first.body.commandId).toBe(key['idempotency-key']);
    const { kind, ...rest } = move('2');
    const again = await house('POST /v1/movements', { lines: [{ ...rest, kind }] }, key);
    expect([again.status, again.body]).toEqual([200, { ...first.body, replayed: true }]);
    const found = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect([found.status, found.body], 'nothing is replayed by asking').toEqual([200, first.body]);
  });

  it('is not taken for another command, and is free again after a refusal', async () => {
    const key = world.fresh();
    const refused = await house('POST /v1/movements', { lines: [move('99999')] }, key);
    expect(refused.status).toBe(409);
    const asked = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect([asked.status, asked.body.outcome]).toEqual([404, 'not-posted']);
    expect((await house('POST /v1/movements', { lines: [move('1')] }, key)).status).toBe(201);
    const other = await house('POST /v1/movements', { lines: [move('2')] }, key);
    expect([other.status, other.body.type]).toEqual([422, '/problems/command-id-reused']);
    const device = await house('POST /v1/movements', { lines: [move('1')], device: 'D' }, key);
    expect(device.status).toBe(422);
    const elsewhere = { lines: [{ item: sku, quantity: '1', site: 'N' }] };
    expect((await house('POST /v1/reservations', elsewhere, key)).status).toBe(422);
  });

  it('may be any printable text of 255 characters, and is needed', async () => {
    const long = `${Date.now()}/`.padEnd(255, '~');
    const key = { 'idempotency-key': long };
    expect((await house('POST /v1/movements', { lines: [move('1')] }, key)).status).toBe(201);
    const found = await house(`GET /v1/commands/${encodeURIComponent(long)}`);
    expect([found.status, found.body.commandId]).toEqual([200, long]);
    for (const bad of ['', 'a b', 'ä', 'x'.repeat(256)]) {
      const headers = { 'idempotency-key': bad };
      const { status, body } = await house('POST /v1/movements', { lines: [move('1')] }, headers);
      expect([status, body.errors[0].path]).toEqual([400, 'headers.idempotency-key']);
    }
    const routes: [string, object?][] = [
      ['/v1/movements', { lines: [move('1')] }],
      ['/v1/movements/0-1/reverse', {}],
      ['/v1/movements/0-1/revalue', { amount: '1' }],
      [`/v1/items/${sku}/standard-cost`, { unitCost: '1' }],
      ['/v1/reservations', { lines: [{ item: sku, quantity: '1', site: 'N' }] }],
      ['/v1/reservations/0-1/confirm'],
      ['/v1/allocations', { lines: [{ item: sku, quantity: '1', place: 'B1' }] }],
      ['/v1/allocations/0-1/release'],
      ['/v1/handling-units/X/move', { to: 'B1' }],
    ];
    for (const [path, body] of routes) {
      const answer = await house(`POST ${path}`, body);
      const missing = [answer.status, answer.body.errors?.[0].path];
      expect(missing, path).toEqual([400, 'headers.idempotency-key']);
    }
  });

  it('that arrives many times at once is posted once', async () => {
    const key = world.fresh();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => house('POST /v1/movements', { lines: [move('1')] }, key)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const ids = new Set(answers.map(({ body }) => body.lines[0].id));
    expect(ids.size).toBe(1);
  });
});

describe('bulk', () => {
  it('answers each command on its own, in order', async () => {
    const fresh = () => world.fresh()['idempotency-key'];
    const [good, twice] = [fresh(), fresh()];
    const commands = [
      { id: good, lines: [move('1'), move('2')] },
      { id: fresh(), lines: [move('99999')] },
      { id: fresh(), lines: [move('1'), { ...move('1'), item: 'NOTHING' }] },
      { id: twice, lines: [move('3')] },
      { id: twice, lines: [move('3')] },
      { id: good, lines: [move('4')] },
      { id: fresh(), lines: [move('5')], device: 'SCANNER-7' },
    ];
    const { status, body } = await house('POST /v1/movements/bulk', { commands });
    expect(status).toBe(200);
    const { outcomes } = body;
    expect(outcomes.map((outcome: { commandId: string }) => outcome.commandId)).toEqual(
      commands.map(({ id }) => id),
    );
    expect(outcomes).toMatchObject([
      { status: 'committed', replayed: false, lines: [{ line: 1 }, { line: 2 }] },
      { status: 'rejected', problem: { type: '/problems/insufficient-stock', status: 409 } },
      {
        status: 'rejected',
        problem: { type: '/problems/invalid-request', errors: [{ path: 'lines.1.item' }] },
        lines: [{ status: 'rejected' }, { status: 'rejected' }],
      },
      { status: 'committed', replayed: false },
      { status: 'committed', replayed: true },
      { status: 'rejected', problem: { type: '/problems/command-id-reused', status: 422 } },
      { status: 'committed' },
    ]);
    const again = await house('POST /v1/movements/bulk', { commands: [commands[0]] });
    expect(again.body.outcomes[0]).toEqual({ ...outcomes[0], replayed: true });
  });

  it('answers a command that the ledger cannot hold, and its neighbours all the same', async () => {
    const huge = await item({ baseUnit: 'kg', quantityScale: 3 });
    const line = { kind: 'receipt', item: huge, quantity: '1000000000000', to: 'B1' };
    const thousand = Array.from({ length: 1000 }, () => line);
    for (let i = 0; i < 9; i += 1) expect((await post(thousand)).status).toBe(201);
    const id = () => world.fresh()['idempotency-key'];
    const commands = [
      { id: id(), lines: [move('1')] },
      { id: id(), lines: thousand },
      { id: id(), lines: [{ ...move('1'), item: huge }] },
    ];
    const { status, body } = await house('POST /v1/movements/bulk', { commands });
    expect(status).toBe(200);
    expect(body.outcomes).toMatchObject([
      { status: 'committed' },
      { status: 'rejected', problem: { type: '/problems/posting-failed' } },
      { status: 'committed' },
    ]);
  });

  it('posts the parts of a command over several journals, each as a whole', async () => {
    const skus = await Promise.all(Array.from({ length: 4 }, () => item()));
    for (const each of skus) await receive(each, '5');
    const lines = skus.map((each, i) => ({ ...move(i === 3 ? '6' : '1'), item: each }));
    const key = world.fresh();
    const { status, body } = await house('POST /v1/movements', { lines }, key);
    expect([status, body.status]).toEqual([201, 'partial']);
    expect(body.lines.map((line: { line: number }) => line.line)).toEqual([1, 2, 3, 4]);
    expect(body.lines[3]).toMatchObject({
      status: 'rejected',
      problem: { type: '/problems/insufficient-stock', line: 4, item: skus[3] },
    });
    const asked = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(asked.body).toMatchObject({ status: 'partial', replayed: false });
    const shown = asked.body.lines.map((line: { line: number; status: string; id?: string }) => [
      line.line,
      line.status,
      line.id,
    ]);
    const posted = body.lines.map((line: { line: number; status: string; id?: string }) => [
      line.line,
      line.status,
      line.id,
    ]);
    expect(shown).toEqual(posted);
    expect(asked.body.lines[3].problem).toMatchObject({ outcome: 'not-posted' });
    await receive(skus[3]!, '1');
    const again = await house('POST /v1/movements', { lines }, key);
    expect(again.body.status).toBe('committed');
    const whole = await house(`GET /v1/commands/${key['idempotency-key']}`);
    expect(whole.body.status).toBe('committed');
    for (const line of body.lines.filter(
      (each: { status: string }) => each.status === 'committed',
    )) {
      expect(again.body.lines).toContainEqual(line);
    }
  });
});

describe('text that no code holds', () => {
  it.each(['\u0000', 'a\u0000b', '\ud800', '\u001f'])(
    '%j is a wrong field everywhere',
    async (bad) => {
      const line = move('1');
      const reservation = { item: sku, quantity: '1', site: 'N' };
      const bodies: [string, object][] = [
        ...['item', 'from', 'owner', 'lot'].map((field): [string, object] => [
          'POST /v1/movements',
          { lines: [{ ...line, [field]: bad }] },
        ]),
        ['POST /v1/movements', { lines: [{ ...line, serials: [bad] }] }],
        ['POST /v1/movements', { lines: [{ ...line, from: { location: 'B1', lpn: bad } }] }],
        ['POST /v1/movements', { lines: [{ ...line, document: { type: bad, number: '1' } }] }],
        ['POST /v1/movements', { lines: [line], device: bad }],
        ['POST /v1/reservations', { lines: [{ ...reservation, site: bad }] }],
        ['POST /v1/handling-units', { lpn: bad, type: 'tote', location: 'B1' }],
        ['POST /v1/handling-units/X/move', { to: bad }],
      ];
      for (const [request, body] of bodies) {
        const answer = await world.command(request, body);
        expect(answer.status, `${request} ${JSON.stringify(body)}`).toBe(400);
      }
      const path = encodeURIComponent(bad.replace('\ud800', '\u0001'));
      for (const request of [
        `GET /v1/handling-units/${path}`,
        `GET /v1/handling-units?location=${path}`,
        `POST /v1/items/${path}/standard-cost`,
      ]) {
        const answer = await world.command(
          request,
          request[0] === 'P' ? { unitCost: '1' } : undefined,
        );
        expect([400, 404], request).toContain(answer.status);
      }
    },
  );

  it('dates before the calendar and costs beyond reason are wrong fields too', async () => {
    const lots = await item({ tracksLot: true });
    const receipt = { kind: 'receipt', item: lots, quantity: '1', to: 'B1', lot: 'L' };
    for (const wrong of [
      { expiresOn: '0000-01-01' },
      { manufacturedOn: '0000-12-31' },
      { occurredAt: '0000-01-01T00:00:00Z' },
      { unitCost: '9999999999999', quantity: '9999999999999' },
      { value: '9999999999999.999' },
    ]) {
      expect((await post([{ ...receipt, ...wrong }])).status, JSON.stringify(wrong)).toBe(400);
    }
    const late = { amount: '9999999999999.99' };
    const id = await receive(await item(), '1');
    expect((await world.command(`POST /v1/movements/${id}/revalue`, late)).status).toBe(201);
  });
});

it('every way to refuse is a declared problem', () => {
  const declared = problemTypes().map(({ name }) => name);
  expect(declared).toEqual(expect.arrayContaining(Object.keys(REFUSALS)));
});
