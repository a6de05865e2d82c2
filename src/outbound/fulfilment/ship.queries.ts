import type { MovementLine } from '../../ledger/index.ts';
import type { Queryable, Tx } from '../../platform/database.ts';

/** Units in one place that may be shipped. */
export interface PickPosition {
  readonly positionId: bigint;
  readonly location: string;
  readonly lpn: string | null;
  readonly lot: string | null;
  readonly free: bigint;
}

// What expires first goes first, out of bins before docks and stations; then what came first.
const POSITIONS = `SELECT p.position_id AS "positionId", l.code AS location, u.lpn,
    lot.code AS lot, b.on_hand - b.allocated AS free
  FROM ledger.position p
  JOIN ledger.balance b ON b.journal = p.journal AND b.position_id = p.position_id
  JOIN catalog.item i ON i.item_id = p.item_id
  JOIN network.location l ON l.location_id = p.location_id
  LEFT JOIN ledger.lot lot ON lot.journal = p.journal AND lot.lot_id = p.lot_id
  LEFT JOIN ledger.handling_unit u ON u.handling_unit_id = p.handling_unit_id
  LEFT JOIN ledger.disposition d ON d.disposition_id = p.disposition_id
  WHERE p.journal = $1 AND p.item_id = $2 AND p.site_id = $3 AND p.owner_id = $4
    AND p.is_real AND NOT l.is_virtual AND d.code = 'sellable' AND b.on_hand > b.allocated
    AND (u.handling_unit_id IS NULL OR u.status <> 'moving')
    AND (lot.expires_on IS NULL
      OR lot.expires_on > $5::date + coalesce(i.min_life_shipment_days, 0))
  ORDER BY lot.expires_on NULLS LAST, l.type <> 'bin', lot.created_at NULLS LAST, p.position_id
  LIMIT 1000`;

/** Places that units of an item may be shipped from, in the order in which they should be. */
export async function selectPositions(
  db: Queryable,
  item: { journal: number; itemId: number; siteId: number; ownerId: number },
  today: string,
): Promise<PickPosition[]> {
  const { journal, itemId, siteId, ownerId } = item;
  const { rows } = await db.query<PickPosition>(POSITIONS, [
    ...[journal, itemId, siteId, ownerId, today],
  ]);
  return rows;
}

/** Serials in a position, the oldest first. */
export async function selectSerials(
  db: Queryable,
  journal: number,
  positionId: bigint,
  count: number,
): Promise<string[]> {
  const { rows } = await db.query<{ serial: string }>(
    `SELECT serial FROM ledger.serial WHERE journal = $1 AND position_id = $2
     ORDER BY serial_id LIMIT $3`,
    [journal, positionId, count],
  );
  return rows.map(({ serial }) => serial);
}

/** One movement that a shipment asks for, and the part of the sales order that it is of. */
export interface PlannedMovement {
  readonly line: number;
  readonly part: number;
  readonly movement: MovementLine;
}

/** A shipment as it lies in the database. */
export interface ShipmentRow {
  readonly shipmentId: string;
  readonly number: string;
  readonly salesOrder: string;
  readonly requestNumber: string;
  readonly state: 'posting' | 'shipped' | 'refused';
  readonly requestHash: Buffer;
  readonly attempt: number;
  readonly plan: readonly PlannedMovement[];
  readonly actorId: number;
  readonly occurredAt: Date;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
}

const SHIPMENT = `SELECT h.shipment_id AS "shipmentId", h.number, o.number AS "salesOrder",
    r.number AS "requestNumber", h.state, h.request_hash AS "requestHash", h.attempt, h.plan,
    h.actor_id AS "actorId", h.occurred_at AS "occurredAt", h.carrier,
    h.tracking_number AS "trackingNumber"
  FROM outbound.shipment h JOIN outbound.sales_order o USING (sales_order_id)
  JOIN outbound.fulfilment_request r USING (fulfilment_request_id)`;

