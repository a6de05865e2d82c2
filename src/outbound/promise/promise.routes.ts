import type { LedgerService } from '../../ledger/index.ts';
import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { availableRoutes } from './available.routes.ts';
import { promisesRoutes } from './promises.routes.ts';
import { createToPromiseReader } from './reader.ts';

/** What can be promised, and when it would arrive. */
export function promiseRoutes(app: App, context: Context, ledger: LedgerService): void {
  const { database, clock } = context;
  const read = createToPromiseReader(database, ledger.poster.journals, clock);
  availableRoutes(app, context, read);
  promisesRoutes(app, read);
}
