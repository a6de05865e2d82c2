import { type Command, Option } from 'commander';
import { loadItems } from '../../catalog/index.ts';
import { readWhy, type Why, type WhyItem } from '../../ledger/index.ts';
import { loadLocations } from '../../network/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { readAs } from '../../platform/database.ts';
import { encodeCursor } from '../../platform/http.ts';
import { globalsOf, print, table } from '../command.ts';
import { CliError, EXIT } from '../exit.ts';
import { addPlaceOptions, type PlaceOptions, parseCount, placeQueryOf } from '../options.ts';
import { type CliContext, withDatabase } from '../with-database.ts';

const LINES_DEFAULT = 20;
const LINES_MAX = 100_000;
const PAGE = 1_000;

type Subject = 'item' | 'position' | 'account';

interface WhyOptions extends PlaceOptions {
  readonly as?: Subject;
  readonly limit: number;
}

/** What a word stands for: an item before a position, a position before an account. */
async function subjectOf(context: CliContext, word: string): Promise<Subject> {
  const { isItem, location } = await readAs(context.database, 'house', async (tx) => ({
    isItem: (await loadItems(tx, [word])).length > 0,
    location: (await loadLocations(tx, [word]))[0],
  }));
  if (isItem) return 'item';
  if (/^\d{1,4}-\d{1,15}$/.test(word)) return 'position';
  if (word === 'inventory' || location?.isVirtual) return 'account';
  const advice = 'Accounts are `inventory` and the virtual locations, such as SUPPLIER.';
  if (!location) {
    const what = `There is no item, position or account ${word}.`;
    throw new CliError(EXIT.refused, `${what} ${advice}`);
  }
  const say = `onhand why ITEM --location ${word}`;
  throw new CliError(EXIT.refused, `${word} is a location; name an item in it: ${say}`);
}

type Explanation = Omit<Why, 'next'> & { readonly subject: Subject; readonly hasMore: boolean };

async function explain(
  context: CliContext,
  word: string,
  options: WhyOptions,
): Promise<Explanation> {
  const subject = options.as ?? (await subjectOf(context, word));
  const query = { ...placeQueryOf(options), [subject]: word };
  const lines: WhyItem[] = [];
  let first: Why | undefined;
  let page: Why;
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, options.limit - lines.length);
    page = await readWhy(context, SYSTEM, { ...query, cursor, limit });
    first ??= page;
    lines.push(...page.items);
    const { next } = page;
    cursor = next
      ? encodeCursor([next.recordedAt, next.journal, next.seq, next.balance])
      : undefined;
  } while (cursor !== undefined && lines.length < options.limit);
  const { of, unit, figure } = first;
  const hasMore = page.next !== null;
  return { subject, of, unit, figure, opening: page.opening, items: lines, hasMore };
}

function signed(change: string): string {
  return change.startsWith('-') ? change : `+${change}`;
}

function whyText(word: string, options: WhyOptions, explanation: Explanation): string {
  const { of, unit, figure, opening, items, hasMore } = explanation;
  const when = options.at === undefined ? 'now' : `at ${options.at} (${options.by})`;
  const head = `${word}: ${figure} ${unit} ${when}.`;
  if (items.length === 0) return `${head} Nothing has ever changed it.`;
  const rows = items.map((line) => [
    line.occurredAt.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
    line.id,
    line.kind,
    ...(of === 'money' ? [line.item] : []),
    `${line.from} -> ${line.to}`,
    line.document ? `${line.document.type} ${line.document.number}` : (line.reason ?? ''),
    signed(line.change),
    line.balance,
  ]);
  const columns = ['OCCURRED', 'ID', 'WHAT', ...(of === 'money' ? ['ITEM'] : []), 'FROM -> TO'];
  const more = hasMore ? [`Before that: ${opening}. Older facts: --limit shows more.`] : [];
  const text = table([[...columns, 'DOCUMENT OR REASON', 'CHANGE', 'BALANCE'], ...rows]);
  return [head, '', text, ...more].join('\n');
}

async function why(word: string, options: WhyOptions, command: Command): Promise<void> {
  const explanation = await withDatabase((context) => explain(context, word, options));
  const { at = null, by } = options;
  print(globalsOf(command), { asked: word, at, by, ...explanation }, () =>
    whyText(word, options, explanation),
  );
}

/** `onhand why <item|position|account>`. */
export function registerWhy(program: Command): void {
  const command = program
    .command('why')
    .description('explain a figure as the movements that made it, newest first')
    .argument('<figure>', 'an item (SKU), a position (`0-17`), or an account (`inventory`)');
  addPlaceOptions(command)
    .addOption(
      new Option('--as <subject>', 'what the word is, where it could be several').choices([
        'item',
        'position',
        'account',
      ]),
    )
    .option('--limit <lines>', 'facts at most', parseCount(LINES_MAX), LINES_DEFAULT)
    .action(why);
}
