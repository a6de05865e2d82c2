import type { Command, LineResult, MoveLine, Outcome, Refusal } from './commands.ts';
import type {
  AllocationRow,
  AvailabilityRow,
  JournalState,
  LayerRow,
  PoolRow,
  PositionRow,
  ReservationRow,
  SerialRow,
} from './state.ts';

/** Columns of the movements of one batch, in seq order; what is written and what is digested. */
export interface MovementColumns {
  readonly seq: number[];
  readonly quantity: bigint[];
  readonly value: bigint[];
  readonly from: number[];
  readonly to: number[];
  readonly fromAfter: bigint[];
  readonly toAfter: bigint[];
  readonly fromPrevious: number[];
  readonly toPrevious: number[];
  readonly bodyHash: bigint[];
  readonly occurredAt: number[];
  readonly documentId: number[];
  readonly reservationSeq: number[];
  readonly allocationSeq: number[];
  readonly reversesSeq: number[];
  readonly commandId: string[];
  readonly line: number[];
  readonly itemId: number[];
  readonly ownerId: number[];
  readonly actorId: number[];
  readonly deviceId: number[];
  readonly kind: number[];
  readonly reasonId: number[];
}

/** One row of ledger.entry before it is written. */
export interface EntryDraft {
  readonly seq: number;
  readonly kind: number;
  readonly quantity: bigint;
  readonly after: bigint;
  readonly bodyHash: bigint;
  readonly commandId: string;
  readonly line: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly actorId: number;
  readonly availabilityId: number;
  readonly positionId: number;
  readonly reservationSeq: number;
  readonly allocationSeq: number;
  readonly documentId: number;
  readonly reasonId: number;
  readonly expiresAt: number | null;
  readonly occurredAt: number;
}

/** One row of ledger.value_entry before it is written. */
export interface ValueEntryDraft {
  readonly seq: number;
  readonly amount: bigint;
  readonly fromPoolId: number;
  readonly fromLocationId: number;
  readonly toPoolId: number;
  readonly toLocationId: number;
  readonly layerSeq: number;
  readonly causeSeq: number;
  readonly bodyHash: bigint;
  readonly commandId: string;
  readonly line: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly actorId: number;
  readonly documentId: number;
  readonly reasonId: number;
  readonly occurredAt: number;
}

export interface ConsumptionDraft {
  readonly poolId: number;
  readonly layerSeq: number;
  readonly seq: number;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly ownerId: number;
}

/** Which shipment a customer return brings back. */
export interface ReturnDraft {
  readonly seq: number;
  readonly shipmentSeq: number;
  readonly ownerId: number;
}

export interface ExceptionDraft {
  readonly seq: number;
  readonly kind: 'oversold' | 'over_allocated' | 'cleared';
  readonly availabilityId: number;
  readonly positionId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
}

/** Everything one batch writes. */
export interface Draft {
  readonly number: number;
  readonly state: JournalState;
  readonly firstSeq: number;
  readonly recordedAt: number;
  readonly movements: MovementColumns;
  readonly entries: EntryDraft[];
  readonly valueEntries: ValueEntryDraft[];
  readonly consumptions: ConsumptionDraft[];
  readonly exceptions: ExceptionDraft[];
  readonly returns: ReturnDraft[];
  /** Movements that brought units into a pool at an unknown cost. */
  readonly unknownCosts: { seq: number; ownerId: number }[];
  readonly movementSerials: { seq: number; serialId: number; ownerId: number }[];
  readonly positions: PositionRow[];
  readonly availability: AvailabilityRow[];
  readonly pools: PoolRow[];
  readonly layers: LayerRow[];
  readonly reservations: ReservationRow[];
  readonly allocations: AllocationRow[];
  readonly serials: SerialRow[];
  readonly outcomes: Outcome[];
  /** Undo steps of the command being decided, when it has more than one line. */
  undo: (() => void)[] | null;
}

let draftCount = 0;

/** A draft on top of `state`, which decisions change in place. */
export function openDraft(state: JournalState, now: number): Draft {
  draftCount += 1;
  return {
    number: draftCount,
    state,
    firstSeq: state.seq + 1,
    recordedAt: Math.max(now, state.recordedAt),
    movements: emptyColumns(),
    entries: [],
    valueEntries: [],
    consumptions: [],
    exceptions: [],
    returns: [],
    unknownCosts: [],
    movementSerials: [],
    positions: [],
    availability: [],
    pools: [],
    layers: [],
    reservations: [],
    allocations: [],
    serials: [],
    outcomes: [],
    undo: null,
  };
}

function emptyColumns(): MovementColumns {
  return {
    seq: [],
    quantity: [],
    value: [],
    from: [],
    to: [],
    fromAfter: [],
    toAfter: [],
    fromPrevious: [],
    toPrevious: [],
    bodyHash: [],
    occurredAt: [],
    documentId: [],
    reservationSeq: [],
    allocationSeq: [],
    reversesSeq: [],
    commandId: [],
    line: [],
    itemId: [],
    ownerId: [],
    actorId: [],
    deviceId: [],
    kind: [],
    reasonId: [],
  };
}

