import type {
  AllocateCommand,
  DeallocateCommand,
  RefusalCode,
  ReserveCommand,
  SettleCommand,
} from '../../src/ledger/posting/commands.ts';
import type { Book, ModelReservation, Reasons } from './ledger-model-state.ts';
import {
  allocatedAt,
  availabilityOnHand,
  isOpen,
  reservedOf,
  unitsAt,
} from './ledger-model-state.ts';

/** Promises in the model: reservations of a quantity, allocations of units in a position. */

export const NO_REASON: Reasons = new Set();

export function because(...codes: (RefusalCode | false)[]): Reasons {
  return new Set(codes.filter((code) => code !== false));
}

export function isDue(book: Book, reservation: ModelReservation): boolean {
  return reservation.expiresAt !== null && reservation.expiresAt <= book.now;
}

/** One line of a reserve command: granted if that much is available, else refused. */
export function reserve(book: Book, command: ReserveCommand, index: number): Reasons {
  const { availabilityId, quantity, line } = command.lines[index]!;
  const reserved = reservedOf(book, availabilityId);
  const available = availabilityOnHand(book.world, book, availabilityId) - reserved;
  if (quantity > available) return because('insufficient-availability');
  book.seq += 1;
  const { seq } = book;
  const { expiresAt } = command;
  const state = command.held ? 'held' : 'pending';
  book.reservations.set(seq, { seq, availabilityId, open: quantity, state, expiresAt });
  book.facts.push({
    type: 'entry',
    seq,
    line,
    kind: command.held ? 'hold' : 'reserve',
    quantity,
    after: reserved + quantity,
    availabilityId,
    positionId: 0,
    reservationSeq: seq,
    allocationSeq: 0,
    expiresAt,
  });
  return NO_REASON;
}

/** One reservation of a confirm, release, expire or extend command. */
export function settle(book: Book, command: SettleCommand, index: number): Reasons {
  const reservation = book.reservations.get(command.reservations[index]!);
  if (!reservation) return because('reservation-not-found');
  if (!isOpen(reservation)) return because('reservation-closed');
  const due = isDue(book, reservation);
  const keeps = command.type === 'confirm' || command.type === 'extend';
  if (keeps && due) return because('reservation-expired');
  if (command.type === 'expire' && !due) return because('reservation-mismatch');
  const reduced = command.type === 'reduce' ? command.quantity! : null;
  if (reduced !== null && (reduced <= 0n || reduced >= reservation.open)) {
    return because('reservation-mismatch');
  }
  const expiresAt = keeps ? command.expiresAt : reservation.expiresAt;
  const given = reduced ?? reservation.open;
  const open = keeps ? reservation.open : reservation.open - given;
  const state = {
    reduce: reservation.state,
    confirm: 'pending',
    extend: reservation.state,
    release: 'released',
    expire: 'expired',
  } as const;
  const settled = { ...reservation, open, expiresAt, state: state[command.type] };
  book.reservations.set(reservation.seq, settled);
  book.seq += 1;
  book.facts.push({
    type: 'entry',
    seq: book.seq,
    line: index + 1,
    kind: command.type,
    quantity: given,
    after: reservedOf(book, reservation.availabilityId),
    availabilityId: reservation.availabilityId,
    positionId: 0,
    reservationSeq: reservation.seq,
    allocationSeq: 0,
    expiresAt,
  });
  return NO_REASON;
}

export function allocate(book: Book, command: AllocateCommand, index: number): Reasons {
  const { positionId, quantity, reservationSeq } = command.lines[index]!;
  const allocated = allocatedAt(book, positionId);
  const isReal = book.world.positions.get(positionId)!.isReal;
  if (!isReal || unitsAt(book, positionId) - allocated < quantity) {
    return because('insufficient-stock');
  }
  book.seq += 1;
  book.allocations.set(book.seq, { seq: book.seq, positionId, open: quantity });
  record(book, 'allocate', index, {
    quantity,
    after: allocated + quantity,
    positionId,
    reservationSeq,
    allocationSeq: book.seq,
  });
  return NO_REASON;
}

export function deallocate(book: Book, command: DeallocateCommand, index: number): Reasons {
  const allocation = book.allocations.get(command.allocations[index]!);
  if (!allocation) return because('allocation-not-found');
  if (allocation.open === 0n) return because('allocation-closed');
  book.allocations.set(allocation.seq, { ...allocation, open: 0n });
  book.seq += 1;
  record(book, 'deallocate', index, {
    quantity: allocation.open,
    after: allocatedAt(book, allocation.positionId),
    positionId: allocation.positionId,
    reservationSeq: 0,
    allocationSeq: allocation.seq,
  });
  return NO_REASON;
}

function record(
  book: Book,
  kind: 'allocate' | 'deallocate',
  index: number,
  rest: {
    quantity: bigint;
    after: bigint;
    positionId: number;
    reservationSeq: number;
    allocationSeq: number;
  },
): void {
  const nothing = { availabilityId: 0, expiresAt: null };
  book.facts.push({ type: 'entry', seq: book.seq, line: index + 1, kind, ...nothing, ...rest });
}
