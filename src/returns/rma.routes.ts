import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readAs, type Tx } from '../platform/database.ts';
import { readHistory } from '../platform/history.ts';
import { type App, decodeCursor, etagOf, pageOf, pageQuery, toPage } from '../platform/http.ts';
import type { Answer } from '../platform/idempotency.ts';
import { answerOf, claimsOf, summaryOf } from './answers.ts';
import { createReturn } from './create.commands.ts';
import { editReturn } from './edit.commands.ts';
import { listReturns } from './list.queries.ts';
import { REASON_CODES } from './policy.ts';
import {
  authorise,
  complete,
  dispatch,
  endLines,
  type LockedReturn,
  lockReturn,
  reject,
} from './rma.commands.ts';
import { readLinesOf, readRma } from './rma.queries.ts';
import { documentOf } from './rma.ts';
import * as schemas from './schemas.ts';
import {
  type By,
  changeOnce,
  documentAnswer,
  missing,
  type Returns,
  sendAnswer,
  versionAsked,
} from './service.ts';
import { RETURN_STATES } from './states.ts';

const tags = ['Returns'];
const read = { config: { scope: 'returns:read' } } as const;
const write = { config: { scope: 'returns:write' } } as const;
const response = { 200: schemas.returnAnswer };

/** Returns at /v1/returns: making, reading, editing, and what happens before goods arrive. */
export function returnRoutes(app: App, returns: Returns): void {
  createRoute(app, returns);
  readRoutes(app, returns);
  listRoute(app, returns);
  editRoute(app, returns);
  decisionRoutes(app, returns);
  endRoutes(app, returns);
}

/** The whole return. @throws Problem not-found */
export async function showReturn(
  returns: Returns,
  tx: Tx,
  number: string,
): Promise<schemas.ReturnAnswer> {
  const rma = await readRma(tx, number);
  if (!rma) throw missing('return', number);
  return answerOf(tx, rma, returns.houseDigits);
}

