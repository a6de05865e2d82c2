import { describe, expect, it } from 'vitest';
import { testContext } from '../../test/support/context.ts';
import { createLedgerWorld } from '../../test/support/ledger-world.ts';
import { type BookingLine, emitBookings } from '../platform/bookings.ts';
import { writeAs } from '../platform/database.ts';
import { verifyBooks } from './verify/verify.ts';

const world = await createLedgerWorld();
const { house, command } = world;
const context = testContext(world.database);

interface Row {
  readonly id: string;
  readonly debit: string | null;
  readonly credit: string | null;
  readonly balance: string;
}

async function statement(account: string, query = ''): Promise<Row[]> {
  const { status, body, text } = await house(
    `GET /v1/books/accounts/${account}/statement?limit=1000${query}`,
  );
  expect(status, text).toBe(200);
  return body.items;
}

const balance = async (account: string) => (await statement(account)).at(-1)?.balance ?? '0.00';

async function emitSale(amount: bigint, channel: string, number: string): Promise<void> {
  const line = (role: BookingLine['role'], sum: bigint): BookingLine => ({
    ...{ role, amount: sum, documentAmount: sum, channel, site: 'N' },
  });
  const at = new Date();
  const booking = {
    kind: 'sale',
    document: { type: 'sales_order', number },
    ...{ party: 'C-1', currency: 'EUR', rate: '1', description: 'Sale', occurredAt: at },
    lines: [line('receivable', amount), line('revenue', -amount)],
  };
  await writeAs(world.database, 'house', (tx) => emitBookings(tx, [booking], { actorId: 1, at }));
}

describe('a life of goods', () => {
  it('is booked by the movements themselves, with every account told', async () => {
    const item = await world.item({ costMethod: 'fifo' });
    const received = await world.receive(item, '10', 'B1', { unitCost: '2.50' });
    await world.posted({ kind: 'shipment', item, quantity: '4', from: 'B1' });
    await world.posted({
      ...{ kind: 'adjustment', item, quantity: '1', from: 'B1', reason: 'damage' },
    });
    await world.posted({ kind: 'count', item, quantity: '4', from: 'B1' });
    const freight = { amount: '1.00', reason: 'landed_cost' };
    const late = await command(`POST /v1/movements/${received}/revalue`, freight);
    expect(late.status, late.text).toBeLessThan(300);
    const rows = await statement('2100');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      ...{ source: 'movement', id: received, kind: 'receipt', credit: '25.00', debit: null },
      ...{ item, counterAccount: '1300', site: 'N', balance: '-25.00' },
    });
    // Four were sold, one broke, one is missing: the freight follows them.
    expect(await balance('5000')).toBe('10.40');
    expect(await balance('5210')).toBe('2.60');
    expect(await balance('5200')).toBe('2.60');
    expect(await balance('2150')).toBe('-1.00');
    expect(await balance('1300')).toBe('10.40');
    expect((await verifyBooks(context)).findings).toEqual([]);
  });

  it('of a reversal takes out of an account what the original brought in', async () => {
    const item = await world.item();
    await world.receive(item, '3', 'B1', { value: '9.00' });
    const before = await balance('5000');
    const [sold] = await world.posted({ kind: 'shipment', item, quantity: '1', from: 'B1' });
    expect(await balance('5000')).not.toBe(before);
    await command(`POST /v1/movements/${sold.id}/reverse`, {});
    expect(await balance('5000')).toBe(before);
  });
});

describe('a statement', () => {
  it('pages through one moment, whatever is booked meanwhile', async () => {
    const item = await world.item();
    for (let i = 0; i < 5; i += 1) await world.receive(item, '1', 'B1', { value: `${i + 1}.00` });
    const all = await statement('2100');
    const pages: Row[] = [];
    let cursor = '';
    do {
      const { body } = await house(`GET /v1/books/accounts/2100/statement?limit=2${cursor}`);
      pages.push(...body.items);
      cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
      await world.receive(item, '1', 'B1', { value: '100.00' });
    } while (cursor !== '');
    expect(pages).toEqual(all);
  });

  it('begins with what was there before', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const item = await world.item();
    const occurredAt = '2026-01-15T12:00:00Z';
    await world.receive(item, '1', 'C1', { value: '7.00', occurredAt });
    const url = `GET /v1/books/accounts/1300/statement?site=S&from=${today}`;
    expect((await house(url)).body).toMatchObject({ opening: '7.00', items: [] });
    const old = await house('GET /v1/books/accounts/1300/statement?site=S&through=2026-01-31');
    expect(old.body.items).toMatchObject([{ bookedOn: '2026-01-15', balance: '7.00' }]);
  });
});

