import type { LineResult, MoveLine, PostCommand, Refusal } from './commands.ts';
import { COST_METHOD, RESERVATION } from './commands.ts';
import {
  defaultInboundValue,
  issueFromPool,
  knowsNoCost,
  receiveIntoPool,
  standardVariance,
} from './cost.ts';
import { recordUnchanged } from './counts.ts';
import type { Draft } from './draft.ts';
import { appendMovement, nextSeq, raiseAt, refuse, touch, touchPosition } from './draft.ts';
import {
  checkReturn,
  markReturned,
  markReversed,
  returnedShare,
  returnedShipment,
} from './returns.ts';
import type {
  AllocationRow,
  AvailabilityRow,
  JournalState,
  PoolRow,
  PositionRow,
  PostedMovement,
  ReservationRow,
} from './state.ts';
import type { ValueDetails } from './value.ts';
import { moveValue } from './value.ts';

/** One line with its rows, after a count or a reversal has become a plain movement. */
interface Plan {
  readonly line: MoveLine;
  readonly quantity: bigint;
  readonly from: PositionRow;
  readonly to: PositionRow;
  readonly serials: readonly number[];
  readonly reversed: PostedMovement | null;
  /** The shipment that comes back, of the same item and owner. */
  readonly returned: PostedMovement | null;
  readonly reservation: ReservationRow | null;
  readonly allocation: AllocationRow | null;
}

const NO_SERIALS: readonly number[] = [];

/**
 * Decides one movement. Everything that can refuse it is checked before anything changes, so a
 * command of one line needs no undo.
 * @param line the line itself, or the line with the value that the rest of the command gives it.
 */
export function decideLine(
  draft: Draft,
  command: PostCommand,
  index: number,
  line = command.lines[index]!,
): LineResult | Refusal {
  if (line.counted !== null) return decideCount(draft, command, index, line, line.counted);
  const reversed = line.reversesSeq > 0 ? draft.state.posted.get(line.reversesSeq) : null;
  if (reversed === undefined) {
    return refuse('movement-not-found', index, { seq: line.reversesSeq });
  }
  return decideMovement(draft, command, index, line, reversed);
}

function decideCount(
  draft: Draft,
  command: PostCommand,
  index: number,
  line: MoveLine,
  counted: bigint,
): LineResult | Refusal {
  const bin = row(draft.state.positions, line.from);
  const variance = counted - bin.onHand;
  if (variance === 0n) return recordUnchanged(draft, command, index, line, bin);
  const [from, to] = variance > 0n ? [line.to, line.from] : [line.from, line.to];
  const quantity = variance > 0n ? variance : -variance;
  return decideMovement(draft, command, index, { ...line, from, to, quantity }, null);
}

function decideMovement(
  draft: Draft,
  command: PostCommand,
  index: number,
  line: MoveLine,
  reversed: PostedMovement | null,
): LineResult | Refusal {
  const { state } = draft;
  if (reversed && reversed.reversedBy > 0) {
    return refuse('already-reversed', index, { seq: reversed.seq, by: reversed.reversedBy });
  }
  const plan: Plan = {
    line,
    quantity: reversed ? reversed.quantity : line.quantity,
    from: row(state.positions, reversed ? reversed.to : line.from),
    to: row(state.positions, reversed ? reversed.from : line.to),
    serials: reversed ? reversed.serials : (line.serials ?? NO_SERIALS),
    reversed,
    returned: line.costOfSeq > 0 ? returnedShipment(state, line) : null,
    reservation:
      line.reservationSeq > 0 ? (state.reservations.get(line.reservationSeq) ?? null) : null,
    allocation: line.allocationSeq > 0 ? (state.allocations.get(line.allocationSeq) ?? null) : null,
  };
  const refusal =
    checkUnits(plan, index) ??
    checkReservation(plan, index, draft.recordedAt) ??
    checkAllocation(plan, index) ??
    checkAvailability(state, plan, index) ??
    checkSerials(state, plan, index) ??
    checkReturn(plan, index);
  return refusal ?? apply(draft, command, index, plan);
}

function checkUnits(plan: Plan, index: number): Refusal | null {
  const { from, quantity, line } = plan;
  if (!from.isReal) return null;
  const kept = line.physical || plan.allocation ? 0n : from.allocated;
  if (from.onHand - kept >= quantity) return null;
  return refuse('insufficient-stock', index, {
    requested: quantity,
    onHand: from.onHand,
    allocated: from.allocated,
    position: from.positionId,
    item: from.itemId,
  });
}

