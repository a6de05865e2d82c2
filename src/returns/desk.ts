import type { z } from 'zod';
import type { LedgerService } from '../ledger/index.ts';
import { SYSTEM } from '../platform/auth/index.ts';
import type { Context } from '../platform/context.ts';
import { readAs } from '../platform/database.ts';
import type { IdempotentRequest } from '../platform/idempotency.ts';
import { newId } from '../platform/ids.ts';
import { invalidRequest, Problem } from '../platform/problems.ts';
import type * as answers from './answer-schemas.ts';
import { change, create, listReturns, showReturn } from './documents.ts';
import { planOfInspection } from './inspections.commands.ts';
import { createStepWork } from './module.ts';
import { planOfReceipt } from './receipts.commands.ts';
import { refundReturn } from './refunds.commands.ts';
import * as schemas from './schemas.ts';
import { createReturns } from './service.ts';
import { takeStep } from './steps.ts';

/** Returns for whoever works in this process, as the house: the command line. */
export type ReturnDesk = ReturnType<typeof createReturnDesk>;

/** Reads a body as the API would. @throws Problem invalid-request with every wrong field. */
function parse<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: ['body', ...path].join('.'),
    message,
  }));
  throw new Problem(invalidRequest, `${errors[0]?.path} ${errors[0]?.message}.`, { errors });
}

function requestOf(url: string, body: unknown): IdempotentRequest {
  return { headers: { 'idempotency-key': newId() }, method: 'POST', url, body, principal: SYSTEM };
}

/** Opens a desk on a ledger of this process; each call is a request of its own. */
export function createReturnDesk(context: Context, ledger: LedgerService) {
  const returns = createReturns(context, ledger);
  const work = createStepWork(returns);
  const show = (number: string) =>
    readAs(context.database, 'house', (tx) => showReturn(returns, tx, number));
  return {
    list: (query: unknown) => listReturns(returns, 'house', parse(schemas.listQuery, query)),
    show,
    async create(given: unknown): Promise<answers.ReturnAnswer> {
      const body = parse(schemas.createBody, given);
      const answer = await create(returns, requestOf('/v1/returns', body), body);
      return answer.body as answers.ReturnAnswer;
    },
    async receive(number: string, given: unknown): Promise<answers.ReturnAnswer> {
      const body = parse(schemas.receiptBody, given);
      const request = requestOf(`/v1/returns/${number}/receipts`, body);
      const plan = planOfReceipt(returns, body);
      await takeStep(returns, work, request, { number, kind: 'receipt', plan });
      return show(number);
    },
    async inspect(number: string, given: unknown): Promise<answers.ReturnAnswer> {
      const body = parse(schemas.inspectionBody, given);
      const request = requestOf(`/v1/returns/${number}/inspections`, body);
      const plan = planOfInspection(returns, SYSTEM, body);
      await takeStep(returns, work, request, { number, kind: 'inspection', plan });
      return show(number);
    },
    async refund(number: string, given: unknown): Promise<answers.ReturnAnswer> {
      const body = parse(schemas.refundBody, given);
      const request = requestOf(`/v1/returns/${number}/refunds`, body);
      const answer = await change(returns, request, number, (tx, locked, by) =>
        refundReturn(returns, tx, locked, body, by),
      );
      return answer.body as answers.ReturnAnswer;
    },
  };
}
