import { z } from 'zod';
import { readAs } from '../../platform/database.ts';
import { type App, decodeCursor, instant, pageOf, pageQuery, toPage } from '../../platform/http.ts';
import { CART_HOLD_STATES, listCartHolds, loadCartLines } from './cart-holds.queries.ts';
import { cartHoldView, extendCart, holdCart, readCartHold, releaseCart } from './cart-holds.ts';
import { idFromKey } from './resolve.ts';
import { code, idempotencyHeader, ledgerId, quantity, shipTo } from './schemas.ts';
import type { OrderService } from './service.ts';

const SECONDS_MAX = 7 * 86_400;
const seconds = z.int().min(1).max(SECONDS_MAX);
const cartHoldBody = z.strictObject({
  owner: code.optional(),
  channel: code,
  shipTo: shipTo.optional().describe('where it would go, if that is known'),
  expiresInSeconds: seconds.default(900),
  lines: z
    .array(z.strictObject({ item: code, quantity, site: code.optional() }))
    .min(1)
    .max(100),
});
export type CartHoldBody = z.output<typeof cartHoldBody>;

const cartHoldAnswer = z.object({
  cartHoldId: z.string(),
  owner: z.string(),
  channel: z.string(),
  state: z.enum(CART_HOLD_STATES),
  salesOrderId: z.string().nullable(),
  expiresAt: instant,
  createdAt: instant,
  version: z.number(),
  lines: z.array(
    z.object({
      line: z.number(),
      item: z.string(),
      site: z.string(),
      quantity: z.string(),
      reservation: ledgerId,
    }),
  ),
});
export type CartHoldAnswer = z.output<typeof cartHoldAnswer>;

const params = z.object({ id: z.uuid() });
const tags = ['Sales orders'];

/** Cart holds at /v1/cart-holds: reservations that expire. */
export function cartHoldRoutes(app: App, service: OrderService): void {
  writeRoutes(app, service);
  readRoutes(app, service);
}

function writeRoutes(app: App, service: OrderService): void {
  app.post(
    '/v1/cart-holds',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Hold units for a cart',
        description: 'All lines, or none. The units are let go of when the time is over.',
        headers: idempotencyHeader,
        body: cartHoldBody,
        response: { 200: cartHoldAnswer, 201: cartHoldAnswer },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      const id = idFromKey(request.headers['idempotency-key'], principal, 'cart_hold');
      const { answer, isNew } = await holdCart(service, principal, id, request.body);
      reply.status(isNew ? 201 : 200);
      return answer;
    },
  );
  app.post(
    '/v1/cart-holds/:id/extend',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Give a cart more time',
        params,
        body: z.strictObject({ expiresInSeconds: seconds }),
        response: { 200: cartHoldAnswer },
      },
    },
    (request) =>
      extendCart(service, request.principal, request.params.id, request.body.expiresInSeconds),
  );
  app.post(
    '/v1/cart-holds/:id/release',
    {
      config: { scope: 'orders:write' },
      schema: {
        tags,
        summary: 'Give the units of a cart back',
        params,
        response: { 200: cartHoldAnswer },
      },
    },
    (request) => releaseCart(service, request.principal, request.params.id),
  );
}

function readRoutes(app: App, service: OrderService): void {
  const { context } = service;
  app.get(
    '/v1/cart-holds/:id',
    {
      config: { scope: 'orders:read' },
      schema: { tags, summary: 'Read a cart hold', params, response: { 200: cartHoldAnswer } },
    },
    async (request) => {
      const { hold, lines } = await readCartHold(service, request.principal, request.params.id);
      return cartHoldView(hold, lines, context.clock());
    },
  );
  app.get(
    '/v1/cart-holds',
    {
      config: { scope: 'orders:read' },
      schema: {
        tags,
        summary: 'List cart holds, the newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(CART_HOLD_STATES).optional(),
          channel: code.optional(),
        }),
        response: { 200: pageOf(cartHoldAnswer) },
      },
    },
    (request) =>
      readAs(context.database, request.principal.scope, async (tx) => {
        const { cursor, limit, state, channel } = request.query;
        const after = decodeCursor(cursor, z.tuple([z.iso.datetime(), z.uuid()]));
        const now = context.clock();
        const rows = await listCartHolds(tx, { state, channel, now, limit: limit + 1 }, after);
        const lines = await loadCartLines(
          tx,
          rows.map(({ cartHoldId }) => cartHoldId),
        );
        return toPage(
          rows,
          limit,
          (row) => [row.createdAt.toISOString(), row.cartHoldId],
          (row) => cartHoldView(row, lines, now),
        );
      }),
  );
}
