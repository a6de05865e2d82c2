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
 * An ordinary night over a fresh database, in a process of its own so that its memory is the
 * run's. Methods are selected for the first items only; the others repeat their histories and are
 * given what was selected for them, as if a quarter of nights had passed: selecting for all would
 * take most of an hour. Arguments: items, sites, threads. Prints one JSON object.
 */
export interface NightlyMeasured {
  readonly series: number;
  /** Of a night in which every method is selected, for one series. */
  readonly selectionMs: number;
  readonly seconds: number;
  readonly tiers: Readonly<Record<string, number>>;
  readonly memoryBytesMax: number;
  readonly diskBytes: number;
}

const [items = 0, sites = 0, threads = 2] = process.argv.slice(2).map(Number);
const DAYS = 730;
const LAST_DAY = 20_513;
const CHUNK_ITEMS = 250;
const PATTERN_ITEMS = 100;
/** Nights after which every series has had its turn. */
const ROTATION_DAYS = 91;
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

const patterns = new Map<string, Float64Array>();
function patternOf(item: number, site: number): Float64Array {
  const key = `${item % PATTERN_ITEMS} ${site}`;
  const known = patterns.get(key) ?? historyOf(item % PATTERN_ITEMS, site);
  patterns.set(key, known);
  return known;
}

async function seedPlaces(): Promise<number[]> {
  await bench.admin.query(
    `INSERT INTO network.site (site_id, code, name, type, time_zone, cost_site_id)
     SELECT 1000 + i, 'PLAN-' || i, 'P', 'fulfilment_centre', 'UTC', 1000 + i
     FROM generate_series(1, $1::integer) i`,
    [sites],
  );
  const { rows } = await bench.admin.query<{ ids: number[] }>(
    'SELECT array(SELECT item_id FROM catalog.item ORDER BY item_id LIMIT $1) AS ids',
    [items],
  );
  const { ids } = rows[0]!;
  await bench.admin.query(
    `INSERT INTO planning.item_group (item_id, group_code)
     SELECT id, 'GROUP-' || id % 40 FROM unnest($1::integer[]) id`,
    [ids],
  );
  return ids;
}

async function seed(ids: readonly number[], from: number, before: number): Promise<void> {
  for (let at = from; at < before; at += CHUNK_ITEMS) {
    const series = ids.slice(at, Math.min(before, at + CHUNK_ITEMS)).flatMap((itemId, i) =>
      Array.from({ length: sites }, (_, site) => ({
        ...{ itemId, siteId: 1001 + site, ownerId: 1, scale: 0, firstDay: LAST_DAY - DAYS + 1 },
        quantities: patternOf(at + i, site),
      })),
    );
    await inTransaction(bench.database.poster, (tx) => writeDemand(tx, series));
  }
  await settle(bench.admin);
}

/** Gives every series what was selected for the one whose history it repeats. */
async function shareSelections(ids: readonly number[]): Promise<void> {
  await bench.admin.query(
    `UPDATE planning.forecast f
     SET engine_state = p.engine_state, explanation = p.explanation,
       selected_on = p.origin - (f.item_id * 7 + f.site_id) % $2
     FROM unnest($1::integer[]) WITH ORDINALITY x(item_id, i)
     JOIN planning.forecast p ON p.item_id = ($1::integer[])[(i - 1) % $3 + 1]
     WHERE f.item_id = x.item_id AND p.site_id = f.site_id`,
    [ids, ROTATION_DAYS, PATTERN_ITEMS],
  );
  await settle(bench.admin);
}

const threadFile = join(dirname(fileURLToPath(import.meta.url)), 'nightly-thread-process.mjs');
const date = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);

type Tier = 'auto' | 'fast' | 'full';
async function night(origin: string, tier: Tier): Promise<{ run: RunRow; seconds: number }> {
  const started = performance.now();
  const run = await runForecasts(context, { origin, tier }, { threads, threadFile });
  if (run.state !== 'done') throw new Error(`the run is ${run.state}: ${run.reason}`);
  return { run, seconds: (performance.now() - started) / 1000 };
}

const ids = await seedPlaces();
await seed(ids, 0, PATTERN_ITEMS);
const selection = await night(date(LAST_DAY - 1), 'full');
await seed(ids, PATTERN_ITEMS, items);
await night(date(LAST_DAY - 1), 'fast');
// The fast tier keeps what was selected, so the first items still have it.
await shareSelections(ids);
const measured = await night(date(LAST_DAY), 'auto');
const { rows } = await bench.admin.query<{ bytes: bigint }>(
  `SELECT pg_total_relation_size('planning.forecast') AS bytes`,
);
const answer: NightlyMeasured = {
  series: measured.run.seriesDone,
  selectionMs: (selection.seconds * 1000) / selection.run.seriesDone,
  seconds: measured.seconds,
  tiers: measured.run.result?.tiers ?? {},
  memoryBytesMax: process.resourceUsage().maxRSS * 1024,
  diskBytes: Number(rows[0]!.bytes),
};
await bench.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);
