import { z } from 'zod';
import { type Field, field, patternField } from '../../platform/documents/index.ts';
import { formatDecimal, parseDecimal } from '../../platform/quantity.ts';

/** A day that exists, also for PostgreSQL, which knows no year 0. */
export const day = z.iso.date().refine((value) => value >= '0001-01-01', 'lies before the year 1');

/** A day of the calendar, in JSON and CSV as YYYY-MM-DD. */
export function dayField(example: string): Field<string> {
  return field<string>({
    schema: day,
    sqlType: 'date',
    expected: 'a day such as 2026-01-31',
    example,
    // The driver makes a day a moment at midnight of this machine's own time zone.
    fromDatabase: (value) => {
      if (!(value instanceof Date)) return String(value);
      const parts = [value.getFullYear(), value.getMonth() + 1, value.getDate()];
      return parts.map((part) => String(part).padStart(2, '0')).join('-');
    },
  });
}

const FACTOR_PLACES = 6;
const FACTOR = /^\d{1,6}(\.\d{1,6})?$/;

/** A factor above zero, exact to six places. */
export function factorField(example: string): Field<string> {
  const canonical = (value: string) => {
    const plain = formatDecimal(parseDecimal(value, FACTOR_PLACES), FACTOR_PLACES);
    return plain.replace(/\.?0+$/, '');
  };
  return field<string>({
    schema: patternField(FACTOR, '', example).schema,
    sqlType: 'numeric',
    expected: 'a decimal number above zero with up to 6 digits after the point',
    example,
    normalise: (value) => (FACTOR.test(value) ? canonical(value) : value),
    fromDatabase: (value) => canonical(String(value)),
  });
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?(e[+-]?\d{1,3})?$/i;

/** A measurement, not a quantity: a float will do. */
export function measurementField(example: string): Field<number> {
  return field<number>({
    schema: z.number(),
    sqlType: 'double precision',
    expected: 'a number',
    example,
    fromText: (text) => (NUMBER.test(text) ? Number(text) : text),
    normalise: (value) => (value === 0 ? 0 : value),
  });
}
