import type { Queryable } from '../../platform/database.ts';
import { LEVELS } from '../series.ts';
import { indexOverrides, largeOnes, type Override, overrideMeans } from './override.ts';
import { selectActiveOverrides } from './overrides.queries.ts';
import { unpackFloats, widened } from './pack.ts';
import {
  DAYS_AHEAD,
  type DemandOver,
  QUANTILE_DAYS,
  type StoredForecast,
  WEEK_DAYS,
  WEEKS_AHEAD,
} from './types.ts';

/** Which forecasts to read: of some items, at some sites, after a key; all of them by default. */
export interface ForecastFilter {
  readonly itemIds?: readonly number[];
  readonly siteIds?: readonly number[];
  readonly ownerIds?: readonly number[];
  /** Only after this item, site and owner, in that order: to read all of them in chunks. */
  readonly after?: { readonly itemId: number; readonly siteId: number; readonly ownerId?: number };
  readonly limit?: number;
  /** Without what planners say instead; with it by default. */
  readonly statistical?: boolean;
}

/** A forecast as it lies in the database. */
export interface ForecastRow {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly origin: string;
  readonly originDay: number;
  readonly run: string | null;
  readonly method: string;
  readonly demandClass: string;
  readonly marks: string;
  readonly group: string;
  readonly factors: Buffer | null;
  readonly dayMeans: Buffer;
  readonly dayQuantiles: Buffer;
  readonly weekMeans: Buffer;
  readonly weekQuantiles: Buffer;
  readonly dayVariance: number;
  readonly growth: number;
  readonly correlation: number;
  readonly isDrifting: boolean;
  readonly driftedOn: string | null;
}

/** Columns of {@link ForecastRow} from `planning.forecast f`, with {@link FORECAST_JOINS}. */
export const FORECAST_COLUMNS = `f.item_id AS "itemId", f.site_id AS "siteId",
  f.owner_id AS "ownerId", f.origin::text, f.origin - date '1970-01-01' AS "originDay",
  r.number AS run, f.method, f.demand_class AS "demandClass", f.marks,
  coalesce(c.group_code, '') AS "group",
  CASE WHEN c.origin = f.origin THEN c.factors END AS factors,
  f.day_means AS "dayMeans", f.day_quantiles AS "dayQuantiles", f.week_means AS "weekMeans",
  f.week_quantiles AS "weekQuantiles", f.day_variance AS "dayVariance",
  f.variance_growth AS growth, f.correlation, f.is_drifting AS "isDrifting",
  f.drifted_on::text AS "driftedOn"`;

export const FORECAST_JOINS = `planning.forecast f
  LEFT JOIN planning.forecast_cell c ON c.forecast_cell_id = f.forecast_cell_id
  LEFT JOIN planning.forecast_run r ON r.forecast_run_id = f.forecast_run_id`;

/**
 * Current forecasts, reconciled and with planners' overrides applied, in order of item, site and
 * owner. `db` is a transaction of any role; row-level security decides what it sees: an owner
 * sees its own, without the house's overrides.
 */
export async function readForecasts(
  db: Queryable,
  filter: ForecastFilter,
): Promise<StoredForecast[]> {
  const { rows } = await db.query<ForecastRow>(
    `SELECT ${FORECAST_COLUMNS} FROM ${FORECAST_JOINS}
     WHERE ($1::integer[] IS NULL OR f.item_id = ANY ($1))
       AND ($2::integer[] IS NULL OR f.site_id = ANY ($2))
       AND ($3::integer[] IS NULL OR f.owner_id = ANY ($3))
       AND (f.item_id, f.site_id, f.owner_id) > ($4::integer, $5::integer, $6::integer)
     ORDER BY f.item_id, f.site_id, f.owner_id LIMIT $7`,
    [
      ...[filter.itemIds ?? null, filter.siteIds ?? null, filter.ownerIds ?? null],
      ...[filter.after?.itemId ?? 0, filter.after?.siteId ?? 0],
      filter.after ? (filter.after.ownerId ?? MAX_ID) : 0,
      filter.limit ?? null,
    ],
  );
  return finishForecasts(db, rows, filter.statistical === true);
}

const MAX_ID = 2_147_483_647;

/** Applies reconciliation and overrides to rows. */
export async function finishForecasts(
  db: Queryable,
  rows: readonly ForecastRow[],
  isStatistical: boolean,
): Promise<StoredForecast[]> {
  const indexes = new Map<string, ReturnType<typeof indexOverrides>>();
  if (!isStatistical) {
    for (const { origin } of rows) {
      if (indexes.has(origin)) continue;
      indexes.set(origin, indexOverrides(await selectActiveOverrides(db, origin)));
    }
  }
  return rows.map((row) => finishForecast(row, indexes.get(row.origin)?.of(row) ?? []));
}

