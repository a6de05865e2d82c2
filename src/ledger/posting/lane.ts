import type pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Tx } from '../../platform/database.ts';
import type { Command, Outcome } from './commands.ts';
import { decide } from './decide.ts';
import { classify, UnknownOutcome } from './faults.ts';
import { loadFor, needsHistory } from './load.queries.ts';
import { lockHead, selectDue, selectHead } from './load.sql.ts';
import { createMemory, type Memory } from './memory.ts';
import { findByCommand } from './replay.queries.ts';
import type { JournalState } from './state.ts';
import { emptyState } from './state.ts';
import { type EncodedBatch, encodeBatch, StaleDecision, writeBatch } from './write.queries.ts';

/**
 * The lane of one journal in this process. Commands that arrive while a batch commits form the
 * next one: no timer, so it is quick when quiet and full when busy.
 */
export interface LaneOptions {
  readonly journal: number;
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly revalueLocationId: number;
  readonly variancePriceLocationId: number;
  /** Commands a batch takes at most. */
  readonly batchMax: number;
  /** Cached rows after which the lane starts with an empty memory again. */
  readonly rowsMax: number;
  /** How long an unreachable database is retried before the answer is "unknown". */
  readonly unknownAfterMs: number;
  /** Few lanes keep their connection while they work; many share the pool's. */
  readonly keepsConnection: boolean;
  readonly observe: (event: LaneEvent) => void;
}

/** What a lane did, for metrics and logs. */
export type LaneEvent =
  | { readonly type: 'posted'; readonly commands: number; readonly ms: number }
  | { readonly type: 'retried'; readonly reason: string; readonly error: Error };

export interface Lane {
  /** Decides and posts; `settle` runs after commit (or refusal), never before. */
  submit(command: Command, settle: Settle): void;
  /** Commands that wait, not counting the batch that is being written. */
  depth(): number;
  /** Resolves when everything submitted so far is settled. */
  idle(): Promise<void>;
}

export type Settle = (outcome: Outcome | Error) => void;

interface Item {
  readonly command: Command;
  readonly settles: Settle[];
  attempts: number;
  /** It may have been committed by an attempt whose answer was lost. */
  suspect: boolean;
  /** A batch with it failed in a way that retrying does not mend: post it by itself. */
  alone: boolean;
  outcome: Outcome | null;
}

type Known = Memory<Item>;

/** Finished commands whose answer is kept at hand for a quick replay. */
const REMEMBERED = 20_000;
const ATTEMPTS_MAX = 12;
/** With at least this many waiting, the next batch is decided while the last one commits. */
const OVERLAP_MIN = 128;
const LOCKED_BATCHES = 8;

interface LaneState {
  state: JournalState | null;
  queue: Item[];
  running: boolean;
  inflight: Promise<void> | null;
  /** Batches still to be posted with the head locked first, since others post here too. */
  locked: number;
  /** Batches still to be looked up before posting, since a replay was met. */
  suspicious: number;
  failingSince: number;
  waiters: (() => void)[];
  /** Committed batches whose outcomes are still to be handed on. */
  settling: number;
  /** The connection that batches go through, kept as long as there is work. */
  client: pg.PoolClient | null;
}

/** Makes a lane; it does nothing until the first command. */
export function createLane(options: LaneOptions): Lane {
  const lane: LaneState = {
    state: null,
    queue: [],
    running: false,
    inflight: null,
    locked: 0,
    suspicious: 0,
    failingSince: 0,
    waiters: [],
    settling: 0,
    client: null,
  };
  const known: Known = createMemory(REMEMBERED, (item) => item.outcome === null);
  const submit = (command: Command, settle: Settle): void => {
    const before = known.get(command.id);
    if (before) {
      answerAgain(before, command, settle);
      return;
    }
    const item = newItem(command, settle);
    known.set(command.id, item);
    lane.queue.push(item);
    if (!lane.running) {
      lane.running = true;
      setImmediate(() => void runLane(options, lane, known));
    }
  };
  return {
    submit,
    depth: () => lane.queue.length,
    idle: () =>
      lane.running || lane.settling > 0
        ? new Promise((resolve) => lane.waiters.push(resolve))
        : Promise.resolve(),
  };
}

