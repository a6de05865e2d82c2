import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { writeDemand } from '../../src/planning/demand/index.ts';
import type { RunRow } from '../../src/planning/nightly/runs.queries.ts';
import { runForecasts } from '../../src/planning/nightly/runs.ts';
import { createRandom } from '../../src/planning/random.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { loadConfig } from '../../src/platform/config.ts';
import type { Context } from '../../src/platform/context.ts';
import { inTransaction } from '../../src/platform/database.ts';
import { createMetrics } from '../../src/platform/metrics.ts';
import { openBench, settle } from '../ledger/bench-database.ts';

/**
 * Two nights over a fresh database, in a process of its own so that its memory is the run's. The
 * first night is as the first one ever; the second is an ordinary one, and is the one measured.
 * Arguments: items, sites, threads. Prints one JSON object.
 */
export interface NightlyMeasured {
  readonly series: number;
  readonly firstSeconds: number;
  readonly seconds: number;
  readonly tiers: Readonly<Record<string, number>>;
  readonly memoryBytesMax: number;
  readonly diskBytes: number;
}

const [items = 0, sites = 0, threads = 2] = process.argv.slice(2).map(Number);
const DAYS = 730;
const LAST_DAY = 20_513;
const CHUNK_ITEMS = 250;
const LEVELS = [0.02, 0.05, 0.1, 0.3, 1, 4, 15, 60];

/** Most items sell rarely, some daily, as in a shop; with a week and a year. */
function historyOf(item: number, site: number): Float64Array {
  const random = createRandom('nightly', `${item} ${site}`);
  const level = LEVELS[(item * 7 + site) % LEVELS.length]!;
  return Float64Array.from({ length: DAYS }, (_, day) => {
    const week = 1 + 0.3 * Math.sin((2 * Math.PI * day) / 7);
    const year = 1 + 0.3 * Math.sin((2 * Math.PI * day) / 365);
    const mean = level * week * year;
    return random.negativeBinomial(mean, mean * 1.8);
  });
}

const options = { quick: true, json: true, only: [], journals: 1 };
const bench = await openBench(options, items, 'bench_nightly', 0);
const context: Context = {
  config: loadConfig({ ONHAND_DATA: '/' }),
  database: bench.database,
  clock: systemClock,
  log: pino({ level: 'silent' }),
  metrics: createMetrics(),
};

async function seed(): Promise<void> {
  await bench.admin.query(
    `INSERT INTO network.site (site_id, code, name, type, time_zone, cost_site_id)
     SELECT 1000 + i, 'PLAN-' || i, 'P', 'fulfilment_centre', 'UTC', 1000 + i
     FROM generate_series(1, $1::integer) i`,
    [sites],
  );
  const { rows } = await bench.admin.query<{ item_id: number }>(
    'SELECT item_id FROM catalog.item ORDER BY item_id LIMIT $1',
    [items],
  );
  await bench.admin.query(
    `INSERT INTO planning.item_group (item_id, group_code)
     SELECT id, 'GROUP-' || id % 40 FROM unnest($1::integer[]) id`,
    [rows.map(({ item_id }) => item_id)],
  );
  for (let at = 0; at < rows.length; at += CHUNK_ITEMS) {
    const series = rows.slice(at, at + CHUNK_ITEMS).flatMap(({ item_id: itemId }, i) =>
      Array.from({ length: sites }, (_, site) => ({
        ...{ itemId, siteId: 1001 + site, ownerId: 1, scale: 0, firstDay: LAST_DAY - DAYS + 1 },
        quantities: historyOf(at + i, site),
      })),
    );
    await inTransaction(bench.database.poster, (tx) => writeDemand(tx, series));
  }
  await settle(bench.admin);
}

const threadFile = join(dirname(fileURLToPath(import.meta.url)), 'nightly-thread-process.mjs');
const date = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);

async function night(origin: string): Promise<{ run: RunRow; seconds: number }> {
  const started = performance.now();
  const run = await runForecasts(context, { origin }, { threads, threadFile });
  if (run.state !== 'done') throw new Error(`the run is ${run.state}: ${run.reason}`);
  return { run, seconds: (performance.now() - started) / 1000 };
}

await seed();
const first = await night(date(LAST_DAY - 1));
const second = await night(date(LAST_DAY));
const { rows } = await bench.admin.query<{ bytes: bigint }>(
  `SELECT pg_total_relation_size('planning.forecast') AS bytes`,
);
const measured: NightlyMeasured = {
  series: second.run.seriesDone,
  firstSeconds: first.seconds,
  seconds: second.seconds,
  tiers: second.run.result?.tiers ?? {},
  memoryBytesMax: process.resourceUsage().maxRSS * 1024,
  diskBytes: Number(rows[0]!.bytes),
};
await bench.close();
process.stdout.write(`${JSON.stringify(measured)}\n`);
process.exit(0);
