import { z } from 'zod';
import type { Tx } from '../database.ts';
import { decodeCursor, toPage } from '../http.ts';
import type { DocumentType, Sort, Stored } from './document.ts';
import { type TableStore, toStored } from './store.ts';

/** A parsed query string of a list: filters by name, and how to page. */
export interface ListQuery {
  readonly filters: Readonly<Record<string, unknown>>;
  /** Name of a sort; a leading `-` turns it round. */
  readonly sort: string;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** Members of a list's query string that a type adds: its filters and its sorts. */
export function listShape(type: DocumentType) {
  const names = Object.keys(type.sorts);
  const sorts = names.flatMap((name) => [name, `-${name}`]) as [string, ...string[]];
  const filters = Object.entries(type.filters).map(([name, { schema }]) => [
    name,
    schema.optional(),
  ]);
  return {
    ...(Object.fromEntries(filters) as Record<string, z.ZodOptional<z.ZodType>>),
    sort: z.enum(sorts).default(sorts[0]).describe('a leading - turns the order round'),
  };
}

/** Splits a parsed query string into filters and paging. */
export function toListQuery(type: DocumentType, query: Record<string, unknown>): ListQuery {
  const filters = Object.keys(type.filters).map((name) => [name, query[name]]);
  return {
    filters: Object.fromEntries(filters.filter(([, value]) => value !== undefined)),
    sort: String(query.sort),
    cursor: query.cursor as string | undefined,
    limit: Number(query.limit),
  };
}

const INTEGER_LIMIT = 2_147_483_648n;
const BIGINT_LIMIT = 9_223_372_036_854_775_808n;
const INSTANT_FORM = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/;

function isWithin(text: string, limit: bigint): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt(text) < limit && BigInt(text) >= -limit;
}

/** Whether PostgreSQL can read the text as the sort's type; a cursor may come from anywhere. */
function fitsSort(sqlType: Sort['sqlType'], text: string): boolean {
  if (sqlType === 'integer') return isWithin(text, INTEGER_LIMIT);
  if (sqlType === 'bigint') return isWithin(text, BIGINT_LIMIT);
  if (sqlType === 'text') return !text.includes('\u0000');
  return INSTANT_FORM.test(text) && !Number.isNaN(Date.parse(text));
}

/** The cursor of a list in one order: that order, the sort key as text, and the id. */
function cursorSchema(query: ListQuery, sort: Sort) {
  const key = z.string().refine((text) => fitsSort(sort.sqlType, text));
  return z.tuple([z.literal(query.sort), key, z.int32()]);
}

/**
 * One page of documents. The sort key travels as text, because a JavaScript date would cut
 * PostgreSQL's microseconds and lose rows at the border of two pages.
 * @throws Problem invalid-request for a cursor of another list or order.
 */
export async function listDocuments(
  tx: Tx,
  store: TableStore,
  query: ListQuery,
): Promise<{ items: Stored[]; nextCursor: string | null }> {
  const { type, sql } = store;
  const sort = type.sorts[query.sort.replace(/^-/, '')];
  if (!sort) throw new Error(`${type.plural} have no sort ${query.sort}`);
  const { expression, sqlType } = sort;
  const [direction, beyond] = query.sort.startsWith('-') ? ['DESC', '<'] : ['ASC', '>'];
  const parameters: unknown[] = [];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  const id = `t.${type.idColumn}`;
  const conditions = [sql.visible];
  for (const [name, value] of Object.entries(query.filters)) {
    const parameter = bind(value);
    conditions.push(`(${type.filters[name]?.where.replaceAll('?', () => parameter) ?? 'false'})`);
  }
  const after = decodeCursor(query.cursor, cursorSchema(query, sort));
  if (after) {
    const [key, afterId] = [bind(after[1]), bind(after[2])];
    conditions.push(
      `(${expression}, ${id}) ${beyond} (${key}::text::${sqlType}, ${afterId}::integer)`,
    );
  }
  const text = `${sql.select.replace('SELECT', `SELECT (${expression})::text AS "#sort",`)}
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${expression} ${direction}, ${id} ${direction}
    LIMIT ${bind(query.limit + 1)}`;
  const { rows } = await tx.query(text, parameters);
  return toPage(
    rows,
    query.limit,
    (row) => [query.sort, row['#sort'] as string, row['#id'] as number],
    (row) => toStored(type, row),
  );
}
