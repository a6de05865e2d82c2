import { SYSTEM } from '../../platform/auth/index.ts';
import type { Context } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { Problem } from '../../platform/problems.ts';
import { readIsDue } from './run.queries.ts';
import { planProposals, runUnderWay } from './run.ts';

const LOOK_EVERY_MS = 60_000;
/** The hour of the night that means never; see `PLANNING_HOUR`. */
const NEVER = 24;

/**
 * Plans once after each forecast run that has ended, wherever it ran. Of several processes one
 * begins; the others find a run under way.
 */
export function planAfterForecasts(context: Context): () => Promise<void> {
  const { config, database, log } = context;
  if (config.planningHour === NEVER) return async () => {};
  const look = async () => {
    if (!(await readAs(database, 'house', readIsDue))) return;
    const figures = await planProposals(context, { actorId: SYSTEM.principalId });
    log.info({ ...figures }, 'planned after a forecast run');
  };
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(look).catch((error: Error) => {
      if (error instanceof Problem && error.type === runUnderWay) return;
      log.warn({ err: error }, 'planning after a forecast run failed');
    });
  }, LOOK_EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
