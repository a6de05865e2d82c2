import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readAs, type Tx } from '../../platform/database.ts';
import { historyAnswer, readHistory } from '../../platform/history.ts';
import { type App, decodeCursor, pageQuery, toPage } from '../../platform/http.ts';
import { changeOrder } from '../orders/change.ts';
import type { OrderDraft } from '../orders/draft.ts';
import { idFromKey } from '../orders/resolve.ts';
import {
  code,
  idempotencyHeader,
  optionalKeyHeader,
  orderNumber,
  shipmentAnswer,
} from '../orders/schemas.ts';
import type { OrderService } from '../orders/service.ts';
import { acceptRequest, shortRequest, withdrawRequest } from './release.ts';
import { findRequest, listRequests, type RequestRow, showRequests } from './request.queries.ts';
import { REQUEST_STATES } from './request.ts';
import { requestAnswer, requestPage, shipBody, shortBody } from './schemas.ts';
import { shipRequest } from './ship.ts';

const tags = ['Fulfilment'];
const params = z.object({ number: orderNumber });

/** What warehouses are asked to send, at /v1/fulfilment-requests. */
export function fulfilmentRoutes(app: App, service: OrderService): void {
  readRoutes(app, service);
  answerRoutes(app, service);
  shipRoute(app, service);
}

function readRoutes(app: App, { context }: OrderService): void {
  app.get(
    '/v1/fulfilment-requests',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'List fulfilment requests, the oldest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(REQUEST_STATES).optional(),
          site: code.optional(),
          salesOrder: orderNumber.optional(),
          item: code.optional(),
        }),
        response: { 200: requestPage },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, async (tx) => {
        const { cursor, limit, ...query } = request.query;
        const after = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.bigint()]));
        const rows = await listRequests(tx, { ...query, limit: limit + 1 }, after);
        const shown = await showRequests(tx, rows);
        return toPage(
          rows,
          limit,
          (row) => [row.releasedAt.toISOString(), row.requestId],
          (row) => shown.get(row)!,
        );
      }),
  );
  app.get(
    '/v1/fulfilment-requests/:number',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'Read a fulfilment request',
        ...{ params, response: { 200: requestAnswer } },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, (tx) => show(tx, request.params.number)),
  );
  app.get(
    '/v1/fulfilment-requests/:number/history',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'What was done to a fulfilment request, by whom and when',
        params,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, async (tx) => {
        const { number } = await findRequest(tx, request.params.number);
        return { items: await readHistory(tx, { type: 'fulfilment_request', number }) };
      }),
  );
}

async function show(tx: Tx, number: string) {
  const row = await findRequest(tx, number);
  return (await showRequests(tx, [row])).get(row)!;
}

type By = { readonly actorId: number; readonly at: Date };

/** Lets the warehouse answer a request, once for each Idempotency-Key. */
async function act(
  service: OrderService,
  request: FastifyRequest,
  number: string,
  change: (tx: Tx, draft: OrderDraft, row: RequestRow, by: By) => Promise<void>,
) {
  const { principal } = request;
  const { context } = service;
  const read = <T>(work: (tx: Tx) => Promise<T>) => readAs(context.database, principal.scope, work);
  const { salesOrder } = await read((tx) => findRequest(tx, number));
  const by = { actorId: principal.principalId, at: context.clock() };
  await changeOrder(service, { principal, once: request }, salesOrder, async (draft, tx) =>
    change(tx, draft, await findRequest(tx, number), by),
  );
  return read((tx) => show(tx, number));
}

function answerRoutes(app: App, service: OrderService): void {
  app.post(
    '/v1/fulfilment-requests/:number/accept',
    {
      config: { scope: 'orders:ship' },
      schema: {
        tags,
        summary: 'Accept a fulfilment request',
        headers: optionalKeyHeader,
        ...{ params, response: { 200: requestAnswer } },
      },
    },
    (request) => act(service, request, request.params.number, acceptRequest),
  );
  app.post(
    '/v1/fulfilment-requests/:number/withdraw',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Take a fulfilment request back',
        description: 'What has not left stays reserved, and may be released again.',
        headers: optionalKeyHeader,
        ...{ params, response: { 200: requestAnswer } },
      },
    },
    (request) => act(service, request, request.params.number, withdrawRequest),
  );
  app.post(
    '/v1/fulfilment-requests/:number/short',
    {
      config: { scope: 'orders:ship' },
      schema: {
        tags,
        summary: 'Say that units of a request are not there',
        description:
          'They are backordered again, and come from another site as soon as one has them. Post ' +
          'the count or the short pick too, so that the stock is right.',
        headers: optionalKeyHeader,
        ...{ params, body: shortBody, response: { 200: requestAnswer } },
      },
    },
    (request) =>
      act(service, request, request.params.number, (tx, draft, row, by) =>
        shortRequest(tx, draft, row, request.body, by),
      ),
  );
}

function shipRoute(app: App, service: OrderService): void {
  app.post(
    '/v1/fulfilment-requests/:number/ship',
    {
      config: { scope: 'orders:ship' },
      schema: {
        tags,
        summary: 'Ship a fulfilment request, or a part of it',
        description:
          'Posts the shipment to the ledger and completes the lines. Without positions it takes ' +
          'what expires first.',
        headers: idempotencyHeader,
        params,
        body: shipBody.nullish(),
        response: { 200: shipmentAnswer, 201: shipmentAnswer },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      const shipmentId = idFromKey(request.headers['idempotency-key'], principal, 'shipment');
      const command = { principal, shipmentId, body: request.body ?? {} };
      const { answer, isNew } = await shipRequest(service, command, request.params.number);
      reply.status(isNew ? 201 : 200);
      return answer;
    },
  );
}
