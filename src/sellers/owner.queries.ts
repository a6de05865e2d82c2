import type { Queryable, Tx } from '../platform/database.ts';

/** An owner as the ledger needs it to post. */
export interface OwnerForPosting {
  readonly ownerId: number;
  readonly code: string;
  readonly isHouse: boolean;
  readonly active: boolean;
}

/** The owners with these codes; what does not exist or may not be seen is left out. */
export async function loadOwners(
  db: Queryable,
  codes: readonly string[],
): Promise<OwnerForPosting[]> {
  const { rows } = await db.query<{
    owner_id: number;
    code: string;
    is_house: boolean;
    active: boolean;
  }>('SELECT owner_id, code, is_house, active FROM sellers.owner WHERE code = ANY($1)', [codes]);
  return rows.map((row) => ({
    ownerId: row.owner_id,
    code: row.code,
    isHouse: row.is_house,
    active: row.active,
  }));
}

/** Code of the owner that the transaction is scoped to; undefined for the house. */
export async function scopedOwnerCode(tx: Tx): Promise<string | undefined> {
  const { rows } = await tx.query<{ code: string }>(
    "SELECT code FROM sellers.owner WHERE owner_id::text = current_setting('onhand.owner', true)",
  );
  return rows[0]?.code;
}
