import type { z } from 'zod';
import { parseDay } from '../../network/index.ts';
import type { Context, Principal } from '../../platform/context.ts';
import { type OwnerScope, readAs, type Tx } from '../../platform/database.ts';
import { decodeCursor, toPage } from '../../platform/http.ts';
import { invalidRequest, notFound, Problem } from '../../platform/problems.ts';
import { loadDrivers } from './drivers.ts';
import {
  findItem,
  findOwner,
  findSite,
  type ItemFound,
  ownerCode,
  type SeriesFilter,
  type SeriesName,
  selectSeries,
} from './history.queries.ts';
import { type Bucket, periodsOf, summaryOf } from './history.ts';
import { readLinks } from './links.ts';
import { readSeries } from './read.ts';
import type { historyAnswer, seriesAnswer } from './schemas.ts';
import { seriesCursor } from './series-cursor.ts';
import type { DemandSeries, SeriesKey, SeriesRange } from './types.ts';

const DAY_MS = 86_400_000;
const DAYS_DEFAULT = 730;
/** Days that one answer covers at most. */
export const HISTORY_DAYS_MAX = 3660;

type Parts = Pick<Context, 'database' | 'clock'>;

/** What of a series is asked for. */
export interface HistoryQuery {
  readonly item: string;
  readonly site: string;
  readonly owner?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly bucket: Bucket;
}

/** The window of a question; by default the last two years up to today. */
function windowOf(parts: Parts, { from, to }: Pick<HistoryQuery, 'from' | 'to'>) {
  const today = Math.floor(parts.clock().getTime() / DAY_MS);
  const toDay = to === undefined ? today : parseDay(to);
  const fromDay = from === undefined ? toDay - DAYS_DEFAULT + 1 : parseDay(from);
  if (fromDay > toDay || toDay - fromDay >= HISTORY_DAYS_MAX) {
    const expected = `a day at most ${HISTORY_DAYS_MAX} days before to, and not after it`;
    throw new Problem(invalidRequest, 'The days asked for make no window.', {
      errors: [
        { path: 'query.from', message: 'is no first day of it', expected, found: from ?? '' },
      ],
    });
  }
  return { fromDay, toDay };
}

async function ownerOf(
  tx: Tx,
  scope: OwnerScope,
  item: ItemFound,
  code: string | undefined,
): Promise<{ ownerId: number; code: string } | undefined> {
  if (code !== undefined) return findOwner(tx, code);
  const ownerId = scope === 'house' ? item.ownerId : scope;
  if (ownerId !== null) return { ownerId, code: await ownerCode(tx, ownerId) };
  return findOwner(tx, undefined);
}

/** The one series of a key; undefined where nothing is known of it. */
async function readOne(
  tx: Tx,
  key: SeriesKey,
  range: Pick<SeriesRange, 'throughDay' | 'daysMax'>,
): Promise<DemandSeries | undefined> {
  const { itemId, siteId, ownerId } = key;
  const one = {
    ...range,
    itemIdFrom: itemId,
    itemIdBefore: itemId + 1,
    siteIds: [siteId],
    ownerIds: [ownerId],
  };
  for await (const [series] of readSeries(tx, one)) return series;
  return undefined;
}

/** The item, site and owner that a question names. @throws Problem not-found */
async function findSubject(tx: Tx, scope: OwnerScope, query: HistoryQuery) {
  const item = await findItem(tx, query.item);
  const isForeign = scope !== 'house' && item?.ownerId !== null && item?.ownerId !== scope;
  if (!item || isForeign) throw new Problem(notFound, `There is no item ${query.item}.`);
  const siteId = await findSite(tx, query.site);
  if (siteId === undefined) throw new Problem(notFound, `There is no site ${query.site}.`);
  const owner = await ownerOf(tx, scope, item, query.owner);
  if (!owner || (scope !== 'house' && owner.ownerId !== scope)) {
    throw new Problem(notFound, `There is no owner ${query.owner}.`);
  }
  return { item, siteId, owner };
}

