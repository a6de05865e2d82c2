import { importKinds } from '../../api/index.ts';
import { currencyDigits } from '../../platform/money.ts';
import type { GlobalOptions } from '../command.ts';
import { openInProcessApi } from '../in-process-api.ts';
import { progressOf, runSteps } from '../progress.ts';
import { type RetailOptions, takeApart, writeRefused } from '../retail/import.ts';
import { parseShare, planRetail } from '../retail/plan.ts';
import { ensureReferenceData } from '../retail/reference.ts';
import type { CliContext } from '../with-database.ts';
import { type BookFigures, readBookFigures } from './books.ts';
import { planDocuments } from './plan.ts';
import { type RetailRun, runRetail } from './run.ts';
import { type OrdersSummary, summariseOrders } from './summary.ts';

/** Digits of the file's hash that tell its documents from those of other files. */
const PREFIX_DIGITS = 8;

/**
 * Runs a shop's register through the whole chain: sales orders, shipments, returns, refunds and
 * the books. Again it changes nothing.
 * @throws CliError
 */
export async function importRetailOrders(
  context: CliContext,
  globals: GlobalOptions,
  options: RetailOptions,
): Promise<OrdersSummary> {
  const { path, costShare, refusedPath } = options;
  const { currency } = context.config;
  const digits = currencyDigits(currency);
  const file = takeApart(path, digits);
  const plan = planRetail(file, parseShare(costShare));
  const country = file.header.findIndex((name) => name.trim() === 'Country');
  const events = planDocuments(plan, file.hash.slice(0, PREFIX_DIGITS).toUpperCase(), country);
  let run: RetailRun | undefined;
  let books: BookFigures | undefined;
  const api = await openInProcessApi(context, `retail import ${file.hash.slice(0, 8)}`);
  try {
    await runSteps(globals, [
      {
        title: `Make the site and ${plan.items.length} items where they are missing`,
        run: async (say) => {
          await ensureReferenceData(context, importKinds(context), plan.items, say);
        },
      },
      {
        title: `Run ${events.length} sales orders and returns`,
        run: async (say) => {
          const task = { hash: file.hash, digits, ...plan, events };
          run = await runRetail(api, task, progressOf('documents', say));
        },
      },
      {
        title: 'Ask the books',
        run: async () => {
          books = await readBookFigures(api, digits);
        },
      },
    ]);
  } finally {
    await api.close();
  }
  if (!run || !books) throw new Error('the steps ended without a result');
  const refused = [...file.refused, ...run.refused].sort((a, b) => a.line - b.line);
  if (refusedPath !== undefined) writeRefused(refusedPath, file, refused);
  return summariseOrders({ path, file, run, books, refused, costShare, currency, digits });
}
