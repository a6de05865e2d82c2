import { binomialPmf, negativeBinomialPmf, normalised, poissonPmf } from './numeric.ts';
import type { Demand, DemandAhead } from './types.ts';

/** Points of a lattice at most; wider distributions get a coarser step. */
const POINTS_MAX = 600;
/** Probability that may be cut off at the end of a lattice. */
const TAIL_MIN = 1e-13;

/** A distribution from probabilities of 0, 1, 2, ... steps; weights are made to sum to 1. */
export function demandOfPmf(probabilities: ArrayLike<number>, step = 1): Demand {
  const weights = Float64Array.from(probabilities, (value) => (value > 0 ? value : 0));
  let end = weights.length;
  let cut = 0;
  while (end > 1 && cut + weights[end - 1]! < TAIL_MIN) {
    end -= 1;
    cut += weights[end]!;
  }
  const kept = normalised(weights.slice(0, Math.max(1, end)));
  if (!kept.some((value) => value > 0)) kept[0] = 1;
  let [mean, square] = [0, 0];
  for (let k = 1; k < kept.length; k += 1) {
    mean += k * kept[k]!;
    square += k * k * kept[k]!;
  }
  return {
    step,
    probabilities: kept,
    mean: mean * step,
    variance: Math.max(0, square - mean * mean) * step * step,
  };
}

/** Demand that is always the same: a lattice of its own quantity. */
export function certainDemand(quantity: number): Demand {
  if (!(quantity > 0)) return demandOfPmf([1]);
  return demandOfPmf([0, 1], quantity);
}

/**
 * A distribution on 0, 1, 2, ... with this mean and variance (Adan, van Eenige & Resing, 1995):
 * negative binomial above the Poisson's variance, mixtures of two binomials below it. A variance
 * below the least that whole numbers can have becomes that least.
 */
function countsOfMoments(mean: number, variance: number): Float64Array {
  const floor = Math.floor(mean);
  const least = (mean - floor) * (floor + 1 - mean);
  const possible = Math.max(variance, least);
  const excess = possible / (mean * mean) - 1 / mean;
  if (excess > 1e-9) return negativeBinomialPmf(mean, possible);
  if (excess > -1e-9) return poissonPmf(mean);
  if (excess < -1 + 1e-9) return binomialPmf(1, mean);
  const trials = Math.max(1, Math.floor(-1 / excess + 1e-9));
  const root = Math.sqrt(Math.max(0, -excess * trials * (trials + 1) - trials));
  const share = Math.min(1, Math.max(0, (1 + excess * (1 + trials) + root) / (1 + excess)));
  const chance = Math.min(1, mean / (trials + 1 - share));
  const [fewer, more] = [binomialPmf(trials, chance), binomialPmf(trials + 1, chance)];
  return Float64Array.from(
    { length: Math.max(fewer.length, more.length) },
    (_, k) => share * (fewer[k] ?? 0) + (1 - share) * (more[k] ?? 0),
  );
}

/**
 * A distribution from its moments. `granularity` is the least quantity that can be asked for (1:
 * whole base units); a wide distribution is put on a coarser lattice with the same moments. A
 * mean that is not above 0 is no demand; a variance that is no number is taken as Poisson's.
 */
export function demandOfMoments(mean: number, variance: number, granularity = 1): Demand {
  if (!(mean > 0) || !Number.isFinite(mean)) return demandOfPmf([1], granularity);
  const spread = variance >= 0 && Number.isFinite(variance) ? variance : mean * granularity;
  if (spread === 0 && granularity === 1 && Number.isInteger(mean)) return certainDemand(mean);
  const reach = mean + 6 * Math.sqrt(spread) + (16 * spread) / mean;
  const step = Math.max(granularity, (granularity * Math.ceil(reach / granularity)) / POINTS_MAX);
  const whole = step > granularity ? granularity * Math.ceil(step / granularity) : granularity;
  return demandOfPmf(countsOfMoments(mean / whole, spread / (whole * whole)), whole);
}

/** Where a straight line between two quantiles, or the tail beyond the last, has passed. */
function cdfOfQuantiles(
  levels: readonly number[],
  values: readonly number[],
  tailMean: number,
): (x: number) => number {
  const last = levels.length - 1;
  return (x) => {
    if (x < 0) return 0;
    if (x >= values[last]!) {
      const left = 1 - levels[last]!;
      return tailMean > 0 ? 1 - left * Math.exp((values[last]! - x) / tailMean) : 1;
    }
    let [fromValue, fromLevel] = [0, 0];
    for (let index = 0; index <= last; index += 1) {
      const [value, level] = [values[index]!, levels[index]!];
      if (x < value) {
        return fromLevel + ((level - fromLevel) * (x - fromValue)) / (value - fromValue);
      }
      [fromValue, fromLevel] = [value, level];
    }
    return 1;
  };
}

