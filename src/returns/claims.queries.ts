import type { Tx } from '../platform/database.ts';
import type { PriceTerms } from './refund.ts';
import type { ShipmentFacts } from './sales.queries.ts';

/**
 * The rows that all returns of a sale share. Whoever changes them holds their locks, taken in the
 * order lines, shipping, shipments, each sorted by its key; the CHECKs of the tables say the rest.
 */
export interface Claim {
  /** The sales order, or the return itself where there is none. */
  readonly document: string;
  readonly line: number;
  readonly ownerId: number;
  readonly itemId: number;
  readonly sold: bigint;
  readonly claimed: bigint;
  readonly pricedQuantity: bigint | null;
  readonly unitPrice: bigint | null;
  readonly discount: bigint;
  readonly tax: bigint;
  readonly settled: bigint;
  readonly settledNet: bigint;
  readonly settledTax: bigint;
  readonly refundedNet: bigint;
  readonly refundedTax: bigint;
  readonly houseNet: bigint;
  readonly houseTax: bigint;
}

/** A claim as it is opened: nothing is claimed of it yet. */
export type NewClaim = Pick<
  Claim,
  | 'document'
  | 'line'
  | 'ownerId'
  | 'itemId'
  | 'sold'
  | 'pricedQuantity'
  | 'unitPrice'
  | 'discount'
  | 'tax'
>;

const COLUMNS = `document, line, owner_id AS "ownerId", item_id AS "itemId", sold, claimed,
  priced_quantity AS "pricedQuantity", unit_price AS "unitPrice", discount, tax, settled,
  settled_net AS "settledNet", settled_tax AS "settledTax", refunded_net AS "refundedNet",
  refunded_tax AS "refundedTax", house_net AS "houseNet", house_tax AS "houseTax"`;

/** Makes the rows that are missing and brings what was sold up to date; then locks them. */
export async function openClaims(tx: Tx, claims: readonly NewClaim[]): Promise<Claim[]> {
  if (claims.length === 0) return [];
  const sorted = [...claims].sort((a, b) => a.line - b.line);
  await tx.query(
    `INSERT INTO returns.claim (document, line, owner_id, item_id, sold, priced_quantity,
       unit_price, discount, tax)
     SELECT * FROM unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::bigint[],
       $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
     ON CONFLICT (document, line) DO UPDATE
       SET sold = greatest(excluded.sold, claim.claimed, claim.settled)`,
    [
      sorted.map(({ document }) => document),
      sorted.map(({ line }) => line),
      sorted.map(({ ownerId }) => ownerId),
      sorted.map(({ itemId }) => itemId),
      sorted.map(({ sold }) => sold),
      sorted.map(({ pricedQuantity }) => pricedQuantity),
      sorted.map(({ unitPrice }) => unitPrice),
      sorted.map(({ discount }) => discount),
      sorted.map(({ tax }) => tax),
    ],
  );
  return lockClaims(tx, sorted[0]!.document);
}

/** Locks what is claimed of a document's lines, in their order. */
export async function lockClaims(tx: Tx, document: string): Promise<Claim[]> {
  const { rows } = await tx.query<Claim>(
    `SELECT ${COLUMNS} FROM returns.claim WHERE document = $1 ORDER BY line FOR UPDATE`,
    [document],
  );
  return rows;
}

/** What is claimed of the lines of these documents, without locks, for answers. */
export async function readClaims(tx: Tx, documents: readonly string[]): Promise<Claim[]> {
  const { rows } = await tx.query<Claim>(
    `SELECT ${COLUMNS} FROM returns.claim WHERE document = ANY($1) ORDER BY document, line`,
    [documents],
  );
  return rows;
}

/** Units more (or less, when negative) that returns claim of a line. */
export async function changeClaimed(
  tx: Tx,
  document: string,
  line: number,
  units: bigint,
): Promise<void> {
  if (units === 0n) return;
  await tx.query(
    'UPDATE returns.claim SET claimed = claimed + $3 WHERE document = $1 AND line = $2',
    [document, line, units],
  );
}

/** Changes what was paid for a line without a sales order, and how many there are of it. */
export async function restateClaim(tx: Tx, claim: NewClaim): Promise<void> {
  await tx.query(
    `UPDATE returns.claim SET sold = greatest($3, claimed, settled), priced_quantity = $4,
       unit_price = $5, discount = $6, tax = $7
     WHERE document = $1 AND line = $2`,
    [
      claim.document,
      claim.line,
      claim.sold,
      claim.pricedQuantity,
      claim.unitPrice,
      claim.discount,
      claim.tax,
    ],
  );
}

/** The growth of what is settled of a line; negative where a refund is taken back. */
export interface Settlement {
  readonly units: bigint;
  readonly settledNet: bigint;
  readonly settledTax: bigint;
  readonly refundedNet: bigint;
  readonly refundedTax: bigint;
  readonly houseNet: bigint;
  readonly houseTax: bigint;
}

export async function settleClaim(
  tx: Tx,
  document: string,
  line: number,
  by: Settlement,
): Promise<void> {
  await tx.query(
    `UPDATE returns.claim SET settled = settled + $3, settled_net = settled_net + $4,
       settled_tax = settled_tax + $5, refunded_net = refunded_net + $6,
       refunded_tax = refunded_tax + $7, house_net = house_net + $8, house_tax = house_tax + $9
     WHERE document = $1 AND line = $2`,
    [
      document,
      line,
      by.units,
      by.settledNet,
      by.settledTax,
      by.refundedNet,
      by.refundedTax,
      by.houseNet,
      by.houseTax,
    ],
  );
}

