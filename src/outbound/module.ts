import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { promiseRoutes } from './promise/promise.routes.ts';
import { transferRoutes } from './transfers/transfer.routes.ts';

/** Everything that leaves, or moves between sites. */
export function outboundRoutes(app: App, context: Context, ledger: LedgerService): void {
  promiseRoutes(app, context, ledger);
  transferRoutes(app, context, ledger);
}
