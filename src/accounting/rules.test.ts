import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bookingDay, dayAfter, findPeriod, localDay, periodBeside, periodOf } from './calendar.ts';
import { chooseRule, fits, type Rule, type SideKey, sideKey } from './rules.ts';

const rule = (ruleId: number, given: Partial<Rule> = {}): Rule => ({
  ...sideKey('supplier'),
  ruleId,
  accountId: ruleId * 10,
  ...given,
});

describe('the rule that decides', () => {
  const landedCost = 17;
  const rules = [
    rule(1, { side: 'pool' }),
    rule(2),
    rule(3, { reasonId: landedCost }),
    rule(4, { siteId: 7 }),
    rule(5, { siteId: 7, reasonId: landedCost }),
    rule(6, { siteId: 7 }),
  ];
  const chosen = (key: SideKey) => chooseRule(rules, key)?.ruleId;

  it('is the one with most conditions that all hold', () => {
    expect(chosen(sideKey('supplier'))).toBe(2);
    expect(chosen(sideKey('supplier', { reasonId: landedCost }))).toBe(3);
    expect(chosen(sideKey('supplier', { reasonId: landedCost, siteId: 7 }))).toBe(5);
    expect(chosen(sideKey('supplier', { reasonId: 1, siteId: 8 }))).toBe(2);
  });

  it('is the one with the lowest id of equal ones', () => {
    expect(chosen(sideKey('supplier', { siteId: 7 }))).toBe(4);
    expect(chooseRule([...rules].reverse(), sideKey('supplier', { siteId: 7 }))?.ruleId).toBe(4);
  });

  it('is none where no rule is for such a side', () => {
    expect(chosen(sideKey('customer'))).toBeUndefined();
  });
});

const small = fc.option(fc.integer({ min: 1, max: 2 }), { nil: null });
const anyKey = fc
  .record({ siteId: small, reasonId: small, movementKind: small, locationId: small })
  .map((given) => sideKey('supplier', given));

it('no other rule that fits says more than the one that decides', () => {
  const anyRules = fc
    .array(anyKey)
    .map((keys) => keys.map((key, i): Rule => ({ ...key, ruleId: i + 1, accountId: i + 1 })));
  const said = (one: Rule) => Object.values(one).filter((value) => value !== null).length;
  fc.assert(
    fc.property(anyRules, anyKey, (rules, key) => {
      const best = chooseRule(rules, key);
      const fitting = rules.filter((one) => fits(one, key));
      expect(best === undefined).toBe(fitting.length === 0);
      for (const other of fitting) {
        const more = said(best!) - said(other);
        expect(more > 0 || (more === 0 && best!.ruleId <= other.ruleId)).toBe(true);
      }
    }),
  );
});

describe('days and periods', () => {
  it('are those of the house, wherever the sun stands', () => {
    const at = new Date('2026-03-31T22:30:00Z');
    expect(localDay(at, 'UTC')).toBe('2026-03-31');
    expect(localDay(at, 'Europe/Berlin')).toBe('2026-04-01');
    expect(localDay(at, 'America/Los_Angeles')).toBe('2026-03-31');
  });

  it('are months, one after another', () => {
    expect(periodOf('2028-02-11')).toEqual({
      code: '2028-02',
      startsOn: '2028-02-01',
      endsOn: '2028-02-29',
    });
    expect(findPeriod('2026-13')).toBeUndefined();
    const march = findPeriod('2026-03')!;
    expect(periodBeside(march, 1).code).toBe('2026-04');
    expect(periodBeside(findPeriod('2026-01')!, -1).code).toBe('2025-12');
  });

  it('a fact keeps its day while that is open and goes to the first open one after it', () => {
    const day = fc
      .date({ min: new Date('2000-01-01'), max: new Date('2050-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, fc.option(day, { nil: null }), (occurredOn, closedThrough) => {
        const bookedOn = bookingDay(occurredOn, closedThrough);
        const isOpen = closedThrough === null || occurredOn > closedThrough;
        expect(bookedOn).toBe(isOpen ? occurredOn : dayAfter(closedThrough!));
        if (closedThrough !== null) expect(bookedOn > closedThrough).toBe(true);
      }),
    );
  });
});
