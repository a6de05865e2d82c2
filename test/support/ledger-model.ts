import type {
  Command,
  MoveLine,
  PostCommand,
  RefusalCode,
  StandardCostCommand,
} from '../../src/ledger/posting/commands.ts';
import { COST_METHOD } from '../../src/ledger/posting/commands.ts';
import { orderOf, priceMade } from './ledger-model-conversion.ts';
import {
  atUnitCost,
  credit,
  hasNoCost,
  keepStandard,
  ownCost,
  pay,
  putIn,
  revalue,
  share,
  takeOut,
} from './ledger-model-money.ts';
import {
  allocate,
  because,
  deallocate,
  isDue,
  NO_REASON,
  reserve,
  settle,
} from './ledger-model-promises.ts';
import type {
  Book,
  ModelAnswer,
  ModelMovement,
  ModelState,
  Reasons,
} from './ledger-model-state.ts';
import {
  allocatedAt,
  availabilityOnHand,
  isOpen,
  openBook,
  poolQuantity,
  reservedOf,
  unitsAt,
} from './ledger-model-state.ts';
import { PLACE, type World, type WorldPosition } from './ledger-model-world.ts';

/**
 * The ledger as a plain function: what a command does to a state, or why it does nothing. Written
 * from the rules alone, with no thought of speed: each command works on a copy, which is thrown
 * away when a line is refused.
 * @param now milliseconds; the time at which the journal records the command.
 */
export function execute(
  world: World,
  state: ModelState,
  command: Command,
  now: number,
): ModelAnswer {
  const book = openBook(world, state, now);
  for (const index of orderOf(world, command, lineCount(command))) {
    const before = shortages(book);
    const firstFact = book.facts.length;
    const reasons = perform(book, command, index);
    if (reasons.size > 0) return { status: 'rejected', line: index, reasons };
    const seq = book.facts[firstFact]?.seq;
    if (seq !== undefined) raise(book, before, seq);
  }
  const { facts, exceptions, world: _, now: __, priced: ___, ...after } = book;
  return { status: 'committed', facts, exceptions, state: after };
}

function lineCount(command: Command): number {
  switch (command.type) {
    case 'post':
    case 'reserve':
    case 'allocate':
      return command.lines.length;
    case 'deallocate':
      return command.allocations.length;
    case 'standard_cost':
      return command.pools.length;
    case 'revalue':
      return 1;
    default:
      return command.reservations.length;
  }
}

function perform(book: Book, command: Command, index: number): Reasons {
  switch (command.type) {
    case 'post':
      return post(book, command, index);
    case 'reserve':
      return reserve(book, command, index);
    case 'allocate':
      return allocate(book, command, index);
    case 'deallocate':
      return deallocate(book, command, index);
    case 'revalue':
      return lateCost(book, command.causeSeq, command.amount);
    case 'standard_cost':
      return newStandard(book, command, index);
    default:
      return settle(book, command, index);
  }
}

function lateCost(book: Book, causeSeq: number, amount: bigint): Reasons {
  const movement = book.movements.get(causeSeq);
  if (!movement) return because('movement-not-found');
  const from = book.world.positions.get(movement.from)!;
  const to = book.world.positions.get(movement.to)!;
  if (to.poolId === 0 || from.poolId > 0) return because('not-reversible');
  revalue(book, { locationId: from.locationId }, movement, amount, causeSeq);
  return NO_REASON;
}

function newStandard(book: Book, command: StandardCostCommand, index: number): Reasons {
  const { unitCost } = command;
  const poolId = command.pools[index]!;
  const pool = book.world.pools.get(poolId);
  if (pool?.method !== COST_METHOD.standard) return because('not-reversible');
  if (index === 0) {
    book.seq += 1;
    const nobody = { availabilityId: 0, positionId: 0, reservationSeq: 0, allocationSeq: 0 };
    const fact = { seq: book.seq, line: 1, quantity: 0n, after: unitCost, expiresAt: null };
    book.facts.push({ type: 'entry', kind: 'standardCost', ...fact, ...nobody });
  }
  book.unitCost.set(poolId, unitCost);
  const worth = book.poolValue.get(poolId) ?? 0n;
  const standard = atUnitCost(book, pool, poolQuantity(book.world, book, poolId));
  pay(book, { poolId }, { locationId: PLACE.revalue }, worth - standard, 0);
  return NO_REASON;
}

function post(book: Book, command: PostCommand, index: number): Reasons {
  const line = priceMade(book, command, index);
  if (line.counted !== null) return count(book, line, index, line.counted);
  if (line.reversesSeq === 0) return move(book, line, index, null);
  const original = book.movements.get(line.reversesSeq);
  if (!original) return because('movement-not-found');
  if (original.reversedBy > 0) return because('already-reversed');
  const { quantity, from: to, to: from, serials } = original;
  const back = { ...line, quantity, from, to, serials };
  return move(book, back, index, original);
}

