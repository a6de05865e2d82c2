import { describe, expect, it } from 'vitest';
import {
  accountPart,
  amountText,
  commodityText,
  entryText,
  headerText,
  type JournalEntry,
  uniqueNames,
} from './journal.ts';

const EUR = { symbol: 'EUR', digits: 2 };
const entry: JournalEntry = {
  day: '2026-11-03',
  code: 'SO-1',
  payee: 'Ann',
  description: 'Sale',
  tags: [['document', 'sales_order SO-1']],
  postings: [
    { account: 'Assets:1100 Receivable', amount: 1200n },
    { account: 'Income:4000 Revenue', amount: -1200n, tags: [['item', 'A,b:c']], note: 'x: y; z' },
  ],
};

describe('a plain-text journal', () => {
  it('writes an entry', () => {
    expect(entryText(entry, EUR)).toBe(
      [
        '',
        '2026-11-03 * (SO-1) Ann | Sale',
        '    ; document: sales_order SO-1',
        '    Assets:1100 Receivable  12.00 EUR',
        '    Income:4000 Revenue  -12.00 EUR',
        '    ; item: A b c',
        '    ; x  y  z',
        '',
      ].join('\n'),
    );
  });

  it('writes what an account must hold', () => {
    const postings = [{ account: 'Assets:X', amount: 0n, balance: -5n }];
    expect(entryText({ ...entry, postings }, EUR)).toContain('Assets:X  0.00 EUR = -0.05 EUR\n');
  });

  it.each([
    ['a code that closes its parenthesis', { code: 'A) x (B' }, '(A] x [B)'],
    ['a payee with a bar and a semicolon', { payee: 'a|b;c' }, 'a/b,c | Sale'],
    ['lines, tabs and controls', { description: 'a\nb\tc\u0000d\u2028e' }, 'Ann | a b c d e'],
    ['no payee', { payee: null, description: 'x | y' }, '(SO-1) x / y'],
  ])('keeps %s from being read as something else', (_, change, text) => {
    expect(entryText({ ...entry, ...change }, EUR)).toContain(text);
  });

  it('keeps names of accounts whole and apart', () => {
    expect(accountPart('10:00  a\tb ; c')).toBe('10-00 a b , c');
    expect(accountPart(' ')).toBe('-');
    expect(uniqueNames(['A', 'B', 'A', 'A 2', 'A'])).toEqual(['A', 'B', 'A 2', 'A 2 2', 'A 3']);
  });

  it('writes amounts with the digits of the currency', () => {
    expect(amountText(-5n, { symbol: 'JPY', digits: 0 })).toBe('-5 JPY');
    expect(amountText(5n, { symbol: 'KWD', digits: 3 })).toBe('0.005 KWD');
    expect(commodityText('A1')).toBe('"A1"');
  });

  it('declares commodity and accounts as each program wants them', () => {
    const accounts = [{ name: 'Assets:1', type: 'asset' }];
    expect(headerText('hledger', EUR, accounts, ['Books'])).toBe(
      '; Books\n\ncommodity 1000.00 EUR\n\naccount Assets:1  ; type: A\n',
    );
    const text = headerText('ledger', { symbol: 'JPY', digits: 0 }, accounts, []);
    expect(text).toMatch(/^\ncommodity JPY\n {4}format 1000 JPY\ntag entry\n/);
    expect(text).toMatch(/\n\naccount Assets:1\n$/);
  });
});
