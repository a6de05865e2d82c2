import type { PostedBatch } from '../../ledger/index.ts';
import type { Queryable, Tx } from '../../platform/database.ts';
import type { ShipTo } from './order.ts';

/** A part that waits, as filling it needs it. */
export interface WaitingPart {
  readonly number: string;
  readonly line: number;
  readonly part: number;
  readonly ownerId: number;
  readonly owner: string;
  readonly isHouse: boolean;
  readonly channelId: number;
  readonly channel: string;
  readonly priority: number;
  readonly serviceLevel: string;
  readonly shipTo: ShipTo;
  readonly requestedAt: Date | null;
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly quantity: bigint;
  readonly siteId: number | null;
  readonly site: string | null;
  /** Whether its sales order may leave in parts, and so from several sites. */
  readonly splitAllowed: boolean;
  readonly avoidedSiteIds: readonly number[];
}

/**
 * The site that a waiting part is bound to: the one it names, or that most of its sales order
 * comes from where that leaves as a whole.
 */
const HOME = `SELECT coalesce(p.site_id, CASE WHEN o.shipment_policy = 'complete' THEN (
    SELECT mode() WITHIN GROUP (ORDER BY q.site_id) FROM outbound.line_part q
    WHERE q.sales_order_id = p.sales_order_id AND q.state NOT IN ('backordered', 'cancelled')
  ) END) AS site_id`;

/**
 * Parts that wait for something that is available somewhere, in the order of the queue: priority,
 * then age. Of a sales order that leaves as a whole and has no site yet, the first part is to
 * find one. @param itemIds only these items; null for all.
 */
export async function selectFillable(
  db: Queryable,
  itemIds: readonly number[] | null,
  page: { readonly limit: number; readonly offset: number },
): Promise<WaitingPart[]> {
  const { rows } = await db.query<WaitingPart>(
    `SELECT o.number, p.line, p.part, p.owner_id AS "ownerId", w.code AS owner,
       w.is_house AS "isHouse", p.channel_id AS "channelId", c.code AS channel, p.priority,
       o.service_level AS "serviceLevel", o.ship_to AS "shipTo",
       o.requested_at AS "requestedAt", p.item_id AS "itemId", i.sku AS item,
       i.quantity_scale AS "quantityScale", p.quantity, home.site_id AS "siteId",
       s.code AS site, o.shipment_policy = 'partial' AS "splitAllowed",
       p.avoided_site_ids AS "avoidedSiteIds"
     FROM outbound.line_part p
     JOIN outbound.sales_order o USING (sales_order_id)
     JOIN sellers.owner w ON w.owner_id = p.owner_id
     JOIN outbound.channel c ON c.channel_id = p.channel_id
     JOIN catalog.item i ON i.item_id = p.item_id
     CROSS JOIN LATERAL (${HOME}) home
     LEFT JOIN network.site s ON s.site_id = home.site_id
     WHERE p.state = 'backordered' AND ($1::integer[] IS NULL OR p.item_id = ANY($1))
       AND (o.shipment_policy = 'partial' OR home.site_id IS NOT NULL OR NOT EXISTS (
         SELECT FROM outbound.line_part e WHERE e.sales_order_id = p.sales_order_id
           AND e.state = 'backordered' AND (e.line, e.part) < (p.line, p.part)))
       AND EXISTS (
         SELECT FROM ledger.journal_head h
         JOIN ledger.availability a ON a.journal = h.journal AND a.item_id = p.item_id
         WHERE a.owner_id = p.owner_id AND a.on_hand > a.reserved
           AND (home.site_id IS NULL OR a.site_id = home.site_id)
           AND a.site_id <> ALL (p.avoided_site_ids))
     ORDER BY p.priority DESC, p.ordered_at, p.sales_order_id, p.line, p.part
     LIMIT $2 OFFSET $3`,
    [itemIds, page.limit, page.offset],
  );
  return rows;
}

/** Whether anything waits at all: mostly nothing does, and then nothing is to be done. */
export async function anythingWaits(db: Queryable): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>(
    "SELECT EXISTS (SELECT FROM outbound.line_part WHERE state = 'backordered') AS waits",
  );
  return rows[0]?.waits ?? false;
}

