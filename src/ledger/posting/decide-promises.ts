import type {
  AllocateCommand,
  DeallocateCommand,
  LineResult,
  Refusal,
  ReserveCommand,
  SettleCommand,
} from './commands.ts';
import { ENTRY, RESERVATION } from './commands.ts';
import type { Draft } from './draft.ts';
import { nextSeq, raiseAt, refuse, touch, touchPosition } from './draft.ts';
import type { AllocationRow, AvailabilityRow, ReservationRow } from './state.ts';

/** Reserves, or settles reservations: all lines of the command, or none. */
export function decideReservation(
  draft: Draft,
  command: ReserveCommand | SettleCommand,
): LineResult[] | Refusal {
  const results: LineResult[] = [];
  const count = command.type === 'reserve' ? command.lines.length : command.reservations.length;
  for (let i = 0; i < count; i += 1) {
    const result =
      command.type === 'reserve' ? reserve(draft, command, i) : settle(draft, command, i);
    if ('code' in result) return result;
    results.push(result);
  }
  return results;
}

/** Grants only what is available now; beyond that the answer is no, with the figure. */
function reserve(draft: Draft, command: ReserveCommand, index: number): LineResult | Refusal {
  const line = command.lines[index]!;
  const available = draft.state.availability.get(line.availabilityId);
  if (!available) throw new Error(`availability ${line.availabilityId} was not loaded`);
  const free = available.onHand - available.reserved;
  if (free < line.quantity) {
    return refuse('insufficient-availability', index, {
      requested: line.quantity,
      available: free,
      onHand: available.onHand,
      reserved: available.reserved,
      item: available.itemId,
      site: available.siteId,
    });
  }
  const seq = nextSeq(draft);
  touch(draft, draft.availability, available);
  available.reserved += line.quantity;
  available.lastSeq = seq;
  const reservation: ReservationRow = {
    reservationSeq: seq,
    availabilityId: available.availabilityId,
    itemId: available.itemId,
    siteId: available.siteId,
    ownerId: available.ownerId,
    quantity: line.quantity,
    documentId: line.documentId,
    groupId: command.id,
    createdAt: draft.recordedAt,
    openQuantity: line.quantity,
    state: command.held ? RESERVATION.held : RESERVATION.pending,
    expiresAt: command.expiresAt,
    lastSeq: seq,
    baseSeq: 0,
    touchedIn: draft.number,
  };
  draft.reservations.push(reservation);
  draft.state.reservations.set(seq, reservation);
  draft.undo?.push(() => {
    draft.reservations.pop();
    draft.state.reservations.delete(seq);
  });
  const kind = command.held ? ENTRY.hold : ENTRY.reserve;
  recordReservation(draft, command, line.line, reservation, kind, line.quantity, available);
  return { line: line.line, seq, quantity: line.quantity, after: available.reserved };
}

function settle(draft: Draft, command: SettleCommand, index: number): LineResult | Refusal {
  const id = command.reservations[index]!;
  const reservation = draft.state.reservations.get(id);
  if (!reservation) return refuse('reservation-not-found', index, { reservation: id });
  if (reservation.state > RESERVATION.pending) {
    const extras = { reservation: id, state: reservation.state };
    return refuse('reservation-closed', index, extras);
  }
  const due = reservation.expiresAt !== null && reservation.expiresAt <= draft.recordedAt;
  // A reservation that somebody extended meanwhile is not the sweeper's any more.
  if (command.type === 'expire' && !due) {
    return refuse('reservation-mismatch', index, { reservation: id });
  }
  if (due && (command.type === 'confirm' || command.type === 'extend')) {
    return refuse('reservation-expired', index, { reservation: id });
  }
  const given = command.type === 'reduce' ? (command.quantity ?? 0n) : reservation.openQuantity;
  if (command.type === 'reduce' && (given <= 0n || given >= reservation.openQuantity)) {
    const extras = { reservation: id, open: reservation.openQuantity, item: reservation.itemId };
    return refuse('reservation-mismatch', index, extras);
  }
  return change(draft, command, index, reservation, given);
}

function change(
  draft: Draft,
  command: SettleCommand,
  index: number,
  reservation: ReservationRow,
  quantity: bigint,
): LineResult {
  const available = draft.state.availability.get(reservation.availabilityId);
  if (!available) throw new Error(`availability ${reservation.availabilityId} was not loaded`);
  const seq = nextSeq(draft);
  touch(draft, draft.reservations, reservation);
  reservation.lastSeq = seq;
  if (command.type === 'confirm' || command.type === 'extend') {
    // A longer wait confirms nothing: what is held for a group stays held.
    if (command.type === 'confirm') reservation.state = RESERVATION.pending;
    reservation.expiresAt = command.expiresAt;
  } else if (command.type === 'reduce') {
    reservation.openQuantity -= quantity;
    freeReserved(draft, available, quantity, seq);
  } else {
    reservation.state = command.type === 'release' ? RESERVATION.released : RESERVATION.expired;
    reservation.openQuantity = 0n;
    freeReserved(draft, available, quantity, seq);
  }
  recordReservation(
    draft,
    command,
    index + 1,
    reservation,
    ENTRY[command.type],
    quantity,
    available,
    seq,
  );
  return { line: index + 1, seq, quantity, after: available.reserved };
}

