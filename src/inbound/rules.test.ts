import { describe, expect, it } from 'vitest';
import { type AnnouncedLine, expectedParts, isSscc } from './asn.ts';
import { bottleneckOf, distributionOf, quantileOf, trendOf } from './lead-time.ts';
import { addDays, brokenTerms, priceFromBreaks } from './purchase-order.ts';
import { daysBetween } from './receipt.ts';
import { leadTimesOf, type Observation, rankBottlenecks, scorecardOf } from './scorecard.ts';
import { checkSupplier, checkSupplierPrice } from './supplier.ts';

describe('an SSCC', () => {
  it.each([
    ['340123450000000000', true],
    ['106141411234567897', true],
    ['106141411234567890', false],
    ['10614141123456789', false],
    ['10614141123456789X', false],
  ])('%s: %s', (text, is) => {
    expect(isSscc(text)).toBe(is);
  });
});

describe('what is expected', () => {
  const open = { orderId: 1, line: 1, open: 10n, expectedOn: '2027-01-10' };
  const notice = (over: Partial<AnnouncedLine>): AnnouncedLine => ({
    ...{ orderId: 1, line: 1, open: 4n, expectedOn: '2027-01-05', number: 'ASN-1', asnLine: 1 },
    ...over,
  });

  it('is on the dates of notices as far as they go', () => {
    const parts = expectedParts(
      [open],
      [notice({}), notice({ expectedOn: '2027-01-02', open: 3n })],
    );
    expect(parts.map(({ quantity, expectedOn }) => [quantity, expectedOn])).toEqual([
      [3n, '2027-01-02'],
      [4n, '2027-01-05'],
      [3n, '2027-01-10'],
    ]);
  });

  it('is never more than is open, whatever was announced', () => {
    const parts = expectedParts([open], [notice({ open: 50n })]);
    expect(parts.map(({ quantity }) => quantity)).toEqual([10n]);
  });

  it('is nothing where nobody said when', () => {
    expect(expectedParts([{ ...open, expectedOn: null }], [])).toEqual([]);
  });
});

describe('price breaks', () => {
  const row = (minimumQuantity: string, unitPrice: string, validFrom = '2026-01-01') => {
    return { itemId: 1, minimumQuantity, unitPrice, validFrom };
  };
  const item = { itemId: 1, quantityScale: 3 };
  const breaks = [row('0', '3'), row('1.5', '2'), row('1.5', '1.9', '2026-05-01')];

  it.each([
    [1499n, '3'],
    [1500n, '1.9'],
    [9999n, '1.9'],
  ])('of %s thousandths', (quantity, price) => {
    expect(priceFromBreaks(breaks, item, quantity)).toBe(price);
  });

  it('of another item do not count', () => {
    expect(priceFromBreaks(breaks, { ...item, itemId: 2 }, 9999n)).toBeUndefined();
  });
});

it('terms are kept or named', () => {
  const base = { itemId: 1, supplierSku: null, leadTimeDays: null };
  const rest = { overReceiptBasisPoints: null, underReceiptBasisPoints: null };
  const terms = { ...base, ...rest, minimumQuantity: '12', packMultiple: '6' };
  expect(brokenTerms(terms, 18n, 0)).toEqual([]);
  expect(brokenTerms(terms, 13n, 0).map(({ term }) => term)).toEqual(['packMultiple']);
  expect(brokenTerms(terms, 6n, 0).map(({ term }) => term)).toEqual(['minimumQuantity']);
  expect(brokenTerms(undefined, 1n, 0)).toEqual([]);
});

describe('a supplier', () => {
  it('has amounts that its currency can pay', () => {
    const supplier = { currency: 'JPY', minimumOrderValue: '100.5' } as never;
    expect(checkSupplier(supplier)).toMatchObject([{ path: 'minimumOrderValue' }]);
    expect(checkSupplier({ currency: 'XQX' } as never)).toMatchObject([{ path: 'currency' }]);
  });

  it('has prices for days in order, as fine as its currency allows', () => {
    const price = { currency: 'EUR', unitPrice: '1', validTo: null };
    const turned = { ...price, validFrom: '2026-02-02', validTo: '2026-02-01' };
    expect(checkSupplierPrice(turned as never)).toMatchObject([{ path: 'validTo' }]);
    const fine = { ...price, validFrom: '2026-02-02', unitPrice: '1.1234567' };
    expect(checkSupplierPrice(fine as never)).toMatchObject([{ path: 'unitPrice' }]);
  });
});

