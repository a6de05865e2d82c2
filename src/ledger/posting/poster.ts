import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database.ts';
import { overloaded, Problem } from '../../platform/problems.ts';
import type { Command, Outcome } from './commands.ts';
import { expiry } from './due.ts';
import { createLane, type Lane, type LaneEvent } from './lane.ts';

/** Posts commands: one lane a journal, and a sweeper that expires reservations. */
export interface Poster {
  readonly journals: number;
  /** Decides and posts one command in one journal; resolves after commit or refusal. */
  post(journal: number, command: Command): Promise<Outcome>;
  /** The same for many, in one turn; answers in the same order, an Error where unknown. */
  postAll(commands: readonly Addressed[]): Promise<(Outcome | Error)[]>;
  /** Commands that wait in all lanes. */
  depth(): number;
  /** Runs one round of expiry now; answers how many reservations were expired. */
  expireDue(): Promise<number>;
  /** Takes no more commands and resolves when the last one is settled. */
  drain(): Promise<void>;
}

/** A command with the journal that its item belongs to. */
export interface Addressed {
  readonly journal: number;
  readonly command: Command;
}

export interface PosterOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Commands that may wait before new ones are shed. */
  readonly queueMax: number;
  readonly batchMax?: number;
  readonly rowsMax?: number;
  readonly unknownAfterMs?: number;
  /** Milliseconds between two sweeps for due reservations; 0 leaves sweeping to others. */
  readonly sweepMs?: number;
  readonly observe?: (event: LaneEvent & { journal: number }) => void;
}

const BATCH_MAX = 2000;
/** Lanes load through the same pool, so they must not hold all of its connections. */
const KEPT_CONNECTIONS_MAX = 8;
const ROWS_MAX = 2_000_000;
const UNKNOWN_AFTER_MS = 10_000;
const SWEEP_MS = 250;

/** The first link of a journal's chain. */
export function genesisHash(journal: number): Buffer {
  return createHash('sha256').update(`onhand journal ${journal}`).digest();
}

/** Makes the journals of a new database; their number never changes afterwards. */
export async function ensureJournals(database: Database, count: number): Promise<void> {
  for (let journal = 0; journal < count; journal += 1) {
    await database.poster.query(
      `INSERT INTO ledger.journal_head (journal, seq, head_hash, recorded_at)
       VALUES ($1, 0, $2, '2000-01-01') ON CONFLICT (journal) DO NOTHING`,
      [journal, genesisHash(journal)],
    );
  }
}

/** Which journal an item belongs to: Fibonacci hashing of its id, then the remainder. */
export function journalOf(itemId: number, journals: number): number {
  return (Math.imul(itemId, 0x9e3779b1) >>> 0) % journals;
}

/** Opens the lanes of this process on a database whose journals exist. */
export async function createPoster(options: PosterOptions): Promise<Poster> {
  const { database, clock, queueMax } = options;
  const { accounts, journals } = await readFixtures(database);
  const lanes: Lane[] = [];
  for (let journal = 0; journal < journals; journal += 1) {
    lanes.push(
      createLane({
        journal,
        pool: database.poster,
        clock,
        ...accounts,
        keepsConnection: journals <= KEPT_CONNECTIONS_MAX,
        batchMax: options.batchMax ?? BATCH_MAX,
        rowsMax: options.rowsMax ?? ROWS_MAX,
        unknownAfterMs: options.unknownAfterMs ?? UNKNOWN_AFTER_MS,
        observe: (event) => options.observe?.({ ...event, journal }),
      }),
    );
  }
  let draining = false;
  const depth = (): number => lanes.reduce((sum, lane) => sum + lane.depth(), 0);
  const post = (journal: number, command: Command): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      if (draining) throw new Problem(overloaded, 'The ledger is being stopped.');
      shed(depth(), 1, queueMax);
      laneOf(lanes, journal).submit(command, (outcome) => {
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    });
  const postAll = (commands: readonly Addressed[]): Promise<(Outcome | Error)[]> =>
    new Promise((resolve) => {
      if (draining) throw new Problem(overloaded, 'The ledger is being stopped.');
      shed(depth(), commands.length, queueMax);
      postTogether(lanes, commands, resolve);
    });
  const expireDue = (): Promise<number> => sweep(database, clock, postAll);
  const stop = startSweeping(expireDue, options.sweepMs ?? SWEEP_MS);
  const drain = async (): Promise<void> => {
    draining = true;
    await stop();
    await Promise.all(lanes.map((lane) => lane.idle()));
  };
  return { journals, post, postAll, depth, expireDue, drain };
}

