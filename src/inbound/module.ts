import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { asnRoutes } from './asn.routes.ts';
import { completions } from './completions.ts';
import { createInbound, type Inbound } from './inbound.ts';
import { invoiceRoutes } from './invoice.routes.ts';
import { landedCostRoutes } from './landed-cost.routes.ts';
import { finishStalled } from './operations.ts';
import { purchaseOrderRoutes } from './purchase-order.routes.ts';
import { receiptRoutes } from './receipt.routes.ts';
import { reportRoutes } from './reports.routes.ts';
import { supplierRoutes } from './supplier.routes.ts';
import { supplierReturnRoutes } from './supplier-return.routes.ts';

const SWEEP_MS = 10_000;
/** A request that is still at it gets this long before somebody else helps. */
const STALLED_MS = 10_000;

/** Adds the routes of purchasing, and finishes what processes before this one left behind. */
export function inboundRoutes(app: App, context: Context, ledger: LedgerService): void {
  const inbound = createInbound(context, ledger);
  supplierRoutes(app, context);
  purchaseOrderRoutes(app, inbound);
  asnRoutes(app, inbound);
  receiptRoutes(app, inbound);
  invoiceRoutes(app, inbound);
  landedCostRoutes(app, inbound);
  supplierReturnRoutes(app, inbound);
  reportRoutes(app, inbound);
  const stop = finishNowAndThen(inbound);
  app.addHook('preClose', stop);
}

function finishNowAndThen(inbound: Inbound): () => Promise<void> {
  const { clock, log } = inbound.context;
  const finish = (stalledMs: number) =>
    finishStalled(inbound, completions, new Date(clock().getTime() - stalledMs)).catch(
      (error: Error) => log.warn({ err: error }, 'stalled purchasing documents were not finished'),
    );
  let running: Promise<unknown> = finish(0);
  const timer = setInterval(() => {
    running = running.then(() => finish(STALLED_MS));
  }, SWEEP_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
