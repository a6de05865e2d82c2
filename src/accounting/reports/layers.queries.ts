import { arraysOf, decodeBigints, decodeInt4 } from '../../ledger/index.ts';
import type { Tx } from '../../platform/database.ts';
import type { Reach } from './as-of.queries.ts';

/** A FIFO layer as of an instant: what was left of it then. */
export interface LayerFigure {
  readonly journal: number;
  readonly costPoolId: bigint;
  /** The movement that brought it in. */
  readonly layerSeq: bigint;
  readonly quantity: bigint;
  readonly value: bigint;
}

const HEADS = 'unnest($1::integer[], $2::bigint[]) AS k(journal, up_to)';
/** What consumptions and value entries after the instant took from (or gave to) earlier layers. */
const SINCE = `SELECT f.journal, f.cost_pool_id, f.layer_seq, sum(f.quantity)::bigint AS quantity,
    sum(f.value)::bigint AS value
  FROM (
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
 * By recorded time: what is left now, and what was taken and revalued since. Layers that were used
 * up by then and not touched since are not even looked at, and only what was touched is summed up.
 */
const RECORDED = `SELECT journal, cost_pool_id, layer_seq,
    coalesce(l.quantity_left, 0) + coalesce(c.quantity, 0) AS quantity,
    coalesce(l.value_left, 0) + coalesce(c.value, 0) AS value
  FROM (SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_left, l.value_left
    FROM ${HEADS} JOIN ledger.cost_layer l ON l.journal = k.journal AND l.layer_seq <= k.up_to
    WHERE l.quantity_left > 0) l
  FULL JOIN (${SINCE}) c USING (journal, cost_pool_id, layer_seq)`;

/**
 * By occurred time: what came in by then less what was taken by then. A layer can be short then:
 * sold before its goods are said to have come.
 */
const OCCURRED = `SELECT f.journal, f.cost_pool_id, f.layer_seq, sum(f.quantity)::bigint AS quantity,
    sum(f.value)::bigint AS value
  FROM (
    SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_received AS quantity,
      l.value_received AS value
    FROM ${HEADS} JOIN ledger.cost_layer l ON l.journal = k.journal AND l.layer_seq <= k.up_to
    JOIN ledger.movement m ON m.journal = l.journal AND m.seq = l.layer_seq
    WHERE m.occurred_at <= $3
    UNION ALL
    SELECT n.journal, n.cost_pool_id, n.layer_seq, -n.quantity, -n.value
    FROM ${HEADS} JOIN ledger.layer_consumption n ON n.journal = k.journal AND n.seq <= k.up_to
    JOIN ledger.movement m ON m.journal = n.journal AND m.seq = n.seq
    WHERE m.occurred_at <= $3
    UNION ALL
    SELECT v.journal, side.cost_pool_id, v.layer_seq, 0, side.value
    FROM ${HEADS} JOIN ledger.value_entry v ON v.journal = k.journal AND v.seq <= k.up_to
    CROSS JOIN LATERAL (VALUES (v.to_pool_id, v.amount), (v.from_pool_id, -v.amount))
      AS side(cost_pool_id, value)
    WHERE side.cost_pool_id IS NOT NULL AND v.layer_seq IS NOT NULL AND v.occurred_at <= $3) f
  GROUP BY 1, 2, 3`;

/** Every FIFO layer that then held units or value. `tx` must see one moment. */
export async function layerFigures(tx: Tx, reach: Reach): Promise<LayerFigure[]> {
  const { upTo, occurredTo } = reach;
  const instant = occurredTo === null ? [] : [new Date(occurredTo)];
  const columns = ['f.journal', 'f.cost_pool_id', 'f.layer_seq', 'f.quantity', 'f.value'];
  const text = arraysOf(
    columns,
    `SELECT * FROM (${occurredTo === null ? RECORDED : OCCURRED}) c
     WHERE c.quantity <> 0 OR c.value <> 0`,
  );
  const values = [[...upTo.keys()], [...upTo.values()], ...instant];
  // A hash of the layers is what fits; the planner expects few groups and would sort on disk.
  await tx.query("SET LOCAL enable_sort = off; SET LOCAL work_mem = '64MB'");
  const { rows } = await tx.query({ text, values, rowMode: 'array' } as unknown as string);
  await tx.query('SET LOCAL enable_sort = on');
  const [journals, pools, seqs, quantities, sums] = rows[0] as unknown as (Buffer | null)[];
  const costPoolIds = decodeBigints(pools ?? null);
  const layerSeqs = decodeBigints(seqs ?? null);
  const quantity = decodeBigints(quantities ?? null);
  const value = decodeBigints(sums ?? null);
  return decodeInt4(journals ?? null).map((journal, i) => ({
    journal,
    costPoolId: costPoolIds[i]!,
    layerSeq: layerSeqs[i]!,
    quantity: quantity[i]!,
    value: value[i]!,
  }));
}

/** Where a layer came from. */
export interface LayerOrigin {
  readonly receipt: string;
  readonly occurredAt: Date;
  readonly document: { readonly type: string; readonly number: string } | null;
}

/** Origins of layers by `<journal>-<seq>`. */
export async function layerOrigins(
  tx: Tx,
  receipts: readonly string[],
): Promise<Map<string, LayerOrigin>> {
  const parts = receipts.map((receipt) => receipt.split('-'));
  const { rows } = await tx.query<{
    receipt: string;
    occurredAt: Date;
    type: string | null;
    number: string | null;
  }>(
    `SELECT m.journal || '-' || m.seq AS receipt, m.occurred_at AS "occurredAt", d.type, d.number
     FROM unnest($1::integer[], $2::bigint[]) AS k(journal, seq)
     JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq
     LEFT JOIN ledger.document d ON d.document_id = m.document_id`,
    [parts.map(([journal]) => journal), parts.map(([, seq]) => seq)],
  );
  return new Map(
    rows.map(({ receipt, occurredAt, type, number }) => [
      receipt,
      { receipt, occurredAt, document: type === null ? null : { type, number: number ?? '' } },
    ]),
  );
}
