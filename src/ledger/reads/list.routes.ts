import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { csvLines, sendCsv, wantsCsv } from '../../platform/documents/index.ts';
import { type App, PAGE_LIMIT_MAX, pageQuery } from '../../platform/http.ts';
import { overloaded, Problem } from '../../platform/problems.ts';
import { formatQuery } from './schemas.ts';

/** Rows of one CSV export at most; beyond it, filter. */
const EXPORT_ROWS_MAX = 1_000_000;
/** An export reads page after page, which takes longer than an answer may. */
const EXPORT_TIMEOUT_MS = 600_000;
/** One page must be there sooner than connections are given up. */
const PAGE_TIMEOUT_MS = 10_000;

/** One page, whatever else the list says beside its items. */
export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** What a read-only list needs to be served as JSON pages and as CSV. */
export interface ListRoute<Shape extends z.ZodRawShape, Item extends z.ZodObject, P> {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly query: Shape;
  readonly item: Item;
  /** Members of the answer beside `items` and `nextCursor`. */
  readonly extra?: z.ZodRawShape;
  readonly read: (
    context: Context,
    principal: Principal,
    query: z.output<z.ZodObject<Shape>> & { cursor?: string | undefined; limit: number },
  ) => Promise<P>;
}

/** Adds `GET path`: one page as JSON, or everything as CSV. */
export function listRoute<
  Shape extends z.ZodRawShape,
  Item extends z.ZodObject,
  P extends Page<z.input<Item>>,
>(app: App, context: Context, route: ListRoute<Shape, Item, P>): void {
  const page = z.object({
    ...route.extra,
    items: z.array(route.item),
    nextCursor: z.string().nullable(),
  });
  type Query = z.output<z.ZodObject<Shape>> & { cursor?: string | undefined; limit: number };
  app.get(
    `/v1${route.path}`,
    {
      config: { scope: 'ledger:read' },
      handlerTimeout: EXPORT_TIMEOUT_MS,
      schema: {
        tags: ['Ledger'],
        summary: route.summary,
        ...(route.description === undefined ? {} : { description: route.description }),
        querystring: z.strictObject({ ...pageQuery, ...formatQuery, ...route.query }),
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
      const query = request.query as Query;
      const { principal } = request;
      if (!wantsCsv(request)) {
        return reply.send(await inTime(route.read(context, principal, query)));
      }
      // An injected request has no socket.
      (request.raw.socket as Partial<Socket>).setTimeout?.(EXPORT_TIMEOUT_MS);
      const first = await route.read(context, principal, { ...query, limit: PAGE_LIMIT_MAX });
      const next = (cursor: string) =>
        route.read(context, principal, { ...query, cursor, limit: PAGE_LIMIT_MAX });
      const name = `${route.path.slice(1)}.csv`;
      return sendCsv(reply, name, csvOf(route.item, first, next));
    },
  );
}

/** @throws Problem overloaded when it takes longer than an answer may. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const advice = 'That takes too long to answer; narrow it with a filter, or export it as CSV.';
      reject(new Problem(overloaded, advice, { retryAfterSeconds: 10 }));
    }, PAGE_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function* csvOf(
  item: z.ZodObject,
  first: Page<unknown>,
  next: (cursor: string) => Promise<Page<unknown>>,
): AsyncGenerator<string> {
  const columns = columnsOf(item, []);
  yield csvLines([columns.map((path) => path.map(snakeCase).join('_'))]);
  let page = first;
  let count = 0;
  for (;;) {
    yield csvLines(page.items.map((row) => columns.map((path) => cell(row, path))));
    count += page.items.length;
    if (page.nextCursor === null || count >= EXPORT_ROWS_MAX) return;
    page = await next(page.nextCursor);
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
  return Array.isArray(value) ? value.join(' ') : String(value);
}
