import { arraysOf, decodeBigints, decodeInt4 } from '../../ledger/index.ts';
import type { Tx } from '../../platform/database.ts';

/**
 * The statements have names, so that PostgreSQL plans them once for a connection: planning for a
 * thousand ids costs as much as reading them. Ids go as one text, which costs the least to write.
 */
function idsOf(ids: readonly number[]): string {
  return `{${ids.join(',')}}`;
}

/** Units that are expected at a site on a day. */
export interface ExpectedSupply {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly quantity: bigint;
  /** `YYYY-MM-DD` on the calendar of the site. */
  readonly expectedOn: string;
  readonly document: { readonly type: string; readonly number: string };
  readonly line: number;
}

type TransferRow = Omit<ExpectedSupply, 'document'> & { readonly number: string };

/**
 * What released transfer orders bring: parcels on their way on the day they are expected, and what
 * is still to leave on the day it would arrive. Only sellable units can be promised.
 */
export async function readTransferSupply(
  tx: Tx,
  itemIds: readonly number[],
): Promise<ExpectedSupply[]> {
  const { rows } = await tx.query<TransferRow>({
    name: 'promise-transfers',
    text: `SELECT l.item_id AS "itemId", t.to_site_id AS "siteId", t.owner_id AS "ownerId",
       x.quantity, (x.expected_at AT TIME ZONE s.time_zone)::date::text AS "expectedOn",
       t.number, l.line
     FROM outbound.transfer_order_line l
     JOIN outbound.transfer_order t ON t.transfer_order_id = l.transfer_order_id
       AND t.state IN ('released', 'partly_shipped', 'shipped', 'partly_received')
     JOIN network.site s ON s.site_id = t.to_site_id
     CROSS JOIN LATERAL (
       SELECT l.quantity - l.cancelled - l.shipped AS quantity,
         t.expected_arrival_at AS expected_at
       UNION ALL
       SELECT p.open_quantity, p.expected_arrival_at FROM outbound.transfer_parcel p
       WHERE p.transfer_order_id = l.transfer_order_id AND p.line = l.line) x
     WHERE l.item_id = ANY($1) AND l.quantity > l.cancelled + l.received + l.lost
       AND l.disposition = 'sellable' AND x.quantity > 0 AND x.expected_at IS NOT NULL
     ORDER BY x.expected_at, t.transfer_order_id, l.line`,
    values: [idsOf(itemIds)],
  } as unknown as string);
  return rows.map(({ number, ...row }) => ({
    ...row,
    document: { type: 'transfer_order', number },
  }));
}

/** Units of a sales order line that wait for goods. */
export interface Backorder {
  readonly itemId: number;
  readonly ownerId: number;
  /** The only site it waits at; null: any of `channelSites`. */
  readonly siteId: number | null;
  readonly quantity: bigint;
  readonly avoidedSiteIds: readonly number[];
  /** Codes of the sites that serve its channel; empty: all. */
  readonly channelSites: readonly string[];
}

/** The queue of backorders of items: the highest priority first, then the oldest. */
export async function readBackorders(tx: Tx, itemIds: readonly number[]): Promise<Backorder[]> {
  const { rows } = await tx.query<Backorder>({
    name: 'promise-backorders',
    text: `SELECT p.item_id AS "itemId", p.owner_id AS "ownerId", p.site_id AS "siteId", p.quantity,
       p.avoided_site_ids AS "avoidedSiteIds", c.sites AS "channelSites"
     FROM outbound.line_part p JOIN outbound.channel c ON c.channel_id = p.channel_id
     WHERE p.state = 'backordered' AND p.item_id = ANY($1)
     ORDER BY p.item_id, p.priority DESC, p.ordered_at, p.sales_order_id, p.line, p.part`,
    values: [idsOf(itemIds)],
  } as unknown as string);
  return rows;
}

/** What the ledger says is there, at the item's scale; one place in each list a row. */
export interface OnHandColumns {
  readonly itemIds: readonly number[];
  readonly siteIds: readonly number[];
  readonly ownerIds: readonly number[];
  readonly onHand: readonly bigint[];
  readonly reserved: readonly bigint[];
}

/** Availability of items at all sites, each item looked up in its own journal. */
export async function readOnHand(
  tx: Tx,
  itemIds: readonly number[],
  journals: readonly number[],
): Promise<OnHandColumns> {
  const query = {
    name: 'promise-on-hand',
    text: arraysOf(
      ['item_id', 'site_id', 'owner_id', 'on_hand', 'reserved'],
      `SELECT a.item_id, a.site_id, a.owner_id, a.on_hand, a.reserved
       FROM unnest($1::integer[], $2::integer[]) AS k(journal, item_id)
       JOIN ledger.availability a ON a.journal = k.journal AND a.item_id = k.item_id`,
    ),
    values: [idsOf(journals), idsOf(itemIds)],
    rowMode: 'array',
  };
  const { rows } = await tx.query(query as unknown as string);
  const columns = rows[0] as unknown as (Buffer | null)[];
  const [items = null, sites = null, owners = null, onHand = null, reserved = null] = columns;
  return {
    itemIds: decodeInt4(items),
    siteIds: decodeInt4(sites),
    ownerIds: decodeInt4(owners),
    onHand: decodeBigints(onHand),
    reserved: decodeBigints(reserved),
  };
}

/** An item that was asked for. */
export interface AskedItem {
  readonly itemId: number;
  readonly item: string;
  readonly quantityScale: number;
  /** Null: the shared catalogue. */
  readonly ownerId: number | null;
}

/** The items with these SKUs that the caller may see. */
export async function readItems(tx: Tx, skus: readonly string[]): Promise<AskedItem[]> {
  const { rows } = await tx.query<AskedItem>({
    name: 'promise-items',
    text: `SELECT item_id AS "itemId", sku AS item, quantity_scale AS "quantityScale",
       owner_id AS "ownerId"
     FROM catalog.item WHERE sku = ANY($1)`,
    values: [skus],
  } as unknown as string);
  return rows;
}

/** Codes of owners that the caller may see. */
export async function readOwnerCodes(
  tx: Tx,
  ownerIds: readonly number[],
): Promise<Map<number, string>> {
  const { rows } = await tx.query<{ ownerId: number; code: string }>(
    'SELECT owner_id AS "ownerId", code FROM sellers.owner WHERE owner_id = ANY($1)',
    [ownerIds],
  );
  return new Map(rows.map(({ ownerId, code }) => [ownerId, code]));
}

/** The name of the transaction's snapshot, for another one to read in. */
export async function exportSnapshot(tx: Tx): Promise<string> {
  const { rows } = await tx.query<{ name: string }>('SELECT pg_export_snapshot() AS name');
  return rows[0]!.name;
}
