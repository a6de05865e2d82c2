import { RESERVATION } from '../posting/commands.ts';
import type { Cursor } from './derive.ts';
import { deriveCost } from './derive-cost.ts';
import { deriveSerials } from './derive-serials.ts';
import type { Facts } from './facts.queries.ts';
import type { FindingKind } from './findings.ts';
import { addToAccount, type DerivedJournal, type PositionState } from './state.ts';

type Movements = Facts['movements'];

/** A finding about one movement. */
export function report(
  journal: DerivedJournal,
  kind: FindingKind,
  seq: number,
  expected: unknown,
  found: unknown,
  message: string,
  id?: string,
): void {
  journal.findings.add({
    kind,
    journal: journal.journal,
    seq,
    ...(id === undefined ? {} : { id }),
    expected: String(expected),
    found: String(found),
    message,
  });
}

/** Replays the movement at the cursor, and what lies beside it. */
export function deriveMovement(journal: DerivedJournal, facts: Facts, at: Cursor): void {
  const { movements } = facts;
  const i = at.movement;
  at.movement += 1;
  const seq = movements.seq[i]!;
  const from = journal.positions.get(movements.from[i]!);
  const to = journal.positions.get(movements.to[i]!);
  if (!from || !to) {
    const id = `position ${from ? movements.to[i] : movements.from[i]}`;
    report(journal, 'position', seq, 'a position', 'none', 'the position is not there', id);
    return;
  }
  checkDimensions(journal, movements, i, from, to);
  const quantity = movements.quantity[i]!;
  deriveSide(journal, seq, from, -quantity, movements.fromAfter[i]!, movements.fromPrevious[i]!);
  deriveSide(journal, seq, to, quantity, movements.toAfter[i]!, movements.toPrevious[i]!);
  deriveAllocated(journal, movements, i, from);
  deriveAvailable(journal, movements, i, from, to);
  deriveMoney(journal, facts, at, i, from, to);
  deriveSerials(journal, facts, at, i, from, to);
}

function checkDimensions(
  journal: DerivedJournal,
  movements: Movements,
  i: number,
  from: PositionState,
  to: PositionState,
): void {
  const itemId = movements.itemId[i]!;
  const ownerId = movements.ownerId[i]!;
  const same =
    from.itemId === itemId &&
    to.itemId === itemId &&
    from.ownerId === ownerId &&
    to.ownerId === ownerId &&
    from !== to;
  if (same) return;
  const expected = `item ${from.itemId} of owner ${from.ownerId}, from there to elsewhere`;
  const found = `item ${itemId} of owner ${ownerId} to item ${to.itemId} of owner ${to.ownerId}`;
  report(journal, 'position', movements.seq[i]!, expected, found, 'the two sides do not fit');
}

/** One side: the figure after, and the movement before it in the position's chain. */
function deriveSide(
  journal: DerivedJournal,
  seq: number,
  position: PositionState,
  change: bigint,
  after: bigint,
  previous: number,
): void {
  const id = `position ${position.positionId}`;
  if (!position.known) {
    position.known = true;
    position.onHand = after - change;
    position.lastSeq = previous;
    const { positionId, onHand } = position;
    journal.adopted.push({ positionId, onHand, seq, previous });
  }
  if (previous !== position.lastSeq) {
    if (journal.missing.has(previous)) position.onHand = after - change;
    else {
      const message = 'the chain of the position leads elsewhere';
      report(journal, 'previous', seq, position.lastSeq, previous, message, id);
    }
  }
  position.lastSeq = seq;
  const expected = position.onHand + change;
  if (after === expected) {
    position.onHand = after;
    position.claimed = null;
    return;
  }
  if (position.claimed !== null && after === position.claimed + change) {
    position.onHand = after;
    position.claimed = null;
    return;
  }
  const message = 'the balance after is not the balance before and the quantity';
  report(journal, 'balance-after', seq, expected, after, message, id);
  position.onHand = expected;
  position.claimed = after;
}

