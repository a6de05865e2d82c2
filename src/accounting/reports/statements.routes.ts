import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, instant } from '../../platform/http.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { REPORT_TIMEOUT_MS, reportRoute } from './report.ts';
import { day, instantText, rangeQuery, toRange } from './schemas.ts';
import { readTrialBalance, type TrialRow } from './statements.read.ts';
import { BALANCE_SECTIONS, balanceSection, INCOME_SECTIONS, incomeSection } from './statements.ts';

const accountShape = {
  account: z.string().describe('its code'),
  name: z.string(),
  type: z.enum(['asset', 'liability', 'equity', 'revenue', 'expense']),
  purpose: z.string().nullable(),
  site: z.string().nullable().describe('null where it is about no site, or about all'),
};
const trialItem = z.object({
  ...accountShape,
  opening: z.string().describe('before the range; positive is a debit'),
  debit: z.string(),
  credit: z.string(),
  closing: z.string(),
});
const recordedAt = instantText
  .optional()
  .describe('the books as they stood then, by when facts were recorded; now when left out');

function trialRoute(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  const money = (amount: bigint) => formatMoney(amount, digits);
  reportRoute(app, {
    path: '/trial-balance',
    summary: 'Every account: opening, debits, credits, closing',
    description:
      'Of a range of booking days, as the books are or as they stood at a past instant. ' +
      'Both columns add up to the same, always.',
    query: {
      ...rangeQuery,
      at: recordedAt,
      bySite: z.stringbool().default(false).describe('a row for each account and site'),
    },
    item: trialItem,
    head: {
      currency: z.string(),
      from: day.nullable(),
      through: day.nullable(),
      totalDebit: z.string(),
      totalCredit: z.string(),
    },
    sorts: {
      account: ({ code }: TrialRow) => code,
      closing: ({ closing }: TrialRow) => closing,
    },
    sortDefault: 'account',
    keyOf: ({ code, site }) => `${code} ${site ?? ''}`,
    read: async (query, at) => {
      const range = toRange(query);
      const asked = query.at ?? at;
      const trial = await readTrialBalance(context, {
        ...range,
        bySite: query.bySite,
        at: asked === undefined ? undefined : new Date(asked),
      });
      const sum = (of: (row: TrialRow) => bigint) =>
        money(trial.rows.reduce((total, row) => total + of(row), 0n));
      return {
        head: {
          currency,
          from: range.from ?? null,
          through: range.through ?? null,
          totalDebit: sum(({ debit }) => debit),
          totalCredit: sum(({ credit }) => credit),
        },
        at: trial.at.toISOString(),
        rows: trial.rows,
      };
    },
    show: ({ code, name, type, purpose, site, ...sums }) => ({
      ...{ account: code, name, type, purpose, site },
      opening: money(sums.opening),
      debit: money(sums.debit),
      credit: money(sums.credit),
      closing: money(sums.closing),
    }),
  });
}

const statementLine = z.object({ ...accountShape, amount: z.string() });
const statement = <Name extends string>(sections: readonly [Name, ...Name[]]) =>
  z.array(
    z.object({ section: z.enum(sections), total: z.string(), accounts: z.array(statementLine) }),
  );

interface Line {
  readonly row: TrialRow;
  readonly amount: bigint;
}

/** Lines by section, in the order of the sections; a section without lines is there too. */
function inSections<Name extends string>(
  sections: readonly Name[],
  rows: readonly TrialRow[],
  sectionOf: (row: TrialRow) => Name | null,
  amountOf: (row: TrialRow, section: Name) => bigint,
): { section: Name; lines: Line[]; total: bigint }[] {
  return sections.map((section) => {
    const lines = rows
      .filter((row) => sectionOf(row) === section)
      .map((row) => ({ row, amount: amountOf(row, section) }));
    return { section, lines, total: lines.reduce((sum, { amount }) => sum + amount, 0n) };
  });
}

