import { z } from 'zod';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { type App, decodeCursor, toPage } from '../../platform/http.ts';
import { answerOnce, answerOnceAfter } from '../../platform/idempotency.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import type { Reckoner } from '../reckoner/reckoner.ts';
import { RECKONING_TIMEOUT_MS, whileSomebodyWaits } from '../reckoner/waiting.ts';
import { keyHeader } from '../whatif/what-if.routes.ts';
import {
  acceptPlacement,
  dayOf,
  keepPlacement,
  reckonPlacement,
  rejectPlacement,
  showHead,
  showPlacement,
} from './placement.commands.ts';
import { expirePlacements, selectPlacement, selectPlacements } from './placement.queries.ts';
import {
  acceptBody,
  type PlacementAnswer,
  placementAnswer,
  placementBody,
  placementList,
  placementPage,
  placementParams,
  rejectBody,
} from './schemas.ts';

const tags = ['Planning'];

/** Where stock should lie before a peak, at /v1/planning/placements, found by `reckoner`. */
export function placementRoutes(app: App, context: Context, reckoner: Reckoner): void {
  expireInTheBackground(app, context);
  createRoute(app, context, reckoner);
  readRoutes(app, context);
  decideRoutes(app, context);
}

const EXPIRE_EVERY_MS = 3_600_000;

/** Marks what nobody decided in time, at start and every hour. */
function expireInTheBackground(app: App, context: Context): void {
  const look = () =>
    writeAs(context.database, 'house', (tx) => expirePlacements(tx, context.clock())).catch(
      (error: Error) => context.log.warn({ err: error }, 'placements could not be expired'),
    );
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(look);
  }, EXPIRE_EVERY_MS);
  timer.unref();
  app.addHook('onReady', async () => {
    running = look();
  });
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await running;
  });
}

function createRoute(app: App, context: Context, reckoner: Reckoner): void {
  app.post(
    '/v1/planning/placements',
    {
      handlerTimeout: RECKONING_TIMEOUT_MS,
      config: { scope: 'planning:write' },
      schema: {
        tags,
        summary: 'Place stock over sites before a peak',
        description:
          'Finds flows by week and site that serve regional demand at least cost within the room ' +
          'of sites and what their docks take in, and what one more cubic metre would be worth. ' +
          'Placements are reckoned one after another; 503 planning-busy when too many wait.',
        headers: keyHeader,
        body: placementBody,
        response: { 201: placementAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { body, principal } = request;
      const by = { actorId: principal.principalId, at: context.clock() };
      const signal = whileSomebodyWaits(reply);
      const answer = await answerOnceAfter(context.database, request, by.at, {
        work: () => reckonPlacement(context, principal, body, reckoner, signal),
        keep: async (tx, result) => {
          const row = await keepPlacement(tx, body, result, by);
          const location = `/v1/planning/placements/${row.number}`;
          return { status: 201, headers: { location }, body: showPlacement(row) };
        },
      });
      return reply
        .status(201)
        .headers(answer.headers)
        .send(answer.body as PlacementAnswer);
    },
  );
}

function readRoutes(app: App, context: Context): void {
  app.get(
    '/v1/planning/placements',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'Placements, the newest first, without their flows',
        querystring: placementList,
        response: { 200: placementPage },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, state = null } = request.query;
      const today = dayOf(context.clock());
      const before = decodeCursor(cursor, z.tuple([z.string(), z.uuid()]));
      const rows = await readAs(context.database, request.principal.scope, (tx) =>
        selectPlacements(tx, { state, today, before, limit: limit + 1 }),
      );
      return toPage(
        rows,
        limit,
        ({ createdAt, placementId }) => [createdAt.toISOString(), placementId],
        showHead,
      );
    },
  );
  app.get(
    '/v1/planning/placements/:number',
    {
      config: { scope: 'planning:read' },
      schema: {
        tags,
        summary: 'A placement with its flows, and what room and docks are worth',
        params: placementParams,
        response: { 200: placementAnswer },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      const row = await readAs(context.database, request.principal.scope, (tx) =>
        selectPlacement(tx, number, dayOf(context.clock())),
      );
      if (!row) throw new Problem(notFound, `There is no placement ${number}.`);
      return showPlacement(row);
    },
  );
}

function decideRoutes(app: App, context: Context): void {
  const config = { scope: 'planning:approve' } as const;
  const params = placementParams;
  app.post(
    '/v1/planning/placements/:number/accept',
    {
      config,
      schema: {
        tags,
        summary: 'Accept a placement: its next flows become purchase and transfer orders',
        params,
        headers: keyHeader,
        body: acceptBody,
        response: { 200: placementAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { principalId, scope } = request.principal;
      const by = { actorId: principalId, at: context.clock() };
      const { number } = request.params;
      const answer = await writeAs(context.database, scope, (tx) =>
        answerOnce(tx, request, by.at, async () => {
          const row = await acceptPlacement(context, tx, number, request.body.days, by);
          return { status: 200, headers: {}, body: showPlacement(row) };
        }),
      );
      return reply.headers(answer.headers).send(answer.body as PlacementAnswer);
    },
  );
  app.post(
    '/v1/planning/placements/:number/reject',
    {
      config,
      schema: {
        tags,
        summary: 'Reject a placement',
        params,
        headers: keyHeader,
        body: rejectBody,
        response: { 200: placementAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { principalId, scope } = request.principal;
      const by = { actorId: principalId, at: context.clock() };
      const { number } = request.params;
      const answer = await writeAs(context.database, scope, (tx) =>
        answerOnce(tx, request, by.at, async () => {
          const row = await rejectPlacement(tx, number, request.body.reason, by);
          return { status: 200, headers: {}, body: showPlacement(row) };
        }),
      );
      return reply.headers(answer.headers).send(answer.body as PlacementAnswer);
    },
  );
}
