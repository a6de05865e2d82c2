import type { Queryable } from '../../platform/database.ts';
import type { Command } from './commands.ts';
import { COST_METHOD } from './commands.ts';
import { encodeIntegers } from './encode.ts';
import * as sql from './load.sql.ts';
import type {
  AllocationRow,
  AvailabilityRow,
  ConsumptionRow,
  JournalState,
  LayerRow,
  PoolRow,
  PositionRow,
  PostedMovement,
  ReservationRow,
  SerialRow,
} from './state.ts';

/**
 * Brings into the state every row that deciding `commands` will need and that is not there yet.
 * Rows already there are newer than, or the same as, those in the database.
 */
export async function loadFor(
  tx: Queryable,
  state: JournalState,
  commands: readonly Command[],
): Promise<void> {
  const wanted = wantedBy(state, commands);
  if (wanted.posted.size > 0) await loadPosted(tx, state, wanted.posted);
  for (const seq of wanted.causes) await loadConsumptions(tx, state, seq);
  for (const movement of state.posted.values()) {
    wanted.positions.add(movement.from).add(movement.to);
    for (const serial of movement.serials) wanted.serials.add(serial);
  }
  const reservations = missing(wanted.reservations, state.reservations);
  if (reservations.length > 0) await loadReservations(tx, state, reservations);
  for (const seq of wanted.reservations) {
    const reservation = state.reservations.get(seq);
    if (reservation) wanted.availability.add(reservation.availabilityId);
  }
  const allocations = missing(wanted.allocations, state.allocations);
  if (allocations.length > 0) await loadAllocations(tx, state, allocations);
  for (const seq of wanted.allocations) {
    const allocation = state.allocations.get(seq);
    if (allocation) wanted.positions.add(allocation.positionId);
  }
  const serials = missing(wanted.serials, state.serials);
  if (serials.length > 0) await loadSerials(tx, state, serials);
  for (const serialId of wanted.serials) {
    const at = state.serials.get(serialId)?.positionId ?? 0;
    if (at > 0) wanted.positions.add(at);
  }
  await loadBalances(tx, state, wanted);
}

/** Ids that commands refer to and the state lacks. */
interface Wanted {
  readonly posted: Set<number>;
  readonly causes: Set<number>;
  readonly positions: Set<number>;
  readonly reservations: Set<number>;
  readonly allocations: Set<number>;
  readonly serials: Set<number>;
  readonly availability: Set<number>;
  readonly pools: Set<number>;
}

function wantedBy(state: JournalState, commands: readonly Command[]): Wanted {
  const wanted: Wanted = {
    posted: new Set(),
    causes: new Set(),
    positions: new Set(),
    reservations: new Set(),
    allocations: new Set(),
    serials: new Set(),
    availability: new Set(),
    pools: new Set(),
  };
  for (const command of commands) want(state, wanted, command);
  return wanted;
}

function want(state: JournalState, wanted: Wanted, command: Command): void {
  switch (command.type) {
    case 'post':
      for (const line of command.lines) {
        if (line.reversesSeq > 0) wanted.posted.add(line.reversesSeq);
        else {
          if (!state.positions.has(line.from)) wanted.positions.add(line.from);
          if (!state.positions.has(line.to)) wanted.positions.add(line.to);
        }
        if (line.costOfSeq > 0) wanted.posted.add(line.costOfSeq);
        if (line.reservationSeq > 0) wanted.reservations.add(line.reservationSeq);
        if (line.allocationSeq > 0) wanted.allocations.add(line.allocationSeq);
        if (line.serials) for (const serial of line.serials) wanted.serials.add(serial);
      }
      return;
    case 'reserve':
      for (const line of command.lines) wanted.availability.add(line.availabilityId);
      return;
    case 'confirm':
    case 'release':
    case 'expire':
    case 'extend':
    case 'reduce':
      for (const seq of command.reservations) wanted.reservations.add(seq);
      return;
    case 'allocate':
      for (const line of command.lines) wanted.positions.add(line.positionId);
      return;
    case 'deallocate':
      for (const seq of command.allocations) wanted.allocations.add(seq);
      return;
    case 'revalue':
      wanted.posted.add(command.causeSeq);
      wanted.causes.add(command.causeSeq);
      return;
    case 'standard_cost':
      for (const pool of command.pools) wanted.pools.add(pool);
  }
}

