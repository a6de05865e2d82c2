import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { historyAnswer, readHistory } from '../../platform/history.ts';
import { type App, etagOf, pageOf, requireIfMatch } from '../../platform/http.ts';
import { EXCEPTION } from './exception.commands.ts';
import {
  type ExceptionRow,
  findException,
  listExceptions,
  showException,
} from './exception.queries.ts';
import { type ExceptionStep, missingException, takeException } from './exception.steps.ts';
import * as schemas from './proposal.schemas.ts';

/** Exceptions at /v1/planning/exceptions: the house's alone. */

const tags = ['Planning exceptions'];
const PATH = '/v1/planning/exceptions';
const read = { config: { scope: 'planning:read' } } as const;
const write = { config: { scope: 'planning:write' } } as const;

/** Adds the routes of exceptions. */
export function exceptionRoutes(app: App, context: Context): void {
  const { currency } = context.config;
  app.get(
    PATH,
    {
      ...read,
      schema: {
        tags,
        summary: 'List exceptions, the most money at risk first',
        querystring: schemas.exceptionList,
        response: { 200: pageOf(schemas.exceptionAnswer) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, ...filter } = request.query;
      return readAs(context.database, 'house', (tx) =>
        listExceptions(tx, currency, filter, { cursor, limit }),
      );
    },
  );
  app.get(
    `${PATH}/:exception`,
    {
      ...read,
      schema: {
        tags,
        summary: 'Read an exception',
        params: schemas.exceptionParams,
        response: { 200: schemas.exceptionAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const id = request.params.exception;
      const row = await readAs(context.database, 'house', (tx) => findException(tx, id));
      if (!row) throw missingException(id);
      return reply.header('etag', etagOf(row.version)).send(showException(currency, row));
    },
  );
  app.get(
    `${PATH}/:exception/history`,
    {
      ...read,
      schema: {
        tags,
        summary: 'What became of an exception',
        params: schemas.exceptionParams,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const id = request.params.exception;
      return readAs(context.database, 'house', async (tx) => {
        if (!(await findException(tx, id))) throw missingException(id);
        return { items: await readHistory(tx, { type: EXCEPTION, number: String(id) }) };
      });
    },
  );
  stepRoutes(app, context);
}

function stepRoutes(app: App, context: Context): void {
  const step = async (
    request: FastifyRequest<{ Params: { exception: number } }>,
    made: ExceptionStep,
  ): Promise<ExceptionRow> => {
    requireHouse(request.principal);
    const version = request.headers['if-match'] ? requireIfMatch(request) : undefined;
    const by = { actorId: request.principal.principalId, at: context.clock() };
    const id = request.params.exception;
    return writeAs(context.database, 'house', (tx) => takeException(tx, id, made, version, by));
  };
  const show = (row: ExceptionRow) => showException(context.config.currency, row);
  const schemaOf = <Body extends z.ZodType>(summary: string, body: Body) => ({
    ...write,
    schema: {
      ...{ tags, summary, body, params: schemas.exceptionParams, headers: schemas.etagHeader },
      response: { 200: schemas.exceptionAnswer },
    },
  });
  app.post(
    `${PATH}/:exception/acknowledge`,
    schemaOf('Acknowledge an exception: somebody has seen it', schemas.noteBody),
    async (request, reply) => {
      const { note } = request.body;
      const row = await step(request, { action: 'acknowledge', done: 'acknowledged', note });
      return reply.header('etag', etagOf(row.version)).send(show(row));
    },
  );
  app.post(
    `${PATH}/:exception/snooze`,
    schemaOf('Let an exception sleep until a day', schemas.snoozeBody),
    async (request, reply) => {
      const made = { action: 'snooze', done: 'snoozed', ...request.body } as const;
      const row = await step(request, made);
      return reply.header('etag', etagOf(row.version)).send(show(row));
    },
  );
  app.post(
    `${PATH}/:exception/assign`,
    schemaOf('Say who looks at an exception', schemas.assignBody),
    async (request, reply) => {
      const made = { action: 'assign', done: 'assigned', ...request.body } as const;
      const row = await step(request, made);
      return reply.header('etag', etagOf(row.version)).send(show(row));
    },
  );
  app.post(
    `${PATH}/:exception/reopen`,
    schemaOf('Open an exception again', schemas.noteBody),
    async (request, reply) => {
      const { note } = request.body;
      const row = await step(request, { action: 'reopen', done: 'reopened', note });
      return reply.header('etag', etagOf(row.version)).send(show(row));
    },
  );
}
