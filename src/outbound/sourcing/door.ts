import type { LedgerService } from '../../ledger/index.ts';
import type { Context } from '../../platform/context.ts';
import { readAs } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { findOrder } from '../orders/order.queries.ts';
import { selectDecisions } from './decision.queries.ts';
import { POLICY_DEFAULT } from './facts.queries.ts';
import { createFacts } from './facts.ts';
import { createSourcedOrders } from './order-service.ts';
import { RUN_ORDERS_DEFAULT, runNow } from './runs.ts';
import type { DecisionAnswer, RunAnswer } from './schemas.ts';
import { showDecision, showRun } from './view.ts';

/** Which sales orders a run is about; by default the first thousand to be served. */
export interface RunRequest {
  readonly policy?: string | undefined;
  readonly channel?: string | undefined;
  readonly site?: string | undefined;
  readonly salesOrdersMax?: number | undefined;
}

/**
 * Sources reserved sales orders anew, in this process, and answers when it is done.
 * @throws Problem sourcing-policy-missing.
 */
export async function runSourcing(
  context: Context,
  ledger: LedgerService,
  request: RunRequest,
): Promise<RunAnswer> {
  const service = createSourcedOrders(context, ledger);
  const { policy = POLICY_DEFAULT, channel = null, site = null, salesOrdersMax } = request;
  const filter = { channel, site, ordersMax: salesOrdersMax ?? RUN_ORDERS_DEFAULT };
  return showRun(await runNow({ service, facts: createFacts(context) }, { policy, filter }));
}

/**
 * Why a sales order ships from where, the newest decision first, as the house sees it.
 * @throws Problem not-found.
 */
export async function readSourcing(
  context: Context,
  number: string,
  limit: number,
): Promise<DecisionAnswer[]> {
  const { currency } = context.config;
  const money = { currency, digits: currencyDigits(currency) };
  return readAs(context.database, 'house', async (tx) => {
    await findOrder(tx, number, false);
    const rows = await selectDecisions(tx, number, undefined, limit);
    return rows.map((row) => showDecision(row, money));
  });
}
