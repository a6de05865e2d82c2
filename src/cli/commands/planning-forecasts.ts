import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import {
  cancelPlanning,
  planningStatus,
  resumePlanning,
  runPlanning,
  type ShownRun,
  showForecastOf,
  showItemForecastOf,
  workPlanning,
} from '../../planning/index.ts';
import { globalsOf, print } from '../command.ts';
import { drawForecast, drawItemForecast } from '../draw-forecast.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount, parseDay } from '../options.ts';
import { runSteps } from '../progress.ts';
import { progressText, runText } from '../run-text.ts';
import { withDatabase } from '../with-database.ts';

const THREADS_MAX = 256;

/** The option --threads: by default as many as the machine has cores. */
export function threadsOption(): Option {
  return new Option('--threads <count>', 'threads that forecast')
    .argParser(parseCount(THREADS_MAX))
    .default(availableParallelism(), 'one a core');
}

interface RunOptions {
  readonly tier: 'auto' | 'fast' | 'full';
  readonly origin?: string;
  readonly seed?: number;
  readonly threads: number;
  readonly resume?: boolean;
}

async function run(options: RunOptions, command: Command): Promise<void> {
  const { threads, resume, ...wish } = options;
  const done = await withDatabase(async (context) => {
    let ended: ShownRun | undefined;
    const step = {
      title: resume ? 'Finishing the open run' : 'Forecasting all items at all sites',
      run: async (say: (line: string) => void) => {
        const work = { threads, onProgress: (shown: ShownRun) => say(progressText(shown)) };
        ended = resume
          ? await resumePlanning(context, work)
          : await runPlanning(context, wish, work);
      },
    };
    await runSteps(globalsOf(command), [step]);
    return ended;
  });
  if (!done) throw new CliError(EXIT.refused, 'No run is open.');
  if (done.state === 'failed') {
    throw new CliError(EXIT.failed, `${done.number} failed: ${done.reason ?? ''}`);
  }
  print(globalsOf(command), done, () => runText(done));
}

async function work({ threads }: { readonly threads: number }, command: Command): Promise<void> {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stderr.write(`Working with ${threads} threads; stop with Ctrl-C.\n`);
  const parts = await withDatabase((context) => workPlanning(context, { threads }, () => stopped));
  print(globalsOf(command), { parts }, () => `${parts} parts done.`);
}

async function status(number: string | undefined, _: unknown, command: Command): Promise<void> {
  const found = await withDatabase((context) => planningStatus(context, number));
  print(globalsOf(command), found, () => runText(found));
}

async function cancel(number: string, _: unknown, command: Command): Promise<void> {
  const found = await withDatabase((context) => cancelPlanning(context, number));
  print(globalsOf(command), found, () => runText(found));
}

interface ForecastOptions {
  readonly site?: string;
  readonly owner?: string;
}

async function forecast(item: string, options: ForecastOptions, command: Command): Promise<void> {
  const { site, owner } = options;
  if (site === undefined) {
    const all = await withDatabase((context) => showItemForecastOf(context, item, owner));
    print(globalsOf(command), all, () => drawItemForecast(all));
    return;
  }
  const found = await withDatabase((context) =>
    showForecastOf(context, { item, site, ...(owner !== undefined && { owner }) }),
  );
  print(globalsOf(command), found, () => drawForecast(found));
}

/** `onhand planning run, work, status, cancel` and `forecast`. */
export function registerForecasts(planning: Command): void {
  planning
    .command('run')
    .description('forecast all items at all sites now, together with any other worker')
    .addOption(
      new Option('--tier <name>', 'select methods anew for what needs it, for none, for all')
        .choices(['auto', 'fast', 'full'])
        .default('auto'),
    )
    .option('--origin <date>', 'the last day whose demand is seen; by default yesterday', parseDay)
    .option('--seed <number>', 'when which series has its turn', parseCount(2_147_483_647))
    .option('--resume', 'finish the run that is open instead of starting one')
    .addOption(threadsOption())
    .action(run);
  planning
    .command('work')
    .description('work on forecast runs as they come, also those of other machines')
    .addOption(threadsOption())
    .action(work);
  planning
    .command('status')
    .description('how far a forecast run is')
    .argument('[number]', 'such as FR-000001; by default the newest')
    .action(status);
  planning
    .command('cancel')
    .description('cancel a forecast run; what it has forecast stays')
    .argument('<number>', 'such as FR-000001')
    .action(cancel);
  planning
    .command('forecast')
    .description('draw the demand and the forecast of an item, and at one site say why')
    .argument('<sku>', 'of the item')
    .option('--site <code>', 'where; by default at all sites together')
    .option('--owner <code>', 'whose, where several owners have it')
    .action(forecast);
}
