import { accountingRoutes, booksProof } from '../accounting/index.ts';
import { inboundRoutes } from '../inbound/index.ts';
import { ledgerRoutes } from '../ledger/index.ts';
import { outboundRoutes } from '../outbound/index.ts';
import { planningRoutes } from '../planning/index.ts';
import { rateRoutes } from '../platform/rates.ts';
import { returnsRoutes } from '../returns/index.ts';
import type { RouteModule } from './modules.ts';

/**
 * The ledger and the modules that post through it, in the order of the reference page. They share
 * the one ledger of this process.
 */
export const commerceModules: readonly RouteModule[] = [
  async (app, context) => {
    rateRoutes(app, context);
    const ledger = await ledgerRoutes(app, context, booksProof(context));
    inboundRoutes(app, context, ledger);
    outboundRoutes(app, context, ledger);
    returnsRoutes(app, context, ledger);
    accountingRoutes(app, context);
    planningRoutes(app, context, ledger);
  },
];
