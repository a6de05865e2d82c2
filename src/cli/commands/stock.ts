import { type Command, InvalidArgumentError } from 'commander';
import { readStock, STOCK_DIMENSIONS, type StockAnswer } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { formatDecimal, parseDecimal } from '../../platform/quantity.ts';
import { globalsOf, print, table } from '../command.ts';
import { addPlaceOptions, type PlaceOptions, parseCount, placeQueryOf } from '../options.ts';
import { type CliContext, withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 200;
const ROWS_MAX = 1_000_000;
const PAGE = 1_000;

interface StockOptions extends PlaceOptions {
  readonly groupBy?: string;
  readonly limit: number;
}

/** Reads page after page, up to the limit. */
async function readRows(
  context: CliContext,
  item: string | undefined,
  options: StockOptions,
): Promise<{ items: StockAnswer[]; hasMore: boolean }> {
  const items: StockAnswer[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(PAGE, options.limit - items.length);
    const where = { ...placeQueryOf(options), item, groupBy: options.groupBy };
    const page = await readStock(context, SYSTEM, { ...where, cursor, limit });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < options.limit);
  return { items, hasMore: cursor !== undefined };
}

function parseGroupBy(text: string): string {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !STOCK_DIMENSIONS.some((known) => known === name));
  if (unknown === undefined) return names.join(',');
  const known = STOCK_DIMENSIONS.join(', ');
  throw new InvalidArgumentError(`Stock has no ${unknown} to group by; give some of ${known}.`);
}

const SCALE_MAX = 6;

/** The sum of a column; quantities of several scales are added at the finest there is. */
function total(rows: readonly StockAnswer[], of: (row: StockAnswer) => string | undefined): string {
  const sum = rows.reduce((units, row) => units + parseDecimal(of(row) ?? '0', SCALE_MAX), 0n);
  return formatDecimal(sum, SCALE_MAX).replace(/\.?0+$/, '');
}

/** Columns that say nothing in any row are left out: lots where no item has any. */
function shownColumns(rows: readonly StockAnswer[]): string[] {
  const names = [...STOCK_DIMENSIONS, 'expiresOn', 'onHand', 'inTransit', 'allocated'] as const;
  const quiet = new Set(['inTransit', 'allocated']);
  return names.filter((name) =>
    rows.some((row) => {
      const value = row[name];
      if (value === undefined || value === null) return false;
      return !quiet.has(name) || !/^0(\.0+)?$/.test(value);
    }),
  );
}

const HEADS: Readonly<Record<string, string>> = {
  expiresOn: 'EXPIRES',
  onHand: 'ON HAND',
  inTransit: 'IN TRANSIT',
};
const FIGURES = ['onHand', 'inTransit', 'allocated'] as const;

function stockText(rows: readonly StockAnswer[], hasMore: boolean, ofOneItem: boolean): string {
  if (rows.length === 0) return 'There is no stock of that.';
  const columns = shownColumns(rows);
  const cells = rows.map((row) => columns.map((name) => `${row[name as keyof StockAnswer] ?? ''}`));
  const head = columns.map((name) => HEADS[name] ?? name.toUpperCase());
  const foot = columns.map((name, i) => {
    const figure = FIGURES.find((one) => one === name);
    if (figure) return total(rows, (row) => row[figure]);
    return i === 0 ? 'total' : '';
  });
  const withTotal = ofOneItem && rows.length > 1 && !hasMore ? [...cells, foot] : cells;
  const lines = [table([head, ...withTotal])];
  if (hasMore) lines.push(`There are more rows: --limit shows up to ${ROWS_MAX}.`);
  return lines.join('\n');
}

async function stock(
  item: string | undefined,
  options: StockOptions,
  command: Command,
): Promise<void> {
  const { items, hasMore } = await withDatabase((context) => readRows(context, item, options));
  const { at = null, by } = options;
  print(globalsOf(command), { at, by, items, hasMore }, () =>
    stockText(items, hasMore, item !== undefined),
  );
}

/** `onhand stock [item]`. */
export function registerStock(program: Command): void {
  const command = program
    .command('stock')
    .description('what is on hand, now or as of any instant')
    .argument('[item]', 'its SKU; without it all items');
  addPlaceOptions(command)
    .option(
      '--group-by <dimensions>',
      `a comma list of ${STOCK_DIMENSIONS.join(', ')}`,
      parseGroupBy,
    )
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(stock);
}
