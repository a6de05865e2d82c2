import type { Queryable, Tx } from '../../platform/database.ts';
import { byteaArray } from './columns.ts';
import type { ItemSeries } from './run.ts';

/** Items of one group at one site; empty codes where there is no group or region. */
export interface CellRow {
  readonly cellId: number;
  readonly group: string;
  readonly siteId: number;
  readonly site: string;
  readonly region: string;
}

/**
 * Makes the cells that history has, and brings the regions of those that are there up to date.
 * `tx` is a transaction of the poster.
 */
export async function refreshCells(tx: Tx): Promise<void> {
  await tx.query(
    `INSERT INTO planning.forecast_cell (group_code, site_id, region_code)
     SELECT c.group_code, c.site_id, coalesce(r.region_code, '')
     FROM (SELECT DISTINCT coalesce(g.group_code, '') AS group_code, d.site_id
       FROM planning.demand d
       LEFT JOIN planning.item_group g ON g.item_id = d.item_id AND g.active) c
     LEFT JOIN planning.site_region r ON r.site_id = c.site_id AND r.active
     ORDER BY c.group_code COLLATE "C", c.site_id
     ON CONFLICT (group_code, site_id) DO UPDATE SET region_code = excluded.region_code
     WHERE forecast_cell.region_code <> excluded.region_code`,
  );
}

/** All cells, in order of id. */
export async function selectCells(db: Queryable): Promise<CellRow[]> {
  const { rows } = await db.query<CellRow>(
    `SELECT c.forecast_cell_id AS "cellId", c.group_code AS "group", c.site_id AS "siteId",
       s.code AS site, c.region_code AS region
     FROM planning.forecast_cell c JOIN network.site s USING (site_id)
     ORDER BY c.forecast_cell_id`,
  );
  return rows;
}

/** The group of each item of a range that has one. */
export async function selectGroups(
  db: Queryable,
  range: { readonly from: number; readonly before: number },
): Promise<Map<number, string>> {
  const { rows } = await db.query<{ itemId: number; code: string }>(
    `SELECT item_id AS "itemId", group_code AS code FROM planning.item_group
     WHERE active AND item_id >= $1 AND item_id < $2`,
    [range.from, range.before],
  );
  return new Map(rows.map(({ itemId, code }) => [itemId, code]));
}

/** Items with demand that began by the year of the origin, and how many series each has. */
export async function selectItems(db: Queryable, year: number): Promise<ItemSeries[]> {
  const { rows } = await db.query<ItemSeries>(
    `SELECT item_id AS "itemId", count(DISTINCT (site_id, owner_id))::integer AS series
     FROM planning.demand WHERE year <= $1 GROUP BY item_id ORDER BY item_id`,
    [year],
  );
  return rows;
}

/** How many series there are without a forecast that a run of this origin may build on. */
export async function countForecasts(db: Queryable, origin: string): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM planning.forecast WHERE origin <= $1',
    [origin],
  );
  return rows[0]?.count ?? 0;
}

/** Stores what the forecasts of each cell are multiplied by, week by week. */
export async function updateFactors(
  tx: Tx,
  origin: string,
  cells: readonly { readonly cellId: number; readonly factors: Buffer | null }[],
): Promise<void> {
  await tx.query(
    `UPDATE planning.forecast_cell c SET origin = $1, factors = x.factors
     FROM unnest($2::integer[], $3::bytea[]) x(forecast_cell_id, factors)
     WHERE c.forecast_cell_id = x.forecast_cell_id`,
    [origin, cells.map(({ cellId }) => cellId), byteaArray(cells.map(({ factors }) => factors))],
  );
}

/**
 * Time zones of the sites that were forecast for; before the first run, of all sites in use.
 */
export async function selectTimeZones(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ zone: string }>(
    `SELECT DISTINCT s.time_zone AS zone FROM network.site s
     WHERE CASE WHEN EXISTS (SELECT FROM planning.forecast_cell)
       THEN s.site_id IN (SELECT site_id FROM planning.forecast_cell)
       ELSE s.active END
     ORDER BY 1`,
  );
  return rows.map(({ zone }) => zone);
}
