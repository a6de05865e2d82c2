import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { LineResult } from '../../src/ledger/posting/commands.ts';
import { COST_METHOD, RESERVATION } from '../../src/ledger/posting/commands.ts';
import type { JournalState } from '../../src/ledger/posting/state.ts';
import type { Fact, ModelState } from './ledger-model-state.ts';
import { unitsAt } from './ledger-model-state.ts';
import type { World } from './ledger-model-world.ts';

/** Compares without the cost of an assertion, which only a difference needs. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (actual === expected || isDeepStrictEqual(actual, expected)) return;
  expect(actual, what).toEqual(expected);
}

/** The rows of the ledger say what the model says. */
export function expectSame(state: JournalState, model: ModelState, world: World): void {
  expect(state.seq).toBe(model.seq);
  for (const position of state.positions.values()) {
    const { positionId, onHand, lastSeq } = position;
    const expected = [unitsAt(model, positionId), model.newest.get(positionId) ?? 0];
    expectEqual([onHand, lastSeq], expected, `position ${positionId}`);
  }
  for (const pool of state.pools.values()) {
    const { poolId, value, unitCost } = pool;
    const expected = [model.poolValue.get(poolId) ?? 0n, model.unitCost.get(poolId)];
    expectEqual([value, unitCost], expected, `pool ${poolId}`);
    const layers = pool.layers.map((layer) => ({
      seq: layer.layerSeq,
      quantity: layer.quantityLeft,
      value: layer.valueLeft,
    }));
    expectEqual(layers, [...(model.layers.get(poolId) ?? [])], `layers of pool ${poolId}`);
  }
  const reservations = [...state.reservations.values()].map((row) => ({
    seq: row.reservationSeq,
    availabilityId: row.availabilityId,
    open: row.openQuantity,
    state: STATE_NAMES[row.state],
    expiresAt: row.expiresAt,
  }));
  expectEqual(bySeq(reservations), bySeq([...model.reservations.values()]), 'reservations');
  const allocations = [...state.allocations.values()].map((row) => ({
    seq: row.allocationSeq,
    positionId: row.positionId,
    open: row.openQuantity,
  }));
  expectEqual(bySeq(allocations), bySeq([...model.allocations.values()]), 'allocations');
  for (const { serialId, positionId } of state.serials.values()) {
    expectEqual(positionId, model.serialAt.get(serialId) ?? 0, `serial ${serialId}`);
  }
  expect(world.serials.size).toBe(state.serials.size);
}

const STATE_NAMES = Object.fromEntries(
  Object.entries(RESERVATION).map(([name, number]) => [number, name]),
);

function bySeq<R extends { seq: number }>(rows: R[]): R[] {
  return rows.sort((a, b) => a.seq - b.seq);
}

/** Sums of rows by a key. */
function sums<R>(rows: Iterable<R>, key: (row: R) => number, amount: (row: R) => bigint) {
  const result = new Map<number, bigint>();
  for (const row of rows) result.set(key(row), (result.get(key(row)) ?? 0n) + amount(row));
  return result;
}

/** What must hold in any state whatsoever, whoever made it. */
export function expectInvariants(state: JournalState, world: World): void {
  const positions = [...state.positions.values()];
  const ofItems = sums(
    positions,
    (row) => row.itemId,
    (row) => row.onHand,
  );
  for (const [itemId, sum] of ofItems) expectEqual(sum, 0n, `units of item ${itemId}`);
  for (const { isReal, onHand, positionId } of positions) {
    if (isReal) expectEqual(onHand >= 0n, true, `units at position ${positionId}`);
  }
  const marked = sums(
    state.allocations.values(),
    (row) => row.positionId,
    (row) => row.openQuantity,
  );
  for (const { positionId, allocated } of positions) {
    expectEqual(allocated, marked.get(positionId) ?? 0n, `allocated at ${positionId}`);
  }
  const sellable = sums(
    positions,
    (row) => row.availabilityId,
    (row) => row.onHand,
  );
  const promised = sums(
    state.reservations.values(),
    (row) => row.availabilityId,
    (row) => row.openQuantity,
  );
  for (const { availabilityId, onHand, reserved } of state.availability.values()) {
    expectEqual(onHand, sellable.get(availabilityId) ?? 0n, `on hand of ${availabilityId}`);
    expectEqual(reserved, promised.get(availabilityId) ?? 0n, `reserved of ${availabilityId}`);
  }
  const pooled = sums(
    positions,
    (row) => row.poolId,
    (row) => row.onHand,
  );
  for (const pool of state.pools.values()) {
    const { poolId, quantity, value, method, layers } = pool;
    expectEqual(quantity, pooled.get(poolId) ?? 0n, `units of pool ${poolId}`);
    expectEqual(value >= 0n, true, `value of pool ${poolId}`);
    if (quantity === 0n) expectEqual(value, 0n, `value of the empty pool ${poolId}`);
    if (method !== COST_METHOD.fifo) continue;
    const total = (key: 'quantityLeft' | 'valueLeft') =>
      layers.reduce((sum, layer) => sum + layer[key], 0n);
    expectEqual([total('quantityLeft'), total('valueLeft')], [quantity, value], `pool ${poolId}`);
  }
  expect(world.pools.size).toBe(state.pools.size);
}

/** Money that left the pools is in the accounts outside, to the last minor unit. */
export function expectMoneyConserved(model: ModelState): void {
  let sum = 0n;
  for (const value of model.poolValue.values()) sum += value;
  for (const value of model.accounts.values()) sum += value;
  expectEqual(sum, 0n, 'money of pools and accounts');
}

/** What a caller is told of a command's facts. */
export function linesOf(facts: readonly Fact[]): LineResult[] {
  const isCost = (fact: Fact) => fact.type === 'entry' && fact.kind === 'standardCost';
  const own = facts.filter((fact) => fact.type !== 'value' && !isCost(fact));
  const money = facts.filter((fact) => fact.type === 'value');
  // Money that moved because units did is no line; money that moved by itself is.
  const shown = own.length > 0 ? own : money.length > 0 ? money : facts;
  return shown.map(lineOf);
}

function lineOf(fact: Fact): LineResult {
  const { line, seq } = fact;
  if (fact.type === 'value') return { line, seq, quantity: 0n, value: fact.amount };
  if (fact.type === 'entry') {
    const { kind, quantity, after } = fact;
    return { line, seq, quantity, ...(kind === 'standardCost' ? { value: 0n } : { after }) };
  }
  const { quantity, value, from, to, fromAfter, toAfter, costUnknown } = fact;
  const result = { line, seq, quantity, value, from, to, fromAfter, toAfter };
  return costUnknown ? { ...result, costUnknown } : result;
}
