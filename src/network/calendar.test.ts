import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CalendarRules,
  checkCalendar,
  DEFAULT_CALENDAR,
  minutesOf,
  WEEKDAYS,
} from './calendar.ts';
import { formatDay, localClock, parseDay, weekdayOf } from './calendar-clock.ts';
import { afterWork, nextOpen, nextPickUp, startOfWork, workingTime } from './calendar-work.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

const everyDay = (from: string, to: string): CalendarRules => ({
  week: Object.fromEntries(WEEKDAYS.map((day) => [day, { hours: [{ from, to }] }])),
  exceptions: [],
  handlingMinutes: 60,
});

describe('a calendar', () => {
  it('is in order, and names no day twice', () => {
    expect(checkCalendar(DEFAULT_CALENDAR)).toEqual([]);
    const wrong: CalendarRules = {
      week: {
        monday: {
          hours: [
            { from: '12:00', to: '18:00' },
            { from: '08:00', to: '11:00' },
          ],
        },
        friday: { hours: [{ from: '08:00', to: '08:00' }] },
      },
      exceptions: [
        { on: '2026-12-24', hours: [] },
        { on: '2026-12-24', hours: [] },
      ],
      handlingMinutes: 0,
    };
    expect(checkCalendar(wrong).map(({ path }) => path)).toEqual([
      'week.monday.hours.1',
      'week.friday.hours.0',
      'exceptions.1.on',
    ]);
  });

  it('counts days and weekdays', () => {
    expect(weekdayOf(parseDay('2026-11-23'))).toBe(1);
    expect(weekdayOf(parseDay('1969-12-28'))).toBe(0);
    expect(formatDay(parseDay('2024-02-29') + 1)).toBe('2024-03-01');
  });
});

describe('work begins', () => {
  const berlin = workingTime(
    {
      ...DEFAULT_CALENDAR,
      exceptions: [
        { on: '2026-12-25', hours: [] },
        { on: '2026-11-28', hours: [{ from: '09:00', to: '12:00' }], cutOff: '10:00' },
      ],
    },
    'Europe/Berlin',
  );
  // Berlin is an hour ahead of UTC in winter. 2026-11-23 is a Monday.
  it.each([
    ['in the night', '2026-11-23T01:00:00Z', '2026-11-23T07:00:00.000Z'],
    ['at once when it is open', '2026-11-23T09:30:00Z', '2026-11-23T09:30:00.000Z'],
    ['just before the cut-off', '2026-11-23T12:59:59.999Z', '2026-11-23T12:59:59.999Z'],
    ['at the cut-off', '2026-11-23T13:00:00Z', '2026-11-23T13:00:00.000Z'],
    ['just after the cut-off', '2026-11-23T13:00:00.001Z', '2026-11-24T07:00:00.000Z'],
    ['on an extra Saturday', '2026-11-28T09:00:00Z', '2026-11-28T09:00:00.000Z'],
    ['after its own cut-off', '2026-11-28T09:01:00Z', '2026-11-30T07:00:00.000Z'],
    ['after a holiday and a weekend', '2026-12-24T14:00:00Z', '2026-12-28T07:00:00.000Z'],
    ['on the first summer Monday', '2026-03-28T12:00:00Z', '2026-03-30T06:00:00.000Z'],
    ['on the first winter Monday', '2026-10-24T12:00:00Z', '2026-10-26T07:00:00.000Z'],
  ])('%s', (_, released, begins) => {
    expect(iso(startOfWork(berlin, at(released)))).toBe(begins);
  });

  it('by the clock of the site, not of the caller', () => {
    const tokyo = workingTime(DEFAULT_CALENDAR, 'Asia/Tokyo');
    expect(iso(startOfWork(tokyo, at('2026-11-23T04:59:00Z')))).toBe('2026-11-23T04:59:00.000Z');
    expect(iso(startOfWork(tokyo, at('2026-11-23T05:01:00Z')))).toBe('2026-11-23T23:00:00.000Z');
  });

  it('never where it never opens', () => {
    const shut = workingTime({ week: {}, exceptions: [], handlingMinutes: 1 }, 'UTC');
    expect(startOfWork(shut, 0)).toBeUndefined();
    expect(nextOpen(shut, 0)).toBeUndefined();
    expect(afterWork(shut, 0, 1)).toBeUndefined();
    expect(nextPickUp(shut, 0)).toBeUndefined();
  });
});

