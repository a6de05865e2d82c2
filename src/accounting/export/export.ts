import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { csvLines } from '../../platform/documents/index.ts';
import { currencyDigits, formatMoney } from '../../platform/money.ts';
import { type AccountBalance, accountBalances } from '../balances.queries.ts';
import { type BookVector, readBooks } from '../books.ts';
import { dayAfter, periodOf } from '../calendar.ts';
import { readAccounts } from '../reports/statements.read.ts';
import {
  bookedDays,
  type EntryLineRow,
  entriesOfDay,
  type StockRow,
  stockOfDay,
} from './export.queries.ts';
import {
  accountPart,
  type Commodity,
  entryText,
  headerText,
  type JournalEntry,
  type Posting,
  type Syntax,
  TYPE_ROOTS,
  uniqueNames,
} from './journal.ts';

export const EXPORT_FORMATS = ['hledger', 'ledger', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportQuery {
  readonly format: ExportFormat;
  /** First and last booking day, inclusive; what is left out does not bound. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** One entry for each movement instead of one for each day and document. */
  readonly each?: boolean | undefined;
  /** Each site of an account as an account below it. */
  readonly bySite?: boolean | undefined;
}

/** The books of a moment, and how their accounts are named. */
interface Plan {
  readonly query: ExportQuery;
  readonly commodity: Commodity;
  readonly to: BookVector;
  readonly days: readonly string[];
  readonly accountIds: readonly number[];
  readonly accounts: readonly { readonly name: string; readonly type: string }[];
  readonly nameOf: (accountId: number, siteId: number) => string;
  readonly codeOf: (accountId: number) => string;
  readonly siteOf: (siteId: number) => string;
}

/**
 * The books as text, piece by piece: every entry of documents and people, what the ledger's
 * movements booked, and what each account must hold at the end of each period. What is committed
 * before the call is in it, nothing after; facts never change, so no transaction is held open for
 * longer than a day's rows take.
 */
export async function* exportBooks(context: Context, query: ExportQuery): AsyncGenerator<string> {
  const plan = await readBooks(context, (tx, to) => planOf(context, tx, to, query));
  if (query.format === 'csv') yield* csvOf(context, plan);
  else yield* journalOf(context, plan, query.format);
}

async function planOf(context: Context, tx: Tx, to: BookVector, query: ExportQuery): Promise<Plan> {
  const { currency } = context.config;
  const accounts = await readAccounts(tx);
  const sites = await tx.query<{ id: number; code: string }>(
    'SELECT site_id AS id, code FROM network.site ORDER BY code',
  );
  const codes = new Map(sites.rows.map(({ id, code }) => [id, code]));
  const names = uniqueNames(
    accounts.map(({ code, name, type }) => `${TYPE_ROOTS[type]}:${accountPart(`${code} ${name}`)}`),
  );
  const byId = new Map(
    accounts.map(({ accountId, code }, i) => [accountId, { code, name: names[i]! }]),
  );
  const known = (accountId: number) => {
    const account = byId.get(accountId);
    if (!account) throw new Error(`the books have no account ${accountId}`);
    return account;
  };
  const siteOf = (siteId: number) => codes.get(siteId) ?? '';
  const nameOf = (accountId: number, siteId: number) => {
    const { name } = known(accountId);
    return query.bySite && siteId > 0 ? `${name}:${accountPart(siteOf(siteId))}` : name;
  };
  const declared = accounts.map(({ type }, i) => ({ name: names[i]!, type }));
  const below = query.bySite ? await siteAccounts(tx, to, nameOf) : [];
  const typeOf = new Map(accounts.map(({ accountId, type }) => [accountId, type]));
  return {
    query,
    commodity: { symbol: currency, digits: currencyDigits(currency) },
    to,
    days: await bookedDays(tx, query.from, query.to),
    accountIds: accounts.map(({ accountId }) => accountId),
    accounts: [
      ...declared,
      ...below.map(({ name, accountId }) => ({ name, type: typeOf.get(accountId) ?? 'asset' })),
    ],
    nameOf,
    codeOf: (accountId) => known(accountId).code,
    siteOf,
  };
}

/** Accounts of a site that ever moved. */
async function siteAccounts(
  tx: Tx,
  to: BookVector,
  nameOf: Plan['nameOf'],
): Promise<{ name: string; accountId: number }[]> {
  const balances = await accountBalances(tx, to);
  return balances
    .filter(({ siteId }) => siteId > 0)
    .map(({ accountId, siteId }) => ({ name: nameOf(accountId, siteId), accountId }));
}

async function* journalOf(context: Context, plan: Plan, syntax: Syntax): AsyncGenerator<string> {
  const { query, commodity, days } = plan;
  yield headerText(syntax, commodity, plan.accounts, [
    'The books of onhand as plain-text accounting.',
    `Booking days ${query.from ?? 'from the beginning'} to ${query.to ?? 'the end'}.`,
  ]);
  const opening =
    query.from === undefined ? null : await balancesOf(context, plan, dayAfter(query.from, -1));
  if (opening) yield openingText(plan, query.from!, opening);
  for (const [i, day] of days.entries()) {
    for await (const entries of entriesOf(context, plan, day)) {
      yield entries.map((entry) => entryText(entry, commodity)).join('');
    }
    const next = days[i + 1];
    if (next !== undefined && periodOf(next).code === periodOf(day).code) continue;
    yield assertionText(plan, day, await balancesOf(context, plan, day));
  }
}

/** What each account holds at the end of a day, from the sums that the books keep. */
function balancesOf(context: Context, plan: Plan, through: string): Promise<AccountBalance[]> {
  return readBooks(context, (tx) => accountBalances(tx, plan.to, { through }));
}

/** Minor units by name of account. */
function byName(plan: Plan, balances: readonly AccountBalance[]): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { accountId, siteId, debit, credit } of balances) {
    const name = plan.nameOf(accountId, siteId);
    sums.set(name, (sums.get(name) ?? 0n) + debit - credit);
  }
  return sums;
}

