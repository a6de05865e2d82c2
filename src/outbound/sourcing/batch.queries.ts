import type { Queryable } from '../../platform/database.ts';
import type { ShipTo } from '../orders/order.ts';

/** A reserved part that may come from elsewhere. */
export interface MovablePart {
  readonly orderId: string;
  readonly number: string;
  readonly ownerId: number;
  readonly priority: number;
  readonly shipTo: ShipTo;
  readonly serviceLevel: string;
  readonly shipmentPolicy: 'partial' | 'complete';
  readonly requestedAt: Date | null;
  /** Codes that serve the channel; empty: all. */
  readonly channelSites: readonly string[];
  readonly line: number;
  readonly part: number;
  readonly itemId: number;
  readonly item: string;
  readonly quantity: bigint;
  readonly siteId: number;
  readonly site: string;
  /** The only site the customer lets it come from. */
  readonly namedSiteId: number | null;
  readonly avoidedSiteIds: readonly number[];
}

/** Which sales orders a run is about. */
export interface BatchFilter {
  readonly channel: string | null;
  readonly site: string | null;
  readonly ordersMax: number;
}

const MOVABLE = `SELECT o.sales_order_id AS "orderId", o.number, o.owner_id AS "ownerId",
    o.priority, o.ship_to AS "shipTo", o.service_level AS "serviceLevel",
    o.shipment_policy AS "shipmentPolicy", o.requested_at AS "requestedAt",
    c.sites AS "channelSites", p.line, p.part, p.item_id AS "itemId", i.sku AS item, p.quantity,
    p.site_id AS "siteId", s.code AS site, l.site_id AS "namedSiteId",
    p.avoided_site_ids AS "avoidedSiteIds"
  FROM outbound.sales_order o
  JOIN outbound.channel c ON c.channel_id = o.channel_id
  JOIN outbound.line_part p USING (sales_order_id)
  JOIN outbound.sales_order_line l ON l.sales_order_id = p.sales_order_id AND l.line = p.line
  JOIN catalog.item i ON i.item_id = p.item_id
  JOIN network.site s ON s.site_id = p.site_id`;

/**
 * The reserved parts of sales orders of which nothing was released yet, the first to be served
 * first: by priority, then age.
 */
export async function selectMovable(db: Queryable, filter: BatchFilter): Promise<MovablePart[]> {
  const { rows } = await db.query<MovablePart>(
    `WITH chosen AS (
       SELECT o.sales_order_id FROM outbound.sales_order o
       JOIN outbound.channel c ON c.channel_id = o.channel_id
       WHERE o.state IN ('open', 'backordered') AND ($1::text IS NULL OR c.code = $1)
         AND EXISTS (SELECT FROM outbound.line_part p JOIN network.site s USING (site_id)
           WHERE p.sales_order_id = o.sales_order_id AND p.state = 'reserved'
             AND ($2::text IS NULL OR s.code = $2))
         AND NOT EXISTS (SELECT FROM outbound.line_part p
           WHERE p.sales_order_id = o.sales_order_id
             AND p.state IN ('released', 'accepted', 'shipping'))
       ORDER BY o.priority DESC, o.created_at, o.sales_order_id LIMIT $3
     )
     ${MOVABLE} JOIN chosen h ON h.sales_order_id = o.sales_order_id
     WHERE p.state = 'reserved'
     ORDER BY o.priority DESC, o.created_at, o.sales_order_id, p.line, p.part`,
    [filter.channel, filter.site, filter.ordersMax],
  );
  return rows;
}

/** The reserved parts of an item of an owner at a site: last served, youngest first. */
export async function selectPartsAt(
  db: Queryable,
  at: { readonly itemId: number; readonly siteId: number; readonly ownerId: number },
  limit: number,
): Promise<MovablePart[]> {
  const { rows } = await db.query<MovablePart>(
    `${MOVABLE}
     WHERE p.state = 'reserved' AND p.item_id = $1 AND p.site_id = $2 AND p.owner_id = $3
     ORDER BY p.priority, p.ordered_at DESC, p.sales_order_id DESC, p.line DESC, p.part DESC
     LIMIT $4`,
    [at.itemId, at.siteId, at.ownerId, limit],
  );
  return rows;
}

/** The reserved parts of one sales order. */
export async function selectOrderParts(db: Queryable, number: string): Promise<MovablePart[]> {
  const { rows } = await db.query<MovablePart>(
    `${MOVABLE} WHERE o.number = $1 AND p.state = 'reserved' ORDER BY p.line, p.part`,
    [number],
  );
  return rows;
}

/** What is available of an item of an owner at a site; negative where promised stock is gone. */
export interface AvailableRow {
  readonly itemId: number;
  readonly ownerId: number;
  readonly siteId: number;
  readonly site: string;
  readonly available: bigint;
  /** A channel's ring-fence or buffer, or a queue of backorders, is kept for it. */
  readonly restricted: boolean;
}

/** What is available of items, at sites that ship. */
export async function selectAvailable(
  db: Queryable,
  itemIds: readonly number[],
): Promise<AvailableRow[]> {
  const { rows } = await db.query<AvailableRow>(
    `SELECT a.item_id AS "itemId", a.owner_id AS "ownerId", a.site_id AS "siteId", s.code AS site,
       a.on_hand - a.reserved AS available,
       (EXISTS (SELECT FROM outbound.channel_limit m JOIN catalog.item i ON i.sku = m.item
          WHERE i.item_id = a.item_id AND m.site_id = a.site_id AND m.active)
        OR EXISTS (SELECT FROM outbound.line_part p
          WHERE p.item_id = a.item_id AND p.owner_id = a.owner_id AND p.state = 'backordered')
       ) AS restricted
     FROM ledger.journal_head h
     JOIN ledger.availability a ON a.journal = h.journal AND a.item_id = ANY($1)
     JOIN network.site s USING (site_id)
     WHERE s.active AND s.type IN ('fulfilment_centre', 'store')`,
    [itemIds],
  );
  return rows;
}
