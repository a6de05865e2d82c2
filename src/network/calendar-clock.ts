import { Temporal } from 'temporal-polyfill';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A stretch of time in which the clocks of a zone keep one distance from UTC. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  /** Local less UTC. */
  readonly offsetMs: number;
}

/**
 * The clocks on the walls of one time zone. Instants are milliseconds since 1970 in UTC; a day is
 * the number of days since 1 January 1970, as the local calendar counts them.
 */
export interface LocalClock {
  readonly timeZone: string;
  /** The stretches that overlap [fromMs, toMs), in order and without gaps. */
  stretches(fromMs: number, toMs: number): Stretch[];
  /** What the wall shows at an instant, in milliseconds as if it were UTC. */
  wallOf(atMs: number): number;
  /** The local day of an instant. */
  dayOf(atMs: number): number;
  /**
   * When the wall shows so many minutes after midnight of a day. A time that comes twice is taken
   * the first time; one that is skipped, as if the clock had not been changed (RFC 5545).
   */
  instantOf(day: number, minutes: number): number;
  /** RFC 3339 with the local offset, to the second. */
  show(atMs: number): string;
}

/** Local midnight may be this far from midnight in UTC, one way or the other. */
export const OFFSET_MS_MAX = 15 * HOUR_MS;

/** The weekday of a day, 0 for Sunday; 1 January 1970 was a Thursday. */
export function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

/** `YYYY-MM-DD` of a day. */
export function formatDay(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  if (dayTexts.size >= DAY_TEXTS_MAX) dayTexts.clear();
  const text = new Date(day * DAY_MS).toISOString().slice(0, 10);
  dayTexts.set(day, text);
  return text;
}

/** Promises write the same few days again and again. */
const dayTexts = new Map<number, string>();
const DAY_TEXTS_MAX = 4_000;

/** The day that `YYYY-MM-DD` names. */
export function parseDay(text: string): number {
  return Math.round(Date.parse(`${text}T00:00:00Z`) / DAY_MS);
}

const clocks = new Map<string, LocalClock>();

/** The clock of a zone by its IANA name; what it has found out once it remembers. */
export function localClock(timeZone: string): LocalClock {
  const known = clocks.get(timeZone);
  if (known) return known;
  const clock = createClock(timeZone);
  clocks.set(timeZone, clock);
  return clock;
}

function createClock(timeZone: string): LocalClock {
  const years = new Map<number, readonly Stretch[]>();
  const ofYear = (year: number): readonly Stretch[] => {
    const known = years.get(year);
    if (known) return known;
    const stretches = findStretches(timeZone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
    years.set(year, stretches);
    return stretches;
  };
  const at = (atMs: number): Stretch => {
    const year = new Date(atMs).getUTCFullYear();
    const found = ofYear(year).find(({ endMs }) => atMs < endMs);
    if (!found) throw new RangeError(`no offset of ${timeZone} is known at ${atMs}`);
    return found;
  };
  const wallOf = (atMs: number): number => atMs + at(atMs).offsetMs;
  return {
    timeZone,
    wallOf,
    stretches(fromMs, toMs) {
      const first = new Date(fromMs).getUTCFullYear();
      const last = new Date(toMs).getUTCFullYear();
      const all = Array.from({ length: last - first + 1 }, (_, i) => ofYear(first + i)).flat();
      return all.filter(({ startMs, endMs }) => endMs > fromMs && startMs < toMs);
    },
    dayOf: (atMs) => Math.floor(wallOf(atMs) / DAY_MS),
    instantOf: (day, minutes) =>
      Temporal.Instant.fromEpochMilliseconds(day * DAY_MS + minutes * MINUTE_MS)
        .toZonedDateTimeISO('UTC')
        .toPlainDateTime()
        .toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds,
    show: (atMs) =>
      Temporal.Instant.fromEpochMilliseconds(atMs)
        .toZonedDateTimeISO(timeZone)
        .toString({ timeZoneName: 'never', smallestUnit: 'second' }),
  };
}

function findStretches(timeZone: string, fromMs: number, toMs: number): Stretch[] {
  const stretches: Stretch[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timeZone);
  let startMs = fromMs;
  while (startMs < toMs) {
    const next = at.getTimeZoneTransition('next');
    const endMs = Math.min(toMs, next?.epochMilliseconds ?? toMs);
    stretches.push({ startMs, endMs, offsetMs: at.offsetNanoseconds / 1_000_000 });
    if (!next) break;
    at = next;
    startMs = endMs;
  }
  return stretches;
}