describe('days', () => {
  it('are counted over months and leap years', () => {
    expect(addDays('2028-02-28', 2)).toBe('2028-03-01');
    expect(daysBetween('2026-12-31', '2027-01-01')).toBe(1);
    expect(daysBetween('2026-03-30', '2026-03-28')).toBe(-2);
  });
});

describe('a distribution', () => {
  it('is described by what was observed', () => {
    const found = distributionOf([3, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
    expect(found).toMatchObject({ count: 10, mean: 5.5, minimum: 1, maximum: 10 });
    expect(found?.standardDeviation).toBeCloseTo(3.0277, 4);
    expect(found?.quantiles).toEqual({ p10: 1, p50: 5, p80: 8, p90: 9, p95: 10 });
  });

  it('of one observation has no spread, and of none there is none', () => {
    expect(distributionOf([4])).toMatchObject({ standardDeviation: 0, mean: 4 });
    expect(distributionOf([])).toBeUndefined();
    expect(quantileOf([1, 2], 0)).toBe(1);
  });
});

describe('a trend', () => {
  it('is the slope of the line, with how sure it is', () => {
    const exact = [0, 1, 2, 3].map((day) => ({ day, value: 2 * day + 1 }));
    expect(trendOf(exact)).toMatchObject({ slope: 2, direction: 'rising' });
    // Anscombe's first data set: slope 0.5001, standard error 0.1179, t(9) = 2.262.
    const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const trend = trendOf(xs.map((day, i) => ({ day, value: ys[i] ?? 0 })));
    expect(trend?.slope).toBeCloseTo(0.5001, 4);
    expect(trend?.uncertainty).toBeCloseTo(0.1179 * 2.262, 3);
    expect(trend?.direction).toBe('rising');
  });

  it('is unclear where chance explains it, and none where there is too little', () => {
    const noise = [1, 5, 2, 6, 1, 5].map((value, day) => ({ day, value }));
    expect(trendOf(noise)?.direction).toBe('unclear');
    expect(trendOf([{ day: 1, value: 1 }])).toBeUndefined();
    expect(trendOf([1, 2, 3].map((value) => ({ day: 1, value })))).toBeUndefined();
  });
});

describe('delays', () => {
  const seen = (over: Partial<Observation>): Observation => ({
    ...{ supplier: 'A', item: 'X', fromSite: 'SUP', toSite: 'N', day: 1, leadTimeDays: 5 },
    ...{ daysLate: 0, quantity: 10, rejected: 0, unitPrice: 100, ...over },
  });

  it('rank who is waited for most, and say why', () => {
    const ranked = rankBottlenecks([
      seen({ daysLate: 3 }),
      seen({ supplier: 'B', fromSite: null, daysLate: 9 }),
      seen({ supplier: 'C', fromSite: null, daysLate: -2 }),
    ]);
    expect(ranked.map(({ rank, kind, name }) => `${rank} ${kind} ${name}`)).toEqual([
      '1 supplier B',
      '2 supplier A',
      '3 lane SUP -> N',
    ]);
    expect(ranked[0]?.reason).toContain('1 of 1 receipts came late, by 9.0 days');
    expect(bottleneckOf({ lateness: [0, -1], leadTimes: [] })?.reason).toContain('in time');
  });

  it('make a scorecard with prices of several items put together', () => {
    const days = [0, 10, 20, 30];
    const rising = days.map((day) => seen({ day, unitPrice: 100 + day, rejected: 1 }));
    const other = days.map((day) => seen({ item: 'Y', day, unitPrice: 10 + day / 10 }));
    const card = scorecardOf([...rising, ...other], [{ onTimeInFull: true }], 4);
    expect(card).toMatchObject({ receipts: 8, onTimeInFull: 1, rejectionShare: 8 / 80 });
    expect(card.priceTrend?.slope).toBeCloseTo(0.01, 6);
    expect(leadTimesOf([...rising, ...other])).toHaveLength(2);
    expect(scorecardOf([], [], 0)).toMatchObject({ onTimeInFull: null, leadTime: null });
  });
});
