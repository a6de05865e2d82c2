import { currencyDigits } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import { DecimalError, parseDecimal } from '../platform/quantity.ts';
import { convertMoney } from '../platform/rates.ts';
import { STOCK_PURPOSES } from './account.ts';
import { type EntryLine, imbalanceOf } from './entry.ts';

/** A line of a manual entry as somebody wrote it; one of debit and credit. */
export interface ManualLine {
  readonly account: string;
  readonly debit?: string | undefined;
  readonly credit?: string | undefined;
  readonly site?: string | undefined;
  readonly item?: string | undefined;
  readonly channel?: string | undefined;
  readonly description?: string | undefined;
}

/** What the codes of a manual entry stand for. */
export interface ManualCodes {
  readonly accounts: ReadonlyMap<
    string,
    { readonly id: number; readonly purpose: string | null; readonly active: boolean }
  >;
  readonly sites: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
}

/** In which currency the amounts are written, and what it is worth. */
export interface ManualMoney {
  readonly currency: string;
  readonly rate: string;
  readonly houseCurrency: string;
  /** Takes what converting each line for itself leaves over. */
  readonly roundingAccountId: number;
}

/** The lines to book, or every field that is wrong. Pure. */
export function manualLines(
  lines: readonly ManualLine[],
  codes: ManualCodes,
  money: ManualMoney,
): EntryLine[] | FieldError[] {
  const errors: FieldError[] = [];
  const digits = currencyDigits(money.currency);
  const houseDigits = currencyDigits(money.houseCurrency);
  const read = lines.map((line, i): EntryLine => {
    const fail = (name: string, message: string, found = ''): void => {
      errors.push({ path: `body.lines.${i}.${name}`, message, found });
    };
    const account = codes.accounts.get(line.account);
    if (!account) fail('account', 'names no account', line.account);
    else if (!account.active) fail('account', 'is not active', line.account);
    const siteId = line.site === undefined ? 0 : codes.sites.get(line.site);
    if (siteId === undefined) fail('site', 'names no site', line.site);
    const itemId = line.item === undefined ? null : codes.items.get(line.item);
    if (itemId === undefined) fail('item', 'names no item', line.item);
    const documentAmount = amountOf(line, digits, fail);
    return {
      accountId: account?.id ?? 0,
      amount: convertMoney(documentAmount, money.rate, digits, houseDigits),
      documentAmount,
      siteId: siteId ?? 0,
      itemId: itemId ?? null,
      role: null,
      channel: line.channel ?? null,
      description: line.description ?? null,
    };
  });
  const off = read.reduce((sum, { documentAmount }) => sum + documentAmount, 0n);
  if (errors.length === 0 && off !== 0n) {
    const message = 'do not balance: debits and credits differ';
    errors.push({ path: 'body.lines', message, expected: '0', found: `${off} minor units` });
  }
  errors.push(...stockErrors(lines, codes, read));
  return errors.length > 0 ? errors : withRounding(read, money.roundingAccountId);
}

function amountOf(
  { debit, credit }: ManualLine,
  digits: number,
  fail: (name: string, message: string, found?: string) => void,
): bigint {
  if ((debit === undefined) === (credit === undefined)) {
    fail('debit', 'or credit must be given, and one only');
    return 0n;
  }
  const [name, text] = debit === undefined ? ['credit', credit] : ['debit', debit];
  try {
    const amount = parseDecimal(text ?? '', digits);
    if (amount <= 0n) fail(name, 'must be more than zero', text);
    return debit === undefined ? -amount : amount;
  } catch (error) {
    if (!(error instanceof DecimalError)) throw error;
    fail(name, error.message, text);
    return 0n;
  }
}

/**
 * Accounts of stock are the ledger's: a person may move value from one of them to another of the
 * same site, as after a change of rules, but not in or out.
 */
function stockErrors(
  lines: readonly ManualLine[],
  codes: ManualCodes,
  read: readonly EntryLine[],
): FieldError[] {
  const bySite = new Map<number, { sum: bigint; line: number }>();
  for (const [i, { siteId, amount }] of read.entries()) {
    const purpose = codes.accounts.get(lines[i]?.account ?? '')?.purpose;
    if (!STOCK_PURPOSES.includes(purpose ?? '')) continue;
    const known = bySite.get(siteId) ?? { sum: 0n, line: i };
    bySite.set(siteId, { ...known, sum: known.sum + amount });
  }
  return [...bySite.values()]
    .filter(({ sum }) => sum !== 0n)
    .map(({ line }) => ({
      path: `body.lines.${line}.account`,
      message: 'holds stock, which only the ledger moves in and out',
      expected: 'lines on accounts of stock that balance among themselves at each site',
      found: lines[line]?.account ?? '',
    }));
}

function withRounding(lines: EntryLine[], accountId: number): EntryLine[] {
  const off = imbalanceOf(lines);
  if (off === 0n) return lines;
  const rounding = { siteId: 0, itemId: null, role: 'rounding', channel: null };
  const line = { accountId, amount: -off, documentAmount: 0n, ...rounding };
  return [...lines, { ...line, description: 'What converting each line left over' }];
}
