import { arraysOf, decodeBigints, decodeInt4 } from '../../ledger/index.ts';
import type { Tx } from '../../platform/database.ts';
import { type Reach, rangeColumns } from './as-of.queries.ts';

/** A FIFO layer as of an instant: what was left of it then. */
export interface LayerFigure {
  readonly journal: number;
  readonly costPoolId: bigint;
  /** The movement that brought it in. */
  readonly layerSeq: bigint;
  readonly quantity: bigint;
  readonly value: bigint;
}

/** $1 and $2: up to where layers are taken as they were recorded. */
const HEADS = 'unnest($1::integer[], $2::bigint[]) AS k(journal, up_to)';
/** What consumptions and value entries after the heads took from (or gave to) earlier layers. */
const SINCE = `SELECT n.journal, n.cost_pool_id, n.layer_seq, n.quantity, n.value
    FROM ${HEADS} JOIN ledger.layer_consumption n ON n.journal = k.journal AND n.seq > k.up_to
    WHERE n.layer_seq <= k.up_to
    UNION ALL
    SELECT v.journal, side.cost_pool_id, v.layer_seq, 0, -side.value
    FROM ${HEADS} JOIN ledger.value_entry v ON v.journal = k.journal AND v.seq > k.up_to
    CROSS JOIN LATERAL (VALUES (v.to_pool_id, v.amount), (v.from_pool_id, -v.amount))
      AS side(cost_pool_id, value)
    WHERE side.cost_pool_id IS NOT NULL AND v.layer_seq <= k.up_to`;

/** What is left now of layers that came up to the heads. */
const LEFT = `SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_left, l.value_left
  FROM ${HEADS} JOIN ledger.cost_layer l ON l.journal = k.journal AND l.layer_seq <= k.up_to
  WHERE l.quantity_left > 0`;

/**
 * Layers with what changed in them added to what is left. Those that were used up by then and not
 * touched since are not even looked at, and only what was touched is summed up.
 */
function layersWith(changes: string): string {
  return `SELECT journal, cost_pool_id, layer_seq,
      coalesce(l.quantity_left, 0) + coalesce(c.quantity, 0) AS quantity,
      coalesce(l.value_left, 0) + coalesce(c.value, 0) AS value
    FROM (${LEFT}) l
    FULL JOIN (SELECT f.journal, f.cost_pool_id, f.layer_seq, sum(f.quantity)::bigint AS quantity,
        sum(f.value)::bigint AS value
      FROM (${changes}) f GROUP BY 1, 2, 3) c USING (journal, cost_pool_id, layer_seq)`;
}

/** By recorded time: what is left now, and what was taken and revalued since. */
const RECORDED = layersWith(SINCE);

/** $3 to $8: ranges and late ranges of a {@link Reach}; $9: the instant. */
const RANGES = 'unnest($3::integer[], $4::bigint[], $5::bigint[]) AS k(journal, after, up_to)';
const LATE = 'unnest($6::integer[], $7::bigint[], $8::bigint[]) AS k(journal, after, up_to)';

/** Facts after the bases that had occurred by the instant. */
const HAPPENED = `(
  SELECT f.journal, f.seq FROM ${RANGES}
  JOIN ledger.movement f ON f.journal = k.journal AND f.seq > k.after AND f.seq <= k.up_to
  WHERE f.occurred_at <= $9
  UNION ALL
  SELECT f.journal, f.seq FROM ${RANGES}
  JOIN ledger.value_entry f ON f.journal = k.journal AND f.seq > k.after AND f.seq <= k.up_to
  WHERE f.occurred_at <= $9
  UNION
  SELECT f.journal, f.seq FROM ${LATE}
  JOIN accounting.valuation_late f ON f.journal = k.journal AND f.seq > k.after
    AND f.seq <= k.up_to
  WHERE f.occurred_at <= $9) h`;

/**
 * By occurred time: the layers as they were recorded at the bases, and what had happened by the
 * instant after them. A layer can be short then: sold before its goods are said to have come.
 */
const OCCURRED = layersWith(`${SINCE}
    UNION ALL
    SELECT l.journal, l.cost_pool_id, l.layer_seq, l.quantity_received, l.value_received
    FROM ${HAPPENED} JOIN ledger.cost_layer l ON l.journal = h.journal AND l.layer_seq = h.seq
    UNION ALL
    SELECT n.journal, n.cost_pool_id, n.layer_seq, -n.quantity, -n.value
    FROM ${HAPPENED} JOIN ledger.layer_consumption n ON n.journal = h.journal AND n.seq = h.seq
    UNION ALL
    SELECT v.journal, side.cost_pool_id, v.layer_seq, 0, side.value
    FROM ${HAPPENED} JOIN ledger.value_entry v ON v.journal = h.journal AND v.seq = h.seq
    CROSS JOIN LATERAL (VALUES (v.to_pool_id, v.amount), (v.from_pool_id, -v.amount))
      AS side(cost_pool_id, value)
    WHERE side.cost_pool_id IS NOT NULL AND v.layer_seq IS NOT NULL`);

/** Every FIFO layer that then held units or value. `tx` must see one moment. */
export async function layerFigures(tx: Tx, reach: Reach): Promise<LayerFigure[]> {
  const { bases, upTo, ranges, late, occurredTo } = reach;
  const columns = ['f.journal', 'f.cost_pool_id', 'f.layer_seq', 'f.quantity', 'f.value'];
  const text = arraysOf(
    columns,
    `SELECT * FROM (${occurredTo === null ? RECORDED : OCCURRED}) c
     WHERE c.quantity <> 0 OR c.value <> 0`,
  );
  const values =
    occurredTo === null
      ? [[...upTo.keys()], [...upTo.values()]]
      : [
          bases.map(({ journal }) => journal),
          bases.map(({ seq }) => seq),
          ...rangeColumns(ranges),
          ...rangeColumns(late),
          new Date(occurredTo),
        ];
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