function newItem(command: Command, settle: Settle): Item {
  return { command, settles: [settle], attempts: 0, suspect: false, alone: false, outcome: null };
}

/** Same id, same body: the first answer, now or when it is there. Other body: refused. */
function answerAgain(before: Item, command: Command, settle: Settle): void {
  const same = before.command.bodyHash === command.bodyHash && before.command.type === command.type;
  if (!same) {
    const extras = { commandId: command.id };
    const refusal = { code: 'command-id-reused', line: 0, extras } as const;
    settle({ status: 'rejected', refusal });
    return;
  }
  const again: Settle = (outcome) => {
    const replay = !(outcome instanceof Error) && outcome.status === 'committed';
    settle(replay ? { ...outcome, replayed: true } : outcome);
  };
  if (before.outcome) again(before.outcome);
  else before.settles.push(again);
}

async function runLane(options: LaneOptions, lane: LaneState, known: Known): Promise<void> {
  while (lane.queue.length > 0 || lane.inflight) {
    if (lane.inflight && (lane.queue.length < OVERLAP_MIN || lane.locked > 0)) {
      await lane.inflight;
      continue;
    }
    const items = take(lane, options.batchMax);
    try {
      if (lane.locked > 0) await postLocked(options, lane, known, items);
      else await postGuarded(options, lane, known, items);
    } catch (error) {
      await recover(options, lane, known, items, error as Error);
    }
  }
  lane.running = false;
  releaseClient(lane, undefined);
  wakeWaiters(lane);
}

function take(lane: LaneState, batchMax: number): Item[] {
  if (lane.queue[0]?.alone) return lane.queue.splice(0, 1);
  if (lane.queue.length <= batchMax) {
    const items = lane.queue;
    lane.queue = [];
    return items;
  }
  return lane.queue.splice(0, batchMax);
}

/** Puts a batch back at the front: its commands keep their place in the order of arrival. */
function putBack(lane: LaneState, items: Item[]): void {
  lane.queue = [...items, ...lane.queue];
}

/**
 * The usual way: decide on what memory holds, and let the head's compare-and-set tell whether it
 * was true. The write goes on while the next batch gathers and is decided.
 */
async function postGuarded(
  options: LaneOptions,
  lane: LaneState,
  known: Known,
  items: Item[],
): Promise<void> {
  const careful = lane.suspicious > 0 || items.some((i) => i.suspect || needsHistory(i.command));
  if (careful && lane.inflight) await lane.inflight;
  const fresh = careful ? await answerDurable(options, lane, known, items) : items;
  if (fresh.length === 0) return;
  let state = lane.state;
  if (!state) {
    if (lane.inflight) await lane.inflight;
    state = await readHead(options, options.pool, selectHead);
    lane.state = state;
  }
  await loadFor(
    options.pool,
    state,
    fresh.map((item) => item.command),
  );
  const commands = await withDue(options, options.pool, state, fresh);
  // While rows were being loaded the batch in flight may have failed and emptied the memory.
  if (lane.state !== state) {
    putBack(lane, fresh);
    return;
  }
  const draft = decide(state, commands.all, options.clock().getTime());
  const batch = encodeBatch(draft);
  if (lane.inflight) await lane.inflight;
  if (lane.state !== state) {
    putBack(lane, fresh);
    return;
  }
  const outcomes = draft.outcomes.slice(commands.internal);
  if (batch.steps.length === 1) {
    settleAll(known, fresh, outcomes);
    return;
  }
  lane.inflight = commit(options, lane, known, fresh, outcomes, batch);
}

/**
 * Writes a batch. The next batch goes out before the outcomes of this one are handed on: callers
 * have work of their own to do with them, and the database should not wait for it.
 */
async function commit(
  options: LaneOptions,
  lane: LaneState,
  known: Known,
  items: Item[],
  outcomes: Outcome[],
  batch: EncodedBatch,
): Promise<void> {
  const started = performance.now();
  try {
    await inBatchTransaction(options, lane, (tx) => writeBatch(tx, batch));
    lane.inflight = null;
    if (lane.state && cachedRows(lane.state) > options.rowsMax) lane.state = null;
    lane.settling += 1;
    setImmediate(() => {
      lane.settling -= 1;
      succeed(options, lane, known, items, outcomes, started);
      wakeWaiters(lane);
    });
  } catch (error) {
    await recover(options, lane, known, items, error as Error);
    lane.inflight = null;
  }
}

