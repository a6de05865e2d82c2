import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { historyAnswer, readHistory } from '../platform/history.ts';
import { type App, etagOf, pageOf, pageQuery, requireIfMatch } from '../platform/http.ts';
import { changeOrder, confirmOrder, decideConfirmation } from './change.commands.ts';
import { confirmationAnswer, readConfirmations, readRevisions } from './change.queries.ts';
import {
  type By,
  changeOnce,
  documentAnswer,
  type Inbound,
  listNewest,
  look,
  missing,
  sendAnswer,
  versionAsked,
} from './inbound.ts';
import {
  approveOrder,
  createOrder,
  endOrder,
  type LockedOrder,
  lockOrder,
  PURCHASE_ORDER,
  sendOrder,
  showOrder,
  submitOrder,
} from './purchase-order.commands.ts';
import {
  findOrder,
  type PurchaseOrder,
  purchaseOrderAnswer,
  purchaseOrderHead,
  purchaseOrderList,
  showHead,
} from './purchase-order.queries.ts';
import {
  changeBody,
  confirmationBody,
  createBody,
  noteBody,
  someBody,
  submitBody,
} from './purchase-order.schemas.ts';
import { code, day, etagHeader, keyHeader, numberParams } from './schemas.ts';
import { PURCHASE_ORDER_STATES } from './states.ts';

const tags = ['Purchasing'];
const read = { config: { scope: 'purchasing:read' } } as const;
const write = { config: { scope: 'purchasing:write' } } as const;

/** Purchase orders at /v1/purchase-orders. */
export function purchaseOrderRoutes(app: App, inbound: Inbound): void {
  createRoute(app, inbound);
  readRoutes(app, inbound);
  trailRoutes(app, inbound);
  changeRoute(app, inbound);
  actionRoutes(app, inbound);
  confirmationRoutes(app, inbound);
}

function createRoute(app: App, inbound: Inbound): void {
  app.post(
    '/v1/purchase-orders',
    {
      ...write,
      schema: {
        tags,
        summary: 'Record a purchase order as a draft',
        headers: keyHeader,
        body: createBody,
        response: { 201: purchaseOrderAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) =>
        documentAnswer(201, await createOrder(inbound, tx, request.body, by)),
      );
      return sendAnswer(reply, answer);
    },
  );
}

function readRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/purchase-orders',
    {
      ...read,
      schema: {
        tags,
        summary: 'List purchase orders, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(PURCHASE_ORDER_STATES).optional(),
          supplier: code.optional(),
          site: code.optional(),
          owner: code.optional(),
          item: code.optional().describe('with a line of this item'),
          expectedBefore: day.optional().describe('with an open line that is due before that day'),
        }),
        response: { 200: pageOf(purchaseOrderHead) },
      },
    },
    async (request) => {
      const { state, supplier, site, owner, item, expectedBefore } = request.query;
      const line = 'SELECT FROM inbound.purchase_order_line l';
      const own = 'l.purchase_order_id = o.purchase_order_id';
      const filters = [
        [state, 'o.state = ?'],
        [supplier, 'o.supplier_code = ?'],
        [site, 's.code = ?'],
        [owner, 'w.code = ?'],
        [
          item,
          `EXISTS (${line} JOIN catalog.item i ON i.item_id = l.item_id
            WHERE ${own} AND i.sku = ?)`,
        ],
        [
          expectedBefore,
          `EXISTS (${line} WHERE ${own} AND coalesce(l.confirmed_on, l.expected_on) < ?::date
            AND l.state IN ('approved', 'sent', 'confirmed', 'partly_received'))`,
        ],
      ] as const;
      return look(inbound, request, (tx) =>
        listNewest<PurchaseOrder, z.output<typeof purchaseOrderHead>>(
          tx,
          { ...purchaseOrderList, filters },
          request.query,
          showHead,
        ),
      );
    },
  );
  app.get(
    '/v1/purchase-orders/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read a purchase order',
        params: numberParams,
        response: { 200: purchaseOrderAnswer },
      },
    },
    async (request, reply) => {
      const order = await look(inbound, request, (tx) => showOrder(tx, request.params.number));
      return reply.header('etag', etagOf(order.version)).send(order);
    },
  );
}

/** Reads something of a purchase order that the caller can see. */
async function ofOrder<T>(
  tx: Tx,
  number: string,
  work: (order: PurchaseOrder) => Promise<T[]>,
): Promise<{ items: T[] }> {
  const order = await findOrder(tx, number);
  if (!order) throw missing('purchase order', number);
  return { items: await work(order) };
}

const revisionAnswer = z.object({
  revision: z.number(),
  recordedAt: z.string(),
  document: purchaseOrderAnswer,
});

function trailRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/purchase-orders/:number/history',
    {
      ...read,
      schema: {
        tags,
        summary: 'What was done to a purchase order, oldest first',
        params: numberParams,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    async (request) =>
      look(inbound, request, (tx) =>
        ofOrder(tx, request.params.number, ({ number }) =>
          readHistory(tx, { type: PURCHASE_ORDER, number }),
        ),
      ),
  );
  app.get(
    '/v1/purchase-orders/:number/revisions',
    {
      ...read,
      schema: {
        tags,
        summary: 'The former revisions of a purchase order, oldest first',
        params: numberParams,
        response: { 200: z.object({ items: z.array(revisionAnswer) }) },
      },
    },
    async (request) =>
      look(inbound, request, (tx) =>
        ofOrder(tx, request.params.number, ({ id }) => readRevisions(tx, id)),
      ),
  );
}