describe('posting rules', () => {
  it('send what is booked from now on elsewhere, and leave the past', async () => {
    await emitSale(1000n, 'web', 'W-1');
    expect(await balance('4000')).toBe('-10.00');
    const account = { code: '4010', name: 'Web shop', type: 'revenue', purpose: 'revenue' };
    expect((await command('POST /v1/books/accounts', account)).status).toBe(201);
    const rule = { code: 'web', side: 'booking', role: 'revenue', channel: 'web' };
    const made = await command('POST /v1/books/posting-rules', { ...rule, account: '4010' });
    expect(made.status, made.text).toBe(201);
    await emitSale(500n, 'web', 'W-2');
    await emitSale(300n, 'store', 'S-1');
    expect([await balance('4000'), await balance('4010')]).toEqual(['-13.00', '-5.00']);
    const off = await house('POST /v1/books/posting-rules/web/deactivate');
    expect(off.status, off.text).toBe(200);
    await emitSale(200n, 'web', 'W-3');
    expect([await balance('4000'), await balance('4010')]).toEqual(['-15.00', '-5.00']);
    expect((await verifyBooks(context)).findings).toEqual([]);
    const audit = await world.admin.query(
      `SELECT p.note, k.name FROM accounting.policy p
       JOIN platform.principal k ON k.principal_id = p.actor_id
       WHERE p.action = 'rules_changed' ORDER BY p.version`,
    );
    expect(audit.rows).toEqual([
      { note: 'web', name: 'house' },
      { note: 'web', name: 'house' },
    ]);
  });

  it('choose by site and reason, too', async () => {
    const accounts = [
      { code: '5010', name: 'COGS of S', type: 'expense', purpose: 'cogs' },
      { code: '1310', name: 'Inventory of S', type: 'asset', purpose: 'inventory' },
    ];
    for (const account of accounts) await command('POST /v1/books/accounts', account);
    const rules = [
      { code: 'cogs-s', side: 'customer', site: 'S', account: '5010' },
      { code: 'pool-s', side: 'pool', site: 'S', account: '1310' },
    ];
    for (const rule of rules) {
      const { status, text } = await command('POST /v1/books/posting-rules', rule);
      expect(status, text).toBe(201);
    }
    const item = await world.item();
    await world.receive(item, '2', 'C1', { value: '8.00' });
    await world.posted({ kind: 'shipment', item, quantity: '1', from: 'C1' });
    expect([await balance('1310'), await balance('5010')]).toEqual(['4.00', '4.00']);
    // What was booked before the rule is moved by hand, from one account of stock to another.
    const move = (site: string) => ({
      description: 'Inventory of S gets its own account',
      lines: [
        { account: '1310', debit: '7.00', site },
        { account: '1300', credit: '7.00', site: 'S' },
      ],
    });
    expect((await command('POST /v1/books/entries', move('N'))).status).toBe(400);
    expect((await command('POST /v1/books/entries', move('S'))).status).toBe(201);
    expect(await balance('1310')).toBe('11.00');
    expect((await verifyBooks(context)).findings).toEqual([]);
  });

  it('that can never hold, or mix stock with other money, are refused', async () => {
    const cases = [
      [{ side: 'booking', account: '4000', location: 'ADJ-COUNT' }, 'location'],
      [{ side: 'customer', account: '5000', role: 'revenue' }, 'role'],
      [{ side: 'pool', account: '1300', movementKind: 'receipt' }, 'movementKind'],
      [{ side: 'customer', account: '1300' }, 'account'],
      [{ side: 'pool', account: '5000' }, 'account'],
      [{ side: 'adjustment', account: '5200', location: 'CUSTOMER' }, 'location'],
    ] as const;
    for (const [rule, field] of cases) {
      const answer = await command('POST /v1/books/posting-rules', { code: 'bad', ...rule });
      expect(answer.status, answer.text).toBe(400);
      const paths = answer.body.errors.map(({ path }: { path: string }) => path);
      expect(paths).toContain(`body.${field}`);
    }
    const used = await house('POST /v1/books/accounts/5000/deactivate');
    expect(used.status).toBe(400);
    expect((await house('POST /v1/books/accounts/1990/deactivate')).status).toBe(400);
  });
});

