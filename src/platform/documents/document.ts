import { z } from 'zod';
import type { Tx } from '../database.ts';
import type { FieldError } from '../problems.ts';
import type { Field, Fields, ValuesOf } from './fields.ts';
import { sortKeys } from './fields.ts';

/**
 * Reference data (items, sites, locations, ...) are documents: rows with a natural key, a version
 * that serves as ETag, and a table of fields. What is common to all of them is written once, here
 * and in the files beside this one; a module adds its fields, its rules and its side effects.
 */
export type Values = Readonly<Record<string, unknown>>;

/** A document as it lies in the database. */
export interface Stored {
  readonly id: number;
  readonly version: number;
  readonly values: Values;
  /** What follows from the values or belongs to the system, such as `isVirtual`; read only. */
  readonly computed: Values;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A field that holds the code of another document; the column holds its id. */
export interface Reference {
  /** The other table, its id and code columns. */
  readonly table: string;
  readonly idColumn: string;
  /** Column of the own table; also the alias of the join is made from it. */
  readonly column: string;
  /** For codes that are unique only within another reference: that field, and its column. */
  readonly within?: { readonly field: string; readonly column: string };
}

/** A filter of a list: the schema of the query parameter, and SQL where `?` is its value. */
export interface Filter {
  readonly schema: z.ZodType;
  readonly where: string;
}

/** A sort order of a list: an expression that is never null and short, and its type. */
export interface Sort {
  readonly expression: string;
  readonly sqlType: 'text' | 'integer' | 'bigint' | 'timestamptz';
}

/** What was written, handed to {@link DocumentType.afterWrite}. */
export interface Written {
  readonly id: number;
  readonly values: Values;
  /** The values before an update; undefined for a new document. */
  readonly before: Values | undefined;
}

/** A new or changed document that is to be checked. */
export interface Candidate {
  readonly values: Values;
  readonly before: Stored | undefined;
}

/**
 * Answers which of the documents with these ids are in use elsewhere, such as items that the
 * ledger has positions of. Wired in by the API, because arrows point down.
 */
export type UsageCheck = (tx: Tx, ids: readonly number[]) => Promise<ReadonlySet<number>>;

/** Nothing is ever in use: for what nothing outside its own module points at. */
export const neverInUse: UsageCheck = async () => new Set();

/** Everything that tells one kind of document from another. */
export interface DocumentType<F extends Fields = Fields> {
  /** Singular and plural, as messages and the API say them: 'item', 'items'. */
  readonly name: string;
  readonly plural: string;
  readonly table: string;
  readonly idColumn: string;
  /** Name of the id in JSON, such as 'itemId'. */
  readonly idName: string;
  readonly fields: F;
  /** The natural key: never changes. A reference may be part of it. */
  readonly key: readonly (keyof F & string)[];
  /** Further fields that never change. */
  readonly immutable: readonly (keyof F & string)[];
  /** Fields that cannot change once the document is in use. */
  readonly frozen: readonly (keyof F & string)[];
  readonly inUse: UsageCheck;
  readonly references: Readonly<Record<string, Reference>>;
  /** Fields that are no column: SQL that reads them. `afterWrite` writes them. */
  readonly nested: Readonly<Record<string, string>>;
  /** Fields that a CSV row cannot hold. */
  readonly notInCsv?: readonly string[];
  /** Joins that `nested` or `computed` need. */
  readonly joins?: string;
  readonly computed: Readonly<Record<string, { expression: string; schema: z.ZodType }>>;
  /** Columns of a new row beyond the fields; `input.id` is the new id. */
  readonly insertColumns?: Readonly<Record<string, string>>;
  /** SQL of what the caller may see, beyond row-level security. */
  readonly visible?: string;
  readonly filters: Readonly<Record<string, Filter>>;
  /** The first one is the default. */
  readonly sorts: Readonly<Record<string, Sort>>;
  /** Values that an absent field takes for this caller, instead of the field's fallback. */
  defaults?(tx: Tx): Promise<Values>;
  /** Fills in what follows from other fields, such as a site being its own cost site. */
  settle?(values: Values): Values;
  /** Pure rules over one document. `path` of an error is the name of a field. */
  check(candidate: { values: ValuesOf<F>; before: Stored | undefined }): FieldError[];
  /** Rules that need the database, for all candidates at once; one array each. */
  checkTogether?(tx: Tx, candidates: readonly Candidate[]): Promise<FieldError[][]>;
  /** Writes what belongs to the documents outside their own row. */
  afterWrite?(tx: Tx, written: readonly Written[], at: Date): Promise<void>;
  /** Removes what `afterWrite` made, before the documents themselves are removed. */
  beforeRemove?(tx: Tx, ids: readonly number[]): Promise<void>;
}

/** Forgets the exact fields of a type, for code that works on all of them. */
export function anyDocument<F extends Fields>(type: DocumentType<F>): DocumentType {
  return type as unknown as DocumentType;
}

/** The natural key as one string, for maps. */
export function keyOf(type: Pick<DocumentType, 'key'>, values: Values): string {
  return JSON.stringify(type.key.map((name) => values[name] ?? null));
}

/** The natural key as people read it. */
export function keyLabel(type: Pick<DocumentType, 'key'>, values: Values): string {
  return type.key.map((name) => String(values[name])).join(' / ');
}

/** Whether two canonical values are the same. */
export function sameValue(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(sortKeys(left)) === JSON.stringify(sortKeys(right));
}

/** Names of the fields in which two documents differ. */
export function changedFields(fields: Fields, before: Values, after: Values): string[] {
  return Object.keys(fields).filter((name) => !sameValue(before[name], after[name]));
}

/** Brings each given value to its canonical form; what is not given stays so. */
export function normaliseValues(fields: Fields, given: Values): Values {
  const entries = Object.entries(given)
    .filter(([name, value]) => value !== undefined && name in fields)
    .map(([name, value]) => [name, (fields[name] as Field).normalise(value)]);
  return Object.fromEntries(entries);
}

/** A whole new document: what is given, else the caller's defaults, else the fallbacks. */
export function completeValues(fields: Fields, given: Values, defaults: Values): Values {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { fallback }]) => [
      name,
      given[name] ?? (name in given ? null : (defaults[name] ?? fallback)),
    ]),
  );
}

