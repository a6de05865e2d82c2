import { formatMoney } from '../../platform/money.ts';

/**
 * Plain-text accounting journals: what hledger (hledger.org/hledger.html, "journal format") and
 * Ledger (ledger-cli.org/doc/ledger3.html, "Journal Format") both read. They differ in how a
 * commodity and the type of an account are declared, and in nothing else that is written here.
 */

export type Syntax = 'hledger' | 'ledger';

/** Every tag that a journal has; Ledger wants them declared. */
const TAGS = [
  ...['entry', 'kind', 'document', 'currency', 'rate', 'amount', 'item'],
  ...['movement', 'movements', 'from', 'to'],
] as const;
export type TagName = (typeof TAGS)[number];

/** How amounts are written: the house currency and its digits after the point. */
export interface Commodity {
  readonly symbol: string;
  readonly digits: number;
}

export interface Posting {
  readonly account: string;
  /** Minor units; positive is a debit. */
  readonly amount: bigint;
  /** What the account must hold after it; the journal is refused where it does not. */
  readonly balance?: bigint;
  readonly tags?: Tags | undefined;
  readonly note?: string | undefined;
}

/** What comments say by name; both programs can query them. */
export type Tags = readonly (readonly [name: TagName, value: string])[];

export interface JournalEntry {
  /** ISO. */
  readonly day: string;
  readonly code: string;
  readonly payee: string | null;
  readonly description: string;
  readonly tags: Tags;
  readonly postings: readonly Posting[];
}

/** A symbol that is not only letters must stand in quotes, which it cannot hold itself. */
export function commodityText(symbol: string): string {
  return /^\p{L}+$/u.test(symbol) ? symbol : `"${symbol.replaceAll('"', "'")}"`;
}

export function amountText(amount: bigint, { symbol, digits }: Commodity): string {
  return `${formatMoney(amount, digits)} ${commodityText(symbol)}`;
}

/** One line without what would end it or begin a comment; two spaces would end an account. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll(';', ',')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** A part of an account's name: a colon would make it two. */
export function accountPart(text: string): string {
  return plain(text).replaceAll(':', '-') || '-';
}

/** A code stands in parentheses, so it cannot hold the closing one. */
function codeText(text: string): string {
  return plain(text).replaceAll('(', '[').replaceAll(')', ']');
}

/** A payee ends at the first bar. */
function headText(entry: JournalEntry): string {
  const description = plain(entry.description).replaceAll('|', '/');
  if (entry.payee === null) return description;
  const payee = plain(entry.payee).replaceAll('|', '/');
  return `${payee} | ${description}`;
}

/** What precedes the entries: the commodity and every account. */
export function headerText(
  syntax: Syntax,
  commodity: Commodity,
  accounts: readonly { readonly name: string; readonly type: string }[],
  comments: readonly string[],
): string {
  const lines = comments.map((comment) => `; ${plain(comment)}`);
  const symbol = commodityText(commodity.symbol);
  // The sample must show a decimal mark, also where no digits come after it.
  const sample = commodity.digits === 0 ? '1000.' : `1000.${'0'.repeat(commodity.digits)}`;
  lines.push('');
  if (syntax === 'hledger') lines.push(`commodity ${sample} ${symbol}`);
  else {
    lines.push(`commodity ${symbol}`, `    format ${sample.replace(/\.$/, '')} ${symbol}`);
    for (const tag of TAGS) lines.push(`tag ${tag}`);
  }
  lines.push('');
  for (const { name, type } of accounts) {
    lines.push(`account ${name}${syntax === 'hledger' ? `  ; type: ${TYPE_LETTERS[type]}` : ''}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Types of accounts as hledger abbreviates them. */
const TYPE_LETTERS: Readonly<Record<string, string>> = {
  asset: 'A',
  liability: 'L',
  equity: 'E',
  revenue: 'R',
  expense: 'X',
};

/** First parts of account names by type: what both programs take them to mean. */
export const TYPE_ROOTS: Readonly<Record<string, string>> = {
  asset: 'Assets',
  liability: 'Liabilities',
  equity: 'Equity',
  revenue: 'Income',
  expense: 'Expenses',
};

/** A comma ends the value of a tag, and a colon would make a tag of the word before it. */
function commentText(text: string): string {
  return plain(text).replaceAll(',', ' ').replaceAll(':', ' ').trim();
}

/** One entry, with an empty line before it. */
export function entryText(entry: JournalEntry, commodity: Commodity): string {
  const lines = ['', `${entry.day} * (${codeText(entry.code)}) ${headText(entry)}`];
  for (const [tag, value] of entry.tags) lines.push(`    ; ${tag}: ${commentText(value)}`);
  for (const { account, amount, balance, tags = [], note } of entry.postings) {
    const holds = balance === undefined ? '' : ` = ${amountText(balance, commodity)}`;
    lines.push(`    ${account}  ${amountText(amount, commodity)}${holds}`);
    for (const [tag, value] of tags) lines.push(`    ; ${tag}: ${commentText(value)}`);
    if (note !== undefined) lines.push(`    ; ${commentText(note)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Names that are as unique as what they were made from: a second one gets a number. */
export function uniqueNames(wanted: readonly string[]): string[] {
  const taken = new Set<string>();
  return wanted.map((name) => {
    let unique = name;
    for (let n = 2; taken.has(unique); n += 1) unique = `${name} ${n}`;
    taken.add(unique);
    return unique;
  });
}
