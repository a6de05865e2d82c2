import type { Queryable } from '../../platform/database.ts';

/** An item of an owner that has forecasts at some sites. */
export interface ForecastItem {
  readonly itemId: number;
  readonly ownerId: number;
  readonly item: string;
  readonly owner: string;
}

/** Which items to list; null: any. */
export interface ItemFilter {
  readonly item: string | null;
  readonly owner: string | null;
  readonly group: string | null;
  /** Item and owner after which the page begins. */
  readonly after: readonly [number, number] | undefined;
  readonly limit: number;
}

/** Items with forecasts, in the order they were made, under the transaction's row security. */
export async function selectForecastItems(
  db: Queryable,
  filter: ItemFilter,
): Promise<ForecastItem[]> {
  const { rows } = await db.query<ForecastItem>(
    `SELECT f.item_id AS "itemId", f.owner_id AS "ownerId", i.sku AS item, o.code AS owner
     FROM planning.forecast f
     JOIN catalog.item i ON i.item_id = f.item_id
     JOIN sellers.owner o ON o.owner_id = f.owner_id
     LEFT JOIN planning.item_group g ON g.item_id = f.item_id AND g.active
     WHERE ($1::text IS NULL OR i.sku = $1) AND ($2::text IS NULL OR o.code = $2)
       AND ($3::text IS NULL OR g.group_code = $3)
       AND f.item_id >= $4::integer AND (f.item_id, f.owner_id) > ($4::integer, $5::integer)
     GROUP BY f.item_id, f.owner_id, i.sku, o.code
     ORDER BY f.item_id, f.owner_id LIMIT $6`,
    [filter.item, filter.owner, filter.group, ...(filter.after ?? [0, 0]), filter.limit],
  );
  return rows;
}

/** Codes of sites by id. */
export async function selectSiteCodes(
  db: Queryable,
  siteIds: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await db.query<{ siteId: number; code: string }>(
    'SELECT site_id AS "siteId", code FROM network.site WHERE site_id = ANY ($1)',
    [siteIds],
  );
  return new Map(rows.map(({ siteId, code }) => [siteId, code]));
}
