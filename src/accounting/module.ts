import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { accountRoutes } from './account.routes.ts';
import { entryRoutes } from './entries.routes.ts';
import { exportRoutes } from './export/index.ts';
import { followInBackground } from './intake.ts';
import { periodRoutes } from './periods.routes.ts';
import { reportRoutes } from './reports/index.ts';
import { statementRoutes } from './statement.routes.ts';

/**
 * The books: accounts, rules, entries, statements, periods. They follow the ledger and the
 * documents in the background for as long as the app runs.
 */
export function accountingRoutes(app: App, context: Context): void {
  accountRoutes(app, context);
  entryRoutes(app, context);
  statementRoutes(app, context);
  periodRoutes(app, context);
  reportRoutes(app, context);
  exportRoutes(app, context);
  const stop = followInBackground(context);
  app.addHook('onClose', stop);
}
