import type pg from 'pg';
import type { Clock } from '../../platform/clock.ts';
import type { Queryable } from '../../platform/database.ts';
import type { Command, Outcome } from './commands.ts';
import { lockContainers, namesContainers } from './containers.ts';
import { decide } from './decide.ts';
import type { Draft } from './draft.ts';
import { withDue } from './due.ts';
import { classify, StaleDecision, UnknownOutcome } from './faults.ts';
import type { Item, Known, Settle } from './items.ts';
import { answerDurable, answerRefused, joinItem, newItem, settleItem } from './items.ts';
import { loadFor, needsHistory } from './load.queries.ts';
import { lockHead, selectHead } from './load.sql.ts';
import { createMemory } from './memory.ts';
import type { JournalState } from './state.ts';
import { emptyState } from './state.ts';
import type { EncodedBatch } from './write.queries.ts';
import { checkHead, encodeBatch, isEmpty, postBatch, writeBatch } from './write.queries.ts';

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
  /** Commands that wait, not counting the batches that are being written. */
  depth(): number;
  /** Resolves when everything submitted so far is settled. */
  idle(): Promise<void>;
}

/** A batch on its way. It leaves the list when it has landed well, and stays when it has not. */
interface Flight {
  readonly items: readonly Item[];
  error: Error | null;
  landed: Promise<void>;
}

/** Ids of finished commands that are remembered, so that a replay is looked up, not tried. */
const REMEMBERED = 20_000;
const ATTEMPTS_MAX = 12;
/**
 * Batches in the air at once: one that the database writes and one that it finds waiting when
 * that is done. Each carries its guards and its COMMIT, and the later one is fenced by the earlier.
 */
const FLIGHTS_MAX = 2;
/** A batch is worth sending behind another when at least this many commands wait. */
const OVERLAP_MIN = 128;
const LOCKED_BATCHES = 8;

interface LaneState {
  readonly options: LaneOptions;
  readonly known: Known;
  state: JournalState | null;
  queue: Item[];
  running: boolean;
  flights: Flight[];
  /** A flight failed: what is in the air lands first, then it is decided again. */
  broken: boolean;
  /** Batches still to be posted with the head locked first, since others post here too. */
  locked: number;
  /** Batches still to be looked up before posting, since a replay was met. */
  suspicious: number;
  failingSince: number;
  waiters: (() => void)[];
  /** The connection that batches go through, kept as long as there is work. */
  client: pg.PoolClient | null;
}

/** Makes a lane; it does nothing until the first command. */
export function createLane(options: LaneOptions): Lane {
  const lane: LaneState = {
    options,
    known: createMemory<Item | null>(REMEMBERED, (item) => item !== null),
    state: null,
    queue: [],
    running: false,
    flights: [],
    broken: false,
    locked: 0,
    suspicious: 0,
    failingSince: 0,
    waiters: [],
    client: null,
  };
  return {
    submit: (command, settle) => submit(lane, command, settle),
    depth: () => lane.queue.length,
    idle: () =>
      lane.running ? new Promise((resolve) => lane.waiters.push(resolve)) : Promise.resolve(),
  };
}

function submit(lane: LaneState, command: Command, settle: Settle): void {
  const before = lane.known.get(command.id);
  if (before) {
    joinItem(before, command, settle);
    return;
  }
  const item = newItem(command, settle, before === null);
  lane.known.set(command.id, item);
  lane.queue.push(item);
  if (lane.running) return;
  lane.running = true;
  setImmediate(() => void runLane(lane));
}

async function runLane(lane: LaneState): Promise<void> {
  while (lane.queue.length > 0 || lane.flights.length > 0) {
    if (lane.broken) {
      await recover(lane);
      continue;
    }
    if (mustWait(lane)) {
      await lane.flights[0]?.landed;
      continue;
    }
    const items = take(lane);
    const locks = lane.locked > 0 || items.some((item) => namesContainers(item.command));
    try {
      if (locks) await postLocked(lane, items);
      else await postGuarded(lane, items);
    } catch (error) {
      lane.flights.push({ items, error: error as Error, landed: Promise.resolve() });
      lane.broken = true;
    }
  }
  lane.running = false;
  releaseClient(lane, undefined);
  for (const resolve of lane.waiters.splice(0)) resolve();
}

function mustWait(lane: LaneState): boolean {
  if (lane.flights.length === 0) return false;
  const few = lane.queue.length < OVERLAP_MIN;
  return few || lane.flights.length >= FLIGHTS_MAX || lane.locked > 0;
}

