/**
 * What a lane accepts and answers: commands resolved to surrogate ids. Quantities are in the
 * item's base unit at its scale, money in minor units, instants in milliseconds. Zero means "none"
 * for ids and sequence numbers, which all start at one.
 */

/** One movement asked for. `from` and `to` are position ids; a reversal takes the original's. */
export interface MoveLine {
  readonly kind: number;
  readonly quantity: bigint;
  readonly from: number;
  readonly to: number;
  /** Money that comes with the units, or null to take the pool's own cost. */
  readonly value: bigint | null;
  readonly occurredAt: number;
  readonly reasonId: number;
  readonly documentId: number;
  readonly reservationSeq: number;
  readonly allocationSeq: number;
  readonly reversesSeq: number;
  /** The shipment whose cost a customer return brings back. */
  readonly costOfSeq: number;
  /** Physical truth is never refused for what was promised; a planned movement is. */
  readonly physical: boolean;
  /** For a count: what was found. The line then moves the difference. */
  readonly counted: bigint | null;
  readonly serials: readonly number[] | null;
}

interface CommandBase {
  readonly id: string;
  readonly bodyHash: bigint;
  readonly actorId: number;
  readonly deviceId: number;
}

/** A container that a line names, and where the caller says that it stands. */
export interface ContainerAt {
  readonly handlingUnitId: number;
  readonly locationId: number;
  readonly lpn: string;
  /** Index of the line in the command, from zero. */
  readonly line: number;
}

export interface PostCommand extends CommandBase {
  readonly type: 'post';
  readonly lines: readonly MoveLine[];
  /** Money that the command's parts in other journals used up for what this one makes. */
  readonly carried?: bigint;
  /** Containers that must stand at these locations when the command is committed. */
  readonly containers?: readonly ContainerAt[];
}

export interface ReserveLine {
  readonly availabilityId: number;
  readonly quantity: bigint;
  readonly documentId: number;
  /** The line's number in the whole group, unique over journals. */
  readonly line: number;
}

export interface ReserveCommand extends CommandBase {
  readonly type: 'reserve';
  readonly lines: readonly ReserveLine[];
  /** Null: never expires. */
  readonly expiresAt: number | null;
  /** Held until the whole group is confirmed; only groups over several journals need it. */
  readonly held: boolean;
  readonly occurredAt: number;
}

/** Changes reservations that exist: all of them, or none. */
export interface SettleCommand extends CommandBase {
  readonly type: 'confirm' | 'release' | 'expire' | 'extend' | 'reduce';
  readonly reservations: readonly number[];
  /** For a reduction: units of each reservation to give back, fewer than are open. */
  readonly quantity?: bigint;
  readonly expiresAt: number | null;
  readonly occurredAt: number;
  readonly reasonId: number;
}

export interface AllocateLine {
  readonly positionId: number;
  readonly quantity: bigint;
  readonly reservationSeq: number;
  readonly documentId: number;
}

export interface AllocateCommand extends CommandBase {
  readonly type: 'allocate';
  readonly lines: readonly AllocateLine[];
  readonly occurredAt: number;
}

export interface DeallocateCommand extends CommandBase {
  readonly type: 'deallocate';
  readonly allocations: readonly number[];
  readonly occurredAt: number;
}

/** A late fact about the cost of one movement: `amount` more (or less) than it was posted at. */
export interface RevalueCommand extends CommandBase {
  readonly type: 'revalue';
  readonly causeSeq: number;
  readonly amount: bigint;
  readonly reasonId: number;
  readonly documentId: number;
  readonly occurredAt: number;
}

/** A new standard cost for pools of one item; what they hold is revalued. */
export interface StandardCostCommand extends CommandBase {
  readonly type: 'standard_cost';
  readonly pools: readonly number[];
  readonly unitCost: bigint;
  readonly occurredAt: number;
}

export type Command =
  | PostCommand
  | ReserveCommand
  | SettleCommand
  | AllocateCommand
  | DeallocateCommand
  | RevalueCommand
  | StandardCostCommand;

/** Kinds of ledger.entry. */
export const ENTRY = {
  reserve: 1,
  hold: 2,
  confirm: 3,
  release: 4,
  expire: 5,
  extend: 6,
  allocate: 7,
  deallocate: 8,
  countUnchanged: 9,
  /** A new standard cost; `after` is the unit cost (minor units x 10^4 per whole base unit). */
  standardCost: 10,
  /** Gives a part of a reservation back; the rest stays promised without a gap. */
  reduce: 11,
} as const;

/** States of ledger.reservation. */
export const RESERVATION = { held: 1, pending: 2, fulfilled: 3, released: 4, expired: 5 } as const;

/** Cost methods of ledger.cost_pool. */
export const COST_METHOD = { moving_average: 1, fifo: 2, standard: 3 } as const;

/** Kinds of ledger.movement that code must tell apart; migration 0005 has them all. */
export const KIND = {
  receipt: 1,
  putaway: 2,
  move: 3,
  replenishment: 4,
  pick: 5,
  pack: 6,
  shipment: 7,
  customer_return: 8,
  supplier_return: 9,
  adjustment: 10,
  count: 11,
  transfer_shipment: 12,
  transfer_receipt: 13,
  conversion: 14,
  disposition_change: 15,
  opening: 16,
  scrap: 17,
  reversal: 18,
  short_pick: 19,
} as const;

/** What one line did. `after` figures are balances right after it, in seq order. */
export interface LineResult {
  readonly line: number;
  readonly seq: number;
  readonly quantity: bigint;
  /** Movements only. */
  readonly value?: bigint;
  readonly from?: number;
  readonly to?: number;
  readonly fromAfter?: bigint;
  readonly toAfter?: bigint;
  /** Units came into a cost pool at no value, since nobody knows what they cost. */
  readonly costUnknown?: true;
  /** Entries only: reserved, allocated or on hand afterwards. */
  readonly after?: bigint;
}

export type RefusalCode =
  | 'insufficient-stock'
  | 'insufficient-availability'
  | 'reservation-not-found'
  | 'reservation-closed'
  | 'reservation-expired'
  | 'reservation-mismatch'
  | 'allocation-not-found'
  | 'allocation-closed'
  | 'allocation-mismatch'
  | 'serial-elsewhere'
  | 'movement-not-found'
  | 'already-reversed'
  | 'not-reversible'
  | 'return-exceeds-shipment'
  | 'container-elsewhere'
  | 'command-id-reused';

/** Why a command was refused. Quantities in `extras` are bigints; doors write them as decimals. */
export interface Refusal {
  readonly code: RefusalCode;
  /** Index of the line in the command, from zero. */
  readonly line: number;
  readonly extras: Readonly<Record<string, bigint | number | string | null>>;
}

export interface Committed {
  readonly status: 'committed';
  readonly journal: number;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
  readonly lines: readonly LineResult[];
  /** True when this answers a command that was committed before. */
  readonly replayed: boolean;
}

export interface Rejected {
  readonly status: 'rejected';
  readonly refusal: Refusal;
}

export type Outcome = Committed | Rejected;
