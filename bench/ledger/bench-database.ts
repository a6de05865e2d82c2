import { join } from 'node:path';
import pg from 'pg';
import type { Poster } from '../../src/ledger/posting/poster.ts';
import { createPoster, ensureJournals, journalOf } from '../../src/ledger/posting/poster.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type Database, openDatabase } from '../../src/platform/database.ts';
import { openEmbedded } from '../../src/platform/embedded/index.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { type Options, progress } from '../support/report.ts';

export const BINS = 5;
/** Positions of one item: supplier, customer and bins of the house, bins of a seller. */
export const POSITIONS_PER_ITEM = 2 + BINS + BINS;
const STOCK = 1_000_000;

/** The database that a run works on: embedded, durable, and shaped as after days of use. */
export interface Bench {
  readonly options: Options;
  readonly connectionString: string;
  /** A superuser's connection, for what the product itself never does. */
  readonly admin: pg.Client;
  readonly database: Database;
  readonly items: number;
  openPoster(): Promise<Poster>;
  close(): Promise<void>;
}

/**
 * Makes a fresh database of this many items.
 * @param stock units that are in each bin without any movement that brought them there.
 */
export async function openBench(
  options: Options,
  items: number,
  name = 'bench_ledger',
  stock = STOCK,
): Promise<Bench> {
  const dataFolder = process.env.ONHAND_BENCH_DATA ?? join(process.cwd(), '.tmp/bench-data');
  const handle = await openEmbedded({ dataFolder, port: undefined, report: progress });
  const url = new URL(handle.connectionString);
  const outside = new pg.Client({ connectionString: url.href });
  await outside.connect();
  await outside.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await outside.query(`CREATE DATABASE ${name}`);
  await outside.end();
  url.pathname = `/${name}`;
  await migrate(url.href, { journals: options.journals, currency: 'EUR' });
  const database = openDatabase(url.href, 120_000);
  await ensureJournals(database, options.journals);
  const admin = new pg.Client({ connectionString: url.href });
  await admin.connect();
  await checkDurable(admin);
  await admin.query(REFERENCE);
  await addItems(admin, options, 1, items, stock);
  await settle(admin);
  return {
    options,
    connectionString: url.href,
    admin,
    database,
    items,
    openPoster: () =>
      createPoster({ database, clock: systemClock, queueMax: 1_000_000, sweepMs: 0 }),
    close: async () => {
      await database.end();
      await admin.end();
      await handle.release();
    },
  };
}

async function checkDurable(admin: pg.Client): Promise<void> {
  for (const name of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const { rows } = await admin.query<{ setting: string }>(
      'SELECT setting FROM pg_settings WHERE name = $1',
      [name],
    );
    if (rows[0]?.setting !== 'on') throw new Error(`${name} must be on, else nothing counts`);
  }
}

const REFERENCE = `
  INSERT INTO sellers.owner (owner_id, code, name) VALUES (2, 'SELLER', 'A seller');
  INSERT INTO network.site (site_id, code, name, type, time_zone, cost_site_id)
    VALUES (1, 'SITE', 'Site', 'fulfilment_centre', 'UTC', 1);
  INSERT INTO network.location (location_id, code, site_id, type)
    SELECT 1000 + bin, 'BIN-' || bin, 1, 'bin' FROM generate_series(1, ${BINS}) AS bin;`;

const UPDATED = ['balance', 'availability', 'cost_pool'];

/** Adds items first..last with full bins; position ids of an item follow from its number. */
export async function addItems(
  admin: pg.Client,
  options: Options,
  first: number,
  last: number,
  stock = STOCK,
): Promise<void> {
  const items = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const journals = items.map((item) => journalOf(item, options.journals));
  // Rows leave free space behind them when they are written, as updates do over days.
  for (const table of UPDATED) await admin.query(`ALTER TABLE ledger.${table} SET (fillfactor=40)`);
  await admin.query('BEGIN');
  await admin.query(
    `CREATE TEMP TABLE new_item ON COMMIT DROP AS
      SELECT * FROM unnest($1::integer[], $2::integer[]) AS k(item_id, journal)`,
    [items, journals],
  );
  for (const statement of seed(stock)) await admin.query(statement);
  await admin.query('COMMIT');
  for (const table of UPDATED) await admin.query(`ALTER TABLE ledger.${table} RESET (fillfactor)`);
}

/** The statements that add the items of new_item, with this many units in each bin. */
const seed = (stock: number): string[] => [
  `INSERT INTO catalog.item (item_id, sku, name, tracks_lot)
    SELECT item_id, 'SKU-' || item_id, 'Item ' || item_id, true FROM new_item`,
  `INSERT INTO ledger.lot (lot_id, journal, item_id, code, created_at)
    SELECT item_id, journal, item_id, 'LOT', now() FROM new_item`,
  `INSERT INTO ledger.availability
      (availability_id, on_hand, last_seq, journal, item_id, site_id, owner_id)
    SELECT item_id * 2 + owner, ${stock * BINS}, 0, journal, item_id, 1, owner
    FROM new_item CROSS JOIN generate_series(1, 2) AS owner ORDER BY 1`,
  `INSERT INTO ledger.cost_pool (cost_pool_id, quantity, value, last_seq, journal, item_id,
      owner_id, cost_site_id, method, quantity_scale)
    SELECT item_id, ${stock * BINS}, ${stock * BINS * 250}, 0, journal, item_id, 1, 1, 1, 0
    FROM new_item ORDER BY 1`,
  `INSERT INTO ledger.position (position_id, availability_id, cost_pool_id, lot_id, journal,
      item_id, location_id, owner_id, site_id, disposition_id, is_real)
    SELECT (item_id - 1) * ${POSITIONS_PER_ITEM} + place + 1,
      CASE WHEN place > 1 THEN item_id * 2 + o.owner END,
      CASE WHEN place > 1 AND o.owner = 1 THEN item_id END,
      CASE WHEN place > 1 THEN item_id END, journal, item_id,
      CASE place WHEN 0 THEN v.supplier WHEN 1 THEN v.customer
        ELSE 1001 + (place - 2) % ${BINS} END,
      o.owner, CASE WHEN place > 1 THEN 1 END, 1, place > 1
    FROM new_item
    CROSS JOIN generate_series(0, ${POSITIONS_PER_ITEM - 1}) AS place
    CROSS JOIN LATERAL (SELECT CASE WHEN place < ${2 + BINS} THEN 1 ELSE 2 END AS owner) AS o
    CROSS JOIN (SELECT min(location_id) FILTER (WHERE code = 'SUPPLIER') AS supplier,
      min(location_id) FILTER (WHERE code = 'CUSTOMER') AS customer FROM network.location) AS v
    ORDER BY 1`,
  `INSERT INTO ledger.balance (position_id, on_hand, last_seq, journal, owner_id, is_real)
    SELECT p.position_id, CASE WHEN p.is_real THEN ${stock} ELSE 0 END, 0, p.journal, p.owner_id,
      p.is_real
    FROM ledger.position p JOIN new_item USING (journal, item_id) ORDER BY 1`,
];

/** Vacuums and checkpoints, so that no round pays for what an earlier one left behind. */
export async function settle(admin: pg.Client): Promise<void> {
  await admin.query('VACUUM (ANALYZE, TRUNCATE false)');
  await admin.query('CHECKPOINT');
}
