import { z } from 'zod';
import { formatLedgerId } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import { requireHouse } from '../platform/documents/index.ts';
import { type App, decodeCursor, encodeCursor, instant, pageQuery } from '../platform/http.ts';
import { currencyDigits, formatMoney } from '../platform/money.ts';
import { notFound, Problem } from '../platform/problems.ts';
import { accountBalances } from './balances.queries.ts';
import { type BookVector, readBooks } from './books.ts';
import { dayAfter } from './calendar.ts';
import { day } from './entries.schemas.ts';
import {
  type StatementFilter,
  type StatementKey,
  type StatementOrigin,
  type StatementRow,
  selectEntryOrigins,
  selectStatement,
  selectStockOrigins,
} from './statement.queries.ts';

const code = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[ -~]+$/);

const statementQuery = z.object({
  ...pageQuery,
  from: day.optional().describe('first day, by when it is booked'),
  through: day.optional().describe('last day'),
  site: code.optional(),
  at: instant.optional().describe('as the books stood then, by when facts were recorded'),
});

const rowAnswer = z.object({
  source: z.enum(['movement', 'value_entry', 'entry']),
  id: z.string().describe('a movement or value entry `<journal>-<seq>`, or an entry number'),
  bookedOn: z.string(),
  occurredAt: z.string(),
  recordedAt: z.string(),
  kind: z.string(),
  document: z.object({ type: z.string(), number: z.string() }).nullable(),
  item: z.string().nullable(),
  site: z.string().nullable(),
  counterAccount: z.string().nullable(),
  description: z.string().nullable(),
  debit: z.string().nullable(),
  credit: z.string().nullable(),
  balance: z.string().describe('debits less credits, this row included'),
});
type RowAnswer = z.output<typeof rowAnswer>;

const statementAnswer = z.object({
  account: z.object({
    code: z.string(),
    name: z.string(),
    type: z.string(),
    purpose: z.string().nullable(),
  }),
  opening: z.string().describe('balance before the first row of this page'),
  items: z.array(rowAnswer),
  nextCursor: z.string().nullable(),
});

/** Everything a page needs besides the rows: the moment, and the balance so far. */
interface Continuation {
  readonly to: BookVector;
  readonly balance: bigint;
  readonly after: StatementKey | undefined;
}

const cursorKeys = z.tuple([
  day,
  z.number().int(),
  z.number().int(),
  z.bigint(),
  z.number().int(),
  z.bigint(),
  z.string().regex(/^\d{1,15}(;\d{1,5}:\d{1,15})*$/),
]);

/** The vector as text, so that the pages of one statement are all of the same moment. */
function vectorText(to: BookVector): string {
  return [`${to.entrySeq}`, ...[...to.journals].map((pair) => pair.join(':'))].join(';');
}

function parseVector(text: string, recordedAt: Date | null): BookVector {
  const [entrySeq = '0', ...journals] = text.split(';');
  const pairs = journals.map((pair) => pair.split(':') as [string, string]);
  return {
    entrySeq: BigInt(entrySeq),
    journals: new Map(pairs.map(([journal, seq]) => [Number(journal), BigInt(seq)])),
    recordedAt,
  };
}

type Query = z.output<typeof statementQuery>;

async function begin(
  tx: Tx,
  to: BookVector,
  filter: StatementFilter,
  query: Query,
): Promise<Continuation> {
  const keys = decodeCursor(query.cursor, cursorKeys);
  if (keys) {
    const [bookedOn, source, journal, seq, line, balance, vector] = keys;
    const after: StatementKey = [bookedOn, source, journal, seq, line];
    return { to: parseVector(vector, to.recordedAt), balance, after };
  }
  if (filter.from === null) return { to, balance: 0n, after: undefined };
  const before = { through: dayAfter(filter.from, -1) };
  const balances = await accountBalances(tx, to, before, [filter.accountId]);
  const balance = balances
    .filter(({ siteId }) => filter.siteId === null || siteId === filter.siteId)
    .reduce((sum, { debit, credit }) => sum + debit - credit, 0n);
  return { to, balance, after: undefined };
}

async function originsOf(tx: Tx, rows: readonly StatementRow[]) {
  const stock = await selectStockOrigins(
    tx,
    rows.filter(({ source }) => source === 0),
  );
  const entries = await selectEntryOrigins(
    tx,
    rows.filter(({ source }) => source === 1),
  );
  return ({ source, journal, seq, line }: StatementRow): StatementOrigin => {
    const key = source === 0 ? `${journal}-${seq}-${line}` : `${seq}-${line}`;
    const origin = (source === 0 ? stock : entries).get(key);
    if (!origin) throw new Error(`the origin of ${key} is missing`);
    return origin;
  };
}

