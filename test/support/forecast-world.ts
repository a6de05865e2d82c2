import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type pg from 'pg';
import { afterAll } from 'vitest';
import { writeDemand } from '../../src/planning/demand/index.ts';
import { type RunRow, selectRun } from '../../src/planning/nightly/runs.queries.ts';
import {
  finishOpenRun,
  openWorker,
  queueRun,
  type RunWish,
  runForecasts,
  workAll,
} from '../../src/planning/nightly/runs.ts';
import { createRandom } from '../../src/planning/random.ts';
import type { Context } from '../../src/platform/context.ts';
import { inTransaction } from '../../src/platform/database.ts';
import { packageRoot } from '../../src/platform/package.ts';
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

/** Tables that runs write, in an order in which they may be emptied together. */
const WRITTEN = [
  ...['forecast_run', 'run_part', 'forecast', 'forecast_cell', 'forecast_level', 'accuracy_day'],
  ...['override_value', 'forecast_override'],
];

/** Bundles the threads' program and that of a worker process, as the build does. */
async function buildPrograms(): Promise<{ thread: string; process: string }> {
  mkdirSync(join(packageRoot, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(packageRoot, '.tmp', 'forecasts-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: [
      { in: join(packageRoot, 'src/planning/nightly/thread.ts'), out: 'thread' },
      { in: join(packageRoot, 'test/support/forecast-worker.ts'), out: 'process' },
    ],
    ...{ outdir: folder, outExtension: { '.js': '.mjs' }, bundle: true, platform: 'node' },
    ...{ target: 'node20', format: 'esm', packages: 'external' },
  });
  return { thread: join(folder, 'thread.mjs'), process: join(folder, 'process.mjs') };
}

/** Makes sites and items that are not there yet; answers their ids. */
async function makePlaces(admin: pg.Pool, sites: readonly string[], items: number) {
  await admin.query(
    `INSERT INTO network.site (site_id, code, name, type, time_zone, cost_site_id)
     SELECT n.id, x.code, x.code, 'fulfilment_centre', 'UTC', n.id FROM unnest($1::text[]) x(code)
     CROSS JOIN LATERAL (SELECT nextval('network.site_site_id_seq') AS id, x.code) n
     ON CONFLICT (code) DO NOTHING`,
    [sites],
  );
  await admin.query(
    `INSERT INTO catalog.item (sku, name)
     SELECT 'ITEM-' || lpad(i::text, 5, '0'), 'Thing ' || i FROM generate_series(1, $1) i
     ON CONFLICT (sku) DO NOTHING`,
    [items],
  );
  const found = await admin.query<{ ids: number[] }>(
    `SELECT array(SELECT item_id FROM catalog.item ORDER BY sku LIMIT $1) AS ids UNION ALL
     SELECT array(SELECT site_id FROM network.site WHERE code = ANY ($2) ORDER BY code)`,
    [items, sites],
  );
  return { itemIds: found.rows[0]!.ids, siteIds: found.rows[1]!.ids };
}

/** Ways to run forecasts: here, with several workers, in another process, after a kill. */
function runners(context: Context, connectionString: string) {
  const { poster } = context.database;
  let programs: Promise<{ thread: string; process: string }> | undefined;
  const built = () => {
    programs ??= buildPrograms();
    return programs;
  };
  const queue = (wish: RunWish) => inTransaction(poster, (tx) => queueRun(tx, context, wish, 1));
  return {
    built,
    /** Runs forecasts in this process until the run has ended. */
    run: (wish: RunWish): Promise<RunRow> => runForecasts(context, wish, { threads: 1 }),

    /** The same with several workers, each with threads of its own. */
    async runWith(wish: RunWish, workers: number, threads: number): Promise<RunRow> {
      const { thread } = await built();
      const queued = await queue(wish);
      const all = Array.from({ length: workers }, (_, i) =>
        openWorker(context, { threads, threadFile: thread, name: `worker ${i}` }),
      );
      for (;;) {
        await Promise.all(all.map((worker) => workAll(worker)));
        const run = await selectRun(poster, queued.number);
        if (run?.state === 'running') continue;
        await Promise.all(all.map(({ pool }) => pool.close()));
        return run!;
      }
    },

    /** Queues a run and starts a process that works on it. */
    async runElsewhere(wish: RunWish): Promise<{ number: string; child: ChildProcess }> {
      const { thread, process: program } = await built();
      const queued = await queue(wish);
      const child = spawn(process.execPath, [program, connectionString, thread]);
      return { number: queued.number, child };
    },

    /** Finishes a run later, when those who worked on it have been silent for long. */
    async finishLater(number: string): Promise<RunRow> {
      const later: Context = { ...context, clock: () => new Date(Date.now() + 600_000) };
      return finishOpenRun(later, number, { threads: 1 });
    },
  };
}

/** A database with items, sites and past demand, and short ways to run forecasts over it. */
export async function createForecastWorld() {
  const { database, admin, connectionString } = await createTestDatabase();
  const context = testContext(database);
  return {
    ...{ context, database, admin, connectionString, day },
    ...runners(context, connectionString),

    /** Writes past demand through the bulk door, in place of what was there. */
    async seed({ items, sites, days, after = 0, change = (demand) => demand }: SeedOptions) {
      const { itemIds, siteIds } = await makePlaces(admin, sites, items);
      await admin.query('TRUNCATE planning.demand');
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

    /** Forgets everything that runs made. */
    async forget(): Promise<void> {
      const tables = WRITTEN.map((name) => `planning.${name}`).join(', ');
      await admin.query(`TRUNCATE ${tables} RESTART IDENTITY CASCADE`);
    },

    /** Everything that runs stored about series, without what names the run. */
    async stored(): Promise<unknown[]> {
      const { rows } = await admin.query(
        `SELECT 1, item_id, site_id, NULL, to_jsonb(f) - 'forecast_run_id' AS row
           FROM planning.forecast f
         UNION ALL SELECT 2, 0, 0, level || code, to_jsonb(l) - 'forecast_run_id'
           FROM planning.forecast_level l
         UNION ALL SELECT 3, forecast_cell_id, 0, NULL, to_jsonb(c) FROM planning.forecast_cell c
         UNION ALL SELECT 4, 0, 0, day || level || code, to_jsonb(a) FROM planning.accuracy_day a
         ORDER BY 1, 2, 3, 4`,
      );
      return rows.map(({ row }) => row);
    },
  };
}
