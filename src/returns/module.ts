import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import { anyDocument, documentRoutes, tableStore } from '../platform/documents/index.ts';
import type { App } from '../platform/http.ts';
import { completeExchange } from './exchanges.commands.ts';
import { goodsRoutes } from './goods.routes.ts';
import { createHandOver } from './hand-over.ts';
import { completeInspection, completeReversal } from './inspections.commands.ts';
import { moneyRoutes } from './money.routes.ts';
import { policyType } from './policy.ts';
import { completeReceipt } from './receipts.commands.ts';
import { completeFinish } from './refurbishments.commands.ts';
import { returnRoutes } from './rma.routes.ts';
import { createReturns, type Returns } from './service.ts';
import type { StepWork } from './steps.ts';
import { keepSweeping } from './sweep.ts';

/** What steps of returns do in the end, and what other modules do for them. */
export function createStepWork(returns: Returns): StepWork {
  return {
    completions: {
      receipt: completeReceipt,
      inspection: completeInspection,
      reversal: completeReversal,
      refurbishment: completeFinish,
      exchange: completeExchange,
    },
    handOver: createHandOver(returns),
  };
}

/** Customer returns: policies, documents, goods, money, and the sweep that finishes them. */
export function returnsRoutes(app: App, context: Context, ledger: LedgerService): void {
  const returns = createReturns(context, ledger);
  const work = createStepWork(returns);
  documentRoutes(app, context, {
    store: tableStore(anyDocument(policyType)),
    path: '/v1/return-policies',
    keyField: 'channel',
    readScope: 'returns:read',
    writeScope: 'returns:write',
    houseOnly: true,
  });
  returnRoutes(app, returns);
  goodsRoutes(app, returns, work);
  moneyRoutes(app, returns, work);
  const stop = keepSweeping(returns, work);
  // Closing runs the hooks from the last to the first, so this ends before the ledger does.
  app.addHook('onClose', stop);
}
