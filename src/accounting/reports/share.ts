/**
 * Shares `amount` by `weights` so that the parts add up to it exactly: each part is its exact
 * share cut down to whole units, and what is left over goes, a unit each, to the largest
 * remainders, of equal ones the first (the method of largest remainder, after Hamilton).
 *
 * Weights that add up to zero or less say nothing about shares (by occurred time units can leave
 * before they arrive): then everything goes to the largest weight.
 * @returns one part for each weight; empty without weights.
 */
export function shareByWeight(amount: bigint, weights: readonly bigint[]): bigint[] {
  if (weights.length === 0) return [];
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  if (total <= 0n) {
    const largest = weights.reduce((best, weight, i) => (weight > weights[best]! ? i : best), 0);
    return weights.map((_, i) => (i === largest ? amount : 0n));
  }
  const cuts = weights.map((weight, index) => cut(amount * weight, total, index));
  const shared = cuts.reduce((sum, { whole }) => sum + whole, 0n);
  const parts = cuts.map(({ whole }) => whole);
  const byRemainder = [...cuts].sort((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  );
  // As each remainder is below the total, fewer units are left over than there are weights.
  for (const { index } of byRemainder.slice(0, Number(amount - shared))) {
    parts[index] = parts[index]! + 1n;
  }
  return parts;
}

/** Floor division, so that every remainder is zero or more. */
function cut(
  numerator: bigint,
  denominator: bigint,
  index: number,
): { whole: bigint; remainder: bigint; index: number } {
  let whole = numerator / denominator;
  if (numerator < 0n && whole * denominator !== numerator) whole -= 1n;
  return { whole, remainder: numerator - whole * denominator, index };
}
