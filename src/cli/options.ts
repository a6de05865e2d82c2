import { type Command, InvalidArgumentError, Option } from 'commander';
import { DISPOSITION_NAMES } from '../ledger/index.ts';
import { systemClock } from '../platform/clock.ts';

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const AGO = /^(\d{1,6})([mhd])$/;
const LOCAL = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Reads an instant as people write it: RFC 3339, a date with or without a time on this machine's
 * clock, or how long ago it was (`30m`, `12h`, `1d`).
 * @returns it as RFC 3339 in UTC.
 * @throws InvalidArgumentError
 */
export function parseInstant(text: string, now: Date = systemClock()): string {
  const [, count, unit = ''] = AGO.exec(text) ?? [];
  let at = Number.NaN;
  if (count !== undefined) at = now.getTime() - Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  else if (RFC_3339.test(text)) at = Date.parse(text);
  // A date alone would be read as UTC, a date with a time as local; here both are local.
  else if (LOCAL.test(text)) at = Date.parse(text.length === 10 ? `${text}T00:00` : text);
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError(
    'Give an instant such as 2026-01-31T12:00:00Z, a local time such as "2026-01-31 12:00", ' +
      'or how long ago: 30m, 12h, 1d.',
  );
}

const DAY = /^(?:19[7-9]|2[01]\d)\d-\d{2}-\d{2}$/;

/** Reads a day that the calendar has, from 1970 to 2199. @throws InvalidArgumentError */
export function parseDay(text: string): string {
  const at = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Some days that do not exist are read as days of the next month, so it has to come back whole.
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('Give a day of the calendar, such as 2026-11-30.');
}

/** A parser of whole numbers from 1 to `max`. */
export function parseCount(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= max) return count;
    throw new InvalidArgumentError(`Give a whole number from 1 to ${max}.`);
  };
}

/** What `stock` and `why` share: where units are, and as of when. */
export interface PlaceOptions {
  readonly site?: string;
  readonly location?: string;
  readonly lot?: string;
  readonly owner?: string;
  readonly disposition?: (typeof DISPOSITION_NAMES)[number];
  readonly lpn?: string;
  readonly at?: string;
  readonly by: 'recorded' | 'occurred';
}

/** Adds the options of {@link PlaceOptions}. */
export function addPlaceOptions(command: Command): Command {
  return command
    .option('--site <code>', 'only at this site')
    .option('--location <code>', 'only in this location')
    .option('--lot <code>', 'only of this lot')
    .option('--owner <code>', "only this owner's")
    .addOption(new Option('--disposition <name>', 'only in it').choices(DISPOSITION_NAMES))
    .option('--lpn <code>', 'only in this handling unit')
    .option('--at <instant>', 'as of then: RFC 3339, a local time, or 12h for 12 hours ago', (at) =>
      parseInstant(at),
    )
    .addOption(
      new Option('--by <clock>', 'what the ledger knew then, or what had happened by then')
        .choices(['recorded', 'occurred'])
        .default('recorded'),
    );
}

/** The options as a query of the read side. */
export function placeQueryOf(options: PlaceOptions) {
  const { site, location, lot, owner, disposition, lpn, at, by } = options;
  return { site, location, lot, owner, disposition, lpn, at, by };
}
