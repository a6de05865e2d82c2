import { UNIT_COST_EXTRA_DIGITS } from '../platform/money.ts';
import { divideRounded } from '../platform/quantity.ts';

/** Arithmetic of purchasing documents: exact integers, rounded once, half to even. */

const PRICE_FACTOR = 10n ** BigInt(UNIT_COST_EXTRA_DIGITS);
const BASIS_POINTS = 10_000n;

/** A price and what it is for. */
export interface Price {
  /** Minor units x 10^4 for one pack. */
  readonly unitPrice: bigint;
  /** Whole base units in one pack, as a fraction; 1/1 where the price is for a base unit. */
  readonly packNumerator: bigint;
  readonly packDenominator: bigint;
}

/**
 * Minor units that `quantity` costs.
 * @param quantity base units at `scale`.
 */
export function amountOf(price: Price, quantity: bigint, scale: number): bigint {
  return divideRounded(
    quantity * price.unitPrice * price.packDenominator,
    PRICE_FACTOR * 10n ** BigInt(scale) * price.packNumerator,
  );
}

/** The part of `total` that falls to `part` of `whole`; all of it when they are the same. */
export function shareOf(total: bigint, part: bigint, whole: bigint): bigint {
  return part === whole ? total : divideRounded(total * part, whole);
}

/**
 * Splits `total` by weights so that the parts add up exactly: every part is rounded towards zero,
 * and the units left over go to the largest remainders (Hamilton's method), the first of equals.
 * @param weights none negative.
 * @returns undefined when all weights are zero.
 */
export function allocate(total: bigint, weights: readonly bigint[]): bigint[] | undefined {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (whole <= 0n) return undefined;
  const size = total < 0n ? -total : total;
  const parts = weights.map((weight) => (size * weight) / whole);
  const order = weights
    .map((weight, index) => ({ index, remainder: (size * weight) % whole }))
    .sort((a, b) => {
      if (a.remainder !== b.remainder) return a.remainder > b.remainder ? -1 : 1;
      return a.index - b.index;
    });
  let left = size - parts.reduce((sum, part) => sum + part, 0n);
  for (const { index } of order) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return total < 0n ? parts.map((part) => -part) : parts;
}

/** A part of an amount in basis points (hundredths of a percent), half to even. */
export function basisPointsOf(amount: bigint, basisPoints: number): bigint {
  return divideRounded(amount * BigInt(basisPoints), BASIS_POINTS);
}

/** Whether `found` is as near to `expected` as the wider of the two tolerances allows. */
export function isWithin(
  expected: bigint,
  found: bigint,
  tolerance: { readonly basisPoints: number; readonly amount: bigint },
): boolean {
  const difference = found > expected ? found - expected : expected - found;
  const relative = difference * BASIS_POINTS <= expected * BigInt(tolerance.basisPoints);
  return relative || difference <= tolerance.amount;
}

/** The most that may be received of a line: what was ordered and the tolerance, rounded down. */
export function receiptLimit(ordered: bigint, overBasisPoints: number): bigint {
  return ordered + (ordered * BigInt(overBasisPoints)) / BASIS_POINTS;
}

/** Whether a line counts as received in full: all of it, or less by at most the tolerance. */
export function isReceivedInFull(
  ordered: bigint,
  received: bigint,
  underBasisPoints: number,
): boolean {
  return received * BASIS_POINTS >= ordered * (BASIS_POINTS - BigInt(underBasisPoints));
}
