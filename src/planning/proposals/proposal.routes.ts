import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LedgerService } from '../../ledger/index.ts';
import { runStep } from '../../outbound/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { readAs, type Tx, writeAs } from '../../platform/database.ts';
import { requireHouse } from '../../platform/documents/index.ts';
import { historyAnswer, readHistory } from '../../platform/history.ts';
import { type App, etagOf, pageOf, requireIfMatch } from '../../platform/http.ts';
import { answerOnce } from '../../platform/idempotency.ts';
import { Problem, problemBody } from '../../platform/problems.ts';
import {
  approveProposal,
  type By,
  editProposal,
  readProposal,
  rejectProposal,
} from './proposal.commands.ts';
import { listProposals } from './proposal.lists.ts';
import * as schemas from './proposal.schemas.ts';
import { PROPOSAL } from './run.ts';
import { sendAnswer } from './send.ts';

/** Proposals at /v1/planning/proposals: the house's alone. */

const tags = ['Planning proposals'];
const PATH = '/v1/planning/proposals';
const read = { config: { scope: 'planning:read' } } as const;
const write = { config: { scope: 'planning:write' } } as const;
const approve = { config: { scope: 'planning:approve' } } as const;

/** Adds the routes of proposals. */
export function proposalRoutes(app: App, context: Context, ledger: LedgerService): void {
  readRoutes(app, context);
  editRoutes(app, context);
  approveRoutes(app, context, ledger);
}