/** True when a command refers to history, which only a committed journal can answer. */
export function needsHistory(command: Command): boolean {
  if (command.type === 'revalue') return true;
  if (command.type !== 'post') return false;
  return command.lines.some((line) => line.reversesSeq > 0 || line.costOfSeq > 0);
}

async function loadBalances(tx: Queryable, state: JournalState, wanted: Wanted): Promise<void> {
  const positions = missing(wanted.positions, state.positions);
  if (positions.length > 0) {
    for (const row of await loadPositions(tx, state, positions)) {
      if (row.availabilityId > 0) wanted.availability.add(row.availabilityId);
      if (row.poolId > 0) wanted.pools.add(row.poolId);
    }
  }
  const availability = missing(wanted.availability, state.availability);
  if (availability.length > 0) await loadAvailability(tx, state, availability);
  const pools = missing(wanted.pools, state.pools);
  if (pools.length > 0) await loadPools(tx, state, pools);
}

function missing<R>(ids: ReadonlySet<number>, rows: ReadonlyMap<number, R>): number[] {
  const result: number[] = [];
  for (const id of ids) if (!rows.has(id)) result.push(id);
  return result.sort((a, b) => a - b);
}

const UNTOUCHED = { touchedIn: 0, baseSeq: 0 };

async function rows(
  tx: Queryable,
  statement: { name: string; text: string },
  state: JournalState,
  ids: number[],
): Promise<Record<string, never>[]> {
  const values = [state.journal, encodeIntegers(ids)];
  const query = { ...statement, values } as unknown as string;
  return (await tx.query<Record<string, never>>(query)).rows;
}

async function loadPositions(
  tx: Queryable,
  state: JournalState,
  ids: number[],
): Promise<PositionRow[]> {
  const loaded = (await rows(tx, sql.selectPositions, state, ids)).map((row): PositionRow => {
    const onHand: bigint = row.on_hand!;
    const allocated: bigint = row.allocated!;
    return {
      positionId: Number(row.position_id),
      itemId: row.item_id!,
      ownerId: row.owner_id!,
      locationId: row.location_id!,
      isReal: row.is_real!,
      availabilityId: Number(row.availability_id ?? 0),
      poolId: Number(row.cost_pool_id ?? 0),
      onHand,
      allocated,
      baseOnHand: onHand,
      baseAllocated: allocated,
      lastSeq: Number(row.last_seq),
      ...UNTOUCHED,
    };
  });
  for (const row of loaded) state.positions.set(row.positionId, row);
  return loaded;
}

async function loadAvailability(tx: Queryable, state: JournalState, ids: number[]): Promise<void> {
  for (const row of await rows(tx, sql.selectAvailability, state, ids)) {
    const loaded: AvailabilityRow = {
      availabilityId: Number(row.availability_id),
      itemId: row.item_id!,
      siteId: row.site_id!,
      ownerId: row.owner_id!,
      onHand: row.on_hand!,
      reserved: row.reserved!,
      lastSeq: Number(row.last_seq),
      ...UNTOUCHED,
    };
    state.availability.set(loaded.availabilityId, loaded);
  }
}

async function loadPools(tx: Queryable, state: JournalState, ids: number[]): Promise<void> {
  const layered: number[] = [];
  for (const row of await rows(tx, sql.selectPools, state, ids)) {
    const loaded: PoolRow = {
      poolId: Number(row.cost_pool_id),
      itemId: row.item_id!,
      ownerId: row.owner_id!,
      method: row.method!,
      quantityScale: row.quantity_scale!,
      quantity: row.quantity!,
      value: row.value!,
      unitCost: row.unit_cost!,
      layers: [],
      lastSeq: Number(row.last_seq),
      ...UNTOUCHED,
    };
    state.pools.set(loaded.poolId, loaded);
    if (loaded.method === COST_METHOD.fifo) layered.push(loaded.poolId);
  }
  if (layered.length === 0) return;
  for (const row of await rows(tx, sql.selectLayers, state, layered)) {
    const layer: LayerRow = {
      poolId: Number(row.cost_pool_id),
      layerSeq: Number(row.layer_seq),
      quantityReceived: row.quantity_received!,
      valueReceived: row.value_received!,
      quantityLeft: row.quantity_left!,
      valueLeft: row.value_left!,
      lastSeq: Number(row.layer_seq),
      ...UNTOUCHED,
    };
    state.pools.get(layer.poolId)?.layers.push(layer);
  }
}

