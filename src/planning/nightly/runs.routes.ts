import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, type Tx, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, decodeCursor, pageQuery, toPage } from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { forecastRunEnded, RUN_STATES } from './run.ts';
import { cancelRun, type RunRow, selectRun, selectRuns, selectWorkers } from './runs.queries.ts';
import { queueRun } from './runs.ts';
import { documentNumber, idempotencyHeader, runAnswer, runBody, runPage } from './schemas.ts';
import { showRun } from './view.ts';

const tags = ['Planning: forecasts'];
const HEARD_MS = 60_000;

/** Forecast runs at /v1/planning/forecast-runs; they are the house's. `wake` hears of new ones. */
export function runRoutes(app: App, context: Context, wake: () => void): void {
  startRoute(app, context, wake);
  cancelRoute(app, context);
  readRoutes(app, context);
}

async function answerRun(tx: Tx, context: Context, run: RunRow) {
  const since = new Date(context.clock().getTime() - HEARD_MS);
  return showRun(run, await selectWorkers(tx, run.runId, since));
}

function missing(number: string): Problem {
  return new Problem(notFound, `There is no forecast run ${number}.`);
}

function startRoute(app: App, context: Context, wake: () => void): void {
  app.post(
    '/v1/planning/forecast-runs',
    {
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Forecast all items at all sites now',
        description:
          'Queues a run, which any number of workers share. One is under way at a time. Ask for ' +
          'the run to see how far it is.',
        headers: idempotencyHeader,
        body: runBody,
        response: { 202: runAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { principalId, scope } = request.principal;
      const answer = await writeAs(context.database, scope, (tx) =>
        answerOnce(tx, request, context.clock(), async () => {
          const run = await queueRun(tx, context, request.body, principalId);
          return { status: 202, headers: {}, body: showRun(run, []) };
        }),
      );
      wake();
      return reply
        .code(202)
        .headers(answer.headers)
        .send(answer.body as z.output<typeof runAnswer>);
    },
  );
}

function cancelRoute(app: App, context: Context): void {
  app.post(
    '/v1/planning/forecast-runs/:number/cancel',
    {
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Cancel a forecast run',
        description: 'What it has forecast so far stays. Cancelling again answers the same.',
        params: z.object({ number: documentNumber }),
        response: { 200: runAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      return writeAs(context.database, request.principal.scope, async (tx) => {
        const run = (await cancelRun(tx, number, context.clock())) ?? (await selectRun(tx, number));
        if (!run) throw missing(number);
        if (run.state !== 'cancelled') {
          const detail = `Forecast run ${number} is ${run.state}.`;
          throw new Problem(forecastRunEnded, detail, { state: run.state });
        }
        return answerRun(tx, context, run);
      });
    },
  );
}

function readRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/forecast-runs/:number',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'Read a forecast run: how far it is, and what it did',
        params: z.object({ number: documentNumber }),
        response: { 200: runAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      return readAs(context.database, request.principal.scope, async (tx) => {
        const run = await selectRun(tx, number);
        if (!run) throw missing(number);
        return answerRun(tx, context, run);
      });
    },
  );
  app.get(
    '/v1/planning/forecast-runs',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'List forecast runs, the newest first',
        querystring: z.object({ ...pageQuery, state: z.enum(RUN_STATES).optional() }),
        response: { 200: runPage },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, state = null } = request.query;
      const before = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const rows = await readAs(context.database, request.principal.scope, (tx) =>
        selectRuns(tx, { state, before, limit: limit + 1 }),
      );
      const keyOf = ({ createdAt, runId }: RunRow) => [createdAt.toISOString(), runId];
      return toPage(rows, limit, keyOf, (run) => showRun(run, []));
    },
  );
}
