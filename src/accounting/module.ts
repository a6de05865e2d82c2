import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { accountRoutes } from './account.routes.ts';
import type { CloseCheck } from './checklist.queries.ts';
import { entryRoutes } from './entries.routes.ts';
import { exportRoutes } from './export/index.ts';
import { followInBackground } from './intake.ts';
import { periodRoutes } from './periods.routes.ts';
import { reportRoutes } from './reports/index.ts';
import { statementRoutes } from './statement.routes.ts';

/**
 * The books: accounts, rules, entries, statements, periods. They follow the ledger and the
 * documents in the background for as long as the app runs.
 * @param checks what modules below want seen before a period is closed.
 */
export function accountingRoutes(
  app: App,
  context: Context,
  checks: readonly CloseCheck[] = [],
): void {
  accountRoutes(app, context);
  entryRoutes(app, context);
  statementRoutes(app, context);
  periodRoutes(app, context, checks);
  reportRoutes(app, context);
  exportRoutes(app, context);
  const stop = followInBackground(context);
  app.addHook('onClose', stop);
}