async function loadReservations(tx: Queryable, state: JournalState, ids: number[]): Promise<void> {
  for (const row of await rows(tx, sql.selectReservations, state, ids)) {
    const loaded: ReservationRow = {
      reservationSeq: Number(row.reservation_seq),
      availabilityId: Number(row.availability_id),
      itemId: row.item_id!,
      siteId: row.site_id!,
      ownerId: row.owner_id!,
      quantity: row.quantity!,
      documentId: Number(row.document_id ?? 0),
      groupId: row.group_id!,
      createdAt: instant(row.created_at!),
      openQuantity: row.open_quantity!,
      state: row.state!,
      expiresAt: row.expires_at === null ? null : instant(row.expires_at!),
      lastSeq: Number(row.last_seq),
      ...UNTOUCHED,
    };
    state.reservations.set(loaded.reservationSeq, loaded);
  }
}

function instant(value: Date): number {
  return value.getTime();
}

async function loadAllocations(tx: Queryable, state: JournalState, ids: number[]): Promise<void> {
  for (const row of await rows(tx, sql.selectAllocations, state, ids)) {
    const loaded: AllocationRow = {
      allocationSeq: Number(row.allocation_seq),
      positionId: Number(row.position_id),
      reservationSeq: Number(row.reservation_seq ?? 0),
      itemId: row.item_id!,
      ownerId: row.owner_id!,
      quantity: row.quantity!,
      documentId: Number(row.document_id ?? 0),
      createdAt: instant(row.created_at!),
      openQuantity: row.open_quantity!,
      lastSeq: Number(row.last_seq),
      ...UNTOUCHED,
    };
    state.allocations.set(loaded.allocationSeq, loaded);
  }
}

async function loadSerials(tx: Queryable, state: JournalState, ids: number[]): Promise<void> {
  for (const row of await rows(tx, sql.selectSerials, state, ids)) {
    const loaded: SerialRow = {
      serialId: Number(row.serial_id),
      itemId: row.item_id!,
      serial: row.serial!,
      positionId: Number(row.position_id ?? 0),
      lastSeq: Number(row.last_seq),
      ...UNTOUCHED,
    };
    state.serials.set(loaded.serialId, loaded);
  }
}

async function loadPosted(
  tx: Queryable,
  state: JournalState,
  seqs: ReadonlySet<number>,
): Promise<void> {
  const ids = missing(seqs, state.posted);
  if (ids.length === 0) return;
  const shipments = new Set<number>();
  for (const row of await rows(tx, sql.selectPosted, state, ids)) {
    const serials: bigint[] = row.serials!;
    const loaded: PostedMovement = {
      seq: Number(row.seq),
      kind: row.kind!,
      quantity: row.quantity!,
      value: row.value!,
      from: Number(row.from_position),
      to: Number(row.to_position),
      itemId: row.item_id!,
      ownerId: row.owner_id!,
      serials: serials.map(Number),
      returnOf: Number(row.return_of ?? 0),
      reversedBy: Number(row.reversed_by ?? 0),
      returnedQuantity: row.returned_quantity!,
      returnedValue: row.returned_value!,
    };
    state.posted.set(loaded.seq, loaded);
    if (loaded.returnOf > 0) shipments.add(loaded.returnOf);
  }
  // Reversing a return changes what came back of its shipment.
  if (shipments.size > 0) await loadPosted(tx, state, shipments);
}

/** FIFO: where the units of a layer went, and the layers they became in other pools. */
async function loadConsumptions(
  tx: Queryable,
  state: JournalState,
  causeSeq: number,
): Promise<void> {
  const found = await rows(tx, sql.selectConsumptions, state, [causeSeq]);
  await loadPosted(tx, state, new Set(found.map((row) => Number(row.seq))));
  for (const row of found) {
    const consumption: ConsumptionRow = {
      poolId: Number(row.cost_pool_id),
      layerSeq: Number(row.layer_seq),
      seq: Number(row.seq),
      quantity: row.quantity!,
      value: row.value!,
    };
    const key = `${consumption.poolId}:${consumption.layerSeq}`;
    const list = state.consumptions.get(key) ?? [];
    if (!list.some((known) => known.seq === consumption.seq)) list.push(consumption);
    state.consumptions.set(key, list);
  }
}
