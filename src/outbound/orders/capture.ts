import { createHash } from 'node:crypto';
import { formatLedgerId } from '../../ledger/index.ts';
import type { Principal } from '../../platform/context.ts';
import type { OwnerScope, Tx } from '../../platform/database.ts';
import { idempotencyKeyReused } from '../../platform/idempotency.ts';
import { formatMoney } from '../../platform/money.ts';
import { conflict, declareProblem, Problem } from '../../platform/problems.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { amountsOf, owed } from './amounts.ts';
import {
  type CapturedRow,
  findCaptured,
  findSame,
  insertOrders,
  type NewOrder,
  type NewPart,
  nextNumbers,
  ratesOf,
} from './capture.queries.ts';
import { type HoldKind, lineStateOf, orderStateOf } from './order.ts';
import { type Promised, promiseAll, type Share, type Wish } from './promise.ts';
import { withPromises } from './promised-at.ts';
import { prepareCodes, type ResolvedLine, type ResolvedOrder, resolveOrder } from './resolve.ts';
import type { CaptureAnswer, CaptureBody } from './schemas.ts';
import { digitsOf, type OrderService, promising } from './service.ts';
import { CAPTURE_SECONDS_MAX, captureGroupId, releaseAll } from './steps.ts';

/** A sales order that somebody asks for. */
export interface CaptureRequest {
  readonly principal: Principal;
  /** Follows from the Idempotency-Key. */
  readonly orderId: string;
  readonly body: CaptureBody;
}

export const captureTooSlow = declareProblem({
  name: 'capture-too-slow',
  status: 503,
  title: 'Capturing took too long and was given up',
  remedy: 'Nothing was captured. Send it again with the same Idempotency-Key.',
});

/** A capture on its way: its codes resolved, its reservations made. */
export interface Capture {
  readonly request: CaptureRequest;
  readonly hash: Buffer;
  readonly resolved: ResolvedOrder;
  readonly number: string;
  readonly rate: string | null;
}

/** A hash of a body as its schema has read it, its members in the order of the schema. */
export function hashOf(body: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(body)).digest();
}

/** What a repetition is answered: the first answer, or that the key has another request. */
export function replay(found: CapturedRow, hash: Buffer): CaptureAnswer | Problem {
  if (found.requestHash.equals(hash)) return { ...found.captured, replayed: true };
  return new Problem(idempotencyKeyReused, 'The Idempotency-Key belongs to another request.', {
    salesOrder: found.number,
  });
}

/** What a capture is answered whose number or reference another sales order has. */
export function duplicate(found: CapturedRow, hash: Buffer): CaptureAnswer | Problem {
  if (found.requestHash.equals(hash)) return { ...found.captured, replayed: true };
  const detail = `The sales order ${found.number} has that number or reference already.`;
  return new Problem(conflict, detail, { salesOrder: found.number });
}

type Answer = CaptureAnswer | Problem;

/**
 * Captures sales orders that arrive together: one call of the ledger for all their reservations,
 * one transaction for all their rows. Answers in order, each on its own.
 * @throws Problem overloaded.
 */
export async function captureTogether(
  service: OrderService,
  requests: readonly CaptureRequest[],
): Promise<Answer[]> {
  const answers: Answer[] = new Array(requests.length);
  const hashes = requests.map(({ body }) => hashOf(body));
  const firsts = new Map<string, number>();
  for (const [i, { orderId }] of requests.entries()) {
    if (!firsts.has(orderId)) firsts.set(orderId, i);
  }
  await prepareCodes(
    service,
    requests.map(({ body }) => body),
  );
  const lost = await promising(service, async (tx) => {
    const [known, numbers] = await Promise.all([
      findCaptured(tx, [...firsts.keys()]),
      nextNumbers(tx, firsts.size),
    ]);
    const open: { index: number; capture: Omit<Capture, 'number' | 'rate'> }[] = [];
    for (const index of firsts.values()) {
      const request = requests[index]!;
      const found = known.get(request.orderId);
      if (found) answers[index] = replay(found, hashes[index]!);
      else {
        const resolved = await resolveOrder(service, request.principal, request.body);
        if (resolved instanceof Problem) answers[index] = resolved;
        else open.push({ index, capture: { request, hash: hashes[index]!, resolved } });
      }
    }
    return captureOpen(service, tx, open, answers, numbers);
  });
  await afterwards(service, lost, answers);
  for (const [i, { orderId }] of requests.entries()) {
    const first = firsts.get(orderId)!;
    if (first !== i) answers[i] = repeated(answers[first]!, hashes[first]!, hashes[i]!);
  }
  await replayRefused(service, requests, hashes, answers);
  return answers;
}

