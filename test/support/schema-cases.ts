import fc from 'fast-check';
import type { JsonSchema } from './operations.ts';

/** Known values by the name of the field, so that generated requests also name what exists. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const WORDS_MAX = 3;
const ITEMS_MAX = 4;

/** Values that a schema allows; where `known` has values for a field, often one of those. */
export function valid(schema: JsonSchema, known: Known, name = ''): fc.Arbitrary<unknown> {
  const generated = byType(schema, known, name);
  const values = known[name];
  if (!values || typeof schema !== 'object' || schema.type === 'array') return generated;
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, generated);
}

function byType(schema: JsonSchema, known: Known, name: string): fc.Arbitrary<unknown> {
  if (schema === true || schema === undefined) return fc.jsonValue({ maxDepth: 1 });
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) {
    return fc.oneof(...choices.map((choice: JsonSchema) => valid(choice, known, name)));
  }
  switch (schema.type) {
    case 'string':
      return text(schema);
    case 'integer':
      return fc.integer(range(schema));
    case 'number': {
      const { min, max } = range(schema);
      return fc.double({ min, max, noNaN: true, noDefaultInfinity: true });
    }
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(valid(schema.items, known, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(
          schema.maxItems ?? ITEMS_MAX,
          Math.max(ITEMS_MAX, schema.minItems ?? 0),
        ),
      });
    case 'object':
      return object(schema, known);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function range(schema: JsonSchema): { min: number; max: number } {
  const limit = 2_147_483_647;
  return {
    min: Math.max(schema.minimum ?? -limit, -limit),
    max: Math.min(schema.maximum ?? limit, limit),
  };
}

function text(schema: JsonSchema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 40 } = schema;
  if (schema.format === 'date-time') return instants;
  if (schema.format === 'date') return instants.map((instant) => instant.slice(0, 10));
  if (schema.format === 'uuid') return fc.uuid();
  const plain = fc.string({ minLength, maxLength: Math.min(maxLength, 100) });
  if (!schema.pattern) return plain;
  const pattern = new RegExp(schema.pattern, 'u');
  try {
    return fc
      .stringMatching(pattern)
      .filter((value) => value.length >= minLength && value.length <= maxLength);
  } catch {
    return plain.filter((value) => pattern.test(value));
  }
}

const instants = fc
  .date({
    min: new Date('1990-01-01T00:00:00Z'),
    max: new Date('2040-01-01T00:00:00Z'),
    noInvalidDate: true,
  })
  .map((date) => date.toISOString());

function object(schema: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const properties = Object.entries<JsonSchema>(schema.properties ?? {});
  const required = (schema.required ?? []) as string[];
  const shape = Object.fromEntries(
    properties.map(([name, property]) => [name, valid(property, known, name)]),
  );
  if (properties.length > 0) return fc.record(shape, { requiredKeys: required });
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {};
  return fc.dictionary(fc.string({ minLength: 1 }), valid(values, known), { maxKeys: WORDS_MAX });
}

/** Values that have broken programs before. */
export const NASTY: readonly unknown[] = [
  ...[null, true, -1, 0, 0.1, 5e-324, 1e308, 2 ** 31, 2 ** 53, 2 ** 64],
  ...['', ' ', '\t', '\u0000', '\ud800', '\u202e', '0', '-0', '1e5', '1/0', '99999999999999999999'],
  ...["';--", '%', '\\', 'id:1', '../..', '🛋', 'e\u0301', 'x'.repeat(70_000), '2024-13-45'],
  ...['0000-01-01', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '-1.5', '0-0', 'NaN'],
  ...['0-999999999999999', '9999-1', '+1', '1,5', '１', '0x1', 'HOUSE', 'constructor'],
  ...[[], [null], {}, [[]], { constructor: 1 }, { a: { b: 1 } }, { '\u0000': 1 }, { a: '\ud800' }],
];

type Change = { at: number; how: 'nasty' | 'drop' | 'add' | 'repeat'; value: unknown };

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(10_000),
  how: fc.constantFrom('nasty', 'nasty', 'nasty', 'drop', 'add', 'repeat'),
  value: fc.constantFrom(...NASTY),
});

/** A value with one to three of its parts replaced, dropped, repeated or added to. */
export function mutated(from: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(from, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(apply, structuredClone(value)));
}

interface Slot {
  readonly holder: Record<string, unknown> | unknown[];
  readonly key: string;
}

function slotsOf(value: unknown, found: Slot[] = []): Slot[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value as Slot['holder'], key });
    slotsOf((value as Record<string, unknown>)[key], found);
  }
  return found;
}

function apply(value: unknown, { at, how, value: given }: Change): unknown {
  const slots = slotsOf(value);
  const slot = slots[at % Math.max(slots.length, 1)];
  // A copy, since a later change may change what this one put in.
  const nasty = structuredClone(given);
  if (!slot) return nasty;
  const { holder, key } = slot;
  if (Array.isArray(holder)) {
    if (how === 'drop') holder.splice(Number(key), 1);
    else if (how === 'repeat') holder.push(structuredClone(holder[Number(key)]));
    else holder[Number(key)] = nasty;
  } else if (how === 'drop') delete holder[key];
  else holder[how === 'add' ? `${key}x` : key] = nasty;
  return value;
}

/** What may stand in a path or query string: any text but a lone surrogate, which has no bytes. */
export function urlText(value: unknown): string {
  const shown = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return shown.replace(/\p{Cs}/gu, '\uFFFD').slice(0, 2000);
}
