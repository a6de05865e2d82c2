import { describe, expect, it } from 'vitest';
import {
  CENTRAL,
  FAR,
  facts,
  forecast,
  HOUSE,
  plan,
  TODAY,
} from '../../../test/support/planning-facts.ts';
import { DEFAULT_CALENDAR, formatDay } from '../../network/index.ts';
import { orderSpan } from './order-day.ts';
import type { Facts } from './place.ts';
import type { Plan } from './plan.ts';

/** Houses and suppliers that are unlike the usual one. */

/** One item that sells so much a day at one site, and nothing of it anywhere. */
const lone = (perDay: number, change: (known: Facts) => Facts = (known) => known): Facts =>
  facts((known) =>
    change({
      ...known,
      stock: [],
      settings: [],
      forecasts: [forecast(1, FAR, perDay)],
      costs: [{ itemId: 1, siteId: FAR, unitCost: 300 }],
    }),
  );

const linesOf = ({ drafts }: Plan) => drafts.flatMap(({ lines }) => lines);
const targetOf = ({ targeted }: Plan) =>
  targeted.find(({ place }) => place.item.itemId === 1 && place.site.siteId === FAR)!;

describe('a house without minor units', () => {
  it('plans in yen, whatever digits its terms were written with', async () => {
    const known = lone(4, (good) => ({
      ...good,
      currency: 'JPY',
      suppliers: good.suppliers.map((each) => ({
        ...each,
        ...{ currency: 'JPY', minimumOrderValue: '5000.5' },
      })),
      prices: good.prices.map((row) => ({ ...row, unitPrice: '300.12345678' })),
      settings: [],
    }));
    const { drafts } = await plan(known);
    const [draft] = drafts;
    expect(draft).toMatchObject({ currency: 'JPY', siteId: FAR });
    expect(draft!.amount).toBeGreaterThanOrEqual(5_001n);
    expect(draft!.lines[0]!.unitPrice).toBe(3_001_235n);
    expect(draft!.summary).toMatch(/, \d+ JPY/);
    expect(draft!.lines[0]!.why.waiting.costPerDay).toMatch(/^\d+$/);
  });

  it('takes prices and minima of euros with more digits than cents have', async () => {
    const known = lone(4, (good) => ({
      ...good,
      suppliers: good.suppliers.map((each) => ({ ...each, minimumOrderValue: '50.0051' })),
      prices: good.prices.map((row) => ({ ...row, unitPrice: '0.12345678' })),
    }));
    const { drafts } = await plan(known);
    expect(drafts[0]!.lines[0]!.unitPrice).toBe(123_457n);
    expect(drafts[0]!.amount).toBeGreaterThanOrEqual(5_001n);
  });
});

describe('a company with one site', () => {
  it('buys for it, and moves nothing', async () => {
    const known = facts((good) => ({
      ...good,
      ...{ lanes: [], settings: [] },
      sites: good.sites.filter(({ siteId }) => siteId === CENTRAL),
    }));
    const made = await plan(known);
    expect(made.targeted).toHaveLength(40);
    expect(new Set(made.drafts.map(({ kind }) => kind))).toEqual(new Set(['purchase']));
    expect(made.targeted.every(({ central, refilledBy }) => !central && !refilledBy)).toBe(true);
  });
});

describe('suppliers of whom little is known', () => {
  it('believes what they state, with doubt, and two weeks where they state nothing', async () => {
    const silent = lone(4, (good) => ({
      ...good,
      supply: good.supply.map((row) => ({ ...row, leadTimeDays: null })),
    }));
    const { leadTime, receipts } = targetOf(await plan(silent));
    expect(receipts).toBe(0);
    expect(leadTime.mean).toBeGreaterThan(13);
    expect(leadTime.deviation).toBeGreaterThan(1);
  });

  it('counts what is short and has no supplier, and still says that it runs out', async () => {
    const made = await plan(lone(4, (good) => ({ ...good, supply: [] })));
    expect(made.drafts).toEqual([]);
    expect(made.withoutSupplier).toBe(1);
    expect(made.found.map(({ kind, action }) => [kind, action])).toEqual([['stockout', 'buy']]);
    expect(targetOf(made).target.orderUpTo).toBeGreaterThan(0);
  });
});

