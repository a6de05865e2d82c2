import type { Tx } from '../platform/database.ts';
import { sameValue, type Written } from '../platform/documents/index.ts';
import type { Pack } from './packaging.ts';
import { parseRational } from './rational.ts';

/** A pack of an item as a row of catalog.packaging; bigints as text, which JSON can carry. */
export function packRecord(itemId: number, pack: Pack) {
  const { numerator, denominator } = parseRational(pack.baseQuantity);
  return {
    item_id: itemId,
    level: pack.level,
    gtin: pack.gtin,
    base_quantity_numerator: numerator.toString(),
    base_quantity_denominator: denominator.toString(),
    length_mm: pack.lengthMm,
    width_mm: pack.widthMm,
    height_mm: pack.heightMm,
    weight_g: pack.weightG,
  };
}

/** Inserts packs; the owner is copied from the item, as row-level security needs it. */
export async function insertPacks(
  tx: Tx,
  records: readonly ReturnType<typeof packRecord>[],
): Promise<void> {
  if (records.length === 0) return;
  await tx.query(
    `INSERT INTO catalog.packaging (item_id, level, owner_id, gtin, base_quantity_numerator,
       base_quantity_denominator, length_mm, width_mm, height_mm, weight_g)
     SELECT item.item_id, x.level, item.owner_id, x.gtin, x.base_quantity_numerator,
       x.base_quantity_denominator, x.length_mm, x.width_mm, x.height_mm, x.weight_g
     FROM jsonb_to_recordset($1::jsonb) AS x(item_id integer, level text, gtin text,
       base_quantity_numerator bigint, base_quantity_denominator bigint, length_mm integer,
       width_mm integer, height_mm integer, weight_g bigint)
     JOIN catalog.item item ON item.item_id = x.item_id`,
    [JSON.stringify(records)],
  );
}

/** Deletes all packs of items that are about to be removed. */
export async function removePackaging(tx: Tx, itemIds: readonly number[]): Promise<void> {
  await tx.query('DELETE FROM catalog.packaging WHERE item_id = ANY($1)', [itemIds]);
}

/** Writes the packs of new items, and those of edited items whose packs differ. */
export async function writePackaging(tx: Tx, written: readonly Written[]): Promise<void> {
  const changed = written.filter(
    ({ values, before }) => !before || !sameValue(before.packaging, values.packaging),
  );
  const edited = changed.filter(({ before }) => before).map(({ id }) => id);
  if (edited.length > 0) await removePackaging(tx, edited);
  const records = changed.flatMap(({ id, values }) =>
    (values.packaging as readonly Pack[]).map((pack) => packRecord(id, pack)),
  );
  await insertPacks(tx, records);
}

/**
 * Writes the standard cost that the ledger has just put its pools to, so that new pools start
 * with it. Callers of the API cannot change it once the item is in use.
 * @param unitCost minor units x 10^4 per base unit.
 */
export async function recordStandardUnitCost(
  tx: Tx,
  itemId: number,
  unitCost: bigint,
  at: Date,
): Promise<void> {
  await tx.query(
    `UPDATE catalog.item SET standard_unit_cost = $2, version = version + 1, updated_at = $3
      WHERE item_id = $1`,
    [itemId, unitCost, at],
  );
}
