import type { ENTRY, RefusalCode } from '../../src/ledger/posting/commands.ts';
import type { World } from './ledger-model-world.ts';

/**
 * What the model knows: as little as possible. Units lie in positions and money in pools and
 * accounts; availability, reserved, allocated and pool quantities are sums that are taken anew
 * whenever somebody asks, so they cannot drift from what they sum up.
 */
export interface ModelState {
  readonly seq: number;
  readonly units: ReadonlyMap<number, bigint>;
  /** The newest movement of a position. */
  readonly newest: ReadonlyMap<number, number>;
  readonly poolValue: ReadonlyMap<number, bigint>;
  /** Standard cost, or what the last unit to leave an emptied pool cost. */
  readonly unitCost: ReadonlyMap<number, bigint>;
  /** Value that went to, less value that came from, each location outside. */
  readonly accounts: ReadonlyMap<number, bigint>;
  readonly layers: ReadonlyMap<number, readonly ModelLayer[]>;
  /** By layer: the movements that took units from it, in order. */
  readonly takers: ReadonlyMap<number, readonly ModelTaker[]>;
  readonly reservations: ReadonlyMap<number, ModelReservation>;
  readonly allocations: ReadonlyMap<number, ModelAllocation>;
  readonly serialAt: ReadonlyMap<number, number>;
  readonly movements: ReadonlyMap<number, ModelMovement>;
}

/** What is left of a receipt, under FIFO. */
export interface ModelLayer {
  readonly seq: number;
  readonly quantity: bigint;
  readonly value: bigint;
}

export interface ModelTaker {
  readonly seq: number;
  readonly quantity: bigint;
}

export type ReservationState = 'held' | 'pending' | 'fulfilled' | 'released' | 'expired';

export interface ModelReservation {
  readonly seq: number;
  readonly availabilityId: number;
  readonly open: bigint;
  readonly state: ReservationState;
  readonly expiresAt: number | null;
}

export interface ModelAllocation {
  readonly seq: number;
  readonly positionId: number;
  readonly open: bigint;
}

/** A movement as the journal has it. */
export interface MovementFact {
  readonly type: 'movement';
  readonly seq: number;
  readonly line: number;
  readonly kind: number;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly from: number;
  readonly to: number;
  readonly fromAfter: bigint;
  readonly toAfter: bigint;
  readonly fromPrevious: number;
  readonly toPrevious: number;
  readonly reversesSeq: number;
  readonly costUnknown?: true;
}

export interface ModelMovement extends MovementFact {
  /** The shipment that it brings back; 0 for none. */
  readonly returnOf: number;
  readonly serials: readonly number[];
  readonly reversedBy: number;
}

export interface EntryFact {
  readonly type: 'entry';
  readonly seq: number;
  readonly line: number;
  readonly kind: keyof typeof ENTRY;
  readonly quantity: bigint;
  readonly after: bigint;
  readonly availabilityId: number;
  readonly positionId: number;
  readonly reservationSeq: number;
  readonly allocationSeq: number;
  readonly expiresAt: number | null;
}

export interface ValueFact {
  readonly type: 'value';
  readonly seq: number;
  readonly line: number;
  readonly amount: bigint;
  readonly fromPool: number;
  readonly fromLocation: number;
  readonly toPool: number;
  readonly toLocation: number;
  readonly layerSeq: number;
  readonly causeSeq: number;
}

export type Fact = MovementFact | EntryFact | ValueFact;

export interface ModelException {
  readonly seq: number;
  readonly kind: 'oversold' | 'over_allocated' | 'cleared';
  readonly availabilityId: number;
  readonly positionId: number;
  readonly quantity: bigint;
}

/** All good reasons to refuse a line; the ledger names one of them. */
export type Reasons = ReadonlySet<RefusalCode>;

export type ModelAnswer =
  | {
      readonly status: 'committed';
      readonly facts: readonly Fact[];
      readonly exceptions: readonly ModelException[];
      readonly state: ModelState;
    }
  | { readonly status: 'rejected'; readonly line: number; readonly reasons: Reasons };

/** The state while one command is carried out: a copy that nobody else sees yet. */
export interface Book {
  readonly world: World;
  readonly now: number;
  seq: number;
  readonly units: Map<number, bigint>;
  readonly newest: Map<number, number>;
  readonly poolValue: Map<number, bigint>;
  readonly unitCost: Map<number, bigint>;
  readonly accounts: Map<number, bigint>;
  readonly layers: Map<number, readonly ModelLayer[]>;
  readonly takers: Map<number, readonly ModelTaker[]>;
  readonly reservations: Map<number, ModelReservation>;
  readonly allocations: Map<number, ModelAllocation>;
  readonly serialAt: Map<number, number>;
  readonly movements: Map<number, ModelMovement>;
  readonly facts: Fact[];
  readonly exceptions: ModelException[];
  /** What the lines of a conversion are worth that make something, once that is known. */
  priced: ReadonlyMap<number, bigint> | null;
}

/** The world before anything happened. */
export function emptyModel(world: World): ModelState {
  return {
    seq: 0,
    units: new Map(),
    newest: new Map(),
    poolValue: new Map(),
    unitCost: new Map([...world.pools.values()].map((pool) => [pool.poolId, pool.unitCost])),
    accounts: new Map(),
    layers: new Map(),
    takers: new Map(),
    reservations: new Map(),
    allocations: new Map(),
    serialAt: new Map(),
    movements: new Map(),
  };
}

/** A copy to work on: rows are never changed in place, so copying the maps is enough. */
export function openBook(world: World, state: ModelState, now: number): Book {
  return {
    world,
    now,
    seq: state.seq,
    units: new Map(state.units),
    newest: new Map(state.newest),
    poolValue: new Map(state.poolValue),
    unitCost: new Map(state.unitCost),
    accounts: new Map(state.accounts),
    layers: new Map(state.layers),
    takers: new Map(state.takers),
    reservations: new Map(state.reservations),
    allocations: new Map(state.allocations),
    serialAt: new Map(state.serialAt),
    movements: new Map(state.movements),
    facts: [],
    exceptions: [],
    priced: null,
  };
}

type Units = Pick<ModelState, 'units'>;

function sumOf(state: Units, positions: readonly number[] | undefined): bigint {
  let sum = 0n;
  for (const id of positions ?? []) sum += state.units.get(id) ?? 0n;
  return sum;
}

export function unitsAt(state: Units, positionId: number): bigint {
  return state.units.get(positionId) ?? 0n;
}

export function availabilityOnHand(world: World, state: Units, availabilityId: number): bigint {
  return sumOf(state, world.inAvailability.get(availabilityId));
}

export function poolQuantity(world: World, state: Units, poolId: number): bigint {
  return sumOf(state, world.inPool.get(poolId));
}

export function isOpen(reservation: ModelReservation): boolean {
  return reservation.state === 'held' || reservation.state === 'pending';
}

export function reservedOf(
  state: Pick<ModelState, 'reservations'>,
  availabilityId: number,
): bigint {
  let sum = 0n;
  for (const reservation of state.reservations.values()) {
    if (reservation.availabilityId === availabilityId && isOpen(reservation)) {
      sum += reservation.open;
    }
  }
  return sum;
}

export function allocatedAt(state: Pick<ModelState, 'allocations'>, positionId: number): bigint {
  let sum = 0n;
  for (const allocation of state.allocations.values()) {
    if (allocation.positionId === positionId) sum += allocation.open;
  }
  return sum;
}
