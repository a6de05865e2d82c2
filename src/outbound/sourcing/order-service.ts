import type { LedgerService } from '../../ledger/index.ts';
import type { Context } from '../../platform/context.ts';
import { createOrderService, type OrderService } from '../orders/service.ts';
import { createChooseSites } from './choose-sites.ts';

/** What commands of sales orders work with, its sites chosen at least cost. */
export function createSourcedOrders(context: Context, ledger: LedgerService): OrderService {
  return createOrderService(context, ledger, createChooseSites(context));
}
