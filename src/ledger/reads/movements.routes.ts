import { z } from 'zod';
import type { Context, Principal } from '../../platform/context.ts';
import { readSnapshotAs, type Tx } from '../../platform/database.ts';
import { type App, decodeCursor, encodeCursor } from '../../platform/http.ts';
import { currencyDigits } from '../../platform/money.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { KIND } from '../posting/commands.ts';
import { parseLedgerId } from '../service/identity.ts';
import { ALL_KIND_NAMES } from '../service/vocabulary.ts';
import { placeKeys, readPage, seqsBelow } from './history.ts';
import { firstSeqsRecordedFrom } from './instants.queries.ts';
import { listRoute, type Page } from './list.routes.ts';
import { type MovementQuery, movementSource } from './movement-history.ts';
import { showMovements } from './movements.queries.ts';
import { findDocument, findSerials, resolveFilter } from './resolve.queries.ts';
import {
  documentText,
  instantText,
  ledgerIdText,
  type MovementAnswer,
  movementAnswer,
  placeQuery,
  serialText,
} from './schemas.ts';

const historyQuery = {
  ...placeQuery,
  serial: serialText.optional(),
  document: documentText.optional().describe('`type:number`'),
  kind: z.enum(ALL_KIND_NAMES).optional(),
  occurredFrom: instantText.optional(),
  occurredTo: instantText.optional(),
  recordedFrom: instantText.optional(),
  recordedTo: instantText.optional(),
  costUnknown: z
    .literal('true')
    .optional()
    .describe('only what came in at an unknown cost that nobody corrected yet'),
};
type HistoryQuery = z.output<z.ZodObject<typeof historyQuery>> & {
  cursor?: string | undefined;
  limit: number;
};

/** The cursor of a history: recorded at, journal, seq of the place to go on from. */
export const placeCursor = z.tuple([
  z.number().int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000),
  z.number().int().min(0).max(9999),
  z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
]);

function toInstant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

/** What the query string asks for, resolved; null where nothing can match. */
async function toMovementQuery(tx: Tx, query: HistoryQuery): Promise<MovementQuery | null> {
  const { filter } = await resolveFilter(tx, query);
  const documentId =
    query.document === undefined ? undefined : await findDocument(tx, query.document);
  if (documentId === null) return null;
  const serials =
    query.serial === undefined ? undefined : await findSerials(tx, query.serial, filter.itemId);
  return {
    filter,
    kind: query.kind === undefined ? undefined : KIND[query.kind],
    occurredFrom: toInstant(query.occurredFrom),
    occurredTo: toInstant(query.occurredTo),
    documentId,
    serials,
    costUnknown: query.costUnknown === 'true',
  };
}

export async function readMovements(
  context: Context,
  principal: Principal,
  query: HistoryQuery,
): Promise<Page<MovementAnswer>> {
  const cursor = decodeCursor(query.cursor, placeCursor);
  const after = cursor && { recordedAt: cursor[0], journal: cursor[1], seq: cursor[2] };
  const digits = currencyDigits(context.config.currency);
  return readSnapshotAs(context.database, principal.scope, async (tx) => {
    const wanted = await toMovementQuery(tx, query);
    if (!wanted) return { items: [], nextCursor: null };
    const below = await seqsBelow(tx, after, toInstant(query.recordedTo) ?? null);
    const from = await firstSeqsRecordedFrom(tx, toInstant(query.recordedFrom));
    const only = wanted.filter.journal;
    const journals = [...below.keys()].filter((journal) => only === undefined || journal === only);
    const sources = journals.map((journal) =>
      movementSource(tx, wanted, journal, from.get(journal) ?? 1),
    );
    const page = await readPage(tx, sources, below, query.limit);
    return {
      items: await showMovements(tx, page.rows, digits),
      nextCursor: page.next ? encodeCursor(placeKeys(page.next)) : null,
    };
  });
}

/** Movement history and single movements. */
export function movementRoutes(app: App, context: Context): void {
  listRoute(app, context, {
    path: '/movements',
    summary: 'List movements, newest first',
    description:
      'By item, place, lot, serial, document, handling unit, kind and time. A page whose filter ' +
      'matches rarely may hold fewer rows than `limit`: go on until `nextCursor` is null.',
    query: historyQuery,
    item: movementAnswer,
    read: readMovements,
  });
  app.get(
    '/v1/movements/:id',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags: ['Ledger'],
        summary: 'Read one movement',
        params: z.object({ id: ledgerIdText }),
        response: { 200: movementAnswer },
      },
    },
    async (request) => {
      const { id } = request.params;
      const digits = currencyDigits(context.config.currency);
      const [movement] = await readSnapshotAs(context.database, request.principal.scope, (tx) =>
        showMovements(tx, [parseLedgerId(id)], digits),
      );
      if (!movement) throw new Problem(notFound, `There is no movement ${id}.`);
      return movement;
    },
  );
}
