import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { liveLeases, takeLease, withFolderLock } from './leases.ts';
import { accountOf, chooseAccount, EmbeddedError, placeBinaries, placeData } from './placement.ts';
import { isPostgres } from './processes.ts';
import {
  freePort,
  initialise,
  portIsFree,
  runningServer,
  type Server,
  SUPERUSER,
  startServer,
  stopServer,
} from './server.ts';

const DATABASE_NAME = 'onhand';
const ADOPT_SECONDS_MAX = 60;

export interface EmbeddedOptions {
  /** Absolute path of the data folder. */
  readonly dataFolder: string;
  /** Fixed port; without it a free one is chosen and remembered. */
  readonly port: number | undefined;
  /** Told what takes time and what is unusual. */
  readonly report: (line: string) => void;
}

/** A database to connect to. `release` gives it back; the last to leave stops an embedded one. */
export interface DatabaseHandle {
  readonly connectionString: string;
  readonly embedded: boolean;
  /** Starts an embedded server that has died; true when it had. */
  revive(): Promise<boolean>;
  release(): Promise<void>;
}

/** What is remembered between starts, in embedded.json (mode 0600). */
interface State {
  readonly password: string;
  readonly port: number;
  readonly directory: string;
}

function statePath(dataFolder: string): string {
  return join(dataFolder, 'embedded.json');
}

function readState(dataFolder: string): State | undefined {
  const path = statePath(dataFolder);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new EmbeddedError(
      `${path} cannot be read: ${(error as Error).message}. ` +
        'Start as the user who made it, or set ONHAND_DATA to another folder.',
    );
  }
}

function writeState(dataFolder: string, state: State): void {
  const path = statePath(dataFolder);
  writeFileSync(path, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
}

function makeDataFolder(dataFolder: string): void {
  try {
    mkdirSync(dataFolder, { recursive: true });
    accessSync(dataFolder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new EmbeddedError(
      `The data folder ${dataFolder} cannot be made or written (${code}). Start as the user ` +
        'who made it, or set ONHAND_DATA to another folder.',
    );
  }
}

function urlOf(state: State, port: number, database: string): string {
  return `postgresql://${SUPERUSER}:${state.password}@127.0.0.1:${port}/${database}`;
}

async function choosePort(wanted: number | undefined, remembered: number | undefined) {
  if (wanted !== undefined) {
    if (await portIsFree(wanted)) return wanted;
    throw new EmbeddedError(`PG_PORT: port ${wanted} is taken by another program.`);
  }
  if (remembered !== undefined && (await portIsFree(remembered))) return remembered;
  return freePort();
}

/** Whether the server on this port serves this very cluster and knows our password. */
async function serves(server: Server, state: State, port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlOf(state, port, 'postgres'),
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(
      "SELECT current_setting('data_directory') AS directory",
    );
    return rows[0]?.directory === join(server.directory, 'cluster');
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** The port of a server that already serves the cluster; it may still be recovering. */
async function adopt(server: Server, state: State): Promise<number | undefined> {
  const deadline = performance.now() + ADOPT_SECONDS_MAX * 1000;
  for (;;) {
    const running = runningServer(server);
    if (!running) return undefined;
    if (await serves(server, state, running.port)) return running.port;
    // Another program's PostgreSQL may by chance have the pid of a dead one of ours.
    if (performance.now() > deadline || !isPostgres(running.pid)) return undefined;
    await sleep(250);
  }
}

async function ensureDatabaseExists(state: State, port: number): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(state, port, 'postgres') });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [
      DATABASE_NAME,
    ]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE_NAME}`);
  } finally {
    await client.end();
  }
}

/** Adopts the running server of the folder or starts one; returns it and its port. */
async function obtain(options: EmbeddedOptions): Promise<{ server: Server; url: string }> {
  const { dataFolder, report } = options;
  const before = readState(dataFolder);
  const isThere = before !== undefined && existsSync(before.directory);
  const account = isThere ? accountOf(before.directory) : await chooseAccount();
  const programs = await placeBinaries(dataFolder, account, report);
  const directory = isThere ? before.directory : await placeData(dataFolder, account, report);
  const password = before?.password ?? randomBytes(24).toString('base64url');
  const server: Server = { programs, directory, account, password };
  const draft: State = { password, directory, port: before?.port ?? 0 };
  const adopted = before ? await adopt(server, draft) : undefined;
  if (adopted !== undefined) return { server, url: urlOf(draft, adopted, DATABASE_NAME) };
  const port = await choosePort(options.port, before?.port);
  const state = { ...draft, port };
  if (!isThere) report('Setting up PostgreSQL (once) ...');
  writeState(dataFolder, state);
  await initialise(server);
  await startServer(server, port);
  await ensureDatabaseExists(state, port);
  return { server, url: urlOf(state, port, DATABASE_NAME) };
}

/**
 * The embedded PostgreSQL of a data folder: set up on first use, adopted when it runs, else
 * started. Every user holds a lease; the last to release it stops the server. Leases of killed
 * processes do not count.
 * @throws EmbeddedError when it cannot run here.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<DatabaseHandle> {
  const { dataFolder } = options;
  makeDataFolder(dataFolder);
  return withFolderLock(dataFolder, async () => {
    const { server, url } = await obtain(options);
    const lease = takeLease(dataFolder);
    return {
      connectionString: url,
      embedded: true,
      async revive() {
        if (runningServer(server)) return false;
        await withFolderLock(dataFolder, () => obtain(options));
        return true;
      },
      release: () =>
        withFolderLock(dataFolder, async () => {
          rmSync(lease, { force: true });
          if (liveLeases(dataFolder) === 0) await stopServer(server);
        }),
    };
  });
}
