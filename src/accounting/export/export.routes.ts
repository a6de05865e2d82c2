import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import type { App } from '../../platform/http.ts';
import { day, toRange } from '../reports/schemas.ts';
import { EXPORT_FORMATS, type ExportFormat, exportBooks } from './export.ts';

/** Years of books take longer than an answer may. */
const EXPORT_TIMEOUT_MS = 600_000;

const TYPES: Readonly<Record<ExportFormat, { readonly type: string; readonly ending: string }>> = {
  hledger: { type: 'text/plain; charset=utf-8', ending: 'journal' },
  ledger: { type: 'text/plain; charset=utf-8', ending: 'ledger' },
  csv: { type: 'text/csv; charset=utf-8', ending: 'csv' },
};

/** `GET /v1/books/export`. */
export function exportRoutes(app: App, context: Context): void {
  app.get(
    '/v1/books/export',
    {
      config: { scope: 'books:read' },
      handlerTimeout: EXPORT_TIMEOUT_MS,
      schema: {
        tags: ['Accounting'],
        summary: 'The books as a plain-text journal (hledger, Ledger) or as CSV',
        description:
          'Streamed. With `from` the journal opens with the balances before it; at the end of ' +
          'each period it asserts what every account holds.',
        querystring: z.strictObject({
          format: z.enum(EXPORT_FORMATS).default('hledger'),
          from: day.optional().describe('first booking day'),
          to: day.optional().describe('last booking day, inclusive'),
          detail: z
            .enum(['document', 'movement'])
            .default('document')
            .describe('what stock is summed up by: day and document, or not at all'),
          bySite: z.stringbool().default(false).describe('sites as accounts below their account'),
        }),
        response: {
          200: {
            description: 'The journal',
            content: {
              'text/plain': { schema: z.string() },
              'text/csv': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request: FastifyRequest, reply) => {
      requireHouse(request.principal);
      const { format, from, to, detail, bySite } = request.query as {
        format: ExportFormat;
        from?: string;
        to?: string;
        detail: string;
        bySite: boolean;
      };
      toRange({ from, through: to });
      const parts = exportBooks(context, { format, from, to, each: detail === 'movement', bySite });
      // The first part is made before the answer begins, so that an error still is one.
      const first = await parts.next();
      // An injected request has no socket.
      (request.raw.socket as Partial<Socket>).setTimeout?.(EXPORT_TIMEOUT_MS);
      const { type, ending } = TYPES[format];
      return reply
        .type(type)
        .header('content-disposition', `attachment; filename="books.${ending}"`)
        .send(Readable.from(after(first, parts)));
    },
  );
}

async function* after(
  first: IteratorResult<string, unknown>,
  rest: AsyncIterable<string>,
): AsyncGenerator<string> {
  if (first.done) return;
  yield first.value;
  yield* rest;
}
