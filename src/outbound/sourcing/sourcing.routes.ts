import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import {
  anyDocument,
  documentRoutes,
  requireHouse,
  tableStore,
} from '../../platform/documents/index.ts';
import { type App, decodeCursor, pageQuery, toPage } from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { newId } from '../../platform/ids.ts';
import { currencyDigits } from '../../platform/money.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import { findOrder } from '../orders/order.queries.ts';
import { idempotencyHeader, orderNumber } from '../orders/schemas.ts';
import { selectDecisions } from './decision.queries.ts';
import { POLICY_DEFAULT, selectPolicy } from './facts.queries.ts';
import { sourcingPolicyMissing } from './facts.ts';
import { insertRun, type RunRow, selectRun, selectRuns } from './runs.queries.ts';
import { decisionPage, runAnswer, runBody, runPage } from './schemas.ts';
import { sourcingPolicyType, sourcingRateType, sourcingSiteType } from './types.ts';
import { showDecision, showRun } from './view.ts';

const rights = { readScope: 'orders:read', writeScope: 'orders:write', houseOnly: true } as const;
const tags = ['Sourcing'];

/** Costs, decisions and runs of sourcing. `wake` is told of a new run. */
export function sourcingRoutes(app: App, context: Context, wake: () => void): void {
  costRoutes(app, context);
  decisionRoute(app, context);
  startRoute(app, context, wake);
  runRoutes(app, context);
}

/** What sourcing costs at /v1/sourcing/policies, /sites and /rates. */
function costRoutes(app: App, context: Context): void {
  const digits = currencyDigits(context.config.currency);
  documentRoutes(app, context, {
    store: tableStore(anyDocument(sourcingPolicyType(digits))),
    path: '/v1/sourcing/policies',
    keyField: 'code',
    ...rights,
  });
  documentRoutes(app, context, {
    store: tableStore(anyDocument(sourcingSiteType(digits))),
    path: '/v1/sourcing/sites',
    keyField: 'site',
    ...rights,
  });
  documentRoutes(app, context, {
    store: tableStore(anyDocument(sourcingRateType(digits))),
    path: '/v1/sourcing/rates',
    keyField: undefined,
    ...rights,
  });
}

function decisionRoute(app: App, context: Context): void {
  const { currency } = context.config;
  const money = { currency, digits: currencyDigits(currency) };
  app.get(
    '/v1/sales-orders/:number/sourcing',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'Why a sales order ships from where, the newest decision first',
        params: z.object({ number: orderNumber }),
        querystring: z.object(pageQuery),
        response: { 200: decisionPage },
      },
    },
    async (request) => {
      const { scope } = request.principal;
      const { cursor, limit } = request.query;
      const after = decodeCursor(cursor, z.tuple([z.uuid()]));
      const rows = await readAs(context.database, scope, async (tx) => {
        const { number } = await findOrder(tx, request.params.number, false);
        return selectDecisions(tx, number, after?.[0], limit + 1);
      });
      return toPage(
        rows,
        limit,
        ({ id }) => [id],
        (row) => showDecision(row, scope === 'house' ? money : undefined),
      );
    },
  );
}

function startRoute(app: App, context: Context, wake: () => void): void {
  app.post(
    '/v1/sourcing/runs',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Source reserved sales orders anew, together',
        description:
          'Queues a run: it finds the cheapest sites for all reserved sales orders of which ' +
          'nothing was released, and moves reservations. Ask for the run to see how far it is.',
        headers: idempotencyHeader,
        body: runBody,
        response: { 202: runAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { policy = POLICY_DEFAULT, channel, site, salesOrdersMax } = request.body;
      const { principalId, scope } = request.principal;
      const at = context.clock();
      const answer = await writeAs(context.database, scope, (tx) =>
        answerOnce(tx, request, at, async () => {
          if (!(await selectPolicy(tx, policy))) {
            throw new Problem(sourcingPolicyMissing, `There is no policy ${policy}.`, { policy });
          }
          const filter = {
            channel: channel ?? null,
            site: site ?? null,
            ordersMax: salesOrdersMax,
          };
          const made = { runId: newId(), policy, request: filter, actorId: principalId };
          return { status: 202, headers: {}, body: showRun(await insertRun(tx, made, at)) };
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

function runRoutes(app: App, context: Context): void {
  app.get(
    '/v1/sourcing/runs/:number',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'Read a run: how far it is, and what it did',
        params: z.object({ number: orderNumber }),
        response: { 200: runAnswer },
      },
    },
    async (request) => {
      const { number } = request.params;
      const run = await readAs(context.database, request.principal.scope, (tx) =>
        selectRun(tx, number),
      );
      if (!run) throw new Problem(notFound, `There is no sourcing run ${number}.`);
      return showRun(run);
    },
  );
  app.get(
    '/v1/sourcing/runs',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'List runs, the newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(['queued', 'running', 'done', 'failed']).optional(),
        }),
        response: { 200: runPage },
      },
    },
    async (request) => {
      const { cursor, limit, state = null } = request.query;
      const before = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
      const rows = await readAs(context.database, request.principal.scope, (tx) =>
        selectRuns(tx, { state, before, limit: limit + 1 }),
      );
      const keyOf = ({ createdAt, runId }: RunRow) => [createdAt.toISOString(), runId];
      return toPage(rows, limit, keyOf, showRun);
    },
  );
}
