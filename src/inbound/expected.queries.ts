import type { Tx } from '../platform/database.ts';
import { type AnnouncedLine, expectedParts, type OpenLine } from './asn.ts';

/** Units that are on their way to us. */
export interface ExpectedReceipt {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  /** Base units at the item's scale. */
  readonly quantity: bigint;
  /** YYYY-MM-DD. */
  readonly expectedOn: string;
  readonly document: { readonly type: string; readonly number: string };
  readonly line: number;
}

interface OpenRow extends OpenLine {
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
  readonly number: string;
}

/**
 * What purchase orders that are approved, sent or confirmed still bring, oldest date first: on the
 * confirmed date, else the expected one; where a notice covers a quantity, on the notice's date.
 * What has no date at all is left out: nothing can be promised on it.
 * @param tx a reader's transaction; row-level security applies.
 */
export async function readExpectedReceipts(
  tx: Tx,
  { itemIds }: { readonly itemIds: readonly number[] },
): Promise<ExpectedReceipt[]> {
  const { rows: lines } = await tx.query<OpenRow>(
    // Lines first: the planner takes row-level security for a filter that keeps next to nothing,
    // and would walk all purchase orders there are.
    `WITH l AS MATERIALIZED (
       SELECT item_id, purchase_order_id, line, quantity - received AS open,
         coalesce(confirmed_on, expected_on)::text AS expected_on
       FROM inbound.purchase_order_line
       WHERE item_id = ANY($1) AND quantity > received
         AND state IN ('approved', 'sent', 'confirmed', 'partly_received'))
     SELECT l.item_id AS "itemId", o.site_id AS "siteId", o.owner_id AS "ownerId", o.number,
       l.purchase_order_id AS "orderId", l.line, l.open, l.expected_on AS "expectedOn"
     FROM l JOIN inbound.purchase_order o ON o.purchase_order_id = l.purchase_order_id
     ORDER BY l.purchase_order_id, l.line`,
    [itemIds],
  );
  const { rows: announced } = await tx.query<AnnouncedLine>(
    `SELECT l.purchase_order_id AS "orderId", l.purchase_order_line AS line, a.number,
       l.line AS "asnLine", l.quantity - l.received AS open, a.expected_on::text AS "expectedOn"
     FROM inbound.asn_line l JOIN inbound.asn a ON a.asn_id = l.asn_id
     WHERE l.item_id = ANY($1) AND l.quantity > l.received
       AND a.state IN ('announced', 'partly_received')
     ORDER BY a.asn_id, l.line`,
    [itemIds],
  );
  const byKey = new Map(lines.map((line) => [`${line.orderId}/${line.line}`, line]));
  return expectedParts(lines, announced)
    .map(({ orderId, line, quantity, expectedOn, asn }) => {
      const { itemId, siteId, ownerId, number } = byKey.get(`${orderId}/${line}`)!;
      const document = asn
        ? { type: 'asn', number: asn.number }
        : { type: 'purchase_order', number };
      return { itemId, siteId, ownerId, quantity, expectedOn, document, line: asn?.line ?? line };
    })
    .sort((a, b) => (a.expectedOn < b.expectedOn ? -1 : a.expectedOn > b.expectedOn ? 1 : 0));
}