/** The shipment with this id, if the transaction may see it. */
export async function findShipment(tx: Queryable, id: string): Promise<ShipmentRow | undefined> {
  const { rows } = await tx.query<ShipmentRow>(`${SHIPMENT} WHERE h.shipment_id = $1`, [id]);
  return rows[0];
}

/** Shipments that are being posted since before an instant. */
export async function stalledShipments(db: Queryable, before: Date): Promise<ShipmentRow[]> {
  const { rows } = await db.query<ShipmentRow>(
    `${SHIPMENT} WHERE h.state = 'posting' AND h.created_at < $1 ORDER BY h.created_at LIMIT 100`,
    [before],
  );
  return rows;
}

interface NewShipment {
  readonly shipmentId: string;
  readonly requestId: bigint;
  readonly orderId: string;
  readonly ownerId: number;
  readonly siteId: number;
  readonly carrier: string | undefined;
  readonly trackingNumber: string | undefined;
  readonly requestHash: Buffer;
  readonly plan: readonly PlannedMovement[];
  readonly actorId: number;
  readonly occurredAt: Date;
}

/** Writes what is about to be posted; one that was refused before begins its next attempt. */
export async function insertShipment(tx: Tx, shipment: NewShipment, at: Date): Promise<void> {
  await tx.query(
    `INSERT INTO outbound.shipment (shipment_id, number, fulfilment_request_id, sales_order_id,
       owner_id, site_id, state, carrier, tracking_number, request_hash, attempt, plan, actor_id,
       occurred_at, created_at)
     VALUES ($1, 'SH-' || lpad(nextval('outbound.shipment_number')::text, 6, '0'), $2, $3, $4, $5,
       'posting', $6, $7, $8, 1, $9, $10, $11, $12)
     ON CONFLICT (shipment_id) DO UPDATE SET state = 'posting', problem = NULL,
       attempt = outbound.shipment.attempt + 1, plan = excluded.plan,
       created_at = excluded.created_at, occurred_at = excluded.occurred_at`,
    [
      shipment.shipmentId,
      shipment.requestId,
      shipment.orderId,
      shipment.ownerId,
      shipment.siteId,
      shipment.carrier ?? null,
      shipment.trackingNumber ?? null,
      shipment.requestHash,
      JSON.stringify(shipment.plan),
      shipment.actorId,
      shipment.occurredAt,
      at,
    ],
  );
}

/** Ends the posting of a shipment; false where another process has done so. */
export async function endShipment(
  tx: Tx,
  shipment: Pick<ShipmentRow, 'shipmentId' | 'attempt'>,
  end: { readonly state: 'shipped' | 'refused'; readonly problem?: unknown },
  at: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE outbound.shipment SET state = $3, problem = $4, completed_at = $5
     WHERE shipment_id = $1 AND attempt = $2 AND state = 'posting'`,
    [
      shipment.shipmentId,
      shipment.attempt,
      end.state,
      end.problem === undefined ? null : JSON.stringify(end.problem),
      at,
    ],
  );
  return rowCount === 1;
}

/** Movements that were posted for lines of a shipment. */
export async function insertShipmentMovements(
  tx: Tx,
  shipment: { readonly shipmentId: string; readonly ownerId: number; readonly orderId: string },
  movements: readonly { journal: number; seq: number; line: number; quantity: bigint }[],
): Promise<void> {
  await tx.query(
    `INSERT INTO outbound.shipment_movement (shipment_id, owner_id, sales_order_id, journal, seq,
       line, quantity)
     SELECT $1, $2, $3, k.*
     FROM unnest($4::integer[], $5::bigint[], $6::integer[], $7::bigint[]) k`,
    [
      shipment.shipmentId,
      shipment.ownerId,
      shipment.orderId,
      movements.map(({ journal }) => journal),
      movements.map(({ seq }) => seq),
      movements.map(({ line }) => line),
      movements.map(({ quantity }) => quantity),
    ],
  );
}
