import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The text of an API key: `oh_<public id>_<secret>`. The public id (40 random bits) finds the
 * row, the secret (256 random bits, base64url) proves the right to it. Only the secret's SHA-256
 * is stored: with that much entropy a slow hash adds nothing.
 */
export interface KeyText {
  readonly publicId: string;
  readonly secret: string;
}

const KEY_FORM = /^oh_([a-z0-9]{8})_([A-Za-z0-9_-]{43})$/;
// 32 letters and digits without i, l, o and u, which people misread.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** Makes a key from the system's secure randomness. */
export function generateKey(): KeyText {
  const publicId = [...randomBytes(8)].map((byte) => ALPHABET[byte % 32]).join('');
  return { publicId, secret: randomBytes(32).toString('base64url') };
}

export function formatKey({ publicId, secret }: KeyText): string {
  return `oh_${publicId}_${secret}`;
}

/** Reads the text of a key; undefined when it is not one. */
export function parseKey(text: string): KeyText | undefined {
  const [, publicId, secret] = KEY_FORM.exec(text) ?? [];
  return publicId && secret ? { publicId, secret } : undefined;
}

/** The SHA-256 of a secret, 32 bytes. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares in constant time. */
export function secretMatches(secret: string, hash: Buffer): boolean {
  return timingSafeEqual(hashSecret(secret), hash);
}
