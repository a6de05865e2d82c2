/** Days and periods of the books. Days are ISO dates (YYYY-MM-DD), which sort as text. */

export interface Period {
  /** Such as `2026-11`. */
  readonly code: string;
  readonly startsOn: string;
  /** The last day, inclusive. */
  readonly endsOn: string;
}

const DAY_MS = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

/** The day of an instant in a time zone (IANA name). */
export function localDay(at: Date, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`;
}

/** The day after (or `days` later than) a day. */
export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The day a fact is booked on: its own day while that is open, else the first open day after it.
 * Closing goes forward month by month, so everything up to `closedThrough` is closed.
 */
export function bookingDay(occurredOn: string, closedThrough: string | null): string {
  if (closedThrough === null || occurredOn > closedThrough) return occurredOn;
  return dayAfter(closedThrough);
}

/** The period that a day lies in: its month. */
export function periodOf(day: string): Period {
  const code = day.slice(0, 7);
  const [year, month] = code.split('-').map(Number) as [number, number];
  const endsOn = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
  return { code, startsOn: `${code}-01`, endsOn };
}

/** The period with a code such as `2026-11`; undefined when there is no such month. */
export function findPeriod(code: string): Period | undefined {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(code) || code < '1900') return undefined;
  return periodOf(`${code}-01`);
}

/** The period after (or before, for -1) another. */
export function periodBeside(period: Period, step: 1 | -1): Period {
  return periodOf(dayAfter(step === 1 ? period.endsOn : period.startsOn, step));
}
