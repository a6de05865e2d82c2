import { extendedCost } from '../../platform/money.ts';
import { divideRounded } from '../../platform/quantity.ts';
import { COST_METHOD, KIND } from '../posting/commands.ts';
import { unitCostOf } from '../posting/cost.ts';
import type { Cursor } from './derive.ts';
import { report } from './derive-movement.ts';
import type { Facts } from './facts.queries.ts';
import type { DerivedJournal, LayerState, PoolState, PositionState } from './state.ts';

/** Moves the units and their value between the pools of the two sides. */
export function deriveCost(
  journal: DerivedJournal,
  facts: Facts,
  at: Cursor,
  i: number,
  from: PositionState,
  to: PositionState,
): void {
  const seq = facts.movements.seq[i]!;
  const quantity = facts.movements.quantity[i]!;
  const value = facts.movements.value[i]!;
  const source = journal.pools.get(from.poolId);
  if (source) issue(journal, facts, at, i, source);
  const target = journal.pools.get(to.poolId);
  if (!target) return;
  target.quantity += quantity;
  target.value += value;
  target.lastSeq = seq;
  if (target.method !== COST_METHOD.fifo || !target.layers) return;
  journal.counts.layers += 1;
  target.layers.set(seq, {
    layerSeq: seq,
    quantityReceived: quantity,
    valueReceived: value,
    quantityLeft: quantity,
    valueLeft: value,
  });
}

function issue(
  journal: DerivedJournal,
  facts: Facts,
  at: Cursor,
  i: number,
  pool: PoolState,
): void {
  const { movements } = facts;
  const seq = movements.seq[i]!;
  const quantity = movements.quantity[i]!;
  const value = movements.value[i]!;
  if (pool.quantity < quantity || pool.value < value) {
    wrongCost(journal, pool, seq, `at most ${pool.quantity} for ${pool.value}`, [quantity, value]);
  }
  if (pool.method === COST_METHOD.fifo) consume(journal, facts, at, i, pool);
  else checkCost(journal, pool, seq, quantity, value, movements.kind[i] === KIND.reversal);
  pool.quantity -= quantity;
  pool.value -= value;
  pool.lastSeq = seq;
  if (pool.quantity === 0n && pool.method !== COST_METHOD.standard) {
    pool.emptiedAt = unitCostOf(value, quantity, pool.scale);
  }
}

function wrongCost(
  journal: DerivedJournal,
  pool: PoolState,
  seq: number,
  expected: string,
  [quantity, value]: readonly [bigint, bigint],
): void {
  if (pool.suspect) return;
  pool.suspect = true;
  const message = 'the cost of the issue does not follow from what the pool held';
  const found = `${quantity} for ${value}`;
  report(journal, 'cost', seq, expected, found, message, `pool ${pool.poolId}`);
}

/**
 * The last units take all that is left. Before that the moving average gives a share, except to a
 * reversal, which takes out what the original brought in; a standard cost leaves what remains worth
 * the standard, where an entry told what that was.
 */
function checkCost(
  journal: DerivedJournal,
  pool: PoolState,
  seq: number,
  quantity: bigint,
  value: bigint,
  reversal: boolean,
): void {
  if (pool.quantity <= 0n) return;
  const expected = quantity === pool.quantity ? pool.value : costOfSome(pool, quantity, reversal);
  if (expected === undefined || value === expected) return;
  wrongCost(journal, pool, seq, `${quantity} for ${expected}`, [quantity, value]);
}

/** Undefined where no fact tells. */
function costOfSome(pool: PoolState, quantity: bigint, reversal: boolean): bigint | undefined {
  if (pool.method === COST_METHOD.standard) {
    if (pool.standard === null) return undefined;
    const left = extendedCost(pool.quantity - quantity, pool.scale, pool.standard);
    return left > pool.value ? 0n : pool.value - left;
  }
  return reversal ? undefined : divideRounded(pool.value * quantity, pool.quantity);
}

interface Taken {
  readonly quantity: bigint;
  readonly value: bigint;
}