interface Touchable {
  touchedIn: number;
  baseSeq: number;
  lastSeq: number;
}

/**
 * Registers a row as changed by this draft, remembering the version the database must still have.
 * Must run before the row changes.
 */
export function touch<R extends Touchable>(draft: Draft, list: R[], row: R): void {
  if (draft.undo) {
    const before = { ...row };
    draft.undo.push(() => Object.assign(row, before));
  }
  if (row.touchedIn === draft.number) return;
  row.touchedIn = draft.number;
  row.baseSeq = row.lastSeq;
  list.push(row);
  draft.undo?.push(() => list.pop());
}

/** Like {@link touch}, keeping the amounts that deltas are computed from. */
export function touchPosition(draft: Draft, row: PositionRow): void {
  const first = row.touchedIn !== draft.number;
  touch(draft, draft.positions, row);
  if (!first) return;
  row.baseOnHand = row.onHand;
  row.baseAllocated = row.allocated;
}

/** The next seq of the journal. */
export function nextSeq(draft: Draft): number {
  draft.state.seq += 1;
  return draft.state.seq;
}

/** Lengths of everything a draft only appends to, to cut back to when a command is refused. */
interface Mark {
  readonly seq: number;
  readonly lengths: readonly number[];
  readonly movements: number;
}

function appendOnly(draft: Draft): unknown[][] {
  const { entries, valueEntries, consumptions, exceptions, movementSerials } = draft;
  const { returns, unknownCosts } = draft;
  return [
    ...[entries, valueEntries, consumptions, exceptions, movementSerials],
    ...[returns, unknownCosts],
  ];
}

/** Starts a command of several lines, which is undone as a whole when a line is refused. */
export function beginUndo(draft: Draft): Mark {
  draft.undo = [];
  return {
    seq: draft.state.seq,
    lengths: appendOnly(draft).map((list) => list.length),
    movements: draft.movements.seq.length,
  };
}

/** Takes back everything since the mark. */
export function rollBack(draft: Draft, mark: Mark): void {
  const undo = draft.undo ?? [];
  for (let i = undo.length - 1; i >= 0; i -= 1) undo[i]?.();
  draft.undo = null;
  draft.state.seq = mark.seq;
  for (const [i, list] of appendOnly(draft).entries()) list.length = mark.lengths[i] ?? 0;
  for (const column of Object.values(draft.movements)) column.length = mark.movements;
}

/** Appends one movement to the columns. */
export function appendMovement(
  draft: Draft,
  command: Command,
  lineNumber: number,
  line: MoveLine,
  row: {
    seq: number;
    from: PositionRow;
    to: PositionRow;
    quantity: bigint;
    value: bigint;
    fromPrevious: number;
    toPrevious: number;
  },
): LineResult {
  const columns = draft.movements;
  columns.seq.push(row.seq);
  columns.quantity.push(row.quantity);
  columns.value.push(row.value);
  columns.from.push(row.from.positionId);
  columns.to.push(row.to.positionId);
  columns.fromAfter.push(row.from.onHand);
  columns.toAfter.push(row.to.onHand);
  columns.fromPrevious.push(row.fromPrevious);
  columns.toPrevious.push(row.toPrevious);
  columns.bodyHash.push(command.bodyHash);
  columns.occurredAt.push(line.occurredAt);
  columns.documentId.push(line.documentId);
  columns.reservationSeq.push(line.reservationSeq);
  columns.allocationSeq.push(line.allocationSeq);
  columns.reversesSeq.push(line.reversesSeq);
  columns.commandId.push(command.id);
  columns.line.push(lineNumber);
  columns.itemId.push(row.from.itemId);
  columns.ownerId.push(row.from.ownerId);
  columns.actorId.push(command.actorId);
  columns.deviceId.push(command.deviceId);
  columns.kind.push(line.kind);
  columns.reasonId.push(line.reasonId);
  const result: LineResult = {
    line: lineNumber,
    seq: row.seq,
    quantity: row.quantity,
    value: row.value,
    from: row.from.positionId,
    to: row.to.positionId,
    fromAfter: row.from.onHand,
    toAfter: row.to.onHand,
  };
  return draft.unknownCosts.at(-1)?.seq === row.seq ? { ...result, costUnknown: true } : result;
}

/** Units of a position are allocated that are not there, or they are there again. */
export function raiseAt(
  draft: Draft,
  position: PositionRow,
  seq: number,
  kind: 'over_allocated' | 'cleared',
  quantity: bigint,
): void {
  const { availabilityId, positionId, itemId, ownerId } = position;
  draft.exceptions.push({ seq, kind, availabilityId, positionId, itemId, ownerId, quantity });
}

/** A refusal of line `line` (from zero). */
export function refuse(
  code: Refusal['code'],
  line: number,
  extras: Refusal['extras'] = {},
): Refusal {
  return { code, line, extras };
}
