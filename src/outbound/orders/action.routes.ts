import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { type App, requireIfMatch } from '../../platform/http.ts';
import type { Answer } from '../../platform/idempotency.ts';
import { releaseOrder } from '../fulfilment/release.ts';
import { cancelOrder } from './cancel.ts';
import { changeOrder } from './change.ts';
import type { OrderDraft } from './draft.ts';
import { liftHold, placeHold } from './holds.ts';
import { moveReservation } from './move.ts';
import { orderParams } from './order.routes.ts';
import { HOLD_KINDS } from './order.ts';
import * as schemas from './schemas.ts';
import type { OrderService } from './service.ts';

const tags = ['Sales orders'];
const headers = schemas.optionalKeyHeader.extend({
  'if-match': z.string().optional().describe('only if it is still as it was read'),
});
const response = { 200: schemas.orderAnswer };

interface By {
  readonly actorId: number;
  readonly at: Date;
}

/** Runs one change for a request, once for each Idempotency-Key. */
function act(
  service: OrderService,
  request: FastifyRequest,
  number: string,
  change: (tx: Tx, draft: OrderDraft, by: By) => void | Promise<void>,
): Promise<Answer> {
  const { principal } = request;
  const version = request.headers['if-match'] ? requireIfMatch(request) : undefined;
  const by = { actorId: principal.principalId, at: service.context.clock() };
  return changeOrder(service, { principal, version, once: request }, number, (draft, tx) =>
    change(tx, draft, by),
  );
}

function send(reply: FastifyReply, answer: Answer): schemas.OrderAnswer {
  reply.headers(answer.headers);
  return answer.body as schemas.OrderAnswer;
}

/** Cancelling, holding, releasing and moving sales orders. */
export function actionRoutes(app: App, service: OrderService): void {
  cancelRoute(app, service);
  holdRoutes(app, service);
  releaseRoute(app, service);
  moveRoute(app, service);
}

function cancelRoute(app: App, service: OrderService): void {
  app.post(
    '/v1/sales-orders/:number/cancel',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Cancel a sales order, lines of it, or units of a line',
        description: 'Whatever has not left; its units are available again at once.',
        ...{ params: orderParams, headers, response },
        body: schemas.cancelBody.nullish(),
      },
    },
    async (request, reply) =>
      send(
        reply,
        await act(service, request, request.params.number, (_tx, draft) =>
          cancelOrder(draft, request.body ?? {}),
        ),
      ),
  );
}

function holdRoutes(app: App, service: OrderService): void {
  app.post(
    '/v1/sales-orders/:number/holds',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Put a sales order on hold',
        description: 'Nothing of it is released or shipped until the hold is released.',
        ...{ params: orderParams, headers, response },
        body: schemas.holdBody,
      },
    },
    async (request, reply) =>
      send(
        reply,
        await act(service, request, request.params.number, (tx, draft, by) =>
          placeHold(tx, draft, request.body, by),
        ),
      ),
  );
  app.post(
    '/v1/sales-orders/:number/holds/:kind/release',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Release a hold',
        ...{ headers, response },
        params: orderParams.extend({ kind: z.enum(HOLD_KINDS) }),
        body: schemas.releaseHoldBody.nullish(),
      },
    },
    async (request, reply) => {
      const { number, kind } = request.params;
      const hold = { kind, note: request.body?.note };
      const change = (tx: Tx, draft: OrderDraft, by: By) => liftHold(tx, draft, hold, by);
      return send(reply, await act(service, request, number, change));
    },
  );
}

function releaseRoute(app: App, service: OrderService): void {
  app.post(
    '/v1/sales-orders/:number/release',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Ask the warehouses for what is reserved',
        description: 'Makes one fulfilment request for each site.',
        ...{ params: orderParams, headers, response },
      },
    },
    async (request, reply) =>
      send(reply, await act(service, request, request.params.number, releaseOrder)),
  );
}

function moveRoute(app: App, service: OrderService): void {
  app.post(
    '/v1/sales-orders/:number/move',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Let a reserved part come from another site',
        description: 'Reserves there first; where that is refused everything stays as it is.',
        params: orderParams,
        headers: schemas.ifMatchHeader,
        body: schemas.moveBody,
        response,
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request;
      const version = request.headers['if-match'] ? requireIfMatch(request) : undefined;
      const who = { principal, version };
      return send(reply, await moveReservation(service, who, params.number, body));
    },
  );
}
