import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from './support/database.ts';
import { startProgram } from './support/program.ts';
import { root } from './support/sources.ts';

const TIMEOUT_MS = 60_000;
const onhand = join(root, 'bin/onhand.mjs');
const { connectionString, admin } = await createTestDatabase();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const env = { DATABASE_URL: connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const program = startProgram(process.execPath, [onhand, ...args], { env });
  const code = await program.ended;
  return { code, output: program.output(), stdout: program.stdout() };
}

async function runJson(...args: string[]) {
  const { code, stdout, output } = await run('--json', ...args);
  return { code, output, result: stdout === '' ? undefined : JSON.parse(stdout) };
}

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.join('\n'));
  return path;
}

async function items(): Promise<string[]> {
  const { rows } = await admin.query('SELECT sku, name FROM catalog.item ORDER BY sku');
  return rows.map(({ sku, name }) => `${sku} ${name}`);
}

describe('onhand import', { timeout: TIMEOUT_MS }, () => {
  const good = ['sku,name', 'A-1,Lamp', 'A-2,Chair'];

  it('says what it would do, and writes nothing', async () => {
    const { code, result } = await runJson('import', 'items', file('good.csv', good));
    expect(code).toBe(0);
    expect(result).toMatchObject({ state: 'previewed', rows: 2, create: 2, errorCount: 0 });
    expect(await items()).toEqual([]);
    const committed = await run('import', 'commit', result.importId);
    expect(committed.code).toBe(0);
    expect(committed.stdout).toContain('Imported 2 rows: 2 new');
    expect(await items()).toEqual(['A-1 Lamp', 'A-2 Chair']);
  });

  it('shows what changes, commits when told to, and takes it back', async () => {
    const path = file('change.csv', ['sku,name', 'A-1,Desk lamp', 'A-3,Table']);
    const preview = await run('import', 'items', path);
    expect(preview.stdout).toContain('1 new, 1 changed');
    expect(preview.stdout).toContain('name: "Lamp" -> "Desk lamp"');
    const { code, result } = await runJson('import', 'items', path, '--commit');
    expect([code, result.state]).toEqual([0, 'committed']);
    expect(await items()).toEqual(['A-1 Desk lamp', 'A-2 Chair', 'A-3 Table']);
    expect((await run('import', 'undo', result.importId)).code).toBe(0);
    expect(await items()).toEqual(['A-1 Lamp', 'A-2 Chair']);
  });

  it('names every wrong cell at once and writes nothing', async () => {
    const path = file('bad.csv', ['sku,name,baseUnit', ' ,Lamp,each', 'A-4,,each', 'A-5,X,spoon']);
    const { code, stdout } = await run('import', 'items', path, '--commit');
    expect(code).toBe(3);
    expect(stdout).toContain('3 errors; nothing was imported');
    expect(stdout).toContain('row 2, sku: is empty');
    expect(stdout).toContain('row 3, name: is empty');
    expect(stdout).toContain('row 4, base_unit: is not valid, expected');
    expect(stdout).toContain("found 'spoon'");
    expect(await items()).toEqual(['A-1 Lamp', 'A-2 Chair']);
  });

  it('counts one error as one, and shows no step of writing where nothing is written', async () => {
    const bad = file('one.csv', ['sku,name', 'A-6,']);
    const wrong = await run('import', 'items', bad, '--commit');
    expect(wrong.stdout).toContain('1 error; nothing was imported');
    expect(wrong.output).toContain('Nothing was written: the file has errors.');
    expect(wrong.output).not.toContain('✔ Write');
    const demand = ['date,sku,site,quantity', '2025-11-28,A-1,NONE,9999999999999'];
    const large = await run('import', 'demand', file('large.csv', demand), '--commit');
    expect(large.stdout).toContain('from 0 to 999999999999.999999');
    expect(large.output).not.toContain('✔ Write');
    const fine = await run('import', 'items', file('fine.csv', ['sku,name', 'A-1,Lamp']));
    expect(fine.stdout).toContain('1 row: ');
    expect(fine.output).not.toContain('✔ Write');
  });

  it.each([
    ['a file that is not there', ['items', 'none.csv'], 2, 'cannot be read (ENOENT)'],
    ['an unknown kind', ['unicorns', 'x.csv'], 2, "unknown command 'unicorns'"],
    ['an id that is none', ['undo', '7'], 2, 'Give the id that the import printed.'],
    [
      'an import that is not there',
      ['undo', '01900000-0000-7000-8000-000000000000'],
      3,
      'There is no import',
    ],
    ['a share that is none', ['retail', 'x.csv', '--cost-share', '2'], 2, 'Give a share'],
  ])('%s is named', async (_name, args, expected, words) => {
    const { code, output } = await run('import', ...args);
    expect(output).toContain(words);
    expect(code).toBe(expected);
  });
});

