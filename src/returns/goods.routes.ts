import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { readAs } from '../platform/database.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../platform/http.ts';
import * as answers from './answer-schemas.ts';
import { planOfInspection, planOfReversal } from './inspections.commands.ts';
import { listRefurbishments } from './list.queries.ts';
import { planOfReceipt } from './receipts.commands.ts';
import { findRefurbishment, planOfFinish, refurbishmentAnswer } from './refurbishments.commands.ts';
import * as schemas from './schemas.ts';
import type { Returns } from './service.ts';
import type { StepKind } from './steps.queries.ts';
import { type PlanStep, type StepWork, takeStep } from './steps.ts';

const tags = ['Returns'];
const read = { config: { scope: 'returns:read' } } as const;
const write = { config: { scope: 'returns:write' } } as const;

const receiptAnswer = z.object({
  number: z.string(),
  receipt: z.number(),
  lines: z.array(answers.receiptLineAnswer),
});
const inspectionAnswer = answers.inspectionAnswer.extend({ number: z.string() });
const taskAnswer = z.object({
  number: z.string(),
  return: z.string(),
  inspection: z.number(),
  item: z.string(),
  quantity: z.string(),
  done: z.string(),
  scrapped: z.string(),
  open: z.string(),
  cost: z.string().describe('of the work so far, in the house currency'),
  state: z.enum(['open', 'finished', 'cancelled']),
  instructions: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  problem: z.looseObject({}).optional().describe('why the cost could not become value'),
});

/** Takes a step and sends its answer: 201 the first time, 200 when it is asked again. */
export async function sendStep(
  returns: Returns,
  work: StepWork,
  request: FastifyRequest,
  reply: FastifyReply,
  asked: { readonly number: string; readonly kind: StepKind; readonly plan: PlanStep },
): Promise<FastifyReply> {
  const { answer, replayed } = await takeStep(returns, work, request, asked);
  if (replayed) reply.header('idempotency-replayed', 'true');
  return reply.code(replayed ? 200 : 201).send(answer);
}

/** What happens to the goods of a return: receipts, inspections, refurbishments. */
export function goodsRoutes(app: App, returns: Returns, work: StepWork): void {
  receiptRoute(app, returns, work);
  inspectionRoutes(app, returns, work);
  refurbishmentRoutes(app, returns, work);
}

function receiptRoute(app: App, returns: Returns, work: StepWork): void {
  app.post(
    '/v1/returns/:number/receipts',
    {
      ...write,
      schema: {
        tags,
        summary: 'Take in returned goods by scan',
        description: 'They come back at the cost they left with, and wait for inspection.',
        params: schemas.numberParams,
        headers: schemas.idempotencyHeader,
        body: schemas.receiptBody,
        response: { 200: receiptAnswer, 201: receiptAnswer },
      },
    },
    async (request, reply) =>
      sendStep(returns, work, request, reply, {
        number: request.params.number,
        kind: 'receipt',
        plan: planOfReceipt(returns, request.body),
      }),
  );
}

function inspectionRoutes(app: App, returns: Returns, work: StepWork): void {
  const response = { 200: inspectionAnswer, 201: inspectionAnswer };
  app.post(
    '/v1/returns/:number/inspections',
    {
      ...write,
      schema: {
        tags,
        summary: 'Grade returned goods and say what becomes of them',
        params: schemas.numberParams,
        headers: schemas.idempotencyHeader,
        body: schemas.inspectionBody,
        response,
      },
    },
    async (request, reply) =>
      sendStep(returns, work, request, reply, {
        number: request.params.number,
        kind: 'inspection',
        plan: planOfInspection(returns, request.principal, request.body),
      }),
  );
  app.post(
    '/v1/returns/:number/inspections/:inspection/reverse',
    {
      ...write,
      schema: {
        tags,
        summary: 'Take a wrong inspection back; its units wait for another one',
        params: schemas.inspectionParams,
        headers: schemas.idempotencyHeader,
        response,
      },
    },
    async (request, reply) =>
      sendStep(returns, work, request, reply, {
        number: request.params.number,
        kind: 'reversal',
        plan: planOfReversal(request.params.inspection),
      }),
  );
}

function refurbishmentRoutes(app: App, returns: Returns, work: StepWork): void {
  const { database } = returns.context;
  app.get(
    '/v1/refurbishments',
    {
      ...read,
      schema: {
        tags,
        summary: 'List refurbishments, newest first',
        querystring: z.object({
          ...pageQuery,
          state: z.enum(['open', 'finished', 'cancelled']).optional(),
          item: schemas.code.optional(),
        }),
        response: { 200: pageOf(taskAnswer) },
      },
    },
    (request) =>
      readAs(database, request.principal.scope, async (tx) => {
        const { cursor, limit, ...filters } = request.query;
        const after = decodeCursor(cursor, z.tuple([z.int32()]))?.[0];
        const rows = await listRefurbishments(tx, filters, { after, limit: limit + 1 });
        return toPage(
          rows,
          limit,
          ({ refurbishmentId }) => [refurbishmentId],
          (row) => refurbishmentAnswer(returns, row),
        );
      }),
  );
  app.post(
    '/v1/refurbishments/:number/finish',
    {
      ...write,
      schema: {
        tags,
        summary: 'End a refurbishment, or a part of it: sellable again, or scrapped',
        description: 'What the work cost becomes value of the goods.',
        params: schemas.numberParams,
        headers: schemas.idempotencyHeader,
        body: schemas.finishBody,
        response: { 200: taskAnswer, 201: taskAnswer },
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      const task = await findRefurbishment(returns, request.principal.scope, number);
      return sendStep(returns, work, request, reply, {
        number: task.rmaNumber,
        kind: 'refurbishment',
        plan: planOfFinish(returns, number, request.body),
      });
    },
  );
}
