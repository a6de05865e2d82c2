import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CalendarRules,
  DEFAULT_CALENDAR,
  type SiteForPromise,
  workingTime,
} from '../../network/index.ts';
import { explainPromise, type PromiseQuestion, promiseDate } from './promise.ts';
import {
  deliveryTime,
  destinationOf,
  greatCircleM,
  promiseNetwork,
  SERVICE_LEVELS,
  type ShipTo,
  transitBetween,
} from './transit.ts';

const site = (
  code: string,
  siteId: number,
  more: Partial<SiteForPromise> = {},
): SiteForPromise => ({
  ...{ siteId, code, type: 'fulfilment_centre', active: true, timeZone: 'Europe/Berlin' },
  ...{ latitude: null, longitude: null, country: 'DE', region: null, postalCode: null },
  ...{ calendarCode: null, calendar: DEFAULT_CALENDAR },
  ...more,
});
const customer = (code: string, siteId: number, more: Partial<SiteForPromise>): SiteForPromise =>
  site(code, siteId, { type: 'customer', ...more });

const BERLIN = site('FC-BER', 1, { latitude: 52.52, longitude: 13.405 });
const network = promiseNetwork(
  [
    BERLIN,
    customer('DE-ALL', 2, { country: 'DE' }),
    customer('DE-BY', 3, { country: 'DE', region: 'BY' }),
    customer('DE-80', 4, { country: 'DE', postalCode: '80' }),
    customer('US-NY', 5, {
      ...{ country: 'US', region: 'NY', timeZone: 'America/New_York' },
      ...{ latitude: 40.71, longitude: -74.01 },
    }),
    customer('OLD', 6, { country: 'FR', active: false }),
  ],
  [
    ...[
      { mode: 'truck', hours: [20, 24, 40] },
      { mode: 'air', hours: [5, 8, 12] },
      { mode: 'ocean', hours: [90, 100, 120] },
    ].map(({ mode, hours: [min = 0, typical = 0, max = 0] }) => ({
      ...{ fromSiteId: 1, toSiteId: 4, mode, transitHoursMin: min },
      ...{ transitHoursTypical: typical, transitHoursMax: max },
    })),
    {
      ...{ fromSiteId: 1, toSiteId: 3, mode: 'air', transitHoursMin: 5 },
      ...{ transitHoursTypical: 8, transitHoursMax: 12 },
    },
  ],
);

describe('a destination', () => {
  it.each<[ShipTo, string | undefined]>([
    [{ site: 'DE-BY' }, 'DE-BY'],
    [{ country: 'DE', postalCode: '80331', region: 'BY' }, 'DE-80'],
    [{ country: 'DE', postalCode: '10115', region: 'BY' }, 'DE-BY'],
    [{ country: 'DE', postalCode: '10115' }, 'DE-ALL'],
    [{ country: 'FR' }, undefined],
    [{ country: 'US', region: 'CA' }, undefined],
    [{}, undefined],
  ])('%j is found as the closest customer region', (shipTo, code) => {
    expect(destinationOf(network, shipTo)?.site?.code).toBe(code);
  });

  it('that names a site must name one that is there', () => {
    expect(destinationOf(network, { site: 'NOWHERE' })).toBeUndefined();
  });
});

describe('transit', () => {
  const to = (shipTo: ShipTo) => destinationOf(network, shipTo)!;

  it.each([
    ['economy', 'truck', 40],
    ['standard', 'truck', 24],
    ['expedited', 'air', 8],
  ] as const)('%s goes by %s in %i hours', (level, mode, hoursPlanned) => {
    const transit = transitBetween(network, BERLIN, to({ site: 'DE-80' }), level);
    expect(transit).toMatchObject({ basis: 'lane', mode, hoursPlanned });
  });

  it('takes a lane of another mode rather than none', () => {
    const transit = transitBetween(network, BERLIN, to({ site: 'DE-BY' }), 'standard');
    expect(transit).toMatchObject({ basis: 'lane', mode: 'air', hoursPlanned: 8 });
  });

  it('is measured by the distance where no lane leads', () => {
    // Berlin to New York: 6385 km as the crow flies.
    const distance = greatCircleM(
      { latitude: 52.52, longitude: 13.405 },
      { latitude: 40.71, longitude: -74.01 },
    );
    expect(Math.round(distance / 1000)).toBe(6385);
    const ground = transitBetween(network, BERLIN, to({ country: 'US', region: 'NY' }), 'standard');
    expect(ground).toMatchObject({ basis: 'distance', mode: 'parcel', hoursTypical: 184 });
    const air = transitBetween(network, BERLIN, to({ country: 'US', region: 'NY' }), 'expedited');
    expect(air).toMatchObject({ basis: 'distance', mode: 'air', hoursTypical: 35 });
  });

  it('is a flat time where nothing is known, and none where it is collected', () => {
    const flat = (shipTo: ShipTo) => transitBetween(network, BERLIN, to(shipTo), 'standard');
    expect(flat({ country: 'DE' })).toMatchObject({ basis: 'flat', hoursTypical: 72 });
    expect(flat({ country: 'FR' })).toMatchObject({ basis: 'flat', hoursTypical: 168 });
    expect(flat({ site: 'FC-BER' })).toMatchObject({ basis: 'same_site', hoursTypical: 0 });
  });
});

