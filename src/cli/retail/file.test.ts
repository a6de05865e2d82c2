import { describe, expect, it } from 'vitest';
import { RetailFileError, readRetailFile } from './file.ts';

const HEADER = 'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

function read(lines: readonly string[], lineEnd = '\r\n') {
  return readRetailFile(Buffer.from([HEADER, ...lines, ''].join(lineEnd)), 2);
}

describe('a good line', () => {
  it('is a sale, or a return where the invoice is a cancellation', () => {
    const { lines, refused } = read([
      '579003,23313,15,2011-07-01 08:48:00,4.95,14741,United Kingdom',
      'C579004,84832B,-2,2011-07-01 09:00:00,0.85,,France',
    ]);
    expect(refused).toEqual([]);
    expect(lines).toMatchObject([
      {
        line: 2,
        kind: 'sale',
        invoice: '579003',
        sku: '23313',
        quantity: 15n,
        unitPrice: 4_950_000n,
        occurredAt: Date.parse('2011-07-01T07:48:00Z'),
        customer: '14741',
      },
      { line: 3, kind: 'return', sku: '84832B', quantity: 2n, unitPrice: 850_000n, customer: '' },
    ]);
  });

  it('is found by the header, whatever the order of columns, quotes, mark and line ends', () => {
    const text = [
      '\uFEFFCountry,Description,CustomerID,UnitPrice,InvoiceDate,Quantity,StockCode,InvoiceNo',
      '"Korea, Republic of","A ""red"" mug",1,2.5,2011-11-28 10:00,3,22222,580000',
    ].join('\n');
    const { lines, linesRead } = readRetailFile(Buffer.from(text), 2);
    expect(linesRead).toBe(1);
    expect(lines).toMatchObject([{ sku: '22222', quantity: 3n, invoice: '580000' }]);
  });
});

describe('a bad line', () => {
  it.each([
    ['repeated-header', HEADER],
    ['column-count', '579003,23313,15,2011-11-28 08:48:00,4.95,14741'],
    ['column-count', '579003,23313,15,2011-11-28 08:48:00,4,95,14741,United Kingdom'],
    ['column-count', '579003,"23313,15,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['missing-code', '579003, ,15,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['missing-invoice', ',23313,15,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['non-item-code', '579003,POST,1,2011-11-28 08:48:00,18,14741,France'],
    ['non-item-code', '579003,m,1,2011-11-28 08:48:00,18,14741,France'],
    ['non-item-code', '579003,BANK CHARGES,1,2011-11-28 08:48:00,18,,United Kingdom'],
    ['non-item-code', 'C579003,AMAZONFEE,-1,2011-11-28 08:48:00,18,,United Kingdom'],
    ['invalid-code', '579003,23313é,15,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['invalid-quantity', '579003,23313,many,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['invalid-quantity', '579003,23313,1.5,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['zero-quantity', '579003,23313,0,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['invalid-price', '579003,23313,15,2011-11-28 08:48:00,free,14741,United Kingdom'],
    ['price-not-positive', '579003,23313,15,2011-11-28 08:48:00,0.0,14741,United Kingdom'],
    ['price-not-positive', '579003,23313,15,2011-11-28 08:48:00,-4.95,14741,United Kingdom'],
    ['invalid-date', '579003,23313,15,28.11.2011,4.95,14741,United Kingdom'],
    ['negative-sale', '579003,23313,-15,2011-11-28 08:48:00,4.95,14741,United Kingdom'],
    ['positive-cancellation', 'C579003,23313,15,2011-11-28 08:48:00,4.95,1,United Kingdom'],
  ])('%s: %s', (reason, bad) => {
    const good = '579003,23313,1,2011-11-28 08:48:00,4.95,14741,United Kingdom';
    const { lines, refused, linesRead } = read([good, bad, good]);
    expect(refused).toMatchObject([{ line: 3, reason }]);
    expect(refused[0]?.detail).not.toBe('');
    // A bad line takes none of its neighbours with it.
    expect(lines.map(({ line }) => line)).toEqual([2, 4]);
    expect(linesRead).toBe(3);
  });

  it('counts no blank line, and numbers lines as an editor does', () => {
    const { linesRead, refused } = read(['', '579003,,1,2011-11-28 08:48:00,1,1,France', '']);
    expect(linesRead).toBe(1);
    expect(refused).toMatchObject([{ line: 3, reason: 'missing-code' }]);
  });
});

describe('a file', () => {
  it('without its columns is refused as a whole', () => {
    const readText = (text: string) => () => readRetailFile(Buffer.from(text), 2);
    expect(readText('')).toThrow(RetailFileError);
    expect(readText('InvoiceNo,StockCode\n1,2')).toThrow('lacks Quantity, InvoiceDate, UnitPrice');
    expect(readText(`${HEADER},StockCode\n`)).toThrow('StockCode twice');
  });

  it('has the hash of its bytes', () => {
    expect(read([]).hash).not.toBe(read([], '\n').hash);
    expect(read([]).hash).toBe(read([]).hash);
  });
});