/**
 * A distribution from quantiles: straight between them, an exponential tail beyond the last
 * whose mean fits `mean` where that is given and possible, else the slope of the last two.
 * Levels that do not ascend or values that fall are put right by running maxima.
 */
export function demandOfQuantiles(
  levels: readonly number[],
  values: ArrayLike<number>,
  mean?: number,
  granularity = 1,
): Demand {
  const kept: number[] = [];
  let highest = 0;
  const known = levels.filter((level, index) => {
    if (!(level > 0 && level < 1) || !Number.isFinite(values[index]!)) return false;
    highest = Math.max(highest, values[index]!);
    kept.push(highest);
    return true;
  });
  if (known.length < 2 || highest <= 0) return demandOfMoments(mean ?? 0, Number.NaN, granularity);
  const last = known.length - 1;
  let [within, fromValue, fromLevel] = [0, 0, 0];
  known.forEach((level, index) => {
    within += (level - fromLevel) * 0.5 * (kept[index]! + fromValue);
    [fromValue, fromLevel] = [kept[index]!, level];
  });
  const left = 1 - known[last]!;
  const [lower, upper] = [known[last - 1]!, known[last]!];
  const slope = (kept[last]! - kept[last - 1]!) / Math.log((1 - lower) / (1 - upper));
  const wanted = mean === undefined ? slope : (mean - within) / left - kept[last]!;
  const tailMean = Math.min(Math.max(wanted, 0.25 * slope), 4 * slope);
  const reach = kept[last]! + 18 * tailMean;
  const step = granularity * Math.max(1, Math.ceil(reach / granularity / POINTS_MAX));
  const cdf = cdfOfQuantiles(known, kept, tailMean);
  const points = new Float64Array(Math.ceil(reach / step) + 2);
  for (let k = 0; k < points.length; k += 1) {
    points[k] = cdf((k + 0.5) * step) - (k === 0 ? 0 : cdf((k - 0.5) * step));
  }
  return demandOfPmf(points, step);
}

/** The same distribution on another lattice: each point is split so that the mean stays. */
export function onLattice(demand: Demand, step: number): Demand {
  if (demand.step === step) return demand;
  const { probabilities } = demand;
  const points = new Float64Array(
    Math.ceil(((probabilities.length - 1) * demand.step) / step + 1e-9) + 2,
  );
  for (let k = 0; k < probabilities.length; k += 1) {
    const place = (k * demand.step) / step;
    const below = Math.floor(place + 1e-12);
    const above = Math.max(0, place - below);
    points[below] = points[below]! + probabilities[k]! * (1 - above);
    points[below + 1] = points[below + 1]! + probabilities[k]! * above;
  }
  return demandOfPmf(points, step);
}

/** One distribution from several with weights: a lead time of several possible lengths. */
export function mixture(demands: readonly Demand[], weights: readonly number[]): Demand {
  const step = demands.reduce(
    (most, { step, mean }) => (mean > 0 ? Math.max(most, step) : most),
    0,
  );
  if (step === 0) return demandOfPmf([1]);
  const parts = demands.map((demand) => (demand.mean > 0 ? onLattice(demand, step) : demand));
  const points = new Float64Array(Math.max(...parts.map((part) => part.probabilities.length)));
  parts.forEach(({ probabilities }, index) => {
    for (let k = 0; k < probabilities.length; k += 1) {
      points[k] = points[k]! + weights[index]! * probabilities[k]!;
    }
  });
  return demandOfPmf(points, step);
}

/** The distribution of a sum of two independent demands; coarser where it grows too long. */
export function convolve(first: Demand, second: Demand): Demand {
  if (first.mean === 0) return second;
  if (second.mean === 0) return first;
  const step = Math.max(first.step, second.step);
  const a = onLattice(first, step).probabilities;
  const b = onLattice(second, step).probabilities;
  const points = new Float64Array(a.length + b.length - 1);
  for (let i = 0; i < a.length; i += 1) {
    const weight = a[i]!;
    if (weight > 1e-18) for (let j = 0; j < b.length; j += 1) points[i + j]! += weight * b[j]!;
  }
  const sum = demandOfPmf(points, step);
  if (sum.probabilities.length <= POINTS_MAX) return sum;
  return onLattice(sum, step * Math.ceil(sum.probabilities.length / POINTS_MAX));
}

