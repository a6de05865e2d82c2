import { loadavg } from 'node:os';
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
import { watchDatabase } from './watch-database.ts';

/**
 * An ordinary night over a fresh database, in a process of its own so that its memory is the
 * run's. Methods are selected for the first items only; the others repeat their histories and are
 * given what was selected for them, as if a quarter of nights had passed: selecting for all would
 * take most of an hour. Arguments: items, sites, threads, and `drivers` where closed days,
 * promotions and prices move demand. Prints one JSON object.
 */
export interface NightlyMeasured {
  readonly series: number;
  /** Of a night in which every method is selected, for one series. */
  readonly selectionMs: number;
  readonly seconds: number;
  readonly tiers: Readonly<Record<string, number>>;
  /** Processor time of the measured night, in both. */
  readonly nodeSeconds: number;
  readonly databaseSeconds: number | null;
  /** Of this process alone, seeding included; and with the database, during the night. */
  readonly memoryBytesMax: number;
  readonly togetherBytesMax: number | null;
  readonly loadAtEnd: number;
  /** Series whose forecast is moved by drivers. */
  readonly driven: number;
  readonly diskBytes: number;
}

const [items = 0, sites = 0, threads = 2] = process.argv.slice(2, 5).map(Number);
const hasDrivers = process.argv[5] === 'drivers';
const DAYS = 730;
const LAST_DAY = 20_513;
const CHUNK_ITEMS = 250;
const PATTERN_ITEMS = 100;
/** Nights after which every series has had its turn. */
const ROTATION_DAYS = 91;
const LEVELS = [0.02, 0.05, 0.1, 0.3, 1, 4, 15, 60];

/** Every eighth week a quarter of items is promoted for a week; sites close on ten days a year. */
const PROMOTION_EVERY_DAYS = 56;
const PROMOTED_ITEMS = 4;
const CLOSED_EVERY_DAYS = 36;
const PRICE_STEP_DAYS = 180;

function movedBy(item: number, day: number): number {
  if (day % CLOSED_EVERY_DAYS === 0) return 0;
  const isPromoted = item % PROMOTED_ITEMS === 0 && day % PROMOTION_EVERY_DAYS < 7;
  return isPromoted ? 2 : 1;
}

/** A price that moves twice a year. */
function pricesOf(item: number): Float64Array {
  return Float64Array.from({ length: DAYS }, (_, day) => {
    const step = Math.floor((LAST_DAY - DAYS + 1 + day) / PRICE_STEP_DAYS);
    return 5 + (item % 7) + 0.5 * (step % 3);
  });
}

/** Most items sell rarely, some daily, as in a shop; with a week and a year. */
function historyOf(item: number, site: number): Float64Array {
  const random = createRandom('nightly', `${item} ${site}`);
  const level = LEVELS[(item * 7 + site) % LEVELS.length]!;
  return Float64Array.from({ length: DAYS }, (_, day) => {
    const week = 1 + 0.3 * Math.sin((2 * Math.PI * day) / 7);
    const year = 1 + 0.3 * Math.sin((2 * Math.PI * day) / 365);
    const mean = level * week * year * (hasDrivers ? movedBy(item, LAST_DAY - DAYS + 1 + day) : 1);
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

/** Closed days and promotions, past and planned, as users enter them. */
async function seedDrivers(ids: readonly number[]): Promise<void> {
  const days = Array.from({ length: DAYS + 200 }, (_, i) => LAST_DAY - DAYS + 1 + i);
  await bench.admin.query(
    `INSERT INTO planning.site_region (site_id, region_code, calendars)
     SELECT site_id, 'R', '["SHOP"]' FROM network.site WHERE code LIKE 'PLAN-%'`,
  );
  await bench.admin.query(
    `INSERT INTO planning.calendar_day (calendar, day, name, kind)
     SELECT 'SHOP', d, 'Inventory', 'closed' FROM unnest($1::date[]) d`,
    [days.filter((day) => day % CLOSED_EVERY_DAYS === 0).map(date)],
  );
  const promoted = ids.filter((_, i) => (i % PATTERN_ITEMS) % PROMOTED_ITEMS === 0);
  await bench.admin.query(
    `INSERT INTO planning.item_group (item_id, group_code)
     SELECT id, 'PROMOTED' FROM unnest($1::integer[]) id
     ON CONFLICT (item_id) DO UPDATE SET group_code = excluded.group_code`,
    [promoted],
  );
  await bench.admin.query(
    `INSERT INTO planning.promotion (code, name, group_code, from_day, to_day,
       discount_basis_points)
     SELECT 'P' || f, 'P', 'PROMOTED', f, f + 6, 2000 FROM unnest($1::date[]) f`,
    [days.filter((day) => day % PROMOTION_EVERY_DAYS === 0).map(date)],
  );
}

async function seed(ids: readonly number[], from: number, before: number): Promise<void> {
  for (let at = from; at < before; at += CHUNK_ITEMS) {
    const series = ids.slice(at, Math.min(before, at + CHUNK_ITEMS)).flatMap((itemId, i) =>
      Array.from({ length: sites }, (_, site) => ({
        ...{ itemId, siteId: 1001 + site, ownerId: 1, scale: 0, firstDay: LAST_DAY - DAYS + 1 },
        quantities: patternOf(at + i, site),
        ...(hasDrivers && { prices: pricesOf((at + i) % PATTERN_ITEMS) }),
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
if (hasDrivers) await seedDrivers(ids);
await seed(ids, 0, PATTERN_ITEMS);
const selection = await night(date(LAST_DAY - 1), 'full');
await seed(ids, PATTERN_ITEMS, items);
await night(date(LAST_DAY - 1), 'fast');
// The fast tier keeps what was selected, so the first items still have it.
await shareSelections(ids);
const watch = await watchDatabase(bench.admin);
const before = process.cpuUsage();
const measured = await night(date(LAST_DAY), 'auto');
const used = process.cpuUsage(before);
const watched = await watch.end();
const { rows } = await bench.admin.query<{ bytes: bigint; driven: number }>(
  `SELECT pg_total_relation_size('planning.forecast') AS bytes,
     (SELECT count(*)::integer FROM planning.forecast WHERE method LIKE '%+drivers') AS driven`,
);
const answer: NightlyMeasured = {
  series: measured.run.seriesDone,
  selectionMs: (selection.seconds * 1000) / selection.run.seriesDone,
  seconds: measured.seconds,
  tiers: measured.run.result?.tiers ?? {},
  nodeSeconds: (used.user + used.system) / 1e6,
  databaseSeconds: watched.cpuSeconds,
  memoryBytesMax: process.resourceUsage().maxRSS * 1024,
  togetherBytesMax: watched.togetherBytesMax,
  loadAtEnd: loadavg()[0]!,
  driven: rows[0]!.driven,
  diskBytes: Number(rows[0]!.bytes),
};
await bench.close();
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);
