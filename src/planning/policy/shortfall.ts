import { mixture, onLattice } from './demand.ts';
import type { Demand, DemandAhead, LeadTime } from './types.ts';

/**
 * Expected shortage E[(D - y)+] as a function of y, and its integral, both exact for a lattice:
 * the function is straight between lattice points.
 */
export interface LossCurve {
  readonly mean: number;
  at(level: number): number;
  /** Integral from 0 to the level (negative below 0). */
  integral(level: number): number;
}

/** The loss curve of a demand (Zipkin 2000, section C.2.2: first-order loss of a lattice). */
export function lossCurve({ probabilities, step, mean }: Demand): LossCurve {
  const length = probabilities.length;
  const loss = new Float64Array(length);
  const area = new Float64Array(length);
  loss[0] = mean;
  let beyond = 1;
  for (let k = 1; k < length; k += 1) {
    beyond -= probabilities[k - 1]!;
    loss[k] = Math.max(0, loss[k - 1]! - step * Math.max(0, beyond));
    area[k] = area[k - 1]! + 0.5 * step * (loss[k - 1]! + loss[k]!);
  }
  loss[length - 1] = length === 1 ? mean : 0;
  const end = (length - 1) * step;
  const at = (level: number) => {
    if (level <= 0) return mean - level;
    if (level >= end) return 0;
    const place = level / step;
    const below = Math.floor(place);
    return loss[below]! + (place - below) * (loss[below + 1]! - loss[below]!);
  };
  return {
    mean,
    at,
    integral(level) {
      if (level <= 0) return mean * level - 0.5 * level * level;
      if (level >= end) return area[length - 1]!;
      const below = Math.floor(level / step);
      return area[below]! + 0.5 * (level - below * step) * (loss[below]! + at(level));
    },
  };
}

/** P(D <= k * step) for every k. */
export function cumulative(probabilities: Float64Array): Float64Array {
  const result = new Float64Array(probabilities.length);
  let sum = 0;
  for (let k = 0; k < result.length; k += 1) {
    sum += probabilities[k]!;
    result[k] = Math.min(1, sum);
  }
  return result;
}

/** Demand of the intervals that decide how well a policy serves, on one lattice. */
export interface Protection {
  readonly step: number;
  readonly reviewDays: number;
  readonly review: Demand;
  readonly lead: Demand;
  readonly whole: Demand;
  /** Losses after the lead time, after one day more, half the review period, all of it. */
  readonly lossLead: LossCurve;
  readonly lossFirstDay: LossCurve;
  readonly lossMiddle: LossCurve;
  readonly lossWhole: LossCurve;
  /** Demand of a review period on its own, finer lattice. */
  readonly reviewFine: Demand;
}

/**
 * The demand of the lead time, of the review period, and of both together, with the lead time's
 * spread. An order that is placed now protects until the next one can arrive: lead time and
 * review period later.
 */
export function protectionOf(
  demand: DemandAhead,
  leadTime: LeadTime,
  reviewDays: number,
): Protection {
  const { days, weights } = leadTime;
  const over = (extra: number) =>
    mixture(
      days.map((day) => demand.overDays(day + extra)),
      weights,
    );
  const whole = over(reviewDays);
  const { step } = whole;
  const lead = over(0);
  const leadOnLattice = lead.mean > 0 ? onLattice(lead, step) : { ...lead, step };
  const after = (extra: number) =>
    lossCurve(extra === reviewDays ? whole : onLattice(over(extra), step));
  const reviewFine = demand.overDays(reviewDays);
  return {
    step,
    reviewDays,
    review: onLattice(reviewFine, step),
    reviewFine,
    lead: leadOnLattice,
    whole,
    lossLead: lossCurve(leadOnLattice),
    lossFirstDay: after(1),
    lossMiddle: after(Math.ceil((reviewDays + 1) / 2)),
    lossWhole: after(reviewDays),
  };
}

/**
 * Where the inventory position lies after a review, relative to the reorder point, in the long
 * run. Independent of the reorder point itself.
 */
