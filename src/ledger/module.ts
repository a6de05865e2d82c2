import { Counter, Gauge, Histogram } from 'prom-client';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { containerRoutes } from './containers.routes.ts';
import type { LaneEvent } from './posting/lane.ts';
import { readRoutes } from './reads/index.ts';
import { postingRoutes } from './routes.ts';
import { finishMoves } from './service/container-moves.ts';
import { type LedgerService, openLedger } from './service/service.ts';
import { streamRoutes } from './stream/index.ts';
import { type ProofBeside, verifyRoutes } from './verify/index.ts';

/**
 * Opens the ledger of this process, adds its routes, and drains it when the app closes.
 * @param books the proof of the books, to be told of with that of the ledger.
 */
export async function ledgerRoutes<Report extends { readonly ok: boolean }>(
  app: App,
  context: Context,
  books?: ProofBeside<Report>,
): Promise<LedgerService> {
  const ledger = await openLedger({ context, observe: observer(context) });
  watch(app, context, ledger);
  postingRoutes(app, ledger);
  containerRoutes(app, ledger);
  readRoutes(app, context);
  verifyRoutes(app, context, books);
  streamRoutes(app, context);
  const stop = finishMovesNowAndThen(context, ledger);
  app.addHook('onClose', async () => {
    await stop();
    await ledger.drain();
  });
  return ledger;
}

function observer(context: Context): (event: LaneEvent & { journal: number }) => void {
  const registers = [context.metrics];
  const commands = new Counter({
    name: 'onhand_ledger_commands_total',
    help: 'Commands that the ledger settled.',
    labelNames: ['journal'],
    registers,
  });
  const batches = new Histogram({
    name: 'onhand_ledger_batch_seconds',
    help: 'Time from sending a batch to its commit.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const sizes = new Histogram({
    name: 'onhand_ledger_batch_commands',
    help: 'Commands in a batch.',
    buckets: [1, 4, 16, 64, 256, 1024, 4096],
    registers,
  });
  const retries = new Counter({
    name: 'onhand_ledger_retries_total',
    help: 'Batches that were decided again, by reason.',
    labelNames: ['reason'],
    registers,
  });
  return (event) => {
    if (event.type === 'posted') {
      commands.inc({ journal: event.journal }, event.commands);
      batches.observe(event.ms / 1000);
      sizes.observe(event.commands);
      return;
    }
    retries.inc({ reason: event.reason });
    const level = event.reason === 'fatal' ? 'error' : 'debug';
    context.log[level]({ err: event.error, reason: event.reason }, 'a batch is decided again');
  };
}

/** Work that waits beyond the queue's size is refused before its body is even read. */
function watch(app: App, context: Context, ledger: LedgerService): void {
  new Gauge({
    name: 'onhand_ledger_queue_commands',
    help: 'Commands that the ledger works on or that wait for it.',
    registers: [context.metrics],
    collect(): void {
      this.set(ledger.admission.inside());
    },
  });
  app.overload.watch('ledger', () =>
    ledger.admission.inside() >= context.config.laneQueueMax
      ? { reason: 'the ledger has a full queue', retryAfterSeconds: 1 }
      : undefined,
  );
}

const FINISH_MOVES_MS = 15_000;

function finishMovesNowAndThen(context: Context, ledger: LedgerService): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = finishMoves(ledger).catch((error: Error) =>
      context.log.warn({ err: error }, 'stalled container moves could not be finished'),
    );
  }, FINISH_MOVES_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
