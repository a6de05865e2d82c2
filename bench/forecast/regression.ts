import {
  forecastWithDrivers,
  type Panel,
  type PanelSeries,
} from '../../src/planning/regression/index.ts';
import { type Forecast, LEVELS } from '../../src/planning/series.ts';
import { type Options, type Row, round } from '../support/report.ts';
import { referenceRows } from './reference.ts';

/** Weeks of the published comparison: https://github.com/microsoft/forecasting. */
const FIRST_WEEK = 40;
const FIRST_ORIGIN = 135;
const ROUNDS = 12;
const WEEKS_BETWEEN_ROUNDS = 2;
/** The week after the last known one is left to prepare; the two after it are forecast. */
const STEPS = [1, 2] as const;
const HORIZON = 3;
const DRIVERS = [
  { name: 'price', kind: 'price' },
  { name: 'deal', kind: 'flag' },
  { name: 'feature', kind: 'flag' },
] as const;

/** What is known of a brand in a store in a week. */
interface Week {
  readonly units: number;
  readonly drivers: readonly number[];
}

type Sales = ReadonlyMap<string, ReadonlyMap<number, Week>>;

/** Orange juice of 11 brands in 83 stores, by `store/brand` and week. */
export function orangeJuice(): Sales {
  const sales = new Map<string, Map<number, Week>>();
  for (const fields of referenceRows('forecast/dominicks_oj_weekly.csv')) {
    const [store, brand, week, units, price, deal, feature] = fields.map(Number);
    const key = `${store}/${brand}`;
    const weeks = sales.get(key) ?? new Map<number, Week>();
    weeks.set(week!, { units: units!, drivers: [price!, deal!, feature!] });
    sales.set(key, weeks);
  }
  return sales;
}

/**
 * What is known at the end of a week: sales up to it, and price, deal and feature of the weeks
 * to come, as the comparison has it. Weeks that are not in the file are unknown.
 */
export function panelAt(sales: Sales, origin: number): Panel {
  const known = origin - FIRST_WEEK + 1;
  const series = [...sales].map(([key, weeks]): PanelSeries => {
    const [site, item] = key.split('/') as [string, string];
    const at = (t: number) => weeks.get(FIRST_WEEK + t);
    const values = Float64Array.from({ length: known }, (_, t) => at(t)?.units ?? Number.NaN);
    const drivers = DRIVERS.map((_, d) =>
      Float64Array.from({ length: known + HORIZON }, (_unused, t) => {
        const week = at(t);
        // A week without a row had no promotion; its price is that of the week before.
        return week?.drivers[d] ?? (d === 0 ? Number.NaN : 0);
      }),
    );
    return { key, item, site, start: 0, values, drivers };
  });
  return { drivers: DRIVERS, season: 52, series };
}

/** Points between two levels in which a distribution is cut. */
const CUTS = 400;

/**
 * The forecast that makes the expected absolute percentage error least: not the mean, nor the
 * median, but the median of the distribution weighed by 1 / demand (Gneiting, 2011, "Making and
 * evaluating point forecasts", 2.3). Straight lines between the forecast's own quantiles.
 */
export function percentagePoint(forecast: Forecast, step: number): number {
  const values: number[] = [];
  for (let cut = 0; cut < CUTS; cut += 1) {
    const level = (cut + 0.5) / CUTS;
    const above = LEVELS.findIndex((one) => one >= level);
    const high = above < 0 ? LEVELS.length - 1 : Math.max(1, above);
    const [from, to] = [LEVELS[high - 1]!, LEVELS[high]!];
    const [low, top] = [forecast.quantiles[high - 1]![step]!, forecast.quantiles[high]![step]!];
    const share = Math.min(1, Math.max(0, (level - from) / (to - from)));
    values.push(Math.max(1e-9, low + share * (top - low)));
  }
  const half = values.reduce((sum, value) => sum + 1 / value, 0) / 2;
  let sum = 0;
  for (const value of values) {
    sum += 1 / value;
    if (sum >= half) return value;
  }
  return values[values.length - 1]!;
}

