import { readShippedLines } from '../outbound/index.ts';
import type { Tx } from '../platform/database.ts';

/** A sales order as returns need it: what was shipped, at what price. */
export interface Sale {
  readonly number: string;
  readonly ownerId: number;
  readonly channel: string;
  readonly customer: string | null;
  readonly currency: string;
  /** House currency for one unit; null where the goods are not the house's. */
  readonly rate: string | null;
  /** Minor units. */
  readonly shippingCharge: bigint;
  /** When the last of it was shipped; null when nothing was. */
  readonly shippedAt: Date | null;
  readonly lines: readonly SoldLine[];
}

/** One line of a sale. Quantities are base units at `scale`. */
export interface SoldLine {
  readonly line: number;
  readonly itemId: number;
  readonly sku: string;
  readonly scale: number;
  readonly ordered: bigint;
  readonly shipped: bigint;
  /** Minor units x 10^4 for one whole base unit, before tax. */
  readonly unitPrice: bigint;
  /** Minor units for the whole line. */
  readonly discount: bigint;
  readonly tax: bigint;
  readonly shipments: readonly SoldShipment[];
}

/** One movement that a line was shipped with. */
export interface SoldShipment {
  readonly journal: number;
  readonly seq: bigint;
  readonly quantity: bigint;
}

type SaleRow = Omit<Sale, 'lines' | 'shippedAt'>;
type LineRow = Omit<SoldLine, 'shipments' | 'shipped'>;

const SALE = `SELECT o.number, o.owner_id AS "ownerId", c.code AS channel, o.customer, o.currency,
    trim_scale(o.rate)::text AS rate, o.shipping_charge AS "shippingCharge"
  FROM outbound.sales_order o JOIN outbound.channel c USING (channel_id) WHERE o.number = $1`;

const LINES = `SELECT l.line, l.item_id AS "itemId", i.sku, i.quantity_scale AS scale,
    l.quantity AS ordered, l.unit_price AS "unitPrice", l.discount, l.tax
  FROM outbound.sales_order o JOIN outbound.sales_order_line l USING (sales_order_id)
  JOIN catalog.item i ON i.item_id = l.item_id
  WHERE o.number = $1 ORDER BY l.line`;

/** A sales order with what was shipped of it; undefined when the caller has no such one. */
export async function readSale(tx: Tx, number: string): Promise<Sale | undefined> {
  const sale = (await tx.query<SaleRow>(SALE, [number])).rows[0];
  if (!sale) return undefined;
  const lines = (await tx.query<LineRow>(LINES, [number])).rows;
  const shipped = await readShippedLines(tx, number);
  const times = shipped.flatMap(({ movements }) => movements.map(({ shippedAt }) => shippedAt));
  const last = times.reduce<Date | null>(
    (newest, at) => (newest && newest > at ? newest : at),
    null,
  );
  return {
    ...sale,
    shippedAt: last,
    lines: lines.map((line) => {
      const own = shipped.filter((one) => one.line === line.line);
      const shipments = own.flatMap(({ movements }) =>
        movements.map(({ journal, seq, quantity }) => ({ journal, seq: BigInt(seq), quantity })),
      );
      const units = shipments.reduce((sum, { quantity }) => sum + quantity, 0n);
      return { ...line, shipped: units, shipments };
    }),
  };
}

/** What the ledger knows of a shipment movement. */
export interface ShipmentFacts extends SoldShipment {
  readonly line: number;
  /** House minor units that left with it; zero for goods of others. */
  readonly value: bigint;
  readonly lot: string | null;
  readonly serials: readonly string[];
}

/** The facts of the shipment movements of a sale; `tx` is a reader's. */
export async function readShipmentFacts(tx: Tx, sale: Sale): Promise<ShipmentFacts[]> {
  const named = sale.lines.flatMap(({ line, shipments }) =>
    shipments.map((shipment) => ({ ...shipment, line })),
  );
  if (named.length === 0) return [];
  const { rows } = await tx.query<ShipmentFacts>(
    `SELECT k.line, m.journal, m.seq, k.quantity, m.value, l.code AS lot,
       coalesce((SELECT array_agg(s.serial ORDER BY s.serial) FROM ledger.movement_serial ms
         JOIN ledger.serial s ON s.journal = ms.journal AND s.serial_id = ms.serial_id
         WHERE ms.journal = m.journal AND ms.seq = m.seq), '{}') AS serials
     FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::bigint[])
       k(journal, seq, line, quantity)
     JOIN ledger.movement m ON m.journal = k.journal AND m.seq = k.seq
     JOIN ledger.position p ON p.journal = m.journal AND p.position_id = m.from_position
     LEFT JOIN ledger.lot l ON l.journal = p.journal AND l.lot_id = p.lot_id
     ORDER BY m.journal, m.seq`,
    [
      named.map(({ journal }) => journal),
      named.map(({ seq }) => seq),
      named.map(({ line }) => line),
      named.map(({ quantity }) => quantity),
    ],
  );
  return rows;
}

/** Where a sales order went. */
export async function readShipTo(
  tx: Tx,
  number: string,
): Promise<Record<string, unknown> | undefined> {
  const { rows } = await tx.query<{ shipTo: Record<string, unknown> }>(
    'SELECT ship_to AS "shipTo" FROM outbound.sales_order WHERE number = $1',
    [number],
  );
  return rows[0]?.shipTo;
}
