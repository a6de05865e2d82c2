import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addChanges,
  addFacts,
  type DayFact,
  firstDayOf,
  packChanges,
  packFacts,
  unpackChanges,
  unpackFacts,
  yearOf,
  yearStart,
} from './packed.ts';

const LARGE = 2 ** 51;
const number = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -LARGE, max: LARGE }),
);
const facts = fc
  .uniqueArray(
    fc.record({
      dayOfYear: fc.integer({ min: 0, max: 365 }),
      quantity: number,
      lines: fc.integer({ min: -5, max: 9000 }),
      amount: number,
    }),
    { selector: ({ dayOfYear }) => dayOfYear, maxLength: 366 },
  )
  .map((days) => days.sort((a, b) => a.dayOfYear - b.dayOfYear));

const isSomething = ({ quantity, lines, amount }: DayFact) =>
  quantity !== 0 || lines !== 0 || amount !== 0;

describe('packed facts', () => {
  it('come back as they were, without the days on which nothing happened', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const packed = packFacts(given);
        expect(unpackFacts(packed)).toEqual(given.filter(isSomething));
        expect(firstDayOf(packed)).toBe(given.find(isSomething)?.dayOfYear);
      }),
    );
  });

  it('are added to the days of any window', () => {
    const window = fc.record({
      offset: fc.integer({ min: -400, max: 400 }),
      length: fc.integer({ min: 0, max: 800 }),
    });
    fc.assert(
      fc.property(facts, window, fc.constantFrom(1 as const, -1 as const), (given, at, sign) => {
        const sums = () => new Float64Array(at.length);
        const found = { quantity: sums(), lines: sums(), amount: sums() };
        const expected = sums();
        for (const { dayOfYear, quantity } of given) {
          const index = at.offset + dayOfYear;
          if (index >= 0 && index < at.length) expected[index]! += sign * quantity;
        }
        addFacts(found, packFacts(given), at.offset, sign);
        expect(found.quantity).toEqual(expected.map((value) => value + 0));
      }),
    );
  });

  it('refuse what a float cannot hold exactly', () => {
    const fact = { dayOfYear: 0, quantity: 2 ** 53, lines: 1, amount: 0 };
    expect(() => packFacts([fact])).toThrow('too large');
  });
});

describe('packed changes', () => {
  it('come back as they were, and say what was before a window', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: -400, max: 400 }), (given, offset) => {
        const packed = packChanges(given);
        const some = given.filter(({ quantity }) => quantity !== 0);
        expect(unpackChanges(packed)).toEqual(
          some.map(({ dayOfYear, quantity }) => ({ dayOfYear, quantity })),
        );
        const window = new Float64Array(1200);
        const before = addChanges(window, packed, offset);
        const isBefore = ({ dayOfYear }: DayFact) => dayOfYear + offset < 0;
        const sum = (days: readonly DayFact[]) =>
          days.reduce((total, { quantity }) => total + quantity, 0);
        expect(before).toBe(sum(some.filter(isBefore)));
      }),
    );
  });
});

it('knows in which year a day is', () => {
  expect([yearOf(0), yearOf(-1), yearStart(1970), yearStart(1972)]).toEqual([1970, 1969, 0, 730]);
  expect(yearOf(yearStart(2027) - 1)).toBe(2026);
});
