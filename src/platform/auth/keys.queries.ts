import type { Tx } from '../database.ts';

/** A key as stored, without its secret. */
export interface KeyRow {
  readonly api_key_id: number;
  readonly public_id: string;
  readonly principal_id: number;
  readonly name: string;
  readonly owner_id: number | null;
  readonly role: string | null;
  readonly scopes: string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

export interface KeyWithHash extends KeyRow {
  readonly secret_hash: Buffer;
}

const COLUMNS = `k.api_key_id, k.public_id, k.principal_id, p.name, k.owner_id, k.role, k.scopes,
  k.created_at, k.expires_at, k.revoked_at, k.last_used_at`;

/** The key with this public id and the hash of its secret, revoked or not. */
export async function findKey(tx: Tx, publicId: string): Promise<KeyWithHash | undefined> {
  const { rows } = await tx.query<KeyWithHash>(
    `SELECT ${COLUMNS}, k.secret_hash
       FROM platform.api_key k JOIN platform.principal p USING (principal_id)
      WHERE k.public_id = $1`,
    [publicId],
  );
  return rows[0];
}

/** Keys in the order they were made, after the key `after`. */
export async function selectKeys(tx: Tx, after: number, limit: number): Promise<KeyRow[]> {
  const { rows } = await tx.query<KeyRow>(
    `SELECT ${COLUMNS}
       FROM platform.api_key k JOIN platform.principal p USING (principal_id)
      WHERE k.api_key_id > $1 ORDER BY k.api_key_id LIMIT $2`,
    [after, limit],
  );
  return rows;
}

/** The principal of this name and owner, made when there is none: keys rotate, actors stay. */
export async function upsertPrincipal(
  tx: Tx,
  name: string,
  ownerId: number | null,
): Promise<number> {
  await tx.query(
    `INSERT INTO platform.principal (name, owner_id) VALUES ($1, $2)
     ON CONFLICT (owner_id, name) DO NOTHING`,
    [name, ownerId],
  );
  const { rows } = await tx.query<{ principal_id: number }>(
    `SELECT principal_id FROM platform.principal
      WHERE name = $1 AND owner_id IS NOT DISTINCT FROM $2`,
    [name, ownerId],
  );
  return rows[0]!.principal_id;
}

export interface NewKey {
  readonly publicId: string;
  readonly secretHash: Buffer;
  readonly principalId: number;
  readonly ownerId: number | null;
  readonly role: string | null;
  readonly scopes: readonly string[];
  readonly expiresAt: Date | null;
  readonly createdBy: number;
}

export async function insertKey(tx: Tx, key: NewKey): Promise<void> {
  await tx.query(
    `INSERT INTO platform.api_key
       (public_id, secret_hash, principal_id, owner_id, role, scopes, expires_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      key.publicId,
      key.secretHash,
      key.principalId,
      key.ownerId,
      key.role,
      key.scopes,
      key.expiresAt,
      key.createdBy,
    ],
  );
}

/** Marks a key revoked, once; returns its public id, or undefined when it cannot be seen. */
export async function markRevoked(tx: Tx, keyId: number, now: Date): Promise<string | undefined> {
  const { rows } = await tx.query<{ public_id: string }>(
    `UPDATE platform.api_key SET revoked_at = coalesce(revoked_at, $2)
      WHERE api_key_id = $1 RETURNING public_id`,
    [keyId, now],
  );
  return rows[0]?.public_id;
}

export async function markUsed(tx: Tx, keyIds: readonly number[], now: Date): Promise<void> {
  await tx.query(
    `UPDATE platform.api_key SET last_used_at = $2
      WHERE api_key_id = ANY ($1::int[]) AND (last_used_at IS NULL OR last_used_at < $2)`,
    [[...keyIds].sort((a, b) => a - b), now],
  );
}
