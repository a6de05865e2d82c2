import { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { decodeCursor, toPage } from '../../platform/http.ts';
import type { Bind } from './filter.ts';
import type { Page } from './list.routes.ts';

/** One expression that a list is sorted by. */
export interface SortKey {
  readonly expression: string;
  readonly sqlType: 'bigint' | 'integer' | 'text';
}

export interface KeysetList<Row, Item> {
  /** `SELECT ...` with its joins, without WHERE. */
  readonly select: string;
  readonly conditions: readonly string[];
  readonly values: unknown[];
  readonly bind: Bind;
  /** Unique together; all in one direction. */
  readonly keys: readonly SortKey[];
  readonly descending: boolean;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly toItem: (row: Row) => Item;
}

const integerText = z.string().regex(/^\d{1,18}$/);
const int32Text = z.string().regex(/^\d{1,9}$/);
const plainText = z.string().refine((text) => !text.includes('\u0000'));

function keySchema({ sqlType }: SortKey): z.ZodType<string> {
  if (sqlType === 'bigint') return integerText;
  return sqlType === 'integer' ? int32Text : plainText;
}

/**
 * One page of a list by keyset: what comes after the sort keys of the last row seen.
 * @throws Problem invalid-request for a cursor of another list.
 */
export async function keysetPage<Row extends object, Item>(
  tx: Tx,
  list: KeysetList<Row, Item>,
): Promise<Page<Item>> {
  const { keys, bind } = list;
  const schema = z.tuple(keys.map(keySchema) as [z.ZodType<string>, ...z.ZodType<string>[]]);
  const after = decodeCursor(list.cursor, schema);
  const conditions = [...list.conditions];
  const [direction, beyond] = list.descending ? ['DESC', '<'] : ['ASC', '>'];
  if (after) {
    const values = keys.map((key, i) => `${bind(after[i])}::text::${key.sqlType}`);
    const expressions = keys.map((key) => key.expression);
    conditions.push(`(${expressions.join(', ')}) ${beyond} (${values.join(', ')})`);
  }
  const selected = keys.map((key, i) => `(${key.expression})::text AS "#${i}"`);
  const text = `${list.select.replace('SELECT', `SELECT ${selected.join(', ')},`)}
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ORDER BY ${keys.map((key) => `${key.expression} ${direction}`).join(', ')}
    LIMIT ${bind(list.limit + 1)}`;
  const { rows } = await tx.query<Row & Record<string, string>>(text, list.values);
  return toPage(
    rows,
    list.limit,
    (row) => keys.map((_, i) => row[`#${i}`] ?? ''),
    (row) => list.toItem(row),
  );
}
