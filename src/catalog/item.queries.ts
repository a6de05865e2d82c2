import type { Queryable, Tx } from '../platform/database.ts';
import type { Candidate, Values } from '../platform/documents/index.ts';
import type { FieldError } from '../platform/problems.ts';
import { scopedOwnerCode } from '../sellers/index.ts';
import type { Pack, PackagingLevel } from './packaging.ts';
import type { Rational } from './rational.ts';

/** An item as the ledger needs it to post. */
export interface ItemForPosting {
  readonly itemId: number;
  readonly sku: string;
  /** Null: the shared catalogue. */
  readonly ownerId: number | null;
  readonly quantityScale: number;
  readonly tracksLot: boolean;
  readonly tracksSerial: boolean;
  readonly tracksExpiry: boolean;
  readonly shelfLifeDays: number | null;
  readonly minLifeReceiptDays: number | null;
  readonly minLifeShipmentDays: number | null;
  readonly costMethod: 'moving_average' | 'fifo' | 'standard';
  /** Minor units x 10^4 per base unit. */
  readonly standardUnitCost: bigint | null;
  readonly active: boolean;
  readonly version: number;
}

const POSTING_COLUMNS = `item_id AS "itemId", sku, owner_id AS "ownerId",
  quantity_scale AS "quantityScale", tracks_lot AS "tracksLot", tracks_serial AS "tracksSerial",
  tracks_expiry AS "tracksExpiry", shelf_life_days AS "shelfLifeDays",
  min_life_receipt_days AS "minLifeReceiptDays", min_life_shipment_days AS "minLifeShipmentDays",
  cost_method AS "costMethod", standard_unit_cost AS "standardUnitCost", active, version`;

/** The items with these SKUs; what does not exist or may not be seen is left out. */
export async function loadItems(db: Queryable, skus: readonly string[]): Promise<ItemForPosting[]> {
  const { rows } = await db.query<ItemForPosting>(
    `SELECT ${POSTING_COLUMNS} FROM catalog.item WHERE sku = ANY($1)`,
    [skus],
  );
  return rows;
}

/** The same by item id. */
export async function loadItemsById(
  db: Queryable,
  itemIds: readonly number[],
): Promise<ItemForPosting[]> {
  const { rows } = await db.query<ItemForPosting>(
    `SELECT ${POSTING_COLUMNS} FROM catalog.item WHERE item_id = ANY($1)`,
    [itemIds],
  );
  return rows;
}

/** A pack as scanning and unit conversion need it. */
export interface PackForPosting extends Rational {
  readonly itemId: number;
  readonly level: PackagingLevel;
  /** 14 digits. */
  readonly gtin: string | null;
}

/** The packs of these items, for converting cases to base units. */
export async function loadPacks(
  db: Queryable,
  itemIds: readonly number[],
): Promise<PackForPosting[]> {
  const { rows } = await db.query<PackForPosting>(
    `SELECT item_id AS "itemId", level, gtin, base_quantity_numerator AS numerator,
       base_quantity_denominator AS denominator
     FROM catalog.packaging WHERE item_id = ANY($1)`,
    [itemIds],
  );
  return rows;
}

/** The packs that carry these GTINs, each of 14 digits. */
export async function loadPacksByGtin(
  db: Queryable,
  gtins: readonly string[],
): Promise<PackForPosting[]> {
  const { rows } = await db.query<PackForPosting>(
    `SELECT item_id AS "itemId", level, gtin, base_quantity_numerator AS numerator,
       base_quantity_denominator AS denominator
     FROM catalog.packaging WHERE gtin = ANY($1)`,
    [gtins],
  );
  return rows;
}

/** What an owner's key leaves out is its own; the house's is the shared catalogue. */
export async function itemDefaults(tx: Tx): Promise<Values> {
  const owner = await scopedOwnerCode(tx);
  return owner === undefined ? {} : { owner };
}

function packsOf(values: Values): readonly Pack[] {
  return values.packaging as readonly Pack[];
}

/** The first holder of each GTIN among the candidates themselves. */
function holdersWithin(candidates: readonly Candidate[]): Map<string, number> {
  const holders = new Map<string, number>();
  for (const [index, { values }] of candidates.entries()) {
    for (const { gtin } of packsOf(values)) {
      if (gtin !== null && !holders.has(gtin)) holders.set(gtin, index);
    }
  }
  return holders;
}

/** Rules that need the database: whose item it is, and that a GTIN names one pack only. */
export async function checkItemsTogether(
  tx: Tx,
  candidates: readonly Candidate[],
): Promise<FieldError[][]> {
  const owner = await scopedOwnerCode(tx);
  const within = holdersWithin(candidates);
  const existing = await loadPacksByGtin(tx, [...within.keys()]);
  const stored = new Map(existing.map(({ gtin, itemId, level }) => [gtin, { itemId, level }]));
  return candidates.map(({ values, before }, index) => {
    const errors: FieldError[] = [];
    if (owner !== undefined && values.owner !== owner) {
      const found = values.owner === null ? 'the shared catalogue' : String(values.owner);
      errors.push({ path: 'owner', message: 'is not yours', expected: owner, found });
    }
    const own = new Set<string>();
    for (const [position, { gtin }] of packsOf(values).entries()) {
      if (gtin === null) continue;
      const holder = stored.get(gtin);
      const isElsewhere = holder ? holder.itemId !== before?.id : within.get(gtin) !== index;
      const isTaken = own.has(gtin) || isElsewhere;
      own.add(gtin);
      if (!isTaken) continue;
      const path = `packaging.${position}.gtin`;
      errors.push({ path, message: 'is taken by another pack', found: gtin });
    }
    return errors;
  });
}