/** Absolute errors of one way to forecast, over everything that was sold in the target weeks. */
class Errors {
  shares = 0;
  errors = 0;
  units = 0;
  count = 0;

  add(actual: number, forecast: number): void {
    this.shares += Math.abs(forecast - actual) / actual;
    this.errors += Math.abs(forecast - actual);
    this.units += actual;
    this.count += 1;
  }

  get mape(): number {
    return (100 * this.shares) / this.count;
  }

  get wmape(): number {
    return (100 * this.errors) / this.units;
  }
}

function meanOfLast(values: Float64Array, count: number): number {
  const known = values.filter((value) => !Number.isNaN(value)).slice(-count);
  return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
}

/** The ways to forecast that are compared. */
const WAYS = ['percentage', 'median', 'mean', 'average', 'naive'] as const;
type Way = (typeof WAYS)[number];

/** Adds the errors of one round; tells for how many seconds the regression reckoned. */
function addRound(sales: Sales, origin: number, errors: Record<Way, Errors>): number {
  const panel = panelAt(sales, origin);
  const startedMs = performance.now();
  const { forecasts } = forecastWithDrivers(panel, HORIZON);
  const seconds = (performance.now() - startedMs) / 1000;
  for (const [i, { key, values }] of panel.series.entries()) {
    const forecast = forecasts[i]!;
    for (const step of STEPS) {
      const week = origin + 1 + step;
      const actual = sales.get(key)!.get(week)?.units;
      if (actual === undefined) continue;
      errors.percentage.add(actual, percentagePoint(forecast, step));
      errors.median.add(actual, forecast.quantiles[LEVELS.indexOf(0.5)]![step]!);
      errors.mean.add(actual, forecast.mean[step]!);
      errors.average.add(actual, meanOfLast(values, 8));
      const yearAgo = sales.get(key)!.get(week - 52)?.units;
      if (yearAgo !== undefined) errors.naive.add(actual, yearAgo);
    }
  }
  return seconds;
}

/** The rolling rounds whose first one knows the weeks up to `firstOrigin`. */
export function rounds(sales: Sales, firstOrigin: number, count: number) {
  const errors = Object.fromEntries(WAYS.map((way) => [way, new Errors()])) as Record<Way, Errors>;
  let seconds = 0;
  for (let one = 0; one < count; one += 1) {
    seconds += addRound(sales, firstOrigin + one * WEEKS_BETWEEN_ROUNDS, errors);
  }
  return { errors, seconds };
}

/** Orange juice with price, deal and feature: the rolling rounds of a published comparison. */
export async function regressionRows(options: Options): Promise<Row[]> {
  const count = options.quick ? 3 : ROUNDS;
  const { errors, seconds } = rounds(orangeJuice(), FIRST_ORIGIN, count);
  const { percentage, median, mean, average, naive } = errors;
  const row = (
    id: string,
    ours: Errors,
    measure: 'mape' | 'wmape',
    limit: number,
    note: string,
  ): Row => ({
    id,
    value: round(ours[measure]),
    unit: '%',
    baseline: round(average[measure]),
    ratio: round(ours[measure] / average[measure]),
    reach: `<= ${limit}`,
    pass: ours[measure] <= limit,
    note:
      `${note}. Mean of the last 8 weeks as baseline; seasonal naive ${round(naive[measure])}; ` +
      `of the same forecasts the percentage point has ${round(percentage[measure])}, the median ` +
      `${round(median[measure])}, the mean ${round(mean[measure])}`,
  });
  const what =
    `${count} rounds, weeks 2 and 3 after each (${percentage.count} forecasts), price, deal and ` +
    'feature of the target weeks known, as in the comparison of microsoft/forecasting (LightGBM ' +
    `36.28); ${round(seconds / count)} s a round`;
  return [
    row('oj.mape', percentage, 'mape', 37, `${what}; the point best for percentage errors`),
    row('oj.wmape', median, 'wmape', 42.5, 'the same rounds; the median, best for sums of errors'),
  ];
}