/** A late cost opens a batch: the units it follows must have left in committed ones. */
function take(lane: LaneState): Item[] {
  const { batchMax } = lane.options;
  if (lane.queue[0]?.alone) return lane.queue.splice(0, 1);
  const late = lane.queue.findIndex((item, i) => i > 0 && item.command.type === 'revalue');
  const most = late > 0 ? Math.min(late, batchMax) : batchMax;
  if (lane.queue.length <= most) {
    const items = lane.queue;
    lane.queue = [];
    return items;
  }
  return lane.queue.splice(0, most);
}

/** Puts a batch back at the front: its commands keep their place in the order of arrival. */
function putBack(lane: LaneState, items: readonly Item[]): void {
  lane.queue = [...items, ...lane.queue];
}

async function landAll(lane: LaneState): Promise<void> {
  await Promise.all(lane.flights.map((flight) => flight.landed));
}

/**
 * The usual way: decide on what memory holds, and let the head's compare-and-set tell whether it
 * was true. The write goes on while the next batch gathers and is decided.
 */
async function postGuarded(lane: LaneState, items: Item[]): Promise<void> {
  const { options, known } = lane;
  const careful = lane.suspicious > 0 || items.some((i) => i.suspect || needsHistory(i.command));
  if (careful) await landAll(lane);
  const all = lane.suspicious > 0;
  const fresh = careful
    ? await answerDurable(options.pool, options.journal, known, items, all)
    : items;
  if (fresh.length === 0) return;
  if (!lane.state) {
    await landAll(lane);
    if (!lane.broken) lane.state = await readHead(options, options.pool, selectHead);
  }
  const { state } = lane;
  const asked = fresh.map((item) => item.command);
  if (state && !lane.broken) await loadFor(options.pool, state, asked);
  lane.client ??= await options.pool.connect();
  const commands =
    state && !lane.broken ? await withDue(options.clock, options.pool, state, asked) : null;
  // Meanwhile a batch in the air may have failed: then memory is ahead of the journal.
  if (!state || !commands || lane.broken) {
    putBack(lane, fresh);
    return;
  }
  const draft = decideOnMemory(state, commands.all, options.clock().getTime());
  const batch = encodeBatch(draft);
  const outcomes = commands.internal > 0 ? draft.outcomes.slice(commands.internal) : draft.outcomes;
  launch(lane, lane.client, fresh, outcomes, batch);
}

/**
 * Memory is read row by row while other processes post, so before the head has confirmed it, rows
 * may not fit each other. An assertion that trips on them is no bug yet: it is decided again with
 * the head locked, and only there an error is one.
 */
function decideOnMemory(state: JournalState, commands: readonly Command[], now: number): Draft {
  try {
    return decide(state, commands, now);
  } catch (error) {
    throw new StaleDecision(`memory does not hold together: ${(error as Error).message}`);
  }
}

/** Sends a batch off without waiting for it. */
function launch(
  lane: LaneState,
  client: pg.PoolClient,
  items: readonly Item[],
  outcomes: readonly Outcome[],
  batch: EncodedBatch,
): void {
  const started = performance.now();
  const { journal } = lane.options;
  const written = isEmpty(batch) ? checkHead(client, journal, batch) : postBatch(client, batch);
  const answers = answerRefused(client as Queryable, journal, items, outcomes);
  const flight: Flight = { items, error: null, landed: Promise.resolve() };
  flight.landed = Promise.all([written, answers]).then(
    ([, answered]) => {
      // It holds whatever became of the others: its guards stood in the database.
      lane.flights.splice(lane.flights.indexOf(flight), 1);
      succeed(lane, items, answered, started);
    },
    (error: Error) => {
      flight.error = error;
      lane.broken = true;
    },
  );
  lane.flights.push(flight);
}

/**
 * Where several processes post to one journal, or containers must stand still: queue on the head's
 * row lock, then decide.
 */
