import type { z } from 'zod';
import type { Tx } from '../../platform/database.ts';
import { type DemandSeries, readSeries } from '../demand/index.ts';
import { LEVELS } from '../series.ts';
import { HISTORY_DAYS } from './batch.ts';
import { HISTORY_SHOWN_DAYS } from './forecasts.ts';
import {
  type ForecastItem,
  selectForecastItems,
  selectSiteCodes,
} from './item-forecasts.queries.ts';
import { correlationOf, overSites, sumOf } from './over-sites.ts';
import { dateOf, dayOf } from './pack.ts';
import { readForecasts } from './read.ts';
import type { itemForecastAnswer, itemForecastLine } from './schemas.ts';
import type { StoredForecast } from './types.ts';
import { shown, shownAll } from './view.ts';

export type ItemForecastAnswer = z.output<typeof itemForecastAnswer>;
type ItemForecastLine = z.output<typeof itemForecastLine>;

function lineOf(one: ForecastItem, forecasts: readonly StoredForecast[]): ItemForecastLine {
  const days = sumOf(forecasts.map(({ dayMeans }) => dayMeans));
  const { item, owner } = one;
  return {
    ...{ item, owner, origin: forecasts[0]!.origin, sites: forecasts.length },
    meanPerDay: shown(days.reduce((sum, mean) => sum + mean, 0) / days.length),
    weeks: shownAll(sumOf(forecasts.map(({ weekMeans }) => weekMeans))),
    isDrifting: forecasts.some(({ isDrifting }) => isDrifting),
    overridden: forecasts.some(({ overrides }) => overrides.length > 0),
  };
}

/** Items over all their sites in a list: each the sum of its forecasts as they are shown. */
export async function showItemForecasts(
  tx: Tx,
  items: readonly ForecastItem[],
): Promise<ItemForecastLine[]> {
  const all = await readForecasts(tx, { itemIds: [...new Set(items.map(({ itemId }) => itemId))] });
  const byItem = new Map<string, StoredForecast[]>();
  for (const one of all) {
    const key = `${one.itemId} ${one.ownerId}`;
    const known = byItem.get(key);
    if (known) known.push(one);
    else byItem.set(key, [one]);
  }
  return items.map((one) => lineOf(one, byItem.get(`${one.itemId} ${one.ownerId}`)!));
}

/**
 * An item over all its sites, with quantiles; undefined where there is no forecast of it.
 * @param owner its code; by default the first that the reader may see. `tx` is a reader's.
 */
export async function readItemForecast(
  tx: Tx,
  item: string,
  owner: string | undefined,
): Promise<ItemForecastAnswer | undefined> {
  const named = { item, owner: owner ?? null, group: null };
  const [found] = await selectForecastItems(tx, { ...named, after: undefined, limit: 1 });
  if (!found) return undefined;
  const { itemId, ownerId } = found;
  const forecasts = await readForecasts(tx, { itemIds: [itemId], ownerIds: [ownerId] });
  const histories = await historiesOf(tx, found, forecasts);
  const sum = overSites(forecasts, correlationOf(histories.map(({ demand }) => demand)));
  const codes = await selectSiteCodes(tx, [...new Set(forecasts.map(({ siteId }) => siteId))]);
  return {
    ...lineOf(found, forecasts),
    days: shownAll(sum.dayMeans),
    levels: [...LEVELS],
    dayQuantiles: sum.dayQuantiles.map(shownAll),
    weekQuantiles: sum.weekQuantiles.map(shownAll),
    correlation: shown(sum.correlation),
    bySite: forecasts.map(({ siteId, weekMeans, method, demandClass }) => ({
      ...{ site: codes.get(siteId) ?? String(siteId), class: demandClass, method },
      weeks: shownAll(weekMeans),
    })),
    history: summedHistory(histories, forecasts[0]!.origin),
  };
}

/** The demand of the item at the sites that it is forecast for, through the origin. */
async function historiesOf(
  tx: Tx,
  { itemId, ownerId }: ForecastItem,
  forecasts: readonly StoredForecast[],
): Promise<DemandSeries[]> {
  const read = readSeries(tx, {
    ...{ throughDay: dayOf(forecasts[0]!.origin), daysMax: HISTORY_DAYS, ownerIds: [ownerId] },
    ...{ itemIdFrom: itemId, itemIdBefore: itemId + 1 },
    siteIds: forecasts.map(({ siteId }) => siteId),
  });
  const histories: DemandSeries[] = [];
  for await (const batch of read) histories.push(...batch);
  return histories;
}

/** Days of all sites as one; null where not one of them is known. */
function summedHistory(
  histories: readonly DemandSeries[],
  origin: string,
): ItemForecastAnswer['history'] {
  const last = dayOf(origin);
  const first = Math.min(last, ...histories.map(({ firstDay }) => firstDay));
  const from = Math.max(first, last - HISTORY_SHOWN_DAYS + 1);
  const days = Array.from({ length: last - from + 1 }, (_, i) => {
    const known = histories
      .map(({ demand, firstDay }) => demand[from + i - firstDay] ?? Number.NaN)
      .filter((value) => !Number.isNaN(value));
    return known.length === 0 ? null : shown(known.reduce((sum, value) => sum + value, 0));
  });
  return { from: dateOf(from), days };
}
