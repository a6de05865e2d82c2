import { fitCounts, quantileOf } from '../intermittent/index.ts';
import { normalQuantile } from '../intermittent/special.ts';
import { normalCdf } from '../policy/numeric.ts';
import { phaseQuantiles, phaseSums, phasesOf, ratio, weightedMean, weightsOf } from './phases.ts';
import { levelsOf, type Shape } from './shape.ts';

/** Mean and quantiles of each period ahead, by one of the cheap methods. */
export interface Predictive {
  readonly mean: Float64Array;
  /** One array a level, in the order of the levels asked for. */
  readonly quantiles: readonly Float64Array[];
}

/** A cheap method that gives a distribution straight from the history. */
export interface Part {
  readonly id: string;
  predict(shape: Shape, horizon: number, levels: readonly number[]): Predictive;
}

/** How fast the past is forgotten, as half-lives in periods. */
interface Memory {
  readonly short: number;
  readonly long: number;
}

/** About half a year and ten weeks for days, 16 and 6 periods for longer ones. */
function memoryOf(phases: number): Memory {
  return phases === 7 ? { short: 70, long: 180 } : { short: 6, long: 16 };
}

/** How fast the present level follows demand: about three weeks of days, five of longer periods. */
const LEVEL_ALPHA_DAYS = 0.08;
const LEVEL_ALPHA = 0.25;

/** Repeats the answer for each phase over the horizon; closed phases are zero. */
function byPhase(
  shape: Shape,
  horizon: number,
  levels: readonly number[],
  answer: (phase: number) => { mean: number; quantiles: Float64Array },
): Predictive {
  const mean = new Float64Array(horizon);
  const quantiles = levels.map(() => new Float64Array(horizon));
  for (let ahead = 0; ahead < Math.min(shape.season, horizon); ahead += 1) {
    const phase = (shape.values.length + ahead) % shape.season;
    if (shape.closed[phase]) continue;
    const { mean: expected, quantiles: row } = answer(phase);
    for (let h = ahead; h < horizon; h += shape.season) {
      mean[h] = expected;
      for (let i = 0; i < levels.length; i += 1) quantiles[i]![h] = row[i]!;
    }
  }
  return { mean, quantiles };
}

/** Shares of periods without demand by phase; they are asked for by several methods of a series. */
const zerosByShape = new WeakMap<Shape, Float64Array>();

function zerosOf(shape: Shape): Float64Array {
  const known = zerosByShape.get(shape);
  if (known) return known;
  const { values, season } = shape;
  const base = weightsOf(values.length, memoryOf(season).short);
  const totals = phaseSums(shape, base, null);
  const isZero = new Float64Array(values.length);
  for (let t = 0; t < values.length; t += 1) if (!(values[t]! > 0)) isZero[t] = 1;
  const shares = phaseSums(shape, base, isZero);
  for (let phase = 0; phase < season; phase += 1) {
    shares[phase] = shape.closed[phase] ? 1 : ratio(shares[phase]!, totals[phase]!);
  }
  zerosByShape.set(shape, shares);
  return shares;
}

/** Share of periods without demand among those like each of the next, the newer counting more. */
export function zeroShares(shape: Shape, horizon: number): Float64Array {
  const shares = zerosOf(shape);
  const row = new Float64Array(horizon);
  for (let h = 0; h < horizon; h += 1) row[h] = shares[(shape.values.length + h) % shape.season]!;
  return row;
}

/**
 * Zero for the levels below the probability of no demand: errors around a mean know nothing of
 * zeros, which have a probability of their own.
 */
export function withZeros(
  { mean, quantiles }: Predictive,
  shape: Shape,
  levels: readonly number[],
): Predictive {
  if (!shape.values.includes(0)) return { mean, quantiles };
  const shares = zeroShares(shape, mean.length);
  const rows = quantiles.map((row, i) => {
    const kept = row.slice();
    for (let h = 0; h < kept.length; h += 1) if (levels[i]! < shares[h]!) kept[h] = 0;
    return kept;
  });
  return { mean, quantiles: rows };
}

/**
 * What was sold before is what will be sold: the history's own distribution, the newer periods
 * and those of the same phase counting more. `reaction` > 0 moves it with the present level.
 */
