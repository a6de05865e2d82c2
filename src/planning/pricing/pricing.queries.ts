import type { Tx } from '../../platform/database.ts';

/** An item with its group, or a group alone. */
export interface SubjectRow {
  readonly itemId: number | null;
  readonly item: string | null;
  readonly group: string | null;
  readonly houseId: number;
}

/** Finds what is asked for; undefined where there is no such item or group. */
export async function selectSubject(
  tx: Tx,
  {
    item = null,
    group = null,
  }: { item?: string | undefined | null; group?: string | undefined | null },
): Promise<SubjectRow | undefined> {
  const { rows } = await tx.query<SubjectRow>(
    `SELECT i.item_id AS "itemId", i.sku AS item, g.group_code AS "group",
       (SELECT owner_id FROM sellers.owner WHERE is_house) AS "houseId"
     FROM catalog.item i
     LEFT JOIN planning.item_group g ON g.item_id = i.item_id AND g.active
     WHERE $1::text IS NOT NULL AND i.sku = $1
     UNION ALL
     SELECT NULL, NULL, $2::text, (SELECT owner_id FROM sellers.owner WHERE is_house)
     WHERE $1::text IS NULL AND EXISTS (
       SELECT FROM planning.item_group WHERE group_code = $2 AND active)
     LIMIT 1`,
    [item, group],
  );
  return rows[0];
}

/** The items that are regressed together: the group's, the item itself first. */
export async function selectGroupItems(
  tx: Tx,
  { itemId, item, group }: SubjectRow,
  limit: number,
): Promise<{ readonly itemId: number; readonly item: string }[]> {
  if (group === null) return itemId === null || item === null ? [] : [{ itemId, item }];
  const { rows } = await tx.query<{ itemId: number; item: string }>(
    `SELECT i.item_id AS "itemId", i.sku AS item FROM planning.item_group g
     JOIN catalog.item i ON i.item_id = g.item_id
     WHERE g.group_code = $1 AND g.active
     ORDER BY i.item_id <> $2 NULLS LAST, i.item_id LIMIT $3`,
    [group, itemId ?? 0, limit],
  );
  return rows;
}

/** Average cost of a unit in the house's pools, in minor units; null where there is none. */
export async function selectUnitCost(tx: Tx, itemId: number): Promise<number | null> {
  const { rows } = await tx.query<{ unitCost: number | null }>(
    `SELECT coalesce(
       sum(c.value) FILTER (WHERE c.quantity > 0)::float8
         / nullif(sum(c.quantity::float8 / power(10::float8, c.quantity_scale))
             FILTER (WHERE c.quantity > 0), 0),
       avg(c.unit_cost / 10000.0::float8)) AS "unitCost"
     FROM ledger.cost_pool c JOIN sellers.owner o ON o.owner_id = c.owner_id AND o.is_house
     WHERE c.item_id = $1`,
    [itemId],
  );
  return rows[0]?.unitCost ?? null;
}

/** Planned prices that hold on a day from `today` on, called off or not, by their first day. */
export async function selectPlannedPrices(
  tx: Tx,
  filter: { readonly item: string | null; readonly today: string; readonly limit: number },
) {
  const { rows } = await tx.query<{
    code: string;
    item: string;
    site: string | null;
    fromDay: string;
    toDay: string | null;
    price: string;
    currency: string;
    active: boolean;
  }>(
    `SELECT p.code, i.sku AS item, s.code AS site, p.from_day::text AS "fromDay",
       p.to_day::text AS "toDay", trim_scale(p.price)::text AS price, p.currency, p.active
     FROM planning.planned_price p JOIN catalog.item i USING (item_id)
     LEFT JOIN network.site s ON s.site_id = p.site_id
     WHERE ($1::text IS NULL OR i.sku = $1) AND (p.to_day IS NULL OR p.to_day >= $2::date)
     ORDER BY p.from_day, p.code LIMIT $3`,
    [filter.item, filter.today, filter.limit],
  );
  return rows;
}
