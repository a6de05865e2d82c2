import type { Queryable, Tx } from '../../platform/database.ts';
import type { Override } from './override.ts';

/** An override as it is kept, with codes instead of ids, and what it was worth so far. */
export interface OverrideRow extends Override {
  readonly item: string | null;
  readonly site: string | null;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly expiresOn: string;
  readonly actor: string | null;
  readonly createdAt: Date;
  readonly undoneAt: Date | null;
  readonly undoneReason: string | null;
  readonly days: number | null;
  readonly actual: number | null;
  readonly absoluteWith: number | null;
  readonly absoluteWithout: number | null;
  readonly errorWith: number | null;
  readonly errorWithout: number | null;
}

const RULE = `o.forecast_override_id AS "overrideId", o.item_id AS "itemId",
  o.group_code AS "group", o.site_id AS "siteId", o.from_day - date '1970-01-01' AS "fromDay",
  o.to_day - date '1970-01-01' AS "toDay", o.kind, o.value, o.number,
  o.times_forecast AS "timesForecast", o.is_large AS "isLarge"`;

const UNIT = `::float8 / 1000000`;
const WHOLE = `${RULE}, i.sku AS item, s.code AS site, o.from_day::text AS "from",
  o.to_day::text AS "to", o.reason, o.expires_on::text AS "expiresOn", p.name AS actor,
  o.created_at AS "createdAt", o.undone_at AS "undoneAt", o.undone_reason AS "undoneReason",
  v.days${UNIT} AS days, v.actual${UNIT} AS actual, v.absolute_with${UNIT} AS "absoluteWith",
  v.absolute_without${UNIT} AS "absoluteWithout", v.error_with${UNIT} AS "errorWith",
  v.error_without${UNIT} AS "errorWithout"`;

const JOINS = `planning.forecast_override o
  LEFT JOIN catalog.item i ON i.item_id = o.item_id
  LEFT JOIN network.site s ON s.site_id = o.site_id
  LEFT JOIN platform.principal p ON p.principal_id = o.actor_id
  LEFT JOIN planning.override_value v USING (forecast_override_id)`;

/**
 * Overrides that a forecast made after `origin` takes in, oldest first: not undone, not past, not
 * expired by the day after it.
 */
export async function selectActiveOverrides(db: Queryable, origin: string): Promise<Override[]> {
  const { rows } = await db.query<Override>(
    `SELECT ${RULE} FROM planning.forecast_override o
     WHERE o.undone_at IS NULL AND o.to_day > $1 AND o.expires_on > $1::date + 1
     ORDER BY o.created_at, o.forecast_override_id`,
    [origin],
  );
  return rows;
}

/** A new override. */
export interface NewOverride {
  readonly overrideId: string;
  readonly itemId: number | null;
  readonly group: string | null;
  readonly siteId: number | null;
  readonly from: string;
  readonly to: string;
  readonly kind: 'absolute' | 'percent';
  readonly value: number;
  readonly reason: string;
  readonly expiresOn: string;
  readonly timesForecast: number | null;
  readonly isLarge: boolean;
  readonly actorId: number;
}

/** Stores an override; answers its number. */
export async function insertOverride(tx: Tx, made: NewOverride, at: Date): Promise<string> {
  const { rows } = await tx.query<{ number: string }>(
    `INSERT INTO planning.forecast_override (forecast_override_id, number, item_id, group_code,
       site_id, from_day, to_day, kind, value, reason, expires_on, actor_id, created_at,
       times_forecast, is_large)
     VALUES ($1,
       'FO-' || lpad(nextval('planning.forecast_override_number')::text, 6, '0'), $2, $3, $4, $5,
       $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING number`,
    [
      ...[made.overrideId, made.itemId, made.group, made.siteId, made.from, made.to, made.kind],
      ...[made.value, made.reason, made.expiresOn, made.actorId, at],
      ...[made.timesForecast, made.isLarge],
    ],
  );
  return rows[0]!.number;
}

/** Finds an override by number; `lock` keeps others from undoing it meanwhile. */
export async function selectOverride(
  tx: Tx,
  number: string,
  lock = false,
): Promise<OverrideRow | undefined> {
  const { rows } = await tx.query<OverrideRow>(
    `SELECT ${WHOLE} FROM ${JOINS} WHERE o.number = $1 ${lock ? 'FOR UPDATE OF o' : ''}`,
    [number],
  );
  return rows[0];
}

/** Which overrides to list. */
export interface OverrideFilter {
  readonly itemId: number | null;
  readonly siteId: number | null;
  /** Only those that hold on a day from this one on, and are not undone. */
  readonly activeFrom: string | null;
  readonly before: readonly [string, string] | undefined;
  readonly limit: number;
}

/** Overrides, the newest first. */
export async function selectOverrides(tx: Tx, filter: OverrideFilter): Promise<OverrideRow[]> {
  const { rows } = await tx.query<OverrideRow>(
    `SELECT ${WHOLE} FROM ${JOINS}
     WHERE ($1::integer IS NULL OR o.item_id = $1) AND ($2::integer IS NULL OR o.site_id = $2)
       AND ($3::date IS NULL
         OR (o.undone_at IS NULL AND o.to_day >= $3 AND o.expires_on > $3))
       AND ($4::timestamptz IS NULL
         OR (o.created_at, o.forecast_override_id) < ($4, $5::uuid))
     ORDER BY o.created_at DESC, o.forecast_override_id DESC LIMIT $6`,
    [
      ...[filter.itemId, filter.siteId, filter.activeFrom],
      ...[filter.before?.[0] ?? null, filter.before?.[1] ?? null, filter.limit],
    ],
  );
  return rows;
}

/** Marks an override as undone; the row is locked by the caller. */
export async function markUndone(
  tx: Tx,
  overrideId: string,
  by: { readonly actorId: number; readonly reason: string; readonly at: Date },
): Promise<void> {
  await tx.query(
    `UPDATE planning.forecast_override SET undone_at = $2, undone_by = $3, undone_reason = $4
     WHERE forecast_override_id = $1`,
    [overrideId, by.at, by.actorId, by.reason],
  );
}

/** Whether any item is in a group. */
export async function selectIsGroup(tx: Tx, group: string): Promise<boolean> {
  const { rows } = await tx.query<{ isGroup: boolean }>(
    `SELECT EXISTS (SELECT FROM planning.item_group WHERE active AND group_code = $1)
       AS "isGroup"`,
    [group],
  );
  return rows[0]!.isGroup;
}

/** Ids of an item and a site by code; null where there is none. */
export async function selectPlace(
  tx: Tx,
  item: string | null,
  site: string | null,
): Promise<{ itemId: number | null; siteId: number | null }> {
  const { rows } = await tx.query<{ itemId: number | null; siteId: number | null }>(
    `SELECT (SELECT item_id FROM catalog.item WHERE sku = $1) AS "itemId",
       (SELECT site_id FROM network.site WHERE code = $2) AS "siteId"`,
    [item, site],
  );
  return rows[0]!;
}