async function siteCodes(tx: Tx, rows: readonly StatementRow[]): Promise<Map<number, string>> {
  const found = await tx.query<{ id: number; code: string }>(
    'SELECT site_id AS id, code FROM network.site WHERE site_id = ANY($1)',
    [[...new Set(rows.map(({ siteId }) => siteId))]],
  );
  return new Map(found.rows.map((row) => [row.id, row.code]));
}

interface Shown {
  readonly digits: number;
  readonly sites: ReadonlyMap<number, string>;
}

function rowToAnswer(
  row: StatementRow,
  origin: StatementOrigin,
  balance: bigint,
  { digits, sites }: Shown,
): RowAnswer {
  const { documentType, documentNumber, occurredAt, recordedAt, ...rest } = origin;
  const isEntry = row.source === 1;
  const isValue = origin.kind === 'value_entry';
  return {
    ...rest,
    source: isEntry ? 'entry' : isValue ? 'value_entry' : 'movement',
    id: isEntry ? `${row.seq}` : formatLedgerId(row.journal, Number(row.seq)),
    bookedOn: row.bookedOn,
    occurredAt: occurredAt.toISOString(),
    recordedAt: recordedAt.toISOString(),
    document:
      documentType === null || documentNumber === null
        ? null
        : { type: documentType, number: documentNumber },
    site: sites.get(row.siteId) ?? null,
    debit: row.amount >= 0n ? formatMoney(row.amount, digits) : null,
    credit: row.amount < 0n ? formatMoney(-row.amount, digits) : null,
    balance: formatMoney(balance, digits),
  };
}

interface Account {
  readonly id: number;
  readonly code: string;
  readonly name: string;
  readonly type: string;
  readonly purpose: string | null;
}

async function readStatement(
  tx: Tx,
  now: BookVector,
  account: Account,
  query: Query,
  digits: number,
) {
  const { from = null, through = null, limit } = query;
  const siteId = query.site === undefined ? null : await siteIdOf(tx, query.site);
  const filter = { accountId: account.id, siteId, from, through };
  const { to, balance: opening, after } = await begin(tx, now, filter, query);
  const rows = await selectStatement(tx, to, filter, after, limit + 1);
  const shown = rows.slice(0, limit);
  const originOf = await originsOf(tx, shown);
  const sites = await siteCodes(tx, shown);
  let balance = opening;
  const items = shown.map((row) => {
    balance += row.amount;
    return rowToAnswer(row, originOf(row), balance, { digits, sites });
  });
  const last = shown.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  const keys = last && [last.bookedOn, last.source, last.journal, last.seq, last.line];
  const { id: _, ...plain } = account;
  return {
    account: plain,
    opening: formatMoney(opening, digits),
    items,
    nextCursor: isMore ? encodeCursor([...keys!, balance, vectorText(to)]) : null,
  };
}

async function siteIdOf(tx: Tx, site: string): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    'SELECT site_id AS id FROM network.site WHERE code = $1',
    [site],
  );
  if (!rows[0]) throw new Problem(notFound, `There is no site ${site}.`);
  return rows[0].id;
}

async function accountOf(tx: Tx, account: string): Promise<Account> {
  const { rows } = await tx.query<Account>(
    `SELECT account_id AS id, code, name, type, purpose FROM accounting.account
     WHERE code = $1`,
    [account],
  );
  if (!rows[0]) throw new Problem(notFound, `There is no account ${account}.`);
  return rows[0];
}

/** The statement of an account, down to movements and documents. For the house. */
export function statementRoutes(app: App, context: Context): void {
  const digits = currencyDigits(context.config.currency);
  app.get(
    '/v1/books/accounts/:code/statement',
    {
      config: { scope: 'books:read' },
      schema: {
        tags: ['Accounting'],
        summary: 'Statement of an account with running balance, by day',
        description:
          'Every value movement of the ledger and every entry on the account, each with the ' +
          'movement or document that it comes from. All pages are of one moment.',
        params: z.object({ code }),
        querystring: statementQuery,
        response: { 200: statementAnswer },
      },
    },
    async ({ principal, params, query }) => {
      requireHouse(principal);
      const at = query.at === undefined ? undefined : new Date(query.at);
      return readBooks(
        context,
        async (tx, to) => {
          const account = await accountOf(tx, params.code);
          return readStatement(tx, to, account, query, digits);
        },
        at,
      );
    },
  );
}
