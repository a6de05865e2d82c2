import type { AddressInfo } from 'node:net';
import { systemClock } from '../platform/clock.ts';
import type { Config } from '../platform/config.ts';
import type { Context } from '../platform/context.ts';
import { type Database, openDatabase } from '../platform/database.ts';
import { type DatabaseHandle, ensureDatabase } from '../platform/embedded/index.ts';
import type { App } from '../platform/http.ts';
import { createLog } from '../platform/logging.ts';
import { createMetrics } from '../platform/metrics.ts';
import { migrate } from '../platform/migrate.ts';
import { readSettings } from '../platform/settings.ts';
import { modules as allModules, type RouteModule } from './modules.ts';
import { buildServer } from './server.ts';

/** A server that listens. */
export interface RunningServer {
  readonly app: App;
  readonly context: Context;
  readonly url: string;
  readonly handle: DatabaseHandle;
  /** Names of the migrations that this start applied. */
  readonly applied: readonly string[];
  /**
   * Drains and ends it: no new connections, requests in flight finish (at most
   * DRAIN_SECONDS_MAX), then pools and the embedded database's lease. Again is no error.
   */
  close(): Promise<void>;
}

function urlOf(app: App): string {
  const { address, port, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

const CLOSE_IDLE_EVERY_MS = 100;

/**
 * Waits for requests in flight. Their connections are kept alive by clients, so each is closed
 * as soon as it is idle, and all that are open when the time is over.
 */
async function drain(app: App, context: Context): Promise<void> {
  const { drainSecondsMax } = context.config;
  const timer = setTimeout(() => {
    context.log.warn({ seconds: drainSecondsMax }, 'requests in flight were cut off');
    app.server.closeAllConnections();
  }, drainSecondsMax * 1000);
  const idle = setInterval(() => app.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
    clearInterval(idle);
  }
}

/** What was fixed when the database was made wins over what the configuration says today. */
async function withSettings(
  config: Config,
  database: Database,
  report: (line: string) => void,
): Promise<Config> {
  const settings = await readSettings(database.poster);
  if (settings.currency !== config.currency) {
    report(`The books of this database are in ${settings.currency}; CURRENCY is ignored.`);
  }
  return { ...config, ...settings };
}

/**
 * Starts everything in one process: the database (embedded unless DATABASE_URL), migrations,
 * pools, the HTTP server.
 * @param report told what takes time while it starts.
 * @throws EmbeddedError, DatabaseUnreachable, SchemaError, or EADDRINUSE from listening.
 */
export async function startServer(
  config: Config,
  report: (line: string) => void = () => {},
  modules: readonly RouteModule[] = allModules,
): Promise<RunningServer> {
  const handle = await ensureDatabase(config, report);
  try {
    const applied = await migrate(handle.connectionString, config);
    if (applied.length > 0) report(`Migrations applied: ${applied.length}.`);
    const database = openDatabase(handle.connectionString);
    const log = createLog(config);
    const metrics = createMetrics();
    const fixed = await withSettings(config, database, report);
    const context: Context = { config: fixed, database, clock: systemClock, log, metrics };
    const end = async () => {
      await database.end();
      await handle.release();
    };
    try {
      const app = await buildServer(context, modules);
      await app.listen({ host: config.host, port: config.port });
      let closing: Promise<void> | undefined;
      const close = () => {
        closing ??= drain(app, context).then(end);
        return closing;
      };
      return { app, context, url: urlOf(app), handle, applied, close };
    } catch (error) {
      await database.end();
      throw error;
    }
  } catch (error) {
    await handle.release();
    throw error;
  }
}