function deriveAllocated(
  journal: DerivedJournal,
  movements: Movements,
  i: number,
  from: PositionState,
): void {
  const allocationSeq = movements.allocationSeq[i]!;
  if (allocationSeq === 0) return;
  const seq = movements.seq[i]!;
  const quantity = movements.quantity[i]!;
  if (from.allocatedKnown) from.allocated -= quantity;
  const allocation = journal.allocations.get(allocationSeq);
  const fits = allocation !== undefined && allocation.positionId === from.positionId;
  if (!fits || (allocation.known && allocation.openQuantity < quantity)) {
    if (!allocation && !journal.whole) return;
    const expected = 'an open allocation of the position it leaves';
    const found = allocation ? `${allocation.openQuantity} open` : `none with seq ${allocationSeq}`;
    report(journal, 'allocation', seq, expected, found, 'the movement used an allocation wrongly');
    return;
  }
  allocation.openQuantity -= quantity;
  allocation.lastSeq = seq;
  if (allocation.known && allocation.openQuantity === 0n) {
    journal.allocations.delete(allocationSeq);
    journal.closedAllocations.push(allocation);
  }
}

function deriveAvailable(
  journal: DerivedJournal,
  movements: Movements,
  i: number,
  from: PositionState,
  to: PositionState,
): void {
  const seq = movements.seq[i]!;
  const quantity = movements.quantity[i]!;
  const reservationSeq = movements.reservationSeq[i]!;
  if (reservationSeq !== 0) fulfil(journal, movements, i, from.availabilityId);
  if (from.availabilityId === to.availabilityId) return;
  const left = journal.availability.get(from.availabilityId);
  if (left) {
    left.onHand -= quantity;
    if (reservationSeq !== 0) left.reserved -= quantity;
    left.lastSeq = seq;
  }
  const entered = journal.availability.get(to.availabilityId);
  if (entered) {
    entered.onHand += quantity;
    entered.lastSeq = seq;
  }
}

function fulfil(
  journal: DerivedJournal,
  movements: Movements,
  i: number,
  availabilityId: number,
): void {
  const seq = movements.seq[i]!;
  const quantity = movements.quantity[i]!;
  const reservation = journal.reservations.get(movements.reservationSeq[i]!);
  if (!reservation && !journal.whole) return;
  const fits = reservation !== undefined && reservation.availabilityId === availabilityId;
  if (!fits || (reservation.known && reservation.openQuantity < quantity)) {
    const expected = 'an open reservation of what it leaves';
    const found = reservation
      ? `${reservation.openQuantity} open`
      : `none with seq ${movements.reservationSeq[i]}`;
    const message = 'the movement used a reservation wrongly';
    report(journal, 'reservation', seq, expected, found, message);
    return;
  }
  reservation.openQuantity -= quantity;
  reservation.lastSeq = seq;
  if (!reservation.known || reservation.openQuantity > 0n) return;
  reservation.state = RESERVATION.fulfilled;
  journal.reservations.delete(reservation.reservationSeq);
  journal.closedReservations.push(reservation);
}

function deriveMoney(
  journal: DerivedJournal,
  facts: Facts,
  at: Cursor,
  i: number,
  from: PositionState,
  to: PositionState,
): void {
  const { movements } = facts;
  const value = movements.value[i]!;
  if (from.poolId === to.poolId) {
    if (value === 0n) return;
    const message = 'the units stay in one pool, or carry no money of the house';
    report(journal, 'value', movements.seq[i]!, 0n, value, message);
    return;
  }
  deriveCost(journal, facts, at, i, from, to);
  if (value === 0n) return;
  const { ownerId } = from;
  addToAccount(journal, ownerId, from.poolId > 0 ? 0 : from.locationId, -value);
  addToAccount(journal, ownerId, to.poolId > 0 ? 0 : to.locationId, value);
}