function changeRoute(app: App, inbound: Inbound): void {
  app.patch(
    '/v1/purchase-orders/:number',
    {
      ...write,
      schema: {
        tags,
        summary: 'Edit a draft, or change what was sent (a change order)',
        description:
          'What is not given stays. Once it is sent, the former revision is kept, and changed ' +
          'lines are to be sent again; above the limit they are to be approved first.',
        params: numberParams,
        headers: etagHeader,
        body: changeBody,
        response: { 200: purchaseOrderAnswer },
      },
    },
    async (request, reply) => {
      const version = requireIfMatch(request);
      return sendAnswer(
        reply,
        await change(inbound, request, version, (tx, locked, by) =>
          changeOrder(tx, locked, request.body, by),
        ),
      );
    },
  );
}

type Numbered = FastifyRequest & { params: { number: string } };

/** Locks the purchase order of a request, changes it, and answers how it stands. */
function change(
  inbound: Inbound,
  request: FastifyRequest,
  version: number | undefined,
  work: (tx: Tx, locked: LockedOrder, by: By) => Promise<unknown>,
) {
  const { number } = (request as Numbered).params;
  return changeOnce(inbound, request, async (tx, by) => {
    await work(tx, await lockOrder(tx, number, version), by);
    return documentAnswer(200, await showOrder(tx, number));
  });
}

function actionRoutes(app: App, inbound: Inbound): void {
  const action = <Body extends z.ZodType>(
    verb: string,
    summary: string,
    body: Body,
    work: (tx: Tx, locked: LockedOrder, request: z.output<Body>, by: By) => Promise<void>,
  ) =>
    app.post(
      `/v1/purchase-orders/:number/${verb}`,
      {
        ...write,
        schema: {
          tags,
          summary,
          params: numberParams,
          headers: keyHeader.extend(etagHeader.shape),
          body,
          response: { 200: purchaseOrderAnswer },
        },
      },
      async (request, reply) => {
        const version = versionAsked(request);
        const answer = await change(inbound, request, version, (tx, locked, by) =>
          work(tx, locked, request.body as z.output<Body>, by),
        );
        return sendAnswer(reply, answer);
      },
    );
  action(
    'submit',
    'Submit a draft; up to the limit it is approved at once',
    submitBody,
    submitOrder,
  );
  action('approve', 'Approve what is above the limit', noteBody, approveOrder);
  action('reject', 'Send it back to its draft', noteBody, (tx, locked, request, by) =>
    endOrder(tx, locked, 'reject', request, by),
  );
  action('send', 'Say that it was sent to the supplier', noteBody, sendOrder);
  action('cancel', 'Cancel it, or some of its lines', someBody, (tx, locked, request, by) =>
    endOrder(tx, locked, 'cancel', request, by),
  );
  action('close', 'Close it short: nothing more is expected', someBody, (tx, locked, body, by) =>
    endOrder(tx, locked, 'close', body, by),
  );
}

const confirmationParams = numberParams.extend({
  id: z.coerce.number().int().min(1).max(2_147_483_647),
});

function confirmationRoutes(app: App, inbound: Inbound): void {
  app.post(
    '/v1/purchase-orders/:number/confirmations',
    {
      ...write,
      schema: {
        tags,
        summary: 'Record what the supplier confirmed',
        description: 'Where it differs from the purchase order it waits for a decision.',
        params: numberParams,
        headers: keyHeader,
        body: confirmationBody,
        response: { 200: purchaseOrderAnswer },
      },
    },
    async (request, reply) => {
      const answer = await change(inbound, request, undefined, (tx, locked, by) =>
        confirmOrder(tx, locked, request.body, by),
      );
      return sendAnswer(reply, answer);
    },
  );
  app.get(
    '/v1/purchase-orders/:number/confirmations',
    {
      ...read,
      schema: {
        tags,
        summary: 'What the supplier confirmed, oldest first',
        params: numberParams,
        response: { 200: z.object({ items: z.array(confirmationAnswer) }) },
      },
    },
    async (request) =>
      look(inbound, request, (tx) =>
        ofOrder(tx, request.params.number, ({ id }) => readConfirmations(tx, id)),
      ),
  );
  for (const verb of ['accept', 'reject'] as const) {
    app.post(
      `/v1/purchase-orders/:number/confirmations/:id/${verb}`,
      {
        ...write,
        schema: {
          tags,
          summary: `${verb === 'accept' ? 'Accept' : 'Reject'} what the supplier wants otherwise`,
          params: confirmationParams,
          headers: keyHeader,
          response: { 200: purchaseOrderAnswer },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const answer = await change(inbound, request, undefined, (tx, locked, by) =>
          decideConfirmation(tx, locked, id, verb === 'accept', by),
        );
        return sendAnswer(reply, answer);
      },
    );
  }
}
