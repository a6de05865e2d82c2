import {
  type ExceptionAnswer,
  type MovementAnswer,
  readExceptions,
  readMovements,
} from '../../ledger/index.ts';
import { SYSTEM } from '../../platform/auth/index.ts';
import type { Context } from '../../platform/context.ts';
import type { FeedSink } from './sink.ts';

const PAGE = 1_000;
const PAST_MAX = 100;
/**
 * A journal that commits slowly may record something a little before what another one has shown
 * already, so each question reaches back this far; what was told before is known by its id.
 */
const REACH_BACK_MS = 2_000;

/** Newest first, as the read side answers, to oldest first, as a feed tells. */
function oldestFirst<Row>(rows: readonly Row[]): Row[] {
  return [...rows].reverse();
}

interface Memory {
  /** Where the next question begins; undefined while the ledger is empty. */
  from: number | undefined;
  /** Movements from there on that were told, and when they were recorded. */
  told: Map<string, number>;
  toldExceptions: Set<string>;
}

/** Everything recorded at or after `from`, newest first. */
async function movementsSince(
  context: Context,
  from: number | undefined,
): Promise<MovementAnswer[]> {
  const recordedFrom = from === undefined ? undefined : new Date(from).toISOString();
  const found: MovementAnswer[] = [];
  let cursor: string | undefined;
  do {
    const page = await readMovements(context, SYSTEM, { recordedFrom, cursor, limit: PAGE });
    found.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

function remember(memory: Memory, movements: readonly MovementAnswer[]): void {
  for (const { id, recordedAt } of movements) {
    const at = Date.parse(recordedAt);
    memory.told.set(id, at);
    memory.from = Math.max(memory.from ?? 0, at - REACH_BACK_MS);
  }
  if (memory.from === undefined) return;
  for (const [id, at] of memory.told) if (at < memory.from) memory.told.delete(id);
}

function newExceptions(memory: Memory, page: readonly ExceptionAnswer[]): ExceptionAnswer[] {
  const keyOf = ({ id, kind }: ExceptionAnswer) => `${id} ${kind}`;
  const fresh = page.filter((one) => !memory.toldExceptions.has(keyOf(one)));
  memory.toldExceptions = new Set(page.map(keyOf));
  return oldestFirst(fresh);
}

async function begin(context: Context, sink: FeedSink): Promise<Memory> {
  const memory: Memory = { from: undefined, told: new Map(), toldExceptions: new Set() };
  const { items } = await readMovements(context, SYSTEM, { limit: PAST_MAX });
  sink.onPast(oldestFirst(items));
  remember(memory, items);
  // The page may have ended within the reach.
  if (memory.from !== undefined) remember(memory, await movementsSince(context, memory.from));
  const exceptions = await readExceptions(context, SYSTEM, { limit: PAGE });
  sink.onExceptions(newExceptions(memory, exceptions.items));
  return memory;
}

async function ask(context: Context, memory: Memory, sink: FeedSink): Promise<void> {
  const found = await movementsSince(context, memory.from);
  const fresh = oldestFirst(found).filter(({ id }) => !memory.told.has(id));
  remember(memory, fresh);
  if (fresh.length > 0) sink.onMovements(fresh);
  const exceptions = await readExceptions(context, SYSTEM, { limit: PAGE });
  const raised = newExceptions(memory, exceptions.items);
  if (raised.length > 0) sink.onExceptions(raised);
}

/** Reads what is new from the database; each question tells the sink what it found. */
export interface Tail {
  ask(): Promise<void>;
}

/** Tells the sink what was posted last, and begins after it. */
export async function openTail(context: Context, sink: FeedSink): Promise<Tail> {
  const memory = await begin(context, sink);
  return { ask: () => ask(context, memory, sink) };
}
