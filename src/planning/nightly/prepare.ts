import type { Tx } from '../../platform/database.ts';
import { countForecasts, refreshCells, selectItems } from './cells.queries.ts';
import { cutItems, type ItemRange, NEW_AT_ONCE_MAX } from './run.ts';
import { type Claimed, setRequest } from './runs.queries.ts';

/**
 * Prepares a run whose history is up to date: cells, how new series are met, and the ranges of
 * items that its parts are. `tx` is the transaction that ends the first part.
 */
export async function prepareRun(tx: Tx, run: Claimed): Promise<ItemRange[]> {
  // These read whole tables, which the poster's settings do not expect.
  await tx.query('SET LOCAL enable_seqscan = on');
  await refreshCells(tx);
  const items = await selectItems(tx, Number(run.origin.slice(0, 4)));
  const series = items.reduce((sum, item) => sum + item.series, 0);
  const known = await countForecasts(tx, run.origin);
  await tx.query('SET LOCAL enable_seqscan = off');
  const newAtOnce = series - known <= NEW_AT_ONCE_MAX;
  await setRequest(tx, run.runId, { ...run.request, newAtOnce });
  return cutItems(items);
}
