import type { Context } from '../platform/context.ts';
import { type Database, inTransaction, type Tx } from '../platform/database.ts';
import { countWaiting, takeInBookings } from './bookings.queries.ts';
import { type Head, lockHead, readRules, readSuspense } from './policy.queries.ts';
import { readJournals, takeInStock } from './stock.queries.ts';

/**
 * The books follow what was committed elsewhere: the ledger's value movements by seq, documents'
 * bookings by id. Any number of processes may do it; they take turns on the head's row.
 */

/** One turn, in a transaction that has the head locked: some thousand facts at most. */
async function takeInSome(tx: Tx, head: Head): Promise<boolean> {
  const suspense = await readSuspense(tx);
  const { version, timeZone, closedThrough } = head;
  const rules = await readRules(tx, version);
  const isMoreStock = await takeInStock(tx, head, suspense);
  const policy = { rules, suspense, version, timeZone, closedThrough };
  const isMoreBooked = await takeInBookings(tx, head, policy);
  return isMoreStock || isMoreBooked;
}

/**
 * Locks the head and takes in everything that was committed by then. What follows in the same
 * transaction (a new rule, the closing of a period) comes after all of it.
 */
export async function lockBooks(tx: Tx): Promise<Head> {
  let head = await lockHead(tx);
  while (await takeInSome(tx, head)) head = await lockHead(tx);
  return lockHead(tx);
}

/** Takes one turn; answers whether more was there already. */
async function turn(database: Database): Promise<boolean> {
  const waiting = await countWaiting(database.poster);
  const journals = await readJournals(database.poster);
  if (waiting === 0 && journals.every(({ seq, taken }) => seq <= taken)) return false;
  return inTransaction(database.poster, async (tx) => takeInSome(tx, await lockHead(tx)));
}

async function takeInAll(database: Database): Promise<void> {
  while (await turn(database));
}

interface Running {
  readonly current: Promise<void>;
  next: Promise<void> | undefined;
}
const running = new WeakMap<Database, Running>();

/**
 * Brings the books up to everything that was committed before the call. Callers at one time share
 * the work: who comes while a round is under way waits for the next one, since the current one may
 * have looked already.
 */
export function catchUp({ database }: Pick<Context, 'database'>): Promise<void> {
  const state = running.get(database);
  if (state) {
    state.next ??= state.current.catch(() => {}).then(() => start(database));
    return state.next;
  }
  return start(database);
}

function start(database: Database): Promise<void> {
  const current = takeInAll(database);
  const state: Running = { current, next: undefined };
  running.set(database, state);
  const end = () => {
    if (running.get(database) === state && !state.next) running.delete(database);
  };
  current.then(end, end);
  return current;
}

const QUIET_MS = 1_000;
/** Of a backlog it works a quarter of the time, so that posting keeps the machine. */
const REST_FACTOR = 3;

/** Keeps the books up in the background; answers how to stop it, which waits for its turn. */
export function followInBackground(context: Context): () => Promise<void> {
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  const again = (ms: number) => {
    if (isStopped) return;
    timer = setTimeout(() => {
      working = once();
    }, ms);
    timer.unref();
  };
  const once = async (): Promise<void> => {
    const started = performance.now();
    try {
      const isMore = await turn(context.database);
      again(isMore ? (performance.now() - started) * REST_FACTOR : QUIET_MS);
    } catch (error) {
      context.log.warn({ err: error }, 'the books could not be brought up to date');
      again(QUIET_MS);
    }
  };
  again(QUIET_MS);
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await working;
  };
}
