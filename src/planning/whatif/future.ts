import { formatDay, parseDay } from '../../network/index.ts';
import type { Context } from '../../platform/context.ts';
import type { Tx } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { readSeries } from '../demand/index.ts';
import { DAYS_AHEAD, readForecasts, type StoredForecast } from '../nightly/index.ts';
import { type LeadTime, leadTimeOf } from '../policy/index.ts';
import { readIncoming, readSettings } from '../proposals/facts.queries.ts';
import type { IncomingRow } from '../proposals/facts.ts';
import { pastOf } from '../proposals/past.ts';
import { placeKey } from '../proposals/place.ts';
import { serviceTargetOf, settingsOf, type XYZ_CLASSES } from '../proposals/setting.ts';
import type { PlaceRow, StoredTarget } from './what-if.queries.ts';
import type { FuturePlace } from './what-if.ts';

const WEEK_DAYS = 7;
/** Days of history in which the last sales prices are looked for. */
const PRICE_DAYS = 420;
/** A lead time where nobody has said or seen one. */
const LEAD_TIME_DAYS_DEFAULT = 14;
const BASIS_POINTS = 10_000;

/** Today, as a day number. */
export function todayOf(context: Context): number {
  return parseDay(context.clock().toISOString().slice(0, 10));
}

/**
 * What the futures of places are made of: the stored forecast, stock that is free, what is on its
 * way, costs, and the lead time and settings of the last planning run. Places without a forecast
 * that reaches ahead are left out.
 */
export async function loadFutures(
  tx: Tx,
  context: Context,
  rows: readonly PlaceRow[],
): Promise<FuturePlace[]> {
  if (rows.length === 0) return [];
  const today = todayOf(context);
  const itemIds = [...new Set(rows.map(({ itemId }) => itemId))];
  const forecasts = await readForecasts(tx, { itemIds, ownerIds: [rows[0]!.ownerId] });
  const known = {
    today,
    digits: currencyDigits(context.config.currency),
    forecasts: new Map(forecasts.map((row) => [keyOf(row), row])),
    incoming: (await readIncoming(tx)).filter(({ itemId }) => itemIds.includes(itemId)),
    settingOf: settingsOf(await readSettings(tx)),
    prices: await readPrices(tx, context, itemIds),
  };
  return rows.flatMap((row) => futureOf(row, known) ?? []);
}

type Known = {
  readonly today: number;
  readonly digits: number;
  readonly forecasts: ReadonlyMap<string, StoredForecast>;
  readonly incoming: readonly IncomingRow[];
  readonly settingOf: ReturnType<typeof settingsOf>;
  /** Minor units, by {@link placeKey}. */
  readonly prices: ReadonlyMap<string, number>;
};

const keyOf = (row: { itemId: number; siteId: number; ownerId: number }) =>
  placeKey(row.itemId, row.siteId, row.ownerId);

/** The average net price of the last sales of each place. */
async function readPrices(tx: Tx, context: Context, itemIds: readonly number[]) {
  const today = todayOf(context);
  const digits = currencyDigits(context.config.currency);
  const prices = new Map<string, number>();
  for (const itemId of itemIds) {
    const range = { itemIdFrom: itemId, itemIdBefore: itemId + 1 };
    const asked = { throughDay: today - 1, daysMax: PRICE_DAYS, ...range };
    for await (const batch of readSeries(tx, asked)) {
      for (const series of batch) {
        const { salesPrice } = pastOf(series, today, digits);
        if (salesPrice !== null) prices.set(keyOf(series), salesPrice);
      }
    }
  }
  return prices;
}

function futureOf(row: PlaceRow, known: Known): FuturePlace | undefined {
  const forecast = known.forecasts.get(keyOf(row));
  if (!forecast) return undefined;
  const skip = Math.max(0, known.today - parseDay(forecast.origin) - 1);
  const weeksPast = Math.round(skip / WEEK_DAYS);
  if (weeksPast >= forecast.weekMeans.length) return undefined;
  const setting = known.settingOf({
    ...{ itemId: row.itemId, siteId: row.siteId },
    abcClass: (row.target?.abcClass ?? 'C') as 'A' | 'B' | 'C',
    xyzClass: (row.target?.xyzClass ?? 'Z') as (typeof XYZ_CLASSES)[number],
  });
  const unit = 10 ** -row.scale;
  const money = 10 ** -known.digits;
  const unitCost = (row.unitCost ?? 0) * money;
  const price = (known.prices.get(keyOf(row)) ?? 0) * money;
  const margin = price - unitCost;
  const share = setting.shortageCostBasisPoints / BASIS_POINTS;
  const leadTime = leadTimeFrom(row.target, setting.leadTimeDays);
  return {
    ...{ item: row.item, site: row.site, unitCost, leadTime },
    shortageCost: margin > 0 ? margin : unitCost * share,
    onHand: Math.max(0, Number(row.onHand) * unit),
    arriving: known.incoming
      .filter(({ siteId, ownerId }) => siteId === row.siteId && ownerId === row.ownerId)
      .filter(({ itemId }) => itemId === row.itemId)
      .map(({ day, quantity }) => ({
        day: day === null ? Math.round(leadTime.mean) : Math.max(0, day - known.today),
        quantity: Number(quantity) * unit,
      })),
    dayMeans: dayMeansOf(forecast, skip),
    weekMeans: forecast.weekMeans.subarray(weeksPast),
    weekQuantiles: forecast.weekQuantiles.map((level) => level.subarray(weeksPast)),
    dayVariance: forecast.dayVariance,
    growth: forecast.growth,
    correlation: forecast.correlation,
    reviewDays: row.target?.explanation.reviewDays ?? setting.reviewPeriodDays,
    service: serviceTargetOf(setting),
    orderCost: Number(setting.orderCost),
    holdingRate: setting.holdingRateBasisPoints / BASIS_POINTS,
    multiple: row.target?.explanation.roundedTo ?? 1,
    minimum: 0,
    granularity: unit,
  };
}

/** Means of each day from today on, for as long as there are weeks. */
function dayMeansOf({ dayMeans, weekMeans }: StoredForecast, skip: number): Float64Array {
  const days = weekMeans.length * WEEK_DAYS - skip;
  return Float64Array.from({ length: Math.max(0, days) }, (_, i) => {
    const day = i + skip;
    if (day < DAYS_AHEAD) return dayMeans[day]!;
    return weekMeans[Math.floor(day / WEEK_DAYS)]! / WEEK_DAYS;
  });
}

/** Points that a stored lead time is given again: where a normal one has its sevenths. */
const NORMAL_POINTS = [-1.465, -0.792, -0.366, 0, 0.366, 0.792, 1.465];

/** The lead time of the last run, from its mean and deviation; else what is set or usual. */
function leadTimeFrom(target: StoredTarget | null, setDays: number | null): LeadTime {
  const { leadTimeMean, leadTimeDeviation = 0 } = target?.explanation ?? {};
  if (leadTimeMean === undefined) return leadTimeOf([], setDays ?? LEAD_TIME_DAYS_DEFAULT);
  const observed = NORMAL_POINTS.map((point) => {
    return Math.max(0, Math.round(leadTimeMean + point * leadTimeDeviation));
  });
  return leadTimeOf(observed, null);
}

/** A day ahead as a date. */
export function dateOf(today: number, ahead: number): string {
  return formatDay(today + ahead);
}
