import type { CommandAnswer } from '../../ledger/index.ts';
import { parseLedgerId } from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import { emitBookings } from '../../platform/bookings.ts';
import type { Principal } from '../../platform/context.ts';
import { readAs, type Tx, writeAs } from '../../platform/database.ts';
import { idempotencyKeyReused } from '../../platform/idempotency.ts';
import { declareProblem, Problem, problemBody } from '../../platform/problems.ts';
import { parseDecimal } from '../../platform/quantity.ts';
import { readUnits } from '../orders/cancel.ts';
import { hashOf } from '../orders/capture.ts';
import {
  lineOf,
  moveOn,
  note,
  type OrderDraft,
  openDraft,
  quantityText,
  splitPart,
  stateConflict,
  writeDraft,
} from '../orders/draft.ts';
import type { PartRow } from '../orders/order.queries.ts';
import type { ShipmentAnswer } from '../orders/schemas.ts';
import { digitsOf, forLedger, type OrderService, problemOf } from '../orders/service.ts';
import { readShipments } from '../orders/view.ts';
import { type Leaving, Picker } from './pick.ts';
import { partsOfRequest, requireNoHold } from './release.ts';
import { acceptRow, findRequest, type RequestRow } from './request.queries.ts';
import { saleOf } from './sale.ts';
import type { ShipBody } from './schemas.ts';
import {
  endShipment,
  findShipment,
  insertShipment,
  insertShipmentMovements,
  type PlannedMovement,
  type ShipmentRow,
  stalledShipments,
} from './ship.queries.ts';

export const shipmentRefused = declareProblem({
  name: 'shipment-refused',
  status: 409,
  title: 'The ledger refused the shipment',
  remedy: 'See `cause`; correct it, then ship again with a new Idempotency-Key.',
});

/** Picking is tried this often: others may take from the same places at the same time. */
const ATTEMPTS_MAX = 5;
const STALLED_SECONDS = 20;

/** What somebody ships. `shipmentId` follows from the Idempotency-Key. */
export interface ShipCommand {
  readonly principal: Principal;
  readonly shipmentId: string;
  readonly body: ShipBody;
}

/**
 * Ships a fulfilment request, or a part of it: writes down what is taken from where, posts the
 * movements, and then completes lines, trail and booking in one transaction. Whoever repeats it
 * gets the same shipment; what a crash has cut off is finished by the repetition or by a sweep.
 * @throws Problem not-found, invalid-request, state-conflict, sales-order-held,
 * insufficient-stock, shipment-refused, idempotency-key-reused.
 */
export async function shipRequest(
  service: OrderService,
  command: ShipCommand,
  number: string,
): Promise<{ answer: ShipmentAnswer; isNew: boolean }> {
  const { database } = service.context;
  const { principal, shipmentId } = command;
  const requestHash = hashOf([number, command.body]);
  const find = () => readAs(database, principal.scope, (tx) => findShipment(tx, shipmentId));
  let shipment = await find();
  requireSame(shipment, requestHash);
  const isNew = shipment?.state !== 'shipped';
  for (let attempt = 1; shipment?.state !== 'shipped'; attempt += 1) {
    if (shipment?.state !== 'posting') await begin(service, command, number, requestHash);
    shipment = (await find())!;
    const problem = shipment.state === 'posting' ? await post(service, shipment) : undefined;
    // Places that were picked from may have been emptied meanwhile; others are looked for.
    const mayRetry = problem?.type.name === 'insufficient-stock' && !positionsGiven(command.body);
    if (problem && (!mayRetry || attempt >= ATTEMPTS_MAX)) throw refused(problem);
    shipment = await find();
  }
  const answer = await readAs(database, principal.scope, async (tx) => {
    const [{ shipmentId: _, ...shown } = undefined as never] = await readShipments(tx, {
      shipmentId,
    });
    return shown;
  });
  return { answer, isNew };
}

/** @throws Problem idempotency-key-reused when the shipment is of another request. */
function requireSame(shipment: ShipmentRow | undefined, requestHash: Buffer): void {
  if (!shipment || shipment.requestHash.equals(requestHash)) return;
  throw new Problem(idempotencyKeyReused, 'The Idempotency-Key belongs to another request.');
}

function positionsGiven(body: ShipBody): boolean {
  return (body.lines ?? []).some(({ positions }) => positions !== undefined);
}

function refused(cause: Problem): Problem {
  if (cause.type.status >= 500) return cause;
  const detail = `The shipment was not posted: ${cause.message}`;
  return new Problem(shipmentRefused, detail, { cause: problemBody(cause) });
}

