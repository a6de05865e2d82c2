import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  readValuation,
  VALUATION_DIMENSIONS,
  type Valuation,
  type ValuationDimension,
} from '../../accounting/index.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { globalsOf, print, table } from '../command.ts';
import { parseCount, parseInstant } from '../options.ts';
import { withDatabase } from '../with-database.ts';

const ROWS_DEFAULT = 100;
const ROWS_MAX = 1_000_000;

interface ValuationOptions {
  readonly groupBy: readonly ValuationDimension[];
  readonly at?: string;
  readonly by: 'recorded' | 'occurred';
  readonly site?: string;
  readonly costSite?: string;
  readonly lot?: string;
  readonly limit: number;
}

function parseGroupBy(text: string): ValuationDimension[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = VALUATION_DIMENSIONS;
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names as ValuationDimension[];
  const all = VALUATION_DIMENSIONS.join(', ');
  throw new InvalidArgumentError(`A valuation has no ${unknown} to group by; give some of ${all}.`);
}

type Row = Valuation['rows'][number];

const CELLS: Readonly<Record<ValuationDimension, (row: Row) => string>> = {
  item: ({ item }) => item,
  owner: ({ owner }) => owner,
  costSite: ({ costSite }) => costSite,
  site: ({ site, inTransit }) => `${site ?? ''}${inTransit ? ' (in transit)' : ''}`,
  lot: ({ lot }) => lot ?? '',
  layer: ({ layer }) => layer ?? '',
};
const HEADS: Partial<Record<ValuationDimension, string>> = { costSite: 'COST SITE' };

/** Dearest first, then by key. */
function byValue(left: Row, right: Row): number {
  if (left.value !== right.value) return left.value > right.value ? -1 : 1;
  return left.key < right.key ? -1 : 1;
}

function valuationText(
  rows: readonly Row[],
  all: number,
  total: string,
  { groupBy }: ValuationOptions,
  digits: number,
): string {
  if (rows.length === 0) return 'There was no stock of the house then.';
  const hasItem = groupBy.includes('item');
  const head = groupBy.map((name) => HEADS[name] ?? name.toUpperCase());
  const cells = rows.map((row) => [
    ...groupBy.map((name) => CELLS[name](row)),
    ...(hasItem ? [formatDecimal(row.quantity, row.scale)] : []),
    formatMoney(row.value, digits),
  ]);
  const foot = ['total', ...groupBy.slice(1).map(() => ''), ...(hasItem ? [''] : []), total];
  const lines = [table([[...head, ...(hasItem ? ['QUANTITY'] : []), 'VALUE'], ...cells, foot])];
  if (all > rows.length) lines.push(`${all - rows.length} more rows are in the total: --limit.`);
  return lines.join('\n');
}

async function valuation(
  item: string | undefined,
  options: ValuationOptions,
  command: Command,
): Promise<void> {
  const { groupBy, at, by, site, costSite, lot, limit } = options;
  const asOf = { by, at: at === undefined ? undefined : Date.parse(at) };
  const { found, currency } = await withDatabase(async (context) => ({
    found: await readValuation(context, { asOf, groupBy, item, site, costSite, lot }),
    currency: context.config.currency,
  }));
  const digits = currencyDigits(currency);
  const rows = [...found.rows].sort(byValue).slice(0, limit);
  const total = formatMoney(found.total, digits);
  const answer = {
    at: new Date(found.at).toISOString(),
    ...{ by, currency, total },
    items: rows.map((row) => ({
      ...Object.fromEntries(groupBy.map((name) => [name, row[name] ?? null])),
      ...(groupBy.includes('site') ? { inTransit: row.inTransit ?? false } : {}),
      ...(groupBy.includes('item') ? { quantity: formatDecimal(row.quantity, row.scale) } : {}),
      value: formatMoney(row.value, digits),
    })),
    hasMore: found.rows.length > rows.length,
  };
  print(globalsOf(command), answer, () =>
    valuationText(rows, found.rows.length, total, options, digits),
  );
}

/** `onhand valuation [item]`. */
export function registerValuation(program: Command): void {
  program
    .command('valuation')
    .description('what the stock of the house is worth, now or as of any instant, dearest first')
    .argument('[item]', 'its SKU; without it all items')
    .option(
      '--group-by <dimensions>',
      `a comma list of ${VALUATION_DIMENSIONS.join(', ')}`,
      parseGroupBy,
      ['item', 'costSite'] as ValuationDimension[],
    )
    .option('--at <instant>', 'as of then: RFC 3339, a local time, or 12h for 12 hours ago', (at) =>
      parseInstant(at),
    )
    .addOption(
      new Option('--by <clock>', 'what the books knew then, or what had happened by then')
        .choices(['recorded', 'occurred'])
        .default('recorded'),
    )
    .option('--site <code>', 'only what lies at this site')
    .option('--cost-site <code>', 'only the cost pools of this site')
    .option('--lot <code>', 'only of this lot')
    .option('--limit <rows>', 'rows at most', parseCount(ROWS_MAX), ROWS_DEFAULT)
    .action(valuation);
}
