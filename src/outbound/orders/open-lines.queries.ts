import type { Queryable } from '../../platform/database.ts';
import type { ShipTo } from './order.ts';

/** A reserved part that no warehouse was asked for yet: it may still come from another site. */
export interface OpenLine {
  readonly orderNumber: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly channel: string;
  readonly priority: number;
  readonly serviceLevel: string;
  readonly shipTo: ShipTo;
  readonly splitAllowed: boolean;
  readonly requestedAt: Date | null;
  readonly promisedAt: Date | null;
  readonly createdAt: Date;
  readonly version: number;
  readonly line: number;
  readonly part: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly quantity: bigint;
  readonly siteId: number;
  readonly site: string;
  /** The only site that the customer lets it come from; null: any. */
  readonly requestedSiteId: number | null;
  readonly journal: number;
  readonly seq: number;
}

/** What to look for; undefined is no filter. */
export interface OpenLineFilter {
  readonly orderNumbers?: readonly string[] | undefined;
  readonly itemIds?: readonly number[] | undefined;
  readonly siteId?: number | undefined;
  readonly limit: number;
}

/** Open lines of sales orders that are not on hold, the most urgent and then the oldest first. */
export async function readOpenLines(db: Queryable, filter: OpenLineFilter): Promise<OpenLine[]> {
  const { rows } = await db.query<Omit<OpenLine, 'seq'> & { seq: bigint }>(
    `SELECT o.number AS "orderNumber", o.owner_id AS "ownerId", w.code AS owner,
       c.code AS channel, o.priority, o.service_level AS "serviceLevel", o.ship_to AS "shipTo",
       o.shipment_policy = 'partial' AS "splitAllowed", o.requested_at AS "requestedAt",
       o.promised_at AS "promisedAt", o.created_at AS "createdAt", o.version, p.line, p.part,
       p.item_id AS "itemId", i.sku AS item, i.quantity_scale AS "quantityScale", p.quantity,
       p.site_id AS "siteId", s.code AS site, l.site_id AS "requestedSiteId", p.journal,
       p.reservation_seq AS seq
     FROM outbound.line_part p
     JOIN outbound.sales_order o USING (sales_order_id)
     JOIN outbound.sales_order_line l USING (sales_order_id, line)
     JOIN outbound.channel c ON c.channel_id = o.channel_id
     JOIN sellers.owner w ON w.owner_id = o.owner_id
     JOIN catalog.item i ON i.item_id = p.item_id
     JOIN network.site s ON s.site_id = p.site_id
     WHERE p.state = 'reserved' AND NOT o.is_held
       AND ($1::text[] IS NULL OR o.number = ANY($1))
       AND ($2::integer[] IS NULL OR p.item_id = ANY($2))
       AND ($3::integer IS NULL OR p.site_id = $3)
     ORDER BY o.priority DESC, o.created_at, o.number, p.line, p.part LIMIT $4`,
    [filter.orderNumbers ?? null, filter.itemIds ?? null, filter.siteId ?? null, filter.limit],
  );
  return rows.map((row) => ({ ...row, seq: Number(row.seq) }));
}
