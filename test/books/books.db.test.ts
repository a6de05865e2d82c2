import { describe, expect, it } from 'vitest';
import { findPeriod } from '../../src/accounting/calendar.ts';
import { verifyBooks } from '../../src/accounting/verify/verify.ts';
import type { BookingRole } from '../../src/platform/bookings.ts';
import { balancesOf, factsThrough, liveStory, storyContext } from '../support/books-story.ts';
import { testContext } from '../support/context.ts';
import { createLedgerDatabase, type LedgerDatabase } from '../support/ledger-model-database.ts';
import { poolQuantity } from '../support/ledger-model-state.ts';
import { PLACE } from '../support/ledger-model-world.ts';
import { createLedgerWorld } from '../support/ledger-world.ts';
import { randomLedger } from '../support/random-ledger.ts';

/**
 * Whatever happens in whatever order, the books are the ledger's money and the documents' money,
 * to the cent. BOOKS_SEEDS=1,2,3 tells other stories, BOOKS_STEPS longer ones.
 */
const SEEDS = (process.env.BOOKS_SEEDS ?? '1,2,3').split(',').map(Number);
const STEPS = Number(process.env.BOOKS_STEPS ?? 260);
const TIMEOUT_MS = 60_000 + STEPS * 400;

/** The default chart, written down once more from docs/concepts/accounting.md. */
const ROLE_ACCOUNTS: Readonly<Record<BookingRole, string>> = {
  receivable: '1100',
  revenue: '4000',
  shipping_revenue: '4050',
  discount: '4100',
  sales_tax: '2200',
  refunds: '4200',
  payable: '2000',
  purchase_tax: '1200',
  grni: '2100',
  landed_cost_clearing: '2150',
  purchase_price_variance: '5100',
  exchange_difference: '6900',
  rounding: '6910',
};
/** In the model's world location 3, where adjustments go, is CONVERSION in the database. */
const PLACE_ACCOUNTS: readonly (readonly [number, string])[] = [
  [PLACE.customer, '5000'],
  [PLACE.adjustment, '1390'],
  [PLACE.revalue, '5150'],
  [PLACE.priceVariance, '5100'],
];

const cases: { seed: number; ledger: LedgerDatabase }[] = [];
for (const seed of SEEDS) cases.push({ seed, ledger: await createLedgerDatabase(1) });

describe('a random business', () => {
  it.each(cases)('keeps its books, seed $seed', { timeout: TIMEOUT_MS }, async (one) => {
    const { ledger } = one;
    let n = 0;
    const story = await liveStory(ledger, one.seed, STEPS, async ({ closed }) => {
      n += 1;
      if (n % 20 !== 0 && n !== STEPS) return;
      for (const [code, said] of closed) {
        expect(await factsThrough(ledger, findPeriod(code)!), code).toBe(said);
      }
    });
    const balances = await balancesOf(ledger);
    const balance = (code: string): bigint => balances.get(code) ?? 0n;
    const ofRole = (code: string): bigint =>
      [...story.roles]
        .filter(([role]) => ROLE_ACCOUNTS[role] === code)
        .reduce((sum, [, cents]) => sum + cents, 0n);
    expect([...balances.values()].reduce((sum, each) => sum + each, 0n)).toBe(0n);

    const { model } = story;
    const pools = [...ledger.world.pools.values()];
    const worth = pools.reduce((sum, { poolId }) => sum + (model.poolValue.get(poolId) ?? 0n), 0n);
    expect(balance('1300')).toBe(worth);
    for (const [place, code] of PLACE_ACCOUNTS) {
      expect(balance(code) - ofRole(code), code).toBe(model.accounts.get(place) ?? 0n);
    }
    const supplied = balance('2100') + balance('2150') - ofRole('2100') - ofRole('2150');
    expect(supplied).toBe(model.accounts.get(PLACE.supplier) ?? 0n);
    const stockCodes = new Set(PLACE_ACCOUNTS.map(([, code]) => code).concat('2100', '2150'));
    for (const code of Object.values(ROLE_ACCOUNTS)) {
      if (!stockCodes.has(code)) expect(balance(code), code).toBe(ofRole(code));
    }

    const rows = await ledger.admin.query<{ id: bigint; quantity: bigint; value: bigint }>(
      'SELECT cost_pool_id AS id, quantity, value FROM ledger.cost_pool ORDER BY 1',
    );
    for (const { id, quantity, value } of rows.rows) {
      expect(quantity).toBe(poolQuantity(ledger.world, model, Number(id)));
      expect(value).toBe(model.poolValue.get(Number(id)) ?? 0n);
      if (quantity === 0n) expect(value).toBe(0n);
    }
    const layers = await ledger.admin.query<{ text: string }>(
      `SELECT concat_ws(' ', cost_pool_id, layer_seq, quantity_left, value_left) AS text
       FROM ledger.cost_layer WHERE quantity_left > 0`,
    );
    const expected = [...model.layers].flatMap(([poolId, open]) =>
      open.map(({ seq, quantity, value }) => `${poolId} ${seq} ${quantity} ${value}`),
    );
    expect(layers.rows.map(({ text }) => text).sort()).toEqual(expected.sort());
    expect((await verifyBooks(storyContext(ledger))).findings).toEqual([]);
    // A story in which little happened proves little.
    expect(story.steps.closed ?? 0).toBeGreaterThan(2);
    expect(story.steps.reopened ?? 0).toBeGreaterThan(0);
    expect(story.steps.revalue ?? 0).toBeGreaterThan(2);
    expect(story.steps.booking ?? 0).toBeGreaterThan(10);
  });
});

describe('through the API, over several journals', () => {
  const seeds = SEEDS.map((seed) => seed * 17);
  it.each(seeds)('the books verify after every stretch, seed %i', async (seed) => {
    const { world, context } = api;
    const ledger = await randomLedger(world, seed, 40);
    expect((await verifyBooks(context)).findings).toEqual([]);
    await ledger.more(seed + 1, 40);
    const report = await verifyBooks(context);
    expect(report.findings).toEqual([]);
    expect(report.checked.stockEntries).toBeGreaterThan(10);
    const { rows } = await world.admin.query(
      `SELECT journal FROM accounting.taken GROUP BY journal`,
    );
    expect(rows.length).toBeGreaterThan(1);
  });
});

const api = await (async () => {
  const world = await createLedgerWorld();
  await world.owner('SELLER');
  return { world, context: testContext(world.database) };
})();
