import { describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';

const { admin, house, item } = await createLedgerWorld();

async function preview(csv: string) {
  const { body } = await house('POST /v1/imports?kind=demand&fileName=past.csv', csv);
  return body;
}

async function commit(importId: string) {
  const answer = await house(`POST /v1/imports/${importId}/commit`);
  expect(answer.status, answer.text).toBe(200);
}

/** What history says of an item on some days: quantity and price. */
async function history(sku: string, from: string, to: string) {
  const query = `item=${sku}&site=N&from=${from}&to=${to}`;
  const { body, text } = await house(`GET /v1/planning/demand-history?${query}`);
  expect(body.periods, text).toBeDefined();
  return Object.fromEntries(
    body.periods.map((one: { from: string; ordered: string; price: number | null }) => [
      one.from,
      [one.ordered, one.price],
    ]),
  );
}

describe('a CSV of past demand', () => {
  it('is history once committed, channels added up, and goes when it is undone', async () => {
    const sku = await item({ quantityScale: 1, baseUnit: 'kg' });
    const csv = [
      'date,sku,site,quantity,price,channel',
      `2025-12-30,${sku},N,2.5,4,WEB`,
      `2025-12-30,${sku},N,1,8,`,
      `2026-01-02,${sku},N,3,,WEB`,
    ].join('\n');
    const found = await preview(csv);
    expect(found).toMatchObject({ state: 'previewed', rows: 3, create: 3, errors: [] });
    await commit(found.importId);
    const days = await history(sku, '2025-12-30', '2026-01-02');
    expect(days['2025-12-30']).toEqual(['3.5', (2.5 * 4 + 8) / 3.5]);
    expect(days['2025-12-31']).toEqual(['0.0', null]);
    expect(days['2026-01-02']).toEqual(['3.0', null]);
    const again = await preview(csv);
    expect(again).toMatchObject({ create: 0, unchanged: 3 });
    const undone = await house(`POST /v1/imports/${found.importId}/undo`);
    expect(undone.status, undone.text).toBe(200);
    expect(await history(sku, '2025-12-30', '2026-01-02')).toEqual({});
    const { rows } = await admin.query('SELECT FROM planning.past_demand');
    expect(rows).toHaveLength(0);
  });

  it('says what a second file changes, and changes it', async () => {
    const sku = await item();
    const first = await preview(`date,sku,site,quantity\n2026-01-02,${sku},N,3\n`);
    await commit(first.importId);
    const second = await preview(
      `date,sku,site,quantity,price\n2026-01-02,${sku},N,5,2.5\n2026-01-03,${sku},N,1,\n`,
    );
    expect(second).toMatchObject({ create: 1, update: 1 });
    await commit(second.importId);
    expect(await history(sku, '2026-01-02', '2026-01-03')).toEqual({
      '2026-01-02': ['5', 2.5],
      '2026-01-03': ['1', null],
    });
    expect((await house(`POST /v1/imports/${second.importId}/undo`)).status).toBe(200);
    const back = await history(sku, '2026-01-02', '2026-01-03');
    expect(back['2026-01-02']).toEqual(['3', null]);
  });

  it('names all that is wrong at once, by row and field', async () => {
    const sku = await item();
    const csv = [
      'date,sku,site,quantity,price',
      `2026-02-30,${sku},N,1,`,
      `2026-02-01,${sku},N,-4,`,
      `2026-02-02,${sku},N,1,`,
      `2026-02-02,${sku},N,2,`,
      '2026-02-03,NO-SUCH,N,1,',
      `2026-02-04,${sku},NOWHERE,1.5,abc`,
      `2026-02-05,${sku},N,1.5,`,
      `0026-02-05,${sku},N,99999999999999,`,
    ].join('\n');
    const { state, errors } = await preview(csv);
    expect(state).toBe('invalid');
    const places = errors.map(({ row, field }: { row: number; field: string }) => [row, field]);
    expect(places).toEqual([
      [2, 'date'],
      [3, 'quantity'],
      [5, 'date'],
      [6, 'sku'],
      [7, 'price'],
      [8, 'quantity'],
      [9, 'quantity'],
    ]);
    for (const error of errors) expect(error.message && error.expected).toBeTruthy();
  });
});
