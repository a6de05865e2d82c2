import { describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/context.ts';
import { createLedgerWorld } from '../../test/support/ledger-world.ts';
import { emitBookings } from '../platform/bookings.ts';
import { writeAs } from '../platform/database.ts';
import { verifyBooks } from './verify/verify.ts';

const world = await createLedgerWorld();
const { house, command } = world;
const context = testContext(world.database);
const item = await world.item();
await world.receive(item, '100', 'B1', { value: '500.00', occurredAt: '2026-01-10T08:00:00Z' });

const close = (period: string, acknowledge: readonly string[] = ['grni']) =>
  command(`POST /v1/books/periods/${period}/close`, { acknowledge });
const reopen = (period: string) =>
  command(`POST /v1/books/periods/${period}/reopen`, { reason: 'A bill was forgotten' });

async function ship(quantity: string, occurredAt: string): Promise<string> {
  const line = { kind: 'shipment', item, quantity, from: 'B1', occurredAt };
  const [posted] = await world.posted(line);
  return posted.id;
}

async function rowOf(id: string) {
  const { body } = await house('GET /v1/books/accounts/5000/statement?limit=1000');
  return body.items.find((row: { id: string }) => row.id === id);
}

describe('a period', () => {
  it('is held open by what nobody has seen', async () => {
    const refused = await close('2026-01', []);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ type: '/problems/close-refused', open: ['grni'] });
    const items: { code: string; status: string; figures: object }[] = refused.body.checklist;
    expect(items.find(({ code }) => code === 'grni')).toMatchObject({
      status: 'warning',
      figures: { 2100: '-500.00' },
    });
    const seen = await house('GET /v1/books/periods/2026-01/checklist');
    expect(seen.body.items).toEqual(items);
  });

  it('is held open by money in suspense, whatever is acknowledged', async () => {
    const lines = [
      { account: '1990', debit: '1.00' },
      { account: '1000', credit: '1.00' },
    ];
    const odd = { description: 'What is it?', bookedOn: '2026-01-20', lines };
    const { body: entry } = await command('POST /v1/books/entries', odd);
    const refused = await close('2026-01', ['grni', 'suspense']);
    expect(refused.body.open).toEqual(['suspense']);
    const bookedOn = { bookedOn: '2026-01-25' };
    await command(`POST /v1/books/entries/${entry.entry}/reverse`, bookedOn);
    const checked = await house('GET /v1/books/periods/2026-01/checklist');
    const waiting = checked.body.items.filter(({ status }: { status: string }) => status !== 'ok');
    expect(waiting.map(({ code }: { code: string }) => code)).toEqual(['grni']);
  });

  it('tells of steps of documents that wait to be finished', async () => {
    await world.admin.query(
      `INSERT INTO inbound.operation VALUES
         ('purchase_order', 'PO-7', 'receive 1', 1, 'open', NULL, now() - interval '1 hour'),
         ('purchase_order', 'PO-8', 'receive 1', 1, 'open', NULL, now()),
         ('purchase_order', 'PO-9', 'receive 1', 1, 'done', NULL, now() - interval '1 hour')`,
    );
    const { body } = await house('GET /v1/books/periods/2026-01/checklist');
    expect(body.items.find(({ code }: { code: string }) => code === 'steps')).toMatchObject({
      status: 'warning',
      figures: { steps: 1 },
      examples: ['purchase_order PO-7'],
    });
    await world.admin.query('DELETE FROM inbound.operation');
  });

  it('closes after those before it, and not before it is over', async () => {
    await ship('1', '2026-02-10T08:00:00Z');
    const refused = await close('2026-02');
    expect(refused.body).toMatchObject({
      type: '/problems/period-out-of-order',
      first: '2026-01',
    });
    const current = new Date().toISOString().slice(0, 7);
    expect((await close('2026-01')).status).toBe(200);
    const early = await close(current);
    expect(early.status).toBe(409);
    expect((await close('2026-01')).body.type).toBe('/problems/period-closed');
    expect((await close('2026-02')).status).toBe(200);
    expect((await close('1850-02')).status).toBe(404);
  });

  it('takes nothing more once it is closed; late facts keep when they occurred', async () => {
    const id = await ship('2', '2026-01-15T10:00:00Z');
    expect(await rowOf(id)).toMatchObject({
      bookedOn: '2026-03-01',
      occurredAt: '2026-01-15T10:00:00.000Z',
    });
    const at = new Date('2026-02-03T10:00:00Z');
    const line = { amount: 100n, documentAmount: 100n };
    const booking = {
      ...{ kind: 'sale', document: { type: 'sales_order', number: 'L-1' }, currency: 'EUR' },
      ...{ rate: '1', description: 'Late', occurredAt: at },
      lines: [
        { role: 'receivable' as const, ...line },
        { role: 'revenue' as const, amount: -100n, documentAmount: -100n },
      ],
    };
    await writeAs(world.database, 'house', (tx) =>
      emitBookings(tx, [booking], { actorId: 1, at: new Date() }),
    );
    const { body } = await house('GET /v1/books/entries?documentNumber=L-1');
    expect(body.items[0]).toMatchObject({
      bookedOn: '2026-03-01',
      period: '2026-03',
      occurredAt: at.toISOString(),
    });
    const lines = [
      { account: '6000', debit: '1.00' },
      { account: '1000', credit: '1.00' },
    ];
    const late = { description: 'x', bookedOn: '2026-02-28', lines };
    const refused = await command('POST /v1/books/entries', late);
    expect(refused.status).toBe(409);
    expect(refused.body).toMatchObject({ period: '2026-02', openFrom: '2026-03-01' });
    expect((await verifyBooks(context)).findings).toEqual([]);
  });

  it('reopens from the last, under audit, and takes facts of its days again', async () => {
    expect((await reopen('2026-01')).body).toMatchObject({ first: '2026-02' });
    expect((await reopen('2026-02')).status).toBe(200);
    const id = await ship('1', '2026-02-20T10:00:00Z');
    expect((await rowOf(id)).bookedOn).toBe('2026-02-20');
    const older = await ship('1', '2026-01-20T10:00:00Z');
    expect((await rowOf(older)).bookedOn).toBe('2026-02-01');
    const { body } = await house('GET /v1/books/periods');
    const of = (code: string) =>
      body.items.find(({ period }: { period: string }) => period === code);
    expect([of('2026-01').state, of('2026-02').state]).toEqual(['closed', 'open']);
    expect(of('2026-02').changes).toMatchObject([
      { action: 'closed', actor: 'house', reason: null },
      { action: 'reopened', actor: 'house', reason: 'A bill was forgotten' },
    ]);
    expect((await close('2026-02')).status).toBe(200);
    expect((await verifyBooks(context)).findings).toEqual([]);
  });

  it('says what it said when it was closed, or the verification tells', async () => {
    const shift = (days: number) => `UPDATE accounting.entry_total
      SET booked_on = booked_on + ${days} WHERE account_id = 1`;
    await world.admin.query(shift(90));
    const { findings } = await verifyBooks(context);
    await world.admin.query(shift(-90));
    expect(findings.map(({ kind }) => kind)).toContain('entry-total');
    const totals = `UPDATE accounting.period_change SET totals = jsonb_set(totals, '{18,0}',
      to_jsonb(((totals->'18'->>0)::bigint + $1)::text)) WHERE period = '2026-02'`;
    await world.admin.query(totals, [1]);
    const changed = await verifyBooks(context);
    await world.admin.query(totals, [-1]);
    expect(changed.findings.map(({ kind, id }) => `${kind}: ${id}`)).toEqual([
      'closed-period: period 2026-02 account 18',
    ]);
  });
});

it('one key closes once', async () => {
  const key = world.fresh();
  const url = 'POST /v1/books/periods/2026-03/close';
  const first = await house(url, { acknowledge: ['grni'] }, key);
  expect(first.status, first.text).toBe(200);
  const again = await house(url, { acknowledge: ['grni'] }, key);
  expect(again.body).toEqual(first.body);
  const { body } = await house('GET /v1/books/periods?limit=1000');
  const march = body.items.find(({ period }: { period: string }) => period === '2026-03');
  expect(march.changes).toHaveLength(1);
});