const lane = (hours: number): PromiseQuestion['transit'] => ({
  ...{ basis: 'lane', hoursMin: hours, hoursPlanned: hours, hoursMax: hours },
});
const promised = (
  from: string,
  rules: CalendarRules,
  zones: readonly [string, string],
  hours: number,
) =>
  promiseDate({
    availableMs: Date.parse(from),
    site: workingTime(rules, zones[0]),
    transit: lane(hours),
    delivery: deliveryTime(BERLIN, {
      ...{ site: undefined, country: undefined, latitude: undefined, longitude: undefined },
      timeZone: zones[1],
    }),
  });
const BB = ['Europe/Berlin', 'Europe/Berlin'] as const;
const holiday: CalendarRules = {
  ...DEFAULT_CALENDAR,
  exceptions: [{ on: '2026-12-25', name: 'Christmas', hours: [] }],
};

describe('a promise', () => {
  it.each<[string, string, CalendarRules, readonly [string, string], number, string, string]>([
    // Released, calendar, zones, transit hours, dispatched, promised.
    ['before the cut-off', '2026-11-23T12:59:00Z', DEFAULT_CALENDAR, BB, 24, '23T17', '2026-11-24'],
    ['after the cut-off', '2026-11-23T13:01:00Z', DEFAULT_CALENDAR, BB, 24, '24T17', '2026-11-25'],
    ['on Friday', '2026-11-27T10:00:00Z', DEFAULT_CALENDAR, BB, 12, '27T17', '2026-11-28'],
    ['to a Sunday', '2026-11-27T10:00:00Z', DEFAULT_CALENDAR, BB, 30, '27T17', '2026-11-30'],
    ['late on Friday', '2026-11-27T14:00:00Z', DEFAULT_CALENDAR, BB, 24, '30T17', '2026-12-01'],
    ['before a holiday', '2026-12-24T14:00:00Z', holiday, BB, 24, '28T17', '2026-12-29'],
    [
      'over the change to summer',
      '2026-03-27T09:00:00Z',
      DEFAULT_CALENDAR,
      BB,
      72,
      '27T17',
      '2026-03-30',
    ],
    ['and one hour more', '2026-03-27T09:00:00Z', DEFAULT_CALENDAR, BB, 73, '27T17', '2026-03-31'],
    [
      'over the change to winter',
      '2026-10-23T09:00:00Z',
      DEFAULT_CALENDAR,
      BB,
      74,
      '23T16',
      '2026-10-26',
    ],
    [
      ...(['to New York', '2026-11-23T09:00:00Z', DEFAULT_CALENDAR] as const),
      ...([['Europe/Berlin', 'America/New_York'], 32, '23T17', '2026-11-25'] as const),
    ],
    [
      ...(['from Tokyo on its Monday', '2026-11-22T23:30:00Z', DEFAULT_CALENDAR] as const),
      ...([['Asia/Tokyo', 'Europe/Berlin'], 10, '23T09', '2026-11-24'] as const),
    ],
  ])('%s', (_, from, rules, zones, hours, dispatched, deliverOn) => {
    const promise = promised(from, rules, zones, hours);
    expect(new Date(promise?.dispatchMs ?? 0).toISOString().slice(8, 13)).toBe(dispatched);
    expect(promise?.deliverOn).toBe(deliverOn);
  });

  it('is none where a calendar never opens', () => {
    expect(promised('2026-11-23T12:00:00Z', { ...holiday, week: {} }, BB, 1)).toBeUndefined();
  });

  it('explains each step on both clocks', () => {
    const question: PromiseQuestion = {
      availableMs: Date.parse('2026-11-23T13:30:00Z'),
      site: workingTime(DEFAULT_CALENDAR, 'Europe/Berlin'),
      transit: { ...lane(32), hoursMin: 20, hoursMax: 60 },
      delivery: workingTime(DEFAULT_CALENDAR, 'America/New_York'),
    };
    const promise = promiseDate(question)!;
    const steps = explainPromise(question, promise, 'on hand');
    expect(steps.map(({ step, siteTime, customerTime }) => [step, siteTime, customerTime])).toEqual(
      [
        ['available', '2026-11-23T14:30:00+01:00', '2026-11-23T08:30:00-05:00'],
        ['begins', '2026-11-24T08:00:00+01:00', '2026-11-24T02:00:00-05:00'],
        ['ready', '2026-11-24T12:00:00+01:00', '2026-11-24T06:00:00-05:00'],
        ['dispatched', '2026-11-24T18:00:00+01:00', '2026-11-24T12:00:00-05:00'],
        ['arrives', '2026-11-26T02:00:00+01:00', '2026-11-25T20:00:00-05:00'],
        ['delivered', '2026-11-26T14:00:00+01:00', '2026-11-26T08:00:00-05:00'],
      ],
    );
    expect(steps[4]?.because).toBe('transit time of the lane (32 h, 20 to 60)');
    expect(promise).toMatchObject({ earliestOn: '2026-11-25', latestOn: '2026-11-27' });
  });
});

