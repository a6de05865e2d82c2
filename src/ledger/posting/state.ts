/**
 * The rows of one journal that decisions read and change. A lane keeps them in memory: they are
 * true as long as the journal's head has the seq they were loaded or changed at, and the head is
 * compared and set by every commit.
 */

interface Row {
  lastSeq: number;
  /** The draft that touched the row first, and what the row was before it. */
  touchedIn: number;
  baseSeq: number;
}

export interface PositionRow extends Row {
  readonly positionId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly locationId: number;
  readonly isReal: boolean;
  readonly availabilityId: number;
  readonly poolId: number;
  onHand: bigint;
  allocated: bigint;
  baseOnHand: bigint;
  baseAllocated: bigint;
}

export interface AvailabilityRow extends Row {
  readonly availabilityId: number;
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  onHand: bigint;
  reserved: bigint;
}

export interface LayerRow extends Row {
  readonly poolId: number;
  readonly layerSeq: number;
  readonly quantityReceived: bigint;
  readonly valueReceived: bigint;
  quantityLeft: bigint;
  valueLeft: bigint;
}

export interface PoolRow extends Row {
  readonly poolId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly method: number;
  readonly quantityScale: number;
  quantity: bigint;
  value: bigint;
  unitCost: bigint;
  /** FIFO only: open layers, oldest first. */
  layers: LayerRow[];
}

export interface ReservationRow extends Row {
  readonly reservationSeq: number;
  readonly availabilityId: number;
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
  readonly documentId: number;
  readonly groupId: string;
  readonly createdAt: number;
  openQuantity: bigint;
  state: number;
  expiresAt: number | null;
}

export interface AllocationRow extends Row {
  readonly allocationSeq: number;
  readonly positionId: number;
  readonly reservationSeq: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
  readonly documentId: number;
  readonly createdAt: number;
  openQuantity: bigint;
}

export interface SerialRow extends Row {
  readonly serialId: number;
  readonly itemId: number;
  readonly serial: string;
  /** 0 while it is outside. */
  positionId: number;
}

/** A posted movement that a command refers to: reversal, return, late cost. */
export interface PostedMovement {
  readonly seq: number;
  readonly kind: number;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly from: number;
  readonly to: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly serials: readonly number[];
  /** The shipment that a customer return brings back; 0 for any other movement. */
  readonly returnOf: number;
  reversedBy: number;
  /** Of a shipment: what came back of it, less returns that were reversed. */
  returnedQuantity: bigint;
  returnedValue: bigint;
}

/** Where units of a layer went: which movement took them, how many, at what value. */
export interface ConsumptionRow {
  readonly poolId: number;
  readonly layerSeq: number;
  readonly seq: number;
  readonly quantity: bigint;
  readonly value: bigint;
}

export interface JournalState {
  readonly journal: number;
  seq: number;
  hash: Buffer;
  /** Milliseconds; never goes back within a journal. */
  recordedAt: number;
  readonly positions: Map<number, PositionRow>;
  readonly availability: Map<number, AvailabilityRow>;
  readonly pools: Map<number, PoolRow>;
  readonly reservations: Map<number, ReservationRow>;
  readonly allocations: Map<number, AllocationRow>;
  readonly serials: Map<number, SerialRow>;
  readonly posted: Map<number, PostedMovement>;
  /** Consumptions of layers, by `pool:layer`: loaded for a late cost, dropped after the batch. */
  readonly consumptions: Map<string, ConsumptionRow[]>;
  /** Where the containers stand that this batch names, locked; 0 for one that is being moved. */
  readonly containers: Map<number, number>;
  /** Virtual locations that take value no place explains. */
  readonly revalueLocationId: number;
  readonly variancePriceLocationId: number;
}

/** An empty state at a head. */
export function emptyState(
  head: Pick<JournalState, 'journal' | 'seq' | 'hash' | 'recordedAt'>,
  accounts: Pick<JournalState, 'revalueLocationId' | 'variancePriceLocationId'>,
): JournalState {
  return {
    ...head,
    ...accounts,
    positions: new Map(),
    availability: new Map(),
    pools: new Map(),
    reservations: new Map(),
    allocations: new Map(),
    serials: new Map(),
    posted: new Map(),
    consumptions: new Map(),
    containers: new Map(),
  };
}
