import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { statementRoutes } from './statements.routes.ts';
import { valuationRoutes } from './valuation.routes.ts';

/** Adds the reports of the books. */
export function reportRoutes(app: App, context: Context): void {
  valuationRoutes(app, context);
  statementRoutes(app, context);
}
