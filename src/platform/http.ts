import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Scope } from './auth/scopes.ts';
import type { Principal } from './context.ts';
import type { Overload } from './overload.ts';
import { invalidRequest, Problem, preconditionRequired } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the key must allow; 'public' needs no key. Every route under /v1 declares one. */
    scope?: Scope | 'public';
    /** Whether the route is refused while the server is overloaded; by default all but GET. */
    sheds?: boolean;
  }
  interface FastifyInstance {
    /** Where modules tell that too much work waits; see {@link Overload}. */
    overload: Overload;
  }
  interface FastifyRequest {
    /** Set by the auth hook before any handler whose scope is not 'public'. */
    principal: Principal;
  }
}

/** The HTTP application that every `xxxRoutes(app, context)` adds its routes to. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export const PAGE_LIMIT_DEFAULT = 100;
export const PAGE_LIMIT_MAX = 1000;

/** Members of every list's query string; spread into the route's own `z.object`. */
export const pageQuery = {
  cursor: z.string().max(1000).optional().describe('`nextCursor` of the page before'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(PAGE_LIMIT_MAX)
    .default(PAGE_LIMIT_DEFAULT)
    .describe('rows a page'),
};

/** The schema of one page of `item`: `{ items, nextCursor }`, null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** A value that may stand in a cursor: the sort keys of the last row of a page. */
export type CursorValue = string | number | bigint | null;

/** Packs the sort keys of a row into an opaque cursor (base64url). */
export function encodeCursor(values: readonly CursorValue[]): string {
  const plain = values.map((value) => (typeof value === 'bigint' ? { n: `${value}` } : value));
  return Buffer.from(JSON.stringify(plain)).toString('base64url');
}

const BIGINT_FORM = /^-?\d{1,19}$/;

/** Undoes what encodeCursor does to bigints. */
function revive(_name: string, value: unknown): unknown {
  const wrapped = typeof value === 'object' && value !== null ? (value as { n?: unknown }).n : '';
  return typeof wrapped === 'string' && BIGINT_FORM.test(wrapped) ? BigInt(wrapped) : value;
}

/**
 * Unpacks a cursor into the sort keys that `keys` describes, such as
 * `z.tuple([z.bigint(), z.string()])`; undefined for the first page.
 * @throws Problem invalid-request when it is not a cursor of this list.
 */
export function decodeCursor<Keys extends z.ZodType>(
  cursor: string | undefined,
  keys: Keys,
): z.output<Keys> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const json: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString(), revive);
    return keys.parse(json);
  } catch {
    const message = 'is not a cursor of this list';
    throw new Problem(invalidRequest, 'The cursor is not one that this list gave.', {
      errors: [{ path: 'query.cursor', message, expected: 'a nextCursor', found: cursor }],
    });
  }
}

/**
 * Cuts `rows`, read with LIMIT limit + 1, to a page.
 * @param keyOf the sort keys of a row, in the order of ORDER BY.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly CursorValue[],
  toItem: (row: Row) => Item,
): { items: Item[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), nextCursor: more ? encodeCursor(keyOf(last)) : null };
}

/** The strong entity tag of a document at `version`. */
export function etagOf(version: number | bigint): string {
  return `"${version}"`;
}

/**
 * The version that the caller read, from `If-Match`. The command puts it into
 * `UPDATE ... WHERE version = $n` and throws precondition-failed when no row matches.
 * @throws Problem precondition-required without the header; invalid-request when it is no ETag.
 */
export function requireIfMatch(request: FastifyRequest): number {
  const header = request.headers['if-match'];
  if (!header) {
    throw new Problem(preconditionRequired, 'Send the ETag of the document in If-Match.');
  }
  const match = /^"(\d{1,9})"$/.exec(header.trim());
  if (match?.[1]) return Number(match[1]);
  const message = 'is not an ETag of this API';
  throw new Problem(invalidRequest, 'If-Match does not hold one ETag.', {
    errors: [{ path: 'headers.if-match', message, expected: '"7"', found: header }],
  });
}

/** Path parameters with one numeric id. */
export const idParams = z.object({
  id: z.coerce.number().int().min(1).max(2_147_483_647),
});

/** An instant in JSON, RFC 3339 with an offset. */
export const instant = z.iso.datetime({ offset: true });
