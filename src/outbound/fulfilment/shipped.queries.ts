import type { Queryable } from '../../platform/database.ts';

/** What was shipped of a line from one site: what a return is checked against. */
export interface ShippedLine {
  readonly orderNumber: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly isHouse: boolean;
  readonly customer: string | null;
  readonly channel: string;
  readonly currency: string;
  /** House currency for one unit of the currency; null where the goods are not the house's. */
  readonly rate: string | null;
  readonly line: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly site: string;
  /** Item's base unit at its scale. */
  readonly quantityShipped: bigint;
  /** What prices, discount and tax are given for. */
  readonly quantityOrdered: bigint;
  /** Minor units x 10^4 for one whole base unit. */
  readonly unitPrice: bigint;
  /** Minor units for the whole ordered quantity. */
  readonly discount: bigint;
  readonly tax: bigint;
  readonly movements: readonly {
    readonly journal: number;
    readonly seq: number;
    readonly quantity: bigint;
    readonly shippedAt: Date;
  }[];
}

interface Row extends Omit<ShippedLine, 'movements' | 'quantityShipped'> {
  readonly journal: number;
  readonly seq: bigint;
  readonly quantity: bigint;
  readonly shippedAt: Date;
}

/** Lines of a sales order as they were shipped, one entry a line and site; the caller's `tx`. */
export async function readShippedLines(tx: Queryable, orderNumber: string): Promise<ShippedLine[]> {
  const { rows } = await tx.query<Row>(
    `SELECT o.number AS "orderNumber", o.owner_id AS "ownerId", w.code AS owner,
       w.is_house AS "isHouse", o.customer, c.code AS channel, o.currency,
       trim_scale(o.rate)::text AS rate, l.line, l.item_id AS "itemId", i.sku AS item,
       i.quantity_scale AS "quantityScale", s.code AS site, l.quantity AS "quantityOrdered",
       l.unit_price AS "unitPrice", l.discount, l.tax, m.journal, m.seq, m.quantity,
       h.occurred_at AS "shippedAt"
     FROM outbound.shipment_movement m
     JOIN outbound.shipment h USING (shipment_id)
     JOIN outbound.sales_order o ON o.sales_order_id = m.sales_order_id
     JOIN outbound.sales_order_line l ON l.sales_order_id = m.sales_order_id AND l.line = m.line
     JOIN outbound.channel c ON c.channel_id = o.channel_id
     JOIN sellers.owner w ON w.owner_id = o.owner_id
     JOIN catalog.item i ON i.item_id = l.item_id
     JOIN network.site s ON s.site_id = h.site_id
     WHERE o.number = $1 ORDER BY l.line, s.code, m.journal, m.seq`,
    [orderNumber],
  );
  const lines = new Map<string, ShippedLine & { movements: ShippedLine['movements'][number][] }>();
  for (const { journal, seq, quantity, shippedAt, ...row } of rows) {
    const key = `${row.line} ${row.site}`;
    const line = lines.get(key) ?? { ...row, quantityShipped: 0n, movements: [] };
    const movements = [...line.movements, { journal, seq: Number(seq), quantity, shippedAt }];
    lines.set(key, { ...line, quantityShipped: line.quantityShipped + quantity, movements });
  }
  return [...lines.values()];
}
