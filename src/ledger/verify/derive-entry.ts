import { COST_METHOD, ENTRY, RESERVATION } from '../posting/commands.ts';
import { report } from './derive-movement.ts';
import type { EntryColumns } from './facts.queries.ts';
import type { AllocationState, DerivedJournal, ReservationState } from './state.ts';

/** Replays one entry: a promise, a count that found no variance, a new standard cost. */
export function deriveEntry(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  switch (entries.kind[i]) {
    case ENTRY.reserve:
    case ENTRY.hold:
      reserve(journal, entries, i);
      return;
    case ENTRY.confirm:
    case ENTRY.release:
    case ENTRY.expire:
    case ENTRY.extend:
    case ENTRY.reduce:
      settle(journal, entries, i);
      return;
    case ENTRY.allocate:
      allocate(journal, entries, i);
      return;
    case ENTRY.deallocate:
      deallocate(journal, entries, i);
      return;
    case ENTRY.countUnchanged:
      checkCount(journal, entries, i);
      return;
    case ENTRY.standardCost:
      setStandard(journal, entries, i);
      return;
    default: {
      const message = 'there is no such kind of entry';
      report(journal, 'column', entries.seq[i]!, 'a kind of entry', entries.kind[i], message);
    }
  }
}

/** What is reserved after an entry that changes it by `change`. */
function checkReserved(
  journal: DerivedJournal,
  entries: EntryColumns,
  i: number,
  change: bigint,
): void {
  const availabilityId = entries.availabilityId[i]!;
  const seq = entries.seq[i]!;
  const after = entries.after[i]!;
  const id = `availability ${availabilityId}`;
  const availability = journal.availability.get(availabilityId);
  if (!availability) {
    report(journal, 'availability', seq, 'availability', 'none', 'it is not there', id);
    return;
  }
  if (!availability.known) {
    availability.known = true;
    availability.reserved = after - change;
  }
  availability.reserved += change;
  if (change !== 0n) availability.lastSeq = seq;
  if (availability.reserved === after) return;
  const message = 'what is reserved after is not what was reserved before and the quantity';
  report(journal, 'entry-after', seq, availability.reserved, after, message, id);
}

function reserve(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  const seq = entries.seq[i]!;
  const quantity = entries.quantity[i]!;
  checkReserved(journal, entries, i, quantity);
  const availability = journal.availability.get(entries.availabilityId[i]!);
  const reservationSeq = entries.reservationSeq[i]!;
  if (reservationSeq !== seq || availability?.itemId !== entries.itemId[i]) {
    const message = 'a reservation goes by the seq and the item of the entry that made it';
    report(journal, 'reservation', seq, seq, reservationSeq, message);
  }
  journal.counts.reservations += 1;
  journal.reservations.set(seq, {
    reservationSeq: seq,
    known: true,
    quantity,
    availabilityId: entries.availabilityId[i]!,
    itemId: entries.itemId[i]!,
    ownerId: entries.ownerId[i]!,
    documentId: entries.documentId[i]!,
    groupId: entries.commandId[i]!,
    createdAt: entries.recordedAt[i]!,
    openQuantity: quantity,
    state: entries.kind[i] === ENTRY.hold ? RESERVATION.held : RESERVATION.pending,
    expiresAt: entries.expiresAt[i]!,
    lastSeq: seq,
  });
}

/** One that was made before the checkpoint: what it was is not known, what becomes of it is. */
function olderReservation(entries: EntryColumns, i: number): ReservationState {
  return {
    reservationSeq: entries.reservationSeq[i]!,
    known: false,
    quantity: 0n,
    availabilityId: entries.availabilityId[i]!,
    itemId: entries.itemId[i]!,
    ownerId: entries.ownerId[i]!,
    documentId: entries.documentId[i]!,
    groupId: '',
    createdAt: 0,
    openQuantity: entries.quantity[i]!,
    state: RESERVATION.pending,
    expiresAt: entries.expiresAt[i]!,
    lastSeq: entries.seq[i]!,
  };
}

