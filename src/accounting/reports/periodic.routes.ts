import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import type { App } from '../../platform/http.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { divideRounded, formatDecimal } from '../../platform/quantity.ts';
import { readBooks } from '../books.ts';
import { localDay } from '../calendar.ts';
import { readHead } from '../policy.queries.ts';
import { daysBetween } from './grni.ts';
import { type ItemFlow, itemFlows } from './periodic.queries.ts';
import {
  COUNT_INTERVALS,
  comparePeriods,
  countPeriods,
  type DayComparison,
  type DayFlow,
  daySeries,
  PERIODIC_METHODS,
  type PeriodComparison,
} from './periodic.ts';
import { reportRoute } from './report.ts';
import { codeText, day, rangeQuery, toRange } from './schemas.ts';
import { momentOf } from './statements.read.ts';

const query = {
  ...rangeQuery,
  method: z.enum(PERIODIC_METHODS).default('weighted_average'),
  count: z.enum(COUNT_INTERVALS).default('month').describe('how often the periodic books count'),
  item: codeText.optional(),
};
type PeriodicQuery = z.output<z.ZodObject<typeof query>>;

/** Days of one series at most: ten years. */
const DAYS_MAX = 3_660;

interface ItemComparison {
  readonly item: string;
  readonly scale: number;
  readonly opening: { readonly quantity: bigint; readonly value: bigint };
  readonly flows: readonly DayFlow[];
  readonly periods: readonly PeriodComparison[];
}

interface Comparison {
  readonly items: readonly ItemComparison[];
  readonly from: string;
  readonly through: string;
  readonly at: Date;
}

async function compare(context: Context, asked: PeriodicQuery): Promise<Comparison> {
  const range = toRange(asked);
  return readBooks(context, async (tx, to) => {
    const { timeZone } = await readHead(tx);
    const itemId = asked.item === undefined ? undefined : await itemOf(tx, asked.item);
    const flows = await itemFlows(tx, to, timeZone, range.through, itemId);
    const at = await momentOf(tx, context);
    const today = localDay(context.clock(), timeZone);
    const from =
      range.from ?? flows.reduce((least, { day: on }) => (on < least ? on : least), today);
    const through = range.through ?? (from > today ? from : today);
    if (daysBetween(from, through) > DAYS_MAX) throw tooLong(from, through);
    const periods = countPeriods(from, through, asked.count);
    const items = byItem(flows).map(({ item, scale, rows }) => {
      const before = rows.filter((row) => row.day < from);
      const inside = rows.filter((row) => row.day >= from);
      const opening = {
        quantity: before.reduce((sum, row) => sum + row.purchased - row.sold - row.other, 0n),
        value: before.reduce(
          (sum, row) => sum + row.purchasedValue - row.soldValue - row.otherValue,
          0n,
        ),
      };
      const compared = comparePeriods(opening, inside, periods, asked.method);
      // A count that is still to come is not known yet.
      const known = compared.filter(({ period }) => period.endsOn <= through);
      return { item, scale, opening, flows: inside, periods: known };
    });
    return { items, from, through, at };
  });
}

function byItem(flows: readonly ItemFlow[]): { item: string; scale: number; rows: ItemFlow[] }[] {
  const items = new Map<string, { item: string; scale: number; rows: ItemFlow[] }>();
  for (const flow of flows) {
    const known = items.get(flow.item);
    if (known) known.rows.push(flow);
    else items.set(flow.item, { item: flow.item, scale: flow.scale, rows: [flow] });
  }
  return [...items.values()];
}

async function itemOf(tx: Tx, sku: string): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    'SELECT item_id AS id FROM catalog.item WHERE sku = $1',
    [sku],
  );
  if (!rows[0]) throw new Problem(notFound, `There is no item ${sku}.`);
  return rows[0].id;
}

function tooLong(from: string, through: string): Problem {
  const errors = [
    {
      path: 'query.from',
      message: `is more than ${DAYS_MAX} days before the end`,
      expected: `a range of at most ${DAYS_MAX} days`,
      found: `${from} to ${through}`,
    },
  ];
  return new Problem(invalidRequest, 'The range of days is too long.', { errors });
}

const periodItem = z.object({
  item: z.string(),
  period: z.string(),
  startsOn: z.string(),
  countedOn: z.string(),
  openingQuantity: z.string(),
  openingValue: z.string().describe('in periodic books'),
  purchasedQuantity: z.string(),
  purchasedValue: z.string(),
  closingQuantity: z.string().describe('what a count finds'),
  closingValue: z.string().describe('in periodic books'),
  costOfSales: z.string().describe('in periodic books: opening + purchases - closing'),
  perpetualClosingValue: z.string(),
  perpetualCostOfSales: z.string(),
  perpetualOther: z
    .string()
    .describe('losses, finds and revaluations, which periodic books hide in cost of sales'),
  difference: z.string().describe('closing value, periodic less perpetual'),
});

