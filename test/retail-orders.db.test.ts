import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from './support/database.ts';
import { startProgram } from './support/program.ts';
import { expectRetail } from './support/retail-oracle.ts';
import { root } from './support/sources.ts';

/** A week of a real shop as sales orders, shipments, returns and refunds, through to the books. */
const TIMEOUT_MS = 900_000;
const SHARED = process.env.ONHAND_SHARED_DATA ?? join(root, '../shared/data');
const REGISTER = join(SHARED, 'retail/online_retail_raw_2011-11-28_12-04.csv');

const { admin, connectionString } = await createTestDatabase();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onhand-retail-orders-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]) {
  const env = { DATABASE_URL: connectionString, ONHAND_DATA: folder, LOG_LEVEL: '' };
  const program = startProgram(process.execPath, [join(root, 'bin/onhand.mjs'), ...args], { env });
  const code = await program.ended;
  const text = program.stdout();
  return { code, output: program.output(), result: text === '' ? undefined : JSON.parse(text) };
}

function money(cents: bigint): string {
  const digits = cents.toString().padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

describe.skipIf(!existsSync(REGISTER))('a real week as orders', { timeout: TIMEOUT_MS }, () => {
  it('comes to what an independent recomputation from the CSV says', async () => {
    const { code, result, output } = await run(
      '--json',
      'import',
      'retail',
      REGISTER,
      '--as-orders',
    );
    expect(code, output.slice(-2000)).toBe(0);
    const expected = expectRetail(readFileSync(REGISTER, 'utf8'));
    const { sales, returns, opening, closing } = expected;
    // Every line is done or explained.
    expect(result.lines.read).toBe(expected.linesRead);
    expect(result.refused.lines.map(({ line }: { line: number }) => line)).toEqual(
      expected.refusedLines,
    );
    expect(result.salesOrders).toMatchObject({
      ...{ lines: sales.lines, units: `${sales.units}`, price: money(sales.price) },
    });
    expect(result.shipments).toBe(result.salesOrders.documents);
    expect(result.returns).toMatchObject({
      ...{ lines: returns.lines, units: `${returns.units}`, price: money(returns.price) },
    });
    expect([result.openingUnits, result.closingUnits]).toEqual([
      `${opening.units}`,
      `${closing.units}`,
    ]);
    expect(result.books).toMatchObject({
      revenue: money(sales.price),
      refunds: money(returns.price),
      receivable: money(sales.price - returns.price),
      costOfGoodsSold: money(sales.cost - returns.cost),
      inventory: money(closing.cost),
    });
  });

  it('changes nothing when it is run again, and the books are proven', async () => {
    const heads = 'SELECT sum(seq)::text AS seq FROM ledger.journal_head';
    const entries = 'SELECT count(*)::text AS entries FROM platform.booking';
    const state = async () => [(await admin.query(heads)).rows, (await admin.query(entries)).rows];
    const before = await state();
    const { code, result } = await run('--json', 'import', 'retail', REGISTER, '--as-orders');
    expect(code).toBe(0);
    const { salesOrders, returns, alreadyThere } = result;
    expect(alreadyThere).toBe(salesOrders.documents + returns.documents);
    expect(await state()).toEqual(before);
    expect((await run('--json', 'verify')).code).toBe(0);
  });
});