function empirical(id: string, memory: keyof Memory, reaction: number): Part {
  return {
    id,
    predict(shape, horizon, levels) {
      const { level, season, profile } = shape;
      const base = weightsOf(level.length, memoryOf(season)[memory]);
      const phases = phasesOf(shape);
      const totals = phaseSums(shape, base, null);
      const sums = phaseSums(shape, base, level);
      let factor = 1;
      if (reaction > 0) {
        const usual = weightedMean(level, base);
        const alpha = season === 7 ? LEVEL_ALPHA_DAYS : LEVEL_ALPHA;
        const now = levelsOf(shape, alpha)[level.length]!;
        if (usual > 0) factor = Math.min(4, Math.max(0.25, (now / usual) ** reaction));
      }
      return byPhase(shape, horizon, levels, (phase) => {
        const total = totals[phase]!;
        const scale = profile[phase]! * factor;
        const quantiles = phaseQuantiles(shape, { base, total, phases }, phase, levels);
        for (let i = 0; i < quantiles.length; i += 1) quantiles[i]! *= scale;
        return { mean: ratio(sums[phase]!, total) * scale, quantiles };
      });
    },
  };
}

/** The variance of sizes is at least this share of their squared mean: nothing is that regular. */
const SIZE_VARIATION_MIN = 0.02;

/**
 * A hurdle: whether there is demand at all, and its size as a gamma variable, both with the newer
 * periods counting more. Its tail reaches beyond what was ever seen, yet not as far as that of a
 * lognormal variable, which a few large sizes stretch without end.
 */
function hurdle(id: string, memory: keyof Memory): Part {
  return {
    id,
    predict(shape, horizon, levels) {
      const { level, season, profile } = shape;
      const base = weightsOf(level.length, memoryOf(season)[memory]);
      const { isDemand, squares } = sizesOf(level);
      const totals = phaseSums(shape, base, null);
      const demands = phaseSums(shape, base, isDemand);
      const sums = phaseSums(shape, base, level);
      const squared = phaseSums(shape, base, squares);
      // Of periods that weigh less the older they are, so many count as whole ones (Kish, 1965).
      const doubled = phaseSums(shape, base, base);
      return byPhase(shape, horizon, levels, (phase) => {
        const [total, positive] = [totals[phase]!, demands[phase]!];
        const quantiles = new Float64Array(levels.length);
        if (!(positive > 0)) return { mean: 0, quantiles };
        const known = (total * total) / doubled[phase]!;
        const share = positive / total;
        const none = (known * (1 - share) + 0.25) / (known + 0.5);
        const size = sums[phase]! / positive;
        const scatter = sizeVariance(size, squared[phase]! / positive - size * size, known * share);
        for (const [i, probability] of levels.entries()) {
          const left = (probability - none) / (1 - none);
          if (left > 0) quantiles[i] = gammaQuantile(size, scatter, left) * profile[phase]!;
        }
        return { mean: ratio(sums[phase]!, total) * profile[phase]!, quantiles };
      });
    },
  };
}

/** Variance of sizes from their mean and scatter, which `count` of them tell. */
function sizeVariance(mean: number, scatter: number, count: number): number {
  const unbiased = Math.max(0, scatter) * (count / Math.max(1, count - 1));
  // Sizes are counts: few of them are not known to scatter less than Poisson.
  return Math.max(mean, unbiased) + SIZE_VARIATION_MIN * mean * mean;
}

/**
 * Quantile of a gamma variable by its mean and variance (Wilson and Hilferty, 1931: the cube root
 * is nearly normal). Where it scatters too much for that, of a lognormal one.
 */
function gammaQuantile(mean: number, variance: number, probability: number): number {
  const place = normalQuantile(probability);
  const form = (mean * mean) / variance;
  if (form >= GAMMA_FORM_MIN) {
    const root = 1 - 1 / (9 * form) + place / (3 * Math.sqrt(form));
    return root > 0 ? mean * root ** 3 : 0;
  }
  const logVariance = Math.log(1 + 1 / form);
  return mean * Math.exp(place * Math.sqrt(logVariance) - logVariance / 2);
}

/** Of a smaller form parameter the cube root is far from normal. */
const GAMMA_FORM_MIN = 0.6;

/** Of each period: whether there was demand, and its size squared. */
function sizesOf(level: Float64Array) {
  const isDemand = new Float64Array(level.length);
  const squares = new Float64Array(level.length);
  for (let t = 0; t < level.length; t += 1) {
    if (level[t]! > 0) isDemand[t] = 1;
    squares[t] = level[t]! * level[t]!;
  }
  return { isDemand, squares };
}

/**
 * Count distributions that compete by the probability they gave to each past period (fitCounts),
 * moved to the phases of the season. The best for few units, and the slowest of the cheap ones.
 */
const counts: Part = {
  id: 'counts',
  predict(shape, horizon, levels) {
    const { mean, distribution } = fitCounts(shape.values);
    const quantiles = Float64Array.from(levels, (level) => quantileOf(distribution, level));
    return byPhase(shape, horizon, levels, (phase) => {
      const factor = shape.profile[phase]!;
      return { mean: mean * factor, quantiles: quantiles.map((value) => value * factor) };
    });
  },
};