function wakeWaiters(lane: LaneState): void {
  if (lane.running || lane.settling > 0) return;
  for (const resolve of lane.waiters.splice(0)) resolve();
}

/** Where several processes post to one journal: queue on the head's row lock, then decide. */
async function postLocked(
  options: LaneOptions,
  lane: LaneState,
  known: Known,
  items: Item[],
): Promise<void> {
  const fresh = await answerDurable(options, lane, known, items);
  if (fresh.length === 0) return;
  const started = performance.now();
  let outcomes: Outcome[] = [];
  await inBatchTransaction(options, lane, async (tx) => {
    const head = await readHead(options, tx, lockHead);
    if (lane.state?.seq !== head.seq) {
      lane.state = head;
      lane.locked = LOCKED_BATCHES;
    }
    const state = lane.state;
    await loadFor(
      tx,
      state,
      fresh.map((item) => item.command),
    );
    const commands = await withDue(options, tx, state, fresh);
    const draft = decide(state, commands.all, options.clock().getTime());
    outcomes = draft.outcomes.slice(commands.internal);
    const batch = encodeBatch(draft);
    if (batch.steps.length > 1) await writeBatch(tx, batch);
  });
  lane.locked -= 1;
  succeed(options, lane, known, fresh, outcomes, started);
}

function succeed(
  options: LaneOptions,
  lane: LaneState,
  known: Known,
  items: Item[],
  outcomes: Outcome[],
  started: number,
): void {
  lane.failingSince = 0;
  if (lane.suspicious > 0) lane.suspicious -= 1;
  options.observe({ type: 'posted', commands: items.length, ms: performance.now() - started });
  settleAll(known, items, outcomes);
}

function settleAll(known: Known, items: Item[], outcomes: readonly Outcome[]): void {
  for (let i = 0; i < items.length; i += 1) settleItem(known, items[i]!, outcomes[i]!);
}

function settleItem(known: Known, item: Item, outcome: Outcome | Error): void {
  // Only acceptance binds the id; a refused command may be sent again and decided anew.
  if (!(outcome instanceof Error) && outcome.status === 'committed') item.outcome = outcome;
  else known.delete(item.command.id);
  for (const settle of item.settles.splice(0)) settle(outcome);
}

/** Answers those of the items that are already in the journal; returns the others. */
async function answerDurable(
  options: LaneOptions,
  lane: LaneState,
  known: Known,
  items: Item[],
): Promise<Item[]> {
  const all = lane.suspicious > 0 || lane.locked > 0;
  const asked = all ? items : items.filter((item) => item.suspect);
  if (asked.length === 0) return items;
  const ids = asked.map((item) => item.command.id);
  const durable = await findByCommand(options.pool, options.journal, ids);
  if (durable.size === 0) return items;
  return items.filter((item) => {
    const found = durable.get(item.command.id);
    if (!found) return true;
    const own = item.suspect && item.attempts > 0;
    const outcome: Outcome =
      found.bodyHash === item.command.bodyHash
        ? { ...found.outcome, replayed: !own }
        : {
            status: 'rejected',
            refusal: {
              code: 'command-id-reused',
              line: 0,
              extras: { commandId: item.command.id },
            },
          };
    settleItem(known, item, outcome);
    return false;
  });
}

/** Before a reservation is refused, the ones that are due on its stock are expired. */
async function withDue(
  options: LaneOptions,
  tx: Pick<Tx, 'query'>,
  state: JournalState,
  items: Item[],
): Promise<{ all: Command[]; internal: number }> {
  const commands = items.map((item) => item.command);
  const wanted = new Map<number, bigint>();
  for (const command of commands) {
    if (command.type !== 'reserve') continue;
    for (const line of command.lines) {
      const sum = wanted.get(line.availabilityId) ?? 0n;
      wanted.set(line.availabilityId, sum + line.quantity);
    }
  }
  const short = [...wanted].filter(([id, quantity]) => {
    const row = state.availability.get(id);
    return row !== undefined && row.onHand - row.reserved < quantity;
  });
  if (short.length === 0) return { all: commands, internal: 0 };
  const now = options.clock();
  const ids = short.map(([id]) => String(id));
  const values = [options.journal, ids, now];
  const due = await tx.query<{ reservation_seq: bigint }>({ ...selectDue, values });
  const expiries = due.rows.map((row) => expiry(Number(row.reservation_seq), now.getTime()));
  if (expiries.length === 0) return { all: commands, internal: 0 };
  await loadFor(tx as Tx, state, expiries);
  return { all: [...expiries, ...commands], internal: expiries.length };
}

