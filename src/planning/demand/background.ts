import type { Context } from '../../platform/context.ts';
import { readMark } from '../../platform/settings.ts';
import { queueRollUp, runQueued } from './roll-up.ts';
import { lastCompleted, nextQueued, selectRuns } from './runs.queries.ts';

/** How often it is looked whether there is something to do. */
const LOOK_MS = 30_000;
/** Nothing is done in the first minutes of a process: it has more urgent things to do. */
const QUIET_MS = 90_000;
/** Share of the time that work in the background takes. */
const DUTY = 0.2;
const DAY_MS = 86_400_000;
/** The hour of the day, in UTC, from which the nightly roll-up is due. */
const NIGHT_HOUR = 1;
const HOUR_MS = 3_600_000;

/** Work in the background of a process. */
export interface RollUpBackground {
  /** Looks now, because somebody asked for a roll-up. */
  wake(): void;
  /** Ends it; a roll-up that is at work stops after its step and goes on in another process. */
  stop(): Promise<void>;
}

/** Whether no roll-up was completed since the last night began. */
function isDue(now: Date, last: Date | undefined): boolean {
  const shifted = now.getTime() - NIGHT_HOUR * HOUR_MS;
  const night = Math.floor(shifted / DAY_MS) * DAY_MS + NIGHT_HOUR * HOUR_MS;
  return last === undefined || last.getTime() < night;
}

/** After a roll-up that failed the next one waits so long, unless somebody asks for it. */
const FAILED_WAIT_MS = HOUR_MS;

/** Asks for the nightly roll-up where it is due. */
async function queueWhenDue(context: Context): Promise<void> {
  const { poster } = context.database;
  const now = context.clock();
  const last = await lastCompleted(poster);
  if (!isDue(now, last?.endedAt ?? undefined)) return;
  const [newest] = await selectRuns(poster, { state: undefined, before: undefined, limit: 1 });
  const endedMs = newest?.endedAt?.getTime() ?? 0;
  if (newest?.state === 'failed' && endedMs > now.getTime() - FAILED_WAIT_MS) return;
  await queueRollUp(context, 'incremental', null);
}

/** Whether the demo is being made: then every other work rests. */
async function isSeeding(context: Context): Promise<boolean> {
  return (await readMark(context.database.reader, 'demo')) === 'seeding';
}

/**
 * Rolls demand history up every night and whenever it is asked for, with a small share of one
 * processor.
 */
export function rollUpInTheBackground(context: Context): RollUpBackground {
  const stopped = new AbortController();
  const startedAt = context.clock().getTime();
  let running: Promise<void> | undefined;
  const look = async () => {
    const { poster } = context.database;
    if (await isSeeding(context)) return;
    const isQuiet = context.clock().getTime() < startedAt + QUIET_MS;
    if (!isQuiet && !(await nextQueued(poster))) await queueWhenDue(context);
    const options = { duty: DUTY, signal: stopped.signal };
    while (!stopped.signal.aborted && (await runQueued(context, options))) {
      // One after another, until none waits.
    }
  };
  const begin = () => {
    if (running !== undefined || stopped.signal.aborted) return;
    running = look()
      .catch((error: Error) => {
        if (stopped.signal.aborted) return;
        context.log.warn({ err: error }, 'demand history could not be rolled up');
      })
      .finally(() => {
        running = undefined;
      });
  };
  const timer = setInterval(begin, LOOK_MS);
  timer.unref();
  return {
    wake: begin,
    stop: async () => {
      clearInterval(timer);
      stopped.abort();
      await running;
    },
  };
}
