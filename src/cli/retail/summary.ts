import { formatMoney, UNIT_COST_EXTRA_DIGITS } from '../../platform/money.ts';
import { divideRounded, formatDecimal } from '../../platform/quantity.ts';
import { table } from '../command.ts';
import type { RetailFile } from './file.ts';
import { REFUSALS, type RefusalReason, type RefusedLine, TIME_ZONE } from './line.ts';
import { parseShare } from './plan.ts';
import type { Posted, PostedRetail } from './post.ts';

/** Units, and money of the house currency as a decimal string. */
export interface Figures {
  readonly lines: number;
  readonly units: string;
  /** What the units cost in the ledger. */
  readonly cost: string;
  /** Units times the price in the file. */
  readonly price: string;
}

/** The result of an import as --json prints it. */
export interface RetailSummary {
  readonly file: string;
  readonly sha256: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly costShare: string;
  readonly lines: {
    readonly read: number;
    /** By this run. */
    readonly posted: number;
    /** By an earlier run. */
    readonly alreadyPosted: number;
    readonly refused: number;
  };
  readonly refused: {
    readonly byReason: Readonly<Partial<Record<RefusalReason, number>>>;
    readonly lines: readonly Omit<RefusedLine, 'cells'>[];
    readonly openings: readonly { readonly item: string; readonly detail: string }[];
  };
  readonly items: { readonly inFile: number; readonly made: number };
  readonly opening: Omit<Figures, 'price' | 'lines'> & {
    readonly items: number;
    readonly alreadyPosted: number;
  };
  readonly sales: Figures;
  readonly returns: Figures & { readonly ofSale: number };
  readonly in: Omit<Figures, 'price' | 'lines'>;
  readonly out: Omit<Figures, 'price' | 'lines'>;
  /** Cost of sales less cost of returns. */
  readonly costOfGoodsSold: string;
  /** Opening stock less sales plus returns of this file. */
  readonly closing: Omit<Figures, 'price' | 'lines'>;
}

export interface SummaryInput {
  readonly path: string;
  readonly file: RetailFile;
  readonly posted: PostedRetail;
  readonly itemsInFile: number;
  readonly itemsMade: number;
  readonly costShare: string;
  readonly currency: string;
  readonly currencyDigits: number;
}

/** How many lines were refused for which reason. */
export function countReasons(
  refused: readonly RefusedLine[],
): Partial<Record<RefusalReason, number>> {
  const counts: Partial<Record<RefusalReason, number>> = {};
  for (const reason of Object.keys(REFUSALS) as RefusalReason[]) {
    const count = refused.filter((line) => line.reason === reason).length;
    if (count > 0) counts[reason] = count;
  }
  return counts;
}

/** All refused lines in the order of the file. */
export function refusedLines(file: RetailFile, posted: PostedRetail): RefusedLine[] {
  return [...file.refused, ...posted.refused].sort((a, b) => a.line - b.line);
}

/** Adds up what an import did. */
export function summarise(input: SummaryInput): RetailSummary {
  const { file, posted, currencyDigits } = input;
  const { openings, sales, returns } = posted;
  const money = (minor: bigint) => formatMoney(minor, currencyDigits);
  const stock = (units: bigint, cost: bigint) => ({ units: `${units}`, cost: money(cost) });
  const figures = ({ lines, units, cost, price }: Posted) => ({
    lines,
    ...stock(units, cost),
    price: money(divideRounded(price, 10n ** BigInt(UNIT_COST_EXTRA_DIGITS))),
  });
  const refused = refusedLines(file, posted);
  const alreadyPosted = sales.alreadyPosted + returns.alreadyPosted;
  return {
    file: input.path,
    sha256: file.hash,
    currency: input.currency,
    timeZone: TIME_ZONE,
    costShare: input.costShare,
    lines: {
      read: file.linesRead,
      posted: sales.lines + returns.lines - alreadyPosted,
      alreadyPosted,
      refused: refused.length,
    },
    refused: {
      byReason: countReasons(refused),
      lines: refused.map(({ line, reason, detail }) => ({ line, reason, detail })),
      openings: posted.refusedOpenings,
    },
    items: { inFile: input.itemsInFile, made: input.itemsMade },
    opening: {
      items: openings.lines,
      alreadyPosted: openings.alreadyPosted,
      ...stock(openings.units, openings.cost),
    },
    sales: figures(sales),
    returns: { ...figures(returns), ofSale: posted.returnsOfSale },
    in: stock(openings.units + returns.units, openings.cost + returns.cost),
    out: stock(sales.units, sales.cost),
    costOfGoodsSold: money(sales.cost - returns.cost),
    closing: stock(
      openings.units + returns.units - sales.units,
      openings.cost + returns.cost - sales.cost,
    ),
  };
}