function freeReserved(
  draft: Draft,
  available: AvailabilityRow,
  quantity: bigint,
  seq: number,
): void {
  touch(draft, draft.availability, available);
  const short = available.reserved > available.onHand;
  available.reserved -= quantity;
  available.lastSeq = seq;
  if (!short || available.reserved > available.onHand) return;
  draft.exceptions.push({
    seq,
    kind: 'cleared',
    availabilityId: available.availabilityId,
    positionId: 0,
    itemId: available.itemId,
    ownerId: available.ownerId,
    quantity: 0n,
  });
}

function recordReservation(
  draft: Draft,
  command: ReserveCommand | SettleCommand,
  line: number,
  reservation: ReservationRow,
  kind: number,
  quantity: bigint,
  available: AvailabilityRow,
  seq = reservation.reservationSeq,
): void {
  draft.entries.push({
    seq,
    kind,
    quantity,
    after: available.reserved,
    bodyHash: command.bodyHash,
    commandId: command.id,
    line,
    itemId: reservation.itemId,
    ownerId: reservation.ownerId,
    actorId: command.actorId,
    availabilityId: available.availabilityId,
    positionId: 0,
    reservationSeq: reservation.reservationSeq,
    allocationSeq: 0,
    documentId: reservation.documentId,
    reasonId: command.type === 'reserve' ? 0 : command.reasonId,
    expiresAt: reservation.expiresAt,
    occurredAt: command.occurredAt,
  });
}

/** Marks units of a position for one purpose, or takes the mark away: all lines, or none. */
export function decideAllocation(
  draft: Draft,
  command: AllocateCommand | DeallocateCommand,
): LineResult[] | Refusal {
  const results: LineResult[] = [];
  const count = command.type === 'allocate' ? command.lines.length : command.allocations.length;
  for (let i = 0; i < count; i += 1) {
    const result =
      command.type === 'allocate' ? allocate(draft, command, i) : deallocate(draft, command, i);
    if ('code' in result) return result;
    results.push(result);
  }
  return results;
}

function allocate(draft: Draft, command: AllocateCommand, index: number): LineResult | Refusal {
  const line = command.lines[index]!;
  const position = draft.state.positions.get(line.positionId);
  if (!position) throw new Error(`position ${line.positionId} was not loaded`);
  if (position.onHand - position.allocated < line.quantity || !position.isReal) {
    return refuse('insufficient-stock', index, {
      requested: line.quantity,
      onHand: position.onHand,
      allocated: position.allocated,
      position: position.positionId,
      item: position.itemId,
    });
  }
  const seq = nextSeq(draft);
  touchPosition(draft, position);
  position.allocated += line.quantity;
  const allocation: AllocationRow = {
    allocationSeq: seq,
    positionId: position.positionId,
    reservationSeq: line.reservationSeq,
    itemId: position.itemId,
    ownerId: position.ownerId,
    quantity: line.quantity,
    documentId: line.documentId,
    createdAt: draft.recordedAt,
    openQuantity: line.quantity,
    lastSeq: seq,
    baseSeq: 0,
    touchedIn: draft.number,
  };
  draft.allocations.push(allocation);
  draft.state.allocations.set(seq, allocation);
  draft.undo?.push(() => {
    draft.allocations.pop();
    draft.state.allocations.delete(seq);
  });
  recordAllocation(draft, command, index, allocation, seq, line.quantity, position.allocated);
  return { line: index + 1, seq, quantity: line.quantity, after: position.allocated };
}

function deallocate(draft: Draft, command: DeallocateCommand, index: number): LineResult | Refusal {
  const id = command.allocations[index]!;
  const allocation = draft.state.allocations.get(id);
  if (!allocation) return refuse('allocation-not-found', index, { allocation: id });
  if (allocation.openQuantity === 0n) {
    return refuse('allocation-closed', index, { allocation: id });
  }
  const position = draft.state.positions.get(allocation.positionId);
  if (!position) throw new Error(`position ${allocation.positionId} was not loaded`);
  const quantity = allocation.openQuantity;
  const seq = nextSeq(draft);
  touchPosition(draft, position);
  touch(draft, draft.allocations, allocation);
  const wasShort = position.allocated > position.onHand;
  position.allocated -= quantity;
  allocation.openQuantity = 0n;
  allocation.lastSeq = seq;
  if (wasShort && position.allocated <= position.onHand) {
    raiseAt(draft, position, seq, 'cleared', 0n);
  }
  recordAllocation(draft, command, index, allocation, seq, quantity, position.allocated);
  return { line: index + 1, seq, quantity, after: position.allocated };
}

function recordAllocation(
  draft: Draft,
  command: AllocateCommand | DeallocateCommand,
  index: number,
  allocation: AllocationRow,
  seq: number,
  quantity: bigint,
  after: bigint,
): void {
  draft.entries.push({
    seq,
    kind: ENTRY[command.type],
    quantity,
    after,
    bodyHash: command.bodyHash,
    commandId: command.id,
    line: index + 1,
    itemId: allocation.itemId,
    ownerId: allocation.ownerId,
    actorId: command.actorId,
    availabilityId: 0,
    positionId: allocation.positionId,
    reservationSeq: allocation.reservationSeq,
    allocationSeq: allocation.allocationSeq,
    documentId: allocation.documentId,
    reasonId: 0,
    expiresAt: null,
    occurredAt: command.occurredAt,
  });
}