function checkReservation(plan: Plan, index: number, now: number): Refusal | null {
  const { line, reservation, from, quantity } = plan;
  if (line.reservationSeq === 0) return null;
  if (!reservation) {
    return refuse('reservation-not-found', index, { reservation: line.reservationSeq });
  }
  const seq = reservation.reservationSeq;
  if (reservation.state > RESERVATION.pending) {
    return refuse('reservation-closed', index, { reservation: seq, state: reservation.state });
  }
  if (reservation.expiresAt !== null && reservation.expiresAt <= now) {
    return refuse('reservation-expired', index, { reservation: seq });
  }
  const elsewhere = from.availabilityId !== reservation.availabilityId;
  // Units that stay would be promised to the next caller while this one waits for them.
  const stays = from.availabilityId === plan.to.availabilityId;
  if (elsewhere || stays || quantity > reservation.openQuantity) {
    return refuse('reservation-mismatch', index, {
      reservation: seq,
      requested: quantity,
      open: reservation.openQuantity,
      item: from.itemId,
    });
  }
  return null;
}

function checkAllocation(plan: Plan, index: number): Refusal | null {
  const { line, allocation, from, quantity } = plan;
  if (line.allocationSeq === 0) return null;
  if (!allocation) {
    return refuse('allocation-not-found', index, { allocation: line.allocationSeq });
  }
  const seq = allocation.allocationSeq;
  if (allocation.openQuantity === 0n) {
    return refuse('allocation-closed', index, { allocation: seq });
  }
  if (allocation.positionId !== from.positionId || quantity > allocation.openQuantity) {
    return refuse('allocation-mismatch', index, {
      allocation: seq,
      requested: quantity,
      open: allocation.openQuantity,
      item: from.itemId,
    });
  }
  return null;
}

/** A planned movement out of a site's sellable stock may not take what others were promised. */
function checkAvailability(state: JournalState, plan: Plan, index: number): Refusal | null {
  const { from, to, line, quantity } = plan;
  if (from.availabilityId === 0 || from.availabilityId === to.availabilityId) return null;
  if (line.physical || plan.reservation) return null;
  const available = row(state.availability, from.availabilityId);
  if (available.onHand - available.reserved >= quantity) return null;
  return refuse('insufficient-availability', index, {
    requested: quantity,
    available: available.onHand - available.reserved,
    onHand: available.onHand,
    reserved: available.reserved,
    item: from.itemId,
    site: available.siteId,
  });
}

/** A serial leaves the position it is in, or comes from outside. */
function checkSerials(state: JournalState, plan: Plan, index: number): Refusal | null {
  for (const serialId of plan.serials) {
    const serial = row(state.serials, serialId);
    const at = serial.positionId;
    const outside = at === 0 || !row(state.positions, at).isReal;
    const fits = plan.from.isReal ? at === plan.from.positionId : outside;
    if (!fits) {
      return refuse('serial-elsewhere', index, { serial: serial.serial, position: at || null });
    }
  }
  return null;
}

function apply(draft: Draft, command: PostCommand, index: number, plan: Plan): LineResult {
  const { from, to, quantity, line } = plan;
  const seq = nextSeq(draft);
  touchPosition(draft, from);
  touchPosition(draft, to);
  const [fromPrevious, toPrevious] = [from.lastSeq, to.lastSeq];
  from.onHand -= quantity;
  to.onHand += quantity;
  from.lastSeq = seq;
  to.lastSeq = seq;
  const value = applyCost(draft, plan, seq);
  applyPromises(draft, plan, seq);
  if (plan.serials.length > 0) applySerials(draft, plan, seq);
  if (plan.reversed) markReversed(draft, plan.reversed, seq);
  if (plan.returned) markReturned(draft, plan.returned, plan, seq, value);
  const result = appendMovement(draft, command, index + 1, line, {
    seq,
    from,
    to,
    quantity,
    value,
    fromPrevious,
    toPrevious,
  });
  if (from.poolId !== to.poolId) settleVariances(draft, command, index, plan, value);
  return result;
}

/** Moves the money with the units: answers the value that left one side for the other. */
function applyCost(draft: Draft, plan: Plan, seq: number): bigint {
  const { from, to, quantity, reversed } = plan;
  if (from.poolId === to.poolId) return 0n;
  const { pools } = draft.state;
  let value: bigint;
  if (from.poolId > 0) {
    const pool = row(pools, from.poolId);
    const wanted = reversed ? reversed.value : null;
    value = issueFromPool(draft, pool, quantity, seq, wanted, reversed?.seq ?? 0);
  } else {
    value = inboundValue(draft, plan, row(pools, to.poolId), seq);
  }
  if (to.poolId > 0) receiveIntoPool(draft, row(pools, to.poolId), quantity, value, seq);
  return value;
}