describe('working time', () => {
  const berlin = workingTime(DEFAULT_CALENDAR, 'Europe/Berlin');

  it.each([
    ['within a day', '2026-11-23T09:00:00Z', 240, '2026-11-23T13:00:00.000Z'],
    ['to the very end', '2026-11-23T16:00:00Z', 60, '2026-11-23T17:00:00.000Z'],
    ['over night', '2026-11-23T16:00:00Z', 61, '2026-11-24T07:01:00.000Z'],
    ['over a weekend', '2026-11-27T16:30:00Z', 60, '2026-11-30T07:30:00.000Z'],
    ['none at all', '2026-11-28T03:00:00Z', 0, '2026-11-28T03:00:00.000Z'],
  ])('%s', (_, from, minutes, end) => {
    expect(iso(afterWork(berlin, at(from), minutes))).toBe(end);
  });

  it('is an hour less in the night in which clocks go forward, and one more back', () => {
    const night = workingTime(everyDay('00:00', '06:00'), 'Europe/Berlin');
    const hours = (day: string) => {
      const { open } = night.dayAt(parseDay(day));
      return open.reduce((sum, [from, to]) => sum + (to - from), 0) / 3_600_000;
    };
    expect([hours('2026-03-28'), hours('2026-03-29'), hours('2026-10-25')]).toEqual([6, 5, 7]);
    // From midnight, five hours of work end at 06:00 in spring and at 04:00 in autumn.
    const five = (from: string) => iso(afterWork(night, at(from), 300));
    expect(five('2026-03-28T23:00:00Z')).toBe('2026-03-29T04:00:00.000Z');
    expect(five('2026-10-24T22:00:00Z')).toBe('2026-10-25T03:00:00.000Z');
  });

  it('takes a pick-up at an hour that comes twice the first time, a skipped one later', () => {
    const week = {
      sunday: { hours: [{ from: '00:00', to: '06:00' }], pickUps: ['02:30'] },
    };
    const time = workingTime({ week, exceptions: [], handlingMinutes: 0 }, 'Europe/Berlin');
    expect(iso(nextPickUp(time, at('2026-10-24T00:00:00Z')))).toBe('2026-10-25T00:30:00.000Z');
    expect(iso(nextPickUp(time, at('2026-03-28T00:00:00Z')))).toBe('2026-03-29T01:30:00.000Z');
  });

  it('lets carriers call when it closes, unless it says when', () => {
    expect(iso(nextPickUp(berlin, at('2026-11-23T17:00:00Z')))).toBe('2026-11-23T17:00:00.000Z');
    expect(iso(nextPickUp(berlin, at('2026-11-27T17:00:01Z')))).toBe('2026-11-30T17:00:00.000Z');
  });
});

const ZONES = [
  ...['Europe/Berlin', 'America/New_York', 'America/St_Johns', 'America/Santiago', 'UTC'],
  ...['Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Africa/Casablanca'],
];
const quarter = fc.integer({ min: 0, max: 96 });
const wall = (quarters: number) => {
  const [hours, minutes] = [Math.floor(quarters / 4), (quarters % 4) * 15];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
};
const hours = fc
  .uniqueArray(quarter, { minLength: 2, maxLength: 6 })
  .map((marks) => [...marks].sort((a, b) => a - b))
  .map((marks) =>
    Array.from({ length: Math.floor(marks.length / 2) }, (_, i) => ({
      from: wall(marks[2 * i] ?? 0),
      to: wall(marks[2 * i + 1] ?? 96),
    })),
  );
