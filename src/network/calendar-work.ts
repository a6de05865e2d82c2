import { type CalendarRules, type DayRule, minutesOf, WEEKDAYS } from './calendar.ts';
import {
  DAY_MS,
  type LocalClock,
  localClock,
  MINUTE_MS,
  OFFSET_MS_MAX,
  parseDay,
  weekdayOf,
} from './calendar-clock.ts';

/** One local day as instants. */
interface WorkingDay {
  /** When the wall shows an opening hour, in order: [from, to). */
  readonly open: readonly (readonly [fromMs: number, toMs: number])[];
  readonly cutOffMs: number;
  /** In order. */
  readonly pickUpsMs: readonly number[];
}

/** A calendar in a time zone, ready to be asked; all instants in milliseconds UTC. */
export interface WorkingTime {
  readonly clock: LocalClock;
  readonly handlingMinutes: number;
  /** The local day (see {@link LocalClock}). */
  dayAt(day: number): WorkingDay;
}

const KEPT_MAX = 500;
const DAYS_KEPT_MAX = 2_000;
/** Nobody is promised anything of a place that is closed for longer. */
const SEARCH_DAYS_MAX = 400;
const kept = new Map<string, WorkingTime>();

/**
 * A calendar in a time zone. It is open at an instant exactly when the clock on the wall shows an
 * opening hour: where clocks are put back the doubled hour is worked twice, where they are put
 * forward the skipped one is not worked. The same calendar is made ready once.
 */
export function workingTime(rules: CalendarRules, timeZone: string): WorkingTime {
  const { week, exceptions, handlingMinutes } = rules;
  const key = JSON.stringify([timeZone, week, exceptions, handlingMinutes]);
  const known = kept.get(key);
  if (known) return known;
  if (kept.size >= KEPT_MAX) kept.clear();
  const made = createWorkingTime(rules, timeZone);
  kept.set(key, made);
  return made;
}

function createWorkingTime(rules: CalendarRules, timeZone: string): WorkingTime {
  const clock = localClock(timeZone);
  const exceptions = new Map(rules.exceptions.map((rule) => [parseDay(rule.on), rule]));
  const days = new Map<number, WorkingDay>();
  return {
    clock,
    handlingMinutes: rules.handlingMinutes,
    dayAt(day) {
      const known = days.get(day);
      if (known) return known;
      if (days.size >= DAYS_KEPT_MAX) days.clear();
      const rule = exceptions.get(day) ?? rules.week[WEEKDAYS[weekdayOf(day)] ?? 'sunday'];
      const made = toInstants(clock, day, rule ?? { hours: [] });
      days.set(day, made);
      return made;
    },
  };
}

function toInstants(clock: LocalClock, day: number, rule: DayRule): WorkingDay {
  const open = openTimes(clock, day, rule);
  const closesMs = open.at(-1)?.[1];
  const atMs = (time: string) => clock.instantOf(day, minutesOf(time));
  const none = Number.NEGATIVE_INFINITY;
  const pickUps = rule.pickUps?.map(atMs) ?? (closesMs === undefined ? [] : [closesMs]);
  return {
    open,
    cutOffMs: rule.cutOff === undefined ? (closesMs ?? none) : atMs(rule.cutOff),
    pickUpsMs: pickUps.sort((a, b) => a - b),
  };
}

/** The opening hours met with each stretch of constant offset: exact where clocks change. */
function openTimes(clock: LocalClock, day: number, rule: DayRule): [number, number][] {
  if (rule.hours.length === 0) return [];
  const midnight = day * DAY_MS;
  const stretches = clock.stretches(midnight - OFFSET_MS_MAX, midnight + DAY_MS + OFFSET_MS_MAX);
  const open: [number, number][] = [];
  for (const { startMs, endMs, offsetMs } of stretches) {
    for (const { from, to } of rule.hours) {
      const opens = Math.max(startMs, midnight + minutesOf(from) * MINUTE_MS - offsetMs);
      const closes = Math.min(endMs, midnight + minutesOf(to) * MINUTE_MS - offsetMs);
      if (opens < closes) open.push([opens, closes]);
    }
  }
  return open.sort(([a], [b]) => a - b);
}

/** Walks the days from that of `fromMs` until `find` answers; undefined within a year or so. */
function search(
  time: WorkingTime,
  fromMs: number,
  find: (day: WorkingDay) => number | undefined,
): number | undefined {
  const first = time.clock.dayOf(fromMs);
  for (let day = first; day < first + SEARCH_DAYS_MAX; day += 1) {
    const found = find(time.dayAt(day));
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstOpen(day: WorkingDay, fromMs: number): number | undefined {
  const next = day.open.find(([, toMs]) => toMs > fromMs);
  return next && Math.max(next[0], fromMs);
}

/** The first instant from `fromMs` on at which it is open; undefined if not within 400 days. */
export function nextOpen(time: WorkingTime, fromMs: number): number | undefined {
  return search(time, fromMs, (day) => firstOpen(day, fromMs));
}

/**
 * When work begins on what is released at `releasedMs`: at once when it is open and the cut-off
 * has not passed (the cut-off itself is still in time), else when the next day opens.
 */
export function startOfWork(time: WorkingTime, releasedMs: number): number | undefined {
  return search(time, releasedMs, (day) =>
    releasedMs > day.cutOffMs ? undefined : firstOpen(day, releasedMs),
  );
}

/** The instant at which so many minutes of working time have passed since `fromMs`. */
export function afterWork(time: WorkingTime, fromMs: number, minutes: number): number | undefined {
  let left = minutes * MINUTE_MS;
  if (left === 0) return fromMs;
  return search(time, fromMs, (day) => {
    for (const [opens, closes] of day.open) {
      const begins = Math.max(opens, fromMs);
      if (closes <= begins) continue;
      if (left <= closes - begins) return begins + left;
      left -= closes - begins;
    }
    return undefined;
  });
}

/** The first time from `fromMs` on that a carrier calls; undefined if not within 400 days. */
export function nextPickUp(time: WorkingTime, fromMs: number): number | undefined {
  return search(time, fromMs, (day) => day.pickUpsMs.find((atMs) => atMs >= fromMs));
}
