import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { startServer } from '../../api/index.ts';
import { type Config, loadConfig } from '../../platform/config.ts';
import { ensureDatabase } from '../../platform/embedded/index.ts';
import { type GlobalOptions, globalsOf, print } from '../command.ts';
import { dropEverything, readDemoState, seedDemo } from '../demo.ts';
import { CliError, EXIT } from '../exit.ts';
import { runSteps } from '../progress.ts';
import { clearReset, readReset, runningServerUrl, writeReset } from '../running.ts';

const RESET_SECONDS_MAX = 600;

/** Only the demo's own database is deleted without being asked twice. */
async function refuseForeignData(connectionString: string, isForced: boolean): Promise<void> {
  const state = await readDemoState(connectionString);
  if (isForced || state === 'ready' || state === 'seeding') return;
  throw new CliError(
    EXIT.refused,
    'The database holds no demo, and resetting would delete what it holds. ' +
      'If that is what you want, say --force.',
  );
}

/** A running server resets itself, since it holds the data in memory; this waits for it. */
async function resetByServer(config: Config, say: (line: string) => void): Promise<string> {
  writeReset(config.dataFolder, { state: 'requested', message: '' });
  for (let second = 0; second < RESET_SECONDS_MAX * 2; second++) {
    await sleep(500);
    const request = readReset(config.dataFolder);
    if (request?.state === 'running') say('the server rebuilds it ...');
    if (request?.state === 'done') {
      clearReset(config.dataFolder);
      return request.message;
    }
    if (request?.state === 'failed') throw new CliError(EXIT.failed, request.message);
    if (!runningServerUrl(config.dataFolder)) break;
  }
  throw new CliError(EXIT.failed, 'The server ended or did not answer; see its output.');
}

/** Without a server: one is started on any free port for as long as the seeding takes. */
async function resetAlone(
  config: Config,
  connectionString: string,
  say: (line: string) => void,
): Promise<void> {
  await dropEverything(connectionString);
  const server = await startServer({ ...config, port: 0, logLevel: 'silent' }, say);
  try {
    await seedDemo(server, say);
  } finally {
    await server.close();
  }
}

async function reset(options: { force?: boolean }, command: Command): Promise<void> {
  const globals: GlobalOptions = globalsOf(command);
  const config = loadConfig(process.env);
  const handle = await ensureDatabase(config);
  try {
    await refuseForeignData(handle.connectionString, options.force === true);
    let url: string | undefined;
    await runSteps(globals, [
      {
        title: 'Delete the data and seed the demo anew',
        run: async (say) => {
          if (runningServerUrl(config.dataFolder)) url = await resetByServer(config, say);
          else await resetAlone(config, handle.connectionString, say);
        },
      },
    ]);
    const where = url ? `It runs at ${url}.` : 'Start it with: onhand start';
    print(globals, { reset: true, url }, () => `The demo has been rebuilt. ${where}`);
  } finally {
    await handle.release();
  }
}

/** `onhand demo reset`. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the living demo')
    .command('reset')
    .description('delete everything and seed the demo anew')
    .option('--force', 'even when the database does not hold the demo')
    .action(reset);
}
