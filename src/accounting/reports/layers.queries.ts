import type { Tx } from '../../platform/database.ts';
import type { Reach } from './as-of.queries.ts';
import type { ValuationFilter } from './valuation.queries.ts';

/** A FIFO layer as of an instant: what was left of it then. */
export interface LayerFigure {
  readonly journal: number;
  readonly costPoolId: bigint;
  /** The movement that brought it in. */
  readonly layerSeq: bigint;
  readonly occurredAt: Date;
  readonly documentType: string | null;
  readonly documentNumber: string | null;
  readonly quantity: bigint;
  readonly value: bigint;
}

const HEADS = 'unnest($1::integer[], $2::bigint[]) AS k(journal, up_to)';
const SELECTED = `p.journal = c.journal AND p.cost_pool_id = c.cost_pool_id
  AND ($3::integer IS NULL OR p.item_id = $3) AND ($4::integer IS NULL OR p.cost_site_id = $4)`;

/**
 * By recorded time: what is left now, and what was taken and revalued since. Layers that were used
 * up by then and not touched since are not even looked at.
 */
const RECORDED = `SELECT f.journal, f.cost_pool_id, f.layer_seq, sum(f.quantity) AS quantity,
    sum(f.value) AS value
  FROM (
    SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_left AS quantity,
      l.value_left AS value
    FROM ${HEADS} JOIN ledger.cost_layer l ON l.journal = k.journal AND l.layer_seq <= k.up_to
    WHERE l.quantity_left > 0
    UNION ALL
    SELECT n.journal, n.cost_pool_id, n.layer_seq, n.quantity, n.value
    FROM ${HEADS} JOIN ledger.layer_consumption n ON n.journal = k.journal AND n.seq > k.up_to
    WHERE n.layer_seq <= k.up_to
    UNION ALL
    SELECT v.journal, side.cost_pool_id, v.layer_seq, 0, -side.value
    FROM ${HEADS} JOIN ledger.value_entry v ON v.journal = k.journal AND v.seq > k.up_to
    CROSS JOIN LATERAL (VALUES (v.to_pool_id, v.amount), (v.from_pool_id, -v.amount))
      AS side(cost_pool_id, value)
    WHERE side.cost_pool_id IS NOT NULL AND v.layer_seq <= k.up_to) f
  GROUP BY 1, 2, 3`;

/**
 * By occurred time: what came in by then less what was taken by then. A layer can be short then:
 * sold before its goods are said to have come.
 */
const OCCURRED = `SELECT f.journal, f.cost_pool_id, f.layer_seq, sum(f.quantity) AS quantity,
    sum(f.value) AS value
  FROM (
    SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_received AS quantity,
      l.value_received AS value
    FROM ${HEADS} JOIN ledger.cost_layer l ON l.journal = k.journal AND l.layer_seq <= k.up_to
    JOIN ledger.movement m ON m.journal = l.journal AND m.seq = l.layer_seq
    WHERE m.occurred_at <= $5
    UNION ALL
    SELECT n.journal, n.cost_pool_id, n.layer_seq, -n.quantity, -n.value
    FROM ${HEADS} JOIN ledger.layer_consumption n ON n.journal = k.journal AND n.seq <= k.up_to
    JOIN ledger.movement m ON m.journal = n.journal AND m.seq = n.seq
    WHERE m.occurred_at <= $5
    UNION ALL
    SELECT v.journal, side.cost_pool_id, v.layer_seq, 0, side.value
    FROM ${HEADS} JOIN ledger.value_entry v ON v.journal = k.journal AND v.seq <= k.up_to
    CROSS JOIN LATERAL (VALUES (v.to_pool_id, v.amount), (v.from_pool_id, -v.amount))
      AS side(cost_pool_id, value)
    WHERE side.cost_pool_id IS NOT NULL AND v.layer_seq IS NOT NULL AND v.occurred_at <= $5) f
  GROUP BY 1, 2, 3`;

/** Every FIFO layer that then held units or value, oldest first. `tx` must see one moment. */
export async function layerFigures(
  tx: Tx,
  reach: Reach,
  filter: ValuationFilter,
): Promise<LayerFigure[]> {
  const { upTo, occurredTo } = reach;
  await tx.query("SET LOCAL work_mem = '64MB'");
  const instant = occurredTo === null ? [] : [new Date(occurredTo)];
  const { rows } = await tx.query<LayerFigure>(
    `SELECT c.journal, c.cost_pool_id AS "costPoolId", c.layer_seq AS "layerSeq",
       m.occurred_at AS "occurredAt", d.type AS "documentType", d.number AS "documentNumber",
       c.quantity::bigint AS quantity, c.value::bigint AS value
     FROM (${occurredTo === null ? RECORDED : OCCURRED}) c
     JOIN ledger.cost_pool p ON ${SELECTED}
     JOIN ledger.movement m ON m.journal = c.journal AND m.seq = c.layer_seq
     LEFT JOIN ledger.document d ON d.document_id = m.document_id
     WHERE c.quantity <> 0 OR c.value <> 0
     ORDER BY c.journal, c.cost_pool_id, c.layer_seq`,
    [
      [...upTo.keys()],
      [...upTo.values()],
      filter.itemId ?? null,
      filter.costSiteId ?? null,
      ...instant,
    ],
  );
  return rows;
}
