import type { Tx } from '../../platform/database.ts';
import { currencyDigits } from '../../platform/money.ts';
import { type DemandSeries, readSeries } from '../demand/index.ts';
import { type PastFigures, placeKey } from './place.ts';

/** What demand history says beside the forecast: the last weeks, the last sale, the price. */

const DAYS_READ = 420;
const WEEK_DAYS = 7;
const WEEKS_BEFORE = 8;
const PRICES_MAX = 5;

/** Sums a day range of a series, where what is unknown counts as nothing. */
function sumOf(series: DemandSeries, from: number, to: number): number {
  let sum = 0;
  for (let i = Math.max(0, from); i < to; i += 1) {
    const value = series.demand[i]!;
    if (!Number.isNaN(value)) sum += value;
  }
  return sum;
}

/** The figures of one series that ends the day before `today`. */
export function pastOf(series: DemandSeries, today: number, digits: number): PastFigures {
  const end = Math.min(series.demand.length, today - series.firstDay);
  const lastWeek = sumOf(series, end - WEEK_DAYS, end);
  const weeks = Array.from({ length: WEEKS_BEFORE }, (_, i) => end - (i + 1) * WEEK_DAYS)
    .filter((to) => to - WEEK_DAYS >= 0)
    .map((to) => sumOf(series, to - WEEK_DAYS, to));
  const mean = weeks.reduce((sum, value) => sum + value, 0) / (weeks.length || 1);
  const squares = weeks.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const prices: number[] = [];
  let lastDemandDay: number | null = null;
  for (let i = end - 1; i >= 0; i -= 1) {
    if (lastDemandDay === null && series.ordered[i]! > 0) lastDemandDay = series.firstDay + i;
    const price = series.price[i]!;
    if (price > 0 && prices.length < PRICES_MAX) prices.push(price);
    if (lastDemandDay !== null && prices.length === PRICES_MAX) break;
  }
  const price = prices.reduce((sum, value) => sum + value, 0) / (prices.length || 1);
  return {
    lastWeek,
    // Of a few weeks nothing can be said to be unusual.
    weekMean: weeks.length >= 4 ? mean : Number.POSITIVE_INFINITY,
    weekDeviation: weeks.length > 1 ? Math.sqrt(squares / (weeks.length - 1)) : 0,
    lastDemandDay,
    firstDay: series.firstDay,
    salesPrice: prices.length > 0 ? price * 10 ** digits : null,
  };
}

/** Past figures of all places, by {@link placeKey}. */
export async function readPast(
  tx: Tx,
  today: number,
  currency: string,
): Promise<Map<string, PastFigures>> {
  const past = new Map<string, PastFigures>();
  const digits = currencyDigits(currency);
  const range = { throughDay: today - 1, daysMax: DAYS_READ };
  for await (const batch of readSeries(tx, range)) {
    for (const series of batch) {
      const key = placeKey(series.itemId, series.siteId, series.ownerId);
      past.set(key, pastOf(series, today, digits));
    }
  }
  return past;
}