/** Writes down what is to be posted, so that nothing can cancel it any more. */
async function begin(
  service: OrderService,
  { principal, shipmentId, body }: ShipCommand,
  number: string,
  requestHash: Buffer,
): Promise<void> {
  const { context } = service;
  await writeAs(context.database, principal.scope, async (tx) => {
    const at = context.clock();
    const known = await findRequest(tx, number);
    const draft = await openDraft(tx, known.salesOrder);
    // Somebody else may have begun the same shipment while the sales order was locked.
    const already = await findShipment(tx, shipmentId);
    requireSame(already, requestHash);
    if (already && already.state !== 'refused') return;
    const request = await findRequest(tx, number);
    requireNoHold(draft);
    await acceptFirst(tx, draft, request, at);
    const leaving = chooseParts(draft, request, body);
    const occurredAt = body.occurredAt === undefined ? at : new Date(body.occurredAt);
    const picker = new Picker(service, draft);
    const plan: PlannedMovement[] = [];
    for (const each of leaving) {
      plan.push(...(await picker.plan(each, occurredAt)));
      moveOn(draft, each.part, 'ship');
      each.part.shipmentId = shipmentId;
    }
    const { orderId, ownerId } = draft.order;
    const { requestId, siteId } = request;
    const { carrier, trackingNumber } = body;
    const actorId = principal.principalId;
    await insertShipment(
      tx,
      {
        ...{ shipmentId, requestId, siteId, orderId, ownerId, carrier, trackingNumber },
        ...{ requestHash, plan, actorId, occurredAt },
      },
      at,
    );
    await writeDraft(tx, draft, { actorId, at });
  });
}

async function acceptFirst(
  tx: Tx,
  draft: OrderDraft,
  request: RequestRow,
  at: Date,
): Promise<void> {
  if (request.state === 'released') {
    for (const part of partsOfRequest(draft, request, 'released')) moveOn(draft, part, 'accept');
    await acceptRow(tx, request.requestId, at);
    return;
  }
  if (request.state === 'accepted') return;
  const detail = `The fulfilment request ${request.number} is ${request.state}.`;
  throw new Problem(stateConflict, detail, { state: request.state });
}

/** Cuts the parts that leave out of what the request asks for. */
function chooseParts(draft: OrderDraft, request: RequestRow, body: ShipBody): Leaving[] {
  const asked = partsOfRequest(draft, request, 'accepted');
  if (asked.length === 0) {
    const detail = `The fulfilment request ${request.number} has nothing left to ship.`;
    throw new Problem(stateConflict, detail, { state: request.state });
  }
  if (!body.lines) return asked.map((part) => ({ part, positions: undefined }));
  return body.lines.flatMap(({ line, quantity, positions }, i) => {
    const own = asked.filter((part) => part.line === line && part.state === 'accepted');
    const open = own.reduce((sum, part) => sum + part.quantity, 0n);
    const path = `lines.${i}.quantity`;
    const units = quantity === undefined ? open : readUnits(draft, line, quantity, path);
    if (units === 0n || units > open) {
      const detail = `The request does not ask for that many units of line ${line}.`;
      const shown = lineOf(draft, line) ? quantityText(draft, line, open) : '0';
      throw new Problem(stateConflict, detail, { line, asked: shown });
    }
    return cut(draft, own, units, positions);
  });
}

function cut(
  draft: OrderDraft,
  parts: readonly PartRow[],
  units: bigint,
  positions: Leaving['positions'],
): Leaving[] {
  const pieces: PartRow[] = [];
  let left = units;
  for (const part of parts) {
    if (left === 0n) break;
    const piece = splitPart(draft, part, left < part.quantity ? left : part.quantity);
    pieces.push(piece);
    left -= piece.quantity;
  }
  if (positions && pieces.length > 1) {
    const detail = 'The units have several reservations: ship them one part after another.';
    throw new Problem(stateConflict, detail, { line: parts[0]!.line });
  }
  return pieces.map((part) => ({ part, positions }));
}

/**
 * Posts a shipment that is written down and completes it; harmless when it is done twice.
 * @returns why nothing of it was posted; undefined when it was.
 */
async function post(service: OrderService, shipment: ShipmentRow): Promise<Problem | undefined> {
  const { shipmentId, attempt, plan, actorId } = shipment;
  const actor = forLedger({ ...SYSTEM, principalId: actorId });
  const lines = plan.map(({ movement }) => movement);
  const [answer] = await service.ledger.post(actor, [
    { id: `shipment ${shipmentId} ${attempt}`.replaceAll(' ', '-'), lines },
  ]);
  if (!answer) throw new Error('the ledger gave no answer');
  const problem = answer.problem ? problemOf(answer.problem) : undefined;
  // What nobody knows the outcome of is asked again, by the caller or by the sweep.
  if (answer.lines.some(({ status }) => status === 'unknown')) {
    throw problem ?? new Error(`the outcome of shipment ${shipment.number} is unknown`);
  }
  await complete(service, shipment, answer, problem);
  return answer.status === 'rejected' ? problem : undefined;
}

