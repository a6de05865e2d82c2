import { z } from 'zod';
import type { Context } from '../platform/context.ts';
import { readSnapshotAs, type Tx, writeAs } from '../platform/database.ts';
import { requireHouse } from '../platform/documents/index.ts';
import { type App, decodeCursor, pageOf, pageQuery, toPage } from '../platform/http.ts';
import { answerOnce } from '../platform/idempotency.ts';
import { localDay, periodBeside, periodOf } from './calendar.ts';
import { firstOpenDay } from './checklist.queries.ts';
import { checklistItem } from './checklist.ts';
import { idempotencyHeader, periodCode } from './entries.schemas.ts';
import { catchUp } from './intake.ts';
import { PERIOD_STATES, periodState } from './period-states.ts';
import { closePeriod, reopenPeriod } from './periods.commands.ts';
import { readHead } from './policy.queries.ts';
import { checkPeriod, periodAt } from './service.ts';
import { verifyBooks } from './verify/verify.ts';

const plainText = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);
const params = z.object({ period: periodCode });
const tags = ['Accounting'];
/** Closing verifies the books, which takes as long as there is much in them. */
const CLOSE_TIMEOUT_MS = 600_000;

const changeAnswer = z.object({
  action: z.enum(['closed', 'reopened']),
  reason: z.string().nullable(),
  actor: z.string().nullable(),
  recordedAt: z.string(),
});
const periodAnswer = z.object({
  period: periodCode,
  startsOn: z.string(),
  endsOn: z.string(),
  state: z.enum(PERIOD_STATES),
  changes: z.array(changeAnswer).describe('closings and reopenings, oldest first'),
});
type PeriodAnswer = z.output<typeof periodAnswer>;

const changedAnswer = z.object({
  period: periodCode,
  action: z.enum(['closed', 'reopened']),
  checklist: z.array(checklistItem),
});

interface ChangeRow extends Omit<z.output<typeof changeAnswer>, 'recordedAt'> {
  readonly period: string;
  readonly recordedAt: Date;
}

/** Months from the first that was closed or has bookings up to today's, newest first. */
export async function listPeriods(
  context: Context,
  query: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<{ items: PeriodAnswer[]; nextCursor: string | null }> {
  const [after] = decodeCursor(query.cursor, z.tuple([periodCode])) ?? [];
  await catchUp(context);
  return readSnapshotAs(context.database, 'house', async (tx) => {
    const { closedThrough, timeZone } = await readHead(tx);
    const { rows } = await tx.query<ChangeRow>(
      `SELECT c.period, c.action, c.reason, p.name AS actor, c.recorded_at AS "recordedAt"
       FROM accounting.period_change c
       LEFT JOIN platform.principal p ON p.principal_id = c.actor_id ORDER BY c.version`,
    );
    const current = periodOf(localDay(context.clock(), timeZone));
    const changed = rows.map(({ period }) => period).sort();
    const open = (await firstOpenDay(tx))?.slice(0, 7) ?? current.code;
    const first = changed[0] !== undefined && changed[0] < open ? changed[0] : open;
    const answers: PeriodAnswer[] = [];
    for (let at = current; at.code >= first; at = periodBeside(at, -1)) {
      if (after !== undefined && at.code >= after) continue;
      if (answers.length > query.limit) break;
      const own = rows.filter(({ period }) => period === at.code);
      answers.push({
        period: at.code,
        startsOn: at.startsOn,
        endsOn: at.endsOn,
        state: periodState(at.endsOn, closedThrough),
        changes: own.map(({ period: _, recordedAt, ...change }) => ({
          ...change,
          recordedAt: recordedAt.toISOString(),
        })),
      });
    }
    return toPage(
      answers,
      query.limit,
      ({ period }) => [period],
      (answer) => answer,
    );
  });
}

/** Periods: list, checklist, close and reopen. For the house. */
export function periodRoutes(app: App, context: Context): void {
  app.get(
    '/v1/books/periods',
    {
      config: { scope: 'books:read' },
      schema: {
        tags,
        summary: 'List periods, newest first',
        querystring: z.object(pageQuery),
        response: { 200: pageOf(periodAnswer) },
      },
    },
    async ({ principal, query }) => {
      requireHouse(principal);
      return listPeriods(context, query);
    },
  );
  app.get(
    '/v1/books/periods/:period/checklist',
    {
      config: { scope: 'books:read' },
      handlerTimeout: CLOSE_TIMEOUT_MS,
      schema: {
        tags,
        summary: 'What stands between a period and its closing',
        params,
        response: {
          200: z.object({
            period: periodCode,
            state: z.enum(PERIOD_STATES),
            items: z.array(checklistItem),
          }),
        },
      },
    },
    async ({ principal, params: { period } }) => {
      requireHouse(principal);
      return checkPeriod(context, period);
    },
  );
  closeRoute(app, context);
  reopenRoute(app, context);
}

function closeRoute(app: App, context: Context): void {
  app.post(
    '/v1/books/periods/:period/close',
    {
      config: { scope: 'books:close' },
      handlerTimeout: CLOSE_TIMEOUT_MS,
      schema: {
        tags,
        summary: 'Close a period',
        description:
          'Nothing is booked into a closed period any more: facts that come late are booked on ' +
          'the first open day and keep when they occurred.',
        params,
        headers: idempotencyHeader,
        body: z.strictObject({
          acknowledge: z
            .array(z.string().min(1).max(64))
            .max(50)
            .default([])
            .describe('codes of checklist warnings that were seen'),
          note: plainText.optional(),
        }),
        response: { 200: changedAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const period = periodAt(request.params.period);
      // Before the lock is taken, since it looks at everything there is.
      const report = await verifyBooks(context);
      const tools = { context, report };
      const { acknowledge: acknowledged, note } = request.body;
      const answer = await writeAs(context.database, 'house', (tx) =>
        answerOnce(tx, request, context.clock(), async () => {
          const given = { acknowledged, note };
          const body = await closePeriod(tx, request.principal, period, given, tools);
          return { status: 200, headers: {}, body };
        }),
      );
      return reply.headers(answer.headers).send(answer.body as z.output<typeof changedAnswer>);
    },
  );
}

function reopenRoute(app: App, context: Context): void {
  app.post(
    '/v1/books/periods/:period/reopen',
    {
      config: { scope: 'books:close' },
      schema: {
        tags,
        summary: 'Reopen the period that was closed last',
        params,
        headers: idempotencyHeader,
        body: z.strictObject({ reason: plainText }),
        response: { 200: changedAnswer },
      },
    },
    async (request, reply) => {
      requireHouse(request.principal);
      const period = periodAt(request.params.period);
      const at = context.clock();
      const { reason } = request.body;
      const work = async (tx: Tx) => ({
        status: 200,
        headers: {},
        body: await reopenPeriod(tx, request.principal, period, { reason, at }),
      });
      const answer = await writeAs(context.database, 'house', (tx) =>
        answerOnce(tx, request, at, () => work(tx)),
      );
      return reply.headers(answer.headers).send(answer.body as z.output<typeof changedAnswer>);
    },
  );
}
