import { requirePositive } from './eoq.ts';
import { lossCurve, renewals } from './shortfall.ts';
import type { Demand } from './types.ts';

/** An (s, S) policy: at or below `reorderPoint`, order up to `orderUpTo`; cost per review. */
export interface ReorderUpTo {
  readonly reorderPoint: number;
  readonly orderUpTo: number;
  readonly cost: number;
}

/**
 * The optimal (s, S) policy for any demand on a lattice (Zheng & Federgruen, Operations Research
 * 39(4), 1991): exact, in about (S - s)^2 steps. Levels are multiples of the lattice's step.
 * `perReview` is demand between reviews; `untilArrival` the demand of lead time and review
 * together (the same where the lead time is 0), on which holding and penalty are charged.
 * @throws RangeError unless all costs and the mean of the demand are above 0.
 */
export function optimalReorderUpTo(
  fixedCost: number,
  holdingCost: number,
  penalty: number,
  perReview: Demand,
  untilArrival: Demand = perReview,
): ReorderUpTo {
  requirePositive({ fixedCost, holdingCost, penalty, 'mean demand': perReview.mean });
  const { step } = perReview;
  const loss = lossCurve(untilArrival);
  const expected = (k: number) => {
    const short = loss.at(k * step);
    return holdingCost * (k * step - untilArrival.mean + short) + penalty * short;
  };
  let length = 64;
  let visits = renewals(perReview.probabilities, length);
  /** Long-run cost per review of (s, S), both in steps. */
  const costOf = (s: number, S: number) => {
    while (S - s > length) {
      length *= 2;
      visits = renewals(perReview.probabilities, length);
    }
    let [cost, cycle] = [fixedCost, 0];
    for (let j = 0; j < S - s; j += 1) {
      cost += visits[j]! * expected(S - j);
      cycle += visits[j]!;
    }
    return cost / cycle;
  };
  let bottom = Math.floor(untilArrival.mean / step);
  while (expected(bottom + 1) < expected(bottom)) bottom += 1;
  while (expected(bottom - 1) < expected(bottom)) bottom -= 1;
  let [s, S] = [bottom - 1, bottom];
  while (costOf(s, S) > expected(s)) s -= 1;
  let best = costOf(s, S);
  for (let level = bottom + 1; expected(level) <= best; level += 1) {
    if (costOf(s, level) >= best) continue;
    S = level;
    while (costOf(s, S) <= expected(s + 1)) s += 1;
    best = costOf(s, S);
  }
  return { reorderPoint: s * step, orderUpTo: S * step, cost: best };
}

/**
 * The same by trying every pair of levels in a range: the baseline of the benchmark and the
 * judge of the tests. Levels are in steps.
 */
export function reorderUpToByTrial(
  fixedCost: number,
  holdingCost: number,
  penalty: number,
  demand: Demand,
  from: number,
  to: number,
): ReorderUpTo {
  const loss = lossCurve(demand);
  const visits = renewals(demand.probabilities, to - from + 1);
  let best = { reorderPoint: from, orderUpTo: from + 1, cost: Number.POSITIVE_INFINITY };
  for (let s = from; s < to; s += 1) {
    for (let S = s + 1; S <= to; S += 1) {
      let [cost, cycle] = [fixedCost, 0];
      for (let j = 0; j < S - s; j += 1) {
        const short = loss.at((S - j) * demand.step);
        const held = (S - j) * demand.step - demand.mean + short;
        cost += visits[j]! * (holdingCost * held + penalty * short);
        cycle += visits[j]!;
      }
      if (cost / cycle < best.cost) {
        best = { reorderPoint: s * demand.step, orderUpTo: S * demand.step, cost: cost / cycle };
      }
    }
  }
  return best;
}
