import { describe, expect, it } from 'vitest';
import { formatDay, parseDay } from '../../network/index.ts';
import { knownFrom, signalValues, toDrivers } from './drivers.ts';
import { easterSunday, HOLIDAY_COUNTRIES, holidaysOf } from './holidays.ts';

describe('holidays', () => {
  it.each([
    [1961, '1961-04-02'],
    [2000, '2000-04-23'],
    [2008, '2008-03-23'],
    [2011, '2011-04-24'],
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2038, '2038-04-25'],
    [2285, '2285-03-22'],
  ])('know Easter Sunday of %d', (year, day) => {
    expect(formatDay(easterSunday(year))).toBe(day);
  });

  const of = (country: string, year: number) =>
    [...holidaysOf(country, parseDay(`${year}-01-01`), parseDay(`${year}-12-31`))]
      .sort(([a], [b]) => a - b)
      .map(([day, name]) => `${formatDay(day)} ${name}`);

  it('of Germany and the United States are where calendars have them', () => {
    expect(of('DE', 2026)).toEqual([
      "2026-01-01 New Year's Day",
      '2026-04-03 Good Friday',
      '2026-04-06 Easter Monday',
      '2026-05-01 Labour Day',
      '2026-05-14 Ascension Day',
      '2026-05-25 Whit Monday',
      '2026-10-03 German Unity Day',
      '2026-12-25 Christmas Day',
      '2026-12-26 Second Day of Christmas',
    ]);
    const american = of('US', 2026);
    expect(american).toContain('2026-05-25 Memorial Day');
    expect(american).toContain('2026-11-26 Thanksgiving Day');
    expect(american).toContain('2026-09-07 Labor Day');
    expect(of('GB', 2026)).toContain('2026-08-31 Summer Bank Holiday');
  });

  it('are only those in the window, and none of countries that are not known', () => {
    const window = [parseDay('2025-12-25'), parseDay('2026-01-01')] as const;
    expect([...holidaysOf('DE', ...window).keys()].map(formatDay)).toEqual([
      '2025-12-25',
      '2025-12-26',
      '2026-01-01',
    ]);
    expect(holidaysOf('XX', ...window).size).toBe(0);
    expect(HOLIDAY_COUNTRIES.has('FR')).toBe(true);
  });
});

describe('a signal', () => {
  const signal = { days: [5, 10, 12], values: [1, 2, 3] };
  const window = { fromDay: 9, days: 5 };
  it.each([
    ['unknown', [Number.NaN, 2, Number.NaN, 3, Number.NaN]],
    ['zero', [0, 2, 0, 3, 0]],
    ['last', [1, 2, 2, 3, 3]],
  ] as const)('fills its gaps with %s', (gaps, expected) => {
    expect([...signalValues({ ...signal, gaps }, window)]).toEqual(expected);
  });
});

describe('drivers', () => {
  const from = parseDay('2026-04-01');
  const recordedDay = from - 9;
  const promotion = { itemId: null, groupCode: null, siteId: null, regionCode: null, recordedDay };
  const drivers = toDrivers(
    {
      promotions: [
        { ...promotion, code: 'ALL', from: from + 1, to: from + 2, basisPoints: 1000 },
        { ...promotion, code: 'MUGS', groupCode: 'M', from, to: from + 1, basisPoints: 2500 },
        { ...promotion, code: 'SOUTH', regionCode: 'S', from, to: from, basisPoints: 5000 },
      ],
      plannedPrices: [
        { code: 'S2', itemId: 1, siteId: 2, from, to: null, price: 8, recordedDay: from - 9 },
        { code: 'ALL', itemId: 1, siteId: null, from, to: from + 9, price: 9, recordedDay: 0 },
        { code: 'OTHER', itemId: 2, siteId: null, from, to: null, price: 3, recordedDay: 0 },
      ],
      calendarDays: [
        { calendar: 'SHOP', day: from, name: 'Opening', kind: 'event', recordedDay },
        { calendar: 'SHOP', day: from + 3, name: 'Inventory', kind: 'closed', recordedDay },
        { calendar: 'OTHER', day: from, name: 'Elsewhere', kind: 'event', recordedDay },
      ],
      signals: [
        {
          ...{ code: 'RAIN', kind: 'amount', itemId: null, groupCode: null, regionCode: 'S' },
          ...{ gaps: 'zero', days: [from], values: [7] },
        },
      ],
      groups: new Map([[1, 'M']]),
      sites: new Map([
        [10, { region: 'N', country: 'DE', calendars: ['SHOP'] }],
        [20, { region: 'S', country: null, calendars: [] }],
      ]),
    },
    { fromDay: from, days: 6 },
  );

  it('were known from when they were recorded, or for a while before they began', () => {
    expect(knownFrom('promotion', 100, 60)).toBe(60);
    expect(knownFrom('promotion', 100, 100)).toBe(100);
    expect(knownFrom('promotion', 100, 101)).toBe(72);
    expect(knownFrom('calendar', 1_000, 1_200)).toBe(635);
    expect(drivers.promotions(1, 10).map((one) => one.knownFrom)).toEqual([from - 9, from - 9]);
    const [closed] = drivers.namedDays(10);
    expect(closed).toMatchObject({ name: 'Inventory', knownFrom: Int32Array.of(from - 9) });
    // Holidays that are computed were known for ever.
    const monday = drivers.namedDays(10).find(({ kind }) => kind === 'holiday');
    expect(monday!.knownFrom.every((day) => day === 0)).toBe(true);
  });

  it('have the planned prices of an item at a site, and those of all sites', () => {
    const codes = (itemId: number, siteId: number) =>
      drivers.plannedPrices(itemId, siteId).map(({ code }) => code);
    expect([codes(1, 2), codes(1, 1), codes(2, 2), codes(3, 1)]).toEqual([
      ['S2', 'ALL'],
      ['ALL'],
      ['OTHER'],
      [],
    ]);
  });

  it('hold where and for what they are meant', () => {
    expect([...drivers.discounts(1, 10)!]).toEqual([0.25, 0.25, 0.1, 0, 0, 0]);
    expect([...drivers.discounts(2, 20)!]).toEqual([0.5, 0.1, 0.1, 0, 0, 0]);
    expect([...drivers.holidayFlags(10)]).toEqual([0, 0, 1, 0, 0, 1]);
    expect([...drivers.holidayFlags(20)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...drivers.eventFlags(10)]).toEqual([1, 0, 0, 0, 0, 0]);
    expect([...drivers.closedFlags(10)]).toEqual([0, 0, 0, 1, 0, 0]);
    expect(drivers.signals(1, 10)).toEqual([]);
    expect([...drivers.signals(1, 20)[0]!.values]).toEqual([7, 0, 0, 0, 0, 0]);
  });

  it('say what a day is', () => {
    expect(drivers.on(1, 10, from)).toEqual({
      holidays: [],
      events: ['Opening'],
      promotions: ['MUGS'],
    });
    expect(drivers.on(1, 10, from + 2).holidays).toEqual(['Good Friday']);
  });
});