// Kinds of ledger.movement that bring units to a site from outside of it.
const ARRIVALS = `SELECT m.item_id, p.site_id FROM ledger.movement m
  JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.to_position
  JOIN ledger.position f ON f.journal = m.journal AND f.position_id = m.from_position
  WHERE m.journal = $1 AND m.seq BETWEEN $2 AND $3 AND p.site_id IS NOT NULL
    AND p.site_id IS DISTINCT FROM f.site_id`;

/**
 * Takes in a batch of the ledger: a site that has received an item is no longer avoided for it.
 * Answers the items of the batch that something waits for.
 */
export async function takeBatch(tx: Tx, batch: PostedBatch): Promise<number[]> {
  const range = [batch.journal, batch.firstSeq, batch.lastSeq];
  await tx.query(
    `UPDATE outbound.line_part p
     SET avoided_site_ids = array_remove(p.avoided_site_ids, arrived.site_id)
     FROM (${ARRIVALS}) AS arrived
     WHERE p.state = 'backordered' AND p.item_id = arrived.item_id
       AND arrived.site_id = ANY (p.avoided_site_ids) AND p.avoided_at < $4`,
    [...range, batch.recordedAt],
  );
  const { rows } = await tx.query<{ itemId: number }>(
    `SELECT k.item_id AS "itemId" FROM (
       SELECT item_id FROM ledger.movement WHERE journal = $1 AND seq BETWEEN $2 AND $3
       UNION SELECT item_id FROM ledger.entry WHERE journal = $1 AND seq BETWEEN $2 AND $3
     ) AS k
     WHERE EXISTS (SELECT FROM outbound.line_part p
       WHERE p.state = 'backordered' AND p.item_id = k.item_id)`,
    range,
  );
  return rows.map(({ itemId }) => itemId);
}

/** A backorder as the list shows it. */
export interface BackorderRow {
  readonly orderId: string;
  readonly salesOrder: string;
  readonly line: number;
  readonly part: number;
  readonly item: string;
  readonly quantityScale: number;
  readonly owner: string;
  readonly channel: string;
  readonly site: string | null;
  readonly quantity: bigint;
  readonly priority: number;
  readonly orderedAt: Date;
}

/** A page of the queue. @param after the sort keys of the last row of the page before. */
export async function listBackorders(
  tx: Tx,
  filter: {
    readonly item?: string | undefined;
    readonly site?: string | undefined;
    readonly channel?: string | undefined;
  },
  after: readonly [number, string, string, number, number] | undefined,
  limit: number,
): Promise<BackorderRow[]> {
  const { rows } = await tx.query<BackorderRow>(
    `SELECT o.sales_order_id AS "orderId", o.number AS "salesOrder", p.line, p.part, i.sku AS item,
       i.quantity_scale AS "quantityScale", w.code AS owner, c.code AS channel, s.code AS site,
       p.quantity, p.priority, p.ordered_at AS "orderedAt"
     FROM outbound.line_part p
     JOIN outbound.sales_order o USING (sales_order_id)
     JOIN sellers.owner w ON w.owner_id = p.owner_id
     JOIN outbound.channel c ON c.channel_id = p.channel_id
     JOIN catalog.item i ON i.item_id = p.item_id
     LEFT JOIN network.site s ON s.site_id = p.site_id
     WHERE p.state = 'backordered' AND ($1::text IS NULL OR i.sku = $1)
       AND ($2::text IS NULL OR s.code = $2) AND ($3::text IS NULL OR c.code = $3)
       AND ($4::integer IS NULL OR (-p.priority, p.ordered_at, p.sales_order_id, p.line, p.part)
         > (-$4::integer, $5::timestamptz, $6::uuid, $7::integer, $8::integer))
     ORDER BY p.priority DESC, p.ordered_at, p.sales_order_id, p.line, p.part LIMIT $9`,
    [
      filter.item ?? null,
      filter.site ?? null,
      filter.channel ?? null,
      ...(after ?? [null, null, null, null, null]),
      limit,
    ],
  );
  return rows;
}