function inboundValue(draft: Draft, plan: Plan, pool: PoolRow, seq: number): bigint {
  const { line, reversed, returned, quantity } = plan;
  if (reversed) return reversed.value;
  if (line.value !== null) return line.value;
  if (returned) return returnedShare(returned, quantity);
  if (knowsNoCost(pool)) draft.unknownCosts.push({ seq, ownerId: pool.ownerId });
  return defaultInboundValue(pool, quantity);
}

/**
 * What the pools' own rules leave over: a standard-cost receipt at another price, or a reversal
 * that could not take out what the original brought in.
 */
function settleVariances(
  draft: Draft,
  command: PostCommand,
  index: number,
  plan: Plan,
  value: bigint,
): void {
  const { state } = draft;
  const { from, to, reversed } = plan;
  if (to.poolId > 0) {
    const pool = row(state.pools, to.poolId);
    if (pool.method === COST_METHOD.standard) {
      const account = { locationId: state.variancePriceLocationId };
      const details = varianceDetails(draft, command, index, plan);
      moveValue(details, { pool }, account, standardVariance(pool));
    }
  }
  if (reversed && from.poolId > 0 && to.poolId === 0) {
    const account = { locationId: state.revalueLocationId };
    const details = varianceDetails(draft, command, index, plan);
    moveValue(details, account, { locationId: to.locationId }, reversed.value - value);
  }
}

function varianceDetails(
  draft: Draft,
  command: PostCommand,
  index: number,
  plan: Plan,
): ValueDetails {
  const { occurredAt, documentId } = plan.line;
  const causeSeq = draft.movements.seq.at(-1) ?? 0;
  const common = { draft, command, line: index + 1, item: plan.from, causeSeq };
  return { ...common, occurredAt, documentId, reasonId: 0 };
}

function applyPromises(draft: Draft, plan: Plan, seq: number): void {
  const { from, to, quantity, reservation, allocation } = plan;
  const { availability } = draft.state;
  if (allocation) {
    touch(draft, draft.allocations, allocation);
    allocation.openQuantity -= quantity;
    allocation.lastSeq = seq;
    from.allocated -= quantity;
  } else if (from.isReal && from.allocated > from.onHand) {
    raiseAt(draft, from, seq, 'over_allocated', from.allocated - from.onHand);
  }
  const wasShort = to.isReal && to.allocated > to.onHand - quantity;
  if (wasShort && to.allocated <= to.onHand) raiseAt(draft, to, seq, 'cleared', 0n);
  if (from.availabilityId === to.availabilityId) return;
  if (from.availabilityId > 0) {
    if (reservation) fulfil(draft, reservation, quantity, seq);
    const kept = reservation ? quantity : 0n;
    changeAvailable(draft, row(availability, from.availabilityId), -quantity, -kept, seq);
  }
  if (to.availabilityId > 0) {
    changeAvailable(draft, row(availability, to.availabilityId), quantity, 0n, seq);
  }
}

function fulfil(draft: Draft, reservation: ReservationRow, quantity: bigint, seq: number): void {
  touch(draft, draft.reservations, reservation);
  reservation.openQuantity -= quantity;
  reservation.lastSeq = seq;
  if (reservation.openQuantity === 0n) reservation.state = RESERVATION.fulfilled;
}

/** Never clamped: stock that was promised and is gone shows as a negative availability. */
function changeAvailable(
  draft: Draft,
  available: AvailabilityRow,
  onHand: bigint,
  reserved: bigint,
  seq: number,
): void {
  touch(draft, draft.availability, available);
  const shortBefore = available.reserved - available.onHand;
  available.onHand += onHand;
  available.reserved += reserved;
  available.lastSeq = seq;
  const short = available.reserved - available.onHand;
  const worse = short > 0n && short > shortBefore;
  const cleared = shortBefore > 0n && short <= 0n;
  if (!worse && !cleared) return;
  draft.exceptions.push({
    seq,
    kind: worse ? 'oversold' : 'cleared',
    availabilityId: available.availabilityId,
    positionId: 0,
    itemId: available.itemId,
    ownerId: available.ownerId,
    quantity: worse ? short : 0n,
  });
}

function applySerials(draft: Draft, plan: Plan, seq: number): void {
  for (const serialId of plan.serials) {
    const serial = row(draft.state.serials, serialId);
    touch(draft, draft.serials, serial);
    serial.positionId = plan.to.positionId;
    serial.lastSeq = seq;
    draft.movementSerials.push({ seq, serialId, ownerId: plan.from.ownerId });
  }
}

/** A row that loading promised; its absence is a bug, not an outcome. */
function row<R>(rows: Map<number, R>, id: number): R {
  const found = rows.get(id);
  if (found === undefined) throw new Error(`row ${id} was not loaded before deciding`);
  return found;
}
