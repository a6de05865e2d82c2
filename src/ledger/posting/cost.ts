import { extendedCost, UNIT_COST_EXTRA_DIGITS } from '../../platform/money.ts';
import { divideRounded } from '../../platform/quantity.ts';
import { COST_METHOD } from './commands.ts';
import type { Draft } from './draft.ts';
import { touch } from './draft.ts';
import type { LayerRow, PoolRow } from './state.ts';

/**
 * Cost pools. The cost of an issue is fixed when it is posted; whatever rounding left behind goes
 * with the last unit, so that an empty pool is worth exactly zero.
 */

const UNIT_COST_FACTOR = 10n ** BigInt(UNIT_COST_EXTRA_DIGITS);

/** Unit cost (minor units x 10^4 per whole base unit) of `quantity` worth `value`. */
export function unitCostOf(value: bigint, quantity: bigint, quantityScale: number): bigint {
  if (quantity === 0n) return 0n;
  return divideRounded(value * UNIT_COST_FACTOR * 10n ** BigInt(quantityScale), quantity);
}

/** What `quantity` is worth at the pool's standard cost. */
function standardValue(pool: PoolRow, quantity: bigint): bigint {
  return extendedCost(quantity, pool.quantityScale, pool.unitCost);
}

/** What units that come without a price are taken in at: the pool's own cost, or the last seen. */
export function defaultInboundValue(pool: PoolRow, quantity: bigint): bigint {
  if (pool.method === COST_METHOD.standard || pool.quantity === 0n) {
    return standardValue(pool, quantity);
  }
  if (pool.method === COST_METHOD.fifo) {
    const newest = pool.layers[pool.layers.length - 1];
    if (newest) return divideRounded(newest.valueLeft * quantity, newest.quantityLeft);
  }
  return divideRounded(pool.value * quantity, pool.quantity);
}

/** Whether units without a price are taken in at nothing, since no cost was ever seen. */
export function knowsNoCost(pool: PoolRow): boolean {
  if (pool.method === COST_METHOD.standard || pool.quantity === 0n) return pool.unitCost === 0n;
  const newest = pool.layers[pool.layers.length - 1];
  return (pool.method === COST_METHOD.fifo && newest ? newest.valueLeft : pool.value) === 0n;
}

/** Takes `quantity` worth `value` into the pool; FIFO opens a layer at `seq`. */
export function receiveIntoPool(
  draft: Draft,
  pool: PoolRow,
  quantity: bigint,
  value: bigint,
  seq: number,
): void {
  touch(draft, draft.pools, pool);
  pool.quantity += quantity;
  pool.value += value;
  pool.lastSeq = seq;
  if (pool.method !== COST_METHOD.fifo) return;
  const layer: LayerRow = {
    poolId: pool.poolId,
    layerSeq: seq,
    quantityReceived: quantity,
    valueReceived: value,
    quantityLeft: quantity,
    valueLeft: value,
    lastSeq: seq,
    // Base 0: the row does not exist in the database yet.
    baseSeq: 0,
    touchedIn: draft.number,
  };
  draft.layers.push(layer);
  pool.layers.push(layer);
  draft.undo?.push(() => {
    draft.layers.pop();
    pool.layers.pop();
  });
}

/**
 * Takes `quantity` out of the pool and answers what it cost.
 * @param wanted what a reversal would like to take out; the pool's own cost where null. The answer
 * is as near to it as the pool allows: never more than it is worth, all of it with the last unit.
 * @param preferredLayer FIFO: the layer to take from first (reversal of a receipt), or 0.
 */
export function issueFromPool(
  draft: Draft,
  pool: PoolRow,
  quantity: bigint,
  seq: number,
  wanted: bigint | null = null,
  preferredLayer = 0,
): bigint {
  if (quantity > pool.quantity) {
    throw new Error(`pool ${pool.poolId} holds ${pool.quantity}, asked for ${quantity}`);
  }
  touch(draft, draft.pools, pool);
  const cost = costOfIssue(draft, pool, quantity, seq, wanted, preferredLayer);
  pool.quantity -= quantity;
  pool.value -= cost;
  pool.lastSeq = seq;
  if (pool.quantity === 0n && pool.method !== COST_METHOD.standard) {
    pool.unitCost = unitCostOf(cost, quantity, pool.quantityScale);
  }
  return cost;
}

function costOfIssue(
  draft: Draft,
  pool: PoolRow,
  quantity: bigint,
  seq: number,
  wanted: bigint | null,
  preferredLayer: number,
): bigint {
  if (pool.method === COST_METHOD.fifo) {
    return consumeLayers(draft, pool, quantity, seq, preferredLayer);
  }
  if (quantity === pool.quantity) return pool.value;
  if (pool.method === COST_METHOD.standard) {
    const left = standardValue(pool, pool.quantity - quantity);
    return left > pool.value ? 0n : pool.value - left;
  }
  if (wanted !== null) return wanted < pool.value ? wanted : pool.value;
  return divideRounded(pool.value * quantity, pool.quantity);
}

function consumeLayers(
  draft: Draft,
  pool: PoolRow,
  quantity: bigint,
  seq: number,
  preferredLayer: number,
): bigint {
  let left = quantity;
  let cost = 0n;
  if (preferredLayer > 0) {
    const layer = pool.layers.find((candidate) => candidate.layerSeq === preferredLayer);
    if (layer) {
      const taken = consumeLayer(draft, pool, layer, left, seq);
      left -= taken.quantity;
      cost += taken.value;
    }
  }
  while (left > 0n) {
    const layer = pool.layers[0];
    if (!layer) throw new Error(`pool ${pool.poolId} has fewer units in layers than it holds`);
    const taken = consumeLayer(draft, pool, layer, left, seq);
    left -= taken.quantity;
    cost += taken.value;
  }
  return cost;
}

function consumeLayer(
  draft: Draft,
  pool: PoolRow,
  layer: LayerRow,
  atMost: bigint,
  seq: number,
): { quantity: bigint; value: bigint } {
  touch(draft, draft.layers, layer);
  const all = atMost >= layer.quantityLeft;
  const quantity = all ? layer.quantityLeft : atMost;
  const value = all
    ? layer.valueLeft
    : divideRounded(layer.valueLeft * quantity, layer.quantityLeft);
  layer.quantityLeft -= quantity;
  layer.valueLeft -= value;
  layer.lastSeq = seq;
  if (all) {
    const at = pool.layers.indexOf(layer);
    pool.layers.splice(at, 1);
    draft.undo?.push(() => pool.layers.splice(at, 0, layer));
  }
  draft.consumptions.push({
    poolId: pool.poolId,
    layerSeq: layer.layerSeq,
    seq,
    quantity,
    value,
    ownerId: pool.ownerId,
  });
  return { quantity, value };
}

/** What a standard-cost pool holds beyond its standard (negative: short of it). */
export function standardVariance(pool: PoolRow): bigint {
  return pool.value - standardValue(pool, pool.quantity);
}
