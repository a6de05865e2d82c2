import { divideRounded } from '../../platform/quantity.ts';
import type { LineResult, PostCommand } from './commands.ts';
import { KIND } from './commands.ts';
import { defaultInboundValue } from './cost.ts';
import type { JournalState, PositionRow } from './state.ts';

/**
 * Kitting: what is made in a conversion is worth what was used up for it by the same command, so
 * that nothing is left over in the conversion account.
 */

/** In which order to decide the lines of a command, and which of them take the value used up. */
export interface ConversionPlan {
  /** Line indexes: what is used up comes before the first thing that is made of it. */
  readonly order: readonly number[];
  /** Lines that make something nobody named a price of, by the account that they draw on. */
  readonly made: ReadonlyMap<number, readonly number[]>;
  readonly carried: bigint;
}

/** Null where no line takes its value from others: then each is worth what the pool says. */
export function planConversion(state: JournalState, command: PostCommand): ConversionPlan | null {
  const { lines, carried } = command;
  if (lines.length === 1 && carried === undefined) return null;
  if (!lines.some((line) => line.kind === KIND.conversion)) return null;
  const used = new Set<number>();
  const accounts = new Set<number>();
  const made = new Map<number, number[]>();
  for (const [i, line] of lines.entries()) {
    if (line.kind !== KIND.conversion) continue;
    const [from, to] = [side(state, line.from), side(state, line.to)];
    if (from.poolId > 0) {
      used.add(i);
      accounts.add(to.locationId);
    } else if (to.poolId > 0 && line.value === null) {
      made.set(from.locationId, [...(made.get(from.locationId) ?? []), i]);
    }
  }
  // Without anything used up there is nothing to take over.
  if (carried === undefined) {
    for (const account of made.keys()) if (!accounts.has(account)) made.delete(account);
  }
  if (made.size === 0) return null;
  const first = Math.min(...[...made.values()].flat());
  const all = lines.map((_, i) => i);
  const order = [
    ...all.filter((i) => i < first),
    ...all.filter((i) => i > first && used.has(i)),
    ...all.filter((i) => i >= first && !used.has(i)),
  ];
  return { order, made, carried: carried ?? 0n };
}

function side(state: JournalState, positionId: number): PositionRow {
  const found = state.positions.get(positionId);
  if (!found) throw new Error(`position ${positionId} was not loaded before deciding`);
  return found;
}

/**
 * The values of the lines that a conversion makes, minor units by line index: what was used up
 * less what was priced, shared by what the units would be taken in at otherwise, or by quantity
 * where that is nothing. Parts are rounded so that they add up exactly.
 * @param results what the lines used up were decided to be, by line index.
 */
export function valuesOfMade(
  state: JournalState,
  command: PostCommand,
  plan: ConversionPlan,
  results: ReadonlyMap<number, LineResult>,
): Map<number, bigint> {
  const values = new Map<number, bigint>();
  for (const [account, made] of plan.made) {
    const total = usedUp(state, command, account, results) + plan.carried;
    const weights = weightsOf(state, command, made);
    const whole = weights.reduce((sum, weight) => sum + weight, 0n);
    let [weighed, given] = [0n, 0n];
    for (const [n, index] of made.entries()) {
      weighed += weights[n] ?? 0n;
      const upTo = total > 0n ? divideRounded(total * weighed, whole) : 0n;
      values.set(index, upTo - given);
      given = upTo;
    }
  }
  return values;
}

function usedUp(
  state: JournalState,
  command: PostCommand,
  account: number,
  results: ReadonlyMap<number, LineResult>,
): bigint {
  let total = 0n;
  for (const [i, line] of command.lines.entries()) {
    if (line.kind !== KIND.conversion) continue;
    const [from, to] = [side(state, line.from), side(state, line.to)];
    if (from.poolId > 0 && to.locationId === account) total += results.get(i)?.value ?? 0n;
    if (to.poolId > 0 && from.locationId === account) total -= line.value ?? 0n;
  }
  return total;
}

/** Scales of quantities are at most this, so that units of different items can be compared. */
const SCALE_MAX = 6;

function weightsOf(
  state: JournalState,
  command: PostCommand,
  made: readonly number[],
): readonly bigint[] {
  const lines = made.map((index) => {
    const line = command.lines[index]!;
    const pool = state.pools.get(side(state, line.to).poolId);
    if (!pool) throw new Error(`the pool of position ${line.to} was not loaded before deciding`);
    return { pool, quantity: line.quantity };
  });
  const costs = lines.map(({ pool, quantity }) => defaultInboundValue(pool, quantity));
  if (costs.some((cost) => cost > 0n)) return costs;
  return lines.map(
    ({ pool, quantity }) => quantity * 10n ** BigInt(SCALE_MAX - pool.quantityScale),
  );
}