function createRoute(app: App, returns: Returns): void {
  app.post(
    '/v1/returns',
    {
      ...write,
      schema: {
        tags,
        summary: 'Make a return, of a sales order or a blind one',
        headers: schemas.optionalKeyHeader,
        body: schemas.createBody,
        response: { 201: schemas.returnAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(returns, request, async (tx, by) => {
        const number = await createReturn(returns, tx, request.principal, request.body, by);
        const location = `/v1/returns/${number}`;
        return documentAnswer(201, await showReturn(returns, tx, number), { location });
      });
      return sendAnswer(reply, answer);
    },
  );
}

function readRoutes(app: App, returns: Returns): void {
  const { database } = returns.context;
  app.get(
    '/v1/returns/:number',
    {
      ...read,
      schema: { tags, summary: 'Read a return', params: schemas.numberParams, response },
    },
    async (request, reply) => {
      const shown = await readAs(database, request.principal.scope, (tx) =>
        showReturn(returns, tx, request.params.number),
      );
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
  app.get(
    '/v1/returns/:number/history',
    {
      ...read,
      schema: {
        tags,
        summary: 'Who did what to a return, oldest first',
        params: schemas.numberParams,
        response: { 200: schemas.historyPage },
      },
    },
    (request) =>
      readAs(database, request.principal.scope, async (tx) => {
        const rma = await readRma(tx, request.params.number);
        if (!rma) throw missing('return', request.params.number);
        return { items: await readHistory(tx, documentOf(rma)) };
      }),
  );
}

function listRoute(app: App, returns: Returns): void {
  app.get(
    '/v1/returns',
    {
      ...read,
      schema: {
        tags,
        summary: 'List returns, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(RETURN_STATES).optional(),
          owner: schemas.code.optional(),
          salesOrder: schemas.text(80).optional(),
          customer: schemas.code.optional(),
          channel: schemas.code.optional(),
          site: schemas.code.optional(),
          item: schemas.code.optional().describe('SKU of any line'),
          reason: z.enum(REASON_CODES).optional().describe('of any line'),
          trackingNumber: schemas.text(100).optional(),
          createdFrom: schemas.moment.optional(),
          createdTo: schemas.moment.optional(),
        }),
        response: { 200: pageOf(schemas.summaryAnswer) },
      },
    },
    (request) =>
      readAs(returns.context.database, request.principal.scope, async (tx) => {
        const { cursor, limit, ...filters } = request.query;
        const after = decodeCursor(cursor, z.tuple([z.int32()]))?.[0];
        const rows = await listReturns(tx, filters, { after, limit: limit + 1 });
        const lines = await readLinesOf(
          tx,
          rows.map(({ rmaId }) => rmaId),
        );
        const claims = await claimsOf(tx, rows);
        return toPage(
          rows,
          limit,
          ({ rmaId }) => [rmaId],
          (rma) =>
            summaryOf(
              rma,
              lines.filter((line) => line.rmaId === rma.rmaId),
              claims,
            ),
        );
      }),
  );
}

function editRoute(app: App, returns: Returns): void {
  app.patch(
    '/v1/returns/:number',
    {
      ...write,
      schema: {
        tags,
        summary: 'Edit a return; what is not given stays as it is',
        params: schemas.numberParams,
        headers: schemas.ifMatchHeader,
        body: schemas.patchBody,
        response,
      },
    },
    async (request, reply) => {
      const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
        editReturn(tx, locked, request.body, by),
      );
      return sendAnswer(reply, answer);
    },
  );
}

/** Changes one return, locked, and answers what it is then. */
export function change(
  returns: Returns,
  request: FastifyRequest,
  number: string,
  work: (tx: Tx, locked: LockedReturn, by: By) => Promise<unknown>,
): Promise<Answer> {
  return changeOnce(returns, request, async (tx, by) => {
    const locked = await lockReturn(tx, number, versionAsked(request));
    await work(tx, locked, by);
    return documentAnswer(200, await showReturn(returns, tx, number));
  });
}

function decisionRoutes(app: App, returns: Returns): void {
  const common = { tags, params: schemas.numberParams, headers: schemas.optionalKeyHeader };
  app.post(
    '/v1/returns/:number/authorise',
    {
      ...write,
      schema: {
        ...common,
        summary: 'Agree to a return that was asked for',
        body: schemas.authoriseBody,
        response,
      },
    },
    async (request, reply) => {
      const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
        authorise(tx, locked, request.body, by),
      );
      return sendAnswer(reply, answer);
    },
  );
  app.post(
    '/v1/returns/:number/reject',
    {
      ...write,
      schema: {
        ...common,
        summary: 'Refuse a return that was asked for, with a reason',
        body: schemas.reasonBody,
        response,
      },
    },
    async (request, reply) => {
      const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
        reject(tx, locked, request.body.note, by),
      );
      return sendAnswer(reply, answer);
    },
  );
  app.post(
    '/v1/returns/:number/dispatch',
    {
      ...write,
      schema: {
        ...common,
        summary: 'The customer has handed it to a carrier',
        body: schemas.dispatchBody,
        response,
      },
    },
    async (request, reply) => {
      const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
        dispatch(tx, locked, request.body, by),
      );
      return sendAnswer(reply, answer);
    },
  );
}

function endRoutes(app: App, returns: Returns): void {
  const actions = [
    ['cancel', 'Cancel what has not arrived; money given for it is taken back'],
    ['complete', 'Close a return: what never came is cancelled'],
  ] as const;
  for (const [action, summary] of actions) {
    app.post(
      `/v1/returns/:number/${action}`,
      {
        ...write,
        schema: {
          tags,
          summary,
          params: schemas.numberParams,
          headers: schemas.optionalKeyHeader,
          body: schemas.noteBody,
          response,
        },
      },
      async (request, reply) => {
        const { note } = request.body;
        const answer = await change(returns, request, request.params.number, (tx, locked, by) =>
          action === 'cancel'
            ? endLines(returns, tx, locked, 'cancel', note, by)
            : complete(returns, tx, locked, note, by),
        );
        return sendAnswer(reply, answer);
      },
    );
  }
}