/** FIFO: takes from the oldest layers (a reversal from its own first) and compares row by row. */
function consume(
  journal: DerivedJournal,
  facts: Facts,
  at: Cursor,
  i: number,
  pool: PoolState,
): void {
  const { movements } = facts;
  const seq = movements.seq[i]!;
  const found = rowsOf(facts, at, seq);
  const sum = { quantity: 0n, value: 0n };
  for (const { quantity, value } of found.values()) {
    sum.quantity += quantity;
    sum.value += value;
  }
  if (!pool.layers) {
    const fits = sum.quantity === movements.quantity[i] && sum.value === movements.value[i];
    if (!fits)
      wrongCost(journal, pool, seq, sumText(sum), [movements.quantity[i]!, movements.value[i]!]);
    return;
  }
  const expected = takeLayers(journal, pool, movements.quantity[i]!, movements.reversesSeq[i]!);
  let value = 0n;
  for (const [layerSeq, taken] of expected) {
    value += taken.value;
    compareRow(journal, pool, seq, layerSeq, taken, found.get(layerSeq));
    found.delete(layerSeq);
  }
  for (const [layerSeq, taken] of found) compareRow(journal, pool, seq, layerSeq, undefined, taken);
  if (value === movements.value[i]) return;
  wrongCost(journal, pool, seq, `${movements.quantity[i]} for ${value}`, [
    movements.quantity[i]!,
    movements.value[i]!,
  ]);
}

function sumText(taken: Taken): string {
  return `${taken.quantity} for ${taken.value}`;
}

/** The consumption rows of this movement, by layer. */
function rowsOf(facts: Facts, at: Cursor, seq: number): Map<number, Taken> {
  const { consumptions } = facts;
  const rows = new Map<number, Taken>();
  while (consumptions.seq[at.consumption] === seq) {
    const n = at.consumption;
    const taken = { quantity: consumptions.quantity[n]!, value: consumptions.value[n]! };
    rows.set(consumptions.layerSeq[n]!, taken);
    at.consumption += 1;
  }
  return rows;
}

function takeLayers(
  journal: DerivedJournal,
  pool: PoolState,
  quantity: bigint,
  preferred: number,
): Map<number, Taken> {
  const taken = new Map<number, Taken>();
  let left = quantity;
  const own = preferred > 0 ? pool.layers?.get(preferred) : undefined;
  for (const layer of [...(own ? [own] : []), ...(pool.layers?.values() ?? [])]) {
    if (left === 0n) break;
    if (layer.quantityLeft === 0n) continue;
    left -= takeFrom(journal, pool, layer, left, taken);
  }
  return taken;
}

function takeFrom(
  journal: DerivedJournal,
  pool: PoolState,
  layer: LayerState,
  atMost: bigint,
  taken: Map<number, Taken>,
): bigint {
  const all = atMost >= layer.quantityLeft;
  const quantity = all ? layer.quantityLeft : atMost;
  const value = all
    ? layer.valueLeft
    : divideRounded(layer.valueLeft * quantity, layer.quantityLeft);
  layer.quantityLeft -= quantity;
  layer.valueLeft -= value;
  taken.set(layer.layerSeq, { quantity, value });
  if (all) {
    pool.layers?.delete(layer.layerSeq);
    journal.closedLayers.push({ ...layer, poolId: pool.poolId });
  }
  return quantity;
}

function compareRow(
  journal: DerivedJournal,
  pool: PoolState,
  seq: number,
  layerSeq: number,
  expected: Taken | undefined,
  found: Taken | undefined,
): void {
  const same = expected?.quantity === found?.quantity && expected?.value === found?.value;
  if (same) return;
  const message = 'what the movement took out of the layer is recorded otherwise';
  const id = `pool ${pool.poolId} layer ${layerSeq}`;
  const [want, have] = [expected, found].map((taken) => (taken ? sumText(taken) : 'nothing'));
  report(journal, 'consumption', seq, want, have, message, id);
}
