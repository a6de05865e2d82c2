import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { formatDecimal } from '../platform/quantity.ts';
import type { AsnUnit } from './asn.ts';
import type { By } from './inbound.ts';
import { ASN_STATES, type AsnState } from './states.ts';

/** The head of an advance shipping notice. */
export interface Asn {
  readonly id: number;
  readonly number: string;
  readonly ownerId: number;
  readonly owner: string;
  readonly supplier: string;
  readonly site: string;
  readonly state: AsnState;
  readonly reference: string | null;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly expectedOn: string;
  readonly units: AsnUnit[];
  readonly version: number;
  readonly createdAt: Date;
}

/** A line of a notice with its item and purchase order joined. */
export interface AsnLine {
  readonly asnId: number;
  readonly line: number;
  readonly orderId: number;
  readonly purchaseOrder: string;
  readonly orderLine: number;
  readonly itemId: number;
  readonly item: string;
  readonly scale: number;
  readonly quantity: bigint;
  readonly received: bigint;
  readonly lot: string | null;
  readonly expiresOn: string | null;
  readonly manufacturedOn: string | null;
  readonly serials: string[] | null;
  readonly unit: number | null;
}

const SELECT = `SELECT a.asn_id AS id, a.number, a.owner_id AS "ownerId", w.code AS owner,
    a.supplier_code AS supplier, s.code AS site, a.state, a.reference, a.carrier,
    a.tracking_number AS "trackingNumber", a.expected_on::text AS "expectedOn", a.units,
    a.version, a.created_at AS "createdAt"
  FROM inbound.asn a JOIN sellers.owner w ON w.owner_id = a.owner_id
  JOIN network.site s ON s.site_id = a.site_id`;

export const asnList = { select: SELECT, id: 'a.asn_id' } as const;

export async function findAsn(tx: Tx, number: string, lock = false): Promise<Asn | undefined> {
  if (lock) await tx.query('SELECT FROM inbound.asn WHERE number = $1 FOR UPDATE', [number]);
  const { rows } = await tx.query<Asn>(`${SELECT} WHERE a.number = $1`, [number]);
  return rows[0];
}

/** Locks a notice that exists. */
export async function findAsnById(tx: Tx, id: number): Promise<Asn> {
  await tx.query('SELECT FROM inbound.asn WHERE asn_id = $1 FOR UPDATE', [id]);
  const { rows } = await tx.query<Asn>(`${SELECT} WHERE a.asn_id = $1`, [id]);
  return rows[0]!;
}

export async function readAsnLines(tx: Tx, asnId: number): Promise<AsnLine[]> {
  const { rows } = await tx.query<AsnLine>(
    `SELECT l.asn_id AS "asnId", l.line, l.purchase_order_id AS "orderId",
       o.number AS "purchaseOrder", l.purchase_order_line AS "orderLine", l.item_id AS "itemId",
       i.sku AS item, i.quantity_scale AS scale, l.quantity, l.received, l.lot,
       l.expires_on::text AS "expiresOn", l.manufactured_on::text AS "manufacturedOn", l.serials,
       l.unit
     FROM inbound.asn_line l JOIN catalog.item i ON i.item_id = l.item_id
     JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id
     WHERE l.asn_id = $1 ORDER BY l.line`,
    [asnId],
  );
  return rows;
}

/** What a new notice says. */
export interface NewAsn {
  readonly ownerId: number;
  readonly supplierId: number;
  readonly supplier: string;
  readonly siteId: number;
  readonly reference: string | null;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly expectedOn: string;
  readonly units: readonly AsnUnit[];
}

export type NewAsnLine = Pick<
  AsnLine,
  | ('orderId' | 'orderLine' | 'itemId' | 'quantity')
  | ('lot' | 'expiresOn' | 'manufacturedOn' | 'serials' | 'unit')
>;