function laneOf(lanes: readonly Lane[], journal: number): Lane {
  const lane = lanes[journal];
  if (!lane) throw new Error(`there is no journal ${journal}`);
  return lane;
}

/** Bounded: what cannot be worked off soon is refused now, before it costs anything. */
function shed(waiting: number, added: number, queueMax: number): void {
  if (waiting === 0 || waiting + added <= queueMax) return;
  throw new Problem(overloaded, 'The ledger has more work waiting than it takes on.', {
    retryAfterSeconds: 1,
  });
}

function postTogether(
  lanes: readonly Lane[],
  commands: readonly Addressed[],
  resolve: (outcomes: (Outcome | Error)[]) => void,
): void {
  const outcomes = new Array<Outcome | Error>(commands.length);
  let left = commands.length;
  if (left === 0) resolve(outcomes);
  for (let i = 0; i < commands.length; i += 1) {
    const { journal, command } = commands[i]!;
    laneOf(lanes, journal).submit(command, (outcome) => {
      outcomes[i] = outcome;
      left -= 1;
      if (left === 0) resolve(outcomes);
    });
  }
}

interface Fixtures {
  readonly journals: number;
  readonly accounts: { revalueLocationId: number; variancePriceLocationId: number };
}

async function readFixtures(database: Database): Promise<Fixtures> {
  const heads = await database.poster.query<{ count: bigint }>(
    'SELECT count(*) FROM ledger.journal_head',
  );
  const places = await database.poster.query<{ code: string; location_id: number }>(
    "SELECT code, location_id FROM network.location WHERE code IN ('ADJ-REVALUE', 'ADJ-PPV')",
  );
  const byCode = new Map(places.rows.map((row) => [row.code, row.location_id]));
  const revalueLocationId = byCode.get('ADJ-REVALUE');
  const variancePriceLocationId = byCode.get('ADJ-PPV');
  if (revalueLocationId === undefined || variancePriceLocationId === undefined) {
    throw new Error('the locations ADJ-REVALUE and ADJ-PPV are missing');
  }
  return {
    journals: Number(heads.rows[0]?.count ?? 0),
    accounts: { revalueLocationId, variancePriceLocationId },
  };
}

const SWEEP_LIMIT = 1000;

async function sweep(
  database: Database,
  clock: Clock,
  postAll: Poster['postAll'],
): Promise<number> {
  const now = clock();
  const due = await database.poster.query<{ journal: number; reservation_seq: bigint }>(
    `SELECT journal, reservation_seq FROM ledger.reservation
     WHERE state IN (1, 2) AND expires_at <= $1 ORDER BY expires_at LIMIT ${SWEEP_LIMIT}`,
    [now],
  );
  const outcomes = await postAll(
    due.rows.map((row) => ({
      journal: row.journal,
      command: expiry(Number(row.reservation_seq), now.getTime()),
    })),
  );
  // Another process may have been quicker: then the answer is its, and a replay.
  const ours = (o: Outcome | Error): boolean =>
    !(o instanceof Error) && o.status === 'committed' && !o.replayed;
  return outcomes.filter(ours).length;
}

function startSweeping(round: () => Promise<number>, everyMs: number): () => Promise<void> {
  if (everyMs === 0) return async () => {};
  let stopped = false;
  let running: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const again = (): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      // A sweep that fails (the database is away, the queue is full) is simply tried again.
      running = round()
        .catch(() => 0)
        .then(again);
    }, everyMs);
    timer.unref();
  };
  again();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