/** The smallest lattice quantity with P(D <= quantity) >= probability. */
export function quantileOf(demand: Demand, probability: number): number {
  let sum = 0;
  const { probabilities, step } = demand;
  for (let k = 0; k < probabilities.length; k += 1) {
    sum += probabilities[k]!;
    if (sum >= probability - 1e-12) return k * step;
  }
  return (probabilities.length - 1) * step;
}

/** Remembers what was asked: distributions of the same days are the same object. */
function remembered(meanPerDay: number, make: (days: number) => Demand): DemandAhead {
  const known = new Map<number, Demand>();
  return {
    meanPerDay,
    overDays(days) {
      const asked = days > 0 ? days : 0;
      let demand = known.get(asked);
      if (!demand) {
        demand = asked === 0 ? demandOfPmf([1]) : make(asked);
        known.set(asked, demand);
      }
      return demand;
    },
  };
}

/** Demand over any number of days from a day's mean and variance; days are independent. */
export function dailyDemand(
  meanPerDay: number,
  variancePerDay: number,
  granularity = 1,
): DemandAhead {
  const mean = meanPerDay > 0 && Number.isFinite(meanPerDay) ? meanPerDay : 0;
  return remembered(mean, (days) =>
    demandOfMoments(mean * days, variancePerDay * days, granularity),
  );
}

/**
 * The same with a weekday pattern: seven means and variances, the first of the first day that is
 * looked ahead. What is ahead later starts at another weekday, so levels are those of now.
 */
export function weekdayDemand(
  means: readonly number[],
  variances: readonly number[],
  granularity = 1,
): DemandAhead {
  const week = means.length;
  const sum = (values: readonly number[], days: number) => {
    let total = 0;
    for (let day = 0; day < days; day += 1) total += Math.max(0, values[day % week] ?? 0);
    return total;
  };
  return remembered(week > 0 ? sum(means, week) / week : 0, (days) =>
    demandOfMoments(sum(means, Math.ceil(days)), sum(variances, Math.ceil(days)), granularity),
  );
}

/** Demand whose days are independent draws of one distribution: exact by convolution. */
export function pmfDemand(day: Demand): DemandAhead {
  const powers: Demand[] = [demandOfPmf([1], day.step), day];
  return remembered(day.mean, (days) => {
    const whole = Math.ceil(days);
    for (let n = powers.length; n <= whole; n += 1) powers.push(convolve(powers[n - 1]!, day));
    return powers[whole]!;
  });
}

/**
 * From a forecast: daily means, and the variance of the cumulative error over the first d days
 * (which grows faster than d where errors of days go together). Days beyond the horizon are as
 * the horizon's average.
 */
export function forecastDemand(
  means: ArrayLike<number>,
  cumulativeVariance: (days: number) => number,
  granularity = 1,
): DemandAhead {
  const horizon = means.length;
  const upTo = new Float64Array(horizon + 1);
  for (let day = 0; day < horizon; day += 1) {
    upTo[day + 1] = upTo[day]! + (means[day]! > 0 ? means[day]! : 0);
  }
  const perDay = horizon > 0 ? upTo[horizon]! / horizon : 0;
  return remembered(perDay, (days) => {
    const whole = Math.ceil(days);
    const inside = Math.min(whole, horizon);
    const mean = upTo[inside]! + (whole - inside) * perDay;
    const variance = inside > 0 ? (cumulativeVariance(inside) * whole) / inside : Number.NaN;
    return demandOfMoments(mean, variance, granularity);
  });
}

/**
 * From quantiles of cumulative demand: row d - 1 holds those of the first d days together at
 * `levels`, `means[d - 1]` their mean. Beyond the last row mean and variance grow with the days.
 */
export function cumulativeDemand(
  levels: readonly number[],
  rows: readonly ArrayLike<number>[],
  means: ArrayLike<number>,
  granularity = 1,
): DemandAhead {
  const horizon = rows.length;
  const perDay = horizon > 0 ? Math.max(0, means[horizon - 1]!) / horizon : 0;
  const ofRow = (days: number) =>
    demandOfQuantiles(levels, rows[days - 1]!, means[days - 1], granularity);
  return remembered(perDay, (days) => {
    const whole = Math.ceil(days);
    if (horizon === 0) return demandOfPmf([1]);
    if (whole <= horizon) return ofRow(whole);
    const last = ofRow(horizon);
    const factor = whole / horizon;
    return demandOfMoments(last.mean * factor, last.variance * factor, granularity);
  });
}

/** One distribution that already is the demand of `days` days; other spans by moments. */
export function fixedDemand(demand: Demand, days: number, granularity = 1): DemandAhead {
  return remembered(demand.mean / days, (asked) => {
    if (asked === days) return demand;
    const factor = asked / days;
    return demandOfMoments(demand.mean * factor, demand.variance * factor, granularity);
  });
}
