import pg from 'pg';
import { newId } from '../../src/platform/ids.ts';
import type { Bench } from '../ledger/bench-database.ts';

const CONNECTIONS = 16;

/**
 * How most systems capture: one transaction a line that reads the item's row under a lock, takes
 * the unit and writes the line, over 16 connections. Two plain tables of the barest shape.
 */
export interface NaiveShop {
  /** One line; false where nothing is left. */
  take(orderId: string, line: number, item: number): Promise<boolean>;
  refill(item: number, units: number): Promise<void>;
  end(): Promise<void>;
}

export async function openNaiveShop(bench: Bench): Promise<NaiveShop> {
  await bench.admin.query(`
    CREATE SCHEMA naive;
    CREATE TABLE naive.stock (item_id integer PRIMARY KEY, available bigint NOT NULL)
      WITH (fillfactor = 40);
    CREATE TABLE naive.line (order_id uuid, line integer, item_id integer NOT NULL,
      quantity bigint NOT NULL, price bigint NOT NULL, ship_to jsonb, created_at timestamptz,
      PRIMARY KEY (order_id, line));
    INSERT INTO naive.stock SELECT g, 1000000000 FROM generate_series(1, ${bench.items}) AS g`);
  await bench.admin.query('VACUUM ANALYZE naive.stock');
  const pool = new pg.Pool({ connectionString: bench.connectionString, max: CONNECTIONS });
  const shipTo = JSON.stringify({ name: 'Ada', city: 'Berlin', country: 'DE' });
  const insert = 'INSERT INTO naive.line VALUES ($1, $2, $3, 1, 1250, $4, now())';
  return {
    take: async (orderId, line, item) => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const lock = 'SELECT available FROM naive.stock WHERE item_id = $1 FOR UPDATE';
        const { rows } = await client.query({ name: 'lock', text: lock, values: [item] });
        const left = Number(rows[0].available);
        if (left > 0) {
          const update = 'UPDATE naive.stock SET available = $2 WHERE item_id = $1';
          await client.query({ name: 'update', text: update, values: [item, left - 1] });
          await client.query({
            ...{ name: 'insert', text: insert },
            values: [orderId, line, item, shipTo],
          });
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
