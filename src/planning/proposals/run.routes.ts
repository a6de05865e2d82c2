import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, pageOf } from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { findRun, listRuns, listTargets } from './proposal.lists.ts';
import * as schemas from './proposal.schemas.ts';
import { carryOut, type OpenedRun, openRun } from './run.ts';
import { sendAnswer } from './send.ts';

/** Runs at /v1/planning/proposal-runs, and the stock targets they leave behind. */

const tags = ['Planning proposals'];
const PATH = '/v1/planning/proposal-runs';
const read = { config: { scope: 'planning:read' } } as const;
const write = { config: { scope: 'planning:write' } } as const;

function missing(run: number): Problem {
  return new Problem(notFound, `There is no planning run ${run}.`);
}

/** Adds the routes of runs and targets. */
export function runRoutes(app: App, context: Context): void {
  const { log, database } = context;
  const underWay = new Set<Promise<unknown>>();
  app.addHook('preClose', async () => {
    await Promise.allSettled(underWay);
  });
  const start = (work: Promise<unknown>, run: number) => {
    const quiet = work
      .catch((error: Error) => log.warn({ err: error, run }, 'a planning run failed'))
      .finally(() => underWay.delete(quiet));
    underWay.add(quiet);
  };
  app.post(
    PATH,
    {
      ...write,
      schema: {
        tags,
        summary: 'Make targets, proposals and exceptions from the current forecasts',
        description: 'Answers at once; follow it at the path in Location.',
        headers: schemas.keyHeader,
        body: schemas.runBody,
        response: { 202: schemas.runAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const at = context.clock();
      const asked = { day: request.body.day, actorId: request.principal.principalId };
      let opened: OpenedRun | undefined;
      const answer = await writeAs(database, 'house', (tx) =>
        answerOnce(tx, request, at, async () => {
          opened = await openRun(tx, context, asked, at);
          const headers = { location: `${PATH}/${opened.runId}` };
          return { status: 202, headers, body: await findRun(tx, opened.runId) };
        }),
      );
      if (opened) start(carryOut(context, asked, opened), opened.runId);
      return sendAnswer(reply, answer);
    },
  );
  readRoutes(app, context);
  targetRoutes(app, context);
}

function readRoutes(app: App, { database }: Context): void {
  app.get(
    PATH,
    {
      ...read,
      schema: {
        tags,
        summary: 'List runs, the newest first',
        querystring: schemas.runList,
        response: { 200: pageOf(schemas.runAnswer) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      return readAs(database, 'house', (tx) => listRuns(tx, request.query));
    },
  );
  app.get(
    `${PATH}/:run`,
    {
      ...read,
      schema: {
        tags,
        summary: 'How far a run is, and what it made',
        params: schemas.runParams,
        response: { 200: schemas.runAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { run } = request.params;
      const shown = await readAs(database, 'house', (tx) => findRun(tx, run));
      if (!shown) throw missing(run);
      return shown;
    },
  );
}

function targetRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/targets',
    {
      ...read,
      schema: {
        tags,
        summary: 'List stock targets with what they rest on',
        querystring: schemas.targetList,
        response: { 200: pageOf(schemas.targetAnswer) },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      return readAs(context.database, request.principal.scope, (tx) =>
        listTargets(tx, filter, { cursor, limit }),
      );
    },
  );
}
