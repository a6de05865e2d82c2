import { afterAll, describe, expect, it } from 'vitest';
import { ledgerViolations } from '../../../test/support/invariants.ts';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { systemClock } from '../../platform/clock.ts';
import { verifyLedger } from '../verify/index.ts';

const world = await createLedgerWorld();
const { post, item, receive, admin, house } = world;
afterAll(async () => {
  expect(await ledgerViolations(admin)).toEqual([]);
  const report = await verifyLedger({ database: world.database, clock: systemClock });
  expect(report.findings).toEqual([]);
});

/** Items whose journals are as asked: the same as the first one's, or another. */
async function components(same: boolean, costs: readonly string[]): Promise<string[]> {
  const made: string[] = [];
  let journal: string | undefined;
  while (made.length < costs.length) {
    const sku = await item();
    const id = await receive(sku, '10', 'B1', { value: costs[made.length]! });
    const own = id.split('-')[0];
    if (journal === undefined || (own === journal) === same) {
      journal ??= own;
      made.push(sku);
    }
  }
  return made;
}

/** Minor units that conversions took out of stock and did not put back. */
async function leftOver(): Promise<number> {
  const { rows } = await admin.query(
    `SELECT coalesce(sum(CASE f.code WHEN 'CONVERSION' THEN -m.value ELSE m.value END),
       0)::integer AS value
     FROM ledger.movement m
     JOIN ledger.position pf ON pf.journal = m.journal AND pf.position_id = m.from_position
     JOIN ledger.position pt ON pt.journal = m.journal AND pt.position_id = m.to_position
     JOIN network.location f ON f.location_id = pf.location_id
     JOIN network.location t ON t.location_id = pt.location_id
     WHERE 'CONVERSION' IN (f.code, t.code)`,
  );
  return rows[0].value;
}

const use = (sku: string, quantity: string) => ({
  ...{ kind: 'conversion', item: sku, quantity, from: 'B1' },
});
const make = (sku: string, quantity: string, more: object = {}) => ({
  ...{ kind: 'conversion', item: sku, quantity, to: 'B1', ...more },
});

describe.each([true, false])('a conversion of items of one journal: %s', (same) => {
  it('makes things worth what it uses up, in any order of its lines', async () => {
    const [kit, part, other] = await components(same, ['0.00', '10.00', '7.77']);
    const lines = [make(kit!, '3'), use(part!, '5'), use(other!, '10')];
    const key = world.fresh();
    const { status, body } = await house('POST /v1/movements', { lines }, key);
    expect([status, body.status]).toEqual([201, 'committed']);
    expect(
      body.lines.map(({ line, value }: { line: number; value: string }) => [line, value]),
    ).toEqual([
      [1, '12.77'],
      [2, '5.00'],
      [3, '7.77'],
    ]);
    expect(await leftOver()).toBe(0);
    const again = await house('POST /v1/movements', { lines }, key);
    expect([again.status, again.body]).toEqual([200, { ...body, replayed: true }]);
  });

  it('shares among several, after those that have a price, to the last cent', async () => {
    const [part, one, two, scrap] = await components(same, ['10.00', '0.00', '0.00', '0.00']);
    const before = await leftOver();
    const lines = [
      use(part!, '10'),
      make(scrap!, '1', { value: '0.99' }),
      make(one!, '1'),
      make(two!, '2'),
    ];
    const { body } = await post(lines);
    expect(body.status).toBe('committed');
    expect(await leftOver()).toBe(before);
  });

  it('makes nothing of what is not there', async () => {
    const [kit, part] = await components(same, ['0.00', '10.00']);
    const { body } = await post([make(kit!, '1'), use(part!, '11')]);
    const seen = [body, ...(body.lines ?? [])].map((row) => row.status);
    expect(seen).not.toContain('committed');
    const stock = await house(`GET /v1/stock?item=${kit}&limit=10`);
    expect(JSON.stringify(stock.body)).not.toContain('"11"');
  });
});

it('without anything used up is worth what the pool says', async () => {
  const [kit] = await components(true, ['10.00']);
  const before = await leftOver();
  const { body } = await post([make(kit!, '2')]);
  expect(body.lines).toMatchObject([{ value: '2.00' }]);
  expect(await leftOver()).toBe(before - 200);
});
