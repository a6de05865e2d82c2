import type { Findings } from './findings.ts';

/**
 * What the facts of one journal add up to so far. In a whole verification everything starts at
 * nothing; after a checkpoint a row's figures before its first new fact are taken from that fact
 * (`known` false until then) and compared with the tables at the end.
 */

export interface PositionState {
  readonly positionId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly locationId: number;
  readonly availabilityId: number;
  readonly poolId: number;
  readonly isReal: boolean;
  known: boolean;
  onHand: bigint;
  /**
   * What the last movement claimed instead, where it differed: when the next one agrees with it,
   * the quantity was changed and not the figure after.
   */
  claimed: bigint | null;
  lastSeq: number;
  allocated: bigint;
  allocatedKnown: boolean;
}

export interface AvailabilityState {
  readonly availabilityId: number;
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  onHand: bigint;
  reserved: bigint;
  /** False until an entry told what was reserved. */
  known: boolean;
  lastSeq: number;
}

export interface LayerState {
  readonly layerSeq: number;
  readonly quantityReceived: bigint;
  readonly valueReceived: bigint;
  quantityLeft: bigint;
  valueLeft: bigint;
}

export interface PoolState {
  readonly poolId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly method: number;
  readonly scale: number;
  quantity: bigint;
  value: bigint;
  /** Unit cost when it was last emptied; null when it never was. */
  emptiedAt: bigint | null;
  /** Standard cost as the last entry set it; null where it was given from outside. */
  standard: bigint | null;
  lastSeq: number;
  /** Open layers, oldest first; null after a checkpoint, where older ones are not known. */
  layers: Map<number, LayerState> | null;
  /** The first wrong cost says enough; those after it follow from it. */
  suspect: boolean;
}

export interface ReservationState {
  readonly reservationSeq: number;
  /** False for one that was made before the checkpoint. */
  readonly known: boolean;
  readonly quantity: bigint;
  readonly availabilityId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly documentId: number;
  readonly groupId: string;
  readonly createdAt: number;
  openQuantity: bigint;
  state: number;
  expiresAt: number;
  lastSeq: number;
}

export interface AllocationState {
  readonly allocationSeq: number;
  readonly known: boolean;
  readonly quantity: bigint;
  readonly positionId: number;
  readonly reservationSeq: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly documentId: number;
  readonly createdAt: number;
  openQuantity: bigint;
  lastSeq: number;
}

export interface SerialState {
  readonly itemId: number;
  /** 0 while it was never anywhere; null when that is not known after a checkpoint. */
  positionId: number | null;
  lastSeq: number;
}

/** A layer that is used up: nothing can change it any more. */
export interface ClosedLayer extends LayerState {
  readonly poolId: number;
}

/** What a position held before its first fact after the checkpoint, as that fact says. */
export interface Adopted {
  readonly positionId: number;
  readonly onHand: bigint;
  /** The fact, and the one before it in the position's chain (0: none). */
  readonly seq: number;
  readonly previous: number;
}

export interface DerivedJournal {
  readonly journal: number;
  /** Whether everything since the first seq is looked at. */
  readonly whole: boolean;
  readonly findings: Findings;
  readonly positions: Map<number, PositionState>;
  readonly availability: Map<number, AvailabilityState>;
  readonly pools: Map<number, PoolState>;
  /** Open ones only: closed ones wait in the lists below to be compared, then are forgotten. */
  readonly reservations: Map<number, ReservationState>;
  readonly allocations: Map<number, AllocationState>;
  readonly serials: Map<number, SerialState>;
  closedReservations: ReservationState[];
  closedAllocations: AllocationState[];
  closedLayers: ClosedLayer[];
  /** Seqs that no table has: what refers to them is no finding of its own. */
  readonly missing: Set<number>;
  /** Names of rows that were reported as gone. */
  readonly gone: Set<string>;
  /** Value of each account, by `owner:location`; pools are location 0. */
  readonly accounts: Map<string, bigint>;
  /** Items whose every unit has a serial. */
  readonly serialised: ReadonlySet<number>;
  /** After a checkpoint: what positions are said to have held, to be looked up once. */
  adopted: Adopted[];
  readonly counts: { reservations: number; allocations: number; layers: number };
}

export function emptyJournal(
  journal: number,
  whole: boolean,
  serialised: ReadonlySet<number>,
  findings: Findings,
): DerivedJournal {
  return {
    journal,
    whole,
    findings,
    positions: new Map(),
    availability: new Map(),
    pools: new Map(),
    reservations: new Map(),
    allocations: new Map(),
    serials: new Map(),
    closedReservations: [],
    closedAllocations: [],
    closedLayers: [],
    missing: new Set(),
    gone: new Set(),
    accounts: new Map(),
    serialised,
    adopted: [],
    counts: { reservations: 0, allocations: 0, layers: 0 },
  };
}

/** Adds money to an account. */
export function addToAccount(
  journal: DerivedJournal,
  ownerId: number,
  locationId: number,
  value: bigint,
): void {
  const key = `${ownerId}:${locationId}`;
  journal.accounts.set(key, (journal.accounts.get(key) ?? 0n) + value);
}
