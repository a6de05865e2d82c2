import type { LedgerService } from '../ledger/index.ts';
import type { Context } from '../platform/context.ts';
import { readAs } from '../platform/database.ts';
import { completions } from './completions.ts';
import { createInbound } from './inbound.ts';
import { finishDocument, toProblem } from './operations.ts';
import { SUPPLIER_RETURN, showReturn } from './supplier-return.commands.ts';
import { findReturn, type SupplierReturnAnswer } from './supplier-return.queries.ts';

/**
 * Sends off what another module made a return to a supplier of, such as goods that a customer
 * brought back. Any number of callers may do it at once, and again.
 * @throws Problem not-found, still-posting, and what the ledger refuses.
 */
export async function finishSupplierReturn(
  context: Context,
  ledger: LedgerService,
  number: string,
): Promise<SupplierReturnAnswer> {
  const inbound = createInbound(context, ledger);
  const document = { type: SUPPLIER_RETURN, number };
  const refused = await finishDocument(inbound, completions, document);
  if (refused) throw refused;
  return readAs(context.database, 'house', async (tx) => {
    const problem = (await findReturn(tx, number))?.problem;
    if (problem) throw toProblem(problem);
    return showReturn(inbound, tx, number);
  });
}