/** Levels of three speeds, averaged: none of them is right, their mean is seldom far off. */
const LEVEL_ALPHAS = {
  days: { fast: [0.03, 0.1, 0.3], slow: [0.01, 0.03, 0.1] },
  longer: { fast: [0.1, 0.2, 0.4], slow: [0.03, 0.1, 0.3] },
} as const;

/** Errors that a spread is taken from, the newest. */
const ERRORS_MAX = 400;

function meanLevels(shape: Shape, speeds: readonly number[]): Float64Array {
  const mean = levelsOf(shape, speeds[0]!);
  for (const alpha of speeds.slice(1)) {
    const row = levelsOf(shape, alpha);
    for (let t = 0; t < mean.length; t += 1) mean[t]! += row[t]!;
  }
  for (let t = 0; t < mean.length; t += 1) mean[t]! /= speeds.length;
  return mean;
}

/**
 * Exponential smoothing (a mean of three speeds) with the season's profile; its quantiles are
 * those of its own one-step errors, relative to mean ** power.
 */
function smoothing(id: string, speed: 'fast' | 'slow', power: 0 | 0.5 | 1): Part {
  return {
    id,
    predict(shape, horizon, levels) {
      const { values, season, profile, closed } = shape;
      const periods = values.length;
      const known = meanLevels(shape, LEVEL_ALPHAS[season === 7 ? 'days' : 'longer'][speed]);
      const warm = Math.min(season === 1 ? 4 : 2 * season, Math.floor(periods / 3));
      const start = Math.max(1, warm, periods - ERRORS_MAX);
      const errors = new Float64Array(Math.max(0, periods - start));
      let count = 0;
      for (let t = start, phase = start % season; t < periods; t += 1) {
        const expected = closed[phase] ? 0 : known[t]! * profile[phase]!;
        if (expected > 0) {
          const unit = power === 0 ? 1 : power === 1 ? expected : Math.sqrt(expected);
          errors[count] = (values[t]! - expected) / unit;
          count += 1;
        }
        phase = phase + 1 === season ? 0 : phase + 1;
      }
      const now = known[periods]!;
      const spread = sortedQuantiles(errors.subarray(0, count).sort(), levels);
      const said = byPhase(shape, horizon, levels, (phase) => {
        const mean = now * profile[phase]!;
        const unit = mean > 0 ? mean ** power : 0;
        return { mean, quantiles: spread.map((error) => Math.max(0, mean + unit * error)) };
      });
      return withZeros(said, shape, levels);
    },
  };
}

/** Quantiles of sorted values, each in the middle of its share; zeros where there is none. */
export function sortedQuantiles(sorted: Float64Array, levels: readonly number[]): Float64Array {
  const count = sorted.length;
  const result = new Float64Array(levels.length);
  if (count === 0) return result;
  for (const [i, level] of levels.entries()) {
    const place = Math.min(count - 1, Math.max(0, level * count - 0.5));
    const low = Math.floor(place);
    const high = Math.min(count - 1, low + 1);
    result[i] = sorted[low]! + (sorted[high]! - sorted[low]!) * (place - low);
  }
  return result;
}

/**
 * A distribution learned from n periods is too sure of itself: they are a sample, and demand moves
 * on. So more extreme levels are asked of it than of the forecast: z normal deviations become
 * z × (1 + STRETCH × (1 + z²) / √n), which is how the quantiles of Student's distribution lie
 * beyond the normal ones (Fisher, 1925). STRETCH was found on training parts of reference data.
 */
const STRETCH = 0.2;

/** The levels asked for last, of how many periods, and what that made of them. */
let further: { levels: readonly number[]; periods: number; row: readonly number[] } | undefined;

function furtherOut(levels: readonly number[], periods: number): readonly number[] {
  if (further?.levels !== levels || further.periods !== periods) {
    const doubt = STRETCH / Math.sqrt(Math.max(1, periods));
    const row = levels.map((level) => {
      const place = normalQuantile(level);
      return normalCdf(place * (1 + doubt * (1 + place * place)));
    });
    further = { levels, periods, row };
  }
  return further.row;
}

function humble(part: Part): Part {
  return {
    id: part.id,
    predict(shape, horizon, levels) {
      return part.predict(shape, horizon, furtherOut(levels, shape.values.length));
    },
  };
}

/** The cheap methods, by id. */
export const PARTS: readonly Part[] = [
  empirical('empirical_long', 'long', 0),
  empirical('empirical_short', 'short', 0),
  empirical('empirical_level', 'long', 0.8),
  hurdle('hurdle_short', 'short'),
  hurdle('hurdle', 'long'),
  counts,
  smoothing('smoothing_fast', 'fast', 0),
  smoothing('smoothing_slow', 'slow', 0.5),
  smoothing('smoothing_ratio', 'slow', 1),
].map(humble);
