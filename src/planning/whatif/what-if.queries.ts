import type { Tx } from '../../platform/database.ts';

/** A place that is planned, with what its future begins with. */
export interface PlaceRow {
  readonly itemId: number;
  readonly item: string;
  readonly scale: number;
  readonly siteId: number;
  readonly site: string;
  readonly ownerId: number;
  /** At the item's scale. */
  readonly onHand: bigint;
  /** Minor units of one base unit; null where no pool knows. */
  readonly unitCost: number | null;
  /** Of the last planning run; null before the first one. */
  readonly target: StoredTarget | null;
}

/** What the last planning run said of a place. */
export interface StoredTarget {
  readonly abcClass: string;
  readonly xyzClass: string;
  readonly explanation: {
    readonly leadTimeMean?: number;
    readonly leadTimeDeviation?: number;
    readonly reviewDays?: number;
    readonly roundedTo?: number;
  };
}

/**
 * Places of the house's goods with a forecast, in order of item and site: of the named items and
 * sites, or of all sites.
 */
export async function selectPlaces(
  tx: Tx,
  items: readonly string[],
  sites: readonly string[] | undefined,
  limit: number,
): Promise<PlaceRow[]> {
  const { rows } = await tx.query<PlaceRow>(
    `SELECT i.item_id AS "itemId", i.sku AS item, i.quantity_scale AS scale,
       s.site_id AS "siteId", s.code AS site, o.owner_id AS "ownerId",
       coalesce(a.on_hand - a.reserved, 0)::bigint AS "onHand",
       CASE WHEN c.quantity > 0 THEN c.value * power(10::float8, c.quantity_scale) / c.quantity
         ELSE c.unit_cost / 10000.0::float8 END AS "unitCost",
       CASE WHEN t.item_id IS NOT NULL THEN jsonb_build_object('abcClass', t.abc_class,
         'xyzClass', t.xyz_class, 'explanation', t.explanation) END AS target
     FROM planning.forecast f
     JOIN catalog.item i ON i.item_id = f.item_id
     JOIN network.site s ON s.site_id = f.site_id
     JOIN sellers.owner o ON o.owner_id = f.owner_id AND o.is_house
     LEFT JOIN ledger.availability a ON a.item_id = f.item_id AND a.site_id = f.site_id
       AND a.owner_id = f.owner_id
     LEFT JOIN ledger.cost_pool c ON c.item_id = f.item_id AND c.owner_id = f.owner_id
       AND c.cost_site_id = s.cost_site_id
     LEFT JOIN planning.stock_target t ON t.item_id = f.item_id AND t.site_id = f.site_id
       AND t.owner_id = f.owner_id
     WHERE i.sku = ANY ($1) AND ($2::text[] IS NULL OR s.code = ANY ($2))
     ORDER BY f.item_id, f.site_id LIMIT $3`,
    [items, sites ?? null, limit],
  );
  return rows;
}

/** Which of these codes nothing has. */
export async function findUnknown(
  tx: Tx,
  items: readonly string[],
  sites: readonly string[],
): Promise<{ readonly items: string[]; readonly sites: string[] }> {
  const { rows } = await tx.query<{ kind: string; code: string }>(
    `SELECT 'item' AS kind, named AS code FROM unnest($1::text[]) named
     WHERE NOT EXISTS (SELECT FROM catalog.item i WHERE i.sku = named)
     UNION ALL SELECT 'site', named FROM unnest($2::text[]) named
     WHERE NOT EXISTS (SELECT FROM network.site s WHERE s.code = named
       AND s.type IN ('fulfilment_centre', 'store'))`,
    [items, sites],
  );
  const of = (kind: string) => rows.filter((row) => row.kind === kind).map(({ code }) => code);
  return { items: of('item'), sites: of('site') };
}

/** A scenario as it is kept. */
export interface WhatIfRow {
  readonly whatIfId: string;
  readonly number: string;
  readonly name: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

const COLUMNS = `what_if_id AS "whatIfId", number, name, request, result,
  created_at AS "createdAt"`;

/** Keeps a scenario under a number of its own. */
export async function insertWhatIf(
  tx: Tx,
  row: Omit<WhatIfRow, 'number'> & { readonly actorId: number },
): Promise<WhatIfRow> {
  const { rows } = await tx.query<WhatIfRow>(
    `INSERT INTO planning.what_if (what_if_id, number, name, request, result, actor_id, created_at)
     VALUES ($1, 'WI-' || lpad(nextval('planning.what_if_number')::text, 6, '0'),
       $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
    [row.whatIfId, row.name, row.request, row.result, row.actorId, row.createdAt],
  );
  return rows[0]!;
}

export async function selectWhatIf(tx: Tx, number: string): Promise<WhatIfRow | undefined> {
  const { rows } = await tx.query<WhatIfRow>(
    `SELECT ${COLUMNS} FROM planning.what_if WHERE number = $1`,
    [number],
  );
  return rows[0];
}

/** Scenarios, the newest first. */
export async function selectWhatIfs(
  tx: Tx,
  filter: {
    readonly name: string | null;
    readonly before: readonly [string, string] | undefined;
    readonly limit: number;
  },
): Promise<WhatIfRow[]> {
  const { rows } = await tx.query<WhatIfRow>(
    `SELECT ${COLUMNS} FROM planning.what_if
     WHERE ($1::text IS NULL OR name = $1)
       AND ($2::timestamptz IS NULL OR (created_at, what_if_id) < ($2, $3::uuid))
     ORDER BY created_at DESC, what_if_id DESC LIMIT $4`,
    [filter.name, filter.before?.[0] ?? null, filter.before?.[1] ?? null, filter.limit],
  );
  return rows;
}

export async function deleteWhatIf(tx: Tx, number: string): Promise<boolean> {
  const { rowCount } = await tx.query('DELETE FROM planning.what_if WHERE number = $1', [number]);
  return rowCount === 1;
}
