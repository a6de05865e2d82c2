import { formatLedgerId } from '../../ledger/index.ts';
import type { Tx } from '../../platform/database.ts';
import { formatMoney, formatUnitCost } from '../../platform/money.ts';
import { formatDecimal } from '../../platform/quantity.ts';
import { amountsOf, owed } from './amounts.ts';
import {
  type FullOrder,
  type HoldRow,
  type LineRow,
  loadHolds,
  loadOrder,
  type OrderRow,
  type PartRow,
} from './order.queries.ts';
import { lineStateOf } from './order.ts';
import type { OrderAnswer, OrderHeader, ShipmentAnswer } from './schemas.ts';
import { digitsOf } from './service.ts';

/** Sales orders as the API shows them. */

export function headerOf(order: OrderRow): OrderHeader {
  return {
    salesOrderId: order.orderId,
    number: order.number,
    owner: order.owner,
    channel: order.channel,
    customer: order.customer,
    customerReference: order.customerReference,
    channelReference: order.channelReference,
    state: order.state,
    onHold: order.isHeld,
    priority: order.priority,
    serviceLevel: order.serviceLevel,
    shipmentPolicy: order.shipmentPolicy,
    backorder: order.backorder,
    currency: order.currency,
    requestedAt: order.requestedAt?.toISOString() ?? null,
    promisedAt: order.promisedAt?.toISOString() ?? null,
    country: order.shipTo.country,
    postalCode: order.shipTo.postalCode ?? null,
    version: order.version,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

/** Units of these parts in some state. */
export function unitsIn(parts: readonly PartRow[], ...states: PartRow['state'][]): bigint {
  return parts
    .filter(({ state }) => states.includes(state))
    .reduce((sum, { quantity }) => sum + quantity, 0n);
}

/** What a sales order comes to without what was cancelled; shipping is owed once. */
function totalOf({ order, lines, parts }: FullOrder): bigint {
  const goods = lines.reduce((sum, line) => {
    const own = parts.filter((part) => part.line === line.line);
    const kept = own.reduce((all, { quantity }) => all + quantity, 0n) - unitsIn(own, 'cancelled');
    return sum + owed(amountsOf(line, 0n, kept));
  }, 0n);
  return order.state === 'cancelled' ? goods : goods + order.shippingCharge;
}

interface Names {
  readonly requests: ReadonlyMap<bigint, string>;
  readonly shipments: ReadonlyMap<string, string>;
}

function partView(part: PartRow, line: LineRow, names: Names) {
  const { fulfilmentRequestId, shipmentId } = part;
  return {
    part: part.part,
    site: part.site,
    quantity: formatDecimal(part.quantity, line.quantityScale),
    state: part.state,
    reservation: part.journal === null ? null : formatLedgerId(part.journal, part.seq!),
    fulfilmentRequest:
      fulfilmentRequestId === null ? null : (names.requests.get(fulfilmentRequestId) ?? null),
    shipment: shipmentId === null ? null : (names.shipments.get(shipmentId) ?? null),
  };
}

function lineView(line: LineRow, parts: readonly PartRow[], currency: string, names: Names) {
  const digits = digitsOf(currency);
  const text = (quantity: bigint) => formatDecimal(quantity, line.quantityScale);
  return {
    line: line.line,
    item: line.item,
    quantity: text(line.quantity),
    cancelled: text(unitsIn(parts, 'cancelled')),
    shipped: text(unitsIn(parts, 'shipped')),
    state: lineStateOf(parts),
    site: line.site,
    unitPrice: formatUnitCost(line.unitPrice, digits),
    discount: formatMoney(line.discount, digits),
    tax: formatMoney(line.tax, digits),
    parts: parts.map((part) => partView(part, line, names)),
  };
}

function holdView(hold: HoldRow): OrderAnswer['holds'][number] {
  return {
    kind: hold.kind,
    note: hold.note,
    placedBy: hold.placedBy,
    placedAt: hold.placedAt.toISOString(),
    releasedBy: hold.releasedBy,
    releasedAt: hold.releasedAt?.toISOString() ?? null,
    releaseNote: hold.releaseNote,
  };
}

interface ShipmentRow {
  shipmentId: string;
  number: string;
  state: ShipmentAnswer['state'];
  salesOrder: string;
  fulfilmentRequest: string;
  site: string;
  carrier: string | null;
  trackingNumber: string | null;
  occurredAt: Date;
}

/** Shipments of a sales order, or the one with this id. */
export async function readShipments(
  tx: Tx,
  where: { readonly orderId: string } | { readonly shipmentId: string },
): Promise<(ShipmentAnswer & { shipmentId: string })[]> {
  const [column, id] =
    'orderId' in where ? ['sales_order_id', where.orderId] : ['shipment_id', where.shipmentId];
  const { rows } = await tx.query<ShipmentRow>(
    `SELECT h.shipment_id AS "shipmentId", h.number, h.state, o.number AS "salesOrder",
       r.number AS "fulfilmentRequest", s.code AS site, h.carrier,
       h.tracking_number AS "trackingNumber", h.occurred_at AS "occurredAt"
     FROM outbound.shipment h JOIN outbound.sales_order o USING (sales_order_id)
     JOIN outbound.fulfilment_request r USING (fulfilment_request_id)
     JOIN network.site s ON s.site_id = h.site_id
     WHERE h.${column} = $1 AND (h.state <> 'refused' OR $2) ORDER BY h.created_at, h.number`,
    [id, 'shipmentId' in where],
  );
  const moved = await tx.query<{
    shipmentId: string;
    line: number;
    journal: number;
    seq: bigint;
    quantity: bigint;
    scale: number;
  }>(
    `SELECT m.shipment_id AS "shipmentId", m.line, m.journal, m.seq, m.quantity,
       i.quantity_scale AS scale
     FROM outbound.shipment_movement m
     JOIN outbound.sales_order_line l USING (sales_order_id, line)
     JOIN catalog.item i ON i.item_id = l.item_id
     WHERE m.shipment_id = ANY($1) ORDER BY m.line, m.journal, m.seq`,
    [rows.map(({ shipmentId }) => shipmentId)],
  );
  return rows.map((row) => ({
    ...row,
    occurredAt: row.occurredAt.toISOString(),
    movements: moved.rows
      .filter(({ shipmentId }) => shipmentId === row.shipmentId)
      .map(({ line, journal, seq, quantity, scale }) => ({
        line,
        id: formatLedgerId(journal, Number(seq)),
        quantity: formatDecimal(quantity, scale),
      })),
  }));
}

/** A sales order with everything below it. @throws Problem not-found. */
export async function readOrder(tx: Tx, number: string): Promise<OrderAnswer> {
  const full = await loadOrder(tx, number, false);
  const { order, lines, parts } = full;
  const holds = await loadHolds(tx, order.orderId);
  const shipments = await readShipments(tx, { orderId: order.orderId });
  const requests = await tx.query<{ id: bigint; number: string }>(
    `SELECT fulfilment_request_id AS id, number FROM outbound.fulfilment_request
     WHERE sales_order_id = $1`,
    [order.orderId],
  );
  const names: Names = {
    requests: new Map(requests.rows.map(({ id, number: name }) => [id, name])),
    shipments: new Map(shipments.map(({ shipmentId, number: name }) => [shipmentId, name])),
  };
  const digits = digitsOf(order.currency);
  return {
    ...headerOf(order),
    shipTo: { ...order.shipTo },
    rate: order.rate,
    shippingCharge: formatMoney(order.shippingCharge, digits),
    total: formatMoney(totalOf(full), digits),
    notes: order.notes,
    attachments: order.attachments,
    holds: holds.map(holdView),
    lines: lines.map((line) => {
      const own = parts.filter((part) => part.line === line.line);
      return lineView(line, own, order.currency, names);
    }),
    shipments: shipments.map(({ shipmentId: _, ...shown }) => shown),
  };
}