/** The command that expires one reservation; its id follows from the reservation. */
export function expiry(reservationSeq: number, occurredAt: number): Command {
  const tail = reservationSeq.toString(16).padStart(12, '0');
  return {
    type: 'expire',
    id: `00000000-0000-8e00-8000-${tail}`,
    bodyHash: 0n,
    actorId: 0,
    deviceId: 0,
    reservations: [reservationSeq],
    expiresAt: null,
    occurredAt,
    reasonId: 0,
  };
}

async function readHead(
  options: LaneOptions,
  tx: Pick<Tx, 'query'>,
  statement: { name: string; text: string },
): Promise<JournalState> {
  const values = [options.journal];
  const result = await tx.query<{ seq: bigint; head_hash: Buffer; recorded_at: Date }>({
    ...statement,
    values,
  });
  const head = result.rows[0];
  if (!head) throw new Error(`journal ${options.journal} does not exist in this database`);
  return emptyState(
    {
      journal: options.journal,
      seq: Number(head.seq),
      hash: head.head_hash,
      recordedAt: head.recorded_at.getTime(),
    },
    options,
  );
}

function cachedRows(state: JournalState): number {
  return (
    state.positions.size +
    state.availability.size +
    state.pools.size +
    state.reservations.size +
    state.serials.size +
    state.posted.size
  );
}

/**
 * One transaction whose statements go out together; COMMIT follows only when every guard held.
 * The connection is dropped when its state is in doubt.
 */
async function inBatchTransaction(
  options: LaneOptions,
  lane: LaneState,
  work: (tx: Tx) => Promise<void>,
): Promise<void> {
  const client = lane.client ?? (await options.pool.connect());
  lane.client = client;
  try {
    const begun = client.query('BEGIN');
    begun.catch(() => {});
    await work(client);
    await begun;
    await client.query('COMMIT');
  } catch (error) {
    const broken = await client.query('ROLLBACK').then(
      () => undefined,
      (failure: Error) => failure,
    );
    releaseClient(lane, broken);
    throw error;
  }
  if (!options.keepsConnection) releaseClient(lane, undefined);
}

function releaseClient(lane: LaneState, broken: Error | undefined): void {
  lane.client?.release(broken);
  lane.client = null;
}

/** What to do about a batch that did not commit, or of which we do not know. */
async function recover(
  options: LaneOptions,
  lane: LaneState,
  known: Known,
  items: Item[],
  error: Error,
): Promise<void> {
  lane.state = null;
  const fault = error instanceof StaleDecision ? 'stale' : classify(error);
  options.observe({ type: 'retried', reason: fault, error });
  if (fault === 'stale') lane.locked = LOCKED_BATCHES;
  if (fault === 'duplicate') lane.suspicious = LOCKED_BATCHES;
  const now = Date.now();
  if (fault === 'connection') {
    lane.failingSince ||= now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const outOfTime = lane.failingSince > 0 && now - lane.failingSince > options.unknownAfterMs;
  const again: Item[] = [];
  const open = items.filter((item) => item.settles.length > 0);
  for (const item of open) {
    item.attempts += 1;
    item.suspect = true;
    if (fault === 'fatal' && open.length > 1) {
      // One command is to blame; each is tried by itself so that its neighbours do not suffer.
      item.alone = true;
      again.push(item);
    } else if (fault === 'fatal') settleItem(known, item, error);
    else if (outOfTime) settleItem(known, item, new UnknownOutcome(item.command.id));
    else if (item.attempts > ATTEMPTS_MAX && fault !== 'connection') {
      settleItem(known, item, error);
    } else again.push(item);
  }
  putBack(lane, again);
}
