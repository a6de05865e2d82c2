import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs } from '../../platform/database.ts';
import { type App, decodeCursor, encodeCursor, instant } from '../../platform/http.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import { parseLedgerId } from '../service/identity.ts';
import { advanceCheckpoints } from './accounts.queries.ts';
import { placeKeys } from './history.ts';
import { listRoute } from './list.routes.ts';
import { codeText, instantQuery, ledgerIdText, placeQuery } from './schemas.ts';
import { type Why, type WhyRequest, whyAccount, whyItem, whyPosition } from './why.queries.ts';

const whyQuery = {
  ...placeQuery,
  position: z
    .string()
    .regex(/^\d{1,4}-\d{1,15}$/)
    .optional()
    .describe('`<journal>-<position>`'),
  account: codeText.optional().describe('`inventory`, or the code of a virtual location'),
  ...instantQuery,
};
type WhyQuery = z.output<z.ZodObject<typeof whyQuery>> & {
  cursor?: string | undefined;
  limit: number;
};

const item = z.object({
  id: ledgerIdText,
  type: z.enum(['movement', 'value']),
  kind: z.string(),
  reason: z.string().nullable(),
  actor: z.string().nullable(),
  document: z.object({ type: z.string(), number: z.string() }).nullable(),
  item: z.string(),
  from: z.string(),
  to: z.string(),
  change: z.string().describe('signed'),
  balance: z.string().describe('the figure right after it'),
  cause: ledgerIdText.nullable().describe('the movement it reverses or corrects the cost of'),
  commandId: z.string(),
  occurredAt: instant,
  recordedAt: instant,
});

const answer = {
  of: z.enum(['units', 'money']),
  unit: z.string().describe('base unit of the item, or currency'),
  at: instant.nullable(),
  by: z.enum(['recorded', 'occurred']),
  figure: z.string().describe('what is explained'),
  opening: z.string().describe('the figure before the oldest line of this page; at the end, zero'),
};

const cursorForm = z.tuple([
  z.number().int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000),
  z.number().int().min(0).max(9999),
  z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  z.bigint(),
]);

function toRequest(query: WhyQuery): WhyRequest {
  const cursor = decodeCursor(query.cursor, cursorForm);
  return {
    asOf: query.at === undefined ? undefined : { at: Date.parse(query.at), by: query.by },
    after: cursor && {
      recordedAt: cursor[0],
      journal: cursor[1],
      seq: cursor[2],
      balance: cursor[3],
    },
    limit: query.limit,
  };
}

function checkSubject(query: WhyQuery): void {
  const given = [query.item, query.position, query.account].filter((text) => text !== undefined);
  if (given.length === 1) return;
  const message = 'name one of item, position and account';
  throw new Problem(invalidRequest, 'Say which figure to explain.', {
    errors: [{ path: 'query', message, expected: 'one of them', found: `${given.length}` }],
  });
}

/**
 * Explains a figure: itself, the facts that made it (newest first) and the balance between them.
 * Figure and facts are read in one snapshot, so opening plus changes is always the figure.
 */
export async function readWhy(
  context: Context,
  principal: Principal,
  query: WhyQuery,
): Promise<Why> {
  checkSubject(query);
  const request = toRequest(query);
  if (query.account !== undefined) await advanceCheckpoints(context.database);
  return readSnapshotAs(context.database, principal.scope, (tx) => {
    if (query.account !== undefined) return whyAccount(tx, context, query.account, request);
    if (query.position !== undefined) {
      return whyPosition(tx, context, parseLedgerId(query.position), request);
    }
    return whyItem(tx, context, { ...query, item: query.item ?? '' }, request);
  });
}

/** `why`: any figure as the facts that made it. */
export function whyRoutes(app: App, context: Context): void {
  listRoute(app, context, {
    path: '/why',
    summary: 'Why is this number what it is',
    description:
      'Of an item (with filters) or a position: the movements that changed it. Of an account: ' +
      'the movements and value entries that moved money. Newest first, each with the balance ' +
      'after it; what changes nothing (a move between two places of the filter) is left out.',
    query: whyQuery,
    item,
    extra: answer,
    read: async (readContext, principal, query) => {
      const { next, ...why } = await readWhy(readContext, principal, query);
      const at = query.at === undefined ? null : new Date(query.at).toISOString();
      const nextCursor = next && encodeCursor([...placeKeys(next), next.balance]);
      return { ...why, at, by: query.by, nextCursor };
    },
  });
}
