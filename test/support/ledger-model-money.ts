import { COST_METHOD } from '../../src/ledger/posting/commands.ts';
import type { Book, ModelLayer, ModelMovement } from './ledger-model-state.ts';
import { poolQuantity } from './ledger-model-state.ts';
import { PLACE, type WorldPool } from './ledger-model-world.ts';

/**
 * Money in the model. Every function here is asked before the units of the movement are moved, so
 * a pool still holds what it held.
 */

/** `part` of `whole` of an amount, to the nearest minor unit, halves to the even one. */
export function share(amount: bigint, part: bigint, whole: bigint): bigint {
  const product = amount * part;
  const below = product / whole - (product % whole < 0n ? 1n : 0n);
  const twice = (product - below * whole) * 2n;
  if (twice === whole) return below % 2n === 0n ? below : below + 1n;
  return twice < whole ? below : below + 1n;
}

const UNIT_COST_DIGITS = 4;

function unitsPerCost(pool: WorldPool): bigint {
  return 10n ** BigInt(UNIT_COST_DIGITS + pool.quantityScale);
}

/** What a quantity is worth at the pool's standard (or last) unit cost. */
export function atUnitCost(book: Book, pool: WorldPool, quantity: bigint): bigint {
  return share(book.unitCost.get(pool.poolId) ?? 0n, quantity, unitsPerCost(pool));
}

function poolOf(book: Book, poolId: number): WorldPool {
  const pool = book.world.pools.get(poolId);
  if (!pool) throw new Error(`there is no pool ${poolId}`);
  return pool;
}