const minute = fc.integer({
  min: Date.parse('2026-01-01T00:00:00Z') / 60_000,
  max: Date.parse('2027-12-31T00:00:00Z') / 60_000,
});
const zone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Tokyo', 'Pacific/Chatham');
const hours = fc.integer({ min: 0, max: 200 });
const question = fc
  .record({ minute, zone, to: zone, hours: fc.tuple(hours, hours, hours) })
  .map(({ minute: at, zone: from, to, hours: given }): PromiseQuestion => {
    const [min = 0, planned = 0, max = 0] = [...given].sort((a, b) => a - b);
    return {
      availableMs: at * 60_000,
      site: workingTime(DEFAULT_CALENDAR, from),
      transit: { basis: 'lane', hoursMin: min, hoursPlanned: planned, hoursMax: max },
      delivery: workingTime(DEFAULT_CALENDAR, to),
    };
  });

describe('any promise', () => {
  it('is never earlier than physically possible, and goes forward step by step', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const promise = promiseDate(asked)!;
        const { availableMs, beginMs, readyMs, dispatchMs, arriveMs, deliverMs } = promise;
        const times = [availableMs, beginMs, readyMs, dispatchMs, arriveMs, deliverMs];
        expect([...times].sort((a, b) => a - b)).toEqual(times);
        const work = asked.site.handlingMinutes * 60_000;
        const way = asked.transit.hoursPlanned * 3_600_000;
        expect(deliverMs - availableMs).toBeGreaterThanOrEqual(work + way);
        expect(promise.earliestOn <= promise.deliverOn).toBe(true);
        expect(promise.deliverOn <= promise.latestOn).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('is not earlier for units that come later, nor for a longer way', () => {
    const later = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(question, later, hours, (asked, wait, more) => {
        const base = promiseDate(asked)!.deliverMs;
        const waited = { ...asked, availableMs: asked.availableMs + wait * 60_000 };
        expect(promiseDate(waited)!.deliverMs).toBeGreaterThanOrEqual(base);
        const hoursPlanned = asked.transit.hoursPlanned + more;
        const farther = { ...asked, transit: { ...asked.transit, hoursPlanned } };
        expect(promiseDate(farther)!.deliverMs).toBeGreaterThanOrEqual(base);
      }),
      { numRuns: 500 },
    );
  });

  it('is made for every service level', () => {
    const to = destinationOf(network, { country: 'DE', postalCode: '80331' })!;
    for (const level of SERVICE_LEVELS) {
      const transit = transitBetween(network, BERLIN, to, level);
      const asked = { availableMs: 0, site: workingTime(DEFAULT_CALENDAR, 'UTC'), transit };
      expect(promiseDate({ ...asked, delivery: deliveryTime(BERLIN, to) })).toBeDefined();
    }
  });
});
