import type { Context } from '../../platform/context.ts';
import type { App } from '../../platform/http.ts';
import { keepValuationAdvanced } from './advance.ts';
import { grniRoutes } from './grni.routes.ts';
import { marginRoutes } from './margin.routes.ts';
import { periodicRoutes } from './periodic.routes.ts';
import { saleCostRoutes } from './sale-cost.routes.ts';
import { statementRoutes } from './statements.routes.ts';
import { valuationRoutes } from './valuation.routes.ts';

/** Adds the reports of the books, and keeps what they rest on written down while the app runs. */
export function reportRoutes(app: App, context: Context): void {
  valuationRoutes(app, context);
  statementRoutes(app, context);
  marginRoutes(app, context);
  saleCostRoutes(app, context);
  grniRoutes(app, context);
  periodicRoutes(app, context);
  app.addHook('onClose', keepValuationAdvanced(context));
}
