import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CALENDAR, formatDay, parseDay } from '../../network/index.ts';
import { packageRoot } from '../../platform/package.ts';
import { nextOrderDay, orderGapDays } from './order-day.ts';
import { share } from './propose-transfers.ts';
import { checkSetting, DEFAULTS, type SettingRow, settingsOf } from './setting.ts';
import {
  EXCEPTION_STATES,
  EXCEPTION_TRANSITIONS,
  PROPOSAL_STATES,
  PROPOSAL_TRANSITIONS,
  pictureOf,
} from './states.ts';

describe('state machines', () => {
  const guide = readFileSync(join(packageRoot, 'docs/guides/planner.md'), 'utf8');

  it.each([
    ['a proposal', PROPOSAL_TRANSITIONS],
    ['an exception', EXCEPTION_TRANSITIONS],
  ])('the guide draws %s as the code has it', (_name, table) => {
    expect(guide).toContain(`\`\`\`mermaid\n${pictureOf(table)}\n\`\`\``);
  });

  it('every state can be reached, and what is decided stays so', () => {
    const reached = (table: readonly { readonly to: string }[]) => table.map(({ to }) => to);
    const begins = ['draft', 'open'];
    for (const state of PROPOSAL_STATES) {
      expect([...begins, ...reached(PROPOSAL_TRANSITIONS)]).toContain(state);
    }
    for (const state of EXCEPTION_STATES) {
      expect([...begins, ...reached(EXCEPTION_TRANSITIONS)]).toContain(state);
    }
    const left = PROPOSAL_TRANSITIONS.flatMap(({ from }) => from as readonly string[]);
    for (const state of ['approved', 'rejected', 'expired', 'superseded']) {
      expect(left).not.toContain(state);
    }
  });
});

describe('order days', () => {
  const day = (text: string) => parseDay(text);
  const anyDay = { calendar: null, timeZone: 'UTC', orderDays: [] };

  it('is today where nothing is said', () => {
    expect(nextOrderDay(anyDay, day('2026-11-22'))).toBe(day('2026-11-22'));
    expect(orderGapDays(anyDay)).toBe(1);
  });

  it('waits for the next day that is listed and open', () => {
    // 2026-11-22 is a Sunday.
    const listed = { ...anyDay, orderDays: ['tuesday', 'friday'] };
    expect(formatDay(nextOrderDay(listed, day('2026-11-22')))).toBe('2026-11-24');
    expect(orderGapDays(listed)).toBe(4);
    const calendar = {
      ...DEFAULT_CALENDAR,
      exceptions: [{ on: '2026-11-24', name: 'closed', hours: [] }],
    };
    const closed = { ...listed, calendar };
    expect(formatDay(nextOrderDay(closed, day('2026-11-22')))).toBe('2026-11-27');
    const weekend = { ...anyDay, calendar };
    expect(formatDay(nextOrderDay(weekend, day('2026-11-21')))).toBe('2026-11-23');
    expect(formatDay(nextOrderDay({ ...weekend, timeZone: 'Asia/Tokyo' }, day('2026-11-22')))).toBe(
      '2026-11-23',
    );
  });

  it('does not wait for ever', () => {
    const never = { ...anyDay, calendar: { ...DEFAULT_CALENDAR, week: {} } };
    expect(nextOrderDay(never, 20_000)).toBe(20_000);
  });
});