function settle(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  const seq = entries.seq[i]!;
  const kind = entries.kind[i]!;
  const closes = kind === ENTRY.release || kind === ENTRY.expire;
  const reduces = kind === ENTRY.reduce;
  const quantity = entries.quantity[i]!;
  checkReserved(journal, entries, i, closes || reduces ? -quantity : 0n);
  const reservationSeq = entries.reservationSeq[i]!;
  const before = journal.reservations.get(reservationSeq);
  const reservation = before ?? (journal.whole ? undefined : olderReservation(entries, i));
  const fits = (open: bigint) => (reduces ? quantity < open : quantity === open);
  if (!reservation || (reservation.known && !fits(reservation.openQuantity))) {
    const expected = reservation ? reservation.openQuantity : 'an open reservation';
    const message = 'what it settles is not what was open';
    report(
      journal,
      'reservation',
      seq,
      expected,
      quantity,
      message,
      `reservation ${reservationSeq}`,
    );
  }
  if (!reservation) return;
  reservation.lastSeq = seq;
  if (closes) {
    reservation.openQuantity = 0n;
    reservation.state = kind === ENTRY.release ? RESERVATION.released : RESERVATION.expired;
    journal.reservations.delete(reservationSeq);
    journal.closedReservations.push(reservation);
    return;
  }
  if (reduces) {
    reservation.openQuantity -= quantity;
    if (reservation.known) journal.reservations.set(reservationSeq, reservation);
    return;
  }
  if (kind === ENTRY.confirm) reservation.state = RESERVATION.pending;
  reservation.expiresAt = entries.expiresAt[i]!;
  if (reservation.known) journal.reservations.set(reservationSeq, reservation);
}

/** What is allocated after an entry that changes it by `change`. */
function checkAllocated(
  journal: DerivedJournal,
  entries: EntryColumns,
  i: number,
  change: bigint,
): void {
  const positionId = entries.positionId[i]!;
  const seq = entries.seq[i]!;
  const after = entries.after[i]!;
  const id = `position ${positionId}`;
  const position = journal.positions.get(positionId);
  if (!position || position.itemId !== entries.itemId[i]) {
    report(journal, 'position', seq, 'a position of the item', 'none', 'it is not there', id);
    return;
  }
  if (!position.allocatedKnown) {
    position.allocatedKnown = true;
    position.allocated = after - change;
  }
  position.allocated += change;
  if (position.allocated === after) return;
  const message = 'what is allocated after is not what was allocated before and the quantity';
  report(journal, 'entry-after', seq, position.allocated, after, message, id);
}

function allocate(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  const seq = entries.seq[i]!;
  const quantity = entries.quantity[i]!;
  checkAllocated(journal, entries, i, quantity);
  if (entries.allocationSeq[i] !== seq) {
    const message = 'an allocation goes by the seq of the entry that made it';
    report(journal, 'allocation', seq, seq, entries.allocationSeq[i], message);
  }
  const allocation: AllocationState = {
    allocationSeq: seq,
    known: true,
    quantity,
    positionId: entries.positionId[i]!,
    reservationSeq: entries.reservationSeq[i]!,
    itemId: entries.itemId[i]!,
    ownerId: entries.ownerId[i]!,
    documentId: entries.documentId[i]!,
    createdAt: entries.recordedAt[i]!,
    openQuantity: quantity,
    lastSeq: seq,
  };
  journal.counts.allocations += 1;
  journal.allocations.set(seq, allocation);
}

function deallocate(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  const seq = entries.seq[i]!;
  const quantity = entries.quantity[i]!;
  checkAllocated(journal, entries, i, -quantity);
  const allocationSeq = entries.allocationSeq[i]!;
  const allocation = journal.allocations.get(allocationSeq);
  if (!allocation && !journal.whole) return;
  if (!allocation || allocation.openQuantity !== quantity) {
    const expected = allocation ? allocation.openQuantity : 'an open allocation';
    const message = 'what it releases is not what was open';
    report(journal, 'allocation', seq, expected, quantity, message, `allocation ${allocationSeq}`);
  }
  if (!allocation) return;
  allocation.openQuantity = 0n;
  allocation.lastSeq = seq;
  journal.allocations.delete(allocationSeq);
  journal.closedAllocations.push(allocation);
}

/** From here on the pools of the item issue at this cost; what they hold is revalued beside. */
function setStandard(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  for (const pool of journal.pools.values()) {
    if (pool.itemId !== entries.itemId[i] || pool.method !== COST_METHOD.standard) continue;
    pool.standard = entries.after[i]!;
  }
}

function checkCount(journal: DerivedJournal, entries: EntryColumns, i: number): void {
  const positionId = entries.positionId[i]!;
  const position = journal.positions.get(positionId);
  const seq = entries.seq[i]!;
  const id = `position ${positionId}`;
  if (!position) {
    report(journal, 'position', seq, 'a position', 'none', 'it is not there', id);
    return;
  }
  if (!position.known) return;
  const after = entries.after[i]!;
  const claimed = position.claimed ?? position.onHand;
  if (after === position.onHand || after === claimed) return;
  const message = 'the count found another figure than there was';
  report(journal, 'entry-after', seq, position.onHand, after, message, id);
}
