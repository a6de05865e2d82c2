import type { Tx } from '../../platform/database.ts';
import { recordHistory } from '../../platform/history.ts';
import { declareProblem, Problem } from '../../platform/problems.ts';
import { readUnits } from '../orders/cancel.ts';
import {
  lineOf,
  moveOn,
  note,
  type OrderDraft,
  quantityText,
  splitPart,
  stateConflict,
} from '../orders/draft.ts';
import type { PartRow } from '../orders/order.queries.ts';
import { acceptRow, insertRequest, type RequestRow } from './request.queries.ts';
import type { ShortBody } from './schemas.ts';

export const salesOrderHeld = declareProblem({
  name: 'sales-order-held',
  status: 409,
  title: 'The sales order is on hold',
  remedy: 'See its `holds`; release them first.',
});

interface By {
  readonly actorId: number;
  readonly at: Date;
}

/** @throws Problem sales-order-held. */
export function requireNoHold(draft: OrderDraft): void {
  if (!draft.order.isHeld) return;
  const detail = `The sales order ${draft.order.number} is on hold.`;
  throw new Problem(salesOrderHeld, detail, { salesOrder: draft.order.number });
}

/**
 * Asks the warehouses for everything that is reserved and not asked for yet: one request a site.
 * An order that must leave as a whole is released as a whole.
 * @throws Problem sales-order-held, state-conflict when there is nothing to release.
 */
export async function releaseOrder(tx: Tx, draft: OrderDraft, by: By): Promise<void> {
  requireNoHold(draft);
  const { order } = draft;
  const waits = draft.parts.some(({ state }) => state === 'backordered');
  if (waits && order.shipmentPolicy === 'complete') {
    const detail = 'The sales order leaves as a whole, and a part of it is backordered.';
    throw new Problem(stateConflict, detail, { state: order.state });
  }
  const ready = draft.parts.filter(({ state }) => state === 'reserved');
  if (ready.length === 0) {
    const detail = 'Nothing of the sales order is reserved and not released yet.';
    throw new Problem(stateConflict, detail, { state: order.state });
  }
  const bySite = new Map<number, PartRow[]>();
  for (const part of ready) bySite.set(part.siteId!, [...(bySite.get(part.siteId!) ?? []), part]);
  for (const [siteId, parts] of [...bySite].sort(([a], [b]) => a - b)) {
    const { orderId, ownerId } = order;
    const { requestId, number } = await insertRequest(tx, { orderId, ownerId, siteId }, by.at);
    for (const part of parts) {
      moveOn(draft, part, 'release');
      part.fulfilmentRequestId = requestId;
    }
    const details = { fulfilmentRequest: number, site: parts[0]!.site };
    note(draft, 'released', { details });
    await recordRequest(tx, draft, number, 'released', undefined, 'released', by);
  }
}

/** Writes one entry of the trail of a fulfilment request. */
export async function recordRequest(
  tx: Tx,
  draft: OrderDraft,
  number: string,
  action: string,
  fromState: string | undefined,
  toState: string,
  by: By,
  details?: Readonly<Record<string, unknown>>,
): Promise<void> {
  const document = { type: 'fulfilment_request', number };
  const { ownerId } = draft.order;
  await recordHistory(tx, [{ ownerId, document, action, fromState, toState, details }], by);
}

/** Parts of the order that a request asks for, in these states. */
export function partsOfRequest(
  draft: OrderDraft,
  request: Pick<RequestRow, 'requestId'>,
  ...states: PartRow['state'][]
): PartRow[] {
  return draft.parts.filter(
    (part) => part.fulfilmentRequestId === request.requestId && states.includes(part.state),
  );
}

/**
 * The warehouse takes a request on.
 * @throws Problem sales-order-held, state-conflict.
 */
export async function acceptRequest(
  tx: Tx,
  draft: OrderDraft,
  request: RequestRow,
  by: By,
): Promise<void> {
  requireNoHold(draft);
  if (request.state !== 'released') {
    const detail = `The fulfilment request ${request.number} is ${request.state}.`;
    throw new Problem(stateConflict, detail, { state: request.state });
  }
  for (const part of partsOfRequest(draft, request, 'released')) moveOn(draft, part, 'accept');
  await acceptRow(tx, request.requestId, by.at);
  note(draft, 'accepted', { details: { fulfilmentRequest: request.number } });
  await recordRequest(tx, draft, request.number, 'accepted', 'released', 'accepted', by);
}

/**
 * Takes a request back from the warehouse: its units stay reserved for the sales order.
 * @throws Problem state-conflict.
 */
export async function withdrawRequest(
  _tx: Tx,
  draft: OrderDraft,
  request: RequestRow,
): Promise<void> {
  const open = partsOfRequest(draft, request, 'released', 'accepted');
  if (open.length === 0) {
    const detail = `The fulfilment request ${request.number} asks for nothing any more.`;
    throw new Problem(stateConflict, detail, { state: request.state });
  }
  for (const part of open) moveOn(draft, part, 'withdraw');
  note(draft, 'withdrawn', { details: { fulfilmentRequest: request.number } });
}

/**
 * The warehouse does not find units: they wait again, for any other site that has them; this one
 * is asked again when it has received some.
 * @throws Problem invalid-request, state-conflict.
 */
export async function shortRequest(
  tx: Tx,
  draft: OrderDraft,
  request: RequestRow,
  body: ShortBody,
  by: By,
): Promise<void> {
  for (const [i, { line, quantity }] of body.lines.entries()) {
    const units = readUnits(draft, line, quantity, `lines.${i}.quantity`);
    let left = units;
    for (const part of partsOfRequest(draft, request, 'released', 'accepted')) {
      if (part.line !== line || left === 0n) continue;
      const piece = splitPart(draft, part, left < part.quantity ? left : part.quantity);
      left -= piece.quantity;
      const avoided = new Set([...piece.avoidedSiteIds, request.siteId]);
      moveOn(draft, piece, 'short');
      piece.avoidedSiteIds = [...avoided];
      piece.avoidedAt = by.at;
    }
    if (left > 0n) {
      const asked = quantityText(draft, line, units - left);
      const detail = `The request asks for ${asked} of ${lineOf(draft, line)!.item}.`;
      throw new Problem(stateConflict, detail, { line, asked });
    }
    const details = { quantity, site: request.site, fulfilmentRequest: request.number };
    note(draft, 'short', { line, note: body.note, details });
    const { state, number } = request;
    await recordRequest(tx, draft, number, 'short', state, state, by, { line, quantity });
  }
}
