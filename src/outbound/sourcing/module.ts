import type { App } from '../../platform/http.ts';
import type { OrderService } from '../orders/service.ts';
import { createFacts } from './facts.ts';
import { doNextRun, queueDueRun, type Runner } from './runs.ts';
import { repairShortages } from './shortage.ts';
import { sourcingRoutes } from './sourcing.routes.ts';

const ROUND_MS = 2_000;

/** Adds what sourcing has to the API, and works behind it until the app closes. */
export function sourcing(app: App, service: OrderService): void {
  const runner: Runner = { service, facts: createFacts(service.context) };
  const work = keepWorking(runner);
  sourcingRoutes(app, service.context, work.wake);
  app.addHook('onClose', () => work.stop());
}

/**
 * Repairs shortages and does runs, now and every few seconds. Any number of processes may do so.
 */
function keepWorking(runner: Runner): { wake(): void; stop(): Promise<void> } {
  const { log } = runner.service.context;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isWanted = false;
  const attempt = async (name: string, work: () => Promise<number>): Promise<void> => {
    if (stopped) return;
    await work().catch((err: Error) => log.warn({ err, work: name }, 'sourcing broke off'));
  };
  const round = async (): Promise<void> => {
    await attempt('shortages', () => repairShortages(runner));
    await attempt('due', () => queueDueRun(runner));
    await attempt('runs', () => doNextRun(runner));
  };
  const plan = (ms: number): void => {
    clearTimeout(timer);
    if (stopped) return;
    timer = setTimeout(next, ms);
    timer.unref();
  };
  const next = (): void => {
    isWanted = false;
    running = round().finally(() => {
      running = undefined;
      plan(isWanted ? 0 : ROUND_MS);
    });
  };
  plan(ROUND_MS);
  return {
    wake: () => {
      isWanted = true;
      if (!running) plan(0);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
