import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, decodeCursor, toPage } from '../../platform/http.ts';
import { answerOnceAfter } from '../../platform/idempotency.ts';
import { newId } from '../../platform/ids.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import type { Reckoner } from '../reckoner/reckoner.ts';
import { RECKONING_TIMEOUT_MS, whileSomebodyWaits } from '../reckoner/waiting.ts';
import {
  resultAnswer,
  type WhatIfAnswer,
  whatIfAnswer,
  whatIfBody,
  whatIfList,
  whatIfPage,
  whatIfParams,
} from './schemas.ts';
import { runWhatIf } from './what-if.commands.ts';
import {
  deleteWhatIf,
  insertWhatIf,
  selectWhatIf,
  selectWhatIfs,
  type WhatIfRow,
} from './what-if.queries.ts';

const tags = ['Planning'];
export const keyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .describe('the same key with the same body gives the first answer again'),
});

function showHead({ number, name, createdAt, request }: WhatIfRow) {
  return { number, name, createdAt: createdAt.toISOString(), request };
}

/** A scenario as it is answered. */
export function showWhatIf(row: WhatIfRow): WhatIfAnswer {
  return { ...showHead(row), result: resultAnswer.parse(row.result) };
}

/** Scenarios at /v1/planning/what-ifs, played by `reckoner`. */
export function whatIfRoutes(app: App, context: Context, reckoner: Reckoner): void {
  createRoute(app, context, reckoner);
  listRoute(app, context);
  readRoutes(app, context);
}

function createRoute(app: App, context: Context, reckoner: Reckoner): void {
  app.post(
    '/v1/planning/what-ifs',
    {
      handlerTimeout: RECKONING_TIMEOUT_MS,
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Simulate items with and without a change',
        description:
          'Draws futures of the items from their stored forecasts and plays each twice, as ' +
          'things are and with the change: stockouts, fill rate, inventory value, orders, cost. ' +
          'Scenarios are played one after another; 503 planning-busy when too many wait.',
        headers: keyHeader,
        body: whatIfBody,
        response: { 201: whatIfAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { principalId } = request.principal;
      const at = context.clock();
      const signal = whileSomebodyWaits(reply);
      const answer = await answerOnceAfter(context.database, request, at, {
        work: () => runWhatIf(context, request.principal, request.body, { reckoner, signal }),
        keep: async (tx, result) => {
          const row = await insertWhatIf(tx, {
            whatIfId: newId(),
            name: request.body.name ?? 'without a name',
            request: { ...request.body },
            result,
            actorId: principalId,
            createdAt: at,
          });
          const location = `/v1/planning/what-ifs/${row.number}`;
          return { status: 201, headers: { location }, body: showWhatIf(row) };
        },
      });
      return reply
        .status(201)
        .headers(answer.headers)
        .send(answer.body as WhatIfAnswer);
    },
  );
}

function listRoute(app: App, context: Context): void {
  app.get(
    '/v1/planning/what-ifs',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'Stored scenarios, the newest first, without their results',
        querystring: whatIfList,
        response: { 200: whatIfPage },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, name = null } = request.query;
      const before = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
      const rows = await readAs(context.database, request.principal.scope, (tx) =>
        selectWhatIfs(tx, { name, before, limit: limit + 1 }),
      );
      return toPage(
        rows,
        limit,
        ({ createdAt, whatIfId }) => [createdAt.toISOString(), whatIfId],
        showHead,
      );
    },
  );
}

function missing(number: string): Problem {
  return new Problem(notFound, `There is no scenario ${number}.`);
}

function readRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/what-ifs/:number',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'A stored scenario with its result',
        params: whatIfParams,
        response: { 200: whatIfAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      const row = await readAs(context.database, request.principal.scope, (tx) =>
        selectWhatIf(tx, number),
      );
      if (!row) throw missing(number);
      return showWhatIf(row);
    },
  );
  app.delete(
    '/v1/planning/what-ifs/:number',
    {
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Delete a stored scenario',
        params: whatIfParams,
        response: { 204: z.void() },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { number } = request.params;
      const isGone = await writeAs(context.database, request.principal.scope, (tx) =>
        deleteWhatIf(tx, number),
      );
      if (!isGone) throw missing(number);
      return reply.status(204).send();
    },
  );
}
