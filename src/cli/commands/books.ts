import { once } from 'node:events';
import { type Command, Option } from 'commander';
import {
  type ChecklistItem,
  checkPeriod,
  closeBooks,
  EXPORT_FORMATS,
  type ExportFormat,
  exportBooks,
  listPeriods,
  readEntries,
  readTrialBalance,
  reopenBooks,
} from '../../accounting/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { parseCount, parseDay, parseInstant } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 50;
const ROWS_MAX = 1_000;

interface TrialOptions {
  readonly from?: string;
  readonly through?: string;
  readonly at?: string;
  readonly bySite?: boolean;
}

async function trialBalance(options: TrialOptions, command: Command): Promise<void> {
  const { from, through, at, bySite } = options;
  const { trial, digits } = await withDatabase(async (context) => ({
    trial: await readTrialBalance(context, {
      ...{ from, through, bySite },
      at: at === undefined ? undefined : new Date(at),
    }),
    digits: currencyDigits(context.config.currency),
  }));
  const money = (amount: bigint) => formatMoney(amount, digits);
  const rows = trial.rows.map(({ code, name, site, opening, debit, credit, closing }) => ({
    ...{ account: code, name, site, opening: money(opening), debit: money(debit) },
    ...{ credit: money(credit), closing: money(closing) },
  }));
  print(globalsOf(command), { at: trial.at, rows }, () => {
    const cells = rows.map((row) => [
      ...[row.account, row.name, ...(bySite ? [row.site ?? ''] : [])],
      ...[row.opening, row.debit, row.credit, row.closing],
    ]);
    const head = ['ACCOUNT', 'NAME', ...(bySite ? ['SITE'] : [])];
    const sum = (of: 'opening' | 'debit' | 'credit' | 'closing') =>
      money(trial.rows.reduce((total, row) => total + row[of], 0n));
    const foot = ['total', '', ...(bySite ? [''] : []), sum('opening'), sum('debit')];
    return table([
      [...head, 'OPENING', 'DEBIT', 'CREDIT', 'CLOSING'],
      ...cells,
      [...foot, sum('credit'), sum('closing')],
    ]);
  });
}

interface EntriesOptions {
  readonly account?: string;
  readonly period?: string;
  readonly party?: string;
  readonly document?: string;
  readonly limit: number;
}

async function entries(options: EntriesOptions, command: Command): Promise<void> {
  const { document: documentNumber, ...query } = options;
  const page = await withDatabase((context) => readEntries(context, { ...query, documentNumber }));
  print(globalsOf(command), page, () => {
    if (page.items.length === 0) return 'There are no such entries.';
    const rows = page.items.flatMap((entry) => [
      [entry.entry, entry.bookedOn, entry.kind, entry.document.number, entry.description],
      ...entry.lines.map((line) => [
        ...['', '', `  ${line.account}`, line.accountName],
        ...[line.debit === null ? `-${line.credit}` : line.debit],
      ]),
    ]);
    const more =
      page.nextCursor === null ? [] : [`There are more: --limit shows up to ${ROWS_MAX}.`];
    return [table([['ENTRY', 'DAY', 'KIND', 'DOCUMENT', 'WHAT'], ...rows]), ...more].join('\n');
  });
}

function checklistText(items: readonly ChecklistItem[]): string {
  const rows = items.map(({ status, code, title, detail }) => [status, code, title, detail]);
  return table([['STATUS', 'CODE', 'WHAT', 'DETAIL'], ...rows]);
}

async function periods(options: { limit: number }, command: Command): Promise<void> {
  const page = await withDatabase((context) => listPeriods(context, options));
  print(globalsOf(command), page, () => {
    const rows = page.items.map(({ period, state, changes }) => [
      ...[period, state],
      changes.map(({ action, recordedAt }) => `${action} ${recordedAt.slice(0, 10)}`).join(', '),
    ]);
    return table([['PERIOD', 'STATE', 'HISTORY'], ...rows]);
  });
}

