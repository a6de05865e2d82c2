import type { Queryable } from '../../platform/database.ts';
import type { Command, Outcome, Refusal } from './commands.ts';
import type { Memory } from './memory.ts';
import { type DurableCommand, findByCommand } from './replay.queries.ts';

/** What a caller is told: the outcome, or an error where the outcome is not known. */
export type Settle = (outcome: Outcome | Error) => void;

/** One command on its way through a lane. */
export interface Item {
  readonly command: Command;
  readonly settle: Settle;
  /** Callers that sent the same command again meanwhile. */
  again: Settle[] | null;
  attempts: number;
  /** It may have been committed before: it is looked up before it is posted. */
  suspect: boolean;
  /** An attempt of ours may have been committed: its answer was lost. */
  lost: boolean;
  /** A batch with it failed in a way that retrying does not mend: post it by itself. */
  alone: boolean;
  settled: boolean;
}

/** Commands by id: open ones, and null for those that were committed not long ago. */
export type Known = Memory<Item | null>;

/** An item for a command nobody is waiting for yet. */
export function newItem(command: Command, settle: Settle, suspect: boolean): Item {
  const fresh = { attempts: 0, lost: false, alone: false, settled: false };
  return { command, settle, again: null, suspect, ...fresh };
}

/** Same id, same body: the first answer, when it is there. Other body: refused. */
export function joinItem(open: Item, command: Command, settle: Settle): void {
  const same = open.command.bodyHash === command.bodyHash && open.command.type === command.type;
  if (!same) {
    settle({ status: 'rejected', refusal: reused(command.id) });
    return;
  }
  open.again ??= [];
  open.again.push((outcome) => {
    const replay = !(outcome instanceof Error) && outcome.status === 'committed';
    settle(replay ? { ...outcome, replayed: true } : outcome);
  });
}

function reused(commandId: string): Refusal {
  return { code: 'command-id-reused', line: 0, extras: { commandId } };
}

/** Tells everyone who waits. Only acceptance binds the id: a refused command may come again. */
export function settleItem(known: Known, item: Item, outcome: Outcome | Error): void {
  item.settled = true;
  // What was committed is answered from the journal; keeping the outcomes would cost more than
  // all else that is done with them.
  if (!(outcome instanceof Error) && outcome.status === 'committed') {
    known.set(item.command.id, null);
  } else known.delete(item.command.id);
  item.settle(outcome);
  if (item.again) for (const settle of item.again) settle(outcome);
}

/** Answers those of the items that are already in the journal; returns the others. */
export async function answerDurable(
  tx: Queryable,
  journal: number,
  known: Known,
  items: readonly Item[],
  all: boolean,
): Promise<Item[]> {
  const asked = all ? items : items.filter((item) => item.suspect);
  if (asked.length === 0) return [...items];
  const ids = asked.map((item) => item.command.id);
  const durable = await findByCommand(tx, journal, ids);
  if (durable.size === 0) return [...items];
  return items.filter((item) => {
    const found = durable.get(item.command.id);
    if (!found) return true;
    settleItem(known, item, outcomeOf(item, found));
    return false;
  });
}

function outcomeOf(item: Item, found: DurableCommand): Outcome {
  if (found.bodyHash !== item.command.bodyHash) {
    return { status: 'rejected', refusal: reused(item.command.id) };
  }
  return { ...found.outcome, replayed: !item.lost };
}

/**
 * A command that was committed before is not refused: what it took is gone since, so deciding it
 * again would often say no. Answers the outcomes with the first answers in their places.
 */
export async function answerRefused(
  tx: Queryable,
  journal: number,
  items: readonly Item[],
  outcomes: readonly Outcome[],
): Promise<readonly Outcome[]> {
  const refused = items.filter((_, i) => outcomes[i]!.status === 'rejected');
  if (refused.length === 0) return outcomes;
  const ids = refused.map((item) => item.command.id);
  const durable = await findByCommand(tx, journal, ids);
  if (durable.size === 0) return outcomes;
  return outcomes.map((outcome, i) => {
    const found = outcome.status === 'rejected' ? durable.get(items[i]!.command.id) : undefined;
    return found ? outcomeOf(items[i]!, found) : outcome;
  });
}
