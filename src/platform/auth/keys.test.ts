import { describe, expect, it } from 'vitest';
import { formatKey, generateKey, hashSecret, parseKey, secretMatches } from './key.ts';
import { ROLES, SCOPES } from './scopes.ts';

describe('the text of a key', () => {
  it('reads back, whatever the secret holds', () => {
    for (let i = 0; i < 500; i++) {
      const text = generateKey();
      expect(parseKey(formatKey(text))).toEqual(text);
    }
  });

  it.each(['', 'oh_', 'oh_ABCDEFGH_x', `xx_abcdefgh_${'a'.repeat(43)}`, `oh_a_${'a'.repeat(43)}`])(
    'is refused: %j',
    (text) => expect(parseKey(text)).toBeUndefined(),
  );

  it('matches its own hash only', () => {
    const { secret } = generateKey();
    expect(secretMatches(secret, hashSecret(secret))).toBe(true);
    expect(secretMatches(secret, hashSecret(generateKey().secret))).toBe(false);
  });
});

describe('roles', () => {
  it('hold known scopes, and only the admin may make keys', () => {
    for (const [role, scopes] of Object.entries(ROLES)) {
      expect(SCOPES).toEqual(expect.arrayContaining([...scopes]));
      expect((scopes as readonly string[]).includes('keys:admin')).toBe(role === 'admin');
    }
  });
});
