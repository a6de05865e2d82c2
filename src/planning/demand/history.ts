import type { z } from 'zod';
import { formatDay } from '../../network/index.ts';
import type { Drivers } from './drivers.ts';
import { exactText, known, markNames, type periodAnswer } from './schemas.ts';
import { type DemandSeries, MARK } from './types.ts';

/** How one series looks to a person: by day or by week. */

type Period = z.output<typeof periodAnswer>;

export type Bucket = 'day' | 'week';

const WEEK = 7;
/** Days from the Monday before 1970-01-01, a Thursday. */
const MONDAY_OFFSET = 3;

/** The first day of the period that a day is in; weeks begin on Mondays (ISO 8601). */
export function periodStart(day: number, bucket: Bucket): number {
  if (bucket === 'day') return day;
  return Math.floor((day + MONDAY_OFFSET) / WEEK) * WEEK - MONDAY_OFFSET;
}

function count(marks: Uint8Array, bit: number): number {
  return marks.reduce((sum, mark) => sum + ((mark & bit) === 0 ? 0 : 1), 0);
}

/** Sum of the known values; NaN where none is known. */
function sumKnown(values: Float64Array): number {
  const found = values.filter((value) => !Number.isNaN(value));
  return found.length === 0 ? Number.NaN : found.reduce((sum, value) => sum + value, 0);
}

/** The mean price of days, weighted by what they sold. */
function meanPrice(price: Float64Array, ordered: Float64Array): number {
  let value = 0;
  let units = 0;
  for (const [index, one] of price.entries()) {
    const weight = Math.max(0, ordered[index]!);
    if (Number.isNaN(one) || weight === 0) continue;
    value += one * weight;
    units += weight;
  }
  return units === 0 ? Number.NaN : value / units;
}

function driversOf(series: DemandSeries, drivers: Drivers, from: number, to: number) {
  const { itemId, siteId } = series;
  const found = { holidays: new Set<string>(), events: new Set<string>() };
  const promotions = new Set<string>();
  for (let day = from; day <= to; day += 1) {
    const on = drivers.on(itemId, siteId, day);
    for (const name of on.holidays) found.holidays.add(name);
    for (const name of on.events) found.events.add(name);
    for (const code of on.promotions) promotions.add(code);
  }
  const window = [from - drivers.fromDay, to - drivers.fromDay + 1] as const;
  const discounts = drivers.discounts(itemId, siteId)?.subarray(...window);
  const signals = drivers.signals(itemId, siteId).flatMap(({ code, values }) => {
    const own = values.subarray(...window).filter((value) => !Number.isNaN(value));
    if (own.length === 0) return [];
    return [[code, own.reduce((sum, value) => sum + value, 0) / own.length] as const];
  });
  return {
    holidays: [...found.holidays],
    events: [...found.events],
    promotions: [...promotions],
    discount: Math.max(0, ...(discounts ?? [])),
    signals: Object.fromEntries(signals),
  };
}

function periodOf(
  series: DemandSeries,
  drivers: Drivers,
  scale: number,
  range: { readonly start: number; readonly from: number; readonly to: number },
): Period {
  const { start, from, to } = range;
  const cut = [from - series.firstDay, to - series.firstDay + 1] as const;
  const marks = series.marks.subarray(...cut);
  const ordered = series.ordered.subarray(...cut);
  const lost = series.lost.subarray(...cut).reduce((sum, value) => sum + value, 0);
  const unavailable = count(marks, MARK.unavailable);
  const partly = count(marks, MARK.partlyAvailable);
  return {
    from: formatDay(start),
    days: to - from + 1,
    ordered: exactText(
      ordered.reduce((sum, value) => sum + value, 0),
      scale,
    ),
    lostEstimate: lost,
    demand: known(sumKnown(series.demand.subarray(...cut))),
    isCensored: unavailable + partly > 0,
    unavailableDays: unavailable,
    partlyAvailableDays: partly,
    price: known(meanPrice(series.price.subarray(...cut), ordered)),
    marks: markNames(marks.reduce((bits, mark) => bits | mark, 0)),
    ...driversOf(series, drivers, from, to),
  };
}

/** The periods of a series from a day on. */
export function periodsOf(
  series: DemandSeries,
  drivers: Drivers,
  { bucket, scale, fromDay }: { bucket: Bucket; scale: number; fromDay: number },
): Period[] {
  const periods: Period[] = [];
  const last = series.firstDay + series.demand.length - 1;
  let from = Math.max(fromDay, series.firstDay);
  while (from <= last) {
    const start = periodStart(from, bucket);
    const to = Math.min(last, bucket === 'day' ? start : start + WEEK - 1);
    periods.push(periodOf(series, drivers, scale, { start, from, to }));
    from = to + 1;
  }
  return periods;
}

/** Figures of a series for a list. */
export function summaryOf(series: DemandSeries, scale: number) {
  const lastSold = series.ordered.findLastIndex((value) => value > 0);
  return {
    firstDay: formatDay(series.firstDay),
    lastSoldOn: lastSold < 0 ? null : formatDay(series.firstDay + lastSold),
    days: series.demand.length,
    ordered: exactText(
      series.ordered.reduce((sum, value) => sum + value, 0),
      scale,
    ),
    lostEstimate: series.lost.reduce((sum, value) => sum + value, 0),
    unavailableDays: count(series.marks, MARK.unavailable),
    excludedDays: count(series.marks, MARK.excluded),
    spikes: count(series.marks, MARK.outlier | MARK.oneOff),
  };
}
