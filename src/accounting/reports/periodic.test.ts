import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GrniFigure } from './grni.queries.ts';
import { bucketOf, daysBetween, grniRows } from './grni.ts';
import type { LateCost, MarginFigure, SoldUnits } from './margin.queries.ts';
import { marginRows } from './margin.ts';
import { comparePeriods, countPeriods, type DayFlow, daySeries } from './periodic.ts';

const none = { purchased: 0n, purchasedValue: 0n, sold: 0n, soldValue: 0n };
const flow = (day: string, more: Partial<DayFlow>): DayFlow => ({
  ...{ day, ...none, other: 0n, otherValue: 0n },
  ...more,
});
const nothing = { quantity: 0n, value: 0n };

describe('periods between counts', () => {
  it.each([
    ['week', '2026-11-18', '2026-11-24', ['2026-11-22', '2026-11-29']],
    ['month', '2026-01-15', '2026-03-01', ['2026-01-31', '2026-02-28', '2026-03-31']],
    ['quarter', '2026-11-23', '2027-01-01', ['2026-12-31', '2027-03-31']],
    ['year', '2023-05-01', '2024-01-01', ['2023-12-31', '2024-12-31']],
  ] as const)('each %s', (interval, from, through, ends) => {
    const periods = countPeriods(from, through, interval);
    expect(periods.map(({ endsOn }) => endsOn)).toEqual(ends);
    expect(periods[0]?.startsOn).toBe(from);
  });

  it('are named', () => {
    const codeOf = (interval: 'month' | 'quarter' | 'year' | 'week') =>
      countPeriods('2026-11-23', '2026-11-23', interval)[0]?.code;
    expect(['week', 'month', 'quarter', 'year'].map((name) => codeOf(name as 'week'))).toEqual([
      '2026-11-29',
      '2026-11',
      '2026-Q4',
      '2026',
    ]);
  });
});

describe('the periodic method', () => {
  const periods = countPeriods('2026-11-01', '2026-11-30', 'month');
  // 10 at 1.00, 10 at 2.00; 12 sold at the moving average of 1.50, 1 lost.
  const flows = [
    flow('2026-11-02', { purchased: 10n, purchasedValue: 1000n }),
    flow('2026-11-09', { purchased: 10n, purchasedValue: 2000n }),
    flow('2026-11-20', { sold: 12n, soldValue: 1800n, other: 1n, otherValue: 150n }),
  ];

  it('takes what is missing for sold, at weighted average', () => {
    const [row] = comparePeriods(nothing, flows, periods, 'weighted_average');
    expect(row).toMatchObject({
      ...{ opening: 0n, purchased: 20n, purchasedValue: 3000n, closing: 7n },
      ...{ closingValue: 1050n, costOfSales: 1950n, perpetualClosingValue: 1050n },
      ...{ perpetualCostOfSales: 1800n, perpetualOther: 150n },
    });
  });

  it('values what was counted at the newest costs by FIFO', () => {
    const [row] = comparePeriods(nothing, flows, periods, 'fifo');
    expect(row).toMatchObject({ closing: 7n, closingValue: 1400n, costOfSales: 1600n });
  });

  it('goes on from the last count, whatever the perpetual books say', () => {
    const two = countPeriods('2026-11-01', '2026-12-31', 'month');
    const more = [...flows, flow('2026-12-05', { purchased: 7n, purchasedValue: 700n })];
    const rows = comparePeriods(nothing, more, two, 'fifo');
    expect(rows[1]).toMatchObject({ openingValue: 1400n, closing: 14n, closingValue: 2100n });
    expect(rows[1]?.perpetualClosingValue).toBe(1750n);
  });

  it('takes late costs for those of the newest units, and what goes back from them', () => {
    const late = [...flows, flow('2026-11-25', { purchasedValue: 100n })];
    expect(comparePeriods(nothing, late, periods, 'fifo')[0]).toMatchObject({
      closingValue: 1470n,
    });
    const back = [...flows, flow('2026-11-25', { purchased: -5n, purchasedValue: -1000n })];
    expect(comparePeriods(nothing, back, periods, 'fifo')[0]).toMatchObject({
      closing: 2n,
      closingValue: 400n,
    });
  });

  it('balances in every period, and knows the units of the ledger', () => {
    const amount = fc.bigInt({ min: 0n, max: 10_000n });
    const drawn = fc.record({
      month: fc.integer({ min: 1, max: 3 }),
      purchased: fc.bigInt({ min: -20n, max: 100n }),
      purchasedValue: amount,
      sold: fc.bigInt({ min: 0n, max: 60n }),
      soldValue: amount,
      other: fc.bigInt({ min: -5n, max: 5n }),
      otherValue: amount,
    });
    const method = fc.constantFrom('weighted_average' as const, 'fifo' as const);
    fc.assert(
      fc.property(fc.array(drawn, { maxLength: 12 }), method, (list, by) => {
        const all = list
          .map(({ month, ...rest }) => ({ day: `2026-0${month}-10`, ...rest }))
          .sort((a, b) => (a.day < b.day ? -1 : 1));
        const three = countPeriods('2026-01-01', '2026-03-31', 'month');
        const rows = comparePeriods(nothing, all, three, by);
        let [openingValue, units] = [0n, 0n];
        for (const row of rows) {
          expect(row.openingValue).toBe(openingValue);
          expect(row.opening).toBe(units);
          expect(row.costOfSales).toBe(openingValue + row.purchasedValue - row.closingValue);
          expect(row.closingValue >= 0n).toBe(true);
          if (row.closing <= 0n) expect(row.closingValue).toBe(0n);
          [openingValue, units] = [row.closingValue, row.closing];
        }
        const left = all.reduce((sum, one) => sum + one.purchased - one.sold - one.other, 0n);
        expect(units).toBe(left);
      }),
    );
  });

  it('believes the last count until the next one', () => {
    const weeks = countPeriods('2026-11-01', '2026-11-15', 'week');
    const item = {
      opening: { quantity: 1n, value: 50n },
      flows: flows.slice(0, 2),
      periods: comparePeriods({ quantity: 1n, value: 50n }, flows.slice(0, 2), weeks, 'fifo'),
    };
    const series = daySeries('2026-11-01', '2026-11-10', [item]);
    expect(
      series.map(({ day, perpetual, periodic, daysSinceCount }) => [
        day.slice(8),
        perpetual,
        periodic,
        daysSinceCount,
      ]),
    ).toEqual([
      ['01', 50n, 50n, 0],
      ['02', 1050n, 50n, 1],
      ...['03', '04', '05', '06', '07'].map((day, i) => [day, 1050n, 50n, i + 2]),
      ['08', 1050n, 1050n, 0],
      ['09', 3050n, 1050n, 1],
      ['10', 3050n, 1050n, 2],
    ]);
  });
});