interface Posted {
  readonly line: number;
  readonly part: number;
  readonly journal: number;
  readonly seq: number;
  readonly quantity: bigint;
}

/** The movements that were posted; those of one part are posted all or none. */
function postedOf(draft: OrderDraft, shipment: ShipmentRow, answer: CommandAnswer): Posted[] {
  return answer.lines.flatMap((posted) => {
    const planned = shipment.plan[posted.line - 1]!;
    if (posted.status !== 'committed' || !posted.id) return [];
    const { quantityScale } = lineOf(draft, planned.line)!;
    const quantity = parseDecimal(planned.movement.quantity, quantityScale);
    const { line, part } = planned;
    return [{ line, part, quantity, ...parseLedgerId(posted.id) }];
  });
}

/** One transaction: lines, trail, movements and the booking, or the way back. */
async function complete(
  service: OrderService,
  shipment: ShipmentRow,
  answer: CommandAnswer,
  problem: Problem | undefined,
): Promise<void> {
  const { context } = service;
  const { actorId } = shipment;
  await writeAs(context.database, 'house', async (tx) => {
    const at = context.clock();
    const draft = await openDraft(tx, shipment.salesOrder);
    const posted = postedOf(draft, shipment, answer);
    const state = posted.length > 0 ? 'shipped' : 'refused';
    const cause = problem ? problemBody(problem) : undefined;
    if (!(await endShipment(tx, shipment, { state, problem: cause }, at))) return;
    const units = settleParts(draft, shipment, posted);
    if (state === 'shipped') {
      const { shipmentId } = shipment;
      const { ownerId, orderId } = draft.order;
      await insertShipmentMovements(tx, { shipmentId, ownerId, orderId }, posted);
      await book(service, tx, draft, shipment, units, at);
      noteShipped(draft, shipment, units);
    }
    await writeDraft(tx, draft, { actorId, at });
  });
}

/** Parts whose movements were posted have left, the others are back; answers units by line. */
function settleParts(
  draft: OrderDraft,
  shipment: ShipmentRow,
  posted: readonly Posted[],
): Map<number, bigint> {
  const units = new Map<number, bigint>();
  for (const part of draft.parts) {
    if (part.state !== 'shipping' || part.shipmentId !== shipment.shipmentId) continue;
    const hasLeft = posted.some((each) => each.line === part.line && each.part === part.part);
    moveOn(draft, part, hasLeft ? 'complete' : 'refuse');
    if (hasLeft) units.set(part.line, (units.get(part.line) ?? 0n) + part.quantity);
    else part.shipmentId = null;
  }
  return units;
}

async function book(
  service: OrderService,
  tx: Tx,
  draft: OrderDraft,
  shipment: ShipmentRow,
  units: ReadonlyMap<number, bigint>,
  at: Date,
): Promise<void> {
  const { order } = draft;
  const site = draft.parts.find(({ shipmentId }) => shipmentId === shipment.shipmentId)!.site!;
  const booking = saleOf(draft.before, {
    ...{ shipmentId: shipment.shipmentId, shipmentNumber: shipment.number, site, units },
    occurredAt: shipment.occurredAt,
    houseDigits: service.houseDigits,
    digits: digitsOf(order.currency),
  });
  if (booking) await emitBookings(tx, [booking], { actorId: shipment.actorId, at });
}

function noteShipped(
  draft: OrderDraft,
  shipment: ShipmentRow,
  units: ReadonlyMap<number, bigint>,
): void {
  const { number, carrier, trackingNumber, requestNumber } = shipment;
  for (const [line, quantity] of units) {
    const details = { shipment: number, quantity: quantityText(draft, line, quantity) };
    note(draft, 'shipped', { line, details });
  }
  const details = { shipment: number, fulfilmentRequest: requestNumber, carrier, trackingNumber };
  note(draft, 'shipped', { details });
}

/** Finishes shipments whose process died while they were posted. Answers how many. */
export async function sweepShipments(service: OrderService): Promise<number> {
  const { context } = service;
  const before = new Date(context.clock().getTime() - STALLED_SECONDS * 1000);
  const stalled = await stalledShipments(context.database.poster, before);
  for (const shipment of stalled) {
    const problem = await post(service, shipment);
    if (problem) context.log.warn({ shipment: shipment.number, err: problem }, 'not shipped');
  }
  return stalled.length;
}
