import {
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedError } from './placement.ts';
import { type Account, isPostgres, run } from './processes.ts';

const START_SECONDS_MAX = 60;
const START_ATTEMPTS_MAX = 20;
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** One embedded server: where its programs and files are, who runs it, how to log in. */
export interface Server {
  readonly programs: string;
  readonly directory: string;
  readonly account: Account | undefined;
  readonly password: string;
}

export const SUPERUSER = 'onhand';

function logPath(server: Server): string {
  return join(server.directory, 'server.log');
}

/** The last lines of the server's log, for messages. */
function lastWords(server: Server): string {
  try {
    return readFileSync(logPath(server), 'utf8').trim().split('\n').slice(-8).join('\n');
  } catch {
    return '(its log cannot be read)';
  }
}

/** Whether nothing listens on the port of 127.0.0.1. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => done(true)));
  });
}

/** A port of 127.0.0.1 that is free now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => done(port));
    });
  });
}

function isInitialised(server: Server): boolean {
  return existsSync(join(server.directory, 'cluster', 'PG_VERSION'));
}

function owned(server: Server, path: string, content: string): void {
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, 0o600);
  if (server.account) chownSync(path, server.account.uid, server.account.gid);
}

/**
 * Makes the database cluster once. It is built aside and renamed, so one that was cut short is
 * never taken for a whole one.
 * @throws EmbeddedError with the words of initdb.
 */
export async function initialise(server: Server): Promise<void> {
  if (isInitialised(server)) return;
  for (const name of readdirSync(server.directory)) {
    if (name.startsWith('cluster')) rmSync(join(server.directory, name), { recursive: true });
  }
  const partial = join(server.directory, 'cluster.new');
  const passwordFile = join(server.directory, 'password.new');
  owned(server, passwordFile, server.password);
  // The builtin C.UTF-8 locale sorts alike on every machine and needs none of its libraries.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const { code, output } = await run(
    join(server.programs, 'initdb'),
    [
      ...['-D', partial, '-U', SUPERUSER, '--encoding=UTF8', ...locale],
      ...['--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ],
    server.account,
  );
  rmSync(passwordFile, { force: true });
  if (code !== 0) {
    throw new EmbeddedError(`PostgreSQL could not be set up in ${server.directory}:\n${output}`);
  }
  renameSync(partial, join(server.directory, 'cluster'));
}

const MEGABYTE = 1024 * 1024;

/** Durable first: the ledger acknowledges only what is on disk. */
function settings(port: number): Record<string, string> {
  const limit = process.constrainedMemory?.() ?? 0;
  const memory = limit > 0 && limit < totalmem() ? limit : totalmem();
  const megabytes = Math.floor(memory / MEGABYTE);
  const sharedBuffers = Math.min(1024, Math.max(64, Math.floor(megabytes / 8)));
  return {
    listen_addresses: "'127.0.0.1'",
    port: `${port}`,
    unix_socket_directories: "''",
    max_connections: '120',
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    jit: 'off',
    shared_buffers: `${sharedBuffers}MB`,
    effective_cache_size: `${Math.max(128, Math.floor(megabytes / 2))}MB`,
    work_mem: '16MB',
    maintenance_work_mem: '128MB',
    wal_buffers: '16MB',
    min_wal_size: '512MB',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    random_page_cost: '1.1',
    idle_in_transaction_session_timeout: '60s',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    log_connections: "''",
    log_line_prefix: "'%m [%p] '",
    timezone: "'UTC'",
    log_timezone: "'UTC'",
  };
}

function writeSettings(server: Server, port: number): void {
  const cluster = join(server.directory, 'cluster');
  const main = join(cluster, 'postgresql.conf');
  const include = "include 'onhand.conf'";
  const text = readFileSync(main, 'utf8');
  if (!text.includes(include)) owned(server, main, `${text}\n${include}\n`);
  const lines = Object.entries(settings(port)).map(([key, value]) => `${key} = ${value}`);
  const head = '# Written at each start; put settings of your own into postgresql.auto.conf.';
  owned(server, join(cluster, 'onhand.conf'), `${head}\n${lines.join('\n')}\n`);
}

interface Running {
  readonly pid: number;
  readonly port: number;
}

/** The server that holds the cluster, from its lock file; undefined when it is gone. */
export function runningServer(server: Server): Running | undefined {
  try {
    const path = join(server.directory, 'cluster', 'postmaster.pid');
    const lines = readFileSync(path, 'utf8').split('\n');
    const [pid, port] = [Number(lines[0]), Number(lines[3])];
    return pid > 0 && port > 0 && isPostgres(pid) ? { pid, port } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A lock file whose pid now belongs to a program other than PostgreSQL would stop the start for
 * ever. A dead pid is left alone: PostgreSQL checks itself whether old backends linger.
 */
function removeRecycledLock(server: Server): void {
  const path = join(server.directory, 'cluster', 'postmaster.pid');
  if (!existsSync(path) || runningServer(server)) return;
  const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
  if (pid > 0 && process.platform === 'linux' && existsSync(`/proc/${pid}`)) rmSync(path);
}

/** A log that has grown large starts anew; it holds warnings only. */
function trimLog(server: Server): void {
  const size = statSync(logPath(server), { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) truncateSync(logPath(server));
}

/**
 * Starts the server as a daemon that outlives us, and waits until it accepts connections.
 * Right after a kill -9 the old backends may linger for a moment, so it tries for a while.
 * @throws EmbeddedError with the last lines of the server's log.
 */
export async function startServer(server: Server, port: number): Promise<void> {
  writeSettings(server, port);
  trimLog(server);
  const cluster = join(server.directory, 'cluster');
  const args = ['start', '-w', '-t', `${START_SECONDS_MAX}`, '-D', cluster, '-l', logPath(server)];
  for (let attempt = 1; attempt <= START_ATTEMPTS_MAX; attempt++) {
    removeRecycledLock(server);
    const { code } = await run(join(server.programs, 'pg_ctl'), args, server.account);
    if (code === 0) return;
    if (!/still in use|lock file|being used/.test(lastWords(server))) break;
    await sleep(500);
  }
  throw new EmbeddedError(
    `PostgreSQL did not start on port ${port}. The end of ${logPath(server)}:\n` +
      lastWords(server),
  );
}

/** Stops the server at once but cleanly: open transactions are rolled back. */
export async function stopServer(server: Server): Promise<void> {
  const cluster = join(server.directory, 'cluster');
  const args = ['stop', '-w', '-t', `${START_SECONDS_MAX}`, '-m', 'fast', '-D', cluster];
  const { code, output } = await run(join(server.programs, 'pg_ctl'), args, server.account);
  if (code !== 0 && runningServer(server)) {
    throw new EmbeddedError(`PostgreSQL did not stop: ${output}`);
  }
}