/** Values with what follows from them filled in. */
export function settleValues(type: DocumentType, values: Values): Values {
  return type.settle?.(values) ?? values;
}

/** The JSON of a document, as every answer shows it. */
export function toJson(type: DocumentType, stored: Stored): Values {
  return {
    [type.idName]: stored.id,
    ...stored.values,
    ...stored.computed,
    version: stored.version,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

function requestSchema(entry: Field, isPatch: boolean): z.ZodType {
  const described = entry.schema.describe(entry.expected);
  if (isPatch) return described.optional();
  if (entry.fallback === undefined) return described;
  return described.optional().meta({ description: entry.expected, default: entry.fallback });
}

/** Schemas of the JSON that creates, edits and shows documents of a type. */
export function documentSchemas(type: DocumentType) {
  const fixed = new Set<string>([...type.key, ...type.immutable]);
  const entries = Object.entries(type.fields);
  const shape = (isPatch: boolean, names: typeof entries) =>
    z.strictObject(
      Object.fromEntries(names.map(([name, entry]) => [name, requestSchema(entry, isPatch)])),
    );
  const computed = Object.entries(type.computed).map(([name, { schema }]) => [name, schema]);
  const answer = z.object({
    [type.idName]: z.number().int(),
    ...Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
    ...(Object.fromEntries(computed) as Record<string, z.ZodType>),
    version: z.number().int().describe('also the ETag'),
    createdAt: z.string(),
    updatedAt: z.string(),
  });
  return {
    create: shape(false, entries),
    patch: shape(
      true,
      entries.filter(([name]) => !fixed.has(name)),
    ),
    answer: answer as unknown as z.ZodType<Values>,
  };
}
