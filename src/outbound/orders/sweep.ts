import { sweepShipments } from '../fulfilment/ship.ts';
import { fillAll, followLedger } from './backorders.ts';
import { sweepCarts } from './cart-holds.ts';
import type { OrderService } from './service.ts';
import { type OrphanSearch, sweepCaptures, sweepSteps } from './steps.ts';

const FOLLOW_MS = 1_000;
const SWEEP_MS = 10_000;

/** Everything that a process that died may have left half-done, and the queue of backorders. */
export function sweepsOf(service: OrderService): Readonly<Record<string, () => Promise<number>>> {
  const search: OrphanSearch = { settled: 0n, pending: undefined };
  return {
    steps: () => sweepSteps(service),
    captures: () => sweepCaptures(service, search),
    carts: () => sweepCarts(service),
    shipments: () => sweepShipments(service),
    backorders: () => fillAll(service, null),
  };
}

/**
 * Follows the ledger and sweeps, now and every few seconds, until it is told to stop. Any number
 * of processes may do so: every piece of the work is harmless when it is done twice.
 */
export function keepSweeping(service: OrderService): () => Promise<void> {
  const { log, clock } = service.context;
  const sweeps = Object.entries(sweepsOf(service));
  let sweptAt = Number.NEGATIVE_INFINITY;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const attempt = async (name: string, work: () => Promise<number>): Promise<void> => {
    if (stopped) return;
    await work().catch((err: Error) => log.warn({ err, sweep: name }, 'a sweep broke off'));
  };
  const round = async (): Promise<void> => {
    await attempt('follow', () => followLedger(service));
    const now = clock().getTime();
    if (now - sweptAt < SWEEP_MS) return;
    sweptAt = now;
    for (const [name, work] of sweeps) await attempt(name, work);
  };
  let running: Promise<void> = Promise.resolve();
  const next = (): void => {
    running = round().finally(() => {
      if (stopped) return;
      timer = setTimeout(next, FOLLOW_MS);
      timer.unref();
    });
  };
  timer = setTimeout(next, FOLLOW_MS);
  timer.unref();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
