import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';

/** Adds the routes and the background work of planning to the API. */
export function planningRoutes(_app: App, _context: Context, _ledger: LedgerService): void {}
