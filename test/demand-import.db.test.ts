import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { importKinds } from '../src/api/index.ts';
import type { DemandFormat } from '../src/cli/demand/file.ts';
import { importDemand } from '../src/cli/demand/import.ts';
import { readDemandHistory } from '../src/planning/index.ts';
import { SYSTEM } from '../src/platform/auth/index.ts';
import { undoImport } from '../src/platform/imports/index.ts';
import { testContext } from './support/context.ts';
import { createTestDatabase } from './support/database.ts';
import { root } from './support/sources.ts';

const TIMEOUT_MS = 300_000;
const SHARED = process.env.ONHAND_SHARED_DATA ?? join(root, '../shared/data');
const WEEKLY = join(SHARED, 'retail/online_retail_weekly.csv');
const DAILY = join(SHARED, 'retail/online_retail_daily_top1000.csv');
const DAILY_ITEMS = 20;
const HOUSE = { scope: 'house' } as const;

const { admin, database, connectionString } = await createTestDatabase();
const context = { ...testContext(database), connectionString };
const folder = mkdtempSync(join(tmpdir(), 'onhand-demand-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(path: string, format: DemandFormat) {
  const options = { path, format, site: undefined, commit: true };
  const quiet = { json: true } as Parameters<typeof importDemand>[1];
  return importDemand(context, quiet, options);
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Items and units, straight from the file. */
function weeklyTotals(text: string) {
  const lines = text.trim().split('\n').slice(1);
  const sums = lines.map((line) => {
    const weeks = line.slice(line.lastIndexOf(',') + 1).trim();
    return weeks.split(' ').reduce((sum, units) => sum + Number(units), 0);
  });
  return { items: lines.length, units: sums.reduce((total, units) => total + units, 0) };
}

async function stored(): Promise<{ units: number; items: number }> {
  const { rows } = await admin.query(
    `SELECT coalesce(sum(quantity), 0)::float8 AS units,
       count(DISTINCT item_id)::integer AS items FROM planning.past_demand`,
  );
  return rows[0];
}

async function history(item: string, bucket: 'day' | 'week', from: string, to: string) {
  const query = { item, site: 'SHOP', bucket, from, to };
  const { periods } = await readDemandHistory(context, HOUSE, query);
  return periods.map((one) => [one.from, one.ordered, one.price]);
}

describe.skipIf(!existsSync(WEEKLY))("a shop's year", () => {
  it('by day loads with its prices, and goes again', { timeout: TIMEOUT_MS }, async () => {
    const lines = readFileSync(DAILY, 'utf8')
      .split('\n')
      .slice(0, DAILY_ITEMS + 1);
    const done = await load(fileOf('daily.csv', lines.join('\n')), 'retail-daily');
    expect(done).toMatchObject({ state: 'committed', itemsMade: DAILY_ITEMS, errorCount: 0 });
    expect(await history('22423', 'day', '2010-12-01', '2010-12-04')).toEqual([
      ['2010-12-01', '115', expect.closeTo(12.477, 2)],
      ['2010-12-02', '184', expect.closeTo(11.185, 2)],
      ['2010-12-03', '231', expect.closeTo(13.836, 2)],
      ['2010-12-04', '0', null],
    ]);
    const kinds = new Map(importKinds(context).map((kind) => [kind.name, kind]));
    for (const id of done.imports) await undoImport(context, kinds, SYSTEM, id);
    expect(await stored()).toEqual({ units: 0, items: 0 });
  });

  it('by week loads whole', { timeout: TIMEOUT_MS }, async () => {
    const totals = weeklyTotals(readFileSync(WEEKLY, 'utf8'));
    // The planner now takes everything for as empty as it is.
    await admin.query('ANALYZE');
    const done = await load(WEEKLY, 'retail-weekly');
    expect(done).toMatchObject({ state: 'committed', errorCount: 0, update: 0 });
    expect(await stored()).toEqual(totals);
    const weeks = await history('85123A', 'week', '2010-11-29', '2011-12-11');
    expect(weeks).toHaveLength(54);
    expect(weeks[0]).toEqual(['2010-11-29', '1021', expect.closeTo(2.81, 6)]);
    expect(weeks.at(-1)).toEqual(['2011-12-05', '673', expect.closeTo(2.81, 6)]);
  });
});

describe('a file with errors', () => {
  it('is refused as a whole, with every error in its place', async () => {
    const before = await stored();
    const text = 'date,sku,site,quantity\n2026-01-01,NONE,NOWHERE,1\nsoon,NONE,NOWHERE,x\n';
    const { state, errors } = await load(fileOf('wrong.csv', text), 'days');
    expect(state).toBe('invalid');
    expect(errors.map(({ row, field }) => [row, field])).toEqual([
      [2, 'sku'],
      [2, 'site'],
      [3, 'date'],
      [3, 'quantity'],
    ]);
    expect(await stored()).toEqual(before);
  });

  it('of tens of thousands of rows of one item names the days that come again', async () => {
    await load(
      fileOf('one.csv', 'sku,day_index_from_2010-12-01:units\nONE,0:1:1:1\n'),
      'retail-daily',
    );
    const before = await stored();
    const days = Array.from({ length: 41_000 }, (_, index) => {
      const date = new Date(Date.UTC(1970, 0, 1 + (index % 40_500))).toISOString().slice(0, 10);
      return `${date},ONE,SHOP,1`;
    });
    const text = ['date,sku,site,quantity', ...days].join('\n');
    const { state, errorCount, errors } = await load(fileOf('many.csv', text), 'days');
    expect(state).toBe('invalid');
    expect(errorCount).toBe(500);
    expect(errors[0]).toMatchObject({ row: 40_502, field: 'date', message: 'repeats row 2' });
    expect(await stored()).toEqual(before);
  });

  it('of another form says so', async () => {
    const path = fileOf('other.csv', 'sku,price,name,units\nA,1,A,1 2 3\n');
    await expect(load(path, 'retail-weekly')).rejects.toThrow('from which day');
  });
});
