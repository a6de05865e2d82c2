import { type Command, InvalidArgumentError } from 'commander';
import { type RunningServer, startServer } from '../../api/index.ts';
import { type Config, loadConfig } from '../../platform/config.ts';
import { type GlobalOptions, globalsOf, print } from '../command.ts';
import {
  type DemoKey,
  demoKeys,
  dropEverything,
  readDemoState,
  runDemo,
  seedDemo,
  writeDemoState,
} from '../demo.ts';
import { CliError, EXIT } from '../exit.ts';
import { runSteps } from '../progress.ts';
import {
  announceServer,
  clearReset,
  readReset,
  runningServerUrl,
  withdrawServer,
  writeReset,
} from '../running.ts';

const WATCH_EVERY_MS = 1_000;

interface StartOptions {
  readonly empty?: boolean;
  readonly port?: number;
  readonly host?: string;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Give a port from 0 (any free one) to 65535.');
}

async function startAll(config: Config, globals: GlobalOptions): Promise<RunningServer> {
  let server: RunningServer | undefined;
  const title = 'Start the database and the server';
  const run = async (say: (line: string) => void) => {
    server = await startServer(config, say);
  };
  await runSteps(globals, [{ title, run }]);
  if (!server) throw new Error('the steps ended without a server');
  return server;
}

/**
 * Whether the demo is to be seeded: into a database that this start has made, or on into one
 * whose seeding was cut short. Data that somebody put there otherwise is never touched.
 */
async function wantsSeeding(server: RunningServer, isEmpty: boolean): Promise<boolean> {
  const { connectionString } = server.handle;
  const state = await readDemoState(connectionString);
  if (state === 'seeding') return true;
  if (state !== undefined) return false;
  const isNew = server.applied.includes('0001_platform_foundation');
  if (isNew && !isEmpty) return true;
  await writeDemoState(connectionString, 'none');
  return false;
}

/**
 * Seeds the demo while the API already answers.
 * @returns false when a signal ended it; the next start goes on from there.
 */
async function seedWithProgress(server: RunningServer, globals: GlobalOptions): Promise<boolean> {
  const end = new AbortController();
  const stop = () => end.abort();
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const title = `Seed the demo; the API answers already at ${server.url}`;
  const run = (say: (line: string) => void) =>
    seedDemo(server, say, end.signal).catch((error) => {
      throw end.signal.aborted ? new Error('stopped; the next start goes on from here') : error;
    });
  try {
    await runSteps(globals, [{ title, run }]);
    return true;
  } catch (error) {
    if (end.signal.aborted) return false;
    throw error;
  } finally {
    process.removeListener('SIGINT', stop);
    process.removeListener('SIGTERM', stop);
  }
}

function banner(server: RunningServer, keys: readonly DemoKey[]): string {
  const { url, handle } = server;
  const database = handle.embedded ? 'embedded PostgreSQL' : 'the PostgreSQL at DATABASE_URL';
  const lines = [
    '',
    `onhand runs at ${url} on ${database}.`,
    '',
    `  API reference  ${url}/reference`,
    `  OpenAPI        ${url}/v1/openapi.json`,
    `  readiness      ${url}/readyz`,
    '',
  ];
  const width = Math.max(...keys.map(({ name }) => name.length));
  if (keys.length === 0) lines.push('Make a key: npx onhand keys create NAME --role admin');
  else lines.push('Keys of this demo (kept in demo-keys.json of the data folder):');
  for (const { name, key } of keys) lines.push(`  ${name.padEnd(width)}  ${key}`);
  lines.push('', 'Ctrl-C stops it.', '');
  return lines.join('\n');
}

type Ending = 'signal' | 'reset';

/** Resolves when the server should end: a signal, or another process asks for a reset. */
function untilEnding(server: RunningServer): Promise<Ending> {
  const { config, log } = server.context;
  return new Promise((done) => {
    let looking = false;
    const look = async () => {
      if (readReset(config.dataFolder)?.state === 'requested') return finish('reset');
      if (await server.handle.revive()) log.warn('PostgreSQL had died and was started again');
    };
    const timer = setInterval(() => {
      if (looking) return;
      looking = true;
      look()
        .catch((err) => log.error({ err }, 'PostgreSQL has died and does not start'))
        .finally(() => {
          looking = false;
        });
    }, WATCH_EVERY_MS);
    const stop = (signal: NodeJS.Signals) => {
      log.info({ signal }, 'stopping: requests in flight finish first');
      finish('signal');
    };
    const finish = (ending: Ending) => {
      clearInterval(timer);
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      // A second signal while draining ends the process at once, as by default.
      done(ending);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

/** Makes the data ready and serves until it ends. @throws what seeding throws */
async function serve(
  server: RunningServer,
  options: StartOptions,
  globals: GlobalOptions,
): Promise<Ending> {
  const { config } = server.context;
  if (await wantsSeeding(server, options.empty === true)) {
    if (!(await seedWithProgress(server, globals))) return 'signal';
  }
  const hasDemo = (await readDemoState(server.handle.connectionString)) === 'ready';
  const keys = hasDemo ? await demoKeys(server.context) : [];
  const started = { url: server.url, embedded: server.handle.embedded, keys };
  print(globals, started, () => banner(server, keys));
  const stopDemo = hasDemo ? await runDemo(server) : async () => {};
  if (readReset(config.dataFolder)?.state === 'running') {
    writeReset(config.dataFolder, { state: 'done', message: server.url });
  }
  const ending = await untilEnding(server);
  await stopDemo();
  return ending;
}

async function serveOnce(
  config: Config,
  options: StartOptions,
  globals: GlobalOptions,
): Promise<Ending> {
  const server = await startAll(config, globals);
  announceServer(config.dataFolder, server.url);
  const ending = await serve(server, options, globals).catch(async (error) => {
    await server.close();
    throw error;
  });
  if (ending === 'reset') {
    writeReset(config.dataFolder, { state: 'running', message: 'the server is stopping' });
    await server.app.close();
    await dropEverything(server.handle.connectionString);
  } else withdrawServer(config.dataFolder);
  await server.close();
  return ending;
}

async function start(options: StartOptions, command: Command): Promise<void> {
  const given = loadConfig(process.env);
  const config = {
    ...given,
    port: options.port ?? given.port,
    host: options.host ?? given.host,
  };
  const other = runningServerUrl(config.dataFolder);
  if (other) {
    const advice = 'Stop it first, or set ONHAND_DATA to another folder.';
    throw new CliError(EXIT.failed, `onhand already runs at ${other} on this data. ${advice}`);
  }
  clearReset(config.dataFolder);
  try {
    let wanted = options;
    while ((await serveOnce(config, wanted, globalsOf(command))) === 'reset') {
      // Who asks for a reset of the demo wants it, also of a server that started without.
      wanted = { ...options, empty: false };
    }
  } catch (error) {
    if (readReset(config.dataFolder)?.state === 'running') {
      writeReset(config.dataFolder, { state: 'failed', message: (error as Error).message });
    }
    withdrawServer(config.dataFolder);
    throw error;
  }
}

/** `onhand start`: everything in one process, until a signal. */
export function registerStart(program: Command): void {
  program
    .command('start')
    .description('start the server; on first use it sets up PostgreSQL and seeds the demo')
    .option('--empty', 'start without the demo')
    .option('--port <port>', 'listen on this port instead of PORT', parsePort)
    .option('--host <address>', 'listen on this address instead of HOST (default 127.0.0.1)')
    .action(start);
}
