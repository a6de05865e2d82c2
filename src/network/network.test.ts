import { describe, expect, it } from 'vitest';
import { completeValues } from '../platform/documents/index.ts';
import { checkLane, type LaneValues } from './lane.ts';
import { checkLocation, type LocationValues, locationFields } from './location.ts';
import {
  canonicalTimeZone,
  checkSite,
  companionLocations,
  SITE_TYPES,
  type SiteValues,
  siteFields,
} from './site.ts';

describe('a time zone', () => {
  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
    ['America/Argentina/Buenos_Aires', undefined],
  ])('%s is known', (name, canonical) => {
    expect(canonicalTimeZone(name)).toBeDefined();
    if (canonical) expect(canonicalTimeZone(name)).toBe(canonical);
  });

  it.each(['Berlin', '+02:00', 'Europe/Atlantis', '', 'EUROPE', '../etc'])('%j is not', (name) => {
    expect(canonicalTimeZone(name)).toBeUndefined();
  });
});

describe('a site', () => {
  const site = (values: Partial<SiteValues>) =>
    completeValues(
      siteFields,
      { code: 'S', name: 'S', type: 'store', timeZone: 'UTC', ...values },
      {},
    ) as SiteValues;

  it('has both coordinates or none, and a real time zone', () => {
    expect(checkSite(site({}))).toEqual([]);
    expect(checkSite(site({ latitude: 1, longitude: 2 }))).toEqual([]);
    expect(checkSite(site({ latitude: 1 }))).toMatchObject([{ path: 'longitude' }]);
    expect(checkSite(site({ longitude: 1, timeZone: 'X' }))).toMatchObject([
      { path: 'timeZone', found: 'X' },
      { path: 'latitude' },
    ]);
  });

  it('brings the virtual locations of its type along', () => {
    const codes = SITE_TYPES.map((type) => companionLocations('S', type).map(({ code }) => code));
    expect(codes).toEqual([['TRANSIT-S'], ['TRANSIT-S'], ['SUPPLIER-S'], ['CUSTOMER-S'], []]);
  });
});

describe('a location', () => {
  const location = (values: Partial<LocationValues>) =>
    completeValues(
      locationFields,
      { code: 'L', type: 'bin', site: 'S', ...values },
      {},
    ) as LocationValues;

  it.each<[string, Partial<LocationValues>, string[]]>([
    ['a bin in a site', {}, []],
    ['a bin in a zone', { zone: 'Z', x: 0, y: 0, level: 0 }, []],
    ['a bin nowhere', { site: null }, ['site']],
    ['a zone without its site', { site: null, type: 'adjustment', zone: 'Z' }, ['site']],
    ['half a place', { x: 5 }, ['y']],
    ['the other half', { y: 5 }, ['x']],
    ['a virtual one of the house', { site: null, type: 'adjustment' }, []],
    ['one of the house, turned off', { site: null, type: 'customer', active: false }, ['active']],
    ['a bin, turned off', { active: false }, []],
  ])('%s', (_, values, paths) => {
    expect(checkLocation(location(values)).map(({ path }) => path)).toEqual(paths);
  });
});

describe('a lane', () => {
  const lane = (min: number, typical: number, max: number, to = 'B'): LaneValues => ({
    from: 'A',
    to,
    mode: 'truck',
    transitHoursMin: min,
    transitHoursTypical: typical,
    transitHoursMax: max,
    distanceM: null,
    active: true,
  });

  it.each<[LaneValues, string[]]>([
    [lane(0, 0, 0), []],
    [lane(1, 2, 3), []],
    [lane(3, 2, 3), ['transitHoursTypical']],
    [lane(1, 4, 3), ['transitHoursMax']],
    [lane(1, 2, 3, 'A'), ['to']],
  ])('%j', (values, paths) => {
    expect(checkLane(values).map(({ path }) => path)).toEqual(paths);
  });
});