describe('the age of what is not invoiced', () => {
  it.each([
    [0, '0-30'],
    [30, '0-30'],
    [31, '31-60'],
    [60, '31-60'],
    [61, '61-90'],
    [90, '61-90'],
    [91, '90+'],
  ])('%i days', (days, bucket) => {
    expect(bucketOf(days)).toBe(bucket);
    expect(daysBetween('2026-01-01', '2026-03-01')).toBe(59);
  });

  const figure = (type: string, number: string, more: Partial<GrniFigure>): GrniFigure => ({
    ...{ type, number, received: 0n, cleared: 0n, supplier: 'S', movements: [] },
    ...{ since: new Date('2026-10-01T23:30:00Z'), ...more },
  });

  it('moves what an invoice cleared to its receipts, and keeps the sum', () => {
    const figures = [
      figure('receipt', 'R1', { received: 1000n, movements: ['0-1'] }),
      figure('receipt', 'R2', { received: 500n }),
      figure('supplier_invoice', 'I1', { cleared: 1200n }),
      figure('supplier_credit', 'C1', { cleared: -100n }),
      figure('supplier_return', 'SR1', { received: -100n }),
    ];
    const to = { fromType: 'supplier_invoice', fromNumber: 'I1', toType: 'receipt' };
    const rows = grniRows(
      figures,
      [
        { ...to, toNumber: 'R1', amount: 1000n },
        { ...to, toNumber: 'R2', amount: 150n },
        {
          ...{ fromType: 'supplier_credit', fromNumber: 'C1', toType: 'supplier_return' },
          ...{ toNumber: 'SR1', amount: null },
        },
        { ...to, toNumber: 'unknown', amount: 9n },
      ],
      'Europe/Berlin',
      '2026-11-23',
    );
    expect(rows.map(({ document, open }) => [document?.number, open])).toEqual([
      ['R1', 0n],
      ['R2', 350n],
      ['I1', -50n],
      ['SR1', 0n],
    ]);
    expect(rows[0]).toMatchObject({ since: '2026-10-02', ageDays: 52, bucket: '31-60' });
  });
});

describe('margins', () => {
  const figure = (more: Partial<MarginFigure>): MarginFigure => ({
    ...{ item: 'A', channel: 'web', site: 'N', customer: 'C', period: null, day: null },
    ...{ revenue: 0n, refunds: 0n, cost: 0n, quantity: 0n, scale: 0 },
    ...more,
  });
  const late: LateCost = {
    ...{ journal: 0, seq: 50n, causeSeq: 1n, amount: 10n, item: 'A', site: 'N' },
    day: '2026-11-02',
  };
  const sold = (seq: bigint, quantity: bigint, channel: string): SoldUnits => ({
    ...{ journal: 0, causeSeq: 1n, seq, quantity, channel, customer: 'C', document: null },
  });

  it('share late costs among the sales that had taken the units by then', () => {
    const rows = marginRows(
      [figure({ revenue: 100n, cost: 60n, quantity: 3n })],
      [late],
      [sold(2n, 1n, 'web'), sold(3n, 2n, 'shop'), sold(60n, 7n, 'shop')],
      ['channel'],
    );
    expect(rows.map(({ channel, cost, lateCost }) => [channel, cost, lateCost])).toEqual([
      ['web', 63n, 3n],
      ['shop', 7n, 7n],
    ]);
  });

  it('show late costs that nobody took without a channel', () => {
    const rows = marginRows([], [late], [], ['channel', 'period']);
    expect(rows).toMatchObject([{ channel: null, period: '2026-11', cost: 10n }]);
  });

  it('have no units over several items', () => {
    const figures = [figure({ quantity: 1n }), figure({ item: 'B', quantity: 2n, scale: 3 })];
    expect(marginRows(figures, [], [], ['site'])).toMatchObject([{ scale: null }]);
    expect(marginRows(figures, [], [], ['item']).map(({ scale }) => scale)).toEqual([0, 3]);
  });
});
