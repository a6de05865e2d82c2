import type { Queryable } from '../../platform/database.ts';
import type { PastDemand } from './types.ts';

/**
 * Stores past demand that did not come through this system, in bulk: what was stored so before
 * of the same years of the same series is replaced. `db` is a transaction of the writer or poster.
 */
export async function writeDemand(db: Queryable, series: readonly PastDemand[]): Promise<void> {
  throw new Error(`not there yet: ${typeof db} ${series.length}`);
}
