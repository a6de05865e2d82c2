import { completeCredit } from './credit.commands.ts';
import { completeApprove } from './invoice.commands.ts';
import { completeLandedCost } from './landed-cost.commands.ts';
import type { Completions } from './operations.ts';
import { completeReceive, completeReverse, completeSettle } from './receipt.completion.ts';
import { completeReturn } from './supplier-return.commands.ts';

/** What completes a document when the ledger has answered, by its type and the verb. */
export const completions: Completions = {
  'receipt receive': completeReceive,
  'receipt settle': completeSettle,
  'receipt reverse': completeReverse,
  'supplier_invoice approve': completeApprove,
  'landed_cost post': completeLandedCost,
  'supplier_return return': completeReturn,
  'supplier_credit credit': completeCredit,
};
