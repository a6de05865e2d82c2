import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { App } from '../platform/http.ts';
import { Problem, problemTypes } from '../platform/problems.ts';
import { allocate, deallocate } from './service/allocations.ts';
import { changeStandardCost, revalueMovement, reverseMovement } from './service/corrections.ts';
import { findCommand } from './service/lookup.ts';
import { reserve } from './service/reservations.ts';
import * as schemas from './service/schemas.ts';
import type { LedgerService } from './service/service.ts';
import { settleReservation } from './service/settle.ts';

/** Adds the routes that write to the ledger. */
export function postingRoutes(app: App, ledger: LedgerService): void {
  movementRoutes(app, ledger);
  correctionRoutes(app, ledger);
  reservationRoutes(app, ledger);
  allocationRoutes(app, ledger);
}

const idParams = z.object({ id: schemas.ledgerId });
const scope = { scope: 'ledger:post' as const };

/** A single refused command answers with the problem itself. */
function throwIfRefused(answer: { status: string; problem?: unknown }): void {
  if (answer.status !== 'rejected' && answer.status !== 'unknown') return;
  const {
    type,
    detail,
    title: _title,
    status: _status,
    ...extras
  } = answer.problem as {
    type: string;
    title: string;
    status: number;
    detail: string;
  };
  const name = type.slice('/problems/'.length);
  const declared = problemTypes().find((candidate) => candidate.name === name);
  if (!declared) throw new Error(`problem ${type} is not declared`);
  throw new Problem(declared, detail, extras);
}

function statusOf(reply: FastifyReply, replayed: boolean): void {
  reply.status(replayed ? 200 : 201);
}

function movementRoutes(app: App, ledger: LedgerService): void {
  app.post(
    '/v1/movements',
    {
      config: scope,
      schema: {
        tags: ['Ledger'],
        summary: 'Post movements',
        headers: schemas.idempotencyHeader,
        description: 'All lines, or none. Repeating the Idempotency-Key answers the same again.',
        body: schemas.movementsBody,
        response: { 200: schemas.commandAnswer, 201: schemas.commandAnswer },
      },
    },
    async (request, reply) => {
      const command = { id: request.headers['idempotency-key'], ...request.body };
      const [answer] = await ledger.post(request.principal, [command]);
      throwIfRefused(answer!);
      statusOf(reply, answer!.replayed);
      return answer!;
    },
  );
  app.post(
    '/v1/movements/bulk',
    {
      config: scope,
      schema: {
        tags: ['Ledger'],
        summary: 'Post many commands',
        description: 'Each command stands alone: one that is refused takes no other with it.',
        body: schemas.bulkBody,
        response: { 200: schemas.bulkAnswer },
      },
    },
    async (request) => ({
      outcomes: await ledger.post(request.principal, request.body.commands),
    }),
  );
  app.get(
    '/v1/commands/:id',
    {
      config: { scope: 'ledger:read' },
      schema: {
        tags: ['Ledger'],
        summary: 'What became of a command',
        params: z.object({ id: schemas.commandId }),
        response: { 200: schemas.commandAnswer },
      },
    },
    (request) => findCommand(ledger, request.principal, request.params.id),
  );
}

