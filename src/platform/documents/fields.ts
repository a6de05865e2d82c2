import { z } from 'zod';
import { formatUnitCost, parseUnitCost, UNIT_COST_EXTRA_DIGITS } from '../money.ts';

/**
 * One field of a document in every form it takes: JSON in requests and answers, text in a CSV
 * cell, and a column in PostgreSQL. A value in memory has its JSON form, always canonical, so two
 * values are the same exactly when their JSON is.
 */
export interface Field<T = unknown> {
  /** The JSON form; free of transformations, so that it describes requests and answers alike. */
  readonly schema: z.ZodType<T>;
  /** Type of the column, as `jsonb_to_recordset` is told it. */
  readonly sqlType: string;
  /** Completes "expected ..." where a value is refused. */
  readonly expected: string;
  /** A value as a CSV template shows it. */
  readonly example: string;
  /** What an absent value means at creation; undefined: it must be given. */
  readonly fallback: T | undefined;
  /** Text of a CSV cell, never empty, to something that the schema then judges. */
  fromText(text: string): unknown;
  toText(value: T): string;
  /** Brings a valid value to its one canonical form. */
  normalise(value: T): T;
  /** To something that JSON carries and PostgreSQL reads as `sqlType`. */
  toDatabase(value: T): unknown;
  fromDatabase(value: unknown): T;
}

/** The fields of a document by name, in the order in which people read them. */
export type Fields = Readonly<Record<string, Field>>;

/** The values that a table of fields describes. */
export type ValuesOf<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

type FieldParts<T> = Pick<Field<T>, 'schema' | 'sqlType' | 'expected' | 'example'> &
  Partial<Field<T>>;

/** A field whose forms are all alike unless `parts` say otherwise. */
export function field<T>(parts: FieldParts<T>): Field<T> {
  return {
    fallback: undefined,
    fromText: (text) => text,
    toText: (value) => String(value),
    normalise: (value) => value,
    toDatabase: (value) => value,
    fromDatabase: (value) => value as T,
    ...parts,
  };
}

/** The same field where null means that there is none; an empty CSV cell says so too. */
export function optional<T>(inner: Field<T>): Field<T | null> {
  return field<T | null>({
    schema: inner.schema.nullable(),
    sqlType: inner.sqlType,
    expected: `${inner.expected}, or nothing`,
    example: inner.example,
    fallback: null,
    fromText: (text) => inner.fromText(text),
    toText: (value) => (value === null ? '' : inner.toText(value)),
    normalise: (value) => (value === null ? null : inner.normalise(value)),
    toDatabase: (value) => (value === null ? null : inner.toDatabase(value)),
    fromDatabase: (value) => (value === null ? null : inner.fromDatabase(value)),
  });
}

/** The same field with a value that absence stands for at creation. */
export function withDefault<T>(inner: Field<T>, fallback: T): Field<T> {
  return { ...inner, fallback };
}

// Neither control characters, which PostgreSQL (NUL) or a terminal would choke on, nor halves of
// surrogate pairs, which are no text.
const PLAIN_TEXT = /^[^\p{Cc}\p{Cs}]*$/u;
const FORMULA_START = /^[=+\-@]/;
const ESCAPED_FORMULA = /^'[=+\-@]/;

/** One line of text. In CSV a leading = + - @ is quoted, so that no spreadsheet runs it. */
export function textField(max: number, example: string): Field<string> {
  return field({
    schema: z.string().trim().min(1).max(max).regex(PLAIN_TEXT),
    sqlType: 'text',
    expected: `1 to ${max} characters without line breaks`,
    example,
    fromText: (text) => (ESCAPED_FORMULA.test(text) ? text.slice(1) : text),
    toText: (value) => (FORMULA_START.test(value) ? `'${value}` : value),
  });
}

/**
 * A code that people and machines use as a name: printable ASCII, no space at the ends. The form
 * `id:7` is taken: in paths it names a row by its id.
 */
export function codeField(max: number, example: string): Field<string> {
  const pattern = new RegExp(`^(?!id:)[!-~](?:[ -~]{0,${max - 2}}[!-~])?$`);
  return {
    ...textField(max, example),
    schema: z.string().regex(pattern),
    expected: `1 to ${max} printable ASCII characters, not starting with 'id:'`,
  };
}

/** Text that must match a pattern, such as a commodity code. */
export function patternField(pattern: RegExp, expected: string, example: string): Field<string> {
  return field({ schema: z.string().regex(pattern), sqlType: 'text', expected, example });
}

