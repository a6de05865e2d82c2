import type { Series } from '../series.ts';

/** What the cheap methods share: the season's profile and the order of the values. */
export interface Shape {
  readonly values: Float64Array;
  /** The main season where two of it are known, else 1. */
  readonly season: number;
  /** Demand of each phase against the mean; mean 1. Phase 0 is that of the oldest period. */
  readonly profile: Float64Array;
  /** Phases that never had demand though the others make that unbelievable: days closed. */
  readonly closed: Uint8Array;
  /** Values without their season, and the periods in ascending order of them. */
  readonly level: Float64Array;
  readonly order: Uint32Array;
}

/** Each phase is drawn towards the mean as if it had been average this many times more. */
const PROFILE_PRIOR = 8;

/** A phase without demand is closed when chance would bring that about this rarely. */
const CLOSED_CHANCE = 1e-4;

/** A season of more phases than this is smoothed over its neighbours. */
const PHASES_ROUGH_MAX = 12;

/** Of days the newest 52 weeks: what is older weighs little by then, and time is counted too. */
const DAYS_MAX = 364;

/** Periods that can share one sort key with their value; see ascending. */
const PERIODS_MAX = 2 ** 14;

/** Describes a series; linear in its length but for one sort. */
export function shapeOf({ values, season }: Series): Shape {
  const kept = season === 7 ? DAYS_MAX : PERIODS_MAX;
  const newest = values.length > kept ? values.subarray(-kept) : values;
  const phases = newest.length >= 2 * season && season > 1 ? Math.round(season) : 1;
  const { profile, closed } = profileOf(newest, phases);
  const level = new Float64Array(newest.length);
  for (let t = 0, phase = 0; t < newest.length; t += 1) {
    level[t] = newest[t]! / profile[phase]!;
    phase = phase + 1 === phases ? 0 : phase + 1;
  }
  return { values: newest, season: phases, profile, closed, level, order: ascending(level) };
}

function profileOf(values: Float64Array, phases: number) {
  const profile = new Float64Array(phases).fill(1);
  const closed = new Uint8Array(phases);
  if (phases === 1) return { profile, closed };
  const sums = new Float64Array(phases);
  const demands = new Uint32Array(phases);
  const counts = new Uint32Array(phases);
  let [total, known] = [0, 0];
  for (let t = 0, phase = 0; t < values.length; t += 1) {
    const value = values[t]!;
    sums[phase]! += value;
    counts[phase]! += 1;
    if (value > 0) demands[phase]! += 1;
    total += value;
    phase = phase + 1 === phases ? 0 : phase + 1;
  }
  for (const demand of demands) known += demand;
  const mean = total / values.length;
  if (!(mean > 0)) return { profile, closed };
  const smoothed = phases > PHASES_ROUGH_MAX ? smoothRound(sums, counts) : { sums, counts };
  let open = 0;
  for (let phase = 0; phase < phases; phase += 1) {
    const count = smoothed.counts[phase]!;
    profile[phase] = (smoothed.sums[phase]! / mean + PROFILE_PRIOR) / (count + PROFILE_PRIOR);
    const chance = (1 - known / values.length) ** counts[phase]!;
    if (demands[phase] === 0 && phases <= PHASES_ROUGH_MAX && chance < CLOSED_CHANCE) {
      closed[phase] = 1;
    } else open += 1;
  }
  let sum = 0;
  for (let phase = 0; phase < phases; phase += 1) if (!closed[phase]) sum += profile[phase]!;
  // Closed phases keep the profile 1, which divides nothing and is never multiplied.
  for (let phase = 0; phase < phases; phase += 1) {
    profile[phase] = closed[phase] ? 1 : (profile[phase]! * open) / sum;
  }
  return { profile, closed };
}

/** Sums over neighbours around the year, the nearest counting most. */
function smoothRound(sums: Float64Array, counts: Uint32Array) {
  const weights = [3, 2, 1];
  const phases = sums.length;
  const smoothed = { sums: new Float64Array(phases), counts: new Float64Array(phases) };
  for (let phase = 0; phase < phases; phase += 1) {
    for (let step = -2; step <= 2; step += 1) {
      const other = (phase + step + phases) % phases;
      const weight = weights[Math.abs(step)]! / 3;
      smoothed.sums[phase]! += weight * sums[other]!;
      smoothed.counts[phase]! += weight * counts[other]!;
    }
  }
  return smoothed;
}

/**
 * Indices in ascending order of the values (which are not negative). Each value is squeezed into
 * 39 bits above its index, so that the native sort of floats does the work: values that differ by
 * less than one part in 10^11 of the largest come in order of time.
 */
function ascending(values: Float64Array): Uint32Array {
  let largest = 0;
  for (let t = 0; t < values.length; t += 1) if (values[t]! > largest) largest = values[t]!;
  const steps = largest > 0 ? (2 ** 39 - 1) / largest : 0;
  const keys = new Float64Array(values.length);
  for (let t = 0; t < values.length; t += 1) {
    keys[t] = Math.floor(values[t]! * steps) * PERIODS_MAX + t;
  }
  keys.sort();
  const order = new Uint32Array(values.length);
  for (let i = 0; i < keys.length; i += 1) order[i] = keys[i]! % PERIODS_MAX;
  return order;
}

/**
 * The level (demand of an average phase) known before each period and, last, after all: sums of
 * demand over sums of profile, older periods counting less by (1 − alpha) a period. NaN before the
 * first period with a profile.
 */
export function levelsOf({ values, season, profile, closed }: Shape, alpha: number): Float64Array {
  const levels = new Float64Array(values.length + 1);
  let demand = 0;
  let exposure = 0;
  const keep = 1 - alpha;
  for (let t = 0, phase = 0; t < values.length; t += 1) {
    levels[t] = exposure > 0 ? demand / exposure : Number.NaN;
    if (!closed[phase]) {
      demand = demand * keep + values[t]!;
      exposure = exposure * keep + profile[phase]!;
    }
    phase = phase + 1 === season ? 0 : phase + 1;
  }
  levels[values.length] = exposure > 0 ? demand / exposure : 0;
  return levels;
}