function openingText(plan: Plan, day: string, balances: readonly AccountBalance[]): string {
  const postings = [...byName(plan, balances)]
    .filter(([, amount]) => amount !== 0n)
    .map(([account, amount]) => ({ account, amount }));
  if (postings.length === 0) return '';
  const description = 'Balances of the days before';
  const head = { day, code: 'opening', payee: null, description, tags: [] };
  return entryText({ ...head, postings }, plan.commodity);
}

/** Moves nothing and says what must be there: whoever reads the journal checks our sums. */
function assertionText(plan: Plan, day: string, balances: readonly AccountBalance[]): string {
  const postings = [...byName(plan, balances)].map(([account, balance]) => ({
    ...{ account, balance, amount: 0n },
  }));
  if (postings.length === 0) return '';
  const { code } = periodOf(day);
  const description = `Balances of ${code} up to ${day}`;
  const head = { day, code: `period ${code}`, payee: null, description, tags: [] };
  return entryText({ ...head, postings }, plan.commodity);
}

/** Entries of a day, a few thousand at a time: documents first, then stock. */
async function* entriesOf(
  context: Context,
  plan: Plan,
  day: string,
): AsyncGenerator<JournalEntry[]> {
  const { database } = context;
  const booked = entriesOfDay(database, plan.to, day);
  for await (const lines of inGroups(booked, ({ entrySeq }) => `${entrySeq}`)) {
    yield lines.map((group) => bookedEntry(plan, day, group));
  }
  const stock = stockOfDay(database, plan.to, day, plan.accountIds, plan.query.each === true);
  for await (const rows of inGroups(stock, ({ groupKey }) => groupKey)) {
    yield rows
      .map((group) => stockEntry(plan, day, group))
      .filter(({ postings }) => postings.length > 0);
  }
}

/** Neighbours with one key as one group; the last group of a part may go on in the next. */
async function* inGroups<Row>(
  parts: AsyncIterable<readonly Row[]>,
  keyOf: (row: Row) => string,
): AsyncGenerator<Row[][]> {
  let open: Row[] = [];
  for await (const part of parts) {
    const whole: Row[][] = [];
    for (const row of part) {
      const [first] = open;
      if (first !== undefined && keyOf(first) !== keyOf(row)) {
        whole.push(open);
        open = [];
      }
      open.push(row);
    }
    if (whole.length > 0) yield whole;
  }
  if (open.length > 0) yield [open];
}

function bookedEntry(plan: Plan, day: string, lines: readonly EntryLineRow[]): JournalEntry {
  const [first] = lines as [EntryLineRow];
  const { currency, rate } = first;
  const isForeign = currency !== plan.commodity.symbol;
  const digits = isForeign ? currencyDigits(currency) : plan.commodity.digits;
  return {
    day,
    code: first.documentNumber,
    payee: first.party,
    description: first.description,
    tags: [
      ['entry', `${first.entrySeq}`],
      ['kind', first.kind],
      ['document', `${first.documentType} ${first.documentNumber}`],
      ...(isForeign
        ? ([
            ['currency', currency],
            ['rate', rate],
          ] as const)
        : []),
    ],
    postings: lines.map((line) => ({
      account: plan.nameOf(line.accountId, line.siteId),
      amount: line.amount,
      tags: [
        ...(line.item === null ? [] : ([['item', line.item]] as const)),
        ...(isForeign
          ? ([['amount', `${formatMoney(line.documentAmount, digits)} ${currency}`]] as const)
          : []),
      ],
      note: line.lineDescription ?? undefined,
    })),
  };
}