describe('a supplier that closes for months', () => {
  const WORKDAY = DEFAULT_CALENDAR.week.monday!;
  const closed = (from: number, days: number) => ({
    ...DEFAULT_CALENDAR,
    week: { ...DEFAULT_CALENDAR.week, saturday: WORKDAY, sunday: WORKDAY },
    exceptions: Array.from({ length: days }, (_, i) => ({
      ...{ on: formatDay(from + i), name: 'closed', hours: [] },
    })),
  });
  const withCalendar = (from: number, days: number) =>
    lone(4, (good) => ({
      ...good,
      suppliers: good.suppliers.map((each) => ({
        ...each,
        calendar: closed(from, days),
        minimumOrderValue: null,
      })),
    }));

  it('is ordered from before, for the whole time', async () => {
    const made = await plan(withCalendar(TODAY + 3, 90));
    const [line] = linesOf(made);
    expect(targetOf(made).reviewDays).toBe(93);
    const usual = targetOf(await plan(lone(4)));
    expect(Number(line!.quantity)).toBeGreaterThan((93 + usual.leadTime.mean) * 4);
    expect(Number(line!.quantity)).toBeGreaterThan(2 * usual.target.orderUpTo);
    expect(made.drafts[0]!.orderDay).toBe(TODAY);
  });

  it('has an order that waits for it reckon with the wait', async () => {
    const made = await plan(withCalendar(TODAY, 60));
    const usual = targetOf(await plan(lone(4)));
    expect(targetOf(made).leadTime.mean).toBeCloseTo(usual.leadTime.mean + 60, 6);
    expect(made.drafts[0]!.orderDay).toBe(TODAY + 60);
    expect(made.drafts[0]!.summary).toContain(`on ${formatDay(TODAY + 60)} again`);
  });

  it('changes nothing where it is closed for a day or never opens', () => {
    const supplier = { timeZone: 'UTC', orderDays: [] };
    const oneDay = { ...supplier, calendar: closed(TODAY + 1, 1) };
    expect(orderSpan(oneDay, TODAY, 7)).toEqual({ waitDays: 0, reviewDays: 7 });
    const never = { ...supplier, calendar: { ...DEFAULT_CALENDAR, week: {} } };
    expect(orderSpan(never, TODAY, 7)).toEqual({ waitDays: 0, reviewDays: 7 });
    expect(orderSpan({ ...supplier, calendar: null }, TODAY, 3)).toEqual({
      ...{ waitDays: 0, reviewDays: 3 },
    });
  });
});

describe('a lot that is too large', () => {
  const minimum = (units: string, change = (known: Facts) => known) =>
    lone(0.5, (good) =>
      change({
        ...good,
        supply: good.supply.map((row) => ({ ...row, minimumQuantity: units, packMultiple: '1' })),
        suppliers: good.suppliers.map((each) => ({ ...each, minimumOrderValue: null })),
      }),
    );

  it('is not proposed where it costs more to carry than it earns, and that is said', async () => {
    // 0.5 a day are 183 a year: 3,000 last more than 16 years.
    const made = await plan(minimum('3000'));
    expect(made.drafts).toEqual([]);
    expect(made.lotsTooLarge).toBe(1);
    expect(made.found[0]!.summary).toContain('the smallest lot, 3000, lasts 16.4 years');
  });

  it('is proposed where it earns more than it costs to carry', async () => {
    const made = await plan(minimum('300'));
    expect(linesOf(made).map(({ quantity }) => quantity)).toEqual([300n]);
    expect(made.lotsTooLarge).toBe(0);
  });

  it('is proposed all the same where customers wait for it', async () => {
    const waiting = { itemId: 1, ownerId: HOUSE, siteId: FAR, channelSites: [], quantity: 7n };
    const made = await plan(minimum('3000', (known) => ({ ...known, backorders: [waiting] })));
    expect(linesOf(made).map(({ quantity }) => quantity)).toEqual([3000n]);
  });
});

describe('prices with holes', () => {
  const priced = (...breaks: readonly [string, string][]) =>
    lone(1, (good) => ({
      ...good,
      suppliers: good.suppliers.map((each) => ({ ...each, minimumOrderValue: null })),
      supply: good.supply.map((row) => ({ ...row, minimumQuantity: null, packMultiple: '6' })),
      prices: breaks.map(([minimumQuantity, unitPrice]) => ({
        ...{ supplierId: 2, itemId: 1, validFrom: '2026-01-01', minimumQuantity, unitPrice },
      })),
    }));

  it('buys no less than the first quantity that has a price', async () => {
    const usual = linesOf(await plan(priced(['0', '3'])))[0]!;
    expect(usual.quantity).toBeLessThan(100n);
    const [line] = linesOf(await plan(priced(['100', '3'], ['1000', '2.9'])));
    expect([line!.quantity, line!.unitPrice]).toEqual([102n, 30_000n * 100n]);
  });

  it('takes a later break that is dearer for what it is', async () => {
    const [line] = linesOf(await plan(priced(['0', '3'], ['60', '9'], ['90', '2.5'])));
    const paid =
      line!.quantity >= 90n ? 2_500_000n : line!.quantity >= 60n ? 9_000_000n : 3_000_000n;
    expect(line!.unitPrice).toBe(paid);
    expect(paid).not.toBe(9_000_000n);
  });
});
