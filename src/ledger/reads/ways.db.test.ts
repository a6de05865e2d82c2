import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLedgerWorld } from '../../../test/support/ledger-world.ts';
import { type RandomLedger, randomLedger } from '../../../test/support/random-ledger.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import { type AsOf, type Undone, undoneSince } from './as-of.queries.ts';
import type { PositionFilter } from './filter.ts';
import { type Place, readPage, seqsBelow } from './history.ts';
import { type HistoryLimits, movementSource } from './movement-history.ts';
import { resolveFilter } from './resolve.queries.ts';

/** Every way to find movements and past stock must find the same. */
const world = await createLedgerWorld();
const { database } = world;
let ledger: RandomLedger;
beforeAll(async () => {
  await world.owner('SELLER');
  ledger = await randomLedger(world, 5, 300);
}, 120_000);

const generous: HistoryLimits = {
  chainsMax: 2_000,
  chainStepsMax: 5_000,
  scanRowsMax: 300_000,
  scanChunkMin: 5_000,
};
const WAYS: Readonly<Record<string, HistoryLimits>> = {
  'by chains': generous,
  'by scanning': { ...generous, chainsMax: 0 },
  'by scanning in small chunks and within a budget': {
    ...generous,
    chainsMax: 0,
    scanRowsMax: 7,
    scanChunkMin: 3,
  },
  'by chains that give way to scanning': { ...generous, chainStepsMax: 0 },
  'by chains, then a scan that runs out': {
    ...generous,
    chainStepsMax: 3,
    scanRowsMax: 5,
    scanChunkMin: 2,
  },
};

async function allPages(
  tx: Tx,
  filter: PositionFilter,
  limits: HistoryLimits,
  limit: number,
  crossing: boolean,
): Promise<string[]> {
  const ids: string[] = [];
  let after: Place | undefined;
  for (;;) {
    const below = await seqsBelow(tx, after, null);
    const sources = [...below.keys()].map((journal) =>
      movementSource(tx, { filter, crossing }, journal, 1, limits),
    );
    const page = await readPage(tx, sources, below, limit);
    ids.push(...page.rows.map((row) => `${row.journal}-${row.seq}`));
    if (!page.next) return ids;
    after = page.next;
  }
}

const codes = fc.record({
  item: fc.option(fc.nat(4), { nil: undefined }),
  location: fc.option(fc.constantFrom('B1', 'C1', 'CUSTOMER'), { nil: undefined }),
  owner: fc.option(fc.constantFrom('HOUSE', 'SELLER'), { nil: undefined }),
});

async function filterOf(
  tx: Tx,
  { item, location, owner }: { item?: number | undefined; location?: string; owner?: string },
): Promise<PositionFilter> {
  const sku = item === undefined ? undefined : ledger.items[item];
  return (await resolveFilter(tx, { item: sku, location, owner })).filter;
}

describe('movements', () => {
  it.each(Object.entries(WAYS))(
    '%s are the same',
    async (_name, limits) => {
      const property = fc.asyncProperty(
        codes,
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        (given, limit, crossing) =>
          readSnapshotAs(database, 'house', async (tx) => {
            const filter = await filterOf(tx, given as never);
            const found = await allPages(tx, filter, limits, limit, crossing);
            expect(found).toEqual(await allPages(tx, filter, generous, 1_000, crossing));
          }),
      );
      await fc.assert(property, { numRuns: 15, seed: 6 });
    },
    60_000,
  );
});

/** Net changes by position, without those that come to nothing. */
async function changes(tx: Tx, undone: Undone): Promise<Record<string, bigint>> {
  const { rows } = await tx.query<{ key: string; delta: bigint }>(
    `SELECT journal || '-' || position_id AS key, delta
     FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS u(journal, position_id, delta)
     WHERE delta <> 0`,
    [undone.journals, undone.positions, undone.deltas],
  );
  return Object.fromEntries(rows.map((row) => [row.key, row.delta]));
}

describe('what happened since an instant', () => {
  it('is the same along the chains, by one pass, and where the chains are too long', async () => {
    const property = fc.asyncProperty(
      codes,
      fc.nat(),
      fc.constantFrom('recorded' as const, 'occurred' as const),
      (given, n, by) =>
        readSnapshotAs(database, 'house', async (tx) => {
          const filter = await filterOf(tx, given as never);
          const instant = Date.parse(ledger.instants[n % ledger.instants.length] ?? '');
          const asOf: AsOf = { at: by === 'recorded' ? instant : instant - 36 * 3_600_000, by };
          const chains = { shortWindow: 0, chainPositionsMax: 1_000, chainStepsMax: 20_000 };
          const byChains = await changes(tx, await undoneSince(tx, filter, asOf, chains));
          const matching = new Set(await positionsOf(tx, filter));
          for (const limits of [
            { ...chains, shortWindow: 1_000_000 },
            { ...chains, chainStepsMax: 2 },
            { ...chains, chainPositionsMax: 0 },
          ]) {
            const found = await changes(tx, await undoneSince(tx, filter, asOf, limits));
            const own = Object.entries(found).filter(([key]) => matching.has(key));
            expect(Object.fromEntries(own)).toEqual(byChains);
          }
        }),
    );
    await fc.assert(property, { numRuns: 40, seed: 7 });
  }, 60_000);
});

async function positionsOf(tx: Tx, filter: PositionFilter): Promise<string[]> {
  const { itemId, locationId, ownerId } = filter;
  const { rows } = await tx.query<{ key: string }>(
    `SELECT journal || '-' || position_id AS key FROM ledger.position
     WHERE ($1::integer IS NULL OR item_id = $1) AND ($2::integer IS NULL OR location_id = $2)
       AND ($3::integer IS NULL OR owner_id = $3)`,
    [itemId ?? null, locationId ?? null, ownerId ?? null],
  );
  return rows.map((row) => row.key);
}
