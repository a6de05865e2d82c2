import { describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { createAvailabilityReader } from './index.ts';

const world = await createLedgerWorld();
const { admin, database } = world;

describe('the availability reader', () => {
  it('answers many callers, each with its own figure, as it is now', async () => {
    await world.owner('SELLER');
    const items = await Promise.all([1, 2, 3, 4, 5].map(() => world.item()));
    for (const [n, item] of items.entries()) {
      await world.receive(item, String(10 * (n + 1)));
      await world.receive(item, '7', 'C1', { owner: 'SELLER' });
    }
    const line = { item: items[1], quantity: '3', site: 'N' };
    await world.command('POST /v1/reservations', { lines: [line] });
    const { rows } = await admin.query(`SELECT a.*, i.sku FROM ledger.availability a
      JOIN catalog.item i USING (item_id) ORDER BY a.owner_id, i.sku`);
    expect(rows).toHaveLength(10);
    const reader = createAvailabilityReader(database);
    const ask = () =>
      Promise.all(
        Array.from({ length: 2_000 }, (_, i) => {
          const row = rows[i % rows.length];
          return reader.get(row.item_id, row.site_id, row.owner_id);
        }),
      );
    for (const found of [await ask(), await ask()]) {
      for (const [i, { onHand, reserved, available }] of found.entries()) {
        const row = rows[i % rows.length];
        expect([onHand, reserved]).toEqual([row.on_hand, row.reserved]);
        expect(available).toBe(row.on_hand - row.reserved);
      }
    }
    const [row] = rows;
    expect(row.owner_id).toBe(1);
    await world.receive(row.sku, '5');
    const after = await reader.get(row.item_id, row.site_id, row.owner_id);
    expect(after.onHand).toBe(row.on_hand + 5n);
  });

  it('answers nothing where nothing ever was, also for ids beyond the usual', async () => {
    const reader = createAvailabilityReader(database);
    const nothing = { onHand: 0n, reserved: 0n, available: 0n };
    expect(await reader.get(999_999, 1, 1)).toEqual(nothing);
    expect(await reader.get(1, 2_000_000, 5_000_000)).toEqual(nothing);
  });
});
