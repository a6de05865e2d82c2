import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Tx } from '../../platform/database.ts';
import { addDeltas } from './apply.queries.ts';
import { readAvailabilityChanges, readIssues, readReturns } from './facts.queries.ts';
import { ensureLinkedSeries } from './links.ts';
import { readExcludedOrders, readMarkedOrders, takeOffIssues } from './marks.queries.ts';
import { idBefore, type OrderRules, readTrail, takeInOrders } from './orders.queries.ts';
import { readPolicy } from './policy.queries.ts';
import { needsRebuild } from './policy.ts';
import { distrustHistory, emptyHistory, forgetCheckpoints } from './rebuild.queries.ts';
import {
  type DemandRun,
  endRun,
  failSilentRuns,
  findRun,
  insertRun,
  lockSeq,
  moveSeq,
  moveTrailEnd,
  nextQueued,
  noteProgress,
  type Progress,
  type RunKind,
  readHeads,
  readTrailEnd,
  requeueRun,
  startRun,
} from './runs.queries.ts';

type Parts = Pick<Context, 'database' | 'clock' | 'config'>;

/** How a run works and whom it tells. */
export interface RollUpOptions {
  /** Share of the time that it works, so that others are not in its way; 1 by default. */
  readonly duty?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Seqs of one journal a transaction. */
const SEQS_MAX = 20_000;
/** Entries of sales orders' trails a transaction. */
const TRAIL_MAX = 2_000;
/**
 * The trail is read again this far back: an entry is seen only when its transaction commits, which
 * takes less, and clocks of several processes differ by less. Seen twice, it changes nothing.
 */
const OVERLAP_MS = 900_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const PAUSE_MS_MAX = 5_000;
const ERROR_CHARACTERS_MAX = 1_000;

/** A run at work. */
interface Work {
  readonly parts: Parts;
  readonly runId: number;
  readonly options: RollUpOptions;
  readonly total: number;
  done: number;
}

class GivenUpError extends Error {}

/** One transaction of a run, with its progress; then a rest, as the duty asks for. */
async function step(work: Work, act: (tx: Tx) => Promise<Progress>): Promise<void> {
  const { parts, options, runId } = work;
  options.signal?.throwIfAborted();
  const begun = performance.now();
  const progress = await inTransaction(parts.database.poster, async (tx) => {
    // First of all, which also makes runs take turns.
    const isRunning = await noteProgress(tx, runId, { facts: 0, orders: 0 }, parts.clock());
    if (!isRunning) throw new GivenUpError(`run ${runId} was given up`);
    const made = await act(tx);
    await noteProgress(tx, runId, made, parts.clock());
    return made;
  });
  work.done += progress.facts;
  options.onProgress?.(Math.min(work.done, work.total), work.total);
  const { duty = 1 } = options;
  const pause = Math.min(PAUSE_MS_MAX, (performance.now() - begun) * (1 / duty - 1));
  if (pause >= 1)
    await sleep(pause, undefined, { ...(options.signal && { signal: options.signal }) });
}

const NO_PROGRESS: Progress = { facts: 0, orders: 0 };

/** Empties what was rolled up. Cut short, it leaves history distrusted: it is done again. */
async function reset(work: Work): Promise<void> {
  let first: number | null = 0;
  await step(work, async (tx) => {
    await distrustHistory(tx);
    return NO_PROGRESS;
  });
  while (first !== null) {
    const from: number = first;
    await step(work, async (tx) => {
      first = await emptyHistory(tx, from);
      return NO_PROGRESS;
    });
  }
  await step(work, async (tx) => {
    const { policy } = await readPolicy(tx, true);
    await forgetCheckpoints(tx, policy);
    return NO_PROGRESS;
  });
}

/** Rolls up one journal of the ledger to where its head was. */
async function rollUpJournal(work: Work, journal: number, head: bigint): Promise<void> {
  let isBehind = true;
  while (isBehind) {
    await step(work, async (tx) => {
      const after = await lockSeq(tx, journal);
      const end = after + BigInt(SEQS_MAX);
      const upTo = end < head ? end : head;
      isBehind = upTo < head;
      if (upTo <= after) return NO_PROGRESS;
      const { rolledUpBy } = await readPolicy(tx);
      const range = { journal, after, upTo };
      await addDeltas(tx, 'issues', await readIssues(tx, range));
      await addDeltas(tx, 'returns', await readReturns(tx, range, rolledUpBy.returnDays));
      await addDeltas(tx, 'available', await readAvailabilityChanges(tx, range));
      await moveSeq(tx, journal, upTo);
      return { facts: Number(upTo - after), orders: 0 };
    });
  }
}

async function orderRules(tx: Tx, parts: Parts): Promise<OrderRules> {
  const { rolledUpBy } = await readPolicy(tx);
  const { countsCancelled } = rolledUpBy;
  return { countsCancelled, houseCurrency: parts.config.currency };
}

/** Takes in the sales orders that something happened to. */
async function rollUpOrders(work: Work): Promise<void> {
  const { parts } = work;
  const end = await readTrailEnd(parts.database.poster);
  let after: string | undefined = end === null ? FIRST_ID : idBefore(end, OVERLAP_MS);
  while (after !== undefined) {
    const from: string = after;
    await step(work, async (tx) => {
      const trail = await readTrail(tx, from, TRAIL_MAX);
      const last = trail.at(-1);
      after = trail.length === TRAIL_MAX ? last?.historyId : undefined;
      if (!last) return NO_PROGRESS;
      const numbers = [...new Set(trail.map(({ number }) => number))];
      const rules = await orderRules(tx, parts);
      await takeInOrders(tx, numbers, await readExcludedOrders(tx), rules);
      await moveTrailEnd(tx, last.historyId);
      return { facts: 0, orders: trail.length };
    });
  }
}

/** Looks again at the sales orders that users marked, or whose mark is gone. */
async function rollUpMarked(work: Work): Promise<void> {
  await step(work, async (tx) => {
    await ensureLinkedSeries(tx);
    const numbers = await readMarkedOrders(tx);
    if (numbers.length === 0) return NO_PROGRESS;
    const excluded = await readExcludedOrders(tx);
    await takeInOrders(tx, numbers, excluded, await orderRules(tx, work.parts));
    await takeOffIssues(tx, numbers, excluded);
    return NO_PROGRESS;
  });
}

const UNIQUE_VIOLATION = '23505';

/** Makes a queued run the one that is at work. @returns false where there is another. */
async function start(parts: Parts, runId: number, total: number): Promise<boolean> {
  try {
    return await inTransaction(parts.database.poster, async (tx) => {
      await failSilentRuns(tx, parts.clock());
      return startRun(tx, runId, total, parts.clock());
    });
  } catch (error) {
    // Two that start at once: the index lets one of them.
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return false;
    throw error;
  }
}

async function work(run: DemandRun, parts: Parts, options: RollUpOptions): Promise<void> {
  const { rolledUpBy, policy } = await readPolicy(parts.database.poster);
  const isRebuild = run.kind === 'rebuild' || needsRebuild(rolledUpBy, policy);
  const heads = await readHeads(parts.database.poster);
  const total = heads.reduce((sum, head) => {
    return sum + Number(isRebuild ? head.seq : head.seq - head.rolledUp);
  }, 0);
  if (!(await start(parts, run.runId, total))) return;
  const job: Work = { parts, runId: run.runId, options, total, done: 0 };
  try {
    if (isRebuild) await reset(job);
    for (const { journal, seq } of heads) await rollUpJournal(job, journal, seq);
    await rollUpOrders(job);
    await rollUpMarked(job);
  } catch (error) {
    const text = (error as Error).message.slice(0, ERROR_CHARACTERS_MAX);
    await inTransaction(parts.database.poster, (tx) =>
      options.signal?.aborted
        ? requeueRun(tx, run.runId)
        : endRun(tx, run.runId, text, parts.clock()),
    );
    throw error;
  }
  await inTransaction(parts.database.poster, (tx) => endRun(tx, run.runId, null, parts.clock()));
}

/** Asks for a roll-up; a process that serves the API does it, or {@link runQueued}. */
export function queueRollUp(parts: Parts, kind: RunKind, actorId: number | null): Promise<number> {
  return inTransaction(parts.database.poster, (tx) => insertRun(tx, kind, actorId, parts.clock()));
}

/** Does the oldest roll-up that waits, unless one is at work. @returns whether one waited. */
export async function runQueued(parts: Parts, options: RollUpOptions = {}): Promise<boolean> {
  const run = await nextQueued(parts.database.poster);
  if (!run) return false;
  await work(run, parts, options);
  const after = await findRun(parts.database.poster, run.runId);
  return after?.state !== 'queued';
}

const WAIT_MS = 250;

/**
 * Brings demand history up to date, or makes it anew, and waits until it is: every fact that the
 * ledger and the sales orders held when it was called is in. What another process does at the
 * time is waited for.
 * @throws whatever ended the run; a later run goes on where it ended.
 */
export async function rollUpDemand(
  parts: Parts,
  kind: RunKind = 'incremental',
  options: RollUpOptions = {},
): Promise<DemandRun> {
  const runId = await queueRollUp(parts, kind, null);
  for (;;) {
    const run = await findRun(parts.database.poster, runId);
    if (!run) throw new Error(`roll-up ${runId} is gone`);
    if (run.state === 'completed') return run;
    if (run.state === 'failed') throw new Error(run.error ?? 'the roll-up failed');
    if (!(await runQueued(parts, options))) {
      await sleep(WAIT_MS, undefined, { ...(options.signal && { signal: options.signal }) });
    }
  }
}
