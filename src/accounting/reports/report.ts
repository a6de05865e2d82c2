import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { csvLines, requireHouse, sendCsv, wantsCsv } from '../../platform/documents/index.ts';
import { type App, decodeCursor, encodeCursor, instant, pageQuery } from '../../platform/http.ts';

/**
 * A report whose rows are computed together, since each needs the whole (a share, a total, an
 * order by an amount): served as JSON pages and as CSV. Its figures are those of one moment, which
 * the cursor carries on to the next page.
 */

/** A report may read a whole year. */
export const REPORT_TIMEOUT_MS = 60_000;

/** What a sort goes by; text of equal length sorts as it reads. */
export type SortValue = string | bigint | number;

/** All rows of a report, and what it says beside them. */
export interface ReportContent<Row> {
  readonly head: Record<string, unknown>;
  /** The moment of its figures, RFC 3339: asked for again it gives the same. */
  readonly at: string;
  readonly rows: readonly Row[];
}

export interface ReportRoute<Query extends z.ZodRawShape, Item extends z.ZodObject, Row> {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Members of the query string beside cursor, limit, sort and format. */
  readonly query: Query;
  readonly item: Item;
  /** Members of the answer beside items and nextCursor. */
  readonly head: z.ZodRawShape;
  /** The first is the default; a leading `-` turns it round. */
  readonly sorts: Readonly<Record<string, (row: Row) => SortValue>>;
  readonly sortDefault: string;
  /** What tells rows apart. */
  readonly keyOf: (row: Row) => string;
  /** @param at the moment of the page before, where there was one. */
  readonly read: (
    query: z.output<z.ZodObject<Query>>,
    at: string | undefined,
  ) => Promise<ReportContent<Row>>;
  /** Adds what only rows that are shown need. */
  readonly complete?: (rows: readonly Row[]) => Promise<readonly Row[]>;
  readonly show: (row: Row, content: ReportContent<Row>) => z.input<Item>;
}

const cursorKeys = z.tuple([z.string(), z.string(), z.string(), instant]);

