/**
 * Wall-clock times of a place as instants, with the rules of summer time that the runtime knows.
 */

const WALL_CLOCK = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/;
const DAY_MS = 86_400_000;

/** Answers a wall-clock time (`2011-11-28 08:48:00`, as if in UTC) as an instant; both in ms. */
type ToInstant = (wallMs: number) => number;

/** Reads `YYYY-MM-DD hh:mm[:ss]` as if it were UTC; undefined where it is no such time. */
export function parseWallClock(text: string): number | undefined {
  const match = WALL_CLOCK.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00'] = match;
  const shown = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const milliseconds = Date.parse(shown);
  // The runtime takes 30 February for 1 March and 24:00 for the next day; a register does neither.
  if (Number.isNaN(milliseconds)) return undefined;
  return new Date(milliseconds).toISOString() === shown ? milliseconds : undefined;
}

/**
 * The function that turns wall-clock times of a time zone into instants. An hour that comes twice
 * (clocks go back) is taken the first time; one that does not come (clocks go forward) as if the
 * clock had not been changed.
 */
export function wallClockOf(timeZone: string): ToInstant {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const offsetAt = (instant: number): number => {
    const parts = format.formatToParts(instant);
    const of = (name: string) => Number(parts.find(({ type }) => type === name)?.value);
    const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'));
    return wall + of('second') * 1000 - Math.floor(instant / 1000) * 1000;
  };
  // Formatting costs microseconds, and most lines share their minute with another.
  const known = new Map<number, number>();
  return (wallMs) => {
    const seen = known.get(wallMs);
    if (seen !== undefined) return seen;
    // Far enough before and after that one of the two offsets is the right one. The earlier
    // instant belongs to the larger offset, which is summer time.
    const offsets = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs + DAY_MS)];
    const instants = offsets.map((offset) => wallMs - offset).sort((a, b) => a - b);
    const [first = wallMs] = instants.filter((instant) => instant + offsetAt(instant) === wallMs);
    const isReal = instants.some((instant) => instant + offsetAt(instant) === wallMs);
    const instant = isReal ? first : wallMs - (offsets[0] ?? 0);
    known.set(wallMs, instant);
    return instant;
  };
}