export function choiceField<const T extends readonly [string, ...string[]]>(
  choices: T,
): Field<T[number]> {
  return field<T[number]>({
    schema: z.enum(choices) as unknown as z.ZodType<T[number]>,
    sqlType: 'text',
    expected: `one of ${choices.join(', ')}`,
    example: choices[0],
  });
}

const TRUE_WORDS = new Set(['true', 'yes', 'y', '1']);
const FALSE_WORDS = new Set(['false', 'no', 'n', '0']);

export function flagField(fallback: boolean): Field<boolean> {
  return field({
    schema: z.boolean(),
    sqlType: 'boolean',
    expected: 'true or false',
    example: String(fallback),
    fallback,
    fromText: (text) => {
      const word = text.toLowerCase();
      if (TRUE_WORDS.has(word)) return true;
      return FALSE_WORDS.has(word) ? false : text;
    },
  });
}

const INTEGER_MAX = 2_147_483_647;

/** A whole number; up to 2^31 - 1 it is an `integer` column, beyond that a `bigint`. */
export function integerField(min: number, max: number, example: number): Field<number> {
  const upTo = max === INTEGER_MAX || max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`;
  return field<number>({
    schema: z.number().int().min(min).max(max),
    sqlType: max > INTEGER_MAX ? 'bigint' : 'integer',
    expected: min < -1000 ? 'a whole number' : `a whole number from ${min}${upTo}`,
    example: String(example),
    fromText: (text) => (/^-?\d{1,16}$/.test(text) ? Number(text) : text),
    fromDatabase: (value) => Number(value),
  });
}

/** A whole number that fits an `integer` column. */
export function countField(min: number, example: number): Field<number> {
  return integerField(min, INTEGER_MAX, example);
}

/** A whole number up to 2^53 - 1 in a `bigint` column, exact as a JSON number. */
export function bigCountField(min: number, example: number): Field<number> {
  return integerField(min, Number.MAX_SAFE_INTEGER, example);
}

/** A coordinate in degrees: a measurement, not a quantity, so a float will do. */
export function degreesField(limit: number, example: string): Field<number> {
  return field<number>({
    schema: z.number().min(-limit).max(limit),
    sqlType: 'double precision',
    expected: `decimal degrees from -${limit} to ${limit}`,
    example,
    fromText: (text) => (/^-?\d{1,3}(\.\d{1,15})?$/.test(text) ? Number(text) : text),
    normalise: (value) => (value === 0 ? 0 : value),
  });
}

/** A list of choices, in CSV joined by `|`; kept sorted and without repeats. */
export function choicesField<const T extends readonly [string, ...string[]]>(
  choices: T,
  example: string,
): Field<readonly T[number][]> {
  const one = z.enum(choices) as unknown as z.ZodType<T[number]>;
  return field<readonly T[number][]>({
    schema: z.array(one).max(choices.length) as unknown as z.ZodType<readonly T[number][]>,
    sqlType: 'text[]',
    expected: `some of ${choices.join(', ')}, joined by |`,
    example,
    fallback: [],
    fromText: (text) => text.split('|').map((part) => part.trim()),
    toText: (value) => value.join('|'),
    normalise: (value) => [...new Set(value)].sort(),
  });
}

/** A JSON object of a known shape in a `jsonb` column; a CSV cell holds the JSON text. */
export function jsonField<T>(schema: z.ZodType<T>, expected: string, example: string): Field<T> {
  return field<T>({
    schema,
    sqlType: 'jsonb',
    expected,
    example,
    fromText: (text) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return text;
      }
    },
    toText: (value) => JSON.stringify(value),
    normalise: (value) => sortKeys(value) as T,
  });
}

/** The same JSON with the members of each object in order, as jsonb does not keep theirs. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sortKeys(member)]));
}

// With up to 7 places, as of a currency with mils, the integer still fits a bigint.
const UNIT_COST_WHOLE_DIGITS = 11;

/**
 * A unit cost in the house currency for one base unit: a decimal string in JSON, minor units
 * times 10^4 in the database.
 * @param digits places of the currency's minor unit.
 */
export function unitCostField(digits: number, example: string): Field<string> {
  const places = digits + UNIT_COST_EXTRA_DIGITS;
  const pattern = new RegExp(`^\\d{1,${UNIT_COST_WHOLE_DIGITS}}(\\.\\d{1,${places}})?$`);
  const canonical = (value: string) => formatUnitCost(parseUnitCost(value, digits), digits);
  return field<string>({
    schema: z.string().regex(pattern),
    sqlType: 'bigint',
    expected: `a decimal number with up to ${places} digits after the point`,
    example,
    normalise: canonical,
    toDatabase: (value) => parseUnitCost(value, digits).toString(),
    fromDatabase: (value) => formatUnitCost(value as bigint, digits),
  });
}
