import type { Queryable } from '../../platform/database.ts';
import type { SeriesKey } from './types.ts';

/** An item that a caller may see. */
export interface ItemFound {
  readonly itemId: number;
  readonly scale: number;
  /** Null: nobody's in particular. */
  readonly ownerId: number | null;
}

/** Finds an item by its SKU, under the transaction's row-level security. */
export async function findItem(db: Queryable, sku: string): Promise<ItemFound | undefined> {
  const { rows } = await db.query<ItemFound>(
    `SELECT item_id AS "itemId", quantity_scale AS scale, owner_id AS "ownerId"
     FROM catalog.item WHERE sku = $1`,
    [sku],
  );
  return rows[0];
}

/** Finds a site by its code. */
export async function findSite(db: Queryable, code: string): Promise<number | undefined> {
  const { rows } = await db.query<{ siteId: number }>(
    'SELECT site_id AS "siteId" FROM network.site WHERE code = $1',
    [code],
  );
  return rows[0]?.siteId;
}

/** An owner by code, or the house. */
export async function findOwner(
  db: Queryable,
  code: string | undefined,
): Promise<{ ownerId: number; code: string } | undefined> {
  const { rows } = await db.query<{ ownerId: number; code: string }>(
    `SELECT owner_id AS "ownerId", code FROM sellers.owner
     WHERE CASE WHEN $1::text IS NULL THEN is_house ELSE code = $1 END`,
    [code ?? null],
  );
  return rows[0];
}

/** The owner with an id. */
export async function ownerCode(db: Queryable, ownerId: number): Promise<string> {
  const { rows } = await db.query<{ code: string }>(
    'SELECT code FROM sellers.owner WHERE owner_id = $1',
    [ownerId],
  );
  return rows[0]?.code ?? String(ownerId);
}

/** What a list of series is filtered by. */
export interface SeriesFilter {
  readonly item: string | undefined;
  readonly site: string | undefined;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  readonly region: string | undefined;
}

/** A series by its codes. */
export interface SeriesName extends SeriesKey {
  readonly item: string;
  readonly site: string;
  readonly owner: string;
  readonly scale: number;
  readonly group: string | null;
  readonly region: string | null;
}

/** Series that there are, in order of item, site and owner, after one of them. */
export async function selectSeries(
  db: Queryable,
  filter: SeriesFilter,
  after: SeriesKey | undefined,
  limit: number,
): Promise<SeriesName[]> {
  const { rows } = await db.query<SeriesName>(
    `SELECT DISTINCT ON (d.item_id, d.site_id, d.owner_id) d.item_id AS "itemId",
       d.site_id AS "siteId", d.owner_id AS "ownerId", i.sku AS item, s.code AS site,
       o.code AS owner, d.scale, g.group_code AS group, r.region_code AS region
     FROM planning.demand d
     JOIN catalog.item i ON i.item_id = d.item_id
     JOIN network.site s ON s.site_id = d.site_id
     JOIN sellers.owner o ON o.owner_id = d.owner_id
     LEFT JOIN planning.item_group g ON g.item_id = d.item_id AND g.active
     LEFT JOIN planning.site_region r ON r.site_id = d.site_id AND r.active
     WHERE (d.item_id, d.site_id, d.owner_id) > ($1, $2, $3)
       AND ($4::text IS NULL OR i.sku = $4) AND ($5::text IS NULL OR s.code = $5)
       AND ($6::text IS NULL OR o.code = $6) AND ($7::text IS NULL OR g.group_code = $7)
       AND ($8::text IS NULL OR r.region_code = $8)
     ORDER BY d.item_id, d.site_id, d.owner_id LIMIT $9`,
    [
      after?.itemId ?? 0,
      after?.siteId ?? 0,
      after?.ownerId ?? 0,
      filter.item ?? null,
      filter.site ?? null,
      filter.owner ?? null,
      filter.group ?? null,
      filter.region ?? null,
      limit,
    ],
  );
  return rows;
}