export async function insertAsn(
  tx: Tx,
  asn: NewAsn,
  lines: readonly NewAsnLine[],
  by: By,
): Promise<{ id: number; number: string }> {
  const { rows } = await tx.query<{ id: number; number: string }>(
    `INSERT INTO inbound.asn (owner_id, supplier_id, supplier_code, site_id, state, reference,
       carrier, tracking_number, expected_on, units, created_by, created_at, updated_at)
     VALUES ($1, $2, $3, $4, 'announced', $5, $6, $7, $8, $9, $10, $11, $11)
     RETURNING asn_id AS id, number`,
    [
      asn.ownerId,
      asn.supplierId,
      asn.supplier,
      asn.siteId,
      asn.reference,
      asn.carrier,
      asn.trackingNumber,
      asn.expectedOn,
      JSON.stringify(asn.units),
      by.actorId,
      by.at,
    ],
  );
  const made = rows[0]!;
  for (const [index, line] of lines.entries()) {
    await tx.query(
      `INSERT INTO inbound.asn_line (asn_id, line, owner_id, purchase_order_id,
         purchase_order_line, item_id, quantity, lot, expires_on, manufactured_on, serials, unit)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
      [
        made.id,
        index + 1,
        asn.ownerId,
        line.orderId,
        line.orderLine,
        line.itemId,
        line.quantity,
        line.lot,
        line.expiresOn,
        line.manufacturedOn,
        line.serials,
        line.unit,
      ],
    );
  }
  return made;
}

/** Adds what was received (or takes it back) and sets the state. */
export async function updateAsn(
  tx: Tx,
  asn: { readonly id: number },
  received: ReadonlyMap<number, bigint>,
  state: AsnState,
  by: By,
): Promise<void> {
  await tx.query(
    `UPDATE inbound.asn_line l SET received = l.received + k.quantity
     FROM unnest($2::integer[], $3::bigint[]) k(line, quantity)
     WHERE l.asn_id = $1 AND l.line = k.line`,
    [asn.id, [...received.keys()], [...received.values()]],
  );
  await tx.query(
    'UPDATE inbound.asn SET state = $2, version = version + 1, updated_at = $3 WHERE asn_id = $1',
    [asn.id, state, by.at],
  );
}

export const asnHead = z.object({
  number: z.string(),
  owner: z.string(),
  supplier: z.string(),
  site: z.string(),
  state: z.enum(ASN_STATES),
  reference: z.string().nullable(),
  carrier: z.string().nullable(),
  trackingNumber: z.string().nullable(),
  expectedOn: z.string(),
  version: z.number(),
  createdAt: z.string(),
});
export const asnAnswer = asnHead.extend({
  units: z.array(
    z.object({
      unit: z.number(),
      type: z.enum(['pallet', 'parcel']),
      sscc: z.string().nullable(),
      lpn: z.string().nullable(),
    }),
  ),
  lines: z.array(
    z.object({
      line: z.number(),
      purchaseOrder: z.string(),
      purchaseOrderLine: z.number(),
      item: z.string(),
      quantity: z.string(),
      received: z.string(),
      lot: z.string().nullable(),
      expiresOn: z.string().nullable(),
      manufacturedOn: z.string().nullable(),
      serials: z.array(z.string()).nullable(),
      unit: z.number().nullable(),
    }),
  ),
});
export type AsnAnswer = z.output<typeof asnAnswer>;

export function showAsnHead(asn: Asn): z.output<typeof asnHead> {
  const { id: _, ownerId: __, units: ___, ...shown } = asn;
  return { ...shown, createdAt: asn.createdAt.toISOString() };
}

export function showAsn(asn: Asn, lines: readonly AsnLine[]): AsnAnswer {
  return {
    ...showAsnHead(asn),
    units: asn.units,
    lines: lines.map((line) => ({
      line: line.line,
      purchaseOrder: line.purchaseOrder,
      purchaseOrderLine: line.orderLine,
      item: line.item,
      quantity: formatDecimal(line.quantity, line.scale),
      received: formatDecimal(line.received, line.scale),
      lot: line.lot,
      expiresOn: line.expiresOn,
      manufacturedOn: line.manufacturedOn,
      serials: line.serials,
      unit: line.unit,
    })),
  };
}
