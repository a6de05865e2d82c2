import type { Tx } from '../../platform/database.ts';
import type { BookVector } from '../books.ts';
import type { DayFlow } from './periodic.ts';

/** What one item did on one day. */
export interface ItemFlow extends DayFlow {
  readonly item: string;
  readonly scale: number;
}

/** What came from places of a kind less what went there. */
function net(isThere: (type: string) => string, amount: string): string {
  return `(coalesce(sum(${amount}) FILTER (WHERE ${isThere('f.from_type')}), 0)
    - coalesce(sum(${amount}) FILTER (WHERE ${isThere('f.to_type')}), 0))::bigint`;
}

const isPurchase = (type: string) => `${type} IN ('supplier', 'opening')`;
const isSale = (type: string) => `${type} = 'customer'`;
const isOther = (type: string) => `${type} NOT IN ('supplier', 'opening', 'customer', 'pool')`;

/**
 * The day of a fact: that on which it is booked, or its own where it carries no value and so is
 * not in the books. $3: time zone.
 */
const DAY = 'coalesce(e.booked_on, (f.occurred_at AT TIME ZONE $3)::date)';

/**
 * The house's facts by item and day with the kinds of place on both sides. Movements are summed by
 * the positions they go between before these are looked up: there are far fewer.
 */
const FACTS = `
  SELECT m.item_id, m.day, m.quantity, m.amount,
    CASE WHEN pf.cost_pool_id IS NOT NULL THEN 'pool' ELSE lf.type END AS from_type,
    CASE WHEN pt.cost_pool_id IS NOT NULL THEN 'pool' ELSE lt.type END AS to_type
  FROM (SELECT f.journal, f.item_id, f.from_position, f.to_position, ${DAY} AS day,
      sum(f.quantity) AS quantity, sum(f.value) AS amount
    FROM unnest($1::integer[], $2::bigint[]) AS u(journal, seq)
    JOIN ledger.movement f ON f.journal = u.journal AND f.seq <= u.seq
    LEFT JOIN accounting.stock_entry e ON e.journal = f.journal AND e.seq = f.seq
    WHERE ($5::integer IS NULL OR f.item_id = $5) AND ${DAY} <= coalesce($4::date, 'infinity')
    GROUP BY 1, 2, 3, 4, 5) m
  JOIN ledger.position pf ON pf.journal = m.journal AND pf.position_id = m.from_position
  JOIN ledger.position pt ON pt.journal = m.journal AND pt.position_id = m.to_position
  JOIN network.location lf ON lf.location_id = pf.location_id
  JOIN network.location lt ON lt.location_id = pt.location_id
  WHERE (pf.cost_pool_id IS NULL) <> (pt.cost_pool_id IS NULL)
  UNION ALL
  SELECT f.item_id, ${DAY}, 0, f.amount, coalesce(lf.type, 'pool'), coalesce(lt.type, 'pool')
  FROM unnest($1::integer[], $2::bigint[]) AS u(journal, seq)
  JOIN ledger.value_entry f ON f.journal = u.journal AND f.seq <= u.seq
  LEFT JOIN accounting.stock_entry e ON e.journal = f.journal AND e.seq = f.seq
  LEFT JOIN network.location lf ON lf.location_id = f.from_location_id
  LEFT JOIN network.location lt ON lt.location_id = f.to_location_id
  WHERE ($5::integer IS NULL OR f.item_id = $5) AND ${DAY} <= coalesce($4::date, 'infinity')`;

/** What every item did on every day up to `through`, in order of days. */
export async function itemFlows(
  tx: Tx,
  to: BookVector,
  timeZone: string,
  through: string | undefined,
  itemId: number | undefined,
): Promise<ItemFlow[]> {
  await tx.query("SET LOCAL work_mem = '64MB'");
  const { rows } = await tx.query<ItemFlow>(
    `SELECT i.sku AS item, i.quantity_scale::integer AS scale, k.* FROM (
       SELECT f.item_id, f.day::text AS day,
         ${net(isPurchase, 'f.quantity')} AS purchased,
         ${net(isPurchase, 'f.amount')} AS "purchasedValue",
         -${net(isSale, 'f.quantity')} AS sold,
         -${net(isSale, 'f.amount')} AS "soldValue",
         -${net(isOther, 'f.quantity')} AS other,
         -${net(isOther, 'f.amount')} AS "otherValue"
       FROM (${FACTS}) f GROUP BY 1, 2) k
     JOIN catalog.item i ON i.item_id = k.item_id
     ORDER BY i.sku, k.day`,
    [[...to.journals.keys()], [...to.journals.values()], timeZone, through ?? null, itemId ?? null],
  );
  return rows;
}
