import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './support/database.ts';
import { startProgram } from './support/program.ts';
import { expectRetail } from './support/retail-oracle.ts';
import { root } from './support/sources.ts';

const TIMEOUT_MS = 120_000;
const SHARED = process.env.ONHAND_SHARED_DATA ?? join(root, '../shared/data');
const REGISTER = join(SHARED, 'retail/online_retail_raw_2011-11-28_12-04.csv');
const HEADER = 'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const onhand = join(root, 'bin/onhand.mjs');

const whole = await createTestDatabase();
const cut = await createTestDatabase();
const small = await createTestDatabase();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-retail-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start({ connectionString }: TestDatabase, args: readonly string[]) {
  const env = { DATABASE_URL: connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  return startProgram(process.execPath, [onhand, ...args], { env });
}

/** Runs a command to its end: its exit code, and what it printed on stdout as JSON. */
async function run(testDatabase: TestDatabase, ...args: string[]) {
  const program = start(testDatabase, ['--json', ...args]);
  const code = await program.ended;
  const text = program.stdout();
  return { code, output: program.output(), result: text === '' ? undefined : JSON.parse(text) };
}

function money(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The figures of a summary that the recomputation knows, as the summary writes them. */
function summaryOf(text: string) {
  const { linesRead, refusedLines, opening, sales, returns, closing } = expectRetail(text);
  const stock = ({ units, cost }: { units: bigint; cost: bigint }) => ({
    units: `${units}`,
    cost: money(cost),
  });
  const flow = (one: typeof sales) => ({
    lines: one.lines,
    ...stock(one),
    price: money(one.price),
  });
  return {
    read: linesRead,
    refused: refusedLines,
    opening: { items: opening.items, ...stock(opening) },
    sales: flow(sales),
    returns: { ...flow(returns), ofSale: returns.ofSale },
    in: stock({ units: opening.units + returns.units, cost: opening.cost + returns.cost }),
    out: stock(sales),
    costOfGoodsSold: money(sales.cost - returns.cost),
    closing: stock(closing),
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the summary as JSON.
function figuresOf(summary: any) {
  const { lines, refused, opening, sales, returns, costOfGoodsSold, closing } = summary;
  const { alreadyPosted: _, ...received } = opening;
  return {
    read: lines.read,
    refused: refused.lines.map(({ line }: { line: number }) => line),
    opening: received,
    sales,
    returns,
    in: summary.in,
    out: summary.out,
    costOfGoodsSold,
    closing,
  };
}

/** What the ledger itself holds, straight from its tables. */
async function ledgerOf(admin: pg.Pool) {
  const { rows } = await admin.query(`SELECT
    (SELECT count(*) FROM ledger.movement)::text AS movements,
    (SELECT count(*) FROM ledger.value_entry)::text AS "valueEntries",
    (SELECT sum(b.on_hand) FROM ledger.balance b JOIN ledger.position p
       USING (journal, position_id) WHERE p.is_real)::text AS units,
    (SELECT sum(quantity) FROM ledger.cost_pool)::text AS "pooledUnits",
    (SELECT sum(value) FROM ledger.cost_pool) AS value,
    (SELECT min(occurred_at) FROM ledger.movement) AS first,
    (SELECT max(seq) FROM ledger.journal_head)::text AS seq`);
  return rows[0];
}

describe.skipIf(!existsSync(REGISTER))("a real shop's register", { timeout: TIMEOUT_MS }, () => {
  let text: string;
  beforeAll(() => {
    text = readFileSync(REGISTER, 'utf8');
  });

  it('comes to what an independent recomputation from the CSV says', async () => {
    const { code, result } = await run(whole, 'import', 'retail', REGISTER);
    expect(code).toBe(0);
    const expected = summaryOf(text);
    expect(expected.sales.lines).toBeGreaterThan(18_000);
    expect(expected.returns.ofSale).toBeGreaterThan(40);
    expect(figuresOf(result)).toEqual(expected);
    const posted = expected.sales.lines + expected.returns.lines;
    expect(result.lines).toMatchObject({ posted, alreadyPosted: 0 });
    expect(posted + expected.refused.length).toBe(expected.read);
    expect(await ledgerOf(whole.admin)).toMatchObject({
      movements: `${posted + expected.opening.items}`,
      units: expected.closing.units,
      pooledUnits: expected.closing.units,
      value: expected.closing.cost.replace('.', ''),
      first: new Date('2011-11-28T00:00:00Z'),
    });
  });

  it('posts nothing the second time, and says the same', async () => {
    const before = await ledgerOf(whole.admin);
    const { code, result } = await run(whole, 'import', 'retail', REGISTER);
    expect(code).toBe(0);
    expect(await ledgerOf(whole.admin)).toEqual(before);
    const expected = summaryOf(text);
    const alreadyPosted = expected.sales.lines + expected.returns.lines;
    expect(result.lines).toMatchObject({ posted: 0, alreadyPosted });
    expect(figuresOf(result)).toEqual(expected);
  });

  it('leaves a ledger that verifies', async () => {
    const { code, result } = await run(whole, 'verify');
    expect(code).toBe(0);
    const { sales, returns, opening } = summaryOf(text);
    const movements = sales.lines + returns.lines + opening.items;
    expect(result).toMatchObject({ ok: true, total: 0, checked: { movements } });
  });

  it('is refused at another cost share once it is posted, and nothing is posted', async () => {
    const before = await ledgerOf(whole.admin);
    const { code, output } = await run(whole, 'import', 'retail', REGISTER, '--cost-share', '0.6');
    expect(code).toBe(3);
    expect(output).toContain('imported before with another --cost-share');
    expect(await ledgerOf(whole.admin)).toEqual(before);
  });

  it('is finished by a second run when the first one is killed half-way', async () => {
    const program = start(cut, ['import', 'retail', REGISTER]);
    await expect
      .poll(async () => Number((await ledgerOf(cut.admin)).movements), {
        timeout: 60_000,
        interval: 20,
      })
      .toBeGreaterThan(5_000);
    program.child.kill('SIGKILL');
    await program.ended;
    const half = Number((await ledgerOf(cut.admin)).movements);
    const expected = summaryOf(text);
    const lines = expected.sales.lines + expected.returns.lines;
    expect(half).toBeLessThan(lines);
    const { code, result } = await run(cut, 'import', 'retail', REGISTER);
    expect(code).toBe(0);
    expect(figuresOf(result)).toEqual(expected);
    expect(result.lines.alreadyPosted).toBeGreaterThanOrEqual(half - expected.opening.items);
    expect(result.lines.posted + result.lines.alreadyPosted).toBe(lines);
    const { movements, value } = await ledgerOf(cut.admin);
    expect(movements).toBe(`${lines + expected.opening.items}`);
    expect(value).toBe(expected.closing.cost.replace('.', ''));
    expect((await run(cut, 'verify')).code).toBe(0);
  });
});

describe('a register with bad lines', { timeout: TIMEOUT_MS }, () => {
  const lines = [
    '1,22222,10,2011-11-28 10:00:00,2.00,7,United Kingdom',
    '1,POST,1,2011-11-28 10:00:00,18.00,7,United Kingdom',
    'C2,22222,-3,2011-11-28 11:00:00,2.00,7,United Kingdom',
    '3,22223,0,2011-11-28 11:30:00,1.00,7,United Kingdom',
    HEADER,
    '4,22223,2,2011-11-28,1.00,7,United Kingdom',
    '5,22223,1,2011-11-28 12:00:00,0,,"Korea, Republic of"',
    '6,22223,1,2011-11-28 12:00:00,1.00',
    'C7,22224,-2,2011-11-28 12:10:00,5.00,9,France',
  ];

  it('posts the good ones, names the bad ones and writes them to a file', async () => {
    const path = join(folder, 'bad.csv');
    const refusedPath = join(folder, 'refused.csv');
    writeFileSync(path, [HEADER, ...lines].join('\r\n'));
    const args = ['import', 'retail', path, '--refused', refusedPath, '--cost-share', '0.25'];
    const { code, result } = await run(small, ...args);
    expect(code).toBe(0);
    expect(result.lines).toEqual({ read: 9, posted: 3, alreadyPosted: 0, refused: 6 });
    const refused = result.refused.lines.map((one: { line: number; reason: string }) => [
      one.line,
      one.reason,
    ]);
    expect(refused).toEqual([
      [3, 'non-item-code'],
      [5, 'zero-quantity'],
      [6, 'repeated-header'],
      [7, 'invalid-date'],
      [8, 'price-not-positive'],
      [9, 'column-count'],
    ]);
    // 10 at 0.50; 3 of them come back at what they cost; 2 of 22224, never sold, at 1.25.
    expect(result).toMatchObject({
      opening: { items: 1, units: '10', cost: '5.00' },
      costOfGoodsSold: '1.00',
      returns: { units: '5', cost: '4.00', ofSale: 1 },
      closing: { units: '5', cost: '4.00' },
    });
    const written = readFileSync(refusedPath, 'utf8').split('\r\n');
    expect(written).toHaveLength(8);
    expect(written[0]).toBe(`line,reason,detail,${HEADER}`);
    expect(written[5]).toContain('8,price-not-positive,UnitPrice is 0,5,22223');
    expect(written[5]).toContain('"Korea, Republic of"');
  });

  it.each([
    ['is not there', 'none.csv', undefined, 2, 'cannot be read (ENOENT)'],
    ['has other columns', 'other.csv', 'a,b\n1,2', 3, 'lacks InvoiceNo'],
  ])('a file that %s is named', async (_name, file, content, expectedCode, words) => {
    const path = join(folder, file);
    if (content !== undefined) writeFileSync(path, content);
    const { code, output } = await run(small, 'import', 'retail', path);
    expect(code).toBe(expectedCode);
    expect(output).toContain(words);
  });
});
