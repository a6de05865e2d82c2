import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { readBooks } from '../books.ts';
import { localDay } from '../calendar.ts';
import { readHead } from '../policy.queries.ts';
import { grniFigures, grniTransfers } from './grni.queries.ts';
import { AGE_BUCKETS, type AgeBucket, type GrniRow, grniRows } from './grni.ts';
import { type ReportContent, reportRoute } from './report.ts';
import { codeText, instantText } from './schemas.ts';
import { momentOf } from './statements.read.ts';

const grniItem = z.object({
  supplier: z.string().nullable().describe('null where no document says whose'),
  document: z
    .object({ type: z.string(), number: z.string() })
    .nullable()
    .describe('the receipt; or an invoice paid before its goods came'),
  since: z.string().describe('the day that its age counts from'),
  ageDays: z.int(),
  bucket: z.enum(AGE_BUCKETS),
  received: z.string().describe('at cost, with price differences since'),
  invoiced: z.string(),
  open: z.string(),
  movements: z.array(z.string()).describe('up to 20 of them'),
});

const query = {
  at: instantText.optional().describe('the books as they stood then; now when it is left out'),
  supplier: codeText.optional(),
  bucket: z.enum(AGE_BUCKETS).optional(),
  open: z.stringbool().default(true).describe('only what is open'),
};

/** `GET /v1/books/grni-ageing`. */
export function grniRoutes(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  const money = (amount: bigint) => formatMoney(amount, digits);
  reportRoute(app, {
    path: '/grni-ageing',
    summary: 'Goods received and not invoiced: by supplier and receipt, and how old',
    description:
      'What is open of all rows together is the balance of the accounts, whatever the filter ' +
      'shows of them.',
    query,
    item: grniItem,
    head: {
      currency: z.string(),
      accounts: z.string().describe('the balance of the accounts, as a credit'),
      open: z.string().describe('of the rows that match'),
      buckets: z.object({
        '0-30': z.string(),
        '31-60': z.string(),
        '61-90': z.string(),
        '90+': z.string(),
      } satisfies Record<AgeBucket, z.ZodString>),
    },
    sorts: {
      age: ({ ageDays }: GrniRow) => ageDays,
      open: ({ open }: GrniRow) => open,
      supplier: ({ supplier }: GrniRow) => supplier ?? '',
    },
    sortDefault: '-age',
    keyOf: ({ key }) => key,
    read: (asked, at) => readAgeing(context, asked, at),
    show: (row) => ({
      ...{ supplier: row.supplier, document: row.document, since: row.since },
      ...{ ageDays: row.ageDays, bucket: row.bucket, movements: [...row.movements] },
      received: money(row.received),
      invoiced: money(row.invoiced),
      open: money(row.open),
    }),
  });
}

async function readAgeing(
  context: Context,
  asked: z.output<z.ZodObject<typeof query>>,
  at: string | undefined,
): Promise<ReportContent<GrniRow>> {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  const instant = asked.at ?? at;
  const { rows, moment } = await readBooks(
    context,
    async (tx, to) => {
      const { timeZone } = await readHead(tx);
      const newest = instant === undefined ? await momentOf(tx, context) : new Date(instant);
      // A receipt grows old also on days on which nothing is recorded.
      const today = localDay(instant === undefined ? context.clock() : newest, timeZone);
      const figures = await grniFigures(tx, to);
      const transfers = await grniTransfers(tx, to);
      return { rows: grniRows(figures, transfers, timeZone, today), moment: newest };
    },
    instant === undefined ? undefined : new Date(instant),
  );
  const matching = rows
    .filter(({ supplier }) => asked.supplier === undefined || supplier === asked.supplier)
    .filter(({ bucket }) => asked.bucket === undefined || bucket === asked.bucket)
    .filter(({ open }) => !asked.open || open !== 0n);
  const sum = (some: readonly GrniRow[]) =>
    formatMoney(
      some.reduce((total, { open }) => total + open, 0n),
      digits,
    );
  const inBucket = (name: AgeBucket) => sum(matching.filter(({ bucket }) => bucket === name));
  return {
    head: {
      currency,
      accounts: sum(rows),
      open: sum(matching),
      buckets: Object.fromEntries(AGE_BUCKETS.map((name) => [name, inBucket(name)])),
    },
    at: moment.toISOString(),
    rows: matching,
  };
}
