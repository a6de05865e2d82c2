import { z } from 'zod';
import { finishSupplierReturn } from '../inbound/index.ts';
import { captureSalesOrder, createSourcedOrders } from '../outbound/index.ts';
import { invalidRequest, Problem } from '../platform/problems.ts';
import { forLedger, type Returns } from './service.ts';
import type { HandOver } from './steps.ts';

/** What other modules do for returns: a return to a supplier, a sales order in exchange. */
export function createHandOver(returns: Returns): HandOver {
  const { context, ledger } = returns;
  const orders = createSourcedOrders(context, ledger);
  return async (step, command) => {
    if (command.kind === 'capture') {
      const principal = forLedger(step.actorId);
      const answer = await captureSalesOrder(orders, principal, command.id, command.body).catch(
        (error: Error) => {
          throw error instanceof z.ZodError ? invalidOrder(error) : error;
        },
      );
      return { document: answer.number, answer, movement: null, value: null };
    }
    const answer = await finishSupplierReturn(context, ledger, command.document);
    const [line] = answer.lines;
    const { movement = null, value = null } = line ?? {};
    return { document: answer.number, answer, movement, value };
  };
}

/** What is wrong with the sales order, where the request wrote it. */
function invalidOrder(error: z.ZodError): Problem {
  const errors = error.issues.map(({ path, message }) => ({
    path: ['body.order', ...path].join('.'),
    message,
  }));
  return new Problem(invalidRequest, 'The sales order in exchange is not valid.', { errors });
}
