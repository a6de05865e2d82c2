import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSeries, type DemandRow } from './build.ts';
import { packChanges, packFacts, yearStart } from './packed.ts';
import { DEFAULT_POLICY } from './policy.ts';
import { MARK } from './types.ts';

const KEY = { itemId: 1, siteId: 2, ownerId: 3 };
const YEAR = 2025;
const START = yearStart(YEAR);

interface Facts {
  /** Units by day of the year. */
  readonly sold?: Readonly<Record<number, number>>;
  readonly returned?: Readonly<Record<number, number>>;
  readonly changes?: Readonly<Record<number, number>>;
  readonly lines?: number;
}

function days(record: Readonly<Record<number, number>> = {}) {
  return Object.entries(record).map(([day, quantity]) => ({ dayOfYear: Number(day), quantity }));
}

function rowOf({ sold, returned, changes, lines = 1 }: Facts, year = YEAR): DemandRow {
  const toFacts = (record: Readonly<Record<number, number>> | undefined) =>
    packFacts(days(record).map((day) => ({ ...day, lines, amount: day.quantity * 200 })));
  return {
    year,
    scale: 0,
    orders: toFacts(sold),
    issues: null,
    returns: toFacts(returned),
    imported: null,
    available: packChanges(days(changes)),
  };
}

const options = {
  throughDay: START + 364,
  daysMax: 730,
  policy: DEFAULT_POLICY,
  currencyDigits: 2,
};

function build(facts: Facts, more: Partial<typeof options> = {}) {
  return buildSeries(KEY, [rowOf(facts)], [], { ...options, ...more });
}

/** Every day of the year up to `last` sells so many. */
function steady(quantity: number, last: number, first = 0): Record<number, number> {
  return Object.fromEntries(
    Array.from({ length: last - first + 1 }, (_, index) => [first + index, quantity]),
  );
}

describe('a series', () => {
  it('is nothing where nothing is known', () => {
    expect(build({})).toBeUndefined();
    expect(build({ sold: { 300: 1 } }, { throughDay: START + 299 })).toBeUndefined();
  });

  it('has one value a day from its first fact to the day asked for', () => {
    const series = build({ sold: { 10: 4, 12: 1 }, returned: { 10: 1 } });
    expect(series?.firstDay).toBe(START + 10);
    expect(series?.demand).toHaveLength(355);
    expect([...series!.ordered.slice(0, 4)]).toEqual([3, 0, 1, 0]);
    expect([series!.price[0], series!.price[1], series!.price[2]]).toEqual([2, Number.NaN, 2]);
  });

  it('is cut to its newest days', () => {
    const series = build({ sold: { 10: 4, 360: 2 } }, { daysMax: 10 });
    expect(series?.firstDay).toBe(START + 355);
    expect([...series!.ordered]).toEqual([0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
  });

  it('does not fall below zero where more came back than was sold', () => {
    const series = build({ sold: { 5: 1 }, returned: { 5: 3 } });
    expect([series?.ordered[0], series?.demand[0]]).toEqual([-2, 0]);
    expect(series?.marks[0]).toBe(MARK.negative);
  });

  it('leaves out what a user excludes', () => {
    const mark = { kind: 'exclude' as const, from: START + 5, to: START + 6 };
    const series = buildSeries(KEY, [rowOf({ sold: steady(2, 20) })], [mark], options);
    expect([...series!.demand.slice(4, 8)]).toEqual([2, Number.NaN, Number.NaN, 2]);
    expect(series?.ordered[5]).toBe(2);
  });
});

describe('days without availability', () => {
  const sold = steady(3, 59);
  const changes = { 0: 180, ...Object.fromEntries(days(sold).map((d) => [d.dayOfYear, -3])) };
  const stocked = { ...changes, 0: 177, 80: 30 };

  it('are marked, and what they lost is estimated from those before', () => {
    const series = build({ sold, changes: stocked })!;
    expect(series.marks[58]).toBe(0);
    expect(series.marks[59]).toBe(MARK.partlyAvailable);
    expect(series.marks[60]).toBe(MARK.unavailable);
    expect(series.lost[60]).toBeCloseTo(3, 6);
    expect(series.marks[80]).toBe(MARK.partlyAvailable);
    expect(series.lost[80]).toBeCloseTo(1.5, 6);
    expect([series.marks[81], series.lost[81]]).toEqual([0, 0]);
  });

  it('are counted in for a while only', () => {
    const gone = { ...changes, 0: 177 };
    const series = build({ sold, changes: gone })!;
    expect(series.lost[59 + DEFAULT_POLICY.lostDaysMax]).toBeGreaterThan(0);
    expect(series.lost[60 + DEFAULT_POLICY.lostDaysMax]).toBe(0);
    expect(series.marks[300]).toBe(MARK.unavailable);
  });

  it('are none where the ledger never had the item', () => {
    const series = build({ sold })!;
    expect(series.marks.every((mark) => mark === 0)).toBe(true);
  });

  it('know the weekday: a shop that sells on Saturdays lost Saturdays', () => {
    // 2025-01-04 is a Saturday.
    const saturdays = Object.fromEntries(
      Array.from({ length: 8 }, (_, week) => [3 + 7 * week, 10]),
    );
    const series = build({ sold: saturdays, changes: { 0: 80, 55: -80 } })!;
    const first = series.firstDay - START;
    expect(series.lost[59 - first]).toBeCloseTo(10, 0);
    expect(series.lost[60 - first]).toBe(0);
  });
});

describe('spikes', () => {
  it('of one large line are one-offs, of many lines outliers', () => {
    const sold = { ...steady(4, 99), 60: 900 };
    const at = (lines: number) => {
      const usual = rowOf({ sold: { ...steady(4, 99) } });
      const extra = packFacts([{ dayOfYear: 60, quantity: 896, lines, amount: 0 }]);
      return buildSeries(KEY, [{ ...usual, issues: extra }], [], options)!.marks[60];
    };
    expect(at(1)).toBe(MARK.oneOff);
    expect(at(223)).toBe(MARK.outlier);
    expect(build({ sold })!.marks[61]).toBe(0);
  });
});

describe('bad history', () => {
  it('of any kind makes finite numbers', () => {
    const quantity = fc.oneof(
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: -1e12, max: 1e12 }),
    );
    const record = fc.dictionary(fc.integer({ min: 0, max: 364 }).map(String), quantity);
    fc.assert(
      fc.property(record, record, record, (sold, returned, changes) => {
        const series = build({ sold, returned, changes } as Facts);
        if (!series) return;
        expect(series.demand.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        expect(series.lost.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      }),
    );
  });

  it('does not let later days change what is said of earlier ones', () => {
    const quantity = fc.integer({ min: 0, max: 40 });
    const record = fc.dictionary(fc.integer({ min: 0, max: 364 }).map(String), quantity, {
      maxKeys: 300,
    });
    const change = fc.dictionary(
      fc.integer({ min: 0, max: 364 }).map(String),
      fc.integer({ min: -40, max: 40 }),
    );
    const cut = fc.integer({ min: 30, max: 363 });
    fc.assert(
      fc.property(record, change, cut, (sold, changes, day) => {
        const whole = build({ sold, changes } as Facts);
        const then = build({ sold, changes } as Facts, { throughDay: START + day });
        if (!whole || !then) return;
        const { length } = then.demand;
        for (const name of ['demand', 'ordered', 'lost', 'price', 'marks'] as const) {
          expect([...whole[name].slice(0, length)]).toEqual([...then[name]]);
        }
      }),
    );
  });
});
