import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LedgerService } from '../ledger/index.ts';
import type { Context, Principal } from '../platform/context.ts';
import { type Tx, writeAs } from '../platform/database.ts';
import { etagOf, requireIfMatch } from '../platform/http.ts';
import { type Answer, answerOnce, type IdempotentRequest } from '../platform/idempotency.ts';
import { currencyDigits } from '../platform/money.ts';
import {
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
  preconditionFailed,
} from '../platform/problems.ts';

/** What every part of returns works with. */
export interface Returns {
  readonly context: Context;
  readonly ledger: LedgerService;
  /** The house currency and its digits after the point. */
  readonly currency: string;
  readonly houseDigits: number;
}

export function createReturns(context: Context, ledger: LedgerService): Returns {
  const { currency } = context.config;
  return { context, ledger, currency, houseDigits: currencyDigits(currency) };
}

/** Who changes a document, and when. */
export interface By {
  readonly actorId: number;
  readonly at: Date;
}

/**
 * Changes documents in one transaction under the caller's owner, at most once for each
 * Idempotency-Key.
 * @throws Problem idempotency-key-reused
 */
export function changeOnce(
  returns: Returns,
  request: IdempotentRequest,
  work: (tx: Tx, by: By) => Promise<Answer>,
): Promise<Answer> {
  const { database, clock } = returns.context;
  const by = { actorId: request.principal.principalId, at: clock() };
  return writeAs(database, request.principal.scope, (tx) =>
    answerOnce(tx, request, by.at, () => work(tx, by)),
  );
}

/** Sends an answer as it was kept. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}

/** A document as an answer with its ETag. */
export function documentAnswer(
  status: number,
  body: { readonly version: number },
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, headers: { etag: etagOf(body.version), ...headers }, body };
}

/** The version in If-Match, where it is given at all. */
export function versionAsked(request: Pick<FastifyRequest, 'headers'>): number | undefined {
  return request.headers['if-match'] ? requireIfMatch(request as FastifyRequest) : undefined;
}

/** @throws Problem precondition-failed when the caller read another version. */
export function checkVersion(
  document: { readonly number: string; readonly version: number },
  asked: number | undefined,
): void {
  if (asked === undefined || asked === document.version) return;
  const detail = `${document.number} is at version ${document.version}, not ${asked}.`;
  throw new Problem(preconditionFailed, detail, { version: document.version });
}

/** All wrong fields at once. @throws Problem invalid-request unless there are none. */
export function refuseFields(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new Problem(invalidRequest, `${first.path} ${first.message}${more}.`, { errors });
}

export function missing(what: string, number: string | number): Problem {
  return new Problem(notFound, `There is no ${what} ${number}.`);
}

/**
 * The caller as an actor in the ledger. Every line names its owner, and whether the caller may
 * act for it was decided before; so a step that is finished later, in nobody's name, is the same
 * command.
 */
export function forLedger(actorId: number): Principal {
  return { principalId: actorId, name: 'returns', scope: 'house', scopes: new Set() };
}

const digits = new Map<string, number>();

/** Digits of a currency, which are asked for with every sum. */
export function digitsOf(currency: string): number {
  const known = digits.get(currency) ?? currencyDigits(currency);
  digits.set(currency, known);
  return known;
}
