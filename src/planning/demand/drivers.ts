import type { Queryable } from '../../platform/database.ts';
import {
  type DriverRows,
  type PromotionRow,
  readDriverRows,
  type SignalRow,
} from './drivers.queries.ts';
import { holidaysOf } from './holidays.ts';

/** A signal from outside as a series that concerns an item at a site. */
export interface SignalSeries {
  readonly code: string;
  readonly kind: 'amount' | 'flag';
  /** NaN where nothing is known. */
  readonly values: Float64Array;
  /** What stands for days without a value, those after the last one included. */
  readonly gaps: 'unknown' | 'zero' | 'last';
  /** The last day of the window or before it that has a value of its own. */
  readonly lastDay: number;
}

/** The days of a window that a calendar calls by one name. */
export interface NamedDays {
  readonly kind: 'holiday' | 'event' | 'closed';
  readonly name: string;
  /** In order. */
  readonly days: Int32Array;
  /** For each of them the day from which it was known that it would come; see knownFrom. */
  readonly knownFrom: Int32Array;
}

/** A promotion of an item at a site; it lasts through `to`. */
export interface PromotionDays {
  readonly code: string;
  readonly from: number;
  readonly to: number;
  /** As a share. */
  readonly discount: number;
  /** The day from which it was known that it would come; see knownFrom. */
  readonly knownFrom: number;
}

/** Days before its first one that a plan recorded too late is taken to have been made. */
const LEAD_DAYS = { promotion: 28, calendar: 365 } as const;

/**
 * The day from which a plan was known, for judging what would have been forecast on a day of the
 * past. A plan that was recorded by its first day was known from the day of the record as it now
 * is. When one that was recorded later (a past that was loaded, or put right) had been made,
 * nobody knows: promotions are taken to have been known for four weeks, days of calendars for a
 * year.
 */
export function knownFrom(
  kind: keyof typeof LEAD_DAYS,
  firstDay: number,
  recordedDay: number,
): number {
  return recordedDay <= firstDay ? recordedDay : firstDay - LEAD_DAYS[kind];
}

/** A net price of an item at a site that will hold through `to`, in the house currency. */
export interface PlannedPrice {
  readonly code: string;
  readonly from: number;
  /** Null: from then on. */
  readonly to: number | null;
  readonly price: number;
  /** The day on which it was last said so: nobody knew it before. */
  readonly recordedDay: number;
}

/** What is known of one day beside demand. */
export interface DayDrivers {
  readonly holidays: readonly string[];
  readonly events: readonly string[];
  readonly promotions: readonly string[];
}

/**
 * What moves demand, for all items and sites, over a window of days that may reach into the
 * future. Arrays have one value a day of the window; those that are equal may be the same array,
 * so nobody writes into them.
 */
export interface Drivers {
  readonly fromDay: number;
  readonly days: number;
  /** 1 on holidays of the site's country and of its calendars, else 0. */
  holidayFlags(siteId: number): Float64Array;
  /** 1 on events of the site's calendars, else 0. */
  eventFlags(siteId: number): Float64Array;
  /** 1 on days on which the site sells nothing by its calendars, else 0. */
  closedFlags(siteId: number): Float64Array;
  /** The highest discount of a promotion as a share; undefined where there is none at all. */
  discounts(itemId: number, siteId: number): Float64Array | undefined;
  /** Holidays, events and closed days of a site by name, in order of kind and name. */
  namedDays(siteId: number): readonly NamedDays[];
  /** In order of code. */
  promotions(itemId: number, siteId: number): readonly PromotionDays[];
  signals(itemId: number, siteId: number): readonly SignalSeries[];
  /** The one that wins first: of one site before all of them, the one that begins later. */
  plannedPrices(itemId: number, siteId: number): readonly PlannedPrice[];
  /** What a person is told of one day. */
  on(itemId: number, siteId: number, day: number): DayDrivers;
  groupOf(itemId: number): string | undefined;
  regionOf(siteId: number): string | undefined;
}

const BASIS_POINTS = 10_000;

/** Names of a site's days by kind. */
interface SiteDays {
  readonly holiday: Map<number, string[]>;
  readonly event: Map<number, string[]>;
  readonly closed: Map<number, string[]>;
  /** By kind, day and name, where that is not from ever on: see knownFrom. */
  readonly knownFrom: Map<string, number>;
}

