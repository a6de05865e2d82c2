import { describe, expect, it } from 'vitest';
import { readRetailFile } from './file.ts';
import { lowerMedian, parseShare, planRetail } from './plan.ts';

const HEADER = 'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const HALF = parseShare('0.5');

/** Plans lines of `sku quantity hh:mm price customer`; a negative quantity is a return. */
function plan(lines: readonly string[], share = HALF) {
  const rows = lines.map((line, i) => {
    const [sku, quantity = '', time, price, customer = ''] = line.split(' ');
    const invoice = quantity.startsWith('-') ? `C${i}` : `${i}`;
    return [invoice, sku, quantity, `2011-07-01 ${time}:00`, price, customer, 'X'].join(',');
  });
  const file = readRetailFile(Buffer.from([HEADER, ...rows].join('\n')), 2);
  expect(file.refused).toEqual([]);
  return planRetail(file, share);
}

describe('opening stock', () => {
  it('is the largest deficit on the way, not the one at the end', () => {
    const { items } = plan([
      'A 5 10:00 1 1',
      'A -4 11:00 1 1',
      'A 6 12:00 1 1',
      'A -7 13:00 1 1',
      'K -1 10:00 1 1',
      'K 1 11:00 1 1',
    ]);
    expect(items).toMatchObject([
      { sku: 'A', opening: 7n },
      { sku: 'K', opening: 0n },
    ]);
  });

  it('is found in time order, whatever the order of the file', () => {
    const { items, movements } = plan(['A -3 12:00 1 1', 'A 3 10:00 1 1', 'A 2 12:00 1 1']);
    expect(items).toMatchObject([{ opening: 3n }]);
    expect(movements.map(({ line }) => line.line)).toEqual([3, 2, 4]);
  });

  it('is received at midnight in London of the day of the earliest line', () => {
    const { openingAt } = plan(['A 1 10:00 1 1', 'A 1 00:30 1 1']);
    expect(new Date(openingAt).toISOString()).toBe('2011-06-30T23:00:00.000Z');
  });

  it('costs a share of the median price, half to even', () => {
    const lines = ['A 1 10:00 0.03 1', 'A 1 10:01 9.00 1', 'A 1 10:02 0.0125 1'];
    expect(plan(lines).items).toMatchObject([{ unitCost: 15_000n }]);
    expect(plan(lines, parseShare('0.3333')).items).toMatchObject([{ unitCost: 9_999n }]);
    expect(plan(lines.slice(0, 2)).items).toMatchObject([{ unitCost: 15_000n }]);
  });
});

describe('the median', () => {
  it.each([
    [[3n], 3n],
    [[2n, 1n], 1n],
    [[10n, 9n, 100n], 10n],
    [[4n, 1n, 3n, 2n], 2n],
  ])('of %s is %s', (prices, expected) => {
    expect(lowerMedian(prices)).toBe(expected);
  });
});

describe('a share', () => {
  it.each([
    ['1', 10_000n],
    ['0.0001', 1n],
  ])('%s is read', (text, expected) => expect(parseShare(text)).toBe(expected));

  it.each(['0', '-0.5', '1.1', '0.00001', 'half', ''])("'%s' is none", (text) => {
    expect(() => parseShare(text)).toThrow();
  });
});

describe('a return', () => {
  const returnOf = (lines: readonly string[]) =>
    plan(lines).movements.flatMap(({ line, returnOf: sale, unitCost }) =>
      line.kind === 'return' ? [{ sale: sale?.line, unitCost }] : [],
    );

  it('is of the latest earlier sale of its item to its customer', () => {
    const lines = ['A 1 10:00 1 7', 'A 1 11:00 1 7', 'A 1 11:30 1 8', 'K 1 11:40 1 7'];
    expect(returnOf([...lines, 'A -1 12:00 1 7', 'A 1 13:00 1 7'])).toEqual([{ sale: 3 }]);
  });

  it('without one costs what the pool does', () => {
    expect(returnOf(['A 1 10:00 1 7', 'A -1 12:00 1 8'])).toEqual([{}]);
    expect(returnOf(['A -1 09:00 1 7', 'A 2 10:00 1 7'])).toEqual([{}]);
  });

  it('of nobody known is of no sale', () => {
    expect(returnOf(['A 1 10:00 1', 'A -1 12:00 1'])).toEqual([{}]);
  });

  it('is costed like opening stock where the item needs none', () => {
    expect(returnOf(['A -5 09:00 3 7', 'A 1 10:00 2 7'])).toEqual([{ unitCost: 1_000_000n }]);
  });
});
