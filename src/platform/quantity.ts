/**
 * Exact decimal arithmetic for quantities and money. A quantity is a bigint in the item's base
 * unit at the item's scale (scale 3: 1.250 kg is 1250n); nothing in the project is a float.
 */

/** Thrown by {@link parseDecimal}; doors turn it into a field error. */
export class DecimalError extends Error {}

const DECIMAL = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/;

/**
 * Reads a decimal string as an integer at `scale` digits after the point.
 * @throws DecimalError when it is not a decimal or has more digits than the scale holds.
 */
export function parseDecimal(text: string, scale: number): bigint {
  const match = DECIMAL.exec(text);
  if (!match) throw new DecimalError(`'${text}' is not a decimal number`);
  const [, sign, whole, given = ''] = match;
  const fraction = given.replace(/0+$/, '');
  if (fraction.length > scale) {
    throw new DecimalError(`'${text}' has more than ${scale} digits after the point`);
  }
  const magnitude = BigInt(whole + fraction.padEnd(scale, '0'));
  return sign ? -magnitude : magnitude;
}

/** Writes an integer at `scale` as a decimal string with exactly `scale` digits. */
export function formatDecimal(value: bigint, scale: number): string {
  if (scale === 0) return value.toString();
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const cut = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`;
}

/**
 * The one rounding helper: numerator / denominator, half to even.
 * @param denominator positive.
 */
export function divideRounded(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('the denominator must be positive');
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  const twice = (remainder < 0n ? -remainder : remainder) * 2n;
  const away = twice > denominator || (twice === denominator && quotient % 2n !== 0n);
  if (!away) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}
