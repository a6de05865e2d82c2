import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import type { Config } from './config.ts';
import type { Queryable } from './database.ts';
import { packageRoot } from './package.ts';

export const migrationsFolder = join(packageRoot, 'migrations');
export const POSTGRES_VERSION_MIN = 15;

/** The database cannot be used by this program; the message says what to do. */
export class SchemaError extends Error {}

/** Names of the migrations that this program ships, in order. */
export function shippedMigrations(): string[] {
  return readdirSync(migrationsFolder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.slice(0, -'.sql'.length))
    .sort();
}

async function appliedMigrations(db: Queryable): Promise<string[]> {
  const exists = await db.query("SELECT to_regclass('platform.migration') IS NOT NULL AS yes");
  if (!exists.rows[0]?.yes) return [];
  const { rows } = await db.query<{ name: string }>(
    'SELECT name FROM platform.migration ORDER BY id',
  );
  return rows.map((row) => row.name);
}

/** Which migrations the database has, which it lacks, and which this program does not know. */
export interface SchemaVersion {
  readonly current: string | undefined;
  readonly missing: readonly string[];
  readonly unknown: readonly string[];
}

/** Compares the database with the migrations that this program ships. */
export async function schemaVersion(db: Queryable): Promise<SchemaVersion> {
  const shipped = shippedMigrations();
  const applied = await appliedMigrations(db);
  return {
    current: applied.at(-1),
    missing: shipped.filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !shipped.includes(name)),
  };
}

async function refuseUnfitDatabase(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    "SELECT current_setting('server_version') AS version",
  );
  const version = rows[0]?.version ?? '';
  if (Number.parseInt(version, 10) < POSTGRES_VERSION_MIN) {
    throw new SchemaError(
      `PostgreSQL ${version} is too old: onhand needs ${POSTGRES_VERSION_MIN} or newer.`,
    );
  }
  const { unknown } = await schemaVersion(client);
  if (unknown.length > 0) {
    throw new SchemaError(
      `The database has migrations that this version of onhand does not know ` +
        `(${unknown.join(', ')}). Start the newer version that made them.`,
    );
  }
}

/**
 * Applies the missing migrations, each in its own transaction, while holding an advisory lock:
 * processes that start together wait for the first. JOURNALS and CURRENCY take effect only when
 * the database is made.
 * @param report called with the name of each migration before it runs.
 * @returns the names of the migrations applied now.
 * @throws SchemaError when the server is too old or the database is newer than the program.
 */
export async function migrate(
  connectionString: string,
  settings: Pick<Config, 'journals' | 'currency'>,
  report: (line: string) => void = () => {},
): Promise<string[]> {
  const client = new pg.Client({ connectionString, application_name: 'onhand-migrate' });
  await client.connect();
  try {
    await refuseUnfitDatabase(client);
    await client.query("SELECT set_config('onhand.journals', $1, false)", [settings.journals]);
    await client.query("SELECT set_config('onhand.currency', $1, false)", [settings.currency]);
    const applied = await runner({
      dbClient: client,
      dir: migrationsFolder,
      direction: 'up',
      migrationsSchema: 'platform',
      createMigrationsSchema: true,
      migrationsTable: 'migration',
      advisoryLockMode: 'wait',
      logger: {
        debug: () => {},
        info: (line) => report(line),
        warn: (line) => report(line),
        error: () => {},
      },
    });
    return applied.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}
