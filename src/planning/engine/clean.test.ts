import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean, dense } from './clean.ts';

const weekly = { season: 7 };
const kinds = (history: ArrayLike<number>, options = weekly) =>
  clean(history, options).marks.map(({ kind }) => kind);

/** Thirty days of about ten units. */
const usual = Array.from({ length: 30 }, (_, t) => 8 + (t % 5));

describe('cleaning a history', () => {
  it('leaves a good one as it is', () => {
    const { series, marks, offset } = clean(usual, weekly);
    expect([...series.values]).toEqual(usual);
    expect(marks).toEqual([]);
    expect(offset).toBe(0);
  });

  it('fills unknown days with the same weekday of other weeks, and says so', () => {
    const days: number[] = Array.from({ length: 28 }, (_, t) => (t % 7 === 3 ? 50 : 10));
    days[10] = Number.NaN;
    const { series, marks } = clean(days, weekly);
    expect(series.values[10]).toBe(50);
    expect(marks).toEqual([{ kind: 'gaps', count: 1, periods: [10] }]);
  });

  it('takes a negative day off the days before it', () => {
    const { series, marks } = clean([5, 4, 6, -8, 3, 2], weekly);
    expect([...series.values]).toEqual([5, 2, 0, 0, 3, 2]);
    expect(marks).toEqual([{ kind: 'negatives', count: 1, periods: [3] }]);
  });

  it('counts an absurd spike as the largest that is not absurd', () => {
    const spiked = [...usual];
    spiked[12] = 80_995;
    const { series, marks } = clean(spiked, weekly);
    expect(series.values[12]).toBe(12);
    expect(marks).toEqual([{ kind: 'spike', count: 1, periods: [12] }]);
  });

  it('takes what happens often for what the item is like', () => {
    const lumpy = Array.from({ length: 60 }, (_, t) => (t % 6 === 0 ? 400 : 4));
    expect(kinds(lumpy)).toEqual([]);
  });

  it('sums the rows of a day', () => {
    const rows = [3, 4, 4].map((period, i) => ({ period, quantity: i + 1 }));
    const { values, marks } = dense(rows, 2, 5);
    expect([...values]).toEqual([0, 1, 5, 0]);
    expect(marks).toEqual([{ kind: 'duplicates', count: 1, periods: [2] }]);
  });

  it('sums a million rows of one item', () => {
    function* rows() {
      for (let i = 0; i < 1_000_000; i += 1) yield { period: i % 400, quantity: 1 };
    }
    const { values, marks } = dense(rows(), 0, 399);
    expect(new Set(values)).toEqual(new Set([2500]));
    expect(marks[0]).toMatchObject({ kind: 'duplicates', count: 999_600 });
  });

  it('keeps the newest days of a million', () => {
    const { series, marks, offset } = clean(new Float64Array(1_000_000).fill(2), weekly);
    expect(series.values.length).toBe(1461);
    expect(offset).toBe(998_539);
    expect(marks).toEqual([{ kind: 'too_long', count: 998_539, periods: [] }]);
  });

  it('marks what holds nothing', () => {
    expect(kinds([])).toEqual(['empty']);
    expect(kinds([7])).toEqual(['one_point']);
    expect(kinds([0, 0, 0])).toEqual(['all_zero']);
    expect(kinds([Number.NaN, Number.NaN])).toEqual(['empty']);
    expect(kinds([1, Number.POSITIVE_INFINITY, 3])).toEqual(['not_finite', 'gaps', 'few_demands']);
  });

  it('marks a new item of which little is known', () => {
    expect(kinds([100, 0, 0])).toEqual(['few_demands']);
    expect(kinds([3, 1, 4, 1])).toEqual([]);
    expect(kinds([100, ...new Array<number>(40).fill(0)])).toEqual([]);
  });

  it('believes a large demand among few, but not one a hundred times above them', () => {
    expect(clean([0, 2, 0, 3, 0, 2, 150], weekly).series.values.at(-1)).toBe(150);
    const { series, marks } = clean([0, 2, 0, 3, 0, 2, 80_995], weekly);
    expect(series.values.at(-1)).toBe(3);
    expect(marks.map(({ kind }) => kind)).toContain('spike');
  });

  it('leaves out the time before an item was sold, but not a pause like its others', () => {
    const late = [...new Array<number>(100).fill(0), ...usual];
    expect(clean(late, weekly).offset).toBe(100);
    const rare = Array.from({ length: 200 }, (_, t) => (t % 50 === 40 ? 3 : 0));
    expect(clean(rare, weekly).offset).toBe(0);
  });

  it('gives finite demand that is not negative, of any history', () => {
    const value = fc.oneof(
      fc.double(),
      fc.integer({ min: -50, max: 1000 }),
      fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY, 1e300, 0),
    );
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 80 }),
        fc.integer({ min: 1, max: 52 }),
        (v, season) => {
          const given = Float64Array.from(v);
          const before = given.slice();
          const { series, marks, offset } = clean(given, { season });
          expect(series.values.length).toBeGreaterThan(0);
          expect(series.values.every((x) => x >= 0 && Number.isFinite(x))).toBe(true);
          expect(given).toEqual(before);
          const isEmpty = marks.some(({ kind }) => kind === 'empty');
          expect(series.values.length).toBe(isEmpty ? 1 : v.length - offset);
          for (const { count } of marks) expect(count).toBeGreaterThan(0);
        },
      ),
    );
  });
});
