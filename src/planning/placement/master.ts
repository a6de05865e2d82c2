import type { Evaluation } from './bound.ts';
import type { LinearProgram, SolveLinear } from './highs.ts';

/** What the master found: how much of which plan each family follows, and prices of the rows. */
export interface Mixture {
  readonly cost: number;
  /** [round * families + family], each family's shares sum to one. */
  readonly shares: Float64Array;
  readonly prices: Float64Array;
}

/**
 * The master of the decomposition of Dantzig and Wolfe (1960): of the plans that each family had
 * at the prices tried so far, the cheapest mixture that keeps the shared limits. A mixture of
 * plans is a plan, so it is a solution of the whole; its prices are what to try next.
 * @param overflow the price of each row's excess; Infinity where it must not be exceeded.
 */
export function mixPlans(
  rounds: readonly Evaluation[],
  limits: Float64Array,
  overflow: Float64Array,
  solve: SolveLinear,
): Mixture {
  const families = rounds[0]!.costs.length;
  const solution = solve(programOf(rounds, limits, overflow));
  const shares = solution.values.slice(0, rounds.length * families);
  // The dual of an upper limit of a minimisation is not positive: the price is its opposite.
  const prices = solution.rowDual
    .slice(families)
    .map((dual, row) => Math.min(overflow[row]!, Math.max(0, -dual)));
  return { cost: solution.cost, shares, prices };
}

function programOf(
  rounds: readonly Evaluation[],
  limits: Float64Array,
  overflow: Float64Array,
): LinearProgram {
  const families = rounds[0]!.costs.length;
  const rows = limits.length;
  const costs: number[] = [];
  const starts: number[] = [0];
  const indices: number[] = [];
  const factors: number[] = [];
  for (const round of rounds) {
    for (let family = 0; family < families; family += 1) {
      costs.push(round.costs[family]!);
      indices.push(family);
      factors.push(1);
      for (let row = 0; row < rows; row += 1) {
        const used = round.usage[family * rows + row]!;
        if (used === 0) continue;
        indices.push(families + row);
        factors.push(used);
      }
      starts.push(indices.length);
    }
  }
  for (let row = 0; row < rows; row += 1) {
    if (overflow[row] === Number.POSITIVE_INFINITY) continue;
    costs.push(overflow[row]!);
    indices.push(families + row);
    factors.push(-1);
    starts.push(indices.length);
  }
  const rowLower = new Float64Array(families + rows).fill(Number.NEGATIVE_INFINITY);
  const rowUpper = new Float64Array(families + rows);
  rowLower.fill(1, 0, families);
  rowUpper.fill(1, 0, families);
  rowUpper.set(limits, families);
  return {
    costs: Float64Array.from(costs),
    rowLower,
    rowUpper,
    starts: Int32Array.from(starts),
    indices: Int32Array.from(indices),
    factors: Float64Array.from(factors),
  };
}
