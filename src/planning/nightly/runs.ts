import { hostname } from 'node:os';
import { SYSTEM } from '../../platform/auth/index.ts';
import type { Context } from '../../platform/context.ts';
import { inTransaction, type Queryable, type Tx } from '../../platform/database.ts';
import { newId } from '../../platform/ids.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import { rollUpDemand } from '../demand/index.ts';
import { selectTimeZones } from './cells.queries.ts';
import { dateOf, dayOf, localTime } from './pack.ts';
import { openPool } from './pool.ts';
import { forecastRunOpen, type RunRequest } from './run.ts';
import {
  insertRun,
  type NewRun,
  queueFirstPart,
  type RunRow,
  selectNewestRun,
  selectRun,
} from './runs.queries.ts';
import { type Worker, workOnce } from './work.ts';

/** What a run is asked for; what is left out has defaults. */
export interface RunWish {
  readonly tier?: RunRequest['tier'];
  /** The last day whose demand is seen; by default the last that is over everywhere. */
  readonly origin?: string;
  readonly seed?: number;
}

const SEED_DEFAULT = 1;

/** Yesterday, in the time zone that planning lives in. */
export function yesterday({ clock, config }: Pick<Context, 'clock' | 'config'>): string {
  return dateOf(localTime(clock(), config.planningTimeZone).day - 1);
}

/**
 * The last day that is over in the planning time zone and at every site that has demand. A day that
 * still goes on at a site in the west would look as if people had stopped buying there.
 */
export async function lastWholeDay(
  db: Queryable,
  context: Pick<Context, 'clock' | 'config'>,
): Promise<string> {
  const now = context.clock();
  const zones = await selectTimeZones(db);
  const days = zones.map((zone) => localTime(now, zone).day - 1);
  return dateOf(Math.min(dayOf(yesterday(context)), ...days));
}

/**
 * Queues a run. `tx` is a transaction of the house's writer or of the poster.
 * @throws Problem forecast-run-open while another one is under way; invalid-request for an origin
 *   that is not over yet.
 */
export async function queueRun(
  tx: Tx,
  context: Pick<Context, 'clock' | 'config'>,
  wish: RunWish,
  actorId: number,
): Promise<RunRow> {
  const last = await lastWholeDay(tx, context);
  if (wish.origin !== undefined && wish.origin > last) throw notOver(wish.origin, last);
  const made: NewRun = {
    runId: newId(),
    origin: wish.origin ?? last,
    seed: wish.seed ?? SEED_DEFAULT,
    request: { tier: wish.tier ?? 'auto' },
    actorId,
  };
  const run = await insertRun(tx, made, context.clock());
  if (!run) {
    const open = await selectNewestRun(tx);
    const number = open?.number ?? '';
    throw new Problem(forecastRunOpen, `Forecast run ${number} is under way.`, { run: number });
  }
  await queueFirstPart(tx, run.runId);
  return run;
}

/** Days to come have no demand yet, which is not the same as none. */
function notOver(origin: string, last: string): Problem {
  return new Problem(invalidRequest, 'The origin is not over yet.', {
    errors: [
      {
        path: 'body.origin',
        message: 'is not over yet',
        expected: `${last} or earlier: the last day that is over at every site`,
        found: origin,
      },
    ],
  });
}

/** How a process works on runs. */
export interface WorkOptions {
  readonly threads: number;
  /** The threads' program, where it is not the build's. */
  readonly threadFile?: string;
  readonly name?: string;
}

/** A worker of this process, with threads of its own; the caller closes them. */
export function openWorker(context: Context, options: WorkOptions): Worker {
  return {
    context,
    pool: openPool(options.threads, options.threadFile),
    name: options.name ?? `${hostname()}:${process.pid}`,
    rollUp: async () => {
      await rollUpDemand(context);
    },
  };
}

/**
 * Works until no part can be claimed: as many at a time as there are threads, and one more, so
 * that one is read and written while the others are computed. A lane that finds nothing waits for
 * the others, since the part that they are at may be the one that opens the next stage.
 * @returns how many parts were done.
 */
export async function workAll(worker: Worker, isStopped = () => false): Promise<number> {
  let parts = 0;
  let busy = 0;
  let waiting: (() => void)[] = [];
  const wake = () => {
    for (const go of waiting) go();
    waiting = [];
  };
  const lane = async (): Promise<void> => {
    while (!isStopped()) {
      busy += 1;
      const isDone = await workOnce(worker).finally(() => {
        busy -= 1;
      });
      if (isDone) parts += 1;
      if (isDone || busy === 0) wake();
      if (isDone) continue;
      if (busy === 0) return;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  const lanes = worker.pool.size > 1 ? worker.pool.size + 1 : 1;
  await Promise.all(Array.from({ length: lanes }, lane));
  return parts;
}

const LOOK_EVERY_MS = 500;

/**
 * Queues a run and works on it, together with whoever else does, until it has ended.
 * @param onProgress is told now and then how far it is.
 * @throws Problem forecast-run-open while another one is under way.
 */
export async function runForecasts(
  context: Context,
  wish: RunWish,
  options: WorkOptions & { readonly onProgress?: (run: RunRow) => void },
): Promise<RunRow> {
  const { poster } = context.database;
  const { principalId } = SYSTEM;
  const queued = await inTransaction(poster, (tx) => queueRun(tx, context, wish, principalId));
  return finishOpenRun(context, queued.number, options);
}

/** Works on a run that is there until it has ended. */
export async function finishOpenRun(
  context: Context,
  number: string,
  options: WorkOptions & { readonly onProgress?: (run: RunRow) => void },
): Promise<RunRow> {
  const worker = openWorker(context, options);
  try {
    for (;;) {
      const working = workAll(worker).then(() => true);
      let isIdle = false;
      let run: RunRow | undefined;
      while (!isIdle) {
        isIdle = await Promise.race([working, pause(LOOK_EVERY_MS)]);
        run = await selectRun(context.database.poster, number);
        if (run) options.onProgress?.(run);
      }
      if (!run) throw new Error(`forecast run ${number} is not there any more`);
      if (run.state !== 'queued' && run.state !== 'running') return run;
      // The last parts are with others.
      await pause(LOOK_EVERY_MS);
    }
  } finally {
    await worker.pool.close();
  }
}

async function pause(ms: number): Promise<false> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return false;
}
