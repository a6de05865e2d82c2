import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import {
  type App,
  decodeCursor,
  etagOf,
  idParams,
  pageQuery,
  requireIfMatch,
  toPage,
} from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { notFound, Problem, preconditionFailed } from '../../platform/problems.ts';
import { readPolicy, writePolicy } from './policy.queries.ts';
import type { DemandPolicy } from './policy.ts';
import { type DemandRun, findRun, insertRun, selectRuns } from './runs.queries.ts';
import { policyAnswer, policyPatch, runAnswer, runPage } from './schemas.ts';

const read = { config: { scope: 'planning:read' } } as const;
const write = { config: { scope: 'planning:write' } } as const;
const RUNS = '/v1/planning/demand-roll-ups';
const POLICY = '/v1/planning/demand-policy';

function showRun(run: DemandRun): z.output<typeof runAnswer> {
  return {
    rollUpId: run.runId,
    kind: run.kind,
    state: run.state,
    factsDone: run.factsDone,
    factsTotal: run.factsTotal,
    salesOrderChanges: run.ordersDone,
    error: run.error,
    requestedAt: run.requestedAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    endedAt: run.endedAt?.toISOString() ?? null,
  };
}

function createRoute(app: App, context: Context, wake: () => void): void {
  app.post(
    RUNS,
    {
      ...write,
      schema: {
        tags: ['demand history'],
        summary: 'Bring demand history up to date, or make it anew',
        description: 'It is done in the background; read it again to see how far it is.',
        body: z.strictObject({
          kind: z.enum(['incremental', 'rebuild']).default('incremental'),
        }),
        response: { 202: runAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const at = context.clock();
      const { principalId } = request.principal;
      const answer = await writeAs(context.database, 'house', (tx) =>
        answerOnce(tx, request, at, async () => {
          const runId = await insertRun(tx, request.body.kind, principalId, at);
          const run = (await findRun(tx, runId))!;
          return { status: 202, headers: { location: `${RUNS}/${runId}` }, body: showRun(run) };
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

function readRoutes(app: App, context: Context): void {
  app.get(
    RUNS,
    {
      ...read,
      schema: {
        tags: ['demand history'],
        summary: 'List roll-ups of demand history, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(['queued', 'running', 'completed', 'failed']).optional(),
        }),
        response: { 200: runPage },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { state, limit, cursor } = request.query;
      const [before] = decodeCursor(cursor, z.tuple([z.int32()])) ?? [];
      const runs = await readAs(context.database, 'house', (tx) =>
        selectRuns(tx, { state, before, limit: limit + 1 }),
      );
      return toPage(runs, limit, ({ runId }) => [runId], showRun);
    },
  );
  app.get(
    `${RUNS}/:id`,
    {
      ...read,
      schema: {
        tags: ['demand history'],
        summary: 'Read a roll-up: how far it is',
        params: idParams,
        response: { 200: runAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { id } = request.params;
      const run = await readAs(context.database, 'house', (tx) => findRun(tx, id));
      if (!run) throw new Problem(notFound, `There is no roll-up ${id}.`);
      return showRun(run);
    },
  );
}

function policyRoutes(app: App, context: Context): void {
  app.get(
    POLICY,
    {
      ...read,
      schema: {
        tags: ['demand history'],
        summary: 'Read how demand is reckoned',
        response: { 200: policyAnswer },
      },
    },
    async (request, reply) => {
      const { policy, version } = await readAs(context.database, request.principal.scope, (tx) =>
        readPolicy(tx),
      );
      return reply.header('etag', etagOf(version)).send({ ...policy, version });
    },
  );
  app.patch(
    POLICY,
    {
      ...write,
      schema: {
        tags: ['demand history'],
        summary: 'Change how demand is reckoned; what is not given stays as it is',
        description:
          'Other rules for returns or cancellations make the next roll-up a rebuild; the others ' +
          'hold at once.',
        headers: z.looseObject({
          'if-match': z.string().optional().describe('the ETag of the policy as it was read'),
        }),
        body: policyPatch,
        response: { 200: policyAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const version = requireIfMatch(request);
      const patch = Object.fromEntries(
        Object.entries(request.body).filter(([, value]) => value !== undefined),
      ) as Partial<DemandPolicy>;
      const after = await writeAs(context.database, 'house', async (tx) => {
        const before = await readPolicy(tx, true);
        if (before.version !== version) {
          const detail = `The policy is at version ${before.version}, not ${version}.`;
          throw new Problem(preconditionFailed, detail, { version: before.version });
        }
        await writePolicy(tx, { ...before.policy, ...patch }, context.clock());
        return readPolicy(tx);
      });
      const body = { ...after.policy, version: after.version };
      return reply.header('etag', etagOf(after.version)).send(body);
    },
  );
}

/** Roll-ups at /v1/planning/demand-roll-ups, their rules at /v1/planning/demand-policy. */
export function rollUpRoutes(app: App, context: Context, wake: () => void): void {
  createRoute(app, context, wake);
  readRoutes(app, context);
  policyRoutes(app, context);
}
