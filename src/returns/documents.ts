import { z } from 'zod';
import { type OwnerScope, readAs, type Tx } from '../platform/database.ts';
import { decodeCursor, toPage } from '../platform/http.ts';
import type { Answer, IdempotentRequest } from '../platform/idempotency.ts';
import type { ReturnAnswer } from './answer-schemas.ts';
import { answerOf, claimsOf, summaryOf } from './answers.ts';
import { createReturn } from './create.commands.ts';
import { selectReturns } from './list.queries.ts';
import { type LockedReturn, lockReturn } from './rma.commands.ts';
import { readLinesOf, readRma } from './rma.queries.ts';
import type { CreateBody, ListQuery } from './schemas.ts';
import {
  type By,
  changeOnce,
  documentAnswer,
  missing,
  type Returns,
  versionAsked,
} from './service.ts';

/** What the doors of returns share: the API and the command line. */

/** The whole return. @throws Problem not-found */
export async function showReturn(returns: Returns, tx: Tx, number: string): Promise<ReturnAnswer> {
  const rma = await readRma(tx, number);
  if (!rma) throw missing('return', number);
  return answerOf(tx, rma, returns.houseDigits);
}

/** One page of returns, the newest first. */
export function listReturns(returns: Returns, scope: OwnerScope, query: ListQuery) {
  return readAs(returns.context.database, scope, async (tx) => {
    const { cursor, limit, ...filters } = query;
    const after = decodeCursor(cursor, z.tuple([z.int32()]))?.[0];
    const rows = await selectReturns(tx, filters, { after, limit: limit + 1 });
    const lines = await readLinesOf(
      tx,
      rows.map(({ rmaId }) => rmaId),
    );
    const claims = await claimsOf(tx, rows);
    return toPage(
      rows,
      limit,
      ({ rmaId }) => [rmaId],
      (rma) => {
        const own = lines.filter((line) => line.rmaId === rma.rmaId);
        return summaryOf(rma, own, claims);
      },
    );
  });
}

/** Makes a return once for a key, and answers it. @throws Problem, see createReturn. */
export function create(
  returns: Returns,
  request: IdempotentRequest,
  body: CreateBody,
): Promise<Answer> {
  return changeOnce(returns, request, async (tx, by) => {
    const number = await createReturn(returns, tx, request.principal, body, by);
    const location = `/v1/returns/${number}`;
    return documentAnswer(201, await showReturn(returns, tx, number), { location });
  });
}

/** Changes one return, locked, and answers what it is then. */
export function change(
  returns: Returns,
  request: IdempotentRequest,
  number: string,
  work: (tx: Tx, locked: LockedReturn, by: By) => Promise<unknown>,
): Promise<Answer> {
  return changeOnce(returns, request, async (tx, by) => {
    const locked = await lockReturn(tx, number, versionAsked(request));
    await work(tx, locked, by);
    return documentAnswer(200, await showReturn(returns, tx, number));
  });
}
