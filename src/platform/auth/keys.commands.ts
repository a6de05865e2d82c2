import type { Context, Principal } from '../context.ts';
import { readAs, writeAs } from '../database.ts';
import { conflict, forbidden, invalidRequest, notFound, Problem } from '../problems.ts';
import { formatKey, generateKey, hashSecret } from './key.ts';
import {
  findKey,
  insertKey,
  type KeyRow,
  markRevoked,
  selectKeys,
  upsertPrincipal,
} from './keys.queries.ts';
import { ROLES, type Role, SCOPES, type Scope } from './scopes.ts';

/** The system itself, who makes keys on the command line and acts when no caller does. */
export const SYSTEM: Principal = {
  principalId: 1,
  name: 'system',
  scope: 'house',
  scopes: new Set(SCOPES),
};

export interface CreateKey {
  /** Names the principal; a further key of the same name and owner acts as the same one. */
  readonly name: string;
  /** Either a role or scopes of one's own. */
  readonly role?: Role | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  /** Binds the key to one owner; without it the key is the house's. */
  readonly ownerId?: number | undefined;
  readonly expiresAt?: Date | undefined;
}

/** A key as callers see it. */
export interface Key {
  readonly id: number;
  readonly publicId: string;
  readonly principalId: number;
  readonly name: string;
  readonly ownerId: number | null;
  readonly role: string | null;
  readonly scopes: string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

export function toKey(row: KeyRow): Key {
  return {
    id: row.api_key_id,
    publicId: row.public_id,
    principalId: row.principal_id,
    name: row.name,
    ownerId: row.owner_id,
    role: row.role,
    scopes: row.scopes,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}

function invalid(path: string, message: string): Problem {
  return new Problem(invalidRequest, `The key cannot be made: ${path} ${message}.`, {
    errors: [{ path: `body.${path}`, message }],
  });
}

/** The scopes asked for; nobody can give what they do not have. */
function grantedScopes(input: CreateKey, by: Principal): readonly Scope[] {
  if (!input.role === !input.scopes?.length) throw invalid('role', 'or scopes must be given');
  if (input.role === 'seller' && input.ownerId === undefined) {
    throw invalid('ownerId', 'is needed: a seller sees one owner only');
  }
  const scopes = input.role ? ROLES[input.role] : [...new Set(input.scopes)];
  const lacking = scopes.filter((scope) => !by.scopes.has(scope));
  if (lacking.length > 0) {
    throw new Problem(forbidden, 'A key cannot be given scopes that its maker lacks.', {
      scope: lacking,
    });
  }
  return scopes;
}

function ownerOf(input: CreateKey, by: Principal): number | null {
  if (by.scope === 'house') return input.ownerId ?? null;
  if (input.ownerId === by.scope) return by.scope;
  throw invalid('ownerId', `must be ${by.scope}, the owner that your own key is bound to`);
}

function isForeignKeyViolation(error: unknown): boolean {
  return (error as { code?: string }).code === '23503';
}

/**
 * Makes a key. Its text is returned here once and can never be read again.
 * @throws Problem invalid-request, forbidden (more scopes than the maker has), conflict (the
 *   expiry lies in the past).
 */
export async function createKey(
  context: Pick<Context, 'database' | 'clock'>,
  input: CreateKey,
  by: Principal,
): Promise<Key & { key: string }> {
  const scopes = grantedScopes(input, by);
  const ownerId = ownerOf(input, by);
  if (input.expiresAt && input.expiresAt <= context.clock()) {
    throw new Problem(conflict, 'The key would have expired before it was made.');
  }
  const text = generateKey();
  try {
    return await writeAs(context.database, by.scope, async (tx) => {
      const principalId = await upsertPrincipal(tx, input.name, ownerId);
      await insertKey(tx, {
        publicId: text.publicId,
        secretHash: hashSecret(text.secret),
        principalId,
        ownerId,
        role: input.role ?? null,
        scopes,
        expiresAt: input.expiresAt ?? null,
        createdBy: by.principalId,
      });
      const row = await findKey(tx, text.publicId);
      if (!row) throw new Error('a key that was just made is not visible to its maker');
      return { ...toKey(row), key: formatKey(text) };
    });
  } catch (error) {
    if (isForeignKeyViolation(error)) throw invalid('ownerId', 'names no owner');
    throw error;
  }
}

/**
 * Revokes a key for good; again is no error. It takes effect within 5 seconds in every process.
 * @returns its public id.
 * @throws Problem not-found
 */
export async function revokeKey(
  context: Pick<Context, 'database' | 'clock'>,
  keyId: number,
  by: Principal,
): Promise<string> {
  const publicId = await writeAs(context.database, by.scope, (tx) =>
    markRevoked(tx, keyId, context.clock()),
  );
  if (publicId === undefined) throw new Problem(notFound, `There is no key ${keyId}.`);
  return publicId;
}

/** Keys that the caller may see, after the key `after`, oldest first. */
export function listKeys(
  context: Pick<Context, 'database'>,
  by: Principal,
  after: number,
  limit: number,
): Promise<KeyRow[]> {
  return readAs(context.database, by.scope, (tx) => selectKeys(tx, after, limit));
}
