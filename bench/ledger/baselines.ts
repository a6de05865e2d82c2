import pg from 'pg';
import { newId } from '../../src/platform/ids.ts';
import type { Bench } from './bench-database.ts';

/**
 * What most systems do: one transaction a movement, the row read under a lock, updated, and the
 * movement inserted, over 16 connections. Two plain tables of the barest shape, one balance each.
 */
export interface Naive {
  run(seconds: number, hot: boolean): Promise<number>;
  end(): Promise<void>;
}

const CONNECTIONS = 16;
const POSITIONS = 100_000;

export async function openNaive(bench: Bench): Promise<Naive> {
  await bench.admin.query(`
    CREATE SCHEMA naive;
    CREATE TABLE naive.balance (position_id bigint PRIMARY KEY, on_hand bigint NOT NULL)
      WITH (fillfactor = 40);
    CREATE TABLE naive.movement (id uuid PRIMARY KEY, position_id bigint NOT NULL,
      quantity bigint NOT NULL, after bigint NOT NULL, occurred_at timestamptz NOT NULL,
      recorded_at timestamptz NOT NULL);
    INSERT INTO naive.balance SELECT g, 1000000000 FROM generate_series(1, ${POSITIONS}) AS g;
    ALTER TABLE naive.balance RESET (fillfactor)`);
  await bench.admin.query('VACUUM ANALYZE naive.balance');
  const pool = new pg.Pool({ connectionString: bench.connectionString, max: CONNECTIONS });
  const post = async (client: pg.PoolClient, hot: boolean): Promise<void> => {
    const at = hot && Math.random() < 0.9 ? 7 : 1 + Math.floor(Math.random() * POSITIONS);
    await client.query('BEGIN');
    const lock = 'SELECT on_hand FROM naive.balance WHERE position_id = $1 FOR UPDATE';
    const { rows } = await client.query({ name: 'lock', text: lock, values: [at] });
    const after = Number(rows[0].on_hand) - 1;
    const update = 'UPDATE naive.balance SET on_hand = $2 WHERE position_id = $1';
    await client.query({ name: 'update', text: update, values: [at, after] });
    const insert = 'INSERT INTO naive.movement VALUES ($1, $2, 1, $3, now(), now())';
    await client.query({ name: 'insert', text: insert, values: [newId(), at, after] });
    await client.query('COMMIT');
  };
  const run = async (seconds: number, hot: boolean): Promise<number> => {
    const started = performance.now();
    let done = 0;
    const work = async (): Promise<void> => {
      const client = await pool.connect();
      while (performance.now() - started < seconds * 1000) {
        await post(client, hot);
        done += 1;
      }
      client.release();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    return (done / (performance.now() - started)) * 1000;
  };
  return { run, end: () => pool.end() };
}

const CHUNK = 2000;

/** Rows of ledger.movement as COPY takes them, and the changes of balance they make. */
interface Chunk {
  readonly copy: Buffer;
  readonly positions: string[];
  readonly deltas: string[];
}

/**
 * The ceiling: COPY of movements into ledger.movement itself, indexes and all, then one set-based
 * update of the balances they touch; no decisions, no guards, no other tables. Everything the
 * client does is done before the clock starts.
 */
export async function ceiling(bench: Bench, seconds: number): Promise<number> {
  const { admin, options } = bench;
  const { rows } = await admin.query<{ seq: string | null }>(
    'SELECT max(seq) AS seq FROM ledger.movement WHERE journal = 0',
  );
  // Far ahead of the head: these rows are not part of any journal and are removed afterwards.
  const first = Number(rows[0]?.seq ?? 0) + 1_000_000_000;
  const count = options.quick ? 60 : 250;
  const chunks = Array.from({ length: count }, (_, i) => makeChunk(bench, first + i * CHUNK));
  const client = new pg.Client({ connectionString: bench.connectionString });
  await client.connect();
  await client.query('SET plan_cache_mode = force_generic_plan; SET jit = off');
  let done = 0;
  const started = performance.now();
  for (const chunk of chunks) {
    await client.query('BEGIN');
    await copyIn(client, chunk.copy);
    await client.query({ ...UPDATE_ALL, values: [chunk.positions, chunk.deltas] });
    await client.query('COMMIT');
    done += CHUNK;
    if (performance.now() - started > seconds * 1000) break;
  }
  const rate = (done / (performance.now() - started)) * 1000;
  await client.query('DELETE FROM ledger.movement WHERE journal = 0 AND seq >= $1', [first]);
  await client.query('VACUUM ledger.movement');
  await client.end();
  return rate;
}

const UPDATE_ALL = {
  name: 'ceiling-update',
  text: `UPDATE ledger.balance b SET on_hand = b.on_hand + k.delta
    FROM unnest($1::bigint[], $2::bigint[]) AS k(position_id, delta)
    WHERE b.journal = 0 AND b.position_id = k.position_id`,
};

function makeChunk(bench: Bench, first: number): Chunk {
  const deltas = new Map<number, number>();
  const lines: string[] = [];
  const now = new Date().toISOString();
  for (let i = 0; i < CHUNK; i += 1) {
    const item = 1 + Math.floor(Math.random() * bench.items);
    const from = (item - 1) * 12 + 8 + Math.floor(Math.random() * 4);
    const quantity = 1 + Math.floor(Math.random() * 9);
    deltas.set(from, (deltas.get(from) ?? 0) - quantity);
    deltas.set(from + 1, (deltas.get(from + 1) ?? 0) + quantity);
    const hash = Math.floor(Math.random() * 2 ** 32);
    const row = [first + i, quantity, 0, from, from + 1, 999_000 - i, 999_000 + i];
    lines.push([...row, first, first, hash, now, now, newId(), 0, 1, item, 2, 1, 3].join('\t'));
  }
  const sorted = [...deltas].sort(([a], [b]) => a - b);
  return {
    copy: Buffer.from(`${lines.join('\n')}\n`),
    positions: sorted.map(([id]) => String(id)),
    deltas: sorted.map(([, delta]) => String(delta)),
  };
}

const COPY = `COPY ledger.movement (seq, quantity, value, from_position, to_position, from_after,
  to_after, from_previous, to_previous, body_hash, occurred_at, recorded_at, command_id, journal,
  line, item_id, owner_id, actor_id, kind) FROM STDIN`;

/** The part of the driver's connection that COPY needs; its types do not name it. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

function copyIn(client: pg.Client, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const ignore = (): void => {};
    const query = {
      submit: (connection: CopyConnection): void => connection.query(COPY),
      handleCopyInResponse: (connection: CopyConnection): void => {
        connection.sendCopyFromChunk(data);
        connection.endCopyFrom();
      },
      handleCommandComplete: ignore,
      handleReadyForQuery: (): void => resolve(),
      handleError: reject,
      handleRowDescription: ignore,
      handleDataRow: ignore,
    };
    client.query(query as unknown as pg.Submittable);
  });
}
