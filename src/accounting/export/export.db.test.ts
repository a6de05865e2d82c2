import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../../../test/support/context.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { randomLedger } from '../../../test/support/random-ledger.ts';
import { type Booking, type BookingLine, emitBookings } from '../../platform/bookings.ts';
import { writeAs } from '../../platform/database.ts';
import { readTrialBalance } from '../reports/statements.read.ts';
import { type ExportQuery, exportBooks } from './export.ts';

const world = await createLedgerWorld();
const context = testContext(world.database, { config: { currency: 'EUR' } });
const folder = mkdtempSync(join(tmpdir(), 'onhand-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether a program is there. CI installs both; elsewhere its tests say that they were skipped. */
function has(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}
const hledger = has('hledger');
const ledger = has('ledger');

/** Text that a journal could trip over. */
const NASTY = [
  'plain',
  'a) b (c',
  'x;y | z',
  ' two  spaces\n and lines',
  'ünï \u{1F4E6} “q”',
  '= 5',
];

function sale(i: number): Booking {
  const text = NASTY[i % NASTY.length]!;
  const net = BigInt(1000 + i * 37);
  const tax = net / 5n;
  const line = (role: BookingLine['role'], amount: bigint, more: Partial<BookingLine> = {}) => ({
    ...{ role, amount, documentAmount: amount * 2n, channel: 'web' },
    ...more,
  });
  return {
    kind: 'sale',
    document: { type: 'sales_order', number: `${text.replace('\n', '')} ${i}` },
    party: i % 5 === 0 ? undefined : text,
    currency: i % 3 === 0 ? 'USD' : 'EUR',
    rate: i % 3 === 0 ? '0.5' : '1',
    description: text,
    occurredAt: new Date(Date.UTC(2026, 7 + (i % 4), 1 + (i % 27), 12)),
    lines: [
      line('receivable', net + tax),
      line('revenue', -net, { site: i % 2 === 0 ? 'N' : 'S', description: text }),
      line('sales_tax', -tax),
    ],
  };
}

beforeAll(async () => {
  await world.owner('SELLER');
  await randomLedger(world, 5, 400);
  // Accounts whose names would be read as others, or end too soon.
  await world.admin.query(
    `INSERT INTO accounting.account (code, name, type) VALUES
       ('a:b', 'Same;name', 'expense'), ('a-b', 'Same,name', 'expense')`,
  );
  await world.admin.query(
    `UPDATE accounting.account SET name = 'Revenue:  gross (net)' WHERE code = '4000'`,
  );
  const bookings = Array.from({ length: 60 }, (_, i) => sale(i));
  await writeAs(world.database, 'house', (tx) =>
    emitBookings(tx, bookings, { actorId: 1, at: new Date() }),
  );
}, 120_000);

async function exported(query: ExportQuery): Promise<string> {
  const parts: string[] = [];
  for await (const part of exportBooks(context, query)) parts.push(part);
  return parts.join('');
}

function fileOf(text: string, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Closing balance of each account by code, in text such as `12.00`; zeros are left out. */
async function ours(through?: string): Promise<Map<string, string>> {
  const { rows } = await readTrialBalance(context, { through });
  const sums = new Map<string, bigint>();
  for (const { code, closing } of rows) sums.set(code, (sums.get(code) ?? 0n) + closing);
  return new Map(
    [...sums]
      .filter(([, sum]) => sum !== 0n)
      .map(([code, sum]) => [code, (Number(sum) / 100).toFixed(2)]),
  );
}

const codeOf = (account: string): string => account.split(':')[1]!.split(' ')[0]!;

function theirs(rows: readonly (readonly [string, string])[]): Map<string, string> {
  const sums = new Map<string, number>();
  for (const [account, amount] of rows) {
    const cents = Math.round(Number(amount.replace(/ ?EUR/, '')) * 100);
    sums.set(codeOf(account), (sums.get(codeOf(account)) ?? 0) + cents);
  }
  return new Map(
    [...sums]
      .filter(([, cents]) => cents !== 0)
      .map(([code, cents]) => [code, (cents / 100).toFixed(2)]),
  );
}

function hledgerBalances(path: string): Map<string, string> {
  const text = execFileSync('hledger', ['-f', path, 'bal', '--flat', '-N', '-E', '-O', 'csv'], {
    encoding: 'utf8',
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
  });
  const rows = text.trim().split('\n').slice(1);
  return theirs(rows.map((row) => row.slice(1, -1).split('","') as [string, string]));
}

function ledgerBalances(path: string): Map<string, string> {
  const format = ['--flat', '--no-total', '--balance-format', '%(account)\t%(display_total)\n'];
  const text = execFileSync('ledger', ['-f', path, 'bal', ...format], { encoding: 'utf8' });
  const rows = text.trim().split('\n');
  return theirs(rows.map((row) => row.split('\t').map((cell) => cell.trim()) as [string, string]));
}

const VARIANTS = [
  { name: 'by document', each: false, bySite: false },
  { name: 'by movement and site', each: true, bySite: true },
];

describe.each(VARIANTS)('the journal $name', ({ each, bySite }) => {
  it.skipIf(!hledger)('is checked by hledger, which agrees with our trial balance', async () => {
    const path = fileOf(await exported({ format: 'hledger', each, bySite }), 'all.journal');
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const check = spawnSync('hledger', ['-f', path, 'check', '--strict'], { env });
    expect(check.stderr.toString()).toBe('');
    expect(check.status).toBe(0);
    const wanted = await ours();
    expect(wanted.size).toBeGreaterThan(8);
    expect(hledgerBalances(path)).toEqual(wanted);
  });

  it.skipIf(!ledger)('is read by Ledger, which agrees with our trial balance', async () => {
    const path = fileOf(await exported({ format: 'ledger', each, bySite }), 'all.ledger');
    const check = spawnSync('ledger', ['-f', path, '--pedantic', 'bal']);
    expect(check.stderr.toString()).toBe('');
    expect(check.status).toBe(0);
    expect(ledgerBalances(path)).toEqual(await ours());
  });
});

describe('a range of days', () => {
  it.skipIf(!hledger)('opens with what was there before, for hledger', async () => {
    const query = { format: 'hledger', from: '2026-09-15', to: '2026-10-20' } as const;
    const text = await exported(query);
    const path = fileOf(text, 'range.journal');
    expect(hledgerBalances(path)).toEqual(await ours('2026-10-20'));
    expect(text).toContain('2026-09-15 * (opening)');
    expect(text).toContain('Balances of 2026-09 up to 2026-09-');
    expect(text).not.toMatch(/^2026-(08|11)/m);
  });

  it.skipIf(!hledger)('is refused by hledger when a sum is not ours', async () => {
    const text = await exported({ format: 'hledger' });
    const wrong = text.replace(/= (-?\d+)\.(\d\d) EUR/, '= 1$1.$2 EUR');
    expect(wrong).not.toBe(text);
    const check = spawnSync('hledger', ['-f', fileOf(wrong, 'wrong.journal'), 'check']);
    expect(check.status).not.toBe(0);
  });

  it.skipIf(!ledger)('is refused by Ledger when a sum is not ours', async () => {
    const text = await exported({ format: 'ledger' });
    const wrong = text.replace(/= (-?\d+)\.(\d\d) EUR/, '= 1$1.$2 EUR');
    const check = spawnSync('ledger', ['-f', fileOf(wrong, 'wrong.ledger'), 'bal']);
    expect(check.status).not.toBe(0);
  });

  it('has nothing but accounts where nothing was booked', async () => {
    const text = await exported({ format: 'hledger', to: '2000-01-01' });
    expect(text).toContain('account Assets:1300 Inventory');
    expect(text).not.toMatch(/^\d{4}/m);
    expect(await exported({ format: 'csv', to: '2000-01-01' })).toMatch(/^day,source[^\n]+\r\n$/);
  });
});

describe('the CSV', () => {
  it('has debits equal to credits and equal to the trial balance', async () => {
    const text = await exported({ format: 'csv', each: true });
    const { parse } = await import('csv-parse/sync');
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    const sums = new Map<string, number>();
    for (const { account = '', debit = '', credit = '' } of rows) {
      const cents = Math.round(Number(debit || 0) * 100) - Math.round(Number(credit || 0) * 100);
      sums.set(account, (sums.get(account) ?? 0) + cents);
    }
    const found = [...sums].filter(([, cents]) => cents !== 0);
    expect(new Map(found.map(([code, cents]) => [code, (cents / 100).toFixed(2)]))).toEqual(
      await ours(),
    );
    expect([...sums.values()].reduce((sum, cents) => sum + cents, 0)).toBe(0);
    expect(rows.find(({ party }) => party === 'a) b (c')).toBeDefined();
  });

  it('gives its connection back when the reader stops early', async () => {
    for (let i = 0; i < 20; i += 1) {
      for await (const _part of exportBooks(context, { format: 'csv' })) break;
    }
    expect((await exported({ format: 'csv' })).length).toBeGreaterThan(1000);
  });
});
