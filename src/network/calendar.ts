import { z } from 'zod';
import {
  codeField,
  flagField,
  integerField,
  jsonField,
  textField,
  type ValuesOf,
  withDefault,
} from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';

/** From Sunday, as the days of the week are numbered. */
export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;
export type Weekday = (typeof WEEKDAYS)[number];

const WALL_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const wallTime = z.string().regex(WALL_TIME).describe('HH:MM on the wall of the site');
const endTime = z
  .string()
  .regex(/^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .describe('HH:MM, up to 24:00');
const HOURS_MAX = 12;
const PICK_UPS_MAX = 24;
const EXCEPTIONS_MAX = 400;

const dayMembers = {
  hours: z
    .array(z.strictObject({ from: wallTime, to: endTime }))
    .max(HOURS_MAX)
    .describe('empty: closed; a night shift is two entries, up to 24:00 and from 00:00'),
  cutOff: endTime
    .optional()
    .describe('what is released by then is handled that day; by default until it closes'),
  pickUps: z
    .array(endTime)
    .max(PICK_UPS_MAX)
    .optional()
    .describe('when carriers call; by default once, when it closes'),
};
const daySchema = z.strictObject(dayMembers);
/** What one day is like, in wall-clock times. */
export type DayRule = z.output<typeof daySchema>;

const weekSchema = z.strictObject(
  Object.fromEntries(WEEKDAYS.map((day) => [day, daySchema.optional()])) as Record<
    Weekday,
    z.ZodOptional<typeof daySchema>
  >,
);
const exceptionSchema = z.strictObject({
  on: z.iso.date().refine((value) => value >= '1970-01-01', 'is before 1970-01-01'),
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u)
    .optional(),
  ...dayMembers,
});
const exceptionsSchema = z.array(exceptionSchema).max(EXCEPTIONS_MAX);

/** The local working times of a site. */
export interface CalendarRules {
  /** A weekday that is not there is closed. */
  readonly week: z.output<typeof weekSchema>;
  /** Days that differ; each replaces its weekday as a whole. */
  readonly exceptions: z.output<typeof exceptionsSchema>;
  /** Working time from release until the parcel can be picked up. */
  readonly handlingMinutes: number;
}

export const HANDLING_MINUTES_DEFAULT = 240;

export const calendarFields = {
  code: codeField(40, 'WEEK-DE'),
  name: textField(200, 'Weekdays in Germany'),
  week: jsonField(
    weekSchema,
    'a JSON object with hours, cutOff and pickUps for each weekday that is worked',
    '{"monday":{"hours":[{"from":"08:00","to":"18:00"}],"cutOff":"14:00"}}',
  ),
  exceptions: withDefault(
    jsonField(
      exceptionsSchema,
      'a JSON list of days that differ: on, name, hours, cutOff, pickUps',
      '[{"on":"2026-12-25","name":"Christmas","hours":[]}]',
    ),
    [],
  ),
  handlingMinutes: withDefault(integerField(0, 10_080, 240), HANDLING_MINUTES_DEFAULT),
  active: flagField(true),
};

export type CalendarValues = ValuesOf<typeof calendarFields>;

const WORKDAY: DayRule = { hours: [{ from: '08:00', to: '18:00' }], cutOff: '14:00' };

/** What a site without a calendar works by: Monday to Friday 08:00 to 18:00, cut-off 14:00. */
export const DEFAULT_CALENDAR: CalendarRules = {
  week: {
    monday: WORKDAY,
    tuesday: WORKDAY,
    wednesday: WORKDAY,
    thursday: WORKDAY,
    friday: WORKDAY,
  },
  exceptions: [],
  handlingMinutes: HANDLING_MINUTES_DEFAULT,
};

/** Minutes after midnight of a wall-clock time `HH:MM`. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function checkDay(rule: DayRule, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let endsAt = -1;
  for (const [i, { from, to }] of rule.hours.entries()) {
    const [opens, closes] = [minutesOf(from), minutesOf(to)];
    if (closes <= opens) {
      const found = `${from} to ${to}`;
      errors.push({ path: `${path}.hours.${i}`, message: 'ends before it begins', found });
    }
    if (opens < endsAt) {
      const message = 'begins before the one before it ends';
      errors.push({ path: `${path}.hours.${i}`, message, found: from });
    }
    endsAt = closes;
  }
  return errors;
}

/** Rules over one calendar: hours in order, no day twice. */
export function checkCalendar(calendar: CalendarRules): FieldError[] {
  const errors = Object.entries(calendar.week).flatMap(([day, rule]) =>
    rule ? checkDay(rule, `week.${day}`) : [],
  );
  const seen = new Set<string>();
  for (const [i, exception] of calendar.exceptions.entries()) {
    errors.push(...checkDay(exception, `exceptions.${i}`));
    if (seen.has(exception.on)) {
      const message = 'is a day that is given already';
      errors.push({ path: `exceptions.${i}.on`, message, found: exception.on });
    }
    seen.add(exception.on);
  }
  return errors;
}