function worthOf(book: Book, poolId: number): bigint {
  return book.poolValue.get(poolId) ?? 0n;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Takes units out of a pool and answers what they cost; the last unit takes all that is left. */
export function takeOut(
  book: Book,
  poolId: number,
  quantity: bigint,
  seq: number,
  original: ModelMovement | null,
): bigint {
  const pool = poolOf(book, poolId);
  const held = poolQuantity(book.world, book, poolId);
  const worth = worthOf(book, poolId);
  let cost: bigint;
  if (pool.method === COST_METHOD.fifo) {
    cost = takeLayers(book, pool, quantity, seq, original?.seq ?? 0);
  } else if (quantity === held) cost = worth;
  else if (pool.method === COST_METHOD.standard) {
    cost = atUnitCost(book, pool, held) - atUnitCost(book, pool, held - quantity);
  } else if (original) cost = least(original.value, worth);
  else cost = share(worth, quantity, held);
  book.poolValue.set(poolId, worth - cost);
  if (quantity === held && pool.method !== COST_METHOD.standard) {
    book.unitCost.set(poolId, share(unitsPerCost(pool), cost, quantity));
  }
  return cost;
}

/** Oldest first, but a reversal takes back the layer that the reversed receipt made. */
function takeLayers(
  book: Book,
  pool: WorldPool,
  quantity: bigint,
  seq: number,
  firstLayer: number,
): bigint {
  const open = book.layers.get(pool.poolId) ?? [];
  const order = [
    ...open.filter((layer) => layer.seq === firstLayer),
    ...open.filter((layer) => layer.seq !== firstLayer),
  ];
  const left = new Map(open.map((layer) => [layer.seq, layer]));
  let wanted = quantity;
  let cost = 0n;
  for (const layer of order) {
    if (wanted === 0n) break;
    const taken = least(wanted, layer.quantity);
    const value = share(layer.value, taken, layer.quantity);
    wanted -= taken;
    cost += value;
    book.takers.set(layer.seq, [...(book.takers.get(layer.seq) ?? []), { seq, quantity: taken }]);
    const rest = { ...layer, quantity: layer.quantity - taken, value: layer.value - value };
    if (rest.quantity > 0n) left.set(layer.seq, rest);
    else left.delete(layer.seq);
  }
  if (wanted > 0n) throw new Error('the model has fewer units in layers than in the pool');
  book.layers.set(pool.poolId, [...left.values()]);
  return cost;
}

/** What units are worth that come in without anybody naming a price. */
export function ownCost(book: Book, poolId: number, quantity: bigint): bigint {
  const pool = poolOf(book, poolId);
  const held = poolQuantity(book.world, book, poolId);
  if (pool.method === COST_METHOD.standard || held === 0n) return atUnitCost(book, pool, quantity);
  if (pool.method === COST_METHOD.fifo) {
    const newest = book.layers.get(poolId)!.at(-1)!;
    return share(newest.value, quantity, newest.quantity);
  }
  return share(worthOf(book, poolId), quantity, held);
}

/** Whether {@link ownCost} is nothing for any number of units. */
export function hasNoCost(book: Book, poolId: number): boolean {
  const pool = poolOf(book, poolId);
  if (pool.method === COST_METHOD.standard || poolQuantity(book.world, book, poolId) === 0n) {
    return book.unitCost.get(poolId) === 0n;
  }
  if (pool.method === COST_METHOD.fifo) return book.layers.get(poolId)!.at(-1)!.value === 0n;
  return worthOf(book, poolId) === 0n;
}

/** Takes units into a pool; under FIFO they are the newest layer. */
export function putIn(
  book: Book,
  poolId: number,
  quantity: bigint,
  value: bigint,
  seq: number,
): void {
  book.poolValue.set(poolId, worthOf(book, poolId) + value);
  if (poolOf(book, poolId).method !== COST_METHOD.fifo) return;
  book.layers.set(poolId, [...(book.layers.get(poolId) ?? []), { seq, quantity, value }]);
}

/** One end of money that moves without units. */
export interface Purse {
  readonly poolId?: number;
  readonly layerSeq?: number;
  readonly locationId?: number;
}

/** Moves money alone; a negative amount goes the other way, nothing at all is no fact. */
export function pay(book: Book, from: Purse, to: Purse, amount: bigint, causeSeq: number): void {
  if (amount === 0n) return;
  if (amount < 0n) {
    pay(book, to, from, -amount, causeSeq);
    return;
  }
  book.seq += 1;
  change(book, from, -amount);
  change(book, to, amount);
  const before = book.facts.filter((fact) => fact.type === 'value');
  book.facts.push({
    type: 'value',
    seq: book.seq,
    line: before.length + 1,
    amount,
    fromPool: from.poolId ?? 0,
    fromLocation: from.locationId ?? 0,
    toPool: to.poolId ?? 0,
    toLocation: to.locationId ?? 0,
    layerSeq: to.layerSeq ?? from.layerSeq ?? 0,
    causeSeq,
  });
}

function change(book: Book, purse: Purse, amount: bigint): void {
  const { poolId, layerSeq, locationId } = purse;
  if (locationId !== undefined) credit(book, locationId, amount);
  if (poolId === undefined) return;
  book.poolValue.set(poolId, worthOf(book, poolId) + amount);
  if (layerSeq === undefined) return;
  const layers = (book.layers.get(poolId) ?? []).map(
    (layer): ModelLayer =>
      layer.seq === layerSeq ? { ...layer, value: layer.value + amount } : layer,
  );
  book.layers.set(poolId, layers);
}

/** Money that units took to a location outside, or brought from it (negative). */
export function credit(book: Book, locationId: number, amount: bigint): void {
  book.accounts.set(locationId, (book.accounts.get(locationId) ?? 0n) + amount);
}

/** A standard cost pool is worth its standard: the rest is a price variance. */
export function keepStandard(book: Book, poolId: number, account: number, causeSeq: number): void {
  const pool = poolOf(book, poolId);
  if (pool.method !== COST_METHOD.standard) return;
  const standard = atUnitCost(book, pool, poolQuantity(book.world, book, poolId));
  const variance = worthOf(book, poolId) - standard;
  pay(book, { poolId }, { locationId: account }, variance, causeSeq);
}

/**
 * A late fact: `amount` follows the units that `movement` brought into a pool. What is still there
 * changes the pool; under FIFO the rest follows the movements that took units of that layer; what
 * nobody can place is a revaluation.
 */
export function revalue(
  book: Book,
  source: Purse,
  movement: ModelMovement,
  amount: bigint,
  causeSeq: number,
): void {
  const poolId = book.world.positions.get(movement.to)!.poolId;
  const pool = poolOf(book, poolId);
  const paid = (to: Purse, part: bigint): void => pay(book, source, to, part, causeSeq);
  if (pool.method === COST_METHOD.standard) {
    paid({ locationId: PLACE.priceVariance }, amount);
    return;
  }
  if (pool.method === COST_METHOD.moving_average) {
    const still = least(poolQuantity(book.world, book, poolId), movement.quantity);
    const kept = floorAtZero(worthOf(book, poolId), share(amount, still, movement.quantity));
    paid({ poolId }, kept);
    paid({ locationId: PLACE.revalue }, amount - kept);
    return;
  }
  const layer = (book.layers.get(poolId) ?? []).find(({ seq }) => seq === movement.seq);
  let left = amount;
  if (layer) {
    const kept = floorAtZero(layer.value, share(amount, layer.quantity, movement.quantity));
    paid({ poolId, layerSeq: layer.seq }, kept);
    left -= kept;
  }
  const takers = book.takers.get(movement.seq) ?? [];
  let units = takers.reduce((sum, taker) => sum + taker.quantity, 0n);
  for (const taker of takers) {
    const part = share(left, taker.quantity, units);
    units -= taker.quantity;
    left -= part;
    const onward = book.movements.get(taker.seq)!;
    const { poolId: next, locationId } = book.world.positions.get(onward.to)!;
    if (part === 0n) continue;
    if (next > 0) revalue(book, source, onward, part, causeSeq);
    else paid({ locationId }, part);
  }
  paid({ locationId: PLACE.revalue }, left);
}

/** As much of a negative amount as the value bears. */
function floorAtZero(value: bigint, amount: bigint): bigint {
  return value + amount < 0n ? -value : amount;
}
