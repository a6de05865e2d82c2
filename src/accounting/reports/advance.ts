import type { Context } from '../../platform/context.ts';
import { advanceValuation } from './buckets.queries.ts';

const EVERY_MS = 10_000;

/**
 * Writes down figures of cost pools now and then, a stretch at a time, so that nobody who reads
 * has to wait for it. Answers how to stop.
 */
export function keepValuationAdvanced(context: Context): () => Promise<void> {
  let working: Promise<unknown> = Promise.resolve();
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    working = advanceValuation(context.database, { most: 1 })
      .catch((error: Error) => context.log.warn({ err: error }, 'figures could not be kept'))
      .finally(() => {
        isBusy = false;
      });
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await working;
  };
}