describe('what was imported', { timeout: TIMEOUT_MS }, () => {
  const HEADER = 'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
  beforeAll(async () => {
    const path = file('register.csv', [
      HEADER,
      '1,22222,10,2011-11-28 10:00:00,2.00,7,X',
      'C2,22222,-3,2011-11-29 10:00:00,2.00,7,X',
      '3,33333,1,2011-11-29 10:00:00,4.00,7,X',
      'C4,33333,-1,2011-11-30 10:00:00,4.00,7,X',
    ]);
    expect((await run('import', 'retail', path)).code).toBe(0);
  }, TIMEOUT_MS);

  it('is in stock, in all and as of an instant', async () => {
    const now = await runJson('stock', '--group-by', 'item,site');
    expect(now).toMatchObject({ code: 0, result: { hasMore: false } });
    expect(now.result.items).toMatchObject([
      { item: '22222', site: 'SHOP', onHand: '3' },
      { item: '33333', site: 'SHOP', onHand: '1' },
    ]);
    const at = ['--at', '2011-11-28T12:00:00Z', '--by', 'occurred'];
    const before = await runJson('stock', '22222', ...at);
    expect(before.result.items).toEqual([]);
    const first = await runJson('stock', '--limit', '1');
    expect(first.result).toMatchObject({ items: [{ item: '22222' }], hasMore: true });
  });

  it('is explained: an item, a position and an account', async () => {
    const { result } = await runJson('why', '22222');
    expect(result).toMatchObject({ subject: 'item', figure: '3', opening: '0', hasMore: false });
    expect(result.items.map((one: { change: string }) => one.change)).toEqual(['3', '-10', '10']);
    const part = await runJson('why', '22222', '--limit', '1');
    expect(part.result).toMatchObject({ figure: '3', opening: '0', hasMore: true });
    const text = await run('why', '22222', '--limit', '2');
    expect(text.stdout).toContain('22222: 3 each now.');
    expect(text.stdout).toContain('credit_note C2');
    expect(text.stdout).toContain('Before that: 10.');
    const { rows } = await admin.query(`SELECT journal || '-' || position_id AS id
      FROM ledger.position JOIN network.location USING (location_id)
      JOIN catalog.item USING (item_id) WHERE sku = '22222' AND location.code = 'SHOP-BIN'`);
    const position = await runJson('why', rows[0].id);
    expect(position.result).toMatchObject({ subject: 'position', figure: '3' });
    // 10 and 1 at half their prices; 3 and 1 came back.
    const inventory = await runJson('why', 'inventory');
    expect(inventory.result).toMatchObject({ subject: 'account', figure: '5.00', of: 'money' });
  });

  it('is watched while it happens, and not what was there before', async () => {
    const env = { DATABASE_URL: connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
    const watching = ['watch', '--seconds', '60'];
    const options = { env };
    const text = startProgram(process.execPath, [onhand, ...watching], options);
    await text.waitFor(/Watching: the database/);
    const json = startProgram(process.execPath, [onhand, '--json', ...watching], options);
    // Whether the second watch has begun shows in what it tells: it is fed until it does.
    for (let n = 1; !json.stdout().includes('"type":"movement"') && n <= 20; n += 1) {
      const line = `${n},44444,1,2011-12-01 10:00:00,2.00,7,X`;
      const path = file('watched.csv', [HEADER, line]);
      expect((await run('import', 'retail', path)).code).toBe(0);
    }
    await text.waitFor(/shipment +-1 {2}44444 {2}SHOP-BIN → CUSTOMER {2}invoice 1\n/);
    for (const program of [text, json]) {
      program.child.kill('SIGINT');
      expect(await program.ended).toBe(0);
    }
    expect(text.stdout()).not.toContain('22222');
    const events = json.stdout().trim().split('\n');
    for (const event of events) {
      expect(JSON.parse(event)).toMatchObject({ type: 'movement', item: '44444', quantity: '1' });
    }
  });

  it('is verified, whole and since the checkpoint', async () => {
    const { code, stdout } = await run('verify');
    expect(code).toBe(0);
    expect(stdout).toMatch(/\d movements/);
    expect(stdout).toContain('Everything is as the movements say.');
    const { result } = await runJson('verify', '--since', 'checkpoint');
    expect(result).toMatchObject({ ok: true, checked: { movements: 0 } });
  });

  it('names the row that was changed behind its back, with code 3', async () => {
    const change = (by: number) =>
      admin.query('UPDATE ledger.movement SET quantity = quantity + $1 WHERE seq = 3', [by]);
    await change(1);
    const text = await run('verify');
    const { code, result } = await runJson('verify');
    await change(-1);
    expect([text.code, code]).toEqual([3, 3]);
    expect(text.stdout).toMatch(/^\S+ +0-3 .*expected .*, found /m);
    expect(result.ok).toBe(false);
    expect(result.findings).toContainEqual(expect.objectContaining({ journal: 0, seq: 3 }));
    expect((await run('verify')).code).toBe(0);
  });

  it.each([
    ['an item', ['stock', 'NOPE'], 3, 'There is no item NOPE.'],
    ['a figure', ['why', 'NOPE'], 3, 'There is no item, position or account NOPE.'],
    ['a location', ['why', 'SHOP-BIN'], 3, 'onhand why ITEM --location SHOP-BIN'],
    ['a dimension', ['stock', '--group-by', 'color'], 2, 'Stock has no color to group by'],
    ['an instant', ['stock', '--at', 'soon'], 2, 'Give an instant'],
    ['a benchmark', ['bench', 'nope'], 2, 'There is no benchmark nope'],
  ])('%s that is not there is named', async (_name, args, expected, words) => {
    const { code, output } = await run(...args);
    expect(output).toContain(words);
    expect(code).toBe(expected);
  });
});
