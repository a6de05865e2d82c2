import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { accountBalances, type DayRange } from '../balances.queries.ts';
import { type BookVector, readBooks } from '../books.ts';
import { dayAfter } from '../calendar.ts';
import { turnoverOf } from './statements.ts';

/** An account as statements show it. */
export interface StatementAccount {
  readonly accountId: number;
  readonly code: string;
  readonly name: string;
  readonly type: 'asset' | 'liability' | 'equity' | 'revenue' | 'expense';
  readonly purpose: string | null;
}

/** An account, or an account at one site, in a range of days. Minor units; debit is positive. */
export interface TrialRow extends StatementAccount {
  readonly site: string | null;
  readonly opening: bigint;
  readonly debit: bigint;
  readonly credit: bigint;
  readonly closing: bigint;
}

export interface TrialQuery extends DayRange {
  /** The books as they stood at this instant, by when facts were recorded; now without it. */
  readonly at?: Date | undefined;
  readonly bySite?: boolean | undefined;
}

export interface TrialBalance {
  readonly rows: readonly TrialRow[];
  readonly at: Date;
}

/** Every account, in order of its code. */
export async function readAccounts(tx: Tx): Promise<StatementAccount[]> {
  const { rows } = await tx.query<StatementAccount>(
    `SELECT account_id AS "accountId", code, name, type, purpose FROM accounting.account
     ORDER BY code`,
  );
  return rows;
}

/** What every account opened at, moved and closed at, of those that ever moved. */
export async function trialRows(tx: Tx, to: BookVector, query: TrialQuery): Promise<TrialRow[]> {
  const { from, through, bySite = false } = query;
  const during = await accountBalances(tx, to, { from, through });
  const before =
    from === undefined ? [] : await accountBalances(tx, to, { through: dayAfter(from, -1) });
  const sites = bySite ? await siteCodes(tx) : new Map<number, string>();
  const accounts = new Map((await readAccounts(tx)).map((account) => [account.accountId, account]));
  return turnoverOf(before, during, bySite).map(({ accountId, siteId, ...sums }) => {
    const account = accounts.get(accountId);
    if (!account) throw new Error(`the books have no account ${accountId}`);
    return { ...account, site: sites.get(siteId) ?? null, ...sums };
  });
}

async function siteCodes(tx: Tx): Promise<Map<number, string>> {
  const { rows } = await tx.query<{ id: number; code: string }>(
    'SELECT site_id AS id, code FROM network.site',
  );
  return new Map(rows.map(({ id, code }) => [id, code]));
}

/** The trial balance, by account or by account and site, now or as the books stood. */
export function readTrialBalance(context: Context, query: TrialQuery): Promise<TrialBalance> {
  return readBooks(
    context,
    async (tx, to) => ({
      rows: await trialRows(tx, to, query),
      at: query.at ?? (await momentOf(tx, context)),
    }),
    query.at,
  );
}

/** When the newest fact of the books was recorded: asked again as of then, they say the same. */
export async function momentOf(tx: Tx, context: Context): Promise<Date> {
  const { rows } = await tx.query<{ at: Date | null }>(
    `SELECT greatest((SELECT max(recorded_at) FROM ledger.journal_head WHERE seq > 0),
       (SELECT max(last_recorded_at) FROM accounting.entry_bucket)) AS at`,
  );
  return rows[0]?.at ?? context.clock();
}
