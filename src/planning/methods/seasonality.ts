/** A history without its season, and the season to put back. */
export interface Adjusted {
  readonly values: Float64Array;
  readonly kind: 'none' | 'additive' | 'multiplicative';
  /** Index of each place in the season; place of period t is t modulo its length. */
  readonly indices: Float64Array;
}

/** A two-sided normal test at 90 %. */
const Z_90 = 1.645;

const ROUNDING = 1e-24;

/**
 * A season is divided out only where no value is below this share of the mean: ratios to
 * something near zero say nothing.
 */
const MULTIPLICATIVE_FLOOR = 0.02;

/** Whether ratios of these values make sense: all clearly above zero. */
export function isPositive(values: Float64Array): boolean {
  let low = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (const value of values) {
    low = Math.min(low, value);
    sum += value;
  }
  return low > 0 && low >= (MULTIPLICATIVE_FLOOR * sum) / values.length;
}

/**
 * Whether the autocorrelation at the seasonal lag differs from nought at 90 %, by Bartlett's
 * formula: the test of the Theta method. Source: Assimakopoulos and Nikolopoulos (2000); Fiorucci
 * et al. (2016), section 2.
 */
export function isSeasonal(values: Float64Array, season: number): boolean {
  const periods = values.length;
  if (season < 2 || periods < 3 * season) return false;
  let mean = 0;
  for (const value of values) mean += value / periods;
  let variance = 0;
  for (const value of values) variance += (value - mean) ** 2;
  // What rounding alone could have made is no variance.
  if (!(variance > ROUNDING * periods * mean * mean)) return false;
  let squares = 0;
  for (let lag = 1; lag <= season; lag += 1) {
    let sum = 0;
    for (let t = lag; t < periods; t += 1) sum += (values[t]! - mean) * (values[t - lag]! - mean);
    const correlation = sum / variance;
    if (lag === season) {
      return Math.abs(correlation) > Z_90 * Math.sqrt((1 + 2 * squares) / periods);
    }
    squares += correlation * correlation;
  }
  return false;
}

/**
 * The moving average over one season, centred: of an even season with half weights at both ends.
 * NaN for the first and last half season.
 */
function centredAverage(values: Float64Array, season: number): Float64Array {
  const periods = values.length;
  const half = Math.floor(season / 2);
  const result = new Float64Array(periods).fill(Number.NaN);
  const endWeight = season % 2 === 0 ? 0.5 : 1;
  for (let t = half; t < periods - half; t += 1) {
    let sum = endWeight * (values[t - half]! + values[t + half]!);
    for (let i = t - half + 1; i < t + half; i += 1) sum += values[i]!;
    result[t] = sum / season;
  }
  return result;
}

/**
 * Seasonal indices by classical decomposition: the mean difference from (or ratio to) the centred
 * moving average at each place in the season, normalised to sum to nought (or average to one).
 * Source: Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 3.4.
 */
export function seasonalIndices(
  values: Float64Array,
  season: number,
  kind: 'additive' | 'multiplicative',
): Float64Array {
  const trend = centredAverage(values, season);
  const indices = new Float64Array(season);
  const counts = new Float64Array(season);
  for (let t = 0; t < values.length; t += 1) {
    const level = trend[t]!;
    if (Number.isNaN(level)) continue;
    indices[t % season]! += kind === 'additive' ? values[t]! - level : values[t]! / level;
    counts[t % season]! += 1;
  }
  let sum = 0;
  for (let place = 0; place < season; place += 1) {
    indices[place]! /= Math.max(1, counts[place]!);
    sum += indices[place]!;
  }
  for (let place = 0; place < season; place += 1) {
    if (kind === 'additive') indices[place]! -= sum / season;
    else indices[place]! *= season / sum;
  }
  return indices;
}

/**
 * Takes the season out where the test finds one: by division where all values are clearly above
 * zero, else by subtraction.
 */
export function deseasonalise(values: Float64Array, season: number): Adjusted {
  const none = { values, kind: 'none', indices: new Float64Array(1) } as const;
  if (!isSeasonal(values, season)) return none;
  const kind = isPositive(values) ? 'multiplicative' : 'additive';
  const indices = seasonalIndices(values, season, kind);
  // An index next to nought would blow its place up when it is divided out.
  if (kind === 'multiplicative' && indices.some((index) => index < MULTIPLICATIVE_FLOOR)) {
    return none;
  }
  const adjusted = new Float64Array(values.length);
  for (let t = 0, place = 0; t < values.length; t += 1) {
    adjusted[t] = kind === 'additive' ? values[t]! - indices[place]! : values[t]! / indices[place]!;
    place = place + 1 === season ? 0 : place + 1;
  }
  return { values: adjusted, kind, indices };
}

/** Puts the season back, in place; `start` is the period of the first value. */
export function reseasonalise(values: Float64Array, adjusted: Adjusted, start: number): void {
  const { kind, indices } = adjusted;
  if (kind === 'none') return;
  for (let t = 0; t < values.length; t += 1) {
    const index = indices[(start + t) % indices.length]!;
    values[t] = kind === 'additive' ? values[t]! + index : values[t]! * index;
  }
}
