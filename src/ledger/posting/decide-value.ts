import { divideRounded } from '../../platform/quantity.ts';
import type { LineResult, Refusal, RevalueCommand, StandardCostCommand } from './commands.ts';
import { COST_METHOD, ENTRY } from './commands.ts';
import { standardVariance } from './cost.ts';
import type { Draft } from './draft.ts';
import { nextSeq, refuse, touch } from './draft.ts';
import type { PoolRow, PostedMovement } from './state.ts';
import type { ValueDetails, ValueSide } from './value.ts';
import { moveValue } from './value.ts';

/**
 * A late fact about what a movement cost: the difference follows the units now. What is still in
 * the pool raises (or lowers) the pool; what has left goes where it went. FIFO knows which units
 * left; the moving average takes the newest to be the ones still there, and a standard cost pool
 * keeps its standard and shows a price variance.
 */
export function decideRevaluation(draft: Draft, command: RevalueCommand): LineResult[] | Refusal {
  const { state } = draft;
  const movement = state.posted.get(command.causeSeq);
  if (!movement) return refuse('movement-not-found', 0, { seq: command.causeSeq });
  const from = state.positions.get(movement.from);
  const to = state.positions.get(movement.to);
  const pool = to && to.poolId > 0 ? state.pools.get(to.poolId) : undefined;
  if (!from || !to || !pool || from.poolId > 0) {
    return refuse('not-reversible', 0, { seq: command.causeSeq });
  }
  const details: ValueDetails = {
    draft,
    command,
    line: 1,
    item: to,
    causeSeq: movement.seq,
    occurredAt: command.occurredAt,
    reasonId: command.reasonId,
    documentId: command.documentId,
  };
  const before = draft.valueEntries.length;
  const source: ValueSide = { locationId: from.locationId };
  spread(details, source, pool, movement, command.amount);
  return valueLines(draft, before);
}

/** Sends `amount` after the units that `movement` brought into `pool`. */
function spread(
  details: ValueDetails,
  source: ValueSide,
  pool: PoolRow,
  movement: PostedMovement,
  amount: bigint,
): void {
  if (amount === 0n) return;
  const { state } = details.draft;
  if (pool.method === COST_METHOD.standard) {
    moveValue(details, source, { locationId: state.variancePriceLocationId }, amount);
    return;
  }
  if (pool.method === COST_METHOD.fifo) {
    spreadFifo(details, source, pool, movement, amount);
    return;
  }
  const still = pool.quantity < movement.quantity ? pool.quantity : movement.quantity;
  const kept = into(pool.value, divideRounded(amount * still, movement.quantity));
  moveValue(details, source, { pool }, kept);
  moveValue(details, source, { locationId: state.revalueLocationId }, amount - kept);
}

function spreadFifo(
  details: ValueDetails,
  source: ValueSide,
  pool: PoolRow,
  movement: PostedMovement,
  amount: bigint,
): void {
  const { state } = details.draft;
  const layer = pool.layers.find((candidate) => candidate.layerSeq === movement.seq);
  let left = amount;
  if (layer) {
    const share = divideRounded(amount * layer.quantityLeft, movement.quantity);
    const kept = into(layer.valueLeft, share);
    moveValue(details, source, { pool, layer }, kept);
    left -= kept;
  }
  const consumptions = state.consumptions.get(`${pool.poolId}:${movement.seq}`) ?? [];
  let units = consumptions.reduce((sum, consumption) => sum + consumption.quantity, 0n);
  for (const consumption of consumptions) {
    const share = divideRounded(left * consumption.quantity, units);
    units -= consumption.quantity;
    left -= share;
    follow(details, source, consumption.seq, share);
  }
  moveValue(details, source, { locationId: state.revalueLocationId }, left);
}

/** The units went on with movement `seq`: out of our books, or into another pool. */
function follow(details: ValueDetails, source: ValueSide, seq: number, amount: bigint): void {
  const { state } = details.draft;
  const onward = state.posted.get(seq);
  const to = onward ? state.positions.get(onward.to) : undefined;
  if (!onward || !to) throw new Error(`movement ${seq} was not loaded before deciding`);
  const pool = to.poolId > 0 ? state.pools.get(to.poolId) : undefined;
  if (!pool) {
    moveValue(details, source, { locationId: to.locationId }, amount);
    return;
  }
  spread(details, source, pool, onward, amount);
}

/** As much of a (possibly negative) amount as leaves the value at zero or more. */
function into(value: bigint, amount: bigint): bigint {
  return value + amount < 0n ? -value : amount;
}

/**
 * Sets a new standard cost; what the pools hold is revalued against the revaluation account. It is
 * a fact of its own, so that it moves the head also where nothing is in stock: every process that
 * still has the old cost in memory finds itself out of date.
 */
export function decideStandardCost(
  draft: Draft,
  command: StandardCostCommand,
): LineResult[] | Refusal {
  const { state } = draft;
  const pools = command.pools.map((poolId) => state.pools.get(poolId));
  const first = pools[0];
  if (!first) return [];
  const before = draft.valueEntries.length;
  const seq = recordStandardCost(draft, command, first);
  for (const [i, pool] of pools.entries()) {
    if (!pool || pool.method !== COST_METHOD.standard) {
      return refuse('not-reversible', 0, { pool: command.pools[i] ?? 0 });
    }
    touch(draft, draft.pools, pool);
    pool.unitCost = command.unitCost;
    const details: ValueDetails = {
      draft,
      command,
      line: 1,
      item: pool,
      causeSeq: 0,
      occurredAt: command.occurredAt,
      reasonId: STANDARD_COST_REASON,
      documentId: 0,
    };
    moveValue(details, { pool }, { locationId: state.revalueLocationId }, standardVariance(pool));
  }
  const lines = valueLines(draft, before);
  return lines.length > 0 ? lines : [{ line: 1, seq, quantity: 0n, value: 0n }];
}

const STANDARD_COST_REASON = 20;

function recordStandardCost(draft: Draft, command: StandardCostCommand, pool: PoolRow): number {
  const seq = nextSeq(draft);
  draft.entries.push({
    seq,
    kind: ENTRY.standardCost,
    quantity: 0n,
    after: command.unitCost,
    bodyHash: command.bodyHash,
    commandId: command.id,
    line: 1,
    itemId: pool.itemId,
    ownerId: pool.ownerId,
    actorId: command.actorId,
    availabilityId: 0,
    positionId: 0,
    reservationSeq: 0,
    allocationSeq: 0,
    documentId: 0,
    reasonId: STANDARD_COST_REASON,
    expiresAt: null,
    occurredAt: command.occurredAt,
  });
  return seq;
}

/** Money that moved without units, as lines of the answer. */
function valueLines(draft: Draft, before: number): LineResult[] {
  return draft.valueEntries.slice(before).map((entry) => ({
    line: entry.line,
    seq: entry.seq,
    quantity: 0n,
    value: entry.amount,
  }));
}
