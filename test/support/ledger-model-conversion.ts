import type { Command, MoveLine, PostCommand } from '../../src/ledger/posting/commands.ts';
import { KIND } from '../../src/ledger/posting/commands.ts';
import { ownCost, share } from './ledger-model-money.ts';
import type { Book } from './ledger-model-state.ts';
import type { World } from './ledger-model-world.ts';

/** Conversions in the model: what a command makes is worth what it uses up. */

const positionsOf = (world: World, line: MoveLine) => ({
  from: world.positions.get(line.from)!,
  to: world.positions.get(line.to)!,
});

function usesUp(world: World, line: MoveLine): boolean {
  return line.kind === KIND.conversion && positionsOf(world, line).from.poolId > 0;
}

function makes(world: World, line: MoveLine): boolean {
  return line.kind === KIND.conversion && positionsOf(world, line).to.poolId > 0;
}

/** Whether a line has no price of its own but something to be made of. */
function takesOver(world: World, command: PostCommand, index: number): boolean {
  const line = command.lines[index]!;
  if (!makes(world, line) || line.value !== null) return false;
  return command.carried !== undefined || command.lines.some((other) => usesUp(world, other));
}

/** Line by line, but a conversion uses everything up before it makes anything of it. */
export function orderOf(world: World, command: Command, count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  if (command.type !== 'post') return order;
  const first = order.find((index) => takesOver(world, command, index));
  if (first === undefined) return order;
  const rest = order.slice(first);
  const used = rest.filter((index) => usesUp(world, command.lines[index]!));
  return [...order.slice(0, first), ...used, ...rest.filter((index) => !used.includes(index))];
}

/**
 * The line with its price. All that is made is priced when the first of it is: what was used up so
 * far is what the account lacks, and the pools still say what the units would be worth by
 * themselves.
 */
export function priceMade(book: Book, command: PostCommand, index: number): MoveLine {
  const { world } = book;
  const line = command.lines[index]!;
  if (!takesOver(world, command, index)) return line;
  const made = command.lines.map((_, i) => i).filter((i) => takesOver(world, command, i));
  book.priced ??= pricesOf(book, command, made);
  return { ...line, value: book.priced.get(index)! };
}

function pricesOf(book: Book, command: PostCommand, made: readonly number[]): Map<number, bigint> {
  const { world } = book;
  let total = command.carried ?? 0n;
  for (const fact of book.facts) {
    if (fact.type !== 'movement' || fact.kind !== KIND.conversion) continue;
    if (world.positions.get(fact.from)!.poolId > 0) total += fact.value;
  }
  for (const line of command.lines) if (makes(world, line)) total -= line.value ?? 0n;
  const itself = (index: number): bigint => {
    const line = command.lines[index]!;
    return ownCost(book, positionsOf(world, line).to.poolId, line.quantity);
  };
  const scaled = (index: number): bigint => {
    const line = command.lines[index]!;
    const pool = world.pools.get(positionsOf(world, line).to.poolId)!;
    return line.quantity * 10n ** BigInt(6 - pool.quantityScale);
  };
  const costs = made.map(itself);
  const weights = costs.some((cost) => cost > 0n) ? costs : made.map(scaled);
  const sum = (list: readonly bigint[]) => list.reduce((one, other) => one + other, 0n);
  const upTo = (n: number): bigint =>
    total > 0n ? share(total, sum(weights.slice(0, n)), sum(weights)) : 0n;
  return new Map(made.map((index, n) => [index, upTo(n + 1) - upTo(n)]));
}
