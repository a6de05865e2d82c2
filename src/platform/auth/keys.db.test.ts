import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../test/support/database.ts';
import type { Principal } from '../context.ts';
import { Problem } from '../problems.ts';
import { createAuthenticator } from './authenticator.ts';
import { createKey, listKeys, revokeKey, SYSTEM } from './keys.commands.ts';

const { admin, database } = await createTestDatabase();
let now = new Date('2026-03-01T12:00:00Z');
const clock = () => now;
const context = { database, clock, log: pino({ level: 'silent' }) };
const seller = 501;

beforeAll(async () => {
  await admin.query(
    "INSERT INTO sellers.owner (owner_id, code, name) VALUES ($1, 'ACME', 'Acme'), (502, 'B', 'B')",
    [seller],
  );
});

function advance(ms: number): void {
  now = new Date(now.getTime() + ms);
}

async function refused(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Problem);
  return (error as Problem).type.name;
}

describe('API keys', () => {
  it('open the door as the principal they were made for', async () => {
    const { key, principalId } = await createKey(
      context,
      { name: 'scanner', role: 'operator' },
      SYSTEM,
    );
    const principal = await createAuthenticator(context).authenticate(`Bearer ${key}`);
    expect(principal).toMatchObject({ principalId, name: 'scanner', scope: 'house' });
    expect(principal.scopes.has('ledger:post')).toBe(true);
    expect(principal.scopes.has('keys:admin')).toBe(false);
  });

  it('are stored as a hash only', async () => {
    const { key } = await createKey(context, { name: 'hashed', role: 'operator' }, SYSTEM);
    const { rows } = await admin.query('SELECT k::text AS row FROM platform.api_key k');
    const secret = key.slice('oh_12345678_'.length);
    for (const { row } of rows) expect(row).not.toContain(secret);
  });

  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic abc'],
    ['an unknown key', `Bearer oh_00000000_${'a'.repeat(43)}`],
  ])('are refused: %s', async (_name, header) => {
    const authenticator = createAuthenticator(context);
    expect(await refused(authenticator.authenticate(header))).toBe('unauthenticated');
  });

  it('with a wrong secret are refused', async () => {
    const { publicId } = await createKey(context, { name: 'x', role: 'operator' }, SYSTEM);
    const authenticator = createAuthenticator(context);
    const header = `Bearer oh_${publicId}_${'a'.repeat(43)}`;
    expect(await refused(authenticator.authenticate(header))).toBe('unauthenticated');
  });

  it('stop working within 5 seconds of a revocation by another process', async () => {
    const made = await createKey(context, { name: 'revoked', role: 'operator' }, SYSTEM);
    const authenticator = createAuthenticator(context);
    await authenticator.authenticate(`Bearer ${made.key}`);
    await revokeKey(context, made.id, SYSTEM);
    await revokeKey(context, made.id, SYSTEM);
    advance(4_999);
    expect(await refused(authenticator.authenticate(`Bearer ${made.key}`))).toBe('unauthenticated');
  });

  it('stop working at once when this process forgets them, and when they expire', async () => {
    const authenticator = createAuthenticator(context);
    const expiresAt = new Date(now.getTime() + 1_000);
    const made = await createKey(context, { name: 'brief', role: 'operator', expiresAt }, SYSTEM);
    await authenticator.authenticate(`Bearer ${made.key}`);
    advance(1_000);
    expect(await refused(authenticator.authenticate(`Bearer ${made.key}`))).toBe('unauthenticated');
    const other = await createKey(context, { name: 'other', role: 'operator' }, SYSTEM);
    await authenticator.authenticate(`Bearer ${other.key}`);
    authenticator.forget(await revokeKey(context, other.id, SYSTEM));
    expect(await refused(authenticator.authenticate(`Bearer ${other.key}`))).toBe(
      'unauthenticated',
    );
  });

  it('cost no query while they are fresh', async () => {
    const made = await createKey(context, { name: 'hot', role: 'operator' }, SYSTEM);
    const authenticator = createAuthenticator(context);
    let queries = 0;
    database.reader.on('acquire', () => {
      queries += 1;
    });
    await Promise.all([1, 2, 3].map(() => authenticator.authenticate(`Bearer ${made.key}`)));
    advance(1_500);
    await authenticator.authenticate(`Bearer ${made.key}`);
    expect(queries).toBe(1);
    advance(5_000);
    await authenticator.authenticate(`Bearer ${made.key}`);
    expect(queries).toBe(2);
  });

  it('remember when they were last used, written later', async () => {
    const made = await createKey(context, { name: 'used', role: 'operator' }, SYSTEM);
    const authenticator = createAuthenticator(context);
    await authenticator.authenticate(`Bearer ${made.key}`);
    await authenticator.close();
    const rows = await listKeys(context, SYSTEM, made.id - 1, 1);
    expect(rows[0]?.last_used_at).toEqual(now);
  });
});

describe('a maker of keys', () => {
  const ofSeller: Principal = {
    principalId: 1,
    name: 'acme admin',
    scope: seller,
    scopes: new Set(['keys:admin', 'ledger:read']),
  };

  it('cannot give scopes that it lacks', async () => {
    const input = { name: 'more', scopes: ['ledger:post' as const], ownerId: seller };
    expect(await refused(createKey(context, input, ofSeller))).toBe('forbidden');
  });

  it.each([undefined, 502])('bound to an owner cannot make keys of owner %s', async (ownerId) => {
    const input = { name: 'else', scopes: ['ledger:read' as const], ownerId };
    expect(await refused(createKey(context, input, ofSeller))).toBe('invalid-request');
  });

  it('bound to an owner sees and revokes only keys of that owner', async () => {
    const house = await createKey(context, { name: 'house', role: 'operator' }, SYSTEM);
    const input = { name: 'ours', scopes: ['ledger:read' as const], ownerId: seller };
    const ours = await createKey(context, input, ofSeller);
    const rows = await listKeys(context, ofSeller, 0, 100);
    expect(rows.map((row) => row.api_key_id)).toEqual([ours.id]);
    expect(await refused(revokeKey(context, house.id, ofSeller))).toBe('not-found');
  });

  it.each([
    ['neither role nor scopes', { name: 'a' }],
    ['both', { name: 'a', role: 'operator' as const, scopes: ['ledger:read' as const] }],
    ['a seller without an owner', { name: 'a', role: 'seller' as const }],
    ['an owner that does not exist', { name: 'a', role: 'seller' as const, ownerId: 99_999 }],
  ])('is told what is wrong: %s', async (_name, input) => {
    expect(await refused(createKey(context, input, SYSTEM))).toBe('invalid-request');
  });

  it('gives a further key of the same name to the same principal', async () => {
    const first = await createKey(context, { name: 'rotated', role: 'operator' }, SYSTEM);
    const second = await createKey(context, { name: 'rotated', role: 'operator' }, SYSTEM);
    expect(second.principalId).toBe(first.principalId);
    expect(second.publicId).not.toBe(first.publicId);
  });
});
