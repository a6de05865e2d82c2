import type { Command } from 'commander';
import { readDemandHistory, rollUpDemand } from '../../planning/index.ts';
import { roundFigure } from '../../platform/figures.ts';
import { globalsOf, print, table } from '../command.ts';
import { parseDay } from '../options.ts';
import { progressOf, runSteps } from '../progress.ts';
import { withDatabase } from '../with-database.ts';

async function rollUp(options: { rebuild?: boolean }, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const kind = options.rebuild ? 'rebuild' : 'incremental';
  let done: Awaited<ReturnType<typeof rollUpDemand>> | undefined;
  await withDatabase((context) =>
    runSteps(globals, [
      {
        title: options.rebuild ? 'Make demand history anew' : 'Bring demand history up to date',
        run: async (say) => {
          const onProgress = progressOf('facts', say);
          done = await rollUpDemand(context, kind, { onProgress });
        },
      },
    ]),
  );
  if (!done) throw new Error('the step ended without a result');
  const { runId, factsDone, ordersDone } = done;
  print(globals, { rollUpId: runId, kind, factsDone, salesOrderChanges: ordersDone }, () =>
    [
      `Demand history is up to date: ${factsDone} facts of the ledger and`,
      `${ordersDone} changes of sales orders were looked at.`,
    ].join(' '),
  );
}

interface ShowOptions {
  readonly owner?: string;
  readonly from?: string;
  readonly to?: string;
  readonly byDay?: boolean;
}

const PLACES = 2;

function rounded(value: number | null): string {
  return value === null ? '' : String(roundFigure(value, PLACES));
}

async function show(
  item: string,
  site: string,
  options: ShowOptions,
  command: Command,
): Promise<void> {
  const { owner, from, to, byDay } = options;
  const bucket = byDay ? 'day' : 'week';
  const history = await withDatabase((context) =>
    readDemandHistory(context, { scope: 'house' }, { item, site, owner, from, to, bucket }),
  );
  print(globalsOf(command), history, () => {
    const rows = history.periods.map((period) => [
      ...[period.from, period.ordered, rounded(period.lostEstimate), rounded(period.demand)],
      ...[rounded(period.price), period.marks.join(' ')],
      [...period.promotions, ...period.holidays, ...period.events].join(', '),
    ]);
    if (rows.length === 0) return `Nothing is known of the demand for ${item} at ${site}.`;
    return table([['FROM', 'ORDERED', 'LOST', 'DEMAND', 'PRICE', 'MARKS', 'BESIDE'], ...rows]);
  });
}

/** `onhand planning demand roll-up | show`. */
export function registerDemand(planning: Command): void {
  const demand = planning.command('demand').description('demand history: what was asked for');
  demand
    .command('roll-up')
    .description('take in what was sold, returned and out of stock since the last time')
    .option('--rebuild', 'make it anew from everything')
    .action(rollUp);
  demand
    .command('show')
    .description('the demand of an item at a site, by week')
    .argument('<item>', 'SKU')
    .argument('<site>', 'code of the site')
    .option('--owner <code>', "by default the item's own, else the house")
    .option('--from <day>', 'first day; by default two years back', parseDay)
    .option('--to <day>', 'last day; by default today', parseDay)
    .option('--by-day', 'day by day')
    .action(show);
}
