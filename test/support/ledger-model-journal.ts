import type { Command } from '../../src/ledger/posting/commands.ts';
import { ENTRY } from '../../src/ledger/posting/commands.ts';
import type { Draft } from '../../src/ledger/posting/draft.ts';
import type { JournalState, PostedMovement } from '../../src/ledger/posting/state.ts';
import { emptyState } from '../../src/ledger/posting/state.ts';
import type { Fact } from './ledger-model-state.ts';
import { PLACE, type World } from './ledger-model-world.ts';

/**
 * What a database would hold of one journal, and a state loaded from it: rows change only by what
 * a draft lists, guarded as the statements guard them. A row that a decision changes without
 * listing it is found when the state is loaded anew.
 */
export interface TestJournal {
  /** What is in memory; put {@link reloaded} here to forget it. */
  state: JournalState;
  /** Brings in the history that these commands refer to, as loading does. */
  load(commands: readonly Command[]): void;
  /** Writes a draft's rows. @throws Error where a guard does not hold. */
  store(draft: Draft): void;
  /** A state loaded from what was stored, with nothing in memory. */
  reloaded(): JournalState;
}

type Rows = Map<number, Record<string, unknown>>;

interface Stored {
  readonly positions: Rows;
  readonly availability: Rows;
  readonly pools: Rows;
  readonly layers: Rows;
  readonly reservations: Rows;
  readonly allocations: Rows;
  readonly serials: Rows;
  readonly movements: Map<number, PostedMovement>;
  readonly consumptions: Draft['consumptions'];
  head: { seq: number; recordedAt: number };
}

const UNTOUCHED = { touchedIn: 0, baseSeq: 0 };
const HASH = Buffer.alloc(32);

/** A journal of the world in which nothing has happened yet. */
export function makeJournal(world: World): TestJournal {
  const stored = emptyStored(world);
  const journal: TestJournal = {
    state: loadState(stored),
    load: (commands) => loadHistory(stored, journal.state, world, commands),
    store: (draft) => storeDraft(stored, draft),
    reloaded: () => loadState(stored),
  };
  return journal;
}

function emptyStored(world: World): Stored {
  const rows = <R extends object>(
    list: ReadonlyMap<number, R>,
    rest: (row: R) => Record<string, unknown>,
  ): Rows => new Map([...list].map(([id, row]) => [id, { ...rest(row), lastSeq: 0 }]));
  return {
    positions: rows(world.positions, ({ siteId: _, dispositionId: __, ...row }) => ({
      ...row,
      onHand: 0n,
      allocated: 0n,
    })),
    availability: rows(world.availability, (row) => ({ ...row, onHand: 0n, reserved: 0n })),
    pools: rows(world.pools, ({ poolId, itemId, ownerId, method, quantityScale, unitCost }) => ({
      ...{ poolId, itemId, ownerId, method, quantityScale, unitCost },
      ...{ quantity: 0n, value: 0n },
    })),
    layers: new Map(),
    reservations: new Map(),
    allocations: new Map(),
    serials: rows(world.serials, ({ serialId, itemId, serial }) => ({
      ...{ serialId, itemId, serial },
      positionId: 0,
    })),
    movements: new Map(),
    consumptions: [],
    head: { seq: 0, recordedAt: 0 },
  };
}

function loadState(stored: Stored): JournalState {
  const head = { journal: 0, hash: HASH, ...stored.head };
  const accounts = {
    revalueLocationId: PLACE.revalue,
    variancePriceLocationId: PLACE.priceVariance,
  };
  const state = emptyState(head, accounts);
  fill(state.positions, stored.positions, (row) => ({
    baseOnHand: row.onHand,
    baseAllocated: row.allocated,
  }));
  fill(state.availability, stored.availability);
  fill(state.pools, stored.pools, () => ({ layers: [] }));
  fill(state.reservations, stored.reservations);
  fill(state.allocations, stored.allocations);
  fill(state.serials, stored.serials);
  const open = [...stored.layers.values()].filter((row) => row.quantityLeft !== 0n);
  for (const row of open.sort((a, b) => Number(a.layerSeq) - Number(b.layerSeq))) {
    const layer = { ...row, ...UNTOUCHED, lastSeq: row.layerSeq };
    state.pools.get(row.poolId as number)!.layers.push(layer as never);
  }
  return state;
}

function fill(
  target: Map<number, never> | Map<number, object>,
  source: Rows,
  more: (row: Record<string, unknown>) => object = () => ({}),
): void {
  for (const [id, row] of source) {
    (target as Map<number, object>).set(id, { ...row, ...more(row), ...UNTOUCHED });
  }
}

function loadHistory(
  stored: Stored,
  state: JournalState,
  world: World,
  commands: readonly Command[],
): void {
  const bring = (seq: number): void => {
    const movement = stored.movements.get(seq);
    if (!movement || state.posted.has(seq)) return;
    state.posted.set(seq, { ...movement });
    bring(movement.returnOf);
  };
  const trail = (seq: number): void => {
    const movement = stored.movements.get(seq);
    const poolId = movement && world.positions.get(movement.to)?.poolId;
    const key = `${poolId}:${seq}`;
    if (!poolId || state.consumptions.has(key)) return;
    const taken = stored.consumptions.filter((c) => c.poolId === poolId && c.layerSeq === seq);
    state.consumptions.set(key, taken);
    for (const { seq: taker } of taken) {
      bring(taker);
      trail(taker);
    }
  };
  for (const command of commands) {
    if (command.type === 'revalue') {
      bring(command.causeSeq);
      trail(command.causeSeq);
    }
    if (command.type !== 'post') continue;
    for (const line of command.lines) {
      bring(line.reversesSeq);
      bring(line.costOfSeq);
    }
  }
}

