import type { Queryable } from '../../platform/database.ts';
import { FORECAST_COLUMNS, FORECAST_JOINS, type ForecastRow } from './read.ts';

/** A forecast with codes and what is known beside it. */
export interface NamedForecast extends ForecastRow {
  readonly item: string;
  readonly site: string;
  readonly owner: string;
  readonly tier: 'rolled' | 'fast' | 'full';
  readonly selectedOn: string | null;
  readonly score: Buffer;
  readonly wape: number | null;
  readonly bias: number | null;
  readonly rmsse: number | null;
  readonly pinball: number | null;
  readonly explanation: { readonly summary: string; readonly [more: string]: unknown } | null;
}

const NAMED = `${FORECAST_COLUMNS}, i.sku AS item, s.code AS site, o.code AS owner, f.tier,
  f.selected_on::text AS "selectedOn", f.score, f.wape, f.bias, f.rmsse, f.pinball, f.explanation`;
const NAMED_JOINS = `${FORECAST_JOINS}
  JOIN catalog.item i ON i.item_id = f.item_id
  JOIN network.site s ON s.site_id = f.site_id
  JOIN sellers.owner o ON o.owner_id = f.owner_id`;

/** Which forecasts to list; null: any. */
export interface ListFilter {
  readonly item: string | null;
  readonly site: string | null;
  readonly owner: string | null;
  readonly group: string | null;
  readonly demandClass: string | null;
  readonly method: string | null;
  readonly drifting: boolean | null;
  /** Item, site, owner after which the page begins. */
  readonly after: readonly [number, number, number] | undefined;
  readonly limit: number;
}

/** Forecasts in order of item, site and owner, in the order their items were made. */
export async function selectNamed(db: Queryable, filter: ListFilter): Promise<NamedForecast[]> {
  const { rows } = await db.query<NamedForecast>(
    `SELECT ${NAMED} FROM ${NAMED_JOINS}
     WHERE ($1::text IS NULL OR i.sku = $1) AND ($2::text IS NULL OR s.code = $2)
       AND ($3::text IS NULL OR o.code = $3) AND ($4::text IS NULL OR c.group_code = $4)
       AND ($5::text IS NULL OR f.demand_class = $5) AND ($6::text IS NULL OR f.method = $6)
       AND ($7::boolean IS NULL OR f.is_drifting = $7)
       AND (f.item_id, f.site_id, f.owner_id) > ($8::integer, $9::integer, $10::integer)
     ORDER BY f.item_id, f.site_id, f.owner_id LIMIT $11`,
    [
      ...[filter.item, filter.site, filter.owner, filter.group, filter.demandClass],
      ...[filter.method, filter.drifting],
      ...(filter.after ?? [0, 0, 0]),
      filter.limit,
    ],
  );
  return rows;
}

/** Numbers of overrides by id, in the order of the ids. */
export async function selectOverrideNumbers(
  db: Queryable,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query<{ number: string }>(
    `SELECT o.number FROM unnest($1::uuid[]) WITH ORDINALITY x(id, i)
     JOIN planning.forecast_override o ON o.forecast_override_id = x.id ORDER BY x.i`,
    [ids],
  );
  return rows.map(({ number }) => number);
}

/** The forecast of a level as it lies in the database. */
export interface LevelRow {
  readonly level: 'total' | 'region' | 'site' | 'group';
  readonly code: string;
  readonly origin: string;
  readonly series: number;
  readonly method: string;
  readonly weekMeans: Buffer;
  readonly weekQuantiles: Buffer;
  readonly summedMeans: Buffer;
  readonly ownMeans: Buffer;
  readonly weekHistory: Buffer;
}

/** Forecasts of levels, from the total down. */
export async function selectLevels(
  db: Queryable,
  filter: {
    readonly level: string | null;
    readonly code: string | null;
    readonly after: readonly [number, string] | undefined;
    readonly limit: number;
  },
): Promise<LevelRow[]> {
  const { rows } = await db.query<LevelRow>(
    `SELECT level, code, origin::text, series, method, week_means AS "weekMeans",
       week_quantiles AS "weekQuantiles", summed_means AS "summedMeans",
       own_means AS "ownMeans", week_history AS "weekHistory"
     FROM planning.forecast_level
     CROSS JOIN LATERAL (SELECT array_position(ARRAY['total', 'region', 'site', 'group'], level)
       AS rank) r
     WHERE ($1::text IS NULL OR level = $1) AND ($2::text IS NULL OR code = $2)
       AND (rank, code COLLATE "C") > ($3::integer, $4::text COLLATE "C")
     ORDER BY rank, code COLLATE "C" LIMIT $5`,
    [filter.level, filter.code, ...(filter.after ?? [0, '']), filter.limit],
  );
  return rows;
}

/** Whether there are an item and a site of these codes; without a site, only the item counts. */
export async function selectKnown(
  db: Queryable,
  item: string,
  site: string | undefined,
): Promise<{ readonly item: boolean; readonly site: boolean }> {
  const { rows } = await db.query<{ item: boolean; site: boolean }>(
    `SELECT EXISTS (SELECT FROM catalog.item WHERE sku = $1) AS item,
       $2::text IS NULL OR EXISTS (SELECT FROM network.site WHERE code = $2) AS site`,
    [item, site ?? null],
  );
  return rows[0]!;
}