type Window = Pick<Drivers, 'fromDay' | 'days'>;

function add(days: Map<number, string[]>, day: number, name: string): void {
  const names = days.get(day);
  if (names === undefined) days.set(day, [name]);
  else if (!names.includes(name)) names.push(name);
}

function siteDays(rows: DriverRows, siteId: number, { fromDay, days }: Window): SiteDays {
  const site = rows.sites.get(siteId);
  const named = { holiday: new Map(), event: new Map(), closed: new Map() };
  const found: SiteDays = { ...named, knownFrom: new Map() };
  const computed = holidaysOf(site?.country ?? '', fromDay, fromDay + days - 1);
  for (const [day, name] of computed) add(found.holiday, day, name);
  const calendars = new Set([...(site?.calendars ?? []), site?.region, site?.country]);
  for (const { calendar, day, name, kind, recordedDay } of rows.calendarDays) {
    if (!calendars.has(calendar)) continue;
    const key = `${kind} ${day} ${name}`;
    const isNew = !found[kind].get(day)?.includes(name);
    const since = knownFrom('calendar', day, recordedDay);
    // Of a day that several calendars have, the first that knew it counts.
    const before = isNew ? since : (found.knownFrom.get(key) ?? since);
    if (isNew || found.knownFrom.has(key)) found.knownFrom.set(key, Math.min(before, since));
    add(found[kind], day, name);
  }
  return found;
}

function toFlags(days: ReadonlyMap<number, unknown>, window: Window): Float64Array {
  const flags = new Float64Array(window.days);
  for (const day of days.keys()) {
    const index = day - window.fromDay;
    if (index >= 0 && index < window.days) flags[index] = 1;
  }
  return flags;
}

/** Turns days with names into names with days. */
function namesOf(found: SiteDays, { fromDay, days }: Window): NamedDays[] {
  const kinds = ['closed', 'event', 'holiday'] as const;
  return kinds.flatMap((kind) => {
    const byName = new Map<string, number[]>();
    for (const [day, names] of [...found[kind]].sort(([a], [b]) => a - b)) {
      if (day < fromDay || day >= fromDay + days) continue;
      for (const name of names) byName.set(name, [...(byName.get(name) ?? []), day]);
    }
    return [...byName]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, of]) => {
        const since = of.map((day) => found.knownFrom.get(`${kind} ${day} ${name}`) ?? 0);
        return { kind, name, days: Int32Array.from(of), knownFrom: Int32Array.from(since) };
      });
  });
}

/** Whether a promotion or signal is about an item at a site. */
function concerns(
  row: PromotionRow | SignalRow,
  group: string | undefined,
  subject: { readonly itemId: number; readonly siteId: number; readonly region?: string },
): boolean {
  if (row.itemId !== null && row.itemId !== subject.itemId) return false;
  if (row.groupCode !== null && row.groupCode !== group) return false;
  if ('siteId' in row && row.siteId !== null && row.siteId !== subject.siteId) return false;
  return row.regionCode === null || row.regionCode === subject.region;
}

function discountsOf(
  promotions: readonly PromotionRow[],
  { fromDay, days }: Window,
): Float64Array | undefined {
  if (promotions.length === 0) return undefined;
  const discounts = new Float64Array(days);
  for (const { from, to, basisPoints } of promotions) {
    const last = Math.min(to - fromDay, days - 1);
    for (let index = Math.max(0, from - fromDay); index <= last; index += 1) {
      discounts[index] = Math.max(discounts[index]!, basisPoints / BASIS_POINTS);
    }
  }
  return discounts;
}

/** A signal's days filled as it says that days without a value are. */
export function signalValues(
  signal: Pick<SignalRow, 'gaps' | 'days' | 'values'>,
  { fromDay, days }: Window,
): Float64Array {
  const filler = signal.gaps === 'zero' ? 0 : Number.NaN;
  const values = new Float64Array(days).fill(filler);
  let last = Number.NaN;
  for (const [index, day] of signal.days.entries()) {
    const value = signal.values[index]!;
    if (day < fromDay) last = value;
    else if (day < fromDay + days) values[day - fromDay] = value;
  }
  if (signal.gaps !== 'last') return values;
  for (let index = 0; index < days; index += 1) {
    if (Number.isNaN(values[index])) values[index] = last;
    else last = values[index]!;
  }
  return values;
}