async function checklist(period: string, _options: object, command: Command): Promise<void> {
  const checked = await withDatabase((context) => checkPeriod(context, period));
  print(globalsOf(command), checked, () => checklistText(checked.items));
  if (checked.items.some(({ status }) => status === 'blocking')) process.exitCode = EXIT.refused;
}

interface CloseOptions {
  readonly acknowledge?: string;
  readonly note?: string;
}

async function close(period: string, options: CloseOptions, command: Command): Promise<void> {
  const acknowledged = options.acknowledge?.split(',').map((code) => code.trim()) ?? [];
  const { note } = options;
  const change = await withDatabase((context) =>
    closeBooks(context, SYSTEM, period, { acknowledged, note }),
  );
  print(globalsOf(command), change, () => {
    return `${checklistText(change.checklist)}\nThe period ${period} is closed.`;
  });
}

async function reopen(period: string, options: { reason?: string }, command: Command) {
  const { reason } = options;
  if (!reason) throw new CliError(EXIT.usage, 'Say why with --reason: it stays in the audit.');
  const change = await withDatabase((context) => reopenBooks(context, SYSTEM, period, reason));
  print(globalsOf(command), change, () => `The period ${period} is open again.`);
}

interface ExportOptions {
  readonly format: ExportFormat;
  readonly from?: string;
  readonly to?: string;
  readonly detail: 'document' | 'movement';
  readonly bySite?: boolean;
}

/** Writes the journal to stdout as fast as it is read there. */
async function exportJournal(options: ExportOptions): Promise<void> {
  const { format, from, to, detail, bySite } = options;
  if (from !== undefined && to !== undefined && from > to) {
    throw new CliError(EXIT.usage, `--to ${to} is before --from ${from}.`);
  }
  await withDatabase(async (context) => {
    const query = { format, from, to, each: detail === 'movement', bySite };
    for await (const part of exportBooks(context, query)) {
      if (!process.stdout.write(part)) await once(process.stdout, 'drain');
    }
  });
}

function registerExport(books: Command): void {
  books
    .command('export')
    .description('the books as a journal that hledger or Ledger read, or as CSV')
    .addOption(
      new Option('--format <name>', 'what to write').choices(EXPORT_FORMATS).default('hledger'),
    )
    .option('--from <day>', 'first day, by when it is booked', parseDay)
    .option('--to <day>', 'last day', parseDay)
    .addOption(
      new Option('--detail <what>', 'stock by day and document, or each movement')
        .choices(['document', 'movement'])
        .default('document'),
    )
    .option('--by-site', 'sites as accounts below their account')
    .action(exportJournal);
}

/** `onhand books`. */
export function registerBooks(program: Command): void {
  const books = program.command('books').description('accounts, entries and periods');
  books
    .command('trial-balance')
    .description('what every account opened at, moved and closed at')
    .option('--from <day>', 'first day, by when it is booked', parseDay)
    .option('--through <day>', 'last day', parseDay)
    .option('--at <instant>', 'as the books stood then', (at) => parseInstant(at))
    .option('--by-site', 'a row for each site')
    .action(trialBalance);
  books
    .command('entries')
    .description('what documents and people booked, newest first')
    .option('--account <code>', 'with a line on it')
    .option('--period <month>', 'such as 2026-11')
    .option('--party <code>', 'of this customer or supplier')
    .option('--document <number>', 'of this document')
    .option('--limit <entries>', 'entries at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(entries);
  books
    .command('periods')
    .description('the months of the books and which are closed')
    .option('--limit <months>', 'months at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(periods);
  books
    .command('checklist')
    .description('what stands between a period and its closing')
    .argument('<period>', 'such as 2026-11')
    .action(checklist);
  books
    .command('close')
    .description('close a period: nothing is booked into it any more')
    .argument('<period>', 'such as 2026-11')
    .option('--acknowledge <codes>', 'a comma list of warnings of the checklist that were seen')
    .option('--note <text>', 'kept with the closing')
    .action(close);
  books
    .command('reopen')
    .description('open the period again that was closed last')
    .argument('<period>', 'such as 2026-11')
    .option('--reason <text>', 'why; kept in the audit')
    .action(reopen);
  registerExport(books);
}
