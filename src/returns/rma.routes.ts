import { readAs } from '../platform/database.ts';
import { readHistory } from '../platform/history.ts';
import { type App, etagOf, pageOf } from '../platform/http.ts';
import * as answers from './answer-schemas.ts';
import { change, create, listReturns, showReturn } from './documents.ts';
import { editReturn } from './edit.commands.ts';
import { authorise, complete, dispatch, endLines, reject } from './rma.commands.ts';
import { readRma } from './rma.queries.ts';
import { documentOf } from './rma.ts';
import * as schemas from './schemas.ts';
import { missing, type Returns, sendAnswer } from './service.ts';

const tags = ['Returns'];
const read = { config: { scope: 'returns:read' } } as const;
const write = { config: { scope: 'returns:write' } } as const;
const response = { 200: answers.returnAnswer };

/** Returns at /v1/returns: making, reading, editing, and what happens before goods arrive. */
export function returnRoutes(app: App, returns: Returns): void {
  createRoute(app, returns);
  readRoutes(app, returns);
  listRoute(app, returns);
  editRoute(app, returns);
  decisionRoutes(app, returns);
  endRoutes(app, returns);
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
        response: { 201: answers.returnAnswer },
      },
    },
    async (request, reply) => {
      return sendAnswer(reply, await create(returns, request, request.body));
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
        response: { 200: answers.historyPage },
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
        querystring: schemas.listQuery,
        response: { 200: pageOf(answers.summaryAnswer) },
      },
    },
    (request) => listReturns(returns, request.principal.scope, request.query),
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
