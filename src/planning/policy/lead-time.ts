import type { Random } from '../random.ts';
import { demandOfPmf, mixture } from './demand.ts';
import type { Demand, DemandAhead, LeadTime } from './types.ts';

/** Lead times longer than this are taken as this: something else is wrong with them. */
const DAYS_MAX = 730;
/** Points of a lead time that a stock target reckons with; more are put together. */
const POINTS_MAX = 12;

/** Makes a lead time of weights per day; days without weight are left out. */
export function leadTimeOfWeights(weightOfDay: ReadonlyMap<number, number>): LeadTime {
  const entries = [...weightOfDay].filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  const days = entries.map(([day]) => day);
  const weights = entries.map(([, weight]) => weight / total);
  const mean = days.reduce((sum, day, index) => sum + day * weights[index]!, 0);
  const variance = days.reduce((sum, day, i) => sum + (day - mean) ** 2 * weights[i]!, 0);
  return { days, weights, mean, deviation: Math.sqrt(variance) };
}

/** A lead time that is always the same; whole days, rounded up. */
export function fixedLeadTime(days: number): LeadTime {
  const whole = Number.isFinite(days) && days > 0 ? Math.min(DAYS_MAX, Math.ceil(days)) : 0;
  return leadTimeOfWeights(new Map([[whole, 1]]));
}

/** How a lead time is learnt from receipts. */
export interface LeadTimeOptions {
  /** How many receipts the supplier's stated lead time weighs as; 3 unless said. */
  readonly priorWeight?: number;
  /** After how many further receipts an observation weighs half; none: all weigh the same. */
  readonly halfLife?: number;
}

/**
 * The lead-time distribution from observed lead times in days (newest last) and the stated one.
 * Bayesian rule (a Dirichlet prior, as Ferguson 1973): the stated lead time, spread over 75 % to
 * 150 % of itself, counts as `priorWeight` receipts, so that a supplier who was never seen is
 * believed with doubt and one with 50 receipts is judged by them alone. Each observation is
 * spread over its neighbours (a triangle of a width that shrinks with the number of
 * observations, Silverman 1986), so that five receipts are not five spikes. Observations that are
 * no numbers or below 0 are left out; without anything known it is 7 days.
 */
export function leadTimeOf(
  observed: ArrayLike<number>,
  statedDays: number | null,
  options: LeadTimeOptions = {},
): LeadTime {
  const { priorWeight = 3, halfLife } = options;
  const known = Array.from(observed).filter((days) => days >= 0 && Number.isFinite(days));
  const stated = statedDays !== null && statedDays >= 0 ? Math.min(statedDays, DAYS_MAX) : null;
  const result = new Map<number, number>();
  const add = (day: number, weight: number) => {
    const whole = Math.min(DAYS_MAX, Math.max(0, Math.round(day)));
    result.set(whole, (result.get(whole) ?? 0) + weight);
  };
  if (stated !== null && priorWeight > 0) {
    const shares = [0.1, 0.2, 0.4, 0.2, 0.1];
    [0.75, 0.9, 1, 1.2, 1.5].forEach((factor, index) => {
      add(stated * factor, priorWeight * shares[index]!);
    });
  }
  const mean = known.reduce((sum, days) => sum + days, 0) / known.length;
  const variance = known.reduce((sum, days) => sum + (days - mean) ** 2, 0) / known.length;
  const width = Math.round(Math.sqrt(variance) * known.length ** -0.2);
  known.forEach((days, index) => {
    const weight = halfLife ? 0.5 ** ((known.length - 1 - index) / halfLife) : 1;
    const area = (width + 1) ** 2;
    for (let away = -width; away <= width; away += 1) {
      add(Math.max(0, days + away), (weight * (width + 1 - Math.abs(away))) / area);
    }
  });
  if (result.size === 0) return fixedLeadTime(7);
  return leadTimeOfWeights(result);
}

/**
 * The same lead time in at most twelve points of about the same weight with the same mean (days
 * may be fractions): what a stock target reckons with.
 */
export function coarseLeadTime(leadTime: LeadTime): LeadTime {
  if (leadTime.days.length <= POINTS_MAX) return leadTime;
  const points = new Map<number, number>();
  let [weight, moment] = [0, 0];
  leadTime.days.forEach((day, index) => {
    weight += leadTime.weights[index]!;
    moment += day * leadTime.weights[index]!;
    const isLast = index === leadTime.days.length - 1;
    if (weight >= 1 / POINTS_MAX - 1e-12 || isLast) {
      const centre = moment / weight;
      // A centre between two days is split over both, so that the mean stays and days are whole.
      const below = Math.floor(centre + 1e-9);
      const above = Math.max(0, centre - below);
      points.set(below, (points.get(below) ?? 0) + weight * (1 - above));
      if (above > 1e-9) points.set(below + 1, (points.get(below + 1) ?? 0) + weight * above);
      [weight, moment] = [0, 0];
    }
  });
  return leadTimeOfWeights(points);
}

/** Demand over a random lead time and `extraDays` after it: the mixture over its days. */
export function demandOverLeadTime(demand: DemandAhead, leadTime: LeadTime, extraDays = 0): Demand {
  return mixture(
    leadTime.days.map((days) => demand.overDays(days + extraDays)),
    leadTime.weights,
  );
}

/**
 * The same by simulation from the days of history as they were (which keeps weekdays and runs
 * together): draws a lead time and a stretch of that many days, `runs` times.
 */
export function simulateLeadTimeDemand(
  history: ArrayLike<number>,
  leadTime: LeadTime,
  extraDays: number,
  random: Random,
  runs = 10_000,
): Demand {
  const upTo = new Float64Array(history.length + 1);
  for (let day = 0; day < history.length; day += 1) {
    upTo[day + 1] = upTo[day]! + (history[day]! > 0 ? history[day]! : 0);
  }
  const total = upTo[history.length]!;
  const sums = new Float64Array(runs);
  for (let run = 0; run < runs; run += 1) {
    const days = drawLeadTime(leadTime, random) + extraDays;
    const rounds = history.length > 0 ? Math.floor(days / history.length) : 0;
    const rest = history.length > 0 ? days % history.length : 0;
    const start = random.integer(0, Math.max(0, history.length - 1));
    const end = start + rest;
    const stretch =
      end <= history.length
        ? upTo[end]! - upTo[start]!
        : total - upTo[start]! + upTo[end - history.length]!;
    sums[run] = rounds * total + stretch;
  }
  const most = sums.reduce((a, b) => Math.max(a, b), 0);
  const step = Math.max(1, Math.ceil(most / 600));
  const points = new Float64Array(Math.ceil(most / step) + 1);
  for (const sum of sums) points[Math.round(sum / step)]! += 1 / runs;
  return demandOfPmf(points, step);
}

/** Draws a lead time in days. */
export function drawLeadTime(leadTime: LeadTime, random: Random): number {
  let left = random.next();
  for (let index = 0; index < leadTime.days.length; index += 1) {
    left -= leadTime.weights[index]!;
    if (left < 0) return leadTime.days[index]!;
  }
  return leadTime.days[leadTime.days.length - 1] ?? 0;
}
