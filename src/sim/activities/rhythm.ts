import type { Random } from '../random.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How the orders of an average day spread over its 24 hours, local time. */
const ORDERS_BY_HOUR = [
  ...[1.6, 0.9, 0.6, 0.4, 0.4, 0.7, 1.5, 2.8, 4.0, 4.7, 5.2, 5.4],
  ...[5.6, 5.3, 5.1, 5.0, 5.1, 5.4, 5.9, 6.8, 7.6, 7.4, 5.4, 3.2],
];
const ORDERS_A_DAY = ORDERS_BY_HOUR.reduce((sum, share) => sum + share, 0);

/** Orders of a weekday against the average, Sunday first. */
const ORDERS_BY_WEEKDAY = [1.12, 1.16, 1.05, 1.0, 0.97, 0.9, 0.8];

/** Orders of a month against the average, January first: gifts are bought before the holidays. */
const ORDERS_BY_MONTH = [0.9, 0.86, 0.92, 0.95, 0.97, 0.95, 0.93, 0.95, 1.0, 1.05, 1.2, 1.32];

/** Offsets found so far, by time zone and day. */
const offsets = new Map<string, Map<number, number>>();
const OFFSETS_MAX = 1_000;

/**
 * Milliseconds that clocks in a time zone are ahead of UTC, on the UTC day of `at`.
 * @param timeZone an IANA name.
 */
export function offsetMs(timeZone: string, at: number): number {
  const day = Math.floor(at / DAY_MS);
  const known = offsets.get(timeZone) ?? new Map<number, number>();
  const found = known.get(day);
  if (found !== undefined) return found;
  const noon = new Date(day * DAY_MS + DAY_MS / 2);
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  const name = format.formatToParts(noon).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /([+-])(\d{2}):(\d{2})/.exec(name);
  const minutes = match ? Number(match[2]) * 60 + Number(match[3]) : 0;
  const offset = (match?.[1] === '-' ? -minutes : minutes) * MINUTE_MS;
  if (known.size >= OFFSETS_MAX) known.clear();
  offsets.set(timeZone, known.set(day, offset));
  return offset;
}

/** The weekday (0 is Sunday) of an instant in a time zone. */
export function weekdayOf(timeZone: string, at: number): number {
  return new Date(at + offsetMs(timeZone, at)).getUTCDay();
}

/** How busy the day of an instant is: 1 is average. */
export function seasonAt(timeZone: string, at: number): number {
  const local = new Date(at + offsetMs(timeZone, at));
  return ORDERS_BY_WEEKDAY[local.getUTCDay()]! * ORDERS_BY_MONTH[local.getUTCMonth()]!;
}

/** When in the UTC day that starts at `day` an order comes in, by the habits of a time zone. */
export function orderTime(timeZone: string, day: number, random: Random): number {
  let target = random.next() * ORDERS_A_DAY;
  let hour = 0;
  while (hour < 23 && target >= ORDERS_BY_HOUR[hour]!) {
    target -= ORDERS_BY_HOUR[hour]!;
    hour += 1;
  }
  const local = hour * HOUR_MS + random.next() * HOUR_MS - offsetMs(timeZone, day);
  return Math.floor(day + ((local + DAY_MS) % DAY_MS));
}

/** A moment of the UTC day between two hours of local time. */
export function workTime(
  timeZone: string,
  day: number,
  random: Random,
  fromHour: number,
  toHour: number,
): number {
  const hour = fromHour + random.next() * (toHour - fromHour);
  return Math.floor(day + hour * HOUR_MS - offsetMs(timeZone, day));
}
