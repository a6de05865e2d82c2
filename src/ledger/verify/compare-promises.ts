import type { Tx } from '../../platform/database.ts';
import * as queries from './compare.queries.ts';
import { derived } from './compare.ts';
import type { Checked, FindingKind } from './findings.ts';
import type { AllocationState, ClosedLayer, DerivedJournal, ReservationState } from './state.ts';

/**
 * Rows that come and go: reservations, allocations, cost layers. Those that are over can change no
 * more; they are compared in batches while the facts are replayed, and forgotten, so that memory
 * holds only the open ones.
 */

const BATCH_ROWS = 5_000;

/** Compares what has been closed since, once there is enough of it. */
export async function compareClosed(
  tx: Tx,
  journal: DerivedJournal,
  checked: Checked,
  all = false,
): Promise<void> {
  const least = all ? 1 : BATCH_ROWS;
  const { closedReservations, closedAllocations, closedLayers } = journal;
  if (closedReservations.length >= least) {
    journal.closedReservations = [];
    await compareReservations(tx, journal, closedReservations, checked);
  }
  if (closedAllocations.length >= least) {
    journal.closedAllocations = [];
    await compareAllocations(tx, journal, closedAllocations, checked);
  }
  if (closedLayers.length >= least) {
    journal.closedLayers = [];
    await compareLayers(tx, journal, closedLayers, checked);
  }
}

/** Compares what is open at the end, and looks for rows that no fact made. */
export async function compareOpen(
  tx: Tx,
  journal: DerivedJournal,
  checked: Checked,
): Promise<void> {
  await compareClosed(tx, journal, checked, true);
  await compareReservations(tx, journal, [...journal.reservations.values()], checked);
  await compareAllocations(tx, journal, [...journal.allocations.values()], checked);
  const layers: ClosedLayer[] = [];
  for (const pool of journal.pools.values()) {
    for (const layer of pool.layers?.values() ?? []) layers.push({ ...layer, poolId: pool.poolId });
  }
  await compareLayers(tx, journal, layers, checked);
  if (!journal.whole) return;
  const { counts } = journal;
  await compareCount(tx, journal, 'reservation', 'reservation', counts.reservations);
  await compareCount(tx, journal, 'allocation', 'allocation', counts.allocations);
  await compareCount(tx, journal, 'layer', 'cost_layer', counts.layers);
}

async function compareCount(
  tx: Tx,
  journal: DerivedJournal,
  kind: FindingKind,
  table: keyof typeof queries.STRAYS,
  expected: number,
): Promise<void> {
  if ((await queries.countRows(tx, table, journal.journal)) === expected) return;
  for (const [id, found] of await queries.selectStrays(tx, table, journal.journal)) {
    derived(journal, kind, id, 'nothing', found, 'no fact made this row');
  }
}

/** Holds figures of one row against each other; answers the names of those that differ. */
function differences(expected: Record<string, unknown>, found: Record<string, unknown>): string[] {
  return Object.keys(expected).filter((name) => expected[name] !== found[name]);
}

function describe(names: readonly string[], figures: Record<string, unknown>): string {
  return names.map((name) => `${name} ${figures[name]}`).join(', ');
}

function reportDifferences(
  journal: DerivedJournal,
  kind: FindingKind,
  id: string,
  expected: Record<string, unknown>,
  found: Record<string, unknown> | undefined,
): void {
  if (!found) {
    derived(journal, kind, id, 'a row', 'none', 'the row is gone');
    return;
  }
  const names = differences(expected, found);
  if (names.length === 0) return;
  const message = 'the row is not what the facts add up to';
  derived(journal, kind, id, describe(names, expected), describe(names, found), message);
}

