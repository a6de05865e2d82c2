import { writeDemand } from '../../src/planning/demand/index.ts';
import type { RunRow } from '../../src/planning/nightly/runs.queries.ts';
import type { RunWish } from '../../src/planning/nightly/runs.ts';
import { runForecasts } from '../../src/planning/nightly/runs.ts';
import { createRandom } from '../../src/planning/random.ts';
import { inTransaction } from '../../src/platform/database.ts';
import { testContext } from './context.ts';
import { createTestDatabase } from './database.ts';

const HOUSE = 1;
/** Histories end on this day: 2026-03-01 counted from 1970-01-01. */
const LAST_DAY = 20_513;
const DAY_MS = 86_400_000;

/** What a history is made of. */
export interface SeedOptions {
  readonly items: number;
  readonly sites: readonly string[];
  /** Days of history up to day(0). */
  readonly days: number;
  /** Further days after day(0), which a run of day(0) must not see. */
  readonly after?: number;
  /** Changes a demand: of an item by number, on a day counted back from day(0). */
  readonly change?: (demand: number, item: number, day: number) => number;
}

/** The date that many days after the last day of the history. */
export function day(after: number): string {
  return new Date((LAST_DAY + after) * DAY_MS).toISOString().slice(0, 10);
}

/** A seeded demand with a level, a week, and days without a sale for every third item. */
function demandOf(item: number, site: number, length: number): Float64Array {
  const random = createRandom('demand', `${item} ${site}`);
  const level = 1 + (item % 7) * 3 + site;
  return Float64Array.from({ length }, (_, at) => {
    const week = 1 + 0.4 * Math.sin(((at % 7) / 7) * 2 * Math.PI);
    if (item % 3 === 0 && random.next() < 0.7) return 0;
    return Math.round(level * week * (0.5 + random.next()));
  });
}

/** A database with items, sites and past demand, and short ways to run forecasts over it. */
export async function createForecastWorld() {
  const { database, admin, connectionString } = await createTestDatabase();
  const context = testContext(database);

  const codes = async (sites: readonly string[], items: number) => {
    for (const code of sites) {
      await admin.query(
        `WITH s AS (SELECT nextval('network.site_site_id_seq') AS id)
         INSERT INTO network.site (site_id, code, name, type, time_zone, cost_site_id)
         SELECT id, $1, $1, 'fulfilment_centre', 'UTC', id FROM s
         ON CONFLICT (code) DO NOTHING`,
        [code],
      );
    }
    await admin.query(
      `INSERT INTO catalog.item (sku, name)
       SELECT 'ITEM-' || lpad(i::text, 5, '0'), 'Thing ' || i FROM generate_series(1, $1) i
       ON CONFLICT (sku) DO NOTHING`,
      [items],
    );
    const found = await admin.query<{ item_id: number }>(
      'SELECT item_id FROM catalog.item ORDER BY sku LIMIT $1',
      [items],
    );
    const places = await admin.query<{ site_id: number }>(
      'SELECT site_id FROM network.site WHERE code = ANY ($1) ORDER BY code',
      [sites],
    );
    return {
      itemIds: found.rows.map(({ item_id }) => item_id),
      siteIds: places.rows.map(({ site_id }) => site_id),
    };
  };

  return {
    ...{ context, database, admin, connectionString, day },
    /** Writes past demand through the bulk door. */
    async seed({ items, sites, days, after = 0, change = (demand) => demand }: SeedOptions) {
      const { itemIds, siteIds } = await codes(sites, items);
      const series = itemIds.flatMap((itemId, item) =>
        siteIds.map((siteId, site) => ({
          ...{ itemId, siteId, ownerId: HOUSE, scale: 0, firstDay: LAST_DAY - days + 1 },
          quantities: demandOf(item, site, days + after).map((demand, at) =>
            change(demand, item, at - days + 1),
          ),
        })),
      );
      await inTransaction(database.poster, (tx) => writeDemand(tx, series));
      return { itemIds, siteIds };
    },
    /** Runs forecasts in this process until the run has ended. */
    run: (wish: RunWish): Promise<RunRow> => runForecasts(context, wish, { threads: 1 }),
    /** Everything that runs stored about series, without what names the run. */
    async stored(): Promise<unknown[]> {
      const { rows } = await admin.query(
        `SELECT to_jsonb(f) - 'forecast_run_id' AS row FROM planning.forecast f
         ORDER BY item_id, site_id, owner_id`,
      );
      const levels = await admin.query(
        `SELECT to_jsonb(l) - 'forecast_run_id' AS row FROM planning.forecast_level l
         ORDER BY level, code`,
      );
      const cells = await admin.query(
        'SELECT to_jsonb(c) AS row FROM planning.forecast_cell c ORDER BY forecast_cell_id',
      );
      const days = await admin.query(
        'SELECT to_jsonb(a) AS row FROM planning.accuracy_day a ORDER BY day, level, code',
      );
      return [rows, levels.rows, cells.rows, days.rows].flat();
    },
  };
}

export type ForecastWorld = Awaited<ReturnType<typeof createForecastWorld>>;
