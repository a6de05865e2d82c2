import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import { readAs, type Tx, writeAs } from '../platform/database.ts';
import { requireHouse } from '../platform/documents/index.ts';
import { decodeCursor, etagOf, requireIfMatch, toPage } from '../platform/http.ts';
import { type Answer, answerOnce } from '../platform/idempotency.ts';
import { currencyDigits } from '../platform/money.ts';
import {
  type FieldError,
  invalidRequest,
  notFound,
  Problem,
  preconditionFailed,
} from '../platform/problems.ts';
import { wrongState } from './problems.ts';
import type { Transition } from './states.ts';
import { nextState } from './states.ts';

/** What every part of purchasing works with. */
export interface Inbound {
  readonly context: Context;
  readonly ledger: LedgerService;
  /** The house currency and its digits after the point. */
  readonly currency: string;
  readonly houseDigits: number;
}

export function createInbound(context: Context, ledger: LedgerService): Inbound {
  const { currency } = context.config;
  return { context, ledger, currency, houseDigits: currencyDigits(currency) };
}

/** Who changes a document, and when. */
export interface By {
  readonly actorId: number;
  readonly at: Date;
}

/** Reads as the caller: an owner's key sees its own documents. */
export function look<T>(
  inbound: Inbound,
  request: FastifyRequest,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  return readAs(inbound.context.database, request.principal.scope, work);
}

/** Reads what is the house's alone. @throws Problem house-only */
export async function lookAsHouse<T>(
  inbound: Inbound,
  request: FastifyRequest,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  requireHouse(request.principal);
  return look(inbound, request, work);
}

/**
 * Changes a document in one transaction, at most once for each Idempotency-Key. Only the house
 * changes documents of purchasing.
 * @throws Problem house-only, idempotency-key-reused
 */
export async function changeOnce(
  inbound: Inbound,
  request: FastifyRequest,
  work: (tx: Tx, by: By) => Promise<Answer>,
): Promise<Answer> {
  requireHouse(request.principal);
  const { database, clock } = inbound.context;
  const by = { actorId: request.principal.principalId, at: clock() };
  return writeAs(database, 'house', (tx) => answerOnce(tx, request, by.at, () => work(tx, by)));
}

/** Sends an answer as it was kept. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply.code(answer.status).headers(answer.headers).send(answer.body);
}

/** A document as an answer with its ETag. */
export function documentAnswer(
  status: number,
  document: { readonly version: number; readonly number: string },
): Answer {
  return { status, headers: { etag: etagOf(document.version) }, body: document };
}

/** The version in If-Match, where it is given at all. */
export function versionAsked(request: FastifyRequest): number | undefined {
  return request.headers['if-match'] ? requireIfMatch(request) : undefined;
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

/** Where an action leads. @throws Problem wrong-state where the table has no such row. */
export function requireTransition<State extends string>(
  table: readonly Transition<State>[],
  action: string,
  document: { readonly number: string; readonly state: State },
): State {
  const next = nextState(table, action, document.state);
  if (next !== undefined) return next;
  const detail = `${document.number} is ${document.state.replaceAll('_', ' ')}.`;
  throw new Problem(wrongState, detail, { number: document.number, state: document.state });
}

/** All wrong fields at once. @throws Problem invalid-request unless there are none. */
export function refuseFields(errors: readonly FieldError[]): void {
  const [first] = errors;
  if (!first) return;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new Problem(invalidRequest, `${first.path} ${first.message}${more}.`, { errors });
}

export function missing(what: string, number: string): Problem {
  return new Problem(notFound, `There is no ${what} ${number}.`);
}

/** The day at a place: where it is evening already, yesterday's rate does not hold any more. */
export function dayAt(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at);
}

const idCursor = z.tuple([z.int32()]);

/** One page of documents, the newest first. */
export interface PageQuery {
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/**
 * Reads a page of documents by descending id.
 * @param select `SELECT <id> AS id, ... FROM ...` without WHERE.
 * @param filters SQL where `?` is the value; undefined values filter nothing.
 */
export async function listNewest<Row extends { readonly id: number }, Item>(
  tx: Tx,
  list: {
    readonly select: string;
    readonly id: string;
    readonly filters: readonly (readonly [value: unknown, where: string])[];
  },
  page: PageQuery,
  toItem: (row: Row) => Item,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const parameters: unknown[] = [];
  const conditions = ['true'];
  const after = decodeCursor(page.cursor, idCursor)?.[0];
  const filters = [...list.filters, [after, `${list.id} < ?`] as const];
  for (const [value, where] of filters) {
    if (value === undefined) continue;
    parameters.push(value);
    conditions.push(`(${where.replaceAll('?', `$${parameters.length}`)})`);
  }
  parameters.push(page.limit + 1);
  const { rows } = await tx.query<Row>(
    `${list.select} WHERE ${conditions.join(' AND ')}
     ORDER BY ${list.id} DESC LIMIT $${parameters.length}`,
    parameters,
  );
  return toPage(rows, page.limit, ({ id }) => [id], toItem);
}
