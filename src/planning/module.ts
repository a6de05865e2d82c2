import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import type { App } from '../platform/http.ts';
import { demandRoutes } from './demand/index.ts';
import { nightlyRoutes } from './nightly/index.ts';
import { placementRoutes } from './placement/placement.routes.ts';
import { pricingRoutes } from './pricing/pricing.routes.ts';
import { proposalsRoutes } from './proposals/index.ts';
import { openReckoner } from './reckoner/reckoner.ts';
import { whatIfRoutes } from './whatif/what-if.routes.ts';

/** Adds the routes and the background work of planning to the API. */
export function planningRoutes(app: App, context: Context, ledger: LedgerService): void {
  demandRoutes(app, context);
  nightlyRoutes(app, context);
  proposalsRoutes(app, context, ledger);
  const reckoner = openReckoner();
  app.addHook('onClose', () => reckoner.close());
  placementRoutes(app, context, reckoner);
  whatIfRoutes(app, context, reckoner);
  pricingRoutes(app, context);
}
