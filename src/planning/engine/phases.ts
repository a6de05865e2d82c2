import type { Shape } from './shape.ts';

/** What a period of another phase tells of a phase, against one of its own. */
const OTHER_PHASE = 0.15;

/** Half-lives with the weights of the past, newest last: those of fewer periods end the same. */
const weightsByHalfLife = new Map<number, Float64Array>();

/** Weights of the past by age. They are the same for every series, so they are kept. */
export function weightsOf(periods: number, halfLife: number): Float64Array {
  const known = weightsByHalfLife.get(halfLife);
  if (known && known.length >= periods) return known.subarray(known.length - periods);
  const keep = 0.5 ** (1 / halfLife);
  const weights = new Float64Array(periods);
  for (let t = periods - 1, weight = 1; t >= 0; t -= 1, weight *= keep) weights[t] = weight;
  weightsByHalfLife.set(halfLife, weights);
  return weights;
}

/**
 * Quantiles of the levels of a shape, weighed for one phase: periods of other phases count
 * OTHER_PHASE as much, closed ones not at all. Each value stands in the middle of its weight,
 * between two of them the quantile is on the line, before the first and after the last it is that
 * value.
 *
 * @param base weights by age.
 * @param total of the weights for the phase.
 * @param phases phase of each period.
 */
export function phaseQuantiles(
  { level, order, closed }: Shape,
  { base, total, phases }: { base: Float64Array; total: number; phases: Uint16Array },
  phase: number,
  levels: readonly number[],
): Float64Array {
  const result = new Float64Array(levels.length);
  let next = 0;
  let sum = 0;
  let place = 0;
  let value = 0;
  for (let i = 0; i < order.length && next < levels.length; i += 1) {
    const t = order[i]!;
    const at = phases[t]!;
    if (closed[at]) continue;
    const weight = at === phase ? base[t]! : base[t]! * OTHER_PHASE;
    const newPlace = (sum + weight / 2) / total;
    sum += weight;
    while (next < levels.length && levels[next]! <= newPlace) {
      const share = place > 0 ? (levels[next]! - place) / (newPlace - place) : 1;
      result[next] = value + (level[t]! - value) * share;
      next += 1;
    }
    place = newPlace;
    value = level[t]!;
  }
  for (; next < levels.length; next += 1) result[next] = value;
  return result;
}

/** The phase of each period. */
export function phasesOf({ values, season }: Shape): Uint16Array {
  const phases = new Uint16Array(values.length);
  for (let t = 0, phase = 0; t < phases.length; t += 1) {
    phases[t] = phase;
    phase = phase + 1 === season ? 0 : phase + 1;
  }
  return phases;
}

/**
 * Weighted sums for each phase, in one pass over the past: of the weights themselves, or of values
 * times their weights. See phaseQuantiles for what other phases count.
 */
export function phaseSums(
  { season, closed }: Shape,
  base: Float64Array,
  values: Float64Array | null,
): Float64Array {
  const sums = new Float64Array(season);
  for (let t = 0, phase = 0; t < base.length; t += 1) {
    sums[phase]! += values === null ? base[t]! : base[t]! * values[t]!;
    phase = phase + 1 === season ? 0 : phase + 1;
  }
  let all = 0;
  for (let phase = 0; phase < season; phase += 1) {
    if (closed[phase]) sums[phase] = 0;
    all += sums[phase]!;
  }
  for (let phase = 0; phase < season; phase += 1) {
    sums[phase]! += (all - sums[phase]!) * OTHER_PHASE;
  }
  return sums;
}

/** A share, or 0 of nothing. */
export function ratio(sum: number, total: number): number {
  return total > 0 ? sum / total : 0;
}

/** The mean of values by weight; 0 where nothing weighs. */
export function weightedMean(values: Float64Array, weights: Float64Array): number {
  let [sum, total] = [0, 0];
  for (let t = 0; t < values.length; t += 1) {
    sum += weights[t]! * values[t]!;
    total += weights[t]!;
  }
  return ratio(sum, total);
}
