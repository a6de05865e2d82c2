import { type Command, Option } from 'commander';
import { type BooksReport, verifyBooks } from '../../accounting/index.ts';
import { type VerifyReport, verifyLedger } from '../../ledger/index.ts';
import { globalsOf, print, table } from '../command.ts';
import { EXIT } from '../exit.ts';
import { parseCount } from '../options.ts';
import { progressOf, runSteps } from '../progress.ts';
import { withDatabase } from '../with-database.ts';

const FINDINGS_DEFAULT = 100;
const FINDINGS_MAX = 100_000;

interface VerifyOptions {
  readonly since: 'start' | 'checkpoint';
  readonly limit: number;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** What was looked at, without what there is none of. */
function checkedText({ checked, seconds, journals }: VerifyReport): string {
  const facts = checked.movements + checked.entries + checked.valueEntries;
  const rate = Math.round(facts / Math.max(seconds, 0.001));
  const parts = Object.entries(checked)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => {
      const words = name.replace(/([A-Z])/g, ' $1').toLowerCase();
      return `${number(count)} ${count === 1 ? words.replace(/s$/, '') : words}`;
    });
  const ranges = journals
    .filter(({ from }) => from > 0)
    .map(({ journal, from }) => `journal ${journal} from ${from}`);
  const where = ranges.length > 0 ? ` Since the checkpoint: ${ranges.join(', ')}.` : '';
  const speed = `${number(rate)} facts a second`;
  return `Checked ${parts.join(', ') || 'an empty ledger'} in ${seconds} s (${speed}).${where}`;
}

function booksText({ checked, seconds, findings, total }: BooksReport): string {
  const { stockEntries, entries } = checked;
  const what = `${number(stockEntries)} stock entries and ${number(entries)} entries`;
  const head = `Checked ${what} of the books in ${seconds} s.`;
  if (total === 0) return `${head}\nThe books are as the ledger and the documents say.`;
  const rows = findings.map(({ kind, id, expected, found, message }) => [
    ...[kind, id, message],
    `expected ${expected}, found ${found}`,
  ]);
  const more = total - findings.length;
  const rest = more > 0 ? [`and ${number(more)} more: --limit shows more of them.`] : [];
  return [head, '', `${number(total)} differences in the books:`, table(rows), ...rest].join('\n');
}

function reportText(report: VerifyReport): string {
  const { ok, findings, total } = report;
  if (ok) return `${checkedText(report)}\nEverything is as the movements say.`;
  const rows = findings.map(({ kind, journal, seq, id, expected, found, message }) => [
    kind,
    seq === undefined ? (journal < 0 ? '' : `${journal}`) : `${journal}-${seq}`,
    id ?? '',
    message,
    `expected ${expected}, found ${found}`,
  ]);
  const more = total - findings.length;
  const rest = more > 0 ? [`and ${number(more)} more: --limit shows more of them.`] : [];
  const head = `${number(total)} ${total === 1 ? 'difference' : 'differences'}:`;
  return [checkedText(report), '', head, table(rows), ...rest].join('\n');
}

async function verify(options: VerifyOptions, command: Command): Promise<void> {
  const globals = globalsOf(command);
  const { since, limit: findingsMax } = options;
  const { report, books } = await withDatabase(async ({ database, clock }) => {
    let done: VerifyReport | undefined;
    let booked: BooksReport | undefined;
    const title =
      since === 'start' ? 'Derive everything from the movements' : 'Derive what came since';
    await runSteps(globals, [
      {
        title,
        run: async (say) => {
          const progress = progressOf('facts', say);
          const onProgress = (at: { done: number; total: number }) => progress(at.done, at.total);
          done = await verifyLedger({ database, clock, since, findingsMax, onProgress });
        },
      },
      {
        title: 'Derive the books from the ledger and the documents',
        run: async () => {
          booked = await verifyBooks({ database }, findingsMax);
        },
      },
    ]);
    if (!done || !booked) throw new Error('the steps ended without a report');
    return { report: done, books: booked };
  });
  const ok = report.ok && books.ok;
  print(globals, { ...report, ok, books }, () => `${reportText(report)}\n${booksText(books)}`);
  if (!ok) process.exitCode = EXIT.refused;
}

/** `onhand verify`. */
export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('derive everything from the movements again, and name what differs')
    .addOption(
      new Option('--since <from>', 'from the first movement, or after the last clean run')
        .choices(['start', 'checkpoint'])
        .default('start'),
    )
    .option('--limit <findings>', 'findings at most', parseCount(FINDINGS_MAX), FINDINGS_DEFAULT)
    .action(verify);
}