async function compareReservations(
  tx: Tx,
  journal: DerivedJournal,
  states: readonly ReservationState[],
  checked: Checked,
): Promise<void> {
  checked.reservations += states.length;
  const keys = states.map((state) => state.reservationSeq);
  const found = new Map<number, Record<string, unknown>>();
  for await (const rows of queries.someRows(tx, queries.RESERVATIONS, journal.journal, keys)) {
    for (const row of rows) found.set(Number(row[0]), reservationFigures(row));
  }
  for (const state of states) {
    const { siteId } = journal.availability.get(state.availabilityId) ?? {};
    const last = { open: state.openQuantity, state: state.state, lastSeq: state.lastSeq };
    const { quantity, availabilityId, itemId, ownerId, documentId, groupId, createdAt } = state;
    const expected = state.known
      ? {
          ...last,
          quantity,
          availabilityId,
          itemId,
          siteId,
          ownerId,
          documentId,
          groupId,
          createdAt,
          expiresAt: state.expiresAt,
        }
      : last;
    const id = `reservation ${state.reservationSeq}`;
    reportDifferences(journal, 'reservation', id, expected, found.get(state.reservationSeq));
  }
}

function reservationFigures(row: queries.ReservationRow): Record<string, unknown> {
  const [, quantity, open, availabilityId, lastSeq, documentId, expiresAt, createdAt] = row;
  const [groupId, itemId, siteId, ownerId, state] = row.slice(8);
  return {
    quantity,
    open,
    availabilityId: Number(availabilityId),
    lastSeq: Number(lastSeq),
    documentId: Number(documentId ?? 0n),
    expiresAt: expiresAt?.getTime() ?? 0,
    createdAt: createdAt.getTime(),
    groupId,
    itemId,
    siteId,
    ownerId,
    state,
  };
}

async function compareAllocations(
  tx: Tx,
  journal: DerivedJournal,
  states: readonly AllocationState[],
  checked: Checked,
): Promise<void> {
  checked.allocations += states.length;
  const keys = states.map((state) => state.allocationSeq);
  const found = new Map<number, Record<string, unknown>>();
  for await (const rows of queries.someRows(tx, queries.ALLOCATIONS, journal.journal, keys)) {
    for (const row of rows) found.set(Number(row[0]), allocationFigures(row));
  }
  for (const state of states) {
    const { allocationSeq, known: _, openQuantity, ...same } = state;
    const expected = { ...same, open: openQuantity };
    const id = `allocation ${allocationSeq}`;
    reportDifferences(journal, 'allocation', id, expected, found.get(allocationSeq));
  }
}

function allocationFigures(row: queries.AllocationRow): Record<string, unknown> {
  const [, quantity, open, positionId, reservationSeq, lastSeq, documentId] = row;
  const [createdAt, itemId, ownerId] = row.slice(7) as [Date, number, number];
  return {
    quantity,
    open,
    positionId: Number(positionId),
    reservationSeq: Number(reservationSeq ?? 0n),
    lastSeq: Number(lastSeq),
    documentId: Number(documentId ?? 0n),
    createdAt: createdAt.getTime(),
    itemId,
    ownerId,
  };
}

async function compareLayers(
  tx: Tx,
  journal: DerivedJournal,
  layers: readonly ClosedLayer[],
  checked: Checked,
): Promise<void> {
  checked.layers += layers.length;
  for (let start = 0; start < layers.length; start += BATCH_ROWS) {
    const part = layers.slice(start, start + BATCH_ROWS);
    const pools = part.map((layer) => layer.poolId);
    const seqs = part.map((layer) => layer.layerSeq);
    const found = new Map<string, Record<string, unknown>>();
    for (const row of await queries.selectLayers(tx, journal.journal, pools, seqs)) {
      const [poolId, layerSeq, quantityReceived, valueReceived, quantityLeft, valueLeft] = row;
      const figures = { quantityReceived, valueReceived, quantityLeft, valueLeft };
      found.set(`${poolId} ${layerSeq}`, figures);
    }
    for (const { poolId, layerSeq, ...expected } of part) {
      const id = `pool ${poolId} layer ${layerSeq}`;
      reportDifferences(journal, 'layer', id, expected, found.get(`${poolId} ${layerSeq}`));
    }
  }
}
