import type { AccountBalance } from '../balances.queries.ts';

/** Debits and credits of an account (and site) with what it opened and closed at. */
export interface Turnover extends AccountBalance {
  readonly opening: bigint;
  readonly closing: bigint;
}

/**
 * Puts what an account opened at together with what moved in it.
 * @param before turnover of all days before.
 * @param during turnover of the days in question.
 */
export function turnoverOf(
  before: readonly AccountBalance[],
  during: readonly AccountBalance[],
  bySite: boolean,
): Turnover[] {
  const sums = new Map<string, { -readonly [Name in keyof Turnover]: Turnover[Name] }>();
  const of = ({ accountId, siteId }: AccountBalance) => {
    const key = bySite ? `${accountId}:${siteId}` : `${accountId}`;
    const known = sums.get(key);
    if (known) return known;
    const made = { accountId, siteId: bySite ? siteId : 0, opening: 0n, debit: 0n, credit: 0n };
    const sum = { ...made, closing: 0n };
    sums.set(key, sum);
    return sum;
  };
  for (const balance of before) of(balance).opening += balance.debit - balance.credit;
  for (const balance of during) {
    const sum = of(balance);
    sum.debit += balance.debit;
    sum.credit += balance.credit;
  }
  for (const sum of sums.values()) sum.closing = sum.opening + sum.debit - sum.credit;
  return [...sums.values()];
}

/** Sections of the income statement, in its order. */
export const INCOME_SECTIONS = [
  'revenue',
  'refunds',
  'cost_of_goods_sold',
  'variances',
  'shrinkage',
  'other',
] as const;
export type IncomeSection = (typeof INCOME_SECTIONS)[number];

const SECTION_OF: Readonly<Record<string, IncomeSection>> = {
  revenue: 'revenue',
  refunds: 'refunds',
  cogs: 'cost_of_goods_sold',
  variance: 'variances',
  shrinkage: 'shrinkage',
};

/** Where an account of revenue or expense stands; null for one of the balance sheet. */
export function incomeSection(account: {
  type: string;
  purpose: string | null;
}): IncomeSection | null {
  if (account.type !== 'revenue' && account.type !== 'expense') return null;
  const known = SECTION_OF[account.purpose ?? ''];
  return known ?? (account.type === 'revenue' ? 'revenue' : 'other');
}

/** Sections of the balance sheet, in its order. */
export const BALANCE_SECTIONS = [
  'inventory',
  'other_assets',
  'liabilities',
  'equity',
  'result',
] as const;
export type BalanceSection = (typeof BALANCE_SECTIONS)[number];

const INVENTORY_PURPOSES = new Set(['inventory', 'in_transit', 'conversion']);

/** Where an account stands at the end of a day; revenue and expense make up the result. */
export function balanceSection(account: { type: string; purpose: string | null }): BalanceSection {
  if (account.type === 'liability') return 'liabilities';
  if (account.type === 'equity') return 'equity';
  if (account.type !== 'asset') return 'result';
  return INVENTORY_PURPOSES.has(account.purpose ?? '') ? 'inventory' : 'other_assets';
}