function readRoutes(app: App, context: Context): void {
  const { currency } = context.config;
  app.get(
    PATH,
    {
      ...read,
      schema: {
        tags,
        summary: 'List proposals, the newest first',
        querystring: schemas.proposalList,
        response: { 200: pageOf(schemas.proposalHead) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { cursor, limit, ...filter } = request.query;
      return readAs(context.database, 'house', (tx) =>
        listProposals(tx, currency, filter, { cursor, limit }),
      );
    },
  );
  app.get(
    `${PATH}/:number`,
    {
      ...read,
      schema: {
        tags,
        summary: 'Read a proposal with its lines, each with its why',
        params: schemas.proposalParams,
        response: { 200: schemas.proposalAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const shown = await readAs(context.database, 'house', (tx) =>
        readProposal(tx, currency, request.params.number),
      );
      return reply.header('etag', etagOf(shown.version)).send(shown);
    },
  );
  app.get(
    `${PATH}/:number/history`,
    {
      ...read,
      schema: {
        tags,
        summary: 'What became of a proposal',
        params: schemas.proposalParams,
        response: { 200: z.object({ items: z.array(historyAnswer) }) },
      },
    },
    async (request) => {
      requireHouse(request.principal);
      const { number } = request.params;
      return readAs(context.database, 'house', async (tx) => {
        await readProposal(tx, currency, number);
        return { items: await readHistory(tx, { type: PROPOSAL, number }) };
      });
    },
  );
}

function versionAsked(request: FastifyRequest): number | undefined {
  return request.headers['if-match'] ? requireIfMatch(request) : undefined;
}

function byOf(context: Context, request: FastifyRequest): By {
  return { actorId: request.principal.principalId, at: context.clock() };
}

/** Does a change and answers the proposal after it, at most once for each Idempotency-Key. */
async function changeOnce(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  number: string,
  work: (tx: Tx, by: By) => Promise<unknown>,
): Promise<FastifyReply> {
  requireHouse(request.principal);
  const by = byOf(context, request);
  const answer = await writeAs(context.database, 'house', (tx) =>
    answerOnce(tx, request, by.at, async () => {
      await work(tx, by);
      const body = await readProposal(tx, context.config.currency, number);
      return { status: 200, headers: { etag: etagOf(body.version) }, body };
    }),
  );
  return sendAnswer(reply, answer);
}

function editRoutes(app: App, context: Context): void {
  app.patch(
    `${PATH}/:number`,
    {
      ...write,
      schema: {
        tags,
        summary: 'Edit a proposal: quantities, days, supplier',
        params: schemas.proposalParams,
        headers: schemas.etagHeader,
        body: schemas.editBody,
        response: { 200: schemas.proposalAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const version = requireIfMatch(request);
      const { number } = request.params;
      return changeOnce(context, request, reply, number, (tx, by) =>
        editProposal(tx, number, request.body, version, by),
      );
    },
  );
  app.post(
    `${PATH}/:number/reject`,
    {
      ...write,
      schema: {
        tags,
        summary: 'Reject a proposal, and say why',
        params: schemas.proposalParams,
        headers: schemas.keyHeader,
        body: schemas.rejectBody,
        response: { 200: schemas.proposalAnswer },
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      return changeOnce(context, request, reply, number, (tx, by) =>
        rejectProposal(tx, number, request.body, versionAsked(request), by),
      );
    },
  );
}

/**
 * Releases the transfer order that an approval made. The step has a key of the proposal's, so
 * that repeating the request does it once.
 */
async function release(
  ledger: LedgerService,
  principal: Principal,
  proposal: string,
  transferOrder: string,
): Promise<void> {
  const key = `planning-proposal/${proposal}`;
  try {
    await runStep(ledger, principal, transferOrder, { kind: 'release', body: {}, key });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const done = `${proposal} is approved as ${transferOrder}, which could not be released.`;
    throw new Problem(error.type, `${done} ${error.message}`, error.extras);
  }
}

type BulkLine = z.output<typeof schemas.bulkAnswer>['proposals'][number];

/** Releases one of several transfer orders; what the ledger refuses is said beside it. */
async function releaseOne(
  ledger: LedgerService,
  principal: Principal,
  line: BulkLine,
): Promise<BulkLine> {
  const { number, document } = line;
  if (document?.type !== 'transfer_order') return line;
  try {
    await release(ledger, principal, number, document.number);
    return line;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...line, problem: problemBody(error) as BulkLine['problem'] };
  }
}

function approveRoutes(app: App, context: Context, ledger: LedgerService): void {
  app.post(
    `${PATH}/:number/approve`,
    {
      ...approve,
      schema: {
        tags,
        summary: 'Approve a proposal: makes its purchase or transfer order, exactly once',
        params: schemas.proposalParams,
        headers: schemas.keyHeader,
        body: schemas.approveBody,
        response: { 200: schemas.proposalAnswer },
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      const { body, principal } = request;
      requireHouse(principal);
      const by = byOf(context, request);
      const answer = await writeAs(context.database, 'house', (tx) =>
        answerOnce(tx, request, by.at, async () => {
          await approveProposal(context, tx, number, body, versionAsked(request), by);
          const shown = await readProposal(tx, context.config.currency, number);
          return { status: 200, headers: { etag: etagOf(shown.version) }, body: shown };
        }),
      );
      const { document } = answer.body as schemas.ProposalAnswer;
      if (body.release && document?.type === 'transfer_order') {
        await release(ledger, principal, number, document.number);
      }
      return sendAnswer(reply, answer);
    },
  );
  bulkRoute(app, context, ledger);
}

function bulkRoute(app: App, context: Context, ledger: LedgerService): void {
  app.post(
    `${PATH}/approve`,
    {
      ...approve,
      schema: {
        tags,
        summary: `Approve up to ${schemas.BULK_MAX} proposals, each on its own`,
        headers: schemas.keyHeader,
        body: schemas.bulkBody,
        response: { 200: schemas.bulkAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const { proposals, ...body } = request.body;
      const by = byOf(context, request);
      const answer = await writeAs(context.database, 'house', (tx) =>
        answerOnce(tx, request, by.at, async () => {
          const lines = [];
          // In order of their numbers, so that two planners queue up instead of deadlocking.
          const order = [...proposals].sort((a, b) => (a.number < b.number ? -1 : 1));
          for (const { number, version } of order) {
            lines.push(await approveOne(context, tx, number, body, version, by));
          }
          const approved = lines.filter(({ status }) => status === 'approved').length;
          const refused = lines.length - approved;
          return { status: 200, headers: {}, body: { approved, refused, proposals: lines } };
        }),
      );
      if (!body.release) return sendAnswer(reply, answer);
      const shown = answer.body as z.output<typeof schemas.bulkAnswer>;
      const lines = [];
      for (const line of shown.proposals) {
        lines.push(await releaseOne(ledger, request.principal, line));
      }
      return sendAnswer(reply, { ...answer, body: { ...shown, proposals: lines } });
    },
  );
}

/** Approves one of several; what is refused leaves no trace and does not hold up the others. */
async function approveOne(
  context: Context,
  tx: Tx,
  number: string,
  body: schemas.ApproveBody,
  version: number | undefined,
  by: By,
) {
  await tx.query('SAVEPOINT approval');
  try {
    const document = await approveProposal(context, tx, number, body, version, by);
    await tx.query('RELEASE SAVEPOINT approval');
    return { number, status: 'approved' as const, document, problem: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await tx.query('ROLLBACK TO SAVEPOINT approval');
    await tx.query('RELEASE SAVEPOINT approval');
    const problem = problemBody(error) as { type: string; status: number };
    return { number, status: 'refused' as const, document: null, problem };
  }
}
