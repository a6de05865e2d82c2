import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import type { App } from '../../platform/http.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import type { DayRange } from '../balances.queries.ts';
import { type BookVector, readBooks } from '../books.ts';
import {
  lateCosts,
  MARGIN_DIMENSIONS,
  type MarginDimension,
  marginFigures,
  soldUnits,
} from './margin.queries.ts';
import { groupMargins, type MarginRow, marginRows } from './margin.ts';
import { type ReportContent, reportRoute } from './report.ts';
import { codeText, day, instantText, listOf, rangeQuery, toRange } from './schemas.ts';
import { momentOf } from './statements.read.ts';
import { SHARE_DIGITS, shareOf } from './valuation.ts';

const FILTERS = ['item', 'channel', 'site', 'customer'] as const;

const marginItem = z.object({
  item: z.string().nullable().optional(),
  channel: z.string().nullable().optional().describe('null where no sale says which'),
  site: z.string().nullable().optional(),
  customer: z.string().nullable().optional(),
  period: z.string().nullable().optional(),
  day: z.string().nullable().optional(),
  quantity: z.string().nullable().describe('shipped less returned; null over several items'),
  revenue: z.string().describe('with discounts and shipping, without tax'),
  refunds: z.string().describe('negative'),
  cost: z.string().describe('of goods sold, less those of returns'),
  lateCost: z.string().describe('of it: what became known after the sale'),
  margin: z.string(),
  marginShare: z.string().nullable().describe('of revenue and refunds; null of nothing'),
});

const sumOf = ({ revenue, refunds }: MarginRow): bigint => revenue + refunds;
const marginOf = (row: MarginRow): bigint => sumOf(row) - row.cost;

type Shown = MarginRow & { readonly by: readonly MarginDimension[] };

function show(row: Shown, digits: number): z.input<typeof marginItem> {
  const money = (amount: bigint) => formatMoney(amount, digits);
  const share = sumOf(row) === 0n ? null : shareOf(marginOf(row), sumOf(row));
  const { scale } = row;
  return {
    ...Object.fromEntries(row.by.map((name) => [name, row[name]])),
    quantity: scale === null ? null : formatDecimal(row.quantity, scale),
    revenue: money(row.revenue),
    refunds: money(row.refunds),
    cost: money(row.cost),
    lateCost: money(row.lateCost),
    margin: money(marginOf(row)),
    marginShare: share === null ? null : formatDecimal(share, SHARE_DIGITS),
  };
}

/** `GET /v1/books/gross-margin`. */
export function marginRoutes(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  reportRoute(app, {
    path: '/gross-margin',
    summary: 'Revenue, cost of goods sold and what is left, by what is asked for',
    description:
      'The totals are those of the accounts. Costs that became known after a sale are shared by ' +
      'units among the sales that took them.',
    query: {
      ...rangeQuery,
      at: instantText.optional().describe('the books as they stood then'),
      groupBy: listOf(MARGIN_DIMENSIONS)
        .default(['item'])
        .describe(`a comma list of ${MARGIN_DIMENSIONS.join(', ')}`),
      item: codeText.optional(),
      channel: codeText.optional(),
      site: codeText.optional(),
      customer: codeText.optional(),
    },
    item: marginItem,
    head: {
      currency: z.string(),
      from: day.nullable(),
      through: day.nullable(),
      revenue: z.string(),
      refunds: z.string(),
      cost: z.string(),
      margin: z.string(),
    },
    sorts: {
      code: ({ key }: Shown) => key,
      margin: (row: Shown) => marginOf(row),
      revenue: ({ revenue }: Shown) => revenue,
      cost: ({ cost }: Shown) => cost,
    },
    sortDefault: 'code',
    keyOf: ({ key }) => key,
    read: (query, at) => readMargins(context, query, at),
    show: (row) => show(row, digits),
  });
}

interface MarginQuery extends Partial<Record<(typeof FILTERS)[number], string | undefined>> {
  readonly from?: string | undefined;
  readonly through?: string | undefined;
  readonly at?: string | undefined;
  readonly groupBy: readonly MarginDimension[];
}

async function readMargins(
  context: Context,
  query: MarginQuery,
  at: string | undefined,
): Promise<ReportContent<Shown>> {
  const { currency } = context.config;
  const range = toRange(query);
  const by = query.groupBy;
  // A filter needs its dimension in the rows.
  const all = [...new Set([...by, ...FILTERS.filter((name) => query[name] !== undefined)])];
  const asked = query.at ?? at;
  const { rows, moment } = await readBooks(
    context,
    async (tx, to) => ({
      rows: await allMargins(tx, to, range, all),
      moment: await momentOf(tx, context),
    }),
    asked === undefined ? undefined : new Date(asked),
  );
  const matching = rows.filter((row) =>
    FILTERS.every((name) => query[name] === undefined || row[name] === query[name]),
  );
  const kept = groupMargins(matching, by);
  const sum = (of: (row: MarginRow) => bigint) =>
    formatMoney(
      kept.reduce((total, row) => total + of(row), 0n),
      currencyDigits(currency),
    );
  return {
    head: {
      ...{ currency, from: range.from ?? null, through: range.through ?? null },
      revenue: sum(({ revenue }) => revenue),
      refunds: sum(({ refunds }) => refunds),
      cost: sum(({ cost }) => cost),
      margin: sum(marginOf),
    },
    at: asked ?? moment.toISOString(),
    rows: kept.map((row) => ({ ...row, by })),
  };
}

async function allMargins(
  tx: Tx,
  to: BookVector,
  range: DayRange,
  by: readonly MarginDimension[],
): Promise<MarginRow[]> {
  const figures = await marginFigures(tx, to, range, by);
  const late = await lateCosts(tx, to, range);
  const causes = new Map(
    late.map(({ journal, causeSeq }) => [`${journal}-${causeSeq}`, { journal, seq: causeSeq }]),
  );
  const bySale = by.includes('channel') || by.includes('customer');
  const sold = bySale ? await soldUnits(tx, [...causes.values()]) : [];
  return marginRows(figures, late, sold, by);
}
