/**
 * Exact ratios: how many base units a pack holds. A case of 12 is 12, a bag of 750 g of an item
 * kept in kg is 3/4, and a third of a set is 1/3; none of them is ever a float.
 */
export interface Rational {
  /** Positive. */
  readonly numerator: bigint;
  /** Positive, and with no factor in common with the numerator. */
  readonly denominator: bigint;
}

/** A conversion that leaves a remainder: nobody may round stock. */
export class UnevenConversionError extends Error {}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller > 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** The ratio in lowest terms. @throws RangeError unless both parts are positive. */
export function rational(numerator: bigint, denominator: bigint): Rational {
  if (numerator <= 0n || denominator <= 0n) throw new RangeError('a ratio must be positive');
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** `12`, `0.75` or `3/4`; short enough for both parts to fit a bigint column. */
export const RATIONAL_FORM = /^(?:\d{1,12}(?:\.\d{1,6})?|\d{1,12}\/\d{1,12})$/;

/** Reads text of {@link RATIONAL_FORM}. @throws RangeError when it is zero. */
export function parseRational(text: string): Rational {
  const [numerator = '', denominator] = text.split('/');
  if (denominator !== undefined) return rational(BigInt(numerator), BigInt(denominator));
  const [whole = '', fraction = ''] = numerator.split('.');
  return rational(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
}

/** Writes `12` or `3/4`. */
export function formatRational({ numerator, denominator }: Rational): string {
  return denominator === 1n ? `${numerator}` : `${numerator}/${denominator}`;
}

/** Negative, zero or positive as `a` is less than, equal to or more than `b`. */
export function compareRational(a: Rational, b: Rational): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/**
 * Base units in a number of packs.
 * @param packs integer at `packsScale` digits after the point (2.5 cases: 25n at scale 1).
 * @param baseUnits what one pack holds.
 * @param itemScale the item's quantity scale; the result is an integer at it.
 * @throws UnevenConversionError when the result has digits that the scale cannot hold.
 */
export function convertToBase(
  packs: bigint,
  packsScale: number,
  baseUnits: Rational,
  itemScale: number,
): bigint {
  const numerator = packs * baseUnits.numerator * 10n ** BigInt(itemScale);
  const denominator = baseUnits.denominator * 10n ** BigInt(packsScale);
  if (numerator % denominator !== 0n) {
    throw new UnevenConversionError(
      `${formatRational(baseUnits)} base units a pack do not come out even at scale ${itemScale}`,
    );
  }
  return numerator / denominator;
}
