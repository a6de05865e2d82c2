import type { EchelonTargets } from './echelons.ts';
import { coarseLeadTime, demandOverLeadTime, leadTimeOfWeights } from './lead-time.ts';
import {
  cumulative,
  lossCurve,
  type Performance,
  performanceAt,
  protectionOf,
  uniformLaw,
} from './shortfall.ts';
import { stockTarget } from './target.ts';
import type { Demand, LeadTime, StockTarget, StockTargetInput } from './types.ts';

/** How long a site that is refilled from a central one waits for it, beyond the way. */
export interface CentralWait {
  /** Share of what is asked for that is not there at once. */
  readonly share: number;
  /** Days that this share waits on average. */
  readonly days: number;
  /** The same over everything: share x days. */
  readonly meanDays: number;
}

/** The target of a central site, and what its regions have to reckon with. */
export interface CentralTarget {
  readonly target: StockTarget;
  readonly wait: CentralWait;
}

const NO_WAIT: CentralWait = { share: 0, days: 0, meanDays: 0 };

/** The lead time as one sees it who need not deliver for so many days. */
function sooner({ days, weights }: LeadTime, promised: number): LeadTime {
  const byDay = new Map<number, number>();
  days.forEach((day, i) => {
    const left = Math.max(0, day - promised);
    byDay.set(left, (byDay.get(left) ?? 0) + weights[i]!);
  });
  return leadTimeOfWeights(byDay);
}

/** How a central site that orders by these levels performs, with its true lead time. */
function performance(input: StockTargetInput, target: StockTarget) {
  const protection = protectionOf(input.demand, coarseLeadTime(input.leadTime), input.reviewDays);
  const quantity = Math.max(1, target.orderUpTo - target.reorderPoint);
  const law = uniformLaw(protection, quantity, Math.min(1, quantity));
  return (reorderPoint: number): Performance => performanceAt(protection, law, reorderPoint);
}

/**
 * The usual target with the reorder point at which no more is on backorder than under the
 * optimal base stock: lots of more than a unit lift the position above the reorder point, so
 * that it can be lower than the level by about half a lot.
 */
function atLevel(input: StockTargetInput, level: number): StockTarget {
  const usual = stockTarget(input);
  if (usual.policy === 'none') return usual;
  const at = performance(input, usual);
  const whole = demandOverLeadTime(
    input.demand,
    coarseLeadTime(input.leadTime),
    Math.ceil((input.reviewDays + 1) / 2),
  );
  const allowed = lossCurve(whole).at(level);
  const quantity = usual.orderUpTo - usual.reorderPoint;
  let [low, high] = [-1, Math.max(-1, Math.ceil(level))];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(middle).backorders <= allowed) high = middle;
    else low = middle + 1;
  }
  const { fillRate, cycleService, onHand, backorders, safetyStock } = at(high);
  return {
    ...usual,
    ...{ reorderPoint: high, orderUpTo: high + quantity, safetyStock, fillRate, cycleService },
    ...{ expectedOnHand: onHand, expectedBackorders: backorders },
    explanation: { ...usual.explanation, quantile: chanceWithin(whole, high) },
  };
}

function chanceWithin({ probabilities, step }: Demand, level: number): number {
  const within = cumulative(probabilities);
  const at = Math.floor(level / step + 1e-9);
  return at < 0 ? 0 : within[Math.min(within.length - 1, at)]!;
}

/** Who serves only after so many days knows so many days before what is asked for. */
function knownBefore(input: StockTargetInput, promised: number): StockTarget {
  const { leadTime, reviewDays } = input;
  const left = Math.max(0, promised - (leadTime.days.at(-1) ?? 0));
  const shorter = { leadTime: sooner(leadTime, promised) };
  const made = stockTarget({ ...input, ...shorter, reviewDays: Math.max(1, reviewDays - left) });
  const truth = { leadTimeMean: leadTime.mean, leadTimeDeviation: leadTime.deviation, reviewDays };
  return { ...made, explanation: { ...made.explanation, ...truth } };
}

/**
 * The stock target of a central site as its model wants it. Guaranteed service: its lead time is
 * shorter by the days that it promises (and, where it promises more than that, its review).
 * Serial model: the reorder point that has the same backorders as the model's optimal level.
 * `input` is the target's, with the demand of everything that is refilled from there.
 */
export function centralTarget(input: StockTargetInput, echelons: EchelonTargets): CentralTarget {
  const { central, method } = echelons;
  const target =
    method === 'serial_stochastic'
      ? atLevel(input, central.localLevel)
      : knownBefore(input, central.serviceDays);
  return { target, wait: waitAt(input, target) };
}

/**
 * What is waited for at a central site that orders by this target: units on backorder over units
 * asked for a day (Little's law, as in METRIC; Sherbrooke 1968), with its true lead time and its
 * lots. Nobody waits longer than for the longest lead time and a review.
 */
export function waitAt(input: StockTargetInput, target: StockTarget): CentralWait {
  const { demand, reviewDays } = input;
  if (target.policy === 'none' || !(demand.meanPerDay > 0)) return NO_WAIT;
  const { fillRate, backorders } = performance(input, target)(target.reorderPoint);
  const meanDays = backorders / demand.meanPerDay;
  const share = Math.min(1, 1 - fillRate);
  if (!(share > 1e-6) || !(meanDays > 0)) return NO_WAIT;
  const most = (input.leadTime.days.at(-1) ?? 0) + reviewDays;
  const days = Math.min(most, meanDays / share);
  return { share, days, meanDays: share * days };
}

/** A lead time with the wait at the central site before it; days stay whole. */
export function withWait(leadTime: LeadTime, { share, days }: CentralWait): LeadTime {
  if (!(share > 0) || !(days > 0)) return leadTime;
  const below = Math.floor(days);
  const above = days - below;
  const byDay = new Map<number, number>();
  const add = (day: number, weight: number) => {
    if (weight > 0) byDay.set(day, (byDay.get(day) ?? 0) + weight);
  };
  leadTime.days.forEach((day, i) => {
    const weight = leadTime.weights[i]!;
    add(day, weight * (1 - share));
    add(day + below, weight * share * (1 - above));
    add(day + below + 1, weight * share * above);
  });
  return leadTimeOfWeights(byDay);
}
