import type { Queryable } from '../../platform/database.ts';
import type { DemandOver, StoredForecast } from './types.ts';

/** Which forecasts to read: of some items, of a site, after a key; all of them by default. */
export interface ForecastFilter {
  readonly itemIds?: readonly number[];
  readonly siteIds?: readonly number[];
  /** Only after this item and site, in that order: to read all of them in chunks. */
  readonly after?: { readonly itemId: number; readonly siteId: number };
  readonly limit?: number;
}

/**
 * Current forecasts with planners' overrides applied, in order of item and site. `db` is a
 * transaction of any role; row-level security decides what it sees.
 */
export async function readForecasts(
  db: Queryable,
  filter: ForecastFilter,
): Promise<StoredForecast[]> {
  throw new Error(`not there yet: ${typeof db} ${typeof filter}`);
}

/**
 * Mean and variance of demand summed over the next `days` days; fractions of a day count in part.
 * Beyond the days that have a mean of their own the weeks' means are spread evenly.
 */
export function demandOver(forecast: StoredForecast, days: number): DemandOver {
  throw new Error(`not there yet: ${forecast.itemId} ${days}`);
}
