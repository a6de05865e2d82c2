import type { Command } from 'commander';
import { openLedger } from '../../ledger/index.ts';
import { type RunRequest, readSourcing, runSourcing } from '../../outbound/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const DECISIONS_DEFAULT = 1;
const DECISIONS_MAX = 100;
const SALES_ORDERS_MAX = 5_000;

type Decision = Awaited<ReturnType<typeof readSourcing>>[number];
type Run = Awaited<ReturnType<typeof runSourcing>>;

function decisionText(decision: Decision): string {
  const { decidedAt, method, run, explanation, lines, alternatives } = decision;
  const how = run === null ? method : `${method} ${run}`;
  const rows = lines.map(({ line, item, quantity, site }) => [
    ...[`${line}`, item, quantity, site ?? 'none'],
  ]);
  const others = alternatives.map(({ site, verdict, cost, short }) => [
    ...[site, verdict, cost ?? ''],
    short ? `${short.there} of ${short.needed} ${short.item}` : '',
  ]);
  const parts = [
    `${decidedAt}  ${how}`,
    explanation,
    table([['LINE', 'ITEM', 'QUANTITY', 'SITE'], ...rows]),
  ];
  if (others.length > 0) parts.push(table([['OTHER SITE', 'VERDICT', 'COST', 'HAS'], ...others]));
  return parts.join('\n');
}

interface ShowOptions {
  readonly limit: number;
}

async function show(number: string, { limit }: ShowOptions, command: Command): Promise<void> {
  const items = await withDatabase((context) => readSourcing(context, number, limit));
  print(globalsOf(command), { items }, () =>
    items.length === 0
      ? `${number} names the sites of all its lines: nothing had to be decided.`
      : items.map(decisionText).join('\n\n'),
  );
}

function runText({ number, step, result }: Run): string {
  const { costBefore, costAfter, bound, gap = 0, moved, solveMs, stayed = [] } = result ?? {};
  const lines = [`${number}: ${step}.`];
  if (moved !== undefined && costBefore !== undefined) {
    lines.push(
      `Cost ${costBefore} before, ${costAfter} now; proven to be at least ${bound} ` +
        `(gap ${(gap * 100).toFixed(3)}%, ${solveMs} ms).`,
    );
  }
  const rows = stayed.map(({ salesOrder, line, from, to, reason }) => [
    ...[salesOrder, `${line}`, from, to, reason],
  ]);
  if (rows.length > 0) lines.push(table([['STAYED', 'LINE', 'FROM', 'TO', 'WHY'], ...rows]));
  return lines.join('\n');
}

async function run(request: RunRequest, command: Command): Promise<void> {
  const done = await withDatabase(async (context) => {
    const ledger = await openLedger({ context });
    try {
      return await runSourcing(context, ledger, request);
    } finally {
      await ledger.drain();
    }
  });
  if (done.state === 'failed') {
    throw new CliError(EXIT.failed, `${done.number} failed: ${done.result?.reason ?? ''}`);
  }
  print(globalsOf(command), done, () => runText(done));
}

/** `onhand sourcing show <number>` and `onhand sourcing run`. */
export function registerSourcing(program: Command): void {
  const sourcing = program
    .command('sourcing')
    .description('which site ships what, why, and whether it could cost less');
  sourcing
    .command('show')
    .description('why a sales order ships from where')
    .argument('<number>', 'its number, such as SO-000001')
    .option(
      '--limit <decisions>',
      'decisions at most, the newest first',
      parseCount(DECISIONS_MAX),
      DECISIONS_DEFAULT,
    )
    .action(show);
  sourcing
    .command('run')
    .description('source reserved sales orders anew, together, and move their reservations')
    .option('--policy <code>', 'a sourcing policy other than default')
    .option('--channel <code>', 'only sales orders of this channel')
    .option('--site <code>', 'only sales orders with something reserved at this site')
    .option(
      '--sales-orders-max <count>',
      'the first to be served first',
      parseCount(SALES_ORDERS_MAX),
    )
    .action(run);
}
