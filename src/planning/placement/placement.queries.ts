import type { Tx } from '../../platform/database.ts';
import type { PlacementState } from './states.ts';

/** A placement as it is kept. */
export interface PlacementRow {
  readonly placementId: string;
  readonly number: string;
  readonly name: string;
  readonly state: PlacementState;
  readonly request: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  readonly documents: readonly { readonly type: string; readonly number: string }[];
  readonly reason: string | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  /** From this day on it is history. */
  readonly expiresOn: string;
}

/** The state on a day: of what nobody decided, the sweep may not have heard yet. */
const stateOn = (day: string) =>
  `CASE WHEN state = 'draft' AND expires_on <= (${day})::date THEN 'expired' ELSE state END`;

const columnsOn = (day: string) => `placement_id AS "placementId", number, name,
  ${stateOn(day)} AS state, request, result, documents, reason, created_at AS "createdAt",
  decided_at AS "decidedAt", expires_on::text AS "expiresOn"`;

/** Keeps a placement as a draft under a number of its own. */
export async function insertPlacement(
  tx: Tx,
  row: Pick<PlacementRow, 'placementId' | 'name' | 'request' | 'result'> &
    Pick<PlacementRow, 'createdAt' | 'expiresOn'> & { readonly actorId: number },
): Promise<PlacementRow> {
  const { rows } = await tx.query<PlacementRow>(
    `INSERT INTO planning.placement (placement_id, number, name, state, request, result, actor_id,
       created_at, expires_on)
     VALUES ($1, 'PL-' || lpad(nextval('planning.placement_number')::text, 6, '0'), $2, 'draft',
       $3, $4, $5, $6, $7) RETURNING ${columnsOn('created_at')}`,
    [
      ...[row.placementId, row.name, row.request, row.result, row.actorId, row.createdAt],
      row.expiresOn,
    ],
  );
  return rows[0]!;
}

/** Finds a placement as it is on a day; with `forUpdate` nobody else decides it meanwhile. */
export async function selectPlacement(
  tx: Tx,
  number: string,
  today: string,
  forUpdate = false,
): Promise<PlacementRow | undefined> {
  const { rows } = await tx.query<PlacementRow>(
    `SELECT ${columnsOn('$2')} FROM planning.placement WHERE number = $1
     ${forUpdate ? 'FOR UPDATE' : ''}`,
    [number, today],
  );
  return rows[0];
}

/** Placements, the newest first. */
export async function selectPlacements(
  tx: Tx,
  filter: {
    readonly state: string | null;
    readonly today: string;
    readonly before: readonly [string, string] | undefined;
    readonly limit: number;
  },
): Promise<PlacementRow[]> {
  const { rows } = await tx.query<PlacementRow>(
    `SELECT ${columnsOn('$5')} FROM planning.placement
     WHERE ($1::text IS NULL OR ${stateOn('$5')} = $1)
       AND ($2::timestamptz IS NULL OR (created_at, placement_id) < ($2, $3::uuid))
     ORDER BY created_at DESC, placement_id DESC LIMIT $4`,
    [
      ...[filter.state, filter.before?.[0] ?? null, filter.before?.[1] ?? null, filter.limit],
      filter.today,
    ],
  );
  return rows;
}

/** What somebody decided. */
export interface Decision {
  readonly state: PlacementState;
  readonly documents: PlacementRow['documents'];
  readonly reason: string | null;
  readonly actorId: number;
  readonly at: Date;
}

export async function decidePlacement(
  tx: Tx,
  placementId: string,
  decision: Decision,
): Promise<PlacementRow> {
  const { rows } = await tx.query<PlacementRow>(
    `UPDATE planning.placement SET state = $2, documents = $3, reason = $4, decided_by = $5,
       decided_at = $6 WHERE placement_id = $1 RETURNING ${columnsOn('expires_on - 1')}`,
    [
      ...[placementId, decision.state, JSON.stringify(decision.documents), decision.reason],
      ...[decision.actorId, decision.at],
    ],
  );
  return rows[0]!;
}

/** Marks as expired what nobody decided in time; answers how many. */
export async function expirePlacements(tx: Tx, at: Date): Promise<number> {
  const { rowCount } = await tx.query(
    `UPDATE planning.placement SET state = 'expired', decided_at = $1
     WHERE state = 'draft' AND expires_on <= ($1::timestamptz AT TIME ZONE 'UTC')::date`,
    [at],
  );
  return rowCount ?? 0;
}

/** Regions of sites; a site without one is a region of its own. */
export async function selectRegions(
  tx: Tx,
  siteIds: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await tx.query<{ siteId: number; region: string }>(
    `SELECT site_id AS "siteId", region_code AS region FROM planning.site_region
     WHERE active AND site_id = ANY ($1)`,
    [siteIds],
  );
  return new Map(rows.map(({ siteId, region }) => [siteId, region]));
}

/** Items of the house's catalogue by code, or those of a group, or all with a forecast there. */
export async function selectPlaceable(
  tx: Tx,
  filter: {
    readonly items: readonly string[] | null;
    readonly group: string | null;
    readonly siteIds: readonly number[];
    readonly ownerId: number;
    readonly limit: number;
  },
): Promise<number[]> {
  const { rows } = await tx.query<{ itemId: number }>(
    `SELECT DISTINCT f.item_id AS "itemId" FROM planning.forecast f
     JOIN catalog.item i ON i.item_id = f.item_id AND i.active
     LEFT JOIN planning.item_group g ON g.item_id = f.item_id AND g.active
     WHERE f.site_id = ANY ($1) AND f.owner_id = $2
       AND ($3::text[] IS NULL OR i.sku = ANY ($3))
       AND ($4::text IS NULL OR g.group_code = $4)
     ORDER BY 1 LIMIT $5`,
    [filter.siteIds, filter.ownerId, filter.items, filter.group, filter.limit],
  );
  return rows.map(({ itemId }) => itemId);
}

/** Which of these items there are; where none is named, those of a group. */
export async function selectKnown(
  tx: Tx,
  items: readonly string[],
  group: string | null,
): Promise<Set<string>> {
  const { rows } = await tx.query<{ sku: string }>(
    `SELECT sku FROM catalog.item i WHERE sku = ANY ($1)
     OR (cardinality($1::text[]) = 0 AND EXISTS (SELECT FROM planning.item_group g
       WHERE g.item_id = i.item_id AND g.active AND g.group_code = $2))`,
    [items, group],
  );
  return new Set(rows.map(({ sku }) => sku));
}
