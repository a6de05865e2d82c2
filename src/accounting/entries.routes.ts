import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../platform/context.ts';
import { type Tx, writeAs } from '../platform/database.ts';
import { requireHouse } from '../platform/documents/index.ts';
import { type App, pageOf } from '../platform/http.ts';
import { answerOnce } from '../platform/idempotency.ts';
import { currencyDigits } from '../platform/money.ts';
import { notFound, Problem } from '../platform/problems.ts';
import { readBooks } from './books.ts';
import { listEntries, readEntry } from './entries.read.ts';
import {
  entriesQuery,
  entryAnswer,
  entryParams,
  idempotencyHeader,
  manualBody,
  reverseBody,
} from './entries.schemas.ts';
import { bookManual, reverseManual } from './manual.commands.ts';

const tags = ['Accounting'];

/** Entries of the books: what documents and people booked. For the house. */
export function entryRoutes(app: App, context: Context): void {
  const digits = currencyDigits(context.config.currency);
  app.get(
    '/v1/books/entries',
    {
      config: { scope: 'books:read' },
      schema: {
        tags,
        summary: 'List entries, newest first; for the house',
        description: 'What documents and people booked; value movements are in statements.',
        querystring: entriesQuery,
        response: { 200: pageOf(entryAnswer) },
      },
    },
    async ({ principal, query }) => {
      requireHouse(principal);
      return readBooks(context, (tx) => listEntries(tx, query, digits));
    },
  );
  app.get(
    '/v1/books/entries/:entry',
    {
      config: { scope: 'books:read' },
      schema: {
        tags,
        summary: 'Read an entry',
        params: entryParams,
        response: { 200: entryAnswer },
      },
    },
    async ({ principal, params }) => {
      requireHouse(principal);
      const seq = BigInt(params.entry);
      const found = await readBooks(context, (tx) => readEntry(tx, seq, digits));
      if (!found) throw new Problem(notFound, `There is no entry ${params.entry}.`);
      return found;
    },
  );
  bookingRoutes(app, context, digits);
}

function bookingRoutes(app: App, context: Context, digits: number): void {
  const bookOnce = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (tx: Tx) => Promise<bigint>,
  ) => {
    requireHouse(request.principal);
    const answer = await writeAs(context.database, 'house', (tx) =>
      answerOnce(tx, request, context.clock(), async () => {
        const seq = await work(tx);
        const headers = { location: `/v1/books/entries/${seq}` };
        return { status: 201, headers, body: await readEntry(tx, seq, digits) };
      }),
    );
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  };
  app.post(
    '/v1/books/entries',
    {
      config: { scope: 'books:write' },
      schema: {
        tags,
        summary: 'Book an entry by hand',
        description:
          'Debits equal credits, in the currency given; each line is converted at the rate of ' +
          'the day. Accounts of stock are the ledger’s: they only take lines that balance among ' +
          'themselves.',
        headers: idempotencyHeader,
        body: manualBody,
        response: { 201: entryAnswer },
      },
    },
    (request, reply) =>
      bookOnce(request, reply, (tx) => bookManual(tx, context, request.principal, request.body)),
  );
  app.post(
    '/v1/books/entries/:entry/reverse',
    {
      config: { scope: 'books:write' },
      schema: {
        tags,
        summary: 'Reverse an entry that was booked by hand',
        params: entryParams,
        headers: idempotencyHeader,
        body: reverseBody,
        response: { 201: entryAnswer },
      },
    },
    (request, reply) =>
      bookOnce(request, reply, (tx) => {
        const seq = BigInt(request.params.entry);
        return reverseManual(tx, context, request.principal, seq, request.body);
      }),
  );
}
