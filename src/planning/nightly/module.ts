import type { Context } from '../../platform/context.ts';
import { inTransaction } from '../../platform/database.ts';
import type { App } from '../../platform/http.ts';
import { forecastRoutes } from './forecasts.routes.ts';
import { itemForecastRoutes } from './item-forecasts.routes.ts';
import { overrideRoutes } from './overrides.routes.ts';
import { hasHistory, hasRunOf } from './runs.queries.ts';
import { runRoutes } from './runs.routes.ts';
import { lastWholeDay, openWorker, queueRun, workAll } from './runs.ts';
import { isDue } from './schedule.ts';
import type { Worker } from './work.ts';

const ROUND_MS = 5_000;
const ROBOT = 1;

/** Adds forecasts, their runs and overrides to the API, and works on runs behind it. */
export function nightlyRoutes(app: App, context: Context): void {
  const work = keepWorking(context);
  runRoutes(app, context, work.wake);
  forecastRoutes(app, context);
  itemForecastRoutes(app, context);
  overrideRoutes(app, context);
  app.addHook('onClose', () => work.stop());
}

/** Begins the nightly run when its hour has come, and there is something to forecast. */
async function queueDueRun(context: Context, upMs: number): Promise<void> {
  if (!isDue(context.config, context.clock(), upMs)) return;
  const { poster } = context.database;
  const origin = await lastWholeDay(poster, context);
  if ((await hasRunOf(poster, origin)) || !(await hasHistory(poster))) return;
  await inTransaction(poster, (tx) => queueRun(tx, context, { origin }, ROBOT));
}

/** Works on parts of runs every few seconds; any number of processes may. */
function keepWorking(context: Context): { wake(): void; stop(): Promise<void> } {
  const { log } = context;
  const threads = context.config.planningThreads;
  const started = performance.now();
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const work = async (): Promise<void> => {
    if (threads === 0) return;
    // Threads live as long as there is work: an idle server holds no memory for them.
    const worker: Worker = openWorker(context, { threads });
    try {
      await workAll(worker, () => stopped);
    } finally {
      await worker.pool.close();
    }
  };
  const round = async (): Promise<void> => {
    await queueDueRun(context, performance.now() - started);
    if (!stopped) await work();
  };
  const plan = (ms: number): void => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(next, ms);
    timer.unref();
  };
  const next = (): void => {
    running = round()
      .catch((err: Error) => log.warn({ err }, 'the forecast run broke off'))
      .finally(() => {
        running = undefined;
        plan(ROUND_MS);
      });
  };
  plan(ROUND_MS);
  return {
    wake: () => {
      if (!running) plan(0);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