/** A count moves the difference; where there is none it is a fact that moves nothing. */
function count(book: Book, line: MoveLine, index: number, counted: bigint): Reasons {
  const variance = counted - unitsAt(book, line.from);
  if (variance > 0n) {
    const found = { ...line, from: line.to, to: line.from, quantity: variance };
    return move(book, found, index, null);
  }
  if (variance < 0n) return move(book, { ...line, quantity: -variance }, index, null);
  book.seq += 1;
  book.facts.push({
    type: 'entry',
    seq: book.seq,
    line: index + 1,
    kind: 'countUnchanged',
    quantity: 0n,
    after: counted,
    availabilityId: 0,
    positionId: line.from,
    reservationSeq: 0,
    allocationSeq: 0,
    expiresAt: null,
  });
  return NO_REASON;
}

function move(book: Book, line: MoveLine, index: number, original: ModelMovement | null): Reasons {
  const from = book.world.positions.get(line.from)!;
  const to = book.world.positions.get(line.to)!;
  const sold = soldBefore(book, line, to);
  const reasons = reasonsAgainst(book, line, from, to);
  if (exceedsShipment(book, line, sold ?? original)) reasons.add('return-exceeds-shipment');
  if (reasons.size > 0) return reasons;
  book.seq += 1;
  const { seq } = book;
  const firstFact = book.facts.length;
  const costUnknown = comesAtNoCost(book, line, from, to, sold ?? original);
  const value = moveMoney(book, line, from, to, seq, original);
  book.units.set(line.from, unitsAt(book, line.from) - line.quantity);
  book.units.set(line.to, unitsAt(book, line.to) + line.quantity);
  for (const serial of line.serials ?? []) book.serialAt.set(serial, line.to);
  keepPromises(book, line);
  const movement: ModelMovement = {
    type: 'movement',
    seq,
    line: index + 1,
    kind: line.kind,
    quantity: line.quantity,
    value,
    from: line.from,
    to: line.to,
    fromAfter: unitsAt(book, line.from),
    toAfter: unitsAt(book, line.to),
    fromPrevious: book.newest.get(line.from) ?? 0,
    toPrevious: book.newest.get(line.to) ?? 0,
    reversesSeq: original?.seq ?? 0,
    ...(costUnknown ? { costUnknown } : {}),
    serials: line.serials ?? [],
    returnOf: sold?.seq ?? 0,
    reversedBy: 0,
  };
  const { serials: _, reversedBy: __, returnOf: ___, ...fact } = movement;
  book.facts.splice(firstFact, 0, fact);
  book.movements.set(seq, movement);
  if (original) book.movements.set(original.seq, { ...original, reversedBy: seq });
  book.newest.set(line.from, seq).set(line.to, seq);
  if (from.poolId === to.poolId) return NO_REASON;
  if (to.poolId > 0) keepStandard(book, to.poolId, PLACE.priceVariance, seq);
  if (original && from.poolId > 0 && to.poolId === 0) {
    const missing = original.value - value;
    const account = { locationId: PLACE.revalue };
    pay(book, account, { locationId: to.locationId }, missing, seq);
  }
  return NO_REASON;
}

/** Every reason there is: which of several the ledger names is its own business. */
function reasonsAgainst(
  book: Book,
  line: MoveLine,
  from: WorldPosition,
  to: WorldPosition,
): Set<RefusalCode> {
  const reasons = new Set<RefusalCode>();
  const { quantity } = line;
  const marked = book.allocations.has(line.allocationSeq);
  const kept = line.physical || marked ? 0n : allocatedAt(book, line.from);
  if (from.isReal && unitsAt(book, line.from) - kept < quantity) reasons.add('insufficient-stock');
  if (line.reservationSeq > 0) addReservationReasons(book, line, from, to, reasons);
  if (line.allocationSeq > 0) addAllocationReasons(book, line, reasons);
  const leaves = from.availabilityId > 0 && from.availabilityId !== to.availabilityId;
  if (leaves && !line.physical && line.reservationSeq === 0) {
    const onHand = availabilityOnHand(book.world, book, from.availabilityId);
    const available = onHand - reservedOf(book, from.availabilityId);
    if (available < quantity) reasons.add('insufficient-availability');
  }
  for (const serial of line.serials ?? []) {
    const at = book.world.positions.get(book.serialAt.get(serial) ?? 0);
    const fits = from.isReal ? at?.positionId === from.positionId : !at?.isReal;
    if (!fits) reasons.add('serial-elsewhere');
  }
  return reasons;
}

function addReservationReasons(
  book: Book,
  line: MoveLine,
  from: WorldPosition,
  to: WorldPosition,
  reasons: Set<RefusalCode>,
): void {
  const reservation = book.reservations.get(line.reservationSeq);
  if (!reservation) {
    reasons.add('reservation-not-found');
    return;
  }
  if (!isOpen(reservation)) reasons.add('reservation-closed');
  if (isDue(book, reservation)) reasons.add('reservation-expired');
  // A promise is kept by units that leave what it was made on, not by units that stay in it.
  const fits = from.availabilityId === reservation.availabilityId;
  const leaves = from.availabilityId !== to.availabilityId;
  if (!fits || !leaves || line.quantity > reservation.open) reasons.add('reservation-mismatch');
}