/** The price terms of a claim; undefined where no price is known. */
export function termsOf(claim: Claim, scale: number): PriceTerms | undefined {
  const { pricedQuantity, unitPrice, discount, tax } = claim;
  if (pricedQuantity === null || unitPrice === null) return undefined;
  return { quantity: pricedQuantity, scale, unitPrice, discount, tax };
}

/** What was given back of the shipping of a sale. */
export interface ShippingClaim {
  readonly charge: bigint;
  readonly refunded: bigint;
  readonly houseRefunded: bigint;
}

/** Makes the row when it is missing, and locks it. */
export async function lockShipping(
  tx: Tx,
  sale: { readonly salesOrder: string; readonly ownerId: number; readonly charge: bigint },
): Promise<ShippingClaim> {
  await tx.query(
    `INSERT INTO returns.shipping_claim (sales_order, owner_id, charge) VALUES ($1, $2, $3)
     ON CONFLICT (sales_order) DO UPDATE
       SET charge = greatest(excluded.charge, shipping_claim.charge)`,
    [sale.salesOrder, sale.ownerId, sale.charge],
  );
  const { rows } = await tx.query<ShippingClaim>(
    `SELECT charge, refunded, house_refunded AS "houseRefunded"
     FROM returns.shipping_claim WHERE sales_order = $1 FOR UPDATE`,
    [sale.salesOrder],
  );
  return rows[0]!;
}

export async function refundShipping(
  tx: Tx,
  salesOrder: string,
  amount: bigint,
  house: bigint,
): Promise<void> {
  await tx.query(
    `UPDATE returns.shipping_claim SET refunded = refunded + $2,
       house_refunded = house_refunded + $3 WHERE sales_order = $1`,
    [salesOrder, amount, house],
  );
}

/** A shipment movement and what of it came back. */
export interface ShipmentClaim {
  readonly journal: number;
  readonly seq: bigint;
  readonly line: number;
  readonly quantity: bigint;
  readonly value: bigint;
  readonly returned: bigint;
  readonly valueReturned: bigint;
}

/** Makes the rows that are missing, and locks all of them in the order of the ledger. */
export async function lockShipments(
  tx: Tx,
  salesOrder: string,
  ownerId: number,
  facts: readonly ShipmentFacts[],
): Promise<ShipmentClaim[]> {
  await tx.query(
    `INSERT INTO returns.shipment_claim (journal, seq, owner_id, sales_order, line, quantity, value)
     SELECT journal, seq, $5, $6, line, quantity, value
     FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::bigint[], $7::bigint[])
       k(journal, seq, line, quantity, value)
     ORDER BY journal, seq ON CONFLICT DO NOTHING`,
    [
      facts.map(({ journal }) => journal),
      facts.map(({ seq }) => seq),
      facts.map(({ line }) => line),
      facts.map(({ quantity }) => quantity),
      ownerId,
      salesOrder,
      facts.map(({ value }) => value),
    ],
  );
  const { rows } = await tx.query<ShipmentClaim>(
    `SELECT c.journal, c.seq, c.line, c.quantity, c.value, c.returned,
       c.value_returned AS "valueReturned"
     FROM returns.shipment_claim c
     JOIN unnest($1::integer[], $2::bigint[]) k(journal, seq)
       ON k.journal = c.journal AND k.seq = c.seq
     ORDER BY c.journal, c.seq FOR UPDATE OF c`,
    [facts.map(({ journal }) => journal), facts.map(({ seq }) => seq)],
  );
  return rows;
}

/** Serials that came back of these shipments already, as `<journal>-<seq> <serial>`. */
export async function readReturnedSerials(
  tx: Tx,
  shipments: readonly Pick<ShipmentClaim, 'journal' | 'seq'>[],
): Promise<Set<string>> {
  const { rows } = await tx.query<{ key: string }>(
    `SELECT format('%s-%s %s', l.journal, l.seq, serial) AS key
     FROM unnest($1::integer[], $2::bigint[]) k(journal, seq)
     JOIN returns.receipt_line l ON l.journal = k.journal AND l.seq = k.seq
     CROSS JOIN unnest(l.serials) serial WHERE l.state <> 'refused'`,
    [shipments.map(({ journal }) => journal), shipments.map(({ seq }) => seq)],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Units more (or less) that came back of a shipment, with their value. */
export async function changeReturned(
  tx: Tx,
  changes: readonly {
    readonly journal: number;
    readonly seq: bigint;
    readonly units: bigint;
    readonly value: bigint;
  }[],
): Promise<void> {
  await tx.query(
    `UPDATE returns.shipment_claim c SET returned = c.returned + k.units,
       value_returned = c.value_returned + k.value
     FROM (SELECT journal, seq, sum(units) AS units, sum(value) AS value
       FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bigint[])
         k(journal, seq, units, value) GROUP BY journal, seq) k
     WHERE c.journal = k.journal AND c.seq = k.seq`,
    [
      changes.map(({ journal }) => journal),
      changes.map(({ seq }) => seq),
      changes.map(({ units }) => units),
      changes.map(({ value }) => value),
    ],
  );
}