/** Remembers what a function said of a key. */
function remember<T>(make: (key: number) => T): (key: number) => T {
  const known = new Map<number, T>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined || known.has(key)) return before as T;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}

function groupByItem<Row extends { readonly itemId: number }>(
  rows: readonly Row[],
): Map<number, Row[]> {
  const found = new Map<number, Row[]>();
  for (const row of rows) {
    const own = found.get(row.itemId);
    if (own) own.push(row);
    else found.set(row.itemId, [row]);
  }
  return found;
}

/** Makes the drivers of a window from rows; pure. */
export function toDrivers(rows: DriverRows, window: Window): Drivers {
  const { fromDay, days } = window;
  const daysOf = remember((siteId) => siteDays(rows, siteId, window));
  const groupOf = (itemId: number) => rows.groups.get(itemId);
  const regionOf = (siteId: number) => rows.sites.get(siteId)?.region ?? undefined;
  const valuesOf = remember((index) => signalValues(rows.signals[index]!, window));
  const subjectOf = (itemId: number, siteId: number) => {
    const region = regionOf(siteId);
    return { itemId, siteId, ...(region !== undefined && { region }) };
  };
  const prices = groupByItem(rows.plannedPrices);
  const promotionsOf = (itemId: number, siteId: number) => {
    if (rows.promotions.length === 0) return [];
    const group = groupOf(itemId);
    const subject = subjectOf(itemId, siteId);
    return rows.promotions.filter((promotion) => concerns(promotion, group, subject));
  };
  return {
    fromDay,
    days,
    holidayFlags: remember((siteId) => toFlags(daysOf(siteId).holiday, window)),
    eventFlags: remember((siteId) => toFlags(daysOf(siteId).event, window)),
    closedFlags: remember((siteId) => toFlags(daysOf(siteId).closed, window)),
    discounts: (itemId, siteId) => discountsOf(promotionsOf(itemId, siteId), window),
    namedDays: remember((siteId) => namesOf(daysOf(siteId), window)),
    promotions: (itemId, siteId) =>
      promotionsOf(itemId, siteId).map(({ code, from, to, basisPoints, recordedDay }) => {
        const known = knownFrom('promotion', from, recordedDay);
        return { code, from, to, discount: basisPoints / BASIS_POINTS, knownFrom: known };
      }),
    signals: (itemId, siteId) => {
      if (rows.signals.length === 0) return [];
      const group = groupOf(itemId);
      const subject = subjectOf(itemId, siteId);
      return rows.signals.flatMap((signal, index) => {
        if (!concerns(signal, group, subject)) return [];
        const { code, kind, gaps, days: dated } = signal;
        const lastDay = dated[dated.length - 1] ?? fromDay - 1;
        return [{ code, kind, values: valuesOf(index), gaps, lastDay }];
      });
    },
    plannedPrices: (itemId, siteId) =>
      (prices.get(itemId) ?? [])
        .filter((row) => row.siteId === null || row.siteId === siteId)
        .map(({ code, from, to, price, recordedDay }) => ({ code, from, to, price, recordedDay })),
    on: (itemId, siteId, day) => ({
      holidays: daysOf(siteId).holiday.get(day) ?? [],
      events: [...(daysOf(siteId).event.get(day) ?? []), ...(daysOf(siteId).closed.get(day) ?? [])],
      promotions: promotionsOf(itemId, siteId)
        .filter(({ from, to }) => from <= day && day <= to)
        .map(({ code }) => code),
    }),
    groupOf,
    regionOf,
  };
}

/**
 * Reads what moves demand over a window of days. `db` is a transaction that acts for the house;
 * for an owner there are only computed holidays, since the rest is the house's own.
 * @param items ids from the first and below the second, where the groups of others do not matter.
 */
export async function loadDrivers(
  db: Queryable,
  window: { readonly fromDay: number; readonly toDay: number },
  items?: { readonly from: number; readonly before: number },
): Promise<Drivers> {
  const { fromDay, toDay } = window;
  const rows = await readDriverRows(db, fromDay, toDay, items);
  return toDrivers(rows, { fromDay, days: toDay - fromDay + 1 });
}
