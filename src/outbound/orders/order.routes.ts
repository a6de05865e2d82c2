import { z } from 'zod';
import type { Principal } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { sendCsv, wantsCsv } from '../../platform/documents/index.ts';
import { historyAnswer, readHistory } from '../../platform/history.ts';
import { type App, etagOf, PAGE_LIMIT_MAX, requireIfMatch } from '../../platform/http.ts';
import { Problem, problemBody } from '../../platform/problems.ts';
import type { CaptureDesk } from './capture-desk.ts';
import { editOrder } from './edit.ts';
import { csvOfOrders, listOrders, listQuery } from './list.ts';
import { findOrder } from './order.queries.ts';
import { idFromKey } from './resolve.ts';
import * as schemas from './schemas.ts';
import type { OrderService } from './service.ts';
import { readOrder } from './view.ts';

export const orderParams = z.object({ number: schemas.orderNumber });
const tags = ['Sales orders'];

/** Capturing, reading, listing and editing sales orders. */
export function orderRoutes(app: App, service: OrderService, desk: CaptureDesk): void {
  captureRoutes(app, desk);
  readRoutes(app, service);
  editRoute(app, service);
}

async function capture(
  desk: CaptureDesk,
  principal: Principal,
  key: string,
  body: schemas.CaptureBody,
) {
  const orderId = idFromKey(key, principal, 'sales_order');
  return desk.capture({ principal, orderId, body });
}

function captureRoutes(app: App, desk: CaptureDesk): void {
  app.post(
    '/v1/sales-orders',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Capture a sales order',
        description:
          'Reserves what it asks for and writes it down, all or nothing; what is short is ' +
          'refused, or waits where the sales order allows backorders.',
        headers: schemas.idempotencyHeader,
        body: schemas.captureBody,
        response: { 200: schemas.captureAnswer, 201: schemas.captureAnswer },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const answer = await capture(desk, request.principal, key, request.body);
      if (answer instanceof Problem) throw answer;
      reply
        .status(answer.replayed ? 200 : 201)
        .header('etag', etagOf(answer.version))
        .header('location', `/v1/sales-orders/${encodeURIComponent(answer.number)}`);
      return answer;
    },
  );
  app.post(
    '/v1/sales-orders/bulk',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Capture many sales orders',
        description: 'Each stands alone, under its own `id`, which is its Idempotency-Key.',
        body: schemas.bulkCaptureBody,
        response: { 200: schemas.bulkCaptureAnswer },
      },
    },
    async (request) => {
      const outcomes = await Promise.all(
        request.body.orders.map(async ({ id, ...body }) => {
          const answer = await capture(desk, request.principal, id, body).catch(
            (error: unknown) => {
              if (error instanceof Problem) return error;
              throw error;
            },
          );
          if (!(answer instanceof Problem)) {
            return { id, status: 'captured' as const, salesOrder: answer };
          }
          const isUnknown = answer.extras.outcome === 'unknown' || answer.type.status >= 500;
          const problem = problemBody(answer) as z.output<typeof schemas.problemMember>;
          return { id, status: isUnknown ? ('unknown' as const) : ('rejected' as const), problem };
        }),
      );
      const captured = outcomes.filter(({ status }) => status === 'captured').length;
      return { captured, rejected: outcomes.length - captured, orders: outcomes };
    },
  );
}

function readRoutes(app: App, service: OrderService): void {
  const { context } = service;
  app.get(
    '/v1/sales-orders/:number',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'Read a sales order with lines, reservations, holds and shipments',
        params: orderParams,
        response: { 200: schemas.orderAnswer },
      },
    },
    async (request, reply) => {
      const { principal, params } = request;
      const order = await readAs(context.database, principal.scope, (tx) =>
        readOrder(tx, params.number),
      );
      reply.header('etag', etagOf(order.version));
      return order;
    },
  );
  app.get(
    '/v1/sales-orders/:number/history',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'What was done to a sales order, by whom and when',
        params: orderParams,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, async (tx) => {
        const { number } = await findOrder(tx, request.params.number, false);
        return { items: await readHistory(tx, { type: 'sales_order', number }) };
      }),
  );
  listRoute(app, service);
}

function listRoute(app: App, { context }: OrderService): void {
  app.get(
    '/v1/sales-orders',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'List sales orders, the newest first; as CSV, all that match',
        querystring: z.object({
          ...listQuery,
          format: z.enum(['json', 'csv']).optional().describe('or say it in Accept'),
        }),
        response: {
          200: {
            description: 'One page, or all rows as CSV',
            content: {
              'application/json': { schema: schemas.orderPage },
              'text/csv': { schema: z.string() },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { query, principal } = request;
      const read = (limit: number, cursor: string | undefined) =>
        readAs(context.database, principal.scope, (tx) =>
          listOrders(tx, { ...query, limit, cursor }, context.clock()),
        );
      if (!wantsCsv(request)) return reply.send(await read(query.limit, query.cursor));
      const first = await read(PAGE_LIMIT_MAX, undefined);
      const pages = csvOfOrders(async (cursor) =>
        cursor === undefined ? first : read(PAGE_LIMIT_MAX, cursor),
      );
      return sendCsv(reply, 'sales-orders.csv', pages);
    },
  );
}

function editRoute(app: App, service: OrderService): void {
  app.patch(
    '/v1/sales-orders/:number',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Edit a sales order; what is not given stays as it is',
        description:
          '`quantity` of a line is what is to be sent in all, cancelled units left out. More is ' +
          'reserved first; less is given back at once.',
        params: orderParams,
        headers: schemas.ifMatchHeader,
        body: schemas.editBody,
        response: { 200: schemas.orderAnswer },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request;
      const version = requireIfMatch(request);
      const answer = await editOrder(service, { principal, version }, params.number, body);
      reply.headers(answer.headers);
      return answer.body as schemas.OrderAnswer;
    },
  );
}
