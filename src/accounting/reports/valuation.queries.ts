import type { Tx } from '../../platform/database.ts';
import { type Reach, rangeColumns } from './as-of.queries.ts';
import { changesSql, newestSql } from './buckets.queries.ts';

/** What of the stock a valuation is about, as ids; every member narrows. */
export interface ValuationFilter {
  readonly itemId?: number | undefined;
  readonly costSiteId?: number | undefined;
  readonly siteId?: number | undefined;
  readonly lotIds?: readonly bigint[] | undefined;
}

/** A cost pool as of an instant: base units at the item's scale, minor units of house currency. */
export interface PoolFigure {
  readonly journal: number;
  readonly costPoolId: bigint;
  readonly item: string;
  readonly owner: string;
  readonly costSite: string;
  /** 1 moving average, 2 FIFO, 3 standard. */
  readonly method: number;
  readonly scale: number;
  readonly quantity: bigint;
  readonly value: bigint;
}

/** Units of a pool in one place and of one lot. */
export interface CellFigure {
  readonly journal: number;
  readonly costPoolId: bigint;
  readonly siteId: number;
  /** Null where the units lie at no site. */
  readonly site: string | null;
  readonly inTransit: boolean;
  readonly lotId: bigint;
  readonly lot: string | null;
  readonly quantity: bigint;
}

/** Parameters $1 to $9 of every statement here: bases, ranges, late ranges, instant. */
function parametersOf(reach: Reach): unknown[] {
  return [
    reach.bases.map(({ journal }) => journal),
    reach.bases.map(({ seq }) => seq),
    ...rangeColumns(reach.ranges),
    ...rangeColumns(reach.late),
    reach.occurredTo === null ? null : new Date(reach.occurredTo),
  ];
}

const BASES = 'unnest($1::integer[], $2::bigint[]) AS k(journal, seq)';
const RANGES = 'unnest($3::integer[], $4::bigint[], $5::bigint[]) AS k(journal, after, up_to)';
const LATE = 'unnest($6::integer[], $7::bigint[], $8::bigint[]) AS k(journal, after, up_to)';
const IN_TIME = '($9::timestamptz IS NULL OR f.occurred_at <= $9)';

/** Everything since the bases, as {@link changesSql} gives it. */
const SINCE = `${changesSql(RANGES, IN_TIME)}
  UNION ALL
  SELECT f.journal, f.cost_pool_id, f.site_id, f.in_transit, f.lot_id, f.quantity, f.value
  FROM ${LATE}
  JOIN accounting.valuation_late f ON f.journal = k.journal AND f.seq > k.after
    AND f.seq <= k.up_to
  WHERE f.occurred_at <= $9`;

/**
 * Row-level security hides from the planner how many rows there are; what it then guesses to be a
 * nested loop over one row is one over all of them.
 */
async function expectMany(tx: Tx): Promise<void> {
  await tx.query("SET LOCAL work_mem = '64MB'");
}

/** Every pool that then held units or value. `tx` must see one moment. */
export async function poolFigures(
  tx: Tx,
  reach: Reach,
  filter: ValuationFilter,
): Promise<PoolFigure[]> {
  await expectMany(tx);
  const { rows } = await tx.query<PoolFigure>(
    `SELECT c.journal, c.cost_pool_id AS "costPoolId", i.sku AS item, o.code AS owner,
       s.code AS "costSite", c.method::integer AS method, c.quantity_scale::integer AS scale,
       (coalesce(t.quantity, 0) + coalesce(d.quantity, 0))::bigint AS quantity,
       (coalesce(t.value, 0) + coalesce(d.value, 0))::bigint AS value
     FROM ${BASES}
     JOIN ledger.cost_pool c ON c.journal = k.journal
     LEFT JOIN ${newestSql('pool', 'k.seq')} t ON true
     LEFT JOIN (SELECT journal, cost_pool_id, sum(quantity) AS quantity, sum(value) AS value
       FROM (${SINCE}) f GROUP BY 1, 2) d
       ON d.journal = c.journal AND d.cost_pool_id = c.cost_pool_id
     JOIN catalog.item i ON i.item_id = c.item_id
     JOIN sellers.owner o ON o.owner_id = c.owner_id
     JOIN network.site s ON s.site_id = c.cost_site_id
     WHERE ($10::integer IS NULL OR c.item_id = $10)
       AND ($11::integer IS NULL OR c.cost_site_id = $11)
       AND (coalesce(t.quantity, 0) + coalesce(d.quantity, 0) <> 0
         OR coalesce(t.value, 0) + coalesce(d.value, 0) <> 0)`,
    [...parametersOf(reach), filter.itemId ?? null, filter.costSiteId ?? null],
  );
  return rows;
}

/** Where the units of those pools then lay. All cells of a pool, since they share its value. */
export async function cellFigures(
  tx: Tx,
  reach: Reach,
  filter: ValuationFilter,
): Promise<CellFigure[]> {
  await expectMany(tx);
  const { rows } = await tx.query<CellFigure>(
    `WITH since AS (SELECT journal, cost_pool_id, site_id, in_transit, lot_id,
         sum(quantity) AS quantity FROM (${SINCE}) f GROUP BY 1, 2, 3, 4, 5),
       cell AS (
         SELECT journal, cost_pool_id, site_id, in_transit, lot_id FROM accounting.valuation_place
         UNION SELECT journal, cost_pool_id, site_id, in_transit, lot_id FROM since)
     SELECT c.journal, c.cost_pool_id AS "costPoolId", c.site_id AS "siteId", s.code AS site,
       c.in_transit AS "inTransit", c.lot_id AS "lotId", b.code AS lot,
       (coalesce(t.quantity, 0) + coalesce(d.quantity, 0))::bigint AS quantity
     FROM ${BASES}
     JOIN cell c ON c.journal = k.journal
     JOIN ledger.cost_pool p ON p.journal = c.journal AND p.cost_pool_id = c.cost_pool_id
     LEFT JOIN ${newestSql('cell', 'k.seq')} t ON true
     LEFT JOIN since d ON d.journal = c.journal AND d.cost_pool_id = c.cost_pool_id
       AND d.site_id = c.site_id AND d.in_transit = c.in_transit AND d.lot_id = c.lot_id
     LEFT JOIN network.site s ON s.site_id = c.site_id
     LEFT JOIN ledger.lot b ON b.journal = c.journal AND b.lot_id = c.lot_id
     WHERE coalesce(t.quantity, 0) + coalesce(d.quantity, 0) <> 0
       AND ($10::integer IS NULL OR p.item_id = $10)
       AND ($11::integer IS NULL OR p.cost_site_id = $11)`,
    [...parametersOf(reach), filter.itemId ?? null, filter.costSiteId ?? null],
  );
  return rows;
}
