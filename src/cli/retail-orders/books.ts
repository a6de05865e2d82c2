import { formatMoney, parseMoney } from '../../platform/money.ts';
import type { InProcessApi } from '../in-process-api.ts';

/** What the books say now, as decimal strings of the house currency. */
export interface BookFigures {
  readonly revenue: string;
  readonly refunds: string;
  readonly costOfGoodsSold: string;
  readonly inventory: string;
  readonly receivable: string;
}

/** Accounts of the default chart by the figure they hold, and on which side that stands. */
const ACCOUNTS = {
  revenue: { account: '4000', side: -1n },
  refunds: { account: '4200', side: 1n },
  costOfGoodsSold: { account: '5000', side: 1n },
  inventory: { account: '1300', side: 1n },
  receivable: { account: '1100', side: 1n },
} as const satisfies Record<keyof BookFigures, { account: string; side: bigint }>;

/**
 * Reads the figures that a register's file changes, from the trial balance.
 * @param digits after the point of the house currency.
 */
export async function readBookFigures(api: InProcessApi, digits: number): Promise<BookFigures> {
  const { items } = await api.done('GET /v1/books/trial-balance?limit=1000');
  const closing = new Map<string, string>(
    items.map((row: { account: string; closing: string }) => [row.account, row.closing]),
  );
  const figure = ({ account, side }: { account: string; side: bigint }): string =>
    formatMoney(side * parseMoney(closing.get(account) ?? '0', digits), digits);
  const figures = Object.entries(ACCOUNTS).map(([name, each]) => [name, figure(each)]);
  return Object.fromEntries(figures) as unknown as BookFigures;
}
