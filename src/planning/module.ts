import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { demandRoutes } from './demand/index.ts';
import { nightlyRoutes } from './nightly/index.ts';
import { proposalsRoutes } from './proposals/index.ts';

/** Adds the routes and the background work of planning to the API. */
export function planningRoutes(app: App, context: Context, ledger: LedgerService): void {
  demandRoutes(app, context);
  nightlyRoutes(app, context);
  proposalsRoutes(app, context, ledger);
}
