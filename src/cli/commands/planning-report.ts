import { type Command, Option } from 'commander';
import { type Report, type ReportLine, reportAccuracy } from '../../planning/index.ts';
import { showFigure } from '../../platform/figures.ts';
import { globalsOf, print, table } from '../command.ts';
import { parseCount, parseDay } from '../options.ts';
import { runSteps } from '../progress.ts';
import { withDatabase } from '../with-database.ts';
import { threadsOption } from './planning-forecasts.ts';

const AHEAD_MAX = 26;
const ORIGINS_MAX = 52;
const SERIES_MAX = 10_000_000;

function percent(value: number | null): string {
  return value === null ? '-' : `${showFigure(value * 100, 1)}%`;
}

function plain(value: number | null): string {
  return value === null ? '-' : showFigure(value, 3);
}

const NAMES = {
  model: 'onhand',
  seasonalNaive: 'seasonal naive',
  movingAverage: 'moving average',
} as const;

function rowsOf(line: ReportLine): string[][] {
  return (Object.keys(NAMES) as (keyof typeof NAMES)[]).map((rival, i) => {
    const { wape, bias, rmsse, pinball, coverage80, coverage90, coverage95 } = line.rivals[rival];
    const isFirst = i === 0;
    return [
      ...[isFirst ? line.demandClass : '', isFirst ? `${line.series}` : '', NAMES[rival]],
      ...[percent(wape), percent(bias), plain(rmsse), plain(pinball)],
      [coverage80, coverage90, coverage95].map(percent).join(' '),
      isFirst
        ? percent(line.valueAdded.both)
        : percent(line.valueAdded[rival as 'seasonalNaive' | 'movingAverage']),
    ];
  });
}

function reportText({ through, options, series, total, classes }: Report): string {
  const period = options.periodDays === 7 ? 'weeks' : 'days';
  if (series === 0)
    return `Nothing is known of demand through ${through}: there is nothing to judge.`;
  if (total.series === 0) {
    return (
      `No history through ${through} is long enough to judge ${options.origins} forecasts of ` +
      `${options.ahead} ${period}: ask for fewer with --origins and --ahead.`
    );
  }
  const head = [
    ...['CLASS', 'SERIES', 'METHOD', 'WAPE', 'BIAS', 'RMSSE', 'PINBALL'],
    ...['COVERAGE 80 90 95', 'BETTER ON'],
  ];
  const lines = [
    `${series} series, demand through ${through}: forecasts of ${options.ahead} ${period} from ` +
      `${options.origins} origins, each made with what was known then.`,
    '',
    table([head, ...[...classes, total].flatMap(rowsOf)]),
    '',
    `Better than the seasonal naive forecast on ${percent(total.valueAdded.seasonalNaive)} ` +
      `of the volume, than a moving average on ${percent(total.valueAdded.movingAverage)}, ` +
      `than both on ${percent(total.valueAdded.both)} (by pinball loss, series by series).`,
  ];
  return lines.join('\n');
}

interface ReportOptions {
  readonly by: 'week' | 'day';
  readonly ahead?: number;
  readonly origins: number;
  readonly tier: 'fast' | 'full';
  readonly through?: string;
  readonly seriesMax?: number;
  readonly threads: number;
}

const AHEAD_DEFAULT = { week: 4, day: 14 } as const;

async function report(given: ReportOptions, command: Command): Promise<void> {
  const { by, ahead = AHEAD_DEFAULT[by], origins, tier, through, seriesMax, threads } = given;
  const made = await withDatabase(async (context) => {
    let result: Report | undefined;
    const wish = {
      ...{ periodDays: by === 'week' ? (7 as const) : (1 as const), ahead, origins, tier },
      ...(through !== undefined && { through }),
      ...(seriesMax !== undefined && { seriesMax }),
    };
    const step = {
      title: 'Forecasting from past origins',
      run: async (say: (line: string) => void) => {
        const onProgress = (done: number) => say(`${done} series`);
        result = await reportAccuracy(context, wish, { threads, onProgress });
      },
    };
    await runSteps(globalsOf(command), [step]);
    return result!;
  });
  print(globalsOf(command), made, () => reportText(made));
}

/** `onhand planning report`. */
export function registerReport(planning: Command): void {
  planning
    .command('report')
    .description('how good forecasts would have been over past demand, by class, beside others')
    .addOption(
      new Option('--by <period>', 'what is judged').choices(['week', 'day']).default('week'),
    )
    .option(
      '--ahead <periods>',
      'periods of each forecast: 4 weeks or 14 days',
      parseCount(AHEAD_MAX),
    )
    .option('--origins <count>', 'forecasts of each series', parseCount(ORIGINS_MAX), 3)
    .addOption(
      new Option('--tier <name>', 'how methods are chosen')
        .choices(['fast', 'full'])
        .default('full'),
    )
    .option('--through <date>', 'the last day that is judged by', parseDay)
    .option('--series-max <count>', 'judge about so many of the series', parseCount(SERIES_MAX))
    .addOption(threadsOption())
    .action(report);
}