/** Groups of three digits, so that large figures can be read. */
function grouped(text: string | number): string {
  const [whole = '', fraction] = String(text).split('.');
  const shown = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? shown : `${shown}.${fraction}`;
}

type Refused = Pick<RetailSummary['refused'], 'byReason' | 'lines'>;

/** Refused lines that the text names one by one. */
const LINES_SHOWN_MAX = 10;

/** The refused lines for people: by reason, and the first of them. */
export function refusedText(
  { refused, lines }: { refused: Refused; lines: { refused: number } },
  hasFile: boolean,
): string[] {
  if (lines.refused === 0) return [];
  const reasons = Object.entries(refused.byReason).map(([reason, count]) => [
    `  ${grouped(count)}`,
    reason,
    REFUSALS[reason as RefusalReason],
  ]);
  const shown = refused.lines.slice(0, LINES_SHOWN_MAX);
  const more = refused.lines.length - shown.length;
  const advice = hasFile ? '' : '; --refused FILE writes them all to a file';
  return [
    '',
    'Refused, by reason:',
    table(reasons),
    ...shown.map(({ line, detail }) => `  line ${line}: ${detail}`),
    ...(more > 0 ? [`  and ${grouped(more)} more${advice}`] : []),
  ];
}

function openingsText({ refused }: RetailSummary): string[] {
  if (refused.openings.length === 0) return [];
  const shown = refused.openings.slice(0, LINES_SHOWN_MAX);
  return [
    '',
    `Opening stock refused for ${refused.openings.length} items:`,
    ...shown.map(({ item, detail }) => `  ${item}: ${detail}`),
  ];
}

/** The summary for people. */
export function summaryText(summary: RetailSummary, refusedPath: string | undefined): string {
  const { lines, opening, sales, returns, closing, currency } = summary;
  const percent = formatDecimal(parseShare(summary.costShare), 2).replace(/\.?0+$/, '');
  const row = (title: string, count: number | string, units: string, cost: string, price = '') =>
    [title, ...[count, units, cost, price].map((value) => grouped(value))] as string[];
  const rows = [
    ['', 'lines', 'units', `cost ${currency}`, `price ${currency}`],
    row('opening stock', opening.items, opening.units, opening.cost),
    row('sales', sales.lines, `-${sales.units}`, `-${sales.cost}`, sales.price),
    row('returns', returns.lines, returns.units, returns.cost, `-${returns.price}`),
    row('closing stock', '', closing.units, closing.cost),
  ];
  return [
    `Lines read: ${grouped(lines.read)}. Posted: ${grouped(lines.posted)}. ` +
      `Already posted: ${grouped(lines.alreadyPosted)}. Refused: ${grouped(lines.refused)}.`,
    '',
    table(alignRight(rows)),
    '',
    `Cost of goods sold (sales less returns): ${grouped(summary.costOfGoodsSold)} ${currency}.`,
    `Opening stock of an item is its largest deficit when the lines are replayed in time order, ` +
      `at ${percent}% of its median price.`,
    ...refusedText(summary, refusedPath !== undefined),
    ...openingsText(summary),
    ...(refusedPath === undefined ? [] : ['', `Refused lines are in ${refusedPath}.`]),
  ].join('\n');
}

/** Columns after the first lean on their right edge, as figures do. */
function alignRight(rows: readonly (readonly string[])[]): string[][] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell : cell.padStart(widths[i] ?? 0))));
}
