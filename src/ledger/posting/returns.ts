import { divideRounded } from '../../platform/quantity.ts';
import type { MoveLine, Refusal } from './commands.ts';
import type { Draft } from './draft.ts';
import { refuse } from './draft.ts';
import type { JournalState, PositionRow, PostedMovement } from './state.ts';

/**
 * Customer returns: what comes back of a shipment is never more than went out with it, in units
 * and in money. A shipment that was reversed has come back whole.
 */

/** The shipment that a line brings back; none where it was of another item or owner. */
export function returnedShipment(state: JournalState, line: MoveLine): PostedMovement | null {
  const shipment = state.posted.get(line.costOfSeq);
  const to = state.positions.get(line.to);
  const own = shipment?.itemId === to?.itemId && shipment?.ownerId === to?.ownerId;
  return shipment && own ? shipment : null;
}

interface Returning {
  readonly quantity: bigint;
  readonly from: Pick<PositionRow, 'itemId'>;
  readonly returned: PostedMovement | null;
  readonly reversed: PostedMovement | null;
}

/** A return may bring back what is left of its shipment, a reversal only the whole of it. */
export function checkReturn(plan: Returning, index: number): Refusal | null {
  const shipment = plan.returned ?? plan.reversed;
  if (!shipment) return null;
  const before = shipment.reversedBy > 0 ? shipment.quantity : shipment.returnedQuantity;
  if (before + plan.quantity <= shipment.quantity) return null;
  return refuse('return-exceeds-shipment', index, {
    shipment: shipment.seq,
    shipped: shipment.quantity,
    returned: before,
    requested: plan.quantity,
    item: plan.from.itemId,
  });
}

/**
 * What `quantity` of the shipment was worth: its share of the value that has not come back yet, so
 * that partial returns add up to the shipment's value exactly, whatever each was rounded to.
 */
export function returnedShare(shipment: PostedMovement, quantity: bigint): bigint {
  const value = shipment.value - shipment.returnedValue;
  // A caller may have valued an earlier return higher than the shipment was.
  if (value <= 0n) return 0n;
  return divideRounded(value * quantity, shipment.quantity - shipment.returnedQuantity);
}

/** Notes that a movement brings units of `shipment` back. */
export function markReturned(
  draft: Draft,
  shipment: PostedMovement,
  { quantity }: Pick<Returning, 'quantity'>,
  seq: number,
  value: bigint,
): void {
  draft.returns.push({ seq, shipmentSeq: shipment.seq, ownerId: shipment.ownerId });
  changeReturned(draft, shipment, quantity, value);
}

/** Notes that a movement is reversed; a return that is frees its shipment's units again. */
export function markReversed(draft: Draft, reversed: PostedMovement, seq: number): void {
  reversed.reversedBy = seq;
  draft.undo?.push(() => {
    reversed.reversedBy = 0;
  });
  if (reversed.returnOf === 0) return;
  const shipment = draft.state.posted.get(reversed.returnOf);
  if (!shipment) throw new Error(`movement ${reversed.returnOf} was not loaded before deciding`);
  changeReturned(draft, shipment, -reversed.quantity, -reversed.value);
}

function changeReturned(
  draft: Draft,
  shipment: PostedMovement,
  quantity: bigint,
  value: bigint,
): void {
  shipment.returnedQuantity += quantity;
  shipment.returnedValue += value;
  draft.undo?.push(() => {
    shipment.returnedQuantity -= quantity;
    shipment.returnedValue -= value;
  });
}
