import type { Queryable, Tx } from '../../platform/database.ts';
import { addDeltas, type Delta } from './apply.queries.ts';
import type { DayMark } from './build.ts';
import { readIssuesOf } from './facts.queries.ts';

/** Sales orders that users exclude. */
export async function readExcludedOrders(db: Queryable): Promise<Set<string>> {
  const { rows } = await db.query<{ number: string }>(
    `SELECT sales_order AS number FROM planning.demand_mark
     WHERE sales_order IS NOT NULL AND active AND kind = 'exclude'`,
  );
  return new Set(rows.map(({ number }) => number));
}

/** Sales orders that are marked, or were when history was last rolled up. */
export async function readMarkedOrders(tx: Tx): Promise<string[]> {
  const { rows } = await tx.query<{ number: string }>(
    `SELECT sales_order AS number FROM planning.demand_mark WHERE sales_order IS NOT NULL
     UNION SELECT sales_order FROM planning.excluded_issue ORDER BY 1`,
  );
  return rows.map(({ number }) => number);
}

const NOTHING: Delta = {
  itemId: 0,
  siteId: 0,
  ownerId: 0,
  day: 0,
  quantity: 0,
  lines: 0,
  amount: 0,
};

async function readTakenOff(tx: Tx, numbers: readonly string[]): Promise<Delta[]> {
  const { rows } = await tx.query<Delta>(
    `SELECT item_id AS "itemId", site_id AS "siteId", owner_id AS "ownerId", day,
       quantity::float8 AS quantity, lines, 0 AS amount
     FROM planning.excluded_issue WHERE sales_order = ANY($1)`,
    [[...numbers]],
  );
  return rows;
}

async function replaceTakenOff(
  tx: Tx,
  numbers: readonly string[],
  entries: readonly (Delta & { readonly number: string })[],
): Promise<void> {
  await tx.query('DELETE FROM planning.excluded_issue WHERE sales_order = ANY($1)', [[...numbers]]);
  if (entries.length === 0) return;
  await tx.query(
    `INSERT INTO planning.excluded_issue (sales_order, item_id, site_id, owner_id, day, quantity,
       lines)
     SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::integer[],
       $6::bigint[], $7::integer[])`,
    [
      entries.map(({ number }) => number),
      entries.map(({ itemId }) => itemId),
      entries.map(({ siteId }) => siteId),
      entries.map(({ ownerId }) => ownerId),
      entries.map(({ day }) => day),
      entries.map(({ quantity }) => quantity),
      entries.map(({ lines }) => lines),
    ],
  );
}

/**
 * Takes issues of excluded sales orders that only the ledger knows off again, and gives back those
 * of orders that are no longer excluded. What is marked otherwise is noted with no quantity.
 */
export async function takeOffIssues(
  tx: Tx,
  numbers: readonly string[],
  excluded: ReadonlySet<string>,
): Promise<void> {
  const before = await readTakenOff(tx, numbers);
  const found = await readIssuesOf(tx, numbers);
  const own = await ownOrders(tx, numbers);
  const entries = numbers.flatMap((number) => {
    const isExcluded = excluded.has(number);
    // Of our own sales orders nothing was counted; that it was left out is noted all the same, so
    // that it is looked at again when the mark is gone.
    if (own.has(number)) return isExcluded ? [{ ...NOTHING, number }] : [];
    const share = isExcluded ? 1 : 0;
    return (found.get(number) ?? []).map((issue) => ({
      ...issue,
      number,
      quantity: share * issue.quantity,
      lines: share * issue.lines,
    }));
  });
  await replaceTakenOff(tx, numbers, entries);
  const negative = (delta: Delta): Delta => ({
    ...delta,
    quantity: -delta.quantity,
    lines: -delta.lines,
  });
  const deltas = [...before, ...entries.map(negative)];
  await addDeltas(
    tx,
    'issues',
    deltas.filter(({ lines }) => lines !== 0),
  );
}

async function ownOrders(tx: Tx, numbers: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ number: string }>(
    'SELECT number FROM outbound.sales_order WHERE number = ANY($1)',
    [[...numbers]],
  );
  return new Set(rows.map(({ number }) => number));
}

/** Days that users marked, of items at sites; site 0 is every site. */
export interface MarkedDays extends DayMark {
  readonly itemId: number;
  readonly siteId: number;
}

/** Marks on days, and the days of sales orders that are marked as one-offs. */
export async function readMarkedDays(db: Queryable): Promise<MarkedDays[]> {
  const { rows } = await db.query<MarkedDays>(
    `SELECT item_id AS "itemId", coalesce(site_id, 0) AS "siteId", kind,
       from_day - date '1970-01-01' AS "from", to_day - date '1970-01-01' AS "to"
     FROM planning.demand_mark WHERE item_id IS NOT NULL AND active
     UNION ALL
     SELECT t.item_id, t.site_id, k.kind, t.day, t.day
     FROM planning.demand_mark k
     JOIN outbound.sales_order o ON o.number = k.sales_order
     JOIN planning.order_demand t ON t.sales_order_id = o.sales_order_id
     WHERE k.active AND k.kind = 'one_off'
     UNION ALL
     SELECT t.item_id, t.site_id, k.kind, t.day, t.day
     FROM planning.demand_mark k
     JOIN planning.excluded_issue t ON t.sales_order = k.sales_order
     WHERE k.active AND k.kind = 'one_off'`,
  );
  return rows;
}
