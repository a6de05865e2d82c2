import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LedgerService } from '../../ledger/index.ts';
import type { Scope } from '../../platform/auth/index.ts';
import type { Context } from '../../platform/context.ts';
import { readAs, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { historyAnswer, readHistory } from '../../platform/history.ts';
import {
  type App,
  decodeCursor,
  etagOf,
  pageOf,
  requireIfMatch,
  toPage,
} from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { createTransfer, editTransfer, readTransfer, showTransfers } from './transfer.commands.ts';
import type { StepBody } from './transfer.intent.ts';
import { selectTransfers, transferCursor } from './transfer.queries.ts';
import * as schemas from './transfer.schemas.ts';
import { finishSteps, runStep } from './transfer.steps.ts';
import type { StepKind } from './transfer.ts';

const TAG = 'Transfer orders';
const PATH = '/v1/transfer-orders';
const keyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[!-~]{1,200}$/)
    .optional()
    .describe('the same key with the same body does nothing more'),
});
const ifMatchHeader = z.looseObject({
  'if-match': z.string().optional().describe('the ETag of the transfer order as it was read'),
});

function createRoutes(app: App, context: Context): void {
  app.post(
    PATH,
    {
      config: { scope: 'orders:write' },
      schema: {
        tags: [TAG],
        summary: 'Draft a transfer order',
        headers: keyHeader,
        body: schemas.createBody,
        response: { 201: schemas.transferAnswer },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      requireHouse(principal);
      const at = context.clock();
      const by = { actorId: principal.principalId, at };
      const answer = await writeAs(context.database, 'house', (tx) =>
        answerOnce(tx, request, at, async () => {
          const number = await createTransfer(tx, request.body, by);
          return { status: 201, headers: { location: `${PATH}/${number}` }, body: { number } };
        }),
      );
      const { number } = answer.body as { number: string };
      const shown = await readTransfer(context.database, principal, number);
      reply.headers({ ...answer.headers, etag: etagOf(shown.version) });
      return reply.code(201).send(shown);
    },
  );
  app.patch(
    `${PATH}/:number`,
    {
      config: { scope: 'orders:write' },
      schema: {
        tags: [TAG],
        summary: 'Edit a draft; what is not given stays as it is',
        params: schemas.transferNumber,
        headers: ifMatchHeader,
        body: schemas.editBody,
        response: { 200: schemas.transferAnswer },
      },
    },
    async (request, reply) => {
      const { principal } = request;
      requireHouse(principal);
      const version = requireIfMatch(request);
      const { number } = request.params;
      const by = { actorId: principal.principalId, at: context.clock() };
      await writeAs(context.database, 'house', (tx) =>
        editTransfer(tx, number, request.body, version, by),
      );
      const shown = await readTransfer(context.database, principal, number);
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
}

function readRoutes(app: App, context: Context): void {
  const config = { scope: 'orders:read' as const };
  const params = schemas.transferNumber;
  app.get(
    PATH,
    {
      config,
      schema: {
        tags: [TAG],
        summary: 'List transfer orders, newest first',
        querystring: schemas.listQuery,
        response: { 200: pageOf(schemas.transferAnswer) },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const below = decodeCursor(cursor, z.tuple([z.int()]))?.[0];
      return readAs(context.database, request.principal.scope, async (tx) => {
        const rows = await selectTransfers(tx, filter, below, limit + 1);
        const page = toPage(rows, limit, transferCursor, (row) => row);
        return { ...page, items: await showTransfers(tx, page.items) };
      });
    },
  );
  app.get(
    `${PATH}/:number`,
    {
      config,
      schema: {
        tags: [TAG],
        summary: 'Read a transfer order',
        params,
        response: { 200: schemas.transferAnswer },
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      const shown = await readTransfer(context.database, request.principal, number);
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
  app.get(
    `${PATH}/:number/history`,
    {
      config,
      schema: {
        tags: [TAG],
        summary: 'What was done to a transfer order, oldest first',
        params,
        response: { 200: z.object({ entries: z.array(historyAnswer) }) },
      },
    },
    async (request) => {
      const { number } = request.params;
      await readTransfer(context.database, request.principal, number);
      const document = { type: 'transfer_order', number };
      const entries = await readAs(context.database, request.principal.scope, (tx) =>
        readHistory(tx, document),
      );
      return { entries };
    },
  );
}

/** Adds `POST /v1/transfer-orders/:number/<kind>`. */
function stepRoute<Body extends z.ZodType>(
  app: App,
  context: Context,
  ledger: LedgerService,
  kind: StepKind,
  options: {
    readonly scope: Scope;
    readonly summary: string;
    readonly body: Body;
    readonly toStep: (body: z.output<Body>) => StepBody;
  },
): void {
  app.post(
    `${PATH}/:number/${kind}`,
    {
      config: { scope: options.scope },
      schema: {
        tags: [TAG],
        summary: options.summary,
        params: schemas.transferNumber,
        headers: keyHeader,
        body: options.body,
        response: { 200: schemas.transferAnswer },
      },
    },
    async (request: FastifyRequest, reply) => {
      const { principal } = request;
      requireHouse(principal);
      const { number } = request.params as { number: string };
      const key = request.headers['idempotency-key'] as string | undefined;
      const body = options.toStep(request.body as z.output<Body>);
      await runStep(ledger, principal, number, { kind, body, key });
      const shown = await readTransfer(context.database, principal, number);
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
}

function stepRoutes(app: App, context: Context, ledger: LedgerService): void {
  const plan = { scope: 'orders:write', body: schemas.releaseBody } as const;
  const keep = (body: StepBody) => body;
  stepRoute(app, context, ledger, 'release', {
    ...plan,
    summary: 'Release a draft: reserves the goods at the sending site',
    toStep: keep,
  });
  stepRoute(app, context, ledger, 'cancel', {
    ...plan,
    summary: 'Cancel a transfer order of which nothing was shipped; frees the goods',
    toStep: keep,
  });
  stepRoute(app, context, ledger, 'ship', {
    scope: 'orders:ship',
    summary: 'Ship all or a part into transit',
    body: schemas.shipBody,
    toStep: ({ lines, ...rest }) => ({
      ...rest,
      lines: lines?.map(({ from, ...line }) => ({ ...line, place: from })),
    }),
  });
  stepRoute(app, context, ledger, 'receive', {
    scope: 'orders:ship',
    summary: 'Receive all or a part of what is on the way',
    body: schemas.receiveBody,
    toStep: ({ lines, ...rest }) => ({
      ...rest,
      lines: lines?.map(({ to, ...line }) => ({ ...line, place: to })),
    }),
  });
  stepRoute(app, context, ledger, 'close', {
    scope: 'orders:ship',
    summary: 'Write off what never arrived',
    body: schemas.closeBody,
    toStep: keep,
  });
}

const FINISH_STEPS_MS = 15_000;

/** Finishes what a process left half-way: at start, and every now and then. */
function finishNowAndThen(app: App, context: Context, ledger: LedgerService): void {
  let running: Promise<unknown> = Promise.resolve();
  const finish = () => {
    running = finishSteps(ledger).catch((error: Error) =>
      context.log.warn({ err: error }, 'steps of transfer orders could not be finished'),
    );
  };
  const timer = setInterval(finish, FINISH_STEPS_MS);
  timer.unref();
  app.addHook('onReady', async () => finish());
  app.addHook('preClose', async () => {
    clearInterval(timer);
    await running;
  });
}

/** Transfer orders: documents, their steps through the ledger, and their trail. */
export function transferRoutes(app: App, context: Context, ledger: LedgerService): void {
  createRoutes(app, context);
  readRoutes(app, context);
  stepRoutes(app, context, ledger);
  finishNowAndThen(app, context, ledger);
}