export interface PositionLaw {
  /** Average of a curve over the position, the reorder point being `reorderPoint`. */
  average(curve: LossCurve, reorderPoint: number): number;
  /** Mean of the position above the reorder point. */
  readonly meanAbove: number;
  /** Probability that a review orders. */
  readonly orderChance: number;
  /** Probabilities of being 0, 1, 2, ... steps below the reorder point when an order is placed. */
  readonly undershoot: Float64Array;
}

/**
 * Under (r, nQ) with whole-unit demand the position after a review is uniform on r + 1 .. r + Q
 * (Hadley & Whitin 1963, section 5-3); exact for independent demand of each review. Base stock
 * with packs of Q is the same rule with r = S - Q.
 */
export function uniformLaw(
  protection: Protection,
  quantity: number,
  granularity: number,
): PositionLaw {
  const { review, reviewFine, step } = protection;
  const cdf = cumulative(review.probabilities);
  const at = (k: number) => (k < 0 ? 0 : cdf[Math.min(cdf.length - 1, k)]!);
  const steps = Math.max(1, Math.round(quantity / step));
  const undershoot = new Float64Array(cdf.length);
  let total = 0;
  for (let u = 0; u < undershoot.length; u += 1) {
    undershoot[u] = Math.max(0, at(u + steps) - at(u));
    total += undershoot[u]!;
  }
  const ordered = reviewFine.probabilities.reduce(
    (sum, chance, k) => sum + Math.min(k * reviewFine.step, quantity) * chance,
    0,
  );
  if (total > 0) for (let u = 0; u < undershoot.length; u += 1) undershoot[u]! /= total;
  else undershoot[0] = 1;
  return {
    // The sum over r + g .. r + Q from the integral of a function that is straight between.
    average: (curve, reorderPoint) => {
      const end = reorderPoint + quantity;
      const area = curve.integral(end) - curve.integral(reorderPoint);
      const edge = 0.5 * granularity * (curve.at(end) - curve.at(reorderPoint));
      return (area + edge) / quantity;
    },
    meanAbove: 0.5 * (quantity + granularity),
    orderChance: Math.min(1, ordered / quantity),
    undershoot,
  };
}

/**
 * Renewal function of a demand: entry j is the expected number of reviews that end with j steps
 * used since the position was lifted (Zheng & Federgruen 1991, equation 3). Demand that is
 * certainly 0 has none.
 */
export function renewals(probabilities: Float64Array, length: number): Float64Array {
  const result = new Float64Array(length);
  const some = 1 - probabilities[0]!;
  if (!(some > 0)) return result;
  result[0] = 1 / some;
  for (let j = 1; j < length; j += 1) {
    let sum = 0;
    const most = Math.min(j, probabilities.length - 1);
    for (let k = 1; k <= most; k += 1) sum += probabilities[k]! * result[j - k]!;
    result[j] = sum / some;
  }
  return result;
}

/** Overshoots over S that rounding up to packs gives, at most this many of them looked at. */
const OVERSHOOTS_MAX = 8;

/**
 * Under (s, S) the position after a review is S - j with probability proportional to the renewal
 * function at j (exact); rounding up to packs lifts S by 0 .. pack - 1, taken as equally likely.
 * `gap` is S - s.
 */
export function renewalLaw(protection: Protection, gap: number, pack: number): PositionLaw {
  const { review, step } = protection;
  const count = Math.max(1, Math.min(OVERSHOOTS_MAX, Math.round(pack / step)));
  const overshoots = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round(((i + 0.5) * pack) / count / step - 0.5),
  );
  const base = Math.max(1, Math.round(gap / step));
  const visits = renewals(review.probabilities, base + Math.max(...overshoots));
  const weightOf = new Float64Array(base + Math.max(...overshoots) + 1);
  let cycles = 0;
  for (const over of overshoots) {
    for (let j = 0; j < base + over; j += 1) weightOf[base + over - j]! += visits[j]!;
  }
  for (const weight of weightOf) cycles += weight;
  let meanAbove = 0;
  for (let o = 1; o < weightOf.length; o += 1) {
    weightOf[o] = weightOf[o]! / cycles;
    meanAbove += o * step * weightOf[o]!;
  }
  const undershoot = undershootOf(weightOf, review.probabilities);
  return {
    average: (curve, reorderPoint) => {
      let sum = 0;
      for (let o = 1; o < weightOf.length; o += 1) {
        sum += weightOf[o]! * curve.at(reorderPoint + o * step);
      }
      return sum;
    },
    meanAbove,
    orderChance: Math.min(1, overshoots.length / cycles),
    undershoot,
  };
}

