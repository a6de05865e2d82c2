import type { Queryable } from '../../platform/database.ts';
import { readSeries } from '../demand/index.ts';
import type { OverrideSize } from './override.ts';
import { dayOf } from './pack.ts';
import { readForecasts } from './read.ts';
import { DAYS_AHEAD, type StoredForecast, WEEK_DAYS } from './types.ts';

/** An override as far as its size is concerned. */
export interface Sized {
  readonly itemId: number | null;
  readonly siteId: number | null;
  readonly fromDay: number;
  readonly toDay: number;
  readonly kind: 'absolute' | 'percent';
  readonly value: number;
  /** History up to this day is looked at. */
  readonly today: number;
}

/** Days of history in which the highest demand is looked for. */
const HISTORY_DAYS = 3_660;

/**
 * How far an override goes beyond what was expected. Percents say it themselves; units a day are
 * told against the stored forecast without overrides, and the highest day of history.
 */
export async function sizeOf(db: Queryable, override: Sized): Promise<OverrideSize> {
  const { itemId, siteId, value, kind } = override;
  if (kind === 'percent' || itemId === null || siteId === null) {
    return { forecast: 1, overridden: Math.max(0, 1 + value / 100), highestDay: 0 };
  }
  const filter = { itemIds: [itemId], siteIds: [siteId], statistical: true };
  let forecast: number | null = null;
  let places = 0;
  for (const one of await readForecasts(db, filter)) {
    forecast = (forecast ?? 0) + unitsOf(one, override);
    places += 1;
  }
  const days = override.toDay - override.fromDay + 1;
  const overridden = value * days * Math.max(1, places);
  return { forecast, overridden, highestDay: await highestDay(db, itemId, siteId, override.today) };
}

/** Units forecast for the days; beyond the weeks that are forecast, the last one goes on. */
function unitsOf(forecast: StoredForecast, { fromDay, toDay }: Sized): number {
  const { dayMeans, weekMeans, origin } = forecast;
  const first = dayOf(origin) + 1;
  let units = 0;
  for (let day = fromDay; day <= toDay; day += 1) {
    const ahead = Math.max(0, day - first);
    const week = Math.min(weekMeans.length - 1, Math.floor(ahead / WEEK_DAYS));
    units += ahead < DAYS_AHEAD ? dayMeans[ahead]! : weekMeans[week]! / WEEK_DAYS;
  }
  return units;
}

async function highestDay(
  db: Queryable,
  itemId: number,
  siteId: number,
  today: number,
): Promise<number> {
  const range = { itemIdFrom: itemId, itemIdBefore: itemId + 1, siteIds: [siteId] };
  const asked = { ...range, throughDay: today, daysMax: HISTORY_DAYS };
  let highest = 0;
  for await (const batch of readSeries(db, asked)) {
    for (const { ordered } of batch)
      for (const units of ordered) highest = Math.max(highest, units);
  }
  return highest;
}
