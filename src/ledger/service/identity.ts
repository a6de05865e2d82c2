import { createHash } from 'node:crypto';
import type { Principal } from '../../platform/context.ts';
import { invalidRequest, Problem } from '../../platform/problems.ts';
import { OWN_IDS } from '../posting/due.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The UUID under which a command is posted. The house's own UUIDs are taken as they are (time-
 * ordered ones keep the index dense); any other text becomes a UUID of its hash (RFC 9562 version
 * 8). The keys of an owner are hashed with the owner, so two owners can never meet in one id.
 */
export function commandUuid(key: string, principal: Pick<Principal, 'scope'>): string {
  const lower = key.toLowerCase();
  const own = UUID.test(lower) && !lower.startsWith(OWN_IDS);
  if (principal.scope === 'house' && own) return lower;
  return derivedUuid(`${principal.scope}\u0000${key}`);
}

/** A UUID that follows from a text: the same text gives the same UUID. */
export function derivedUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** What a command asks for, as 64 bits: another body under the same id is refused. */
export function bodyHash(principal: Pick<Principal, 'scope'>, body: unknown): bigint {
  const text = `${principal.scope}\u0000${JSON.stringify(body)}`;
  return createHash('sha256').update(text).digest().readBigInt64BE();
}

/** The {@link bodyHash} of a command of movements. */
export function commandHash(
  principal: Pick<Principal, 'scope'>,
  request: { readonly lines: readonly unknown[]; readonly device?: string | undefined },
): bigint {
  return bodyHash(principal, [request.lines, request.device ?? null]);
}

/** `<journal>-<seq>` as text. */
export function formatLedgerId(journal: number, seq: number): string {
  return `${journal}-${seq}`;
}

/** Reads `<journal>-<seq>`. @throws Problem invalid-request */
export function parseLedgerId(text: string, path = 'id'): { journal: number; seq: number } {
  const match = /^(\d{1,4})-(\d{1,15})$/.exec(text);
  if (match) return { journal: Number(match[1]), seq: Number(match[2]) };
  throw new Problem(invalidRequest, `'${text}' is not the id of a ledger row.`, {
    errors: [{ path, message: 'is not an id', expected: '<journal>-<seq>', found: text }],
  });
}
