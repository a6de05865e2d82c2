import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { type App, etagOf, pageOf, pageQuery } from '../platform/http.ts';
import { completions } from './completions.ts';
import {
  type By,
  changeOnce,
  documentAnswer,
  type Inbound,
  listNewest,
  lookAsHouse,
  sendAnswer,
  versionAsked,
} from './inbound.ts';
import {
  cancelLandedCost,
  createLandedCost,
  LANDED_COST,
  postLandedCost,
  reverseLandedCost,
  showLandedCost,
} from './landed-cost.commands.ts';
import {
  LANDED_COST_BASES,
  LANDED_COST_KINDS,
  type LandedCost,
  landedCostAnswer,
  landedCostHead,
  landedCostList,
  showLandedCostHead,
} from './landed-cost.queries.ts';
import { finishDocument } from './operations.ts';
import {
  code,
  currency,
  day,
  etagHeader,
  keyHeader,
  LINES_MAX,
  lineNumber,
  money,
  note,
  number,
  numberParams,
  text,
} from './schemas.ts';
import { LANDED_COST_STATES } from './states.ts';

const tags = ['Landed costs'];
const read = { config: { scope: 'purchasing:read' } } as const;
const write = { config: { scope: 'purchasing:invoice' } } as const;

const createBody = z.strictObject({
  supplier: code.describe('who provides the service'),
  reference: text(80).optional(),
  kind: z.enum(LANDED_COST_KINDS),
  basis: z.enum(LANDED_COST_BASES),
  currency: currency.optional(),
  amount: money,
  taxAmount: money.optional(),
  incurredOn: day,
  note: note.optional(),
  receipts: z
    .array(
      z.strictObject({
        receipt: number,
        lines: z.array(lineNumber).min(1).max(LINES_MAX).optional().describe('without it, all'),
      }),
    )
    .min(1)
    .max(100),
});
const noteBody = z.strictObject({ note: note.optional() });

/** Landed costs at /v1/landed-costs; the house's alone. */
export function landedCostRoutes(app: App, inbound: Inbound): void {
  app.post(
    '/v1/landed-costs',
    {
      ...write,
      schema: {
        tags,
        summary: 'Record a landed cost as a draft, spread over receipts',
        description: 'Nothing is posted yet: `parts` show what posting would do.',
        headers: keyHeader,
        body: createBody,
        response: { 201: landedCostAnswer },
      },
    },
    async (request, reply) => {
      const answer = await changeOnce(inbound, request, async (tx, by) =>
        documentAnswer(201, await createLandedCost(inbound, tx, request.body, by)),
      );
      return sendAnswer(reply, answer);
    },
  );
  actionRoutes(app, inbound);
  readRoutes(app, inbound);
}

type Acted = FastifyRequest & { params: { number: string }; body: { note?: string } };

function actionRoutes(app: App, inbound: Inbound): void {
  const action = (
    verb: string,
    summary: string,
    work: (tx: Tx, request: Acted, version: number | undefined, by: By) => Promise<string>,
  ) =>
    app.post(
      `/v1/landed-costs/:number/${verb}`,
      {
        ...write,
        schema: {
          tags,
          summary,
          params: numberParams,
          headers: keyHeader.extend(etagHeader.shape),
          body: noteBody,
          response: { 200: landedCostAnswer },
        },
      },
      async (request, reply) => {
        const version = versionAsked(request);
        const answer = await changeOnce(inbound, request, async (tx, by) => {
          const made = await work(tx, request as unknown as Acted, version, by);
          return { status: 200, headers: {}, body: { number: made } };
        });
        const made = (answer.body as { number: string }).number;
        await finishDocument(inbound, completions, { type: LANDED_COST, number: made });
        const shown = await lookAsHouse(inbound, request, (tx) =>
          showLandedCost(inbound, tx, made),
        );
        return reply.header('etag', etagOf(shown.version)).send(shown);
      },
    );
  action('post', 'Post it: the cost follows the units', async (tx, { params }, version, by) => {
    await postLandedCost(inbound, tx, params.number, version, by);
    return params.number;
  });
  action('cancel', 'Discard a draft', async (tx, { params }, version, by) => {
    await cancelLandedCost(tx, params.number, version, by);
    return params.number;
  });
  action(
    'reverse',
    'Take it back; answers the opposite document',
    async (tx, { params, body }, version, by) =>
      reverseLandedCost(inbound, tx, params.number, { version, note: body.note }, by),
  );
}

function readRoutes(app: App, inbound: Inbound): void {
  app.get(
    '/v1/landed-costs/:number',
    {
      ...read,
      schema: {
        tags,
        summary: 'Read a landed cost with its parts',
        params: numberParams,
        response: { 200: landedCostAnswer },
      },
    },
    async (request, reply) => {
      const { number: asked } = request.params;
      const shown = await lookAsHouse(inbound, request, (tx) => showLandedCost(inbound, tx, asked));
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
  app.get(
    '/v1/landed-costs',
    {
      ...read,
      schema: {
        tags,
        summary: 'List landed costs, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(LANDED_COST_STATES).optional(),
          supplier: code.optional(),
          kind: z.enum(LANDED_COST_KINDS).optional(),
          receipt: number.optional(),
        }),
        response: { 200: pageOf(landedCostHead) },
      },
    },
    async (request) => {
      const { state, supplier, kind, receipt } = request.query;
      const filters = [
        [state, 'c.state = ?'],
        [supplier, 's.code = ?'],
        [kind, 'c.kind = ?'],
        [
          receipt,
          `EXISTS (SELECT FROM inbound.landed_cost_part p
            JOIN inbound.receipt r ON r.receipt_id = p.receipt_id
            WHERE p.landed_cost_id = c.landed_cost_id AND r.number = ?)`,
        ],
      ] as const;
      return lookAsHouse(inbound, request, (tx) =>
        listNewest<LandedCost, z.output<typeof landedCostHead>>(
          tx,
          { ...landedCostList, filters },
          request.query,
          (row) => showLandedCostHead(row, inbound.houseDigits),
        ),
      );
    },
  );
}
