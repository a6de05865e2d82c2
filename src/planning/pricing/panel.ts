import { type DemandSeries, MARK } from '../demand/index.ts';
import type { Panel, PanelSeries } from '../regression/index.ts';

const WEEK_DAYS = 7;
const WEEKS_A_YEAR = 52;
/** Days on which demand was not what customers wanted at that price. */
const NOT_USUAL = MARK.unavailable | MARK.excluded | MARK.oneOff | MARK.inherited;

/** A series with the codes that the regression pools by. */
export interface PricedSeries {
  readonly item: string;
  readonly site: string;
  readonly series: DemandSeries;
}

/**
 * Weeks of demand with their price, as the pooled regression takes them: demand summed over the
 * ordinary days of a week, the price weighted by what was sold. A week without an ordinary day
 * is unknown; a week without a sale has the price of the week before.
 */
export function panelOf(priced: readonly PricedSeries[], throughDay: number): Panel {
  const firsts = priced.map(({ series }) => weekOf(series.firstDay, throughDay));
  const start = Math.min(...firsts);
  return {
    drivers: [{ name: 'price', kind: 'price' }],
    season: WEEKS_A_YEAR,
    series: priced.map((one, i) => weeksOf(one, throughDay, firsts[i]! - start)),
  };
}

/** Weeks end on `throughDay`; the last one is week -1. */
function weekOf(day: number, throughDay: number): number {
  return Math.ceil((day - 1 - throughDay) / WEEK_DAYS);
}

function weeksOf({ item, site, series }: PricedSeries, throughDay: number, start: number) {
  const { firstDay, demand, marks, price, ordered } = series;
  const weeks = -weekOf(firstDay, throughDay);
  const values = new Float64Array(Math.max(0, weeks)).fill(Number.NaN);
  const prices = new Float64Array(values.length).fill(Number.NaN);
  for (let week = 0; week < values.length; week += 1) {
    const from = throughDay + 1 - (weeks - week) * WEEK_DAYS - firstDay;
    let [units, days, sold, revenue] = [0, 0, 0, 0];
    for (let day = from; day < from + WEEK_DAYS; day += 1) {
      const asked = demand[day];
      if (asked === undefined || Number.isNaN(asked) || (marks[day]! & NOT_USUAL) !== 0) continue;
      units += asked;
      days += 1;
      if (!(price[day]! > 0)) continue;
      const weight = Math.max(ordered[day]!, 1e-9);
      sold += weight;
      revenue += weight * price[day]!;
    }
    if (days > 0) values[week] = (units * WEEK_DAYS) / days;
    prices[week] = sold > 0 ? revenue / sold : (prices[week - 1] ?? Number.NaN);
  }
  const result: PanelSeries = {
    key: `${item}/${site}`,
    item,
    site,
    start,
    values,
    drivers: [prices],
  };
  return result;
}

/** By how much prices of a panel vary: the deviation of log price within its series. */
export function priceVariation(panel: Panel): number {
  let [squares, count] = [0, 0];
  for (const { drivers } of panel.series) {
    const logs = Array.from(drivers[0] ?? [])
      .filter((price) => price > 0)
      .map(Math.log);
    const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
    for (const log of logs) squares += (log - mean) ** 2;
    count += Math.max(0, logs.length - 1);
  }
  return count > 0 ? Math.sqrt(squares / count) : 0;
}
