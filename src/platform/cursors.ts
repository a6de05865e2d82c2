import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { App } from './http.ts';
import { canonicalJson } from './idempotency.ts';
import { invalidRequest, Problem } from './problems.ts';

/** What may change from page to page: where it begins, how long it is, and its form. */
const FREE: ReadonlySet<string> = new Set(['cursor', 'limit', 'format']);
const TAG_BYTES = 9;
const SEPARATOR = '.';

declare module 'fastify' {
  interface FastifyRequest {
    /** Which list was asked for; see {@link bindCursors}. */
    listTag: string;
  }
}

/** A short digest of a list: its path and its filters as they were sent. */
function tagOf(request: FastifyRequest): string {
  const query = Object.entries(request.query as Record<string, unknown>);
  const filters = Object.fromEntries(query.filter(([name]) => !FREE.has(name)));
  const list = canonicalJson([request.routeOptions.url ?? '', request.params ?? {}, filters]);
  return createHash('sha256').update(list).digest().subarray(0, TAG_BYTES).toString('base64url');
}

/**
 * Binds every `nextCursor` that the API gives to the list and the filters that it was given for.
 * The sort keys in a cursor fit many lists, so one of another list would be a page that begins
 * anywhere: it is refused instead. No secret is involved; this finds mistakes, and what a caller
 * may see does not depend on cursors.
 * @throws Problem invalid-request from the hook, for a cursor of another list or other filters.
 */
export function bindCursors(app: App): void {
  app.decorateRequest('listTag', '');
  app.addHook('preValidation', async (request) => {
    const query = request.query as Record<string, unknown>;
    request.listTag = tagOf(request);
    const { cursor } = query;
    if (typeof cursor !== 'string') return;
    const at = cursor.lastIndexOf(SEPARATOR);
    if (cursor.slice(at + 1) === request.listTag && at >= 0) {
      query.cursor = cursor.slice(0, at);
      return;
    }
    const message = 'is not a cursor of this list with these filters';
    throw new Problem(invalidRequest, 'The cursor is not one that this list gave.', {
      errors: [{ path: 'query.cursor', message, expected: 'a nextCursor', found: cursor }],
    });
  });
  app.addHook('preSerialization', async (request, _reply, payload) => {
    const cursor = (payload as { nextCursor?: unknown } | null)?.nextCursor;
    if (typeof cursor !== 'string') return payload;
    return { ...(payload as object), nextCursor: cursor + SEPARATOR + request.listTag };
  });
}
