import { describe, expect, it } from 'vitest';
import { parseWallClock, wallClockOf } from './local-time.ts';

describe('a wall-clock time', () => {
  it.each([
    ['2011-11-28 08:48:00', '2011-11-28T08:48:00.000Z'],
    ['2011-11-28 08:48', '2011-11-28T08:48:00.000Z'],
    ['2012-02-29T23:59:59', '2012-02-29T23:59:59.000Z'],
  ])('%s is read', (text, expected) => {
    expect(new Date(parseWallClock(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each(['', 'yesterday', '28/11/2011 08:48', '2011-02-30 10:00:00', '2011-11-28 24:00:00'])(
    "'%s' is none",
    (text) => {
      expect(parseWallClock(text)).toBeUndefined();
    },
  );
});

describe('London', () => {
  const toInstant = wallClockOf('Europe/London');
  it.each([
    ['winter', '2011-11-28 08:48:00', '2011-11-28T08:48:00.000Z'],
    ['summer', '2011-07-01 08:48:00', '2011-07-01T07:48:00.000Z'],
    ['before clocks go forward', '2011-03-27 00:59:59', '2011-03-27T00:59:59.000Z'],
    ['an hour that does not come', '2011-03-27 01:30:00', '2011-03-27T01:30:00.000Z'],
    ['after clocks went forward', '2011-03-27 02:00:00', '2011-03-27T01:00:00.000Z'],
    ['an hour that comes twice: the first', '2011-10-30 01:30:00', '2011-10-30T00:30:00.000Z'],
    ['after clocks went back', '2011-10-30 02:00:00', '2011-10-30T02:00:00.000Z'],
  ])('knows %s', (_name, wall, instant) => {
    expect(new Date(toInstant(parseWallClock(wall) ?? Number.NaN)).toISOString()).toBe(instant);
  });
});
