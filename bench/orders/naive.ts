import pg from 'pg';
import { newId } from '../../src/platform/ids.ts';
import type { Bench } from '../ledger/bench-database.ts';

const CONNECTIONS = 16;

/**
 * How most systems capture: one transaction a line that reads the item's row under a lock, takes
 * the unit, and writes the reservation and the line; the first line's writes the order and its
 * trail too. The same facts as ours, in tables with a primary key each and no other index.
 */
export interface NaiveShop {
  /** One line; false where nothing is left. */
  take(orderId: string, line: number, item: number): Promise<boolean>;
  refill(item: number, units: number): Promise<void>;
  end(): Promise<void>;
}

const SCHEMA = (items: number) => `
  CREATE SCHEMA naive;
  CREATE TABLE naive.stock (item_id integer PRIMARY KEY, available bigint NOT NULL)
    WITH (fillfactor = 40);
  CREATE TABLE naive.sales_order (order_id uuid PRIMARY KEY, number text NOT NULL, channel text,
    state text, ship_to jsonb, currency text, shipping bigint, created_at timestamptz);
  CREATE TABLE naive.line (order_id uuid, line integer, item_id integer NOT NULL,
    quantity bigint NOT NULL, price bigint NOT NULL, tax bigint NOT NULL, site integer,
    PRIMARY KEY (order_id, line));
  CREATE TABLE naive.reservation (reservation_id uuid PRIMARY KEY, order_id uuid NOT NULL,
    line integer NOT NULL, item_id integer NOT NULL, quantity bigint NOT NULL, state text,
    created_at timestamptz);
  CREATE TABLE naive.history (history_id uuid PRIMARY KEY, order_id uuid NOT NULL, action text,
    actor integer, recorded_at timestamptz);
  INSERT INTO naive.stock SELECT g, 1000000000 FROM generate_series(1, ${items}) AS g`;

const shipTo = JSON.stringify({
  name: 'Ada',
  lines: ['1 Main St'],
  city: 'Berlin',
  country: 'DE',
});

async function writeHead(client: pg.PoolClient, orderId: string): Promise<void> {
  await client.query({
    name: 'order',
    text: `INSERT INTO naive.sales_order VALUES ($1, $2, 'WEB', 'open', $3, 'EUR', 490, now())`,
    values: [orderId, `SO-${orderId}`, shipTo],
  });
  await client.query({
    name: 'history',
    text: `INSERT INTO naive.history VALUES ($1, $2, 'captured', 1, now())`,
    values: [newId(), orderId],
  });
}

async function writeLine(
  client: pg.PoolClient,
  [orderId, line, item]: readonly [string, number, number],
  left: number,
): Promise<void> {
  const update = 'UPDATE naive.stock SET available = $2 WHERE item_id = $1';
  await client.query({ name: 'update', text: update, values: [item, left - 1] });
  await client.query({
    name: 'reservation',
    text: `INSERT INTO naive.reservation VALUES ($1, $2, $3, $4, 1, 'pending', now())`,
    values: [newId(), orderId, line, item],
  });
  await client.query({
    name: 'line',
    text: 'INSERT INTO naive.line VALUES ($1, $2, $3, 1, 1250, 238, 1)',
    values: [orderId, line, item],
  });
}

export async function openNaiveShop(bench: Bench): Promise<NaiveShop> {
  await bench.admin.query(SCHEMA(bench.items));
  await bench.admin.query('VACUUM ANALYZE naive.stock');
  const pool = new pg.Pool({ connectionString: bench.connectionString, max: CONNECTIONS });
  return {
    take: async (orderId, line, item) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const lock = 'SELECT available FROM naive.stock WHERE item_id = $1 FOR UPDATE';
        const { rows } = await client.query({ name: 'lock', text: lock, values: [item] });
        const left = Number(rows[0].available);
        if (left > 0) {
          if (line === 1) await writeHead(client, orderId);
          await writeLine(client, [orderId, line, item], left);
        }
        await client.query('COMMIT');
        return left > 0;
      } finally {
        client.release();
      }
    },
    refill: async (item, units) => {
      const text = 'UPDATE naive.stock SET available = $2 WHERE item_id = $1';
      await pool.query(text, [item, units]);
    },
    end: () => pool.end(),
  };
}

/** One sales order of the naive shop, line after line. */
export async function naiveCapture(shop: NaiveShop, items: readonly number[]): Promise<void> {
  const orderId = newId();
  for (const [i, item] of items.entries()) await shop.take(orderId, i + 1, item);
}
