import pg from 'pg';

/** One connection inside a transaction, or a pool for single statements. */
export interface Queryable {
  query<R extends pg.QueryResultRow = pg.QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<pg.QueryResult<R>>;
}

/** A connection on which BEGIN has run. Every query function takes one first. */
export type Tx = pg.PoolClient;

/**
 * The three database roles the server works as. `poster` may append movements and update the
 * derived balances, `writer` edits reference data, `reader` reads under row-level security.
 */
export interface Database {
  readonly poster: pg.Pool;
  readonly writer: pg.Pool;
  readonly reader: pg.Pool;
  end(): Promise<void>;
}

/** Owner scope of a reader or writer transaction: one owner's id, or the whole house. */
export type OwnerScope = number | 'house';

const INT8_OID = 20;
pg.types.setTypeParser(INT8_OID, BigInt);

export interface PoolOptions {
  readonly connectionString: string;
  readonly max: number;
  readonly role: 'onhand_poster' | 'onhand_writer' | 'onhand_reader';
  readonly statementTimeoutMs: number;
}

function sessionSettings(options: PoolOptions): string {
  const settings = [
    `role=${options.role}`,
    'jit=off',
    'synchronous_commit=on',
    `statement_timeout=${options.statementTimeoutMs}`,
  ];
  // Column batches are always looked up row by row through the primary key; a plan made for one
  // batch's size, or while a table was still empty, would now and then scan the table instead.
  if (options.role === 'onhand_poster') {
    settings.push('plan_cache_mode=force_generic_plan', 'enable_seqscan=off');
  }
  return settings.map((setting) => `-c ${setting}`).join(' ');
}

const SILENCE_MS_MAX = 3_000;

/** A pool whose every connection takes on `role` at start, so privileges and RLS apply. */
export function createPool(options: PoolOptions): pg.Pool {
  const isPoster = options.role === 'onhand_poster';
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max,
    connectionTimeoutMillis: 15_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: options.role.replace('_', '-'),
    // The statements of a batch go out together instead of one round trip each.
    pipeline: isPoster,
    // A server that has not even cancelled the statement by now is gone, whatever TCP says.
    ...(isPoster ? { query_timeout: options.statementTimeoutMs + SILENCE_MS_MAX } : {}),
    options: sessionSettings(options),
  });
  // An idle connection that dies is replaced at the next checkout; without a listener it would
  // end the process.
  pool.on('error', () => {});
  // So would one that dies in use: its statements fail with the error already.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Opens the three pools. Sizes are small on purpose: batches, not connections, carry load. */
export function openDatabase(connectionString: string, statementTimeoutMs = 30_000): Database {
  const base = { connectionString, statementTimeoutMs };
  const poster = createPool({ ...base, max: 16, role: 'onhand_poster' });
  const writer = createPool({ ...base, max: 4, role: 'onhand_writer' });
  const reader = createPool({ ...base, max: 8, role: 'onhand_reader' });
  return {
    poster,
    writer,
    reader,
    end: async () => {
      await Promise.all([poster.end(), writer.end(), reader.end()]);
    },
  };
}

/** Runs `work` in one transaction; commits when it returns, rolls back when it throws. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (tx: Tx) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

async function scopeTo(tx: Tx, scope: OwnerScope): Promise<void> {
  const value = scope === 'house' ? '*' : String(scope);
  await tx.query("SELECT set_config('onhand.owner', $1, true)", [value]);
}

/** Reads as one owner or as the house; row-level security shows nothing else. */
export function readAs<T>(
  database: Database,
  scope: OwnerScope,
  work: (tx: Tx) => Promise<T>,
  begin = 'BEGIN READ ONLY',
): Promise<T> {
  return inTransaction(
    database.reader,
    async (tx) => {
      await scopeTo(tx, scope);
      return work(tx);
    },
    begin,
  );
}

/** The same, where several statements must see one moment: a figure and what it is made of. */
export function readSnapshotAs<T>(
  database: Database,
  scope: OwnerScope,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return readAs(database, scope, work, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
}

/** Edits reference data as one owner or as the house, under row-level security. */
export function writeAs<T>(
  database: Database,
  scope: OwnerScope,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return inTransaction(database.writer, async (tx) => {
    await scopeTo(tx, scope);
    return work(tx);
  });
}