function repeated(first: Answer, firstHash: Buffer, hash: Buffer): Answer {
  if (first instanceof Problem) return first;
  if (hash.equals(firstHash)) return { ...first, replayed: true };
  return new Problem(idempotencyKeyReused, 'The Idempotency-Key belongs to another request.', {
    salesOrder: first.number,
  });
}

/** Refusals that a sales order under the same key may make untrue, or true of another body. */
const REPLAYABLE: ReadonlySet<string> = new Set([
  'insufficient-availability',
  'idempotency-key-reused',
]);

/**
 * A capture that was refused for want of units may have been captured through another process in
 * the meantime, which took them. One that came with another body under its key, and was answered
 * as that was, is answered by its own.
 */
async function replayRefused(
  service: OrderService,
  requests: readonly CaptureRequest[],
  hashes: readonly Buffer[],
  answers: Answer[],
): Promise<void> {
  const refused = answers.flatMap((answer, i) =>
    answer instanceof Problem && REPLAYABLE.has(answer.type.name) ? [i] : [],
  );
  if (refused.length === 0) return;
  const ids = refused.map((i) => requests[i]!.orderId);
  const found = await findCaptured(service.context.database.poster, ids);
  for (const i of refused) {
    const captured = found.get(requests[i]!.orderId);
    if (captured) answers[i] = replay(captured, hashes[i]!);
  }
}

/** A capture whose id, number or reference was taken while its units were being reserved. */
interface Lost {
  readonly index: number;
  readonly order: NewOrder;
}

async function captureOpen(
  service: OrderService,
  tx: Tx,
  open: readonly { index: number; capture: Omit<Capture, 'number' | 'rate'> }[],
  answers: Answer[],
  numbers: string[],
): Promise<Lost[]> {
  if (open.length === 0) return [];
  const numbered = await completeCaptures(service, tx, open, answers, numbers);
  const startedAt = service.context.clock().getTime();
  const promises = await promiseAll(
    service,
    tx,
    numbered.map(({ capture }) => wishOf(capture, capture.resolved.lines)),
  );
  const ready: { index: number; order: NewOrder; scope: OwnerScope }[] = [];
  for (const [i, { index, capture }] of numbered.entries()) {
    const promised = promises[i]!;
    if (promised instanceof Problem) answers[index] = promised;
    else {
      const { scope } = capture.request.principal;
      ready.push({ index, order: toOrder(service, capture, promised), scope });
    }
  }
  if (ready.length === 0) return [];
  const dated = await withPromises(service, ready);
  refuseLate(service, startedAt);
  const written = await insertOrders(tx, dated);
  const lost: Lost[] = [];
  for (const [i, order] of dated.entries()) {
    const { index } = ready[i]!;
    if (written.has(order.orderId)) answers[index] = order.answer;
    else lost.push({ index, order });
  }
  return lost;
}

/**
 * The sweep takes reservations without a sales order for left behind after a while; a capture
 * that took nearly as long must not write one any more.
 */
export function refuseLate(service: OrderService, startedAt: number): void {
  const seconds = (service.context.clock().getTime() - startedAt) / 1000;
  if (seconds <= CAPTURE_SECONDS_MAX) return;
  throw new Problem(captureTooSlow, 'The ledger took too long; nothing was captured.', {
    retryAfterSeconds: 1,
  });
}

/** Gives captures their numbers and rates; what has no rate gets its problem. */
export async function completeCaptures(
  service: OrderService,
  tx: Tx,
  open: readonly { index: number; capture: Omit<Capture, 'number' | 'rate'> }[],
  answers: Answer[],
  numbers: string[],
): Promise<{ index: number; capture: Capture }[]> {
  const house = service.context.config.currency;
  const day = service.context.clock().toISOString().slice(0, 10);
  const priced = open.filter(({ capture }) => capture.resolved.owner.isHouse);
  const currencies = priced.map(({ capture }) => capture.resolved.currency);
  const rates = await ratesOf(tx, house, currencies, day);
  return open.flatMap(({ index, capture }) => {
    const { resolved } = capture;
    const number = resolved.body.number ?? numbers.shift()!;
    const rate = resolved.owner.isHouse ? rates.get(resolved.currency)! : null;
    if (!(rate instanceof Error)) return [{ index, capture: { ...capture, number, rate } }];
    if (!(rate instanceof Problem)) throw rate;
    answers[index] = rate;
    return [];
  });
}

