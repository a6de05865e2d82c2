/**
 * The place where a function of one variable is smallest between two bounds: a grid finds the
 * valley (there may be several), the golden section its bottom, to within `tolerance`.
 * Source: Kiefer (1953), Sequential minimax search for a maximum.
 */
export function minimiseOne(
  cost: (x: number) => number,
  low: number,
  high: number,
  grid: number,
  tolerance: number,
): number {
  const step = (high - low) / (grid - 1);
  let best = low;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let i = 0; i < grid; i += 1) {
    const x = i === grid - 1 ? high : low + i * step;
    const value = cost(x);
    if (value < bestCost) [best, bestCost] = [x, value];
  }
  const share = (Math.sqrt(5) - 1) / 2;
  let from = Math.max(low, best - step);
  let to = Math.min(high, best + step);
  let left = to - share * (to - from);
  let right = from + share * (to - from);
  let leftCost = cost(left);
  let rightCost = cost(right);
  while (to - from > tolerance) {
    if (leftCost <= rightCost) {
      to = right;
      right = left;
      rightCost = leftCost;
      left = to - share * (to - from);
      leftCost = cost(left);
    } else {
      from = left;
      left = right;
      leftCost = rightCost;
      right = from + share * (to - from);
      rightCost = cost(right);
    }
  }
  const [inner, innerCost] = leftCost <= rightCost ? [left, leftCost] : [right, rightCost];
  return innerCost < bestCost ? inner : best;
}
