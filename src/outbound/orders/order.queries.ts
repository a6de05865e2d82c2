import type { Tx } from '../../platform/database.ts';
import { notFound, Problem } from '../../platform/problems.ts';
import type {
  BackorderPolicy,
  HoldKind,
  OrderState,
  PartState,
  ShipmentPolicy,
  ShipTo,
} from './order.ts';

/** A sales order as it lies in the database, its codes joined. */
export interface OrderRow {
  orderId: string;
  number: string;
  ownerId: number;
  owner: string;
  isHouse: boolean;
  channelId: number;
  channel: string;
  customer: string | null;
  customerReference: string | null;
  channelReference: string | null;
  state: OrderState;
  isHeld: boolean;
  priority: number;
  serviceLevel: string;
  shipmentPolicy: ShipmentPolicy;
  backorder: BackorderPolicy;
  shipTo: ShipTo;
  currency: string;
  rate: string | null;
  shippingCharge: bigint;
  requestedAt: Date | null;
  promisedAt: Date | null;
  notes: string | null;
  attachments: { title: string; url: string }[];
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export const ORDER_COLUMNS = `o.sales_order_id AS "orderId", o.number, o.owner_id AS "ownerId",
  w.code AS owner, w.is_house AS "isHouse", o.channel_id AS "channelId", c.code AS channel,
  o.customer, o.customer_reference AS "customerReference",
  o.channel_reference AS "channelReference", o.state, o.is_held AS "isHeld", o.priority,
  o.service_level AS "serviceLevel", o.shipment_policy AS "shipmentPolicy", o.backorder,
  o.ship_to AS "shipTo", o.currency, trim_scale(o.rate)::text AS rate,
  o.shipping_charge AS "shippingCharge", o.requested_at AS "requestedAt",
  o.promised_at AS "promisedAt", o.notes, o.attachments, o.version, o.created_at AS "createdAt",
  o.updated_at AS "updatedAt"`;
export const ORDER_FROM = `outbound.sales_order o
  JOIN sellers.owner w ON w.owner_id = o.owner_id
  JOIN outbound.channel c ON c.channel_id = o.channel_id`;

/** A line of a sales order. */
export interface LineRow {
  line: number;
  itemId: number;
  item: string;
  quantityScale: number;
  tracksSerial: boolean;
  siteId: number | null;
  site: string | null;
  quantity: bigint;
  unitPrice: bigint;
  discount: bigint;
  tax: bigint;
}

/** Units of a line that share a site, a reservation and a state. */
export interface PartRow {
  line: number;
  part: number;
  itemId: number;
  siteId: number | null;
  site: string | null;
  quantity: bigint;
  state: PartState;
  journal: number | null;
  seq: number | null;
  fulfilmentRequestId: bigint | null;
  shipmentId: string | null;
  avoidedSiteIds: number[];
  avoidedAt: Date | null;
  orderedAt: Date;
}

/** Something that keeps a sales order from being released. */
export interface HoldRow {
  hold: number;
  kind: HoldKind;
  note: string | null;
  placedBy: string | null;
  placedAt: Date;
  releasedBy: string | null;
  releasedAt: Date | null;
  releaseNote: string | null;
}

/** A sales order with everything below it. */
export interface FullOrder {
  readonly order: OrderRow;
  readonly lines: LineRow[];
  readonly parts: PartRow[];
}

const LINES = `SELECT l.line, l.item_id AS "itemId", i.sku AS item,
    i.quantity_scale AS "quantityScale", i.tracks_serial AS "tracksSerial",
    l.site_id AS "siteId", s.code AS site, l.quantity, l.unit_price AS "unitPrice", l.discount,
    l.tax
  FROM outbound.sales_order_line l JOIN catalog.item i ON i.item_id = l.item_id
  LEFT JOIN network.site s ON s.site_id = l.site_id
  WHERE l.sales_order_id = $1 ORDER BY l.line`;

const PARTS = `SELECT p.line, p.part, p.item_id AS "itemId", p.site_id AS "siteId",
    s.code AS site, p.quantity, p.state, p.journal, p.reservation_seq AS seq,
    p.fulfilment_request_id AS "fulfilmentRequestId", p.shipment_id AS "shipmentId",
    p.avoided_site_ids AS "avoidedSiteIds", p.avoided_at AS "avoidedAt", p.ordered_at AS "orderedAt"
  FROM outbound.line_part p LEFT JOIN network.site s ON s.site_id = p.site_id
  WHERE p.sales_order_id = $1 ORDER BY p.line, p.part`;

/** The head of a sales order by number; with `lock`, nobody else changes it until the end. */
export async function findOrder(tx: Tx, number: string, lock: boolean): Promise<OrderRow> {
  const { rows } = await tx.query<OrderRow>(
    `SELECT ${ORDER_COLUMNS} FROM ${ORDER_FROM} WHERE o.number = $1
     ${lock ? 'FOR UPDATE OF o' : ''}`,
    [number],
  );
  const [order] = rows;
  if (order) return order;
  throw new Problem(notFound, `There is no sales order ${number}.`);
}

/** A sales order with its lines and parts. @throws Problem not-found. */
export async function loadOrder(tx: Tx, number: string, lock: boolean): Promise<FullOrder> {
  const order = await findOrder(tx, number, lock);
  const lines = await tx.query<LineRow>(LINES, [order.orderId]);
  const parts = await tx.query<Omit<PartRow, 'seq'> & { seq: bigint | null }>(PARTS, [
    order.orderId,
  ]);
  return {
    order,
    lines: lines.rows,
    parts: parts.rows.map((row) => ({ ...row, seq: row.seq === null ? null : Number(row.seq) })),
  };
}

/** Holds of a sales order, the oldest first. */
export async function loadHolds(tx: Tx, orderId: string): Promise<HoldRow[]> {
  const { rows } = await tx.query<HoldRow>(
    `SELECT h.hold, h.kind, h.note, p.name AS "placedBy", h.placed_at AS "placedAt",
       r.name AS "releasedBy", h.released_at AS "releasedAt", h.release_note AS "releaseNote"
     FROM outbound.sales_order_hold h
     LEFT JOIN platform.principal p ON p.principal_id = h.placed_by
     LEFT JOIN platform.principal r ON r.principal_id = h.released_by
     WHERE h.sales_order_id = $1 ORDER BY h.hold`,
    [orderId],
  );
  return rows;
}

const UPSERT_LINES = `INSERT INTO outbound.sales_order_line (sales_order_id, line, owner_id,
    item_id, site_id, quantity, unit_price, discount, tax)
  SELECT $1, k.line, $2, k.item_id, k.site_id, k.quantity, k.unit_price, k.discount, k.tax
  FROM unnest($3::integer[], $4::integer[], $5::integer[], $6::bigint[], $7::bigint[],
    $8::bigint[], $9::bigint[]) AS k(line, item_id, site_id, quantity, unit_price, discount, tax)
  ON CONFLICT (sales_order_id, line) DO UPDATE SET site_id = excluded.site_id,
    quantity = excluded.quantity, unit_price = excluded.unit_price,
    discount = excluded.discount, tax = excluded.tax`;

/** Writes new and changed lines. */
export async function writeLines(
  tx: Tx,
  order: OrderRow,
  lines: readonly LineRow[],
): Promise<void> {
  if (lines.length === 0) return;
  await tx.query(UPSERT_LINES, [
    order.orderId,
    order.ownerId,
    lines.map(({ line }) => line),
    lines.map(({ itemId }) => itemId),
    lines.map(({ siteId }) => siteId),
    lines.map(({ quantity }) => quantity),
    lines.map(({ unitPrice }) => unitPrice),
    lines.map(({ discount }) => discount),
    lines.map(({ tax }) => tax),
  ]);
}

const UPSERT_PARTS = `INSERT INTO outbound.line_part (sales_order_id, line, part, owner_id,
    item_id, channel_id, site_id, quantity, state, journal, reservation_seq,
    fulfilment_request_id, shipment_id, avoided_site_ids, priority, ordered_at, avoided_at)
  SELECT $1, k.line, k.part, $2, k.item_id, $3, k.site_id, k.quantity, k.state, k.journal, k.seq,
    k.request_id, k.shipment_id, k.avoided::integer[], $4, k.ordered_at, k.avoided_at
  FROM unnest($5::integer[], $6::integer[], $7::integer[], $8::integer[], $9::bigint[],
    $10::text[], $11::integer[], $12::bigint[], $13::bigint[], $14::uuid[], $15::text[],
    $16::timestamptz[], $17::timestamptz[]) AS k(line, part, item_id, site_id, quantity, state,
    journal, seq, request_id, shipment_id, avoided, ordered_at, avoided_at)
  ON CONFLICT (sales_order_id, line, part) DO UPDATE SET site_id = excluded.site_id,
    quantity = excluded.quantity, state = excluded.state, journal = excluded.journal,
    reservation_seq = excluded.reservation_seq,
    fulfilment_request_id = excluded.fulfilment_request_id, shipment_id = excluded.shipment_id,
    avoided_site_ids = excluded.avoided_site_ids, avoided_at = excluded.avoided_at,
    priority = excluded.priority`;

/** Writes new and changed parts. */
export async function writeParts(
  tx: Tx,
  order: OrderRow,
  parts: readonly PartRow[],
): Promise<void> {
  if (parts.length === 0) return;
  await tx.query(UPSERT_PARTS, [
    order.orderId,
    order.ownerId,
    order.channelId,
    order.priority,
    parts.map(({ line }) => line),
    parts.map(({ part }) => part),
    parts.map(({ itemId }) => itemId),
    parts.map(({ siteId }) => siteId),
    parts.map(({ quantity }) => quantity),
    parts.map(({ state }) => state),
    parts.map(({ journal }) => journal),
    parts.map(({ seq }) => seq),
    parts.map(({ fulfilmentRequestId }) => fulfilmentRequestId),
    parts.map(({ shipmentId }) => shipmentId),
    parts.map(({ avoidedSiteIds }) => `{${avoidedSiteIds.join(',')}}`),
    parts.map(({ orderedAt }) => orderedAt),
    parts.map(({ avoidedAt }) => avoidedAt),
  ]);
}

/** Writes the head of a locked sales order and counts its version up. */
export async function writeHead(tx: Tx, order: OrderRow, at: Date): Promise<void> {
  order.version += 1;
  order.updatedAt = at;
  await tx.query(
    `UPDATE outbound.sales_order SET customer = $2, state = $3, is_held = $4, priority = $5,
       service_level = $6, shipment_policy = $7, backorder = $8, ship_to = $9, requested_at = $10,
       promised_at = $11, notes = $12, attachments = $13, version = $14, updated_at = $15
     WHERE sales_order_id = $1`,
    [
      order.orderId,
      order.customer,
      order.state,
      order.isHeld,
      order.priority,
      order.serviceLevel,
      order.shipmentPolicy,
      order.backorder,
      JSON.stringify(order.shipTo),
      order.requestedAt,
      order.promisedAt,
      order.notes,
      JSON.stringify(order.attachments),
      order.version,
      at,
    ],
  );
}

/**
 * Ends fulfilment requests that nothing is asked of any more: shipped, or withdrawn as a whole.
 * Answers those that ended.
 */
export async function endRequests(
  tx: Tx,
  orderId: string,
  at: Date,
): Promise<{ number: string; from: string; to: string }[]> {
  const { rows } = await tx.query<{ number: string; from: string; to: string }>(
    `WITH idle AS (
       SELECT r.fulfilment_request_id, r.state, EXISTS (
         SELECT FROM outbound.line_part p WHERE p.state = 'shipped'
           AND p.fulfilment_request_id = r.fulfilment_request_id) AS has_shipped
       FROM outbound.fulfilment_request r
       WHERE r.sales_order_id = $1 AND r.state IN ('released', 'accepted') AND NOT EXISTS (
         SELECT FROM outbound.line_part p WHERE p.state IN ('released', 'accepted', 'shipping')
           AND p.fulfilment_request_id = r.fulfilment_request_id)
     )
     UPDATE outbound.fulfilment_request r
     SET state = CASE WHEN idle.has_shipped THEN 'shipped' ELSE 'withdrawn' END,
       version = r.version + 1, updated_at = $2
     FROM idle WHERE idle.fulfilment_request_id = r.fulfilment_request_id
     RETURNING r.number, idle.state AS "from", r.state AS "to"`,
    [orderId, at],
  );
  return rows;
}