/** Reconciles a row and applies overrides to it, the one that wins first. */
export function finishForecast(
  row: ForecastRow,
  overrides: readonly Override[] = [],
): StoredForecast {
  const factors = row.factors ? unpackFloats(row.factors) : undefined;
  const ofWeek = (week: number) => factors?.[week] ?? 1;
  const ofDay = (day: number) => ofWeek(Math.floor(day / WEEK_DAYS));
  const dayMeans = unpackFloats(row.dayMeans).map((mean, day) => mean * ofDay(day));
  const [means] = widened(row.weekMeans, 1, WEEKS_AHEAD);
  const weekMeans = means!.map((mean, week) => mean * ofWeek(week));
  const changed = overrideMeans(overrides, row.originDay, { dayMeans, weekMeans });
  const ratio = (after: number, before: number) => (before > 0 ? after / before : 1);
  const dayRatio = changed.dayMeans.map((mean, day) => ratio(mean, dayMeans[day] as number));
  const weekRatio = changed.weekMeans.map((mean, week) => ratio(mean, weekMeans[week] as number));
  const spread = ratio(sum(changed.weekMeans), sum(weekMeans)) * (factors ? mean(factors) : 1);
  const { itemId, siteId, ownerId, origin, method, demandClass } = row;
  return {
    ...{ itemId, siteId, ownerId, origin, method, demandClass },
    run: row.run ?? '',
    marks: row.marks === '' ? [] : row.marks.split(','),
    dayMeans: changed.dayMeans,
    dayQuantiles: quantilesOf(row.dayQuantiles, QUANTILE_DAYS, changed.dayMeans, (day) => ({
      ...{ by: ofDay(day) * (dayRatio[day] as number), from: dayMeans[day] as number },
    })),
    weekMeans: changed.weekMeans,
    weekQuantiles: quantilesOf(row.weekQuantiles, WEEKS_AHEAD, changed.weekMeans, (week) => ({
      ...{ by: ofWeek(week) * (weekRatio[week] as number), from: weekMeans[week] as number },
    })),
    dayVariance: row.dayVariance * spread ** 2,
    growth: row.growth,
    correlation: row.correlation,
    isDrifting: row.isDrifting,
    driftedOn: row.driftedOn,
    overrides: changed.overrides,
    largeOverrides: largeOnes(overrides, changed.overrides),
  };
}

/**
 * Quantiles moved with their mean. Where nothing was forecast and a planner says otherwise, they
 * are those of a normal distribution with the variance of a Poisson one.
 */
function quantilesOf(
  packed: Buffer,
  periods: number,
  means: Float64Array,
  moved: (period: number) => { by: number; from: number },
): Float64Array[] {
  return widened(packed, LEVELS.length, periods).map((row, level) =>
    row.map((quantile, period) => {
      const { by, from } = moved(period);
      const to = means[period] as number;
      if (from > 0 || to === 0) return quantile * by;
      return Math.max(0, to + (STANDARD_NORMAL[level] as number) * Math.sqrt(to));
    }),
  );
}

/** Quantiles of the standard normal distribution at LEVELS. */
const STANDARD_NORMAL: readonly number[] = [
  ...[-1.959964, -1.644854, -1.281552, -0.67449, 0, 0.67449, 1.281552, 1.644854, 1.959964],
  2.326348,
];
if (STANDARD_NORMAL.length !== LEVELS.length) throw new Error('a level lacks its normal quantile');

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: Float64Array): number {
  return sum(values) / Math.max(1, values.length);
}

/**
 * Mean and variance of demand summed over the next `days` days; a part of a day counts in part.
 * Days without a mean of their own have a seventh of their week's; beyond the last week the last
 * four weeks go on.
 */
export function demandOver(forecast: StoredForecast, days: number): DemandOver {
  const { dayMeans, weekMeans, dayVariance, growth } = forecast;
  const late = mean(weekMeans.subarray(WEEKS_AHEAD - 4)) / WEEK_DAYS;
  let total = 0;
  for (let day = 0; day < days; day++) {
    const share = Math.min(1, days - day);
    const week = Math.floor(day / WEEK_DAYS);
    const own = day < DAYS_AHEAD ? dayMeans[day] : (weekMeans[week] ?? Number.NaN) / WEEK_DAYS;
    total += share * (own === undefined || Number.isNaN(own) ? late : own);
  }
  return { mean: total, variance: days > 0 ? dayVariance * days ** growth : 0 };
}