describe('settings', () => {
  const nothing = Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, null]));
  const row = (fields: Partial<SettingRow>): SettingRow => {
    const anywhere = { itemId: null, siteId: null, abcClass: null, xyzClass: null };
    return { code: 'S', ...anywhere, ...(nothing as object), ...fields } as SettingRow;
  };
  const subject = { itemId: 1, siteId: 2, abcClass: 'A', xyzClass: 'X' };

  it('lets what is narrower win, figure by figure', () => {
    const settingOf = settingsOf([
      row({ itemId: 1, reviewPeriodDays: 3 }),
      row({ code: 'A-ITEMS', abcClass: 'A', serviceTargetBasisPoints: 9900, reviewPeriodDays: 5 }),
      row({ siteId: 2, serviceTargetBasisPoints: 9000, orderCost: '7' }),
      row({ holdingRateBasisPoints: 1000 }),
      row({ abcClass: 'B', coverDaysMax: 1 }),
    ]);
    expect(settingOf(subject)).toEqual({
      ...DEFAULTS,
      ...{ reviewPeriodDays: 3, serviceTargetBasisPoints: 9900, orderCost: '7' },
      holdingRateBasisPoints: 1000,
      serviceFrom: 'A-ITEMS',
    });
    expect(settingOf({ ...subject, abcClass: 'C', siteId: 3, itemId: 9 })).toEqual({
      ...DEFAULTS,
      holdingRateBasisPoints: 1000,
      serviceFrom: null,
    });
  });

  it('lets the service of an item win over that of its class, and this over the default', () => {
    const rows = [
      row({ code: 'I', itemId: 1, serviceTargetBasisPoints: 9950 }),
      row({ code: 'AX', abcClass: 'A', xyzClass: 'X', serviceTargetBasisPoints: 9900 }),
      row({ code: 'A', abcClass: 'A', serviceTargetBasisPoints: 9800 }),
      row({ code: 'X', xyzClass: 'X', serviceTargetBasisPoints: 9600 }),
      row({ code: 'N', siteId: 2, serviceTargetBasisPoints: 9500 }),
      row({ code: 'HOUSE', serviceTargetBasisPoints: 9000 }),
    ];
    const from: (string | null)[] = [];
    // What is narrowest is taken away one after another.
    for (let i = 0; i <= rows.length; i += 1) {
      from.push(settingsOf(rows.slice(i).reverse())(subject).serviceFrom);
    }
    expect(from).toEqual(['I', 'AX', 'A', 'X', 'N', 'HOUSE', null]);
  });

  it('takes an item from one place: the narrower source ends the wider one', () => {
    const settingOf = settingsOf([
      row({ sourceSiteId: 7 }),
      row({ itemId: 1, supplierId: 4 }),
      row({ itemId: 2, siteId: 2, sourceSiteId: 8 }),
    ]);
    expect(settingOf(subject)).toMatchObject({ supplierId: 4, sourceSiteId: null });
    expect(settingOf({ ...subject, itemId: 2 })).toMatchObject({ sourceSiteId: 8 });
    // The central site does not refill itself.
    expect(settingOf({ ...subject, itemId: 3, siteId: 7 })).toMatchObject({ sourceSiteId: null });
  });

  it('refuses what would contradict itself', () => {
    const values = {
      ...Object.fromEntries(Object.keys(nothing).map((name) => [name, null])),
      ...{ code: 'S', item: 'A', site: 'N', abcClass: 'A', xyzClass: null, supplier: 'U' },
      ...{ sourceSite: 'N', active: true },
    } as never;
    expect(checkSetting(values).map(({ path }) => path)).toEqual([
      'abcClass',
      'sourceSite',
      'sourceSite',
    ]);
  });
});

describe('sharing what a source has', () => {
  it('grants all, or to each its part, and never more than there is', () => {
    const needs = fc.array(fc.bigInt(0n, 10n ** 12n), { maxLength: 8 });
    fc.assert(
      fc.property(needs, fc.bigInt(0n, 10n ** 12n), (wanted, available) => {
        const granted = share(wanted, available);
        const total = granted.reduce((sum, units) => sum + units, 0n);
        const asked = wanted.reduce((sum, units) => sum + units, 0n);
        expect(total <= available || total === asked).toBe(true);
        expect(total <= asked).toBe(true);
        granted.forEach((units, i) => {
          expect(units >= 0n && units <= wanted[i]!).toBe(true);
        });
        // What rounding leaves behind is less than a unit for each.
        if (asked > available) expect(available - total).toBeLessThan(BigInt(wanted.length) + 1n);
      }),
    );
  });
});
