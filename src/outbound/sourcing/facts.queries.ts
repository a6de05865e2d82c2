import type { Queryable } from '../../platform/database.ts';
import { ANYWHERE, type CostPolicy, type CostTable, rateKey } from './costs.ts';

export const POLICY_DEFAULT = 'default';

/** A policy with what bounds a run by it. */
export interface PolicyRow extends CostPolicy {
  readonly runMsMax: number;
  readonly gapTargetPpm: number;
  readonly everyMinutes: number;
}

/** Reads an active policy; undefined where there is none of that code. */
export async function selectPolicy(db: Queryable, code: string): Promise<PolicyRow | undefined> {
  const { rows } = await db.query<PolicyRow>(
    `SELECT code, split_penalty AS "splitPenalty", late_day_penalty AS "lateDayPenalty",
       unassigned_penalty AS "unassignedPenalty", priority_penalty AS "priorityPenalty",
       line_cost AS "lineCost", unit_cost AS "unitCost", parcel_cost AS "parcelCost",
       kilogram_cost AS "kilogramCost", distance_cost AS "distanceCost",
       balance_cost AS "balanceCost", balance_days AS "balanceDays", run_ms_max AS "runMsMax",
       gap_target_ppm AS "gapTargetPpm", every_minutes AS "everyMinutes"
     FROM outbound.sourcing_policy WHERE code = $1 AND active`,
    [code],
  );
  return rows[0];
}

/** Reads what handling costs at sites, and rates. */
export async function selectCosts(db: Queryable): Promise<Pick<CostTable, 'sites' | 'rates'>> {
  const [sites, rates] = await Promise.all([
    db.query<{ site: string; lineCost: bigint; unitCost: bigint; parcelsMax: number | null }>(
      `SELECT s.code AS site, c.line_cost AS "lineCost", c.unit_cost AS "unitCost",
         c.parcels_max AS "parcelsMax"
       FROM outbound.sourcing_site c JOIN network.site s USING (site_id) WHERE c.active`,
    ),
    db.query<{
      site: string;
      country: string;
      region: string;
      parcelCost: bigint;
      kilogramCost: bigint;
    }>(
      `SELECT s.code AS site, r.country, r.region, r.parcel_cost AS "parcelCost",
         r.kilogram_cost AS "kilogramCost"
       FROM outbound.sourcing_rate r JOIN network.site s USING (site_id) WHERE r.active`,
    ),
  ]);
  return {
    sites: new Map(
      sites.rows.map(({ site, parcelsMax, ...costs }) => [
        site,
        { ...costs, parcelsMax: parcelsMax === null ? null : BigInt(parcelsMax) },
      ]),
    ),
    rates: new Map(
      rates.rows.map(({ site, country, region, ...rate }) => [
        rateKey(site, country, region || ANYWHERE),
        rate,
      ]),
    ),
  };
}

/** What is known of an item beyond its code. */
export interface ItemFacts {
  readonly quantityScale: number;
  /** Grams of one whole base unit; 0 where nobody has weighed it. */
  readonly grams: bigint;
}

/** Weights by the smallest pack that has one, for one base unit. */
export async function selectItemFacts(
  db: Queryable,
  itemIds: readonly number[],
): Promise<Map<number, ItemFacts>> {
  const { rows } = await db.query<ItemFacts & { itemId: number }>(
    `SELECT i.item_id AS "itemId", i.quantity_scale AS "quantityScale",
       coalesce((SELECT round(p.weight_g * p.base_quantity_denominator
           / p.base_quantity_numerator::numeric)::bigint
         FROM catalog.packaging p WHERE p.item_id = i.item_id AND p.weight_g IS NOT NULL
         ORDER BY p.base_quantity_numerator / p.base_quantity_denominator::numeric LIMIT 1
       ), 0) AS grams
     FROM catalog.item i WHERE i.item_id = ANY($1)`,
    [itemIds],
  );
  return new Map(rows.map(({ itemId, ...facts }) => [itemId, facts]));
}

/** Days of demand that are looked at. */
export const ASKED_DAYS = 28;

/** Units that sites were asked for since `since`, by item and site: `<itemId>|<siteId>`. */
export async function selectAsked(
  db: Queryable,
  itemIds: readonly number[],
  since: Date,
): Promise<Map<string, bigint>> {
  const { rows } = await db.query<{ itemId: number; siteId: number; quantity: bigint }>(
    `SELECT p.item_id AS "itemId", p.site_id AS "siteId", sum(p.quantity)::bigint AS quantity
     FROM outbound.sales_order_line l
     JOIN outbound.line_part p USING (sales_order_id, line)
     WHERE l.item_id = ANY($1) AND p.ordered_at >= $2 AND p.site_id IS NOT NULL
       AND p.state <> 'cancelled'
     GROUP BY 1, 2`,
    [itemIds, since],
  );
  return new Map(rows.map((row) => [`${row.itemId}|${row.siteId}`, row.quantity]));
}

/** The id of an owner by its code. */
export async function selectOwnerIds(
  db: Queryable,
  codes: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ code: string; ownerId: number }>(
    'SELECT code, owner_id AS "ownerId" FROM sellers.owner WHERE code = ANY($1)',
    [codes],
  );
  return new Map(rows.map(({ code, ownerId }) => [code, ownerId]));
}