type PeriodRow = PeriodComparison & { readonly item: string; readonly scale: number };

const head = {
  currency: z.string(),
  method: z.enum(PERIODIC_METHODS),
  count: z.enum(COUNT_INTERVALS),
  from: day,
  through: day,
};

function headOf(context: Context, asked: PeriodicQuery, { from, through }: Comparison) {
  const { method, count } = asked;
  return { currency: context.config.currency, method, count, from, through };
}

const differenceOf = (row: PeriodComparison): bigint =>
  row.closingValue - row.perpetualClosingValue;

function periodsRoute(app: App, context: Context): void {
  const digits = currencyDigits(context.config.currency);
  const money = (amount: bigint) => formatMoney(amount, digits);
  reportRoute(app, {
    path: '/periodic',
    summary: 'The same events by the periodic method, by item and period',
    description:
      'Opening + purchases - closing count, at weighted average or FIFO, beside what the ' +
      'perpetual books say. Periods whose count is still to come are left out.',
    query,
    item: periodItem,
    head,
    sorts: {
      item: ({ item }: PeriodRow) => item,
      difference: (row: PeriodRow) => differenceOf(row),
    },
    sortDefault: 'item',
    keyOf: ({ item, period }) => `${period.endsOn} ${item}`,
    read: async (asked) => {
      const comparison = await compare(context, asked);
      const rows = comparison.items.flatMap(({ item, scale, periods }) =>
        periods.map((period) => ({ ...period, item, scale })),
      );
      return { head: headOf(context, asked, comparison), at: comparison.at.toISOString(), rows };
    },
    show: (row) => ({
      item: row.item,
      period: row.period.code,
      startsOn: row.period.startsOn,
      countedOn: row.period.endsOn,
      openingQuantity: formatDecimal(row.opening, row.scale),
      openingValue: money(row.openingValue),
      purchasedQuantity: formatDecimal(row.purchased, row.scale),
      purchasedValue: money(row.purchasedValue),
      closingQuantity: formatDecimal(row.closing, row.scale),
      closingValue: money(row.closingValue),
      costOfSales: money(row.costOfSales),
      perpetualClosingValue: money(row.perpetualClosingValue),
      perpetualCostOfSales: money(row.perpetualCostOfSales),
      perpetualOther: money(row.perpetualOther),
      difference: money(differenceOf(row)),
    }),
  });
}

const dayItem = z.object({
  day: z.string(),
  perpetualValue: z.string().describe('what the stock is worth at the end of the day'),
  periodicValue: z.string().describe('what periodic books say: the last count'),
  difference: z.string().describe('periodic less perpetual'),
  lastCount: z.string(),
  daysSinceCount: z.int(),
});

function seriesRoute(app: App, context: Context): void {
  const digits = currencyDigits(context.config.currency);
  const money = (amount: bigint) => formatMoney(amount, digits);
  reportRoute(app, {
    path: '/periodic/days',
    summary: 'Day by day: what stock is worth, and what periodic books still believe',
    description:
      'The first day is counted the evening before: there both agree. Of one item, or of all.',
    query,
    item: dayItem,
    head: {
      ...head,
      worst: z.string().describe('the greatest difference of any day, without its sign'),
      mean: z.string().describe('the mean difference of a day, without its sign'),
    },
    sorts: {
      day: ({ day: on }: DayComparison) => on,
      difference: ({ periodic, perpetual }: DayComparison) => periodic - perpetual,
    },
    sortDefault: 'day',
    keyOf: ({ day: on }) => on,
    read: async (asked) => {
      const comparison = await compare(context, asked);
      const { from, through, items } = comparison;
      const rows = daySeries(from, through, items);
      const sizes = rows.map(({ periodic, perpetual }) =>
        periodic < perpetual ? perpetual - periodic : periodic - perpetual,
      );
      const sum = sizes.reduce((all, size) => all + size, 0n);
      return {
        head: {
          ...headOf(context, asked, comparison),
          worst: money(sizes.reduce((most, size) => (size > most ? size : most), 0n)),
          mean: money(rows.length === 0 ? 0n : divideRounded(sum, BigInt(rows.length))),
        },
        at: comparison.at.toISOString(),
        rows,
      };
    },
    show: ({ day: on, perpetual, periodic, lastCount, daysSinceCount }) => ({
      ...{ day: on, lastCount, daysSinceCount },
      perpetualValue: money(perpetual),
      periodicValue: money(periodic),
      difference: money(periodic - perpetual),
    }),
  });
}

/** `GET /v1/books/periodic` and `/v1/books/periodic/days`. */
export function periodicRoutes(app: App, context: Context): void {
  periodsRoute(app, context);
  seriesRoute(app, context);
}
