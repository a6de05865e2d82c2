import { systemClock } from '../platform/clock.ts';
import { type Config, loadConfig } from '../platform/config.ts';
import type { Context } from '../platform/context.ts';
import { openDatabase } from '../platform/database.ts';
import { ensureDatabase } from '../platform/embedded/index.ts';
import { createLog } from '../platform/logging.ts';
import { createMetrics } from '../platform/metrics.ts';
import { migrate, schemaVersion } from '../platform/migrate.ts';
import { readSettings } from '../platform/settings.ts';
import { CliError, EXIT } from './exit.ts';

/** Where a command says what takes time: stderr. */
export function reportToStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What a command works with; the connection string is the schema owner's. */
export interface CliContext extends Context {
  readonly connectionString: string;
}

async function requireSchema(config: Config, context: CliContext): Promise<void> {
  const { missing } = await schemaVersion(context.database.reader).catch(() => ({
    missing: ['all of them'],
  }));
  if (missing.length === 0) return;
  const where = config.databaseUrl ? 'The database at DATABASE_URL' : 'The database';
  throw new CliError(
    EXIT.unreachable,
    `${where} lacks migrations (${missing.join(', ')}). Run: onhand migrate`,
  );
}

/**
 * Runs a command's work on the configured database, whether or not a server runs: an embedded
 * PostgreSQL is started, or shared with the server, under a lease for as long as it takes. A new
 * embedded database is migrated; an external one must have been.
 */
export async function withDatabase<T>(work: (context: CliContext) => Promise<T>): Promise<T> {
  const config = loadConfig(process.env);
  const handle = await ensureDatabase(config, reportToStderr);
  try {
    const { connectionString } = handle;
    if (handle.embedded) await migrate(connectionString, config);
    const database = openDatabase(connectionString);
    // A command's own words go to stdout, so its log is quiet unless asked for.
    const logLevel = process.env.LOG_LEVEL ? config.logLevel : 'silent';
    const context: CliContext = {
      config,
      connectionString,
      database,
      clock: systemClock,
      log: createLog({ ...config, logLevel }),
      metrics: createMetrics(),
    };
    try {
      await requireSchema(config, context);
      // What was fixed when the database was made wins over what the configuration says today.
      const fixed = { ...config, ...(await readSettings(database.reader)) };
      return await work({ ...context, config: fixed });
    } finally {
      await database.end();
    }
  } finally {
    await handle.release();
  }
}