/**
 * Demand of an item at a site by day or week, with what is known beside it.
 * @throws Problem not-found, invalid-request.
 */
export function readHistory(
  parts: Parts,
  principal: Pick<Principal, 'scope'>,
  query: HistoryQuery,
): Promise<z.output<typeof historyAnswer>> {
  const { fromDay, toDay } = windowOf(parts, query);
  const { scope } = principal;
  return readAs(parts.database, scope, async (tx) => {
    const { item, siteId, owner } = await findSubject(tx, scope, query);
    const key = { itemId: item.itemId, siteId, ownerId: owner.ownerId };
    // Days before the window teach what is usual, as they do in the nightly run.
    const daysMax = Math.max(toDay - fromDay + 1, DAYS_DEFAULT);
    const series = await readOne(tx, key, { throughDay: toDay, daysMax });
    const firstDay = Math.min(fromDay, series?.firstDay ?? fromDay);
    const drivers = await loadDrivers(tx, { fromDay: firstDay, toDay });
    const links = await readLinks(tx);
    const link = links.find(({ itemId }) => itemId === item.itemId);
    const { bucket } = query;
    return {
      item: query.item,
      site: query.site,
      owner: owner.code,
      group: drivers.groupOf(item.itemId) ?? null,
      region: drivers.regionOf(siteId) ?? null,
      bucket,
      predecessor: link?.predecessor ?? null,
      periods: series ? periodsOf(series, drivers, { bucket, scale: item.scale, fromDay }) : [],
    };
  });
}

/** A question for a list of series. */
export interface SeriesQuery extends SeriesFilter {
  readonly cursor: string | undefined;
  readonly limit: number;
  /** Days, up to today, that the figures are about. */
  readonly days: number;
}

async function summaries(
  tx: Tx,
  names: readonly SeriesName[],
  range: Pick<SeriesRange, 'throughDay' | 'daysMax'>,
): Promise<z.output<typeof seriesAnswer>[]> {
  const [first] = names;
  const last = names.at(-1);
  if (!first || !last) return [];
  const found = new Map<string, DemandSeries>();
  const nameOf = (key: SeriesKey) => `${key.itemId} ${key.siteId} ${key.ownerId}`;
  const wanted = new Set(names.map(nameOf));
  const items = { itemIdFrom: first.itemId, itemIdBefore: last.itemId + 1 };
  for await (const batch of readSeries(tx, { ...range, ...items })) {
    for (const series of batch) {
      if (wanted.has(nameOf(series))) found.set(nameOf(series), series);
    }
  }
  return names.flatMap((name) => {
    const series = found.get(nameOf(name));
    if (!series) return [];
    const { item, site, owner, group, region, scale } = name;
    return [{ item, site, owner, group, region, ...summaryOf(series, scale) }];
  });
}

/** Series of demand with their figures, in order of item, site and owner. */
export function listSeries(
  parts: Parts,
  principal: Pick<Principal, 'scope'>,
  query: SeriesQuery,
): Promise<{ items: z.output<typeof seriesAnswer>[]; nextCursor: string | null }> {
  const after = decodeCursor(query.cursor, seriesCursor);
  const throughDay = Math.floor(parts.clock().getTime() / DAY_MS);
  return readAs(parts.database, principal.scope, async (tx) => {
    const key = after && { itemId: after[0], siteId: after[1], ownerId: after[2] };
    const names = await selectSeries(tx, query, key, query.limit + 1);
    const keys = ({ itemId, siteId, ownerId }: SeriesName) => [itemId, siteId, ownerId];
    const { items, nextCursor } = toPage(names, query.limit, keys, (name) => name);
    const range = { throughDay, daysMax: query.days };
    return { items: await summaries(tx, items, range), nextCursor };
  });
}
