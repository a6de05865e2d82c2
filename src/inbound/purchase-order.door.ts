import type { Context } from '../platform/context.ts';
import type { Tx } from '../platform/database.ts';
import type { By } from './inbound.ts';
import {
  createOrder,
  lockOrder,
  showOrder,
  submitOrder,
  type WrittenOrder,
} from './purchase-order.commands.ts';
import type { PurchaseOrderAnswer } from './purchase-order.queries.ts';

/**
 * Makes a purchase order in a transaction of the caller's, who writes down in the same one why:
 * so it is made exactly once, or not at all. `tx` is a writer's of the house.
 * @param submit whether it is submitted at once; then it is approved, or waits for approval.
 * @throws Problem invalid-request, exchange-rate-missing, supplier-terms.
 */
export async function createPurchaseOrder(
  context: Pick<Context, 'config'>,
  tx: Tx,
  written: WrittenOrder,
  submit: { readonly overrideTerms?: boolean | undefined } | undefined,
  by: By,
): Promise<PurchaseOrderAnswer> {
  const { currency } = context.config;
  const made = await createOrder({ currency }, tx, written, by);
  if (!submit) return made;
  await submitOrder(tx, await lockOrder(tx, made.number, undefined), submit, by);
  return showOrder(tx, made.number);
}
