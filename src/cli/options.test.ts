import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseCount, parseDay, parseInstant } from './options.ts';

const now = new Date('2026-03-01T12:00:00Z');

describe('a day', () => {
  it.each(['2024-02-29', '1970-01-01', '2199-12-31'])('%s', (text) => {
    expect(parseDay(text)).toBe(text);
  });

  it.each(['2026-02-30', '2025-02-29', '2026-13-01', '1900-01-01', '2999-01-01', '1.2.2026', ''])(
    "'%s' is none",
    (text) => expect(() => parseDay(text)).toThrow(InvalidArgumentError),
  );
});

describe('an instant', () => {
  it.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.25+02:00', '2026-01-31T10:00:00.250Z'],
    ['30m', '2026-03-01T11:30:00.000Z'],
    ['12h', '2026-03-01T00:00:00.000Z'],
    ['1d', '2026-02-28T12:00:00.000Z'],
  ])('%s is %s', (text, expected) => expect(parseInstant(text, now)).toBe(expected));

  it('without a zone is on the clock of this machine', () => {
    expect(parseInstant('2026-01-31', now)).toBe(new Date(2026, 0, 31).toISOString());
    expect(parseInstant('2026-01-31 12:30', now)).toBe(new Date(2026, 0, 31, 12, 30).toISOString());
  });

  it.each(['', 'yesterday', '2026-13-01', '31.01.2026', '-1d', '2026-01-31T12:00:00+99:00x'])(
    "is not '%s'",
    (text) => expect(() => parseInstant(text, now)).toThrow(InvalidArgumentError),
  );
});

describe('a count', () => {
  it.each(['0', '-1', '1.5', 'x', '11'])("is not '%s'", (text) => {
    expect(() => parseCount(10)(text)).toThrow('1 to 10');
  });
});