function stockEntry(plan: Plan, day: string, rows: readonly StockRow[]): JournalEntry {
  const [head] = rows as [StockRow];
  const sums = new Map<string, bigint>();
  const add = (name: string, amount: bigint) => sums.set(name, (sums.get(name) ?? 0n) + amount);
  for (const row of rows) {
    add(plan.nameOf(row.debitAccountId, row.debitSiteId), row.amount);
    add(plan.nameOf(row.creditAccountId, row.creditSiteId), -row.amount);
  }
  const postings: Posting[] = [...sums]
    .filter(([, amount]) => amount !== 0n)
    .map(([account, amount]) => ({ account, amount }));
  const facts = rows.reduce((sum, row) => sum + row.facts, 0n);
  const ids = rows.flatMap(({ first, last }) => [first, last]).sort(bySeq);
  const what = head.kind === null ? 'Stock' : `Stock: ${head.kind} of ${head.item ?? ''}`;
  const document =
    head.documentType === null ? '' : ` of ${head.documentType.replaceAll('_', ' ')}`;
  return {
    day,
    code: head.documentNumber ?? (plan.query.each ? head.first : 'stock'),
    payee: null,
    description: `${what}${document}`,
    tags:
      facts === 1n
        ? [['movement', ids[0] ?? '']]
        : [
            ['movements', `${facts}`],
            ['from', ids[0] ?? ''],
            ['to', ids.at(-1) ?? ''],
          ],
    postings,
  };
}

/** `<journal>-<seq>` in the order of journals and seqs. */
function bySeq(left: string, right: string): number {
  const [leftJournal = 0, leftSeq = 0] = left.split('-').map(Number);
  const [rightJournal = 0, rightSeq = 0] = right.split('-').map(Number);
  return leftJournal - rightJournal || leftSeq - rightSeq;
}

const CSV_COLUMNS = [
  ...['day', 'source', 'id', 'document_type', 'document_number', 'party', 'description'],
  ...['account', 'site', 'item', 'debit', 'credit', 'currency', 'document_amount'],
  'document_currency',
];

async function* csvOf(context: Context, plan: Plan): AsyncGenerator<string> {
  const { database } = context;
  yield csvLines([CSV_COLUMNS]);
  for (const day of plan.days) {
    for await (const lines of entriesOfDay(database, plan.to, day)) {
      yield csvLines(lines.map((line) => bookedCells(plan, day, line)));
    }
    const stock = stockOfDay(database, plan.to, day, plan.accountIds, plan.query.each === true);
    for await (const rows of stock) {
      yield csvLines(rows.flatMap((row) => stockCells(plan, day, row)));
    }
  }
}

/** Debit and credit cells of an amount. */
function sides(plan: Plan, amount: bigint): [string, string, string] {
  const text = formatMoney(amount < 0n ? -amount : amount, plan.commodity.digits);
  return amount < 0n ? ['', text, plan.commodity.symbol] : [text, '', plan.commodity.symbol];
}

function bookedCells(plan: Plan, day: string, line: EntryLineRow): string[] {
  const { documentType, documentNumber, party, description, currency } = line;
  const amount = formatMoney(line.documentAmount, currencyDigits(currency));
  return [
    ...[day, 'entry', `${line.entrySeq}`, documentType, documentNumber, party ?? '', description],
    ...[plan.codeOf(line.accountId), plan.siteOf(line.siteId), line.item ?? ''],
    ...[...sides(plan, line.amount), amount, currency],
  ];
}

function stockCells(plan: Plan, day: string, row: StockRow): string[][] {
  const id = row.facts === 1n ? row.first : `${row.first} ${row.last}`;
  const head = [day, 'stock', id, row.documentType ?? '', row.documentNumber ?? '', ''];
  const cells = (accountId: number, siteId: number, amount: bigint) => [
    ...[...head, row.kind ?? '', plan.codeOf(accountId), plan.siteOf(siteId), row.item ?? ''],
    ...[...sides(plan, amount), '', ''],
  ];
  return [
    cells(row.debitAccountId, row.debitSiteId, row.amount),
    cells(row.creditAccountId, row.creditSiteId, -row.amount),
  ];
}