function storeDraft(stored: Stored, draft: Draft): void {
  const { state } = draft;
  for (const row of draft.positions) {
    const kept = guarded(stored.positions, row.positionId, row.baseSeq);
    kept.onHand = (kept.onHand as bigint) + row.onHand - row.baseOnHand;
    kept.allocated = (kept.allocated as bigint) + row.allocated - row.baseAllocated;
    kept.lastSeq = row.lastSeq;
  }
  update(stored.availability, draft.availability, 'availabilityId', ['onHand', 'reserved']);
  update(stored.pools, draft.pools, 'poolId', ['quantity', 'value', 'unitCost']);
  const [made, changed] = [true, false].map((isNew) =>
    draft.reservations.filter((row) => (row.baseSeq === 0) === isNew),
  );
  upsert(stored.reservations, made!, 'reservationSeq');
  update(stored.reservations, changed!, 'reservationSeq', ['openQuantity', 'state', 'expiresAt']);
  upsert(stored.allocations, draft.allocations, 'allocationSeq');
  upsert(stored.layers, draft.layers, 'layerSeq');
  update(stored.serials, draft.serials, 'serialId', ['positionId']);
  stored.consumptions.push(...draft.consumptions);
  storeMovements(stored, draft);
  stored.head = { seq: state.seq, recordedAt: state.recordedAt };
}

function guarded(rows: Rows, id: number, expected: number): Record<string, unknown> {
  const row = rows.get(id);
  if (row?.lastSeq !== expected) {
    throw new Error(`row ${id} is at ${row?.lastSeq}, the draft expected ${expected}`);
  }
  return row;
}

type Listed = { baseSeq: number; lastSeq: number };

function strip(row: object): Record<string, unknown> {
  const { touchedIn: _, baseSeq: __, ...rest } = row as Record<string, unknown>;
  return rest;
}

/** A row must still be at the seq that it was read at. */
function update<R extends Listed>(
  rows: Rows,
  list: readonly R[],
  key: keyof R,
  columns: readonly (keyof R & string)[],
): void {
  for (const row of list) {
    const kept = guarded(rows, row[key] as number, row.baseSeq);
    for (const column of columns) kept[column] = row[column];
    kept.lastSeq = row.lastSeq;
  }
}

function upsert<R extends Listed>(rows: Rows, list: readonly R[], key: keyof R): void {
  for (const row of list) rows.set(row[key] as number, strip(row));
}

function storeMovements(stored: Stored, draft: Draft): void {
  const { movements } = draft;
  for (const [i, seq] of movements.seq.entries()) {
    const serials = draft.movementSerials.filter((row) => row.seq === seq);
    stored.movements.set(seq, {
      seq,
      kind: movements.kind[i]!,
      quantity: movements.quantity[i]!,
      value: movements.value[i]!,
      from: movements.from[i]!,
      to: movements.to[i]!,
      itemId: movements.itemId[i]!,
      ownerId: movements.ownerId[i]!,
      serials: serials.map((row) => row.serialId),
      returnOf: draft.returns.find((row) => row.seq === seq)?.shipmentSeq ?? 0,
      reversedBy: 0,
      returnedQuantity: 0n,
      returnedValue: 0n,
    });
    const original = stored.movements.get(movements.reversesSeq[i]!);
    if (original) original.reversedBy = seq;
    bringBack(stored, stored.movements.get(seq)!, 1n);
    if (original) bringBack(stored, original, -1n);
  }
}

/** What a return adds to what came back of its shipment, or a reversal of it takes away. */
function bringBack(stored: Stored, movement: PostedMovement, sign: bigint): void {
  const shipment = stored.movements.get(movement.returnOf);
  if (!shipment) return;
  shipment.returnedQuantity += sign * movement.quantity;
  shipment.returnedValue += sign * movement.value;
}

const KIND_NAMES = Object.fromEntries(
  Object.entries(ENTRY).map(([name, kind]) => [kind, name as keyof typeof ENTRY]),
);

/** What a draft posts, in the words of the model. */
export function factsOf(draft: Draft): (Fact & { commandId: string })[] {
  const { movements: m } = draft;
  const facts: (Fact & { commandId: string })[] = m.seq.map((seq, i) => ({
    type: 'movement',
    seq,
    line: m.line[i]!,
    kind: m.kind[i]!,
    quantity: m.quantity[i]!,
    value: m.value[i]!,
    from: m.from[i]!,
    to: m.to[i]!,
    fromAfter: m.fromAfter[i]!,
    toAfter: m.toAfter[i]!,
    fromPrevious: m.fromPrevious[i]!,
    toPrevious: m.toPrevious[i]!,
    reversesSeq: m.reversesSeq[i]!,
    ...(draft.unknownCosts.some((row) => row.seq === seq) ? { costUnknown: true } : {}),
    commandId: m.commandId[i]!,
  }));
  for (const row of draft.entries) {
    const { seq, line, quantity, after, availabilityId, positionId } = row;
    const { reservationSeq, allocationSeq, expiresAt, commandId } = row;
    const refs = { availabilityId, positionId, reservationSeq, allocationSeq, expiresAt };
    const kind = KIND_NAMES[row.kind]!;
    facts.push({ type: 'entry', seq, line, kind, quantity, after, ...refs, commandId });
  }
  for (const row of draft.valueEntries) {
    const { seq, line, amount, layerSeq, causeSeq, commandId } = row;
    const sides = {
      fromPool: row.fromPoolId,
      fromLocation: row.fromLocationId,
      toPool: row.toPoolId,
      toLocation: row.toLocationId,
    };
    facts.push({ type: 'value', seq, line, amount, ...sides, layerSeq, causeSeq, commandId });
  }
  return facts.sort((a, b) => a.seq - b.seq);
}