describe('an entry by hand', () => {
  const lines = [
    { account: '6000', debit: '12.34', site: 'N', description: 'Rent' },
    { account: '1000', credit: '12.34' },
  ];

  it('is booked once, and once reversed', async () => {
    const key = world.fresh();
    const body = { description: 'Rent of November', lines };
    const first = await house('POST /v1/books/entries', body, key);
    expect(first.status, first.text).toBe(201);
    const again = await house('POST /v1/books/entries', body, key);
    expect(again.body).toEqual(first.body);
    expect((await house('POST /v1/books/entries', { ...body, lines: [] }, key)).status).toBe(400);
    const other = await house('POST /v1/books/entries', { ...body, description: 'No' }, key);
    expect(other.status).toBe(422);
    const { entry } = first.body;
    expect(first.body).toMatchObject({ source: 'manual', kind: 'manual', reversedBy: null });
    expect(first.body.lines[0]).toMatchObject({ account: '6000', debit: '12.34', site: 'N' });
    const reversed = await command(`POST /v1/books/entries/${entry}/reverse`, { reason: 'Twice' });
    expect(reversed.body).toMatchObject({ kind: 'reversal', reverses: entry });
    expect((await house(`GET /v1/books/entries/${entry}`)).body.reversedBy).toBe(
      reversed.body.entry,
    );
    expect((await command(`POST /v1/books/entries/${entry}/reverse`, {})).status).toBe(409);
    const more = await command(`POST /v1/books/entries/${reversed.body.entry}/reverse`, {});
    expect(more.body.type).toBe('/problems/entry-not-reversible');
    expect(await balance('6000')).toBe('0.00');
  });

  it('in another currency is converted, and rounding told', async () => {
    const rate = { currency: 'USD', validOn: '2026-01-01', rate: '0.9333' };
    await house('POST /v1/exchange-rates', rate);
    const body = {
      description: 'Fees',
      currency: 'USD',
      lines: [
        { account: '6000', debit: '0.05' },
        { account: '6900', debit: '0.05' },
        { account: '1000', credit: '0.10' },
      ],
    };
    const { status, body: entry, text } = await command('POST /v1/books/entries', body);
    expect(status, text).toBe(201);
    expect(entry.rate).toBe('0.9333');
    const sums = entry.lines.map(({ account, debit, credit, documentAmount }: never) => {
      return [account, debit ?? `-${credit}`, documentAmount];
    });
    expect(sums).toEqual([
      ['6000', '0.05', '0.05'],
      ['6900', '0.05', '0.05'],
      ['1000', '-0.09', '-0.10'],
      ['6910', '-0.01', '0.00'],
    ]);
  });

  it('that is wrong is refused with every field named', async () => {
    const wrong = {
      description: 'Nonsense',
      lines: [
        { account: '9999', debit: '1.00' },
        { account: '1300', credit: '1.001', site: 'NOWHERE' },
        { account: '6000', debit: '1.00', credit: '1.00' },
      ],
    };
    const { status, body } = await command('POST /v1/books/entries', wrong);
    expect(status).toBe(400);
    const paths = body.errors.map(({ path }: { path: string }) => path.replace('body.lines.', ''));
    expect(paths).toEqual(['0.account', '1.site', '1.credit', '2.debit']);
    const off = [lines[0], { account: '1000', credit: '12.33' }];
    const unbalanced = await command('POST /v1/books/entries', { description: 'x', lines: off });
    expect(unbalanced.body.errors[0].path).toBe('body.lines');
    const stock = [
      { account: '1300', debit: '1.00', site: 'N' },
      { account: '1000', credit: '1.00' },
    ];
    const holds = await command('POST /v1/books/entries', { description: 'x', lines: stock });
    expect(holds.body.errors[0].message).toContain('only the ledger');
    const future = { description: 'x', bookedOn: '2199-01-01', lines };
    expect((await command('POST /v1/books/entries', future)).status).toBe(400);
  });

  it('of many at once leaves no gap', async () => {
    const body = { description: 'Together', lines };
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        i % 3 === 0 ? emitSale(100n, 'web', `T-${i}`) : command('POST /v1/books/entries', body),
      ),
    );
    const { body: page } = await house('GET /v1/books/entries?limit=1000');
    const numbers = page.items.map(({ entry }: { entry: string }) => Number(entry));
    expect(numbers).toEqual(numbers.map((_: number, i: number) => numbers.length - i));
    const filtered = await house('GET /v1/books/entries?kind=sale&account=4010&limit=1000');
    expect(filtered.body.items).toHaveLength(1);
    expect((await verifyBooks(context)).findings).toEqual([]);
  });
});

it('shows the books to the house alone', async () => {
  const { call } = await world.owner('SOMEBODY');
  for (const path of ['entries', 'periods', 'accounts/1300/statement', 'entries/1']) {
    expect((await call(`GET /v1/books/${path}`)).status).toBe(403);
  }
  expect((await call('GET /v1/books/accounts')).body.items).toEqual([]);
  expect((await command('POST /v1/books/entries', { description: 'x' }, call)).status).toBe(400);
});

it('is verified together with the ledger', async () => {
  const { body } = await house('POST /v1/verify', { since: 'start' });
  expect(body).toMatchObject({ ok: true, books: { ok: true, total: 0 } });
  expect(body.books.checked.entries).toBeGreaterThan(10);
});
