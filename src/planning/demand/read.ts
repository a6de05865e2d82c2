import type { Queryable } from '../../platform/database.ts';
import type { DemandSeries, SeriesRange } from './types.ts';

/**
 * Reads demand series in order of item, site and owner, a batch at a time. `db` is a transaction
 * of any role; row-level security decides what it sees.
 */
export async function* readSeries(
  db: Queryable,
  range: SeriesRange,
): AsyncGenerator<DemandSeries[]> {
  throw new Error(`not there yet: ${typeof db} ${range.throughDay}`);
}