const rules = fc.record({
  week: fc.record(
    Object.fromEntries(
      WEEKDAYS.map((day) => [day, fc.record({ hours, cutOff: quarter.map(wall) })]),
    ),
  ),
  exceptions: fc.constant([]),
  handlingMinutes: fc.integer({ min: 0, max: 2_000 }),
}) as fc.Arbitrary<CalendarRules>;
const zone = fc.constantFrom(...ZONES);
// 2024 to 2028, to the minute; each fourth one near a change of clocks in Berlin.
const minuteOf = (from: string, to: string) =>
  fc.integer({ min: at(from) / 60_000, max: at(to) / 60_000 }).map((minute) => minute * 60_000);
const instant = fc.oneof(
  { weight: 3, arbitrary: minuteOf('2024-01-01T00:00:00Z', '2028-12-31T00:00:00Z') },
  minuteOf('2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'),
  minuteOf('2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'),
);

/** What the wall shows according to the runtime's own formatter: another source than ours. */
function wallByIntl(timeZone: string, ms: number): { weekday: string; minutes: number } {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone, weekday: 'long', hourCycle: 'h23' },
    ...{ hour: '2-digit', minute: '2-digit' },
  });
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  const minutes = Number(parts.get('hour')) * 60 + Number(parts.get('minute'));
  return { weekday: (parts.get('weekday') ?? '').toLowerCase(), minutes };
}

describe('in any zone', () => {
  it('it is open exactly when the wall shows an opening hour', () => {
    fc.assert(
      fc.property(rules, zone, instant, (calendar, timeZone, ms) => {
        const { weekday, minutes } = wallByIntl(timeZone, ms);
        const rule = calendar.week[weekday as 'monday'];
        const expected = (rule?.hours ?? []).some(
          ({ from, to }) => minutesOf(from) <= minutes && minutes < minutesOf(to),
        );
        expect(nextOpen(workingTime(calendar, timeZone), ms) === ms).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('an instant and its local time are the same moment', () => {
    fc.assert(
      fc.property(zone, instant, (timeZone, ms) => {
        const clock = localClock(timeZone);
        expect(Date.parse(clock.show(ms))).toBe(ms);
        const { minutes } = wallByIntl(timeZone, ms);
        const day = clock.dayOf(ms);
        expect(clock.show(ms).slice(0, 10)).toBe(formatDay(day));
        // The first instant at which the wall shows this is now, or an hour (or less) ago.
        const first = clock.instantOf(day, minutes);
        expect(first).toBeLessThanOrEqual(ms);
        expect(ms - first).toBeLessThanOrEqual(3_600_000);
        expect(wallByIntl(timeZone, first).minutes).toBe(minutes);
      }),
      { numRuns: 500 },
    );
  });

  it('work never ends earlier for a later start, nor for more of it, nor for free', () => {
    const minutes = fc.integer({ min: 0, max: 3_000 });
    fc.assert(
      fc.property(rules, zone, instant, minutes, minutes, (calendar, timeZone, ms, a, b) => {
        const time = workingTime(calendar, timeZone);
        const end = (from: number, work: number) => {
          const began = startOfWork(time, from);
          const done = began === undefined ? undefined : afterWork(time, began, work);
          return done ?? Number.POSITIVE_INFINITY;
        };
        const [less, more] = [Math.min(a, b), Math.max(a, b)];
        expect(end(ms, less)).toBeGreaterThanOrEqual(ms + less * 60_000);
        expect(end(ms, more)).toBeGreaterThanOrEqual(end(ms, less));
        expect(end(ms + more * 60_000, less)).toBeGreaterThanOrEqual(end(ms, less));
      }),
      { numRuns: 500 },
    );
  });

  it('work done in two parts takes as long as in one', () => {
    const minutes = fc.integer({ min: 1, max: 2_000 });
    fc.assert(
      fc.property(rules, zone, instant, minutes, minutes, (calendar, timeZone, ms, a, b) => {
        const time = workingTime(calendar, timeZone);
        const half = afterWork(time, ms, a);
        const whole = afterWork(time, ms, a + b);
        expect(half === undefined ? undefined : afterWork(time, half, b)).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });
});