function undershootOf(weightOf: Float64Array, probabilities: Float64Array): Float64Array {
  const result = new Float64Array(probabilities.length);
  let total = 0;
  for (let o = 1; o < weightOf.length; o += 1) {
    for (let d = o; d < probabilities.length; d += 1) {
      const weight = weightOf[o]! * probabilities[d]!;
      result[d - o]! += weight;
      total += weight;
    }
  }
  if (total > 0) for (let u = 0; u < result.length; u += 1) result[u]! /= total;
  else result[0] = 1;
  return result;
}

/** How well a reorder point serves and what it holds, in the long run. */
export interface Performance {
  readonly fillRate: number;
  readonly cycleService: number;
  readonly onHand: number;
  readonly backorders: number;
  /** Units short in a review period. */
  readonly shortPerReview: number;
  /** Expected net stock before an order arrives. */
  readonly safetyStock: number;
}

/**
 * Share of units served at once: what is short in a review period is the rise of expected
 * backorders from its start to its end (Silver, Pyke & Thomas 2017, section 6.10, without their
 * neglect of backorders at the start, as Johnson et al. 1995 show it matters).
 */
export function fillRateAt(protection: Protection, law: PositionLaw, reorderPoint: number): number {
  const { lossLead, lossWhole } = protection;
  const asked = lossWhole.mean - lossLead.mean;
  if (!(asked > 0)) return 1;
  const short = law.average(lossWhole, reorderPoint) - law.average(lossLead, reorderPoint);
  return Math.min(1, Math.max(0, 1 - short / asked));
}

/** P(no shortage before the order arrives): demand of the lead time against what is left. */
export function cycleServiceAt(
  protection: Protection,
  law: PositionLaw,
  reorderPoint: number,
): number {
  const { lead, step } = protection;
  const cdf = cumulative(lead.probabilities);
  let served = 0;
  for (let u = 0; u < law.undershoot.length; u += 1) {
    const k = Math.floor(reorderPoint / step + 1e-9) - u;
    if (k < 0) break;
    served += law.undershoot[u]! * cdf[Math.min(k, cdf.length - 1)]!;
  }
  return Math.min(1, served);
}

/** Everything `stockTarget` says of a reorder point. */
export function performanceAt(
  protection: Protection,
  law: PositionLaw,
  reorderPoint: number,
): Performance {
  const { lossLead, lossFirstDay, lossMiddle, lossWhole, lead, step } = protection;
  const position = reorderPoint + law.meanAbove;
  const backorders = (curve: LossCurve) => law.average(curve, reorderPoint);
  // Over the days of a review period by Simpson's rule; one day is its own average.
  const overDays = (figure: (curve: LossCurve) => number) =>
    (figure(lossFirstDay) + 4 * figure(lossMiddle) + figure(lossWhole)) / 6;
  const under = law.undershoot.reduce((sum, chance, u) => sum + u * step * chance, 0);
  return {
    fillRate: fillRateAt(protection, law, reorderPoint),
    cycleService: cycleServiceAt(protection, law, reorderPoint),
    onHand: Math.max(
      0,
      overDays((curve) => position - curve.mean + backorders(curve)),
    ),
    backorders: overDays(backorders),
    shortPerReview: Math.max(0, backorders(lossWhole) - backorders(lossLead)),
    safetyStock: reorderPoint - under - lead.mean,
  };
}