/** What a capture asks to be promised, for these of its lines. */
export function wishOf(
  { request, resolved, number }: Capture,
  lines: readonly ResolvedLine[],
): Wish {
  const { body, channel, owner } = resolved;
  return {
    principal: request.principal,
    channel,
    owner,
    priority: body.priority ?? channel.priority,
    document: { type: 'sales_order', number },
    shipTo: body.shipTo,
    serviceLevel: body.serviceLevel ?? channel.serviceLevel,
    requestedAt: body.requestedAt === undefined ? null : new Date(body.requestedAt),
    splitAllowed: (body.shipmentPolicy ?? channel.shipmentPolicy) === 'partial',
    partly: (body.backorder ?? channel.backorder) === 'allow',
    lines,
    nextGroupId: captureGroupId,
  };
}

/** The parts of a line: one for each share, and one that waits for what is short. */
function partsOf(line: ResolvedLine, shares: readonly Share[]): NewPart[] {
  const own = shares.filter((share) => share.line === line.line);
  const parts = own.map(
    (share, i): NewPart => ({
      line: line.line,
      part: i + 1,
      itemId: line.itemId,
      siteId: share.siteId,
      site: share.site,
      quantity: share.quantity,
      state: 'reserved',
      journal: share.journal,
      seq: share.seq,
    }),
  );
  const short = line.quantity - own.reduce((sum, { quantity }) => sum + quantity, 0n);
  if (short === 0n) return parts;
  const { siteId = null, code: site = null } = line.site ?? {};
  const waits = { state: 'backordered', journal: null, seq: null } as const;
  const part = parts.length + 1;
  const { itemId } = line;
  parts.push({ line: line.line, part, itemId, siteId, site, quantity: short, ...waits });
  return parts;
}

/** Puts a capture and what was promised to it together. */
export function toOrder(
  service: OrderService,
  capture: Capture,
  promised: Pick<Promised, 'shares' | 'explanation'>,
): NewOrder {
  const { request, resolved, number, rate, hash } = capture;
  const { body, channel } = resolved;
  const parts = resolved.lines.flatMap((line) => partsOf(line, promised.shares));
  const at = service.context.clock();
  const state = orderStateOf(parts);
  const holds: HoldKind[] = [...new Set(body.holds)];
  return {
    orderId: request.orderId,
    number,
    requestHash: hash,
    resolved,
    priority: body.priority ?? channel.priority,
    serviceLevel: body.serviceLevel ?? channel.serviceLevel,
    shipmentPolicy: body.shipmentPolicy ?? channel.shipmentPolicy,
    backorder: body.backorder ?? channel.backorder,
    state,
    rate,
    parts,
    holds,
    answer: answerOf(capture, parts, at),
    promisedAt: body.promisedAt ?? null,
    promise: undefined,
    explanation: promised.explanation,
    actorId: request.principal.principalId,
    at,
  };
}

function answerOf(capture: Capture, parts: readonly NewPart[], at: Date): CaptureAnswer {
  const { resolved, number, request } = capture;
  const { lines, shippingCharge, currency } = resolved;
  const goods = lines.reduce((sum, line) => sum + owed(amountsOf(line, 0n, line.quantity)), 0n);
  return {
    salesOrderId: request.orderId,
    number,
    owner: resolved.owner.code,
    channel: resolved.channel.code,
    state: orderStateOf(parts),
    onHold: resolved.body.holds.length > 0,
    version: 1,
    currency,
    total: formatMoney(goods + shippingCharge, digitsOf(currency)),
    lines: lines.map((line) => {
      const own = parts.filter((part) => part.line === line.line);
      const text = (quantity: bigint) => formatDecimal(quantity, line.quantityScale);
      return {
        line: line.line,
        item: line.item,
        quantity: text(line.quantity),
        state: lineStateOf(own),
        parts: own.map(({ part, site, quantity, state, journal, seq }) => ({
          part,
          site,
          quantity: text(quantity),
          state,
          reservation: journal === null ? null : formatLedgerId(journal, seq!),
        })),
      };
    }),
    promisedAt: resolved.body.promisedAt ?? null,
    createdAt: at.toISOString(),
    replayed: false,
  };
}

/** Gives back what lost captures had reserved, and answers what won instead. */
async function afterwards(
  service: OrderService,
  lost: readonly Lost[],
  answers: Answer[],
): Promise<void> {
  for (const { index, order } of lost) {
    await releaseAll(service, order.parts);
    const { poster } = service.context.database;
    const same = (await findCaptured(poster, [order.orderId])).get(order.orderId);
    const found = same ?? (await findSame(poster, order));
    if (!found) throw new Error(`sales order ${order.number} was neither written nor found`);
    answers[index] = same ? replay(same, order.requestHash) : duplicate(found, order.requestHash);
  }
}