/** Adds `GET /v1/books/...`: house only, one page as JSON or all rows as CSV. */
export function reportRoute<Query extends z.ZodRawShape, Item extends z.ZodObject, Row>(
  app: App,
  route: ReportRoute<Query, Item, Row>,
): void {
  const names = Object.keys(route.sorts).flatMap((name) => [name, `-${name}`]);
  const querystring = z.strictObject({
    ...pageQuery,
    format: z.enum(['json', 'csv']).optional().describe('or say it in Accept'),
    sort: z
      .enum(names as [string, ...string[]])
      .default(route.sortDefault)
      .describe('a leading - turns the order round'),
    ...route.query,
  });
  const page = z.object({
    ...route.head,
    at: instant.describe('the moment of these figures'),
    items: z.array(route.item),
    nextCursor: z.string().nullable(),
  });
  app.get(
    `/v1/books${route.path}`,
    {
      config: { scope: 'books:read' },
      handlerTimeout: REPORT_TIMEOUT_MS,
      schema: {
        tags: ['Accounting'],
        summary: route.summary,
        ...(route.description === undefined ? {} : { description: route.description }),
        querystring,
        response: {
          200: {
            description: 'One page, or all rows as CSV',
            content: {
              'application/json': { schema: page },
              'text/csv': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request: FastifyRequest, reply) => {
      requireHouse(request.principal);
      const query = request.query as z.output<z.ZodObject<Query>> & PageQuery;
      if (!wantsCsv(request)) return reply.send(await pageOf(route, query));
      // An injected request has no socket.
      (request.raw.socket as Partial<Socket>).setTimeout?.(REPORT_TIMEOUT_MS);
      const content = await route.read(query, undefined);
      const rows = sorted(content.rows, orderOf(route, query.sort));
      const name = `${route.path.slice(1).replaceAll('/', '-')}.csv`;
      return sendCsv(reply, name, csvOf(route, content, rows));
    },
  );
}

interface PageQuery {
  readonly cursor?: string;
  readonly limit: number;
  readonly sort: string;
}

interface Order<Row> {
  readonly rank: (row: Row) => SortValue;
  readonly keyOf: (row: Row) => string;
  readonly direction: 1 | -1;
}

function orderOf<Query extends z.ZodRawShape, Item extends z.ZodObject, Row>(
  route: ReportRoute<Query, Item, Row>,
  sort: string,
): Order<Row> {
  const rank = route.sorts[sort.replace(/^-/, '')];
  if (!rank) throw new Error(`the report has no sort ${sort}`);
  return { rank, keyOf: route.keyOf, direction: sort.startsWith('-') ? -1 : 1 };
}

function compare(left: SortValue, right: SortValue): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function sorted<Row>(rows: readonly Row[], order: Order<Row>): Row[] {
  const { rank, keyOf, direction } = order;
  return [...rows].sort(
    (a, b) => direction * (compare(rank(a), rank(b)) || compare(keyOf(a), keyOf(b))),
  );
}

/** A sort value as a cursor carries it, and back. */
function readLike(sample: SortValue, text: string): SortValue {
  if (typeof sample === 'string') return text;
  if (!/^-?\d{1,30}$/.test(text)) return typeof sample === 'bigint' ? 0n : 0;
  return typeof sample === 'bigint' ? BigInt(text) : Number(text);
}

async function pageOf<Query extends z.ZodRawShape, Item extends z.ZodObject, Row>(
  route: ReportRoute<Query, Item, Row>,
  query: z.output<z.ZodObject<Query>> & PageQuery,
): Promise<Record<string, unknown>> {
  const { sort, limit } = query;
  const keys = z.tuple([z.literal(sort), ...cursorKeys.def.items.slice(1)] as [
    z.ZodLiteral<string>,
    z.ZodString,
    z.ZodString,
    typeof instant,
  ]);
  const after = decodeCursor(query.cursor, keys);
  const content = await route.read(query, after?.[3]);
  const order = orderOf(route, sort);
  const rows = sorted(content.rows, order);
  const [first] = rows;
  const from =
    after && first ? firstAfter(rows, order, readLike(order.rank(first), after[1]), after[2]) : 0;
  const shown = rows.slice(from, from + limit);
  const last = shown.at(-1);
  const more = last !== undefined && from + limit < rows.length;
  return {
    ...content.head,
    at: content.at,
    items: (await completed(route, shown)).map((row) => route.show(row, content)),
    nextCursor: more
      ? encodeCursor([sort, `${order.rank(last)}`, order.keyOf(last), content.at])
      : null,
  };
}

async function completed<Query extends z.ZodRawShape, Item extends z.ZodObject, Row>(
  route: ReportRoute<Query, Item, Row>,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  return route.complete ? route.complete(rows) : rows;
}

/** Index of the first row after a place in the order, by halving. */
function firstAfter<Row>(
  rows: readonly Row[],
  order: Order<Row>,
  value: SortValue,
  key: string,
): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle]!;
    const beyond =
      order.direction * (compare(order.rank(row), value) || compare(order.keyOf(row), key));
    if (beyond > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rows that one part of a CSV answer carries. */
const CSV_ROWS = 2_000;

async function* csvOf<Query extends z.ZodRawShape, Item extends z.ZodObject, Row>(
  route: ReportRoute<Query, Item, Row>,
  content: ReportContent<Row>,
  rows: readonly Row[],
): AsyncGenerator<string> {
  const columns = columnsOf(route.item, []);
  yield csvLines([columns.map((path) => path.map(snakeCase).join('_'))]);
  for (let from = 0; from < rows.length; from += CSV_ROWS) {
    const some = await completed(route, rows.slice(from, from + CSV_ROWS));
    const part = some.map((row) => route.show(row, content));
    yield csvLines(part.map((row) => columns.map((path) => cell(row, path))));
  }
}

/** The paths of an item's members; members of nested objects become columns of their own. */
function columnsOf(schema: z.ZodObject, path: readonly string[]): string[][] {
  return Object.entries(schema.shape).flatMap(([name, member]) => {
    let inner = member as z.ZodType;
    while (inner instanceof z.ZodNullable || inner instanceof z.ZodOptional) {
      inner = inner.unwrap() as z.ZodType;
    }
    const here = [...path, name];
    return inner instanceof z.ZodObject ? columnsOf(inner, here) : [here];
  });
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function cell(row: unknown, path: readonly string[]): string {
  let value = row;
  for (const name of path) value = (value as Record<string, unknown> | null | undefined)?.[name];
  if (value === null || value === undefined) return '';
  return Array.isArray(value) ? value.map((part) => JSON.stringify(part)).join(' ') : `${value}`;
}
