import {
  type ItemForPosting,
  loadItems,
  loadPacks,
  type PackForPosting,
} from '../catalog/index.ts';
import type { Tx } from '../platform/database.ts';
import { currencyDigits, parseMoney } from '../platform/money.ts';
import type { FieldError } from '../platform/problems.ts';
import type { Tolerances } from './match.ts';

/** A supplier with its terms, amounts as decimals of its currency. */
export interface SupplierTerms {
  readonly supplierId: number;
  readonly code: string;
  /** The virtual location that its goods come from. */
  readonly location: string;
  readonly siteId: number | null;
  readonly currency: string;
  readonly paymentTermsDays: number;
  readonly incoterm: string | null;
  readonly minimumOrderValue: string | null;
  readonly approvalLimit: string | null;
  readonly overReceiptBasisPoints: number;
  readonly underReceiptBasisPoints: number;
  readonly priceToleranceBasisPoints: number;
  readonly priceToleranceAmount: string;
  readonly quantityToleranceBasisPoints: number;
  readonly taxToleranceAmount: string;
  readonly active: boolean;
}

const SUPPLIER = `SELECT s.supplier_id AS "supplierId", s.code, s.site_id AS "siteId", s.currency,
    coalesce((SELECT l.code FROM network.location l
      WHERE l.site_id = s.site_id AND l.type = 'supplier' AND l.active
      ORDER BY l.location_id LIMIT 1), 'SUPPLIER') AS location,
    s.payment_terms_days AS "paymentTermsDays", s.incoterm,
    trim_scale(s.minimum_order_value)::text AS "minimumOrderValue",
    trim_scale(s.approval_limit)::text AS "approvalLimit",
    s.over_receipt_basis_points AS "overReceiptBasisPoints",
    s.under_receipt_basis_points AS "underReceiptBasisPoints",
    s.price_tolerance_basis_points AS "priceToleranceBasisPoints",
    trim_scale(s.price_tolerance_amount)::text AS "priceToleranceAmount",
    s.quantity_tolerance_basis_points AS "quantityToleranceBasisPoints",
    trim_scale(s.tax_tolerance_amount)::text AS "taxToleranceAmount", s.active
  FROM inbound.supplier s`;

export async function findSupplier(tx: Tx, code: string): Promise<SupplierTerms | undefined> {
  const { rows } = await tx.query<SupplierTerms>(`${SUPPLIER} WHERE s.code = $1`, [code]);
  return rows[0];
}

export async function supplierById(tx: Tx, supplierId: number): Promise<SupplierTerms> {
  const { rows } = await tx.query<SupplierTerms>(`${SUPPLIER} WHERE s.supplier_id = $1`, [
    supplierId,
  ]);
  return rows[0]!;
}

/** What a supplier's invoices may differ by, in minor units of its currency. */
export function tolerancesOf(supplier: SupplierTerms): Tolerances {
  const digits = currencyDigits(supplier.currency);
  return {
    priceBasisPoints: supplier.priceToleranceBasisPoints,
    priceAmount: parseMoney(supplier.priceToleranceAmount, digits),
    quantityBasisPoints: supplier.quantityToleranceBasisPoints,
    taxAmount: parseMoney(supplier.taxToleranceAmount, digits),
  };
}

/** The supplier of a request, or the field error that there is none. */
export async function requireSupplier(
  tx: Tx,
  code: string,
  errors: FieldError[],
): Promise<SupplierTerms | undefined> {
  const supplier = await findSupplier(tx, code);
  const expected = 'the code of an active supplier';
  if (!supplier) {
    errors.push({ path: 'body.supplier', message: 'does not exist', expected, found: code });
  } else if (!supplier.active) {
    errors.push({ path: 'body.supplier', message: 'is not active', expected, found: code });
  }
  return supplier;
}

/** An item with its packs by level. */
export interface BuyableItem extends ItemForPosting {
  readonly packs: ReadonlyMap<string, PackForPosting>;
}

/** Items by SKU with their packs. */
export async function loadBuyable(
  tx: Tx,
  skus: readonly string[],
): Promise<Map<string, BuyableItem>> {
  const items = await loadItems(tx, [...new Set(skus)]);
  const packs = await loadPacks(
    tx,
    items.map(({ itemId }) => itemId),
  );
  return new Map(
    items.map((item) => {
      const own = packs.filter(({ itemId }) => itemId === item.itemId);
      return [item.sku, { ...item, packs: new Map(own.map((pack) => [pack.level, pack])) }];
    }),
  );
}

/** What a supplier says about an item. Quantities as decimals in base units. */
export interface SupplierItemTerms {
  readonly itemId: number;
  readonly supplierSku: string | null;
  readonly minimumQuantity: string | null;
  readonly packMultiple: string | null;
  readonly leadTimeDays: number | null;
  readonly overReceiptBasisPoints: number | null;
  readonly underReceiptBasisPoints: number | null;
}

export async function loadSupplierItems(
  tx: Tx,
  supplierId: number,
  itemIds: readonly number[],
): Promise<Map<number, SupplierItemTerms>> {
  const { rows } = await tx.query<SupplierItemTerms>(
    `SELECT item_id AS "itemId", supplier_sku AS "supplierSku",
       trim_scale(minimum_quantity)::text AS "minimumQuantity",
       trim_scale(pack_multiple)::text AS "packMultiple", lead_time_days AS "leadTimeDays",
       over_receipt_basis_points AS "overReceiptBasisPoints",
       under_receipt_basis_points AS "underReceiptBasisPoints"
     FROM inbound.supplier_item WHERE supplier_id = $1 AND item_id = ANY($2) AND active`,
    [supplierId, itemIds],
  );
  return new Map(rows.map((row) => [row.itemId, row]));
}

/** A price break; quantity and price as decimals, for one base unit. */
export interface PriceBreak {
  readonly itemId: number;
  readonly minimumQuantity: string;
  readonly validFrom: string;
  readonly unitPrice: string;
}

/** The price breaks in a currency that hold on a day. */
export async function loadPriceBreaks(
  tx: Tx,
  supplierId: number,
  itemIds: readonly number[],
  currency: string,
  day: string,
): Promise<PriceBreak[]> {
  const { rows } = await tx.query<PriceBreak>(
    `SELECT item_id AS "itemId", trim_scale(minimum_quantity)::text AS "minimumQuantity",
       valid_from::text AS "validFrom", trim_scale(unit_price)::text AS "unitPrice"
     FROM inbound.supplier_price
     WHERE supplier_id = $1 AND item_id = ANY($2) AND currency = $3 AND active
       AND valid_from <= $4 AND (valid_to IS NULL OR valid_to >= $4)`,
    [supplierId, itemIds, currency, day],
  );
  return rows;
}
