import type { Tx } from '../platform/database.ts';

export const MEASURE_DIMENSIONS = ['item', 'reason', 'channel'] as const;
export type MeasureDimension = (typeof MEASURE_DIMENSIONS)[number];

/** How much comes back of what goes out, by an item, a reason or a channel. */
export interface MeasureRow {
  readonly key: string;
  /** Whole base units, as decimals. */
  readonly shipped: string;
  readonly returned: string;
  /** Returned units for one shipped; null where nothing was shipped. */
  readonly rate: number | null;
  readonly lines: number;
  /** From the first arrival of a line to the end of its inspection. */
  readonly gradingHours: number | null;
}

/** Column of what was shipped and of what came back; a reason has no shipments of its own. */
const KEYS: Readonly<Record<MeasureDimension, { shipped: string; returned: string }>> = {
  item: { shipped: 'i.sku', returned: 'i.sku' },
  channel: { shipped: 'c.code', returned: 'r.channel' },
  reason: { shipped: 'NULL::text', returned: 'l.reason' },
};

/**
 * Units that arrived in a period over units that were shipped in it; what nobody sent is left
 * out. Sorted by key.
 */
export async function readMeasures(
  tx: Tx,
  query: {
    readonly by: MeasureDimension;
    readonly from: string | undefined;
    readonly to: string | undefined;
    readonly after: string | undefined;
    readonly limit: number;
  },
): Promise<MeasureRow[]> {
  const key = KEYS[query.by];
  const join = query.by === 'reason' ? 'ON true' : 'ON g.key = b.key';
  const side = query.by === 'reason' ? 'RIGHT' : 'FULL';
  const { rows } = await tx.query<MeasureRow>(
    `WITH gone AS (
       SELECT ${key.shipped} AS key, sum(m.quantity / 10::numeric ^ i.quantity_scale) AS units
       FROM outbound.shipment_movement m
       JOIN outbound.shipment s USING (shipment_id)
       JOIN outbound.sales_order_line l
         ON l.sales_order_id = m.sales_order_id AND l.line = m.line
       JOIN outbound.sales_order o ON o.sales_order_id = m.sales_order_id
       JOIN outbound.channel c ON c.channel_id = o.channel_id
       JOIN catalog.item i ON i.item_id = l.item_id
       WHERE ($1::timestamptz IS NULL OR s.occurred_at >= $1)
         AND ($2::timestamptz IS NULL OR s.occurred_at < $2)
       GROUP BY 1
     ), back AS (
       SELECT ${key.returned} AS key, count(*)::integer AS lines,
         sum(l.received / 10::numeric ^ i.quantity_scale) AS units,
         avg(extract(epoch FROM l.inspected_at - l.first_received_at) / 3600)
           FILTER (WHERE l.inspected_at IS NOT NULL) AS hours
       FROM returns.rma_line l JOIN returns.rma r USING (rma_id)
       JOIN catalog.item i ON i.item_id = l.item_id
       WHERE l.received > 0 AND ($1::timestamptz IS NULL OR l.first_received_at >= $1)
         AND ($2::timestamptz IS NULL OR l.first_received_at < $2)
       GROUP BY 1
     )
     SELECT coalesce(b.key, g.key, '') AS key, trim_scale(coalesce(g.units, 0))::text AS shipped,
       trim_scale(coalesce(b.units, 0))::text AS returned,
       (coalesce(b.units, 0) / nullif(g.units, 0))::float8 AS rate,
       coalesce(b.lines, 0) AS lines, b.hours::float8 AS "gradingHours"
     FROM gone g ${side} JOIN back b ${join}
     WHERE $3::text IS NULL OR coalesce(b.key, g.key, '') > $3
     ORDER BY 1 LIMIT $4`,
    [query.from ?? null, query.to ?? null, query.after ?? null, query.limit],
  );
  return rows;
}