function addAllocationReasons(book: Book, line: MoveLine, reasons: Set<RefusalCode>): void {
  const allocation = book.allocations.get(line.allocationSeq);
  if (!allocation) {
    reasons.add('allocation-not-found');
    return;
  }
  if (allocation.open === 0n) reasons.add('allocation-closed');
  const fits = allocation.positionId === line.from;
  if (!fits || line.quantity > allocation.open) reasons.add('allocation-mismatch');
}

/** Moves the money with the units; answers the value that went with them. */
function moveMoney(
  book: Book,
  line: MoveLine,
  from: WorldPosition,
  to: WorldPosition,
  seq: number,
  original: ModelMovement | null,
): bigint {
  if (from.poolId === to.poolId) return 0n;
  const { quantity } = line;
  let value: bigint;
  if (from.poolId > 0) value = takeOut(book, from.poolId, quantity, seq, original);
  else value = broughtIn(book, line, to, original);
  if (from.poolId === 0) credit(book, from.locationId, -value);
  if (to.poolId === 0) credit(book, to.locationId, value);
  else putIn(book, to.poolId, quantity, value, seq);
  return value;
}

function broughtIn(
  book: Book,
  line: MoveLine,
  to: WorldPosition,
  original: ModelMovement | null,
): bigint {
  if (original) return original.value;
  if (line.value !== null) return line.value;
  const sold = soldBefore(book, line, to);
  if (!sold) return ownCost(book, to.poolId, line.quantity);
  const back = cameBack(book, sold);
  const left = sold.value - back.value;
  return left > 0n ? share(left, line.quantity, sold.quantity - back.quantity) : 0n;
}

/** The shipment of the same item and owner that a line brings units back of. */
function soldBefore(book: Book, line: MoveLine, to: WorldPosition): ModelMovement | null {
  const sold = book.movements.get(line.costOfSeq);
  const soldFrom = sold && book.world.positions.get(sold.from);
  const own = soldFrom?.itemId === to.itemId && soldFrom.ownerId === to.ownerId;
  return sold && own ? sold : null;
}

/** Everything that ever came back of a movement and is still back. */
function cameBack(book: Book, sold: ModelMovement): { quantity: bigint; value: bigint } {
  const back = { quantity: 0n, value: 0n };
  for (const movement of book.movements.values()) {
    if (movement.returnOf !== sold.seq || movement.reversedBy > 0) continue;
    back.quantity += movement.quantity;
    back.value += movement.value;
  }
  if (sold.reversedBy > 0) back.quantity += sold.quantity;
  return back;
}

function exceedsShipment(book: Book, line: MoveLine, sold: ModelMovement | null): boolean {
  return sold !== null && cameBack(book, sold).quantity + line.quantity > sold.quantity;
}

/** Nobody says what the units cost, and the pool has never seen a cost either. */
function comesAtNoCost(
  book: Book,
  line: MoveLine,
  from: WorldPosition,
  to: WorldPosition,
  named: ModelMovement | null,
): true | undefined {
  const asked = from.poolId === 0 && to.poolId > 0 && line.value === null && named === null;
  return asked && hasNoCost(book, to.poolId) ? true : undefined;
}

function keepPromises(book: Book, line: MoveLine): void {
  const reservation = book.reservations.get(line.reservationSeq);
  if (reservation) {
    const open = reservation.open - line.quantity;
    const state = open === 0n ? 'fulfilled' : reservation.state;
    book.reservations.set(reservation.seq, { ...reservation, open, state });
  }
  const allocation = book.allocations.get(line.allocationSeq);
  if (!allocation) return;
  const open = allocation.open - line.quantity;
  book.allocations.set(allocation.seq, { ...allocation, open });
}

/** Units promised beyond what is there, by availability, or by position as a negative number. */
function shortages(book: Book): Map<number, bigint> {
  const short = new Map<number, bigint>();
  const add = (id: number, quantity: bigint) => short.set(id, (short.get(id) ?? 0n) + quantity);
  for (const id of book.world.inAvailability.keys()) {
    add(id, -availabilityOnHand(book.world, book, id));
  }
  for (const reservation of book.reservations.values()) {
    if (isOpen(reservation)) add(reservation.availabilityId, reservation.open);
  }
  for (const { positionId, open } of book.allocations.values()) add(-positionId, open);
  for (const id of short.keys()) if (id < 0) add(id, -unitsAt(book, -id));
  return short;
}

/** What got worse is an exception, and so is an end of it: openly, and once. */
function raise(book: Book, before: ReadonlyMap<number, bigint>, seq: number): void {
  for (const [id, short] of shortages(book)) {
    const was = before.get(id) ?? 0n;
    const [availabilityId, positionId] = id > 0 ? [id, 0] : [0, -id];
    const where = { seq, availabilityId, positionId };
    if (short > 0n && short > was) {
      const kind = id > 0 ? 'oversold' : 'over_allocated';
      book.exceptions.push({ ...where, kind, quantity: short });
    } else if (was > 0n && short <= 0n) {
      book.exceptions.push({ ...where, kind: 'cleared', quantity: 0n });
    }
  }
}