async function postLocked(lane: LaneState, items: Item[]): Promise<void> {
  const { options, known } = lane;
  await landAll(lane);
  if (lane.broken) return putBack(lane, items);
  const fresh = await answerDurable(options.pool, options.journal, known, items, true);
  if (fresh.length === 0) return;
  const started = performance.now();
  const asked = fresh.map((item) => item.command);
  lane.client ??= await options.pool.connect();
  const tx = lane.client;
  await tx.query('BEGIN');
  const head = await readHead(options, tx as Queryable, lockHead);
  if (lane.state?.seq !== head.seq) {
    lane.state = head;
    lane.locked = LOCKED_BATCHES;
  }
  const { state } = lane;
  await lockContainers(tx as Queryable, state, asked);
  await loadFor(tx as Queryable, state, asked);
  const commands = await withDue(options.clock, tx as Queryable, state, asked);
  const draft = decide(state, commands.all, options.clock().getTime());
  const batch = encodeBatch(draft);
  if (!isEmpty(batch)) await writeBatch(tx, batch);
  const outcomes = draft.outcomes.slice(commands.internal);
  const answered = await answerRefused(tx as Queryable, options.journal, fresh, outcomes);
  await tx.query('COMMIT');
  if (lane.locked > 0) lane.locked -= 1;
  succeed(lane, fresh, answered, started);
}

function succeed(
  lane: LaneState,
  items: readonly Item[],
  outcomes: readonly Outcome[],
  started: number,
): void {
  const { options, known } = lane;
  lane.failingSince = 0;
  if (lane.suspicious > 0) lane.suspicious -= 1;
  if (lane.state && cachedRows(lane.state) > options.rowsMax) lane.state = null;
  if (!options.keepsConnection && lane.flights.length === 0) releaseClient(lane, undefined);
  options.observe({ type: 'posted', commands: items.length, ms: performance.now() - started });
  for (let i = 0; i < items.length; i += 1) settleItem(known, items[i]!, outcomes[i]!);
}

async function readHead(
  options: LaneOptions,
  tx: Queryable,
  statement: { name: string; text: string },
): Promise<JournalState> {
  const query = { ...statement, values: [options.journal] } as unknown as string;
  const result = await tx.query<{ seq: bigint; head_hash: Buffer; recorded_at: Date }>(query);
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

function releaseClient(lane: LaneState, broken: Error | undefined): void {
  lane.client?.release(broken);
  lane.client = null;
}

/** What to do about batches that did not commit, or of which we do not know. */
async function recover(lane: LaneState): Promise<void> {
  const { options } = lane;
  await landAll(lane);
  const flights = lane.flights.splice(0);
  lane.broken = false;
  lane.state = null;
  const error = flights.find((flight) => flight.error)?.error ?? new Error('a batch was lost');
  // Its transaction, or a statement that was never prepared, may still hang on the connection.
  releaseClient(lane, error);
  const fault = classify(error, lane.locked > 0);
  options.observe({ type: 'retried', reason: fault, error });
  if (fault === 'stale') lane.locked = LOCKED_BATCHES;
  if (fault === 'duplicate') lane.suspicious = LOCKED_BATCHES;
  if (fault === 'connection') {
    // What was sent may yet be committed: the next batch waits for it behind the head's lock.
    lane.locked = Math.max(lane.locked, 1);
    lane.failingSince ||= performance.now();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const again: Item[] = [];
  for (const [i, flight] of flights.entries()) {
    // The batches behind the one that failed were fenced off by it, unless all were lost together.
    if (i > 0 && fault !== 'connection') again.push(...flight.items);
    else again.push(...judge(lane, flight.items, fault, error));
  }
  putBack(lane, again);
}

/** Settles those items of a failed batch that must not be tried again; returns the others. */
function judge(
  lane: LaneState,
  items: readonly Item[],
  fault: ReturnType<typeof classify>,
  error: Error,
): Item[] {
  const { known, options } = lane;
  const open = items.filter((item) => !item.settled);
  const failingMs = performance.now() - lane.failingSince;
  const outOfTime = lane.failingSince > 0 && failingMs > options.unknownAfterMs;
  return open.filter((item) => {
    item.attempts += 1;
    item.suspect = true;
    if (fault === 'connection') item.lost = true;
    const tired = item.attempts > ATTEMPTS_MAX && fault !== 'connection';
    if ((fault === 'fatal' || tired) && open.length > 1) {
      // One command is to blame; each is tried by itself so that its neighbours do not suffer.
      item.alone = true;
      item.attempts = 0;
      return true;
    }
    if (fault !== 'fatal' && !tired && !outOfTime) return true;
    const unknown = fault !== 'fatal' && outOfTime;
    settleItem(known, item, unknown ? new UnknownOutcome(item.command.id) : error);
    return false;
  });
}