function correctionRoutes(app: App, ledger: LedgerService): void {
  const response = { 200: schemas.commandAnswer, 201: schemas.commandAnswer };
  app.post(
    '/v1/movements/:id/reverse',
    {
      config: scope,
      schema: {
        tags: ['Ledger'],
        summary: 'Reverse a movement',
        headers: schemas.idempotencyHeader,
        description: 'Posts the opposite movement at the value the original had, at most once.',
        params: idParams,
        body: schemas.reverseBody.nullish(),
        response,
      },
    },
    async (request, reply) => {
      const body = { key: request.headers['idempotency-key'], ...request.body };
      const { id } = request.params;
      const answer = await reverseMovement(ledger, request.principal, id, body);
      statusOf(reply, answer.replayed);
      return answer;
    },
  );
  app.post(
    '/v1/movements/:id/revalue',
    {
      config: scope,
      schema: {
        tags: ['Ledger'],
        summary: 'Correct what a movement cost',
        headers: schemas.idempotencyHeader,
        description: 'Posts the difference now, after the units; nothing posted is rewritten.',
        params: idParams,
        body: schemas.revalueBody,
        response,
      },
    },
    async (request, reply) => {
      const body = { key: request.headers['idempotency-key'], ...request.body };
      const { id } = request.params;
      const answer = await revalueMovement(ledger, request.principal, id, body);
      statusOf(reply, answer.replayed);
      return answer;
    },
  );
  app.post(
    '/v1/items/:sku/standard-cost',
    {
      config: scope,
      schema: {
        tags: ['Ledger'],
        summary: 'Set a new standard cost',
        headers: schemas.idempotencyHeader,
        params: z.object({ sku: schemas.code }),
        body: z.object({ unitCost: schemas.money }),
        response,
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const { sku } = request.params;
      const { unitCost } = request.body;
      const answer = await changeStandardCost(ledger, request.principal, sku, { key, unitCost });
      statusOf(reply, answer.replayed);
      return answer;
    },
  );
}

const settledReservation = z.object({
  id: schemas.ledgerId,
  state: z.enum(['pending', 'released']),
  quantity: z.string(),
  reserved: z.string(),
  expiresAt: z.string().nullable(),
  replayed: z.boolean(),
});

function reservationRoutes(app: App, ledger: LedgerService): void {
  app.post(
    '/v1/reservations',
    {
      config: scope,
      schema: {
        tags: ['Reservations'],
        summary: 'Reserve',
        headers: schemas.idempotencyHeader,
        description: 'All lines, or none. Beyond what is available it is refused with the figure.',
        body: schemas.reservationsBody,
        response: { 200: schemas.reservationAnswer, 201: schemas.reservationAnswer },
      },
    },
    async (request, reply) => {
      const group = { id: request.headers['idempotency-key'], ...request.body };
      const [answer] = await reserve(ledger, request.principal, [group]);
      throwIfRefused(answer!);
      statusOf(reply, answer!.replayed);
      return answer!;
    },
  );
  app.post(
    '/v1/reservations/bulk',
    {
      config: scope,
      schema: {
        tags: ['Reservations'],
        summary: 'Reserve many groups',
        body: z.object({
          commands: z
            .array(schemas.reservationsBody.extend({ id: schemas.commandId }))
            .min(1)
            .max(schemas.COMMANDS_MAX),
        }),
        response: { 200: z.object({ outcomes: z.array(schemas.reservationAnswer) }) },
      },
    },
    async (request) => ({
      outcomes: await reserve(ledger, request.principal, request.body.commands),
    }),
  );
  for (const action of ['confirm', 'extend', 'release'] as const) {
    app.post(
      `/v1/reservations/:id/${action}`,
      {
        config: scope,
        schema: {
          tags: ['Reservations'],
          summary: `${action[0]?.toUpperCase()}${action.slice(1)} a reservation`,
          headers: schemas.idempotencyHeader,
          params: idParams,
          body: schemas.settleBody.nullish(),
          response: { 200: settledReservation, 201: settledReservation },
        },
      },
      async (request, reply) => {
        const settle = { key: request.headers['idempotency-key'], ...request.body };
        const { id } = request.params;
        const answer = await settleReservation(ledger, request.principal, action, id, settle);
        statusOf(reply, answer.replayed);
        return answer;
      },
    );
  }
}

const allocationAnswer = z.object({
  commandId: z.string(),
  status: z.enum(['committed', 'partial', 'rejected', 'unknown']),
  replayed: z.boolean(),
  lines: z.array(
    z.object({
      line: z.number(),
      status: z.enum(['committed', 'rejected', 'unknown']),
      id: z.string().optional(),
      quantity: z.string().optional(),
      allocated: z.string().optional(),
      problem: z.looseObject({ type: z.string() }).optional(),
    }),
  ),
});

function allocationRoutes(app: App, ledger: LedgerService): void {
  app.post(
    '/v1/allocations',
    {
      config: scope,
      schema: {
        tags: ['Reservations'],
        summary: 'Allocate units of a place',
        headers: schemas.idempotencyHeader,
        body: schemas.allocationsBody,
        response: { 200: allocationAnswer, 201: allocationAnswer },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const answer = await allocate(ledger, request.principal, key, request.body);
      const problem = answer.lines.find((line) => line.problem)?.problem;
      throwIfRefused({ status: answer.status, problem });
      statusOf(reply, answer.replayed);
      return { ...answer, lines: [...answer.lines] };
    },
  );
  const released = z.object({
    id: schemas.ledgerId,
    quantity: z.string(),
    allocated: z.string(),
    replayed: z.boolean(),
  });
  app.post(
    '/v1/allocations/:id/release',
    {
      config: scope,
      schema: {
        tags: ['Reservations'],
        summary: 'Release an allocation',
        headers: schemas.idempotencyHeader,
        params: idParams,
        response: { 200: released, 201: released },
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      const answer = await deallocate(ledger, request.principal, request.params.id, key);
      statusOf(reply, answer.replayed);
      return answer;
    },
  );
}