function showSection<Name>(
  part: { section: Name; lines: readonly Line[]; total: bigint },
  digits: number,
) {
  return {
    section: part.section,
    total: formatMoney(part.total, digits),
    accounts: part.lines.map(({ row: { code, name, type, purpose, site }, amount }) => ({
      ...{ account: code, name, type, purpose, site },
      amount: formatMoney(amount, digits),
    })),
  };
}

function incomeRoute(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  app.get(
    '/v1/books/income-statement',
    {
      config: { scope: 'books:read' },
      handlerTimeout: REPORT_TIMEOUT_MS,
      schema: {
        tags: ['Accounting'],
        summary: 'What was earned and spent in a range of booking days',
        description: 'Income is positive, expense negative, so that the sections add up.',
        querystring: z.strictObject({
          ...rangeQuery,
          at: recordedAt,
          bySite: z.stringbool().default(false),
        }),
        response: {
          200: z.object({
            currency: z.string(),
            at: instant,
            sections: statement(INCOME_SECTIONS),
            grossMargin: z.string().describe('revenue and refunds less cost of goods sold'),
            result: z.string(),
          }),
        },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { at, bySite } = request.query;
      const range = toRange(request.query);
      const asked = { ...range, bySite, at: at === undefined ? undefined : new Date(at) };
      const trial = await readTrialBalance(context, asked);
      const sections = inSections(
        INCOME_SECTIONS,
        trial.rows,
        incomeSection,
        ({ debit, credit }) => credit - debit,
      );
      const of = (...names: string[]) =>
        sections
          .filter(({ section }) => names.includes(section))
          .reduce((sum, { total }) => sum + total, 0n);
      return {
        currency,
        at: trial.at.toISOString(),
        sections: sections.map((section) => showSection(section, digits)),
        grossMargin: formatMoney(of('revenue', 'refunds', 'cost_of_goods_sold'), digits),
        result: formatMoney(of(...INCOME_SECTIONS), digits),
      };
    },
  );
}

function balanceSheetRoute(app: App, context: Context): void {
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  app.get(
    '/v1/books/balance-sheet',
    {
      config: { scope: 'books:read' },
      handlerTimeout: REPORT_TIMEOUT_MS,
      schema: {
        tags: ['Accounting'],
        summary: 'What the house owns and owes at the end of a booking day, inventory first',
        description:
          'Assets are positive; liabilities, equity and the result as what they are owed. ' +
          'Assets less the rest is always zero.',
        querystring: z.strictObject({
          through: day.optional().describe('the last booking day that counts; all when left out'),
          at: recordedAt,
          bySite: z.stringbool().default(false),
        }),
        response: {
          200: z.object({
            currency: z.string(),
            at: instant,
            sections: statement(BALANCE_SECTIONS),
            assets: z.string(),
            liabilitiesAndEquity: z.string(),
          }),
        },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { at, through, bySite } = request.query;
      const asked = { through, bySite, at: at === undefined ? undefined : new Date(at) };
      const trial = await readTrialBalance(context, asked);
      const isAsset = (name: string) => name === 'inventory' || name === 'other_assets';
      const sections = inSections(
        BALANCE_SECTIONS,
        trial.rows,
        balanceSection,
        ({ closing }, section) => (isAsset(section) ? closing : -closing),
      );
      const sum = (assets: boolean) =>
        sections
          .filter(({ section }) => isAsset(section) === assets)
          .reduce((all, { total }) => all + total, 0n);
      return {
        currency,
        at: trial.at.toISOString(),
        sections: sections.map((section) => showSection(section, digits)),
        assets: formatMoney(sum(true), digits),
        liabilitiesAndEquity: formatMoney(sum(false), digits),
      };
    },
  );
}

/** Trial balance, income statement and balance sheet. */
export function statementRoutes(app: App, context: Context): void {
  trialRoute(app, context);
  incomeRoute(app, context);
  balanceSheetRoute(app, context);
}
