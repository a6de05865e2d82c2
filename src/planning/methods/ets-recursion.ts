/**
 * The recursions of exponential smoothing (Hyndman, Koehler, Ord and Snyder, 2008, Forecasting
 * with Exponential Smoothing: The State Space Approach, tables 2.2 and 2.3). With the error taken
 * as what was seen minus what was said, the states of the additive and the multiplicative error
 * model are updated alike; only the likelihood differs, so one pass serves both. Trends that
 * multiply are left out, as Hyndman and Athanasopoulos (8.6) advise: they run away. On the training
 * parts of M3 and Tourism they gained 1 % on some series and lost 5 % on others.
 */

/** Which model: as ETS(error, trend, season); N none, A additive, M multiplicative. */
export interface EtsForm {
  readonly error: 'A' | 'M';
  readonly trend: 'N' | 'A';
  readonly isDamped: boolean;
  readonly season: 'N' | 'A' | 'M';
}

/** Smoothing parameters and states; a pass moves the states from the first period to the last. */
export interface EtsState {
  alpha: number;
  /** Zero without a trend. */
  beta: number;
  gamma: number;
  /** One where the trend is not damped. */
  phi: number;
  level: number;
  /** Per period. */
  slope: number;
  /** State of each place in the season. */
  readonly seasons: Float64Array;
  /** Sum of squared errors, or of squared relative errors under a multiplicative error. */
  squares: number;
  /** Sum of the logarithms of what was said; only under a multiplicative error. */
  logarithms: number;
}

/** A pass over the history. `fitted` is written where given. False: the states left their range. */
export function pass(
  form: EtsForm,
  values: Float64Array,
  state: EtsState,
  fitted: Float64Array | null,
): boolean {
  if (form.season === 'N') return passPlain(form, values, state, fitted);
  if (form.season === 'A') return passAdditive(form, values, state, fitted);
  return passMultiplicative(form, values, state, fitted);
}

/** A product is turned into a logarithm before it leaves the range of floats. */
const PRODUCT_MIN = 1e-100;
const PRODUCT_MAX = 1e100;

function passPlain(
  form: EtsForm,
  values: Float64Array,
  state: EtsState,
  fitted: Float64Array | null,
): boolean {
  const { alpha, beta, phi } = state;
  const isRelative = form.error === 'M';
  let { level, slope } = state;
  let squares = 0;
  let logarithms = 0;
  let product = 1;
  for (let t = 0; t < values.length; t += 1) {
    const drift = phi * slope;
    const said = level + drift;
    const error = values[t]! - said;
    if (fitted !== null) fitted[t] = said;
    if (isRelative) {
      if (said <= 0) return false;
      squares += (error / said) * (error / said);
      product *= said;
      if (product < PRODUCT_MIN || product > PRODUCT_MAX) {
        logarithms += Math.log(product);
        product = 1;
      }
    } else squares += error * error;
    level = said + alpha * error;
    slope = drift + beta * error;
  }
  state.level = level;
  state.slope = slope;
  state.squares = squares;
  state.logarithms = logarithms + Math.log(product);
  return true;
}

function passAdditive(
  form: EtsForm,
  values: Float64Array,
  state: EtsState,
  fitted: Float64Array | null,
): boolean {
  const { alpha, beta, gamma, phi, seasons } = state;
  const isRelative = form.error === 'M';
  let { level, slope } = state;
  let squares = 0;
  let logarithms = 0;
  let product = 1;
  let place = 0;
  for (let t = 0; t < values.length; t += 1) {
    const drift = phi * slope;
    const base = level + drift;
    const said = base + seasons[place]!;
    const error = values[t]! - said;
    if (fitted !== null) fitted[t] = said;
    if (isRelative) {
      if (said <= 0) return false;
      squares += (error / said) * (error / said);
      product *= said;
      if (product < PRODUCT_MIN || product > PRODUCT_MAX) {
        logarithms += Math.log(product);
        product = 1;
      }
    } else squares += error * error;
    level = base + alpha * error;
    slope = drift + beta * error;
    seasons[place]! += gamma * error;
    place = place + 1 === seasons.length ? 0 : place + 1;
  }
  state.level = level;
  state.slope = slope;
  state.squares = squares;
  state.logarithms = logarithms + Math.log(product);
  return true;
}

function passMultiplicative(
  form: EtsForm,
  values: Float64Array,
  state: EtsState,
  fitted: Float64Array | null,
): boolean {
  const { alpha, beta, gamma, phi, seasons } = state;
  const isRelative = form.error === 'M';
  let { level, slope } = state;
  let squares = 0;
  let logarithms = 0;
  let product = 1;
  let place = 0;
  for (let t = 0; t < values.length; t += 1) {
    const drift = phi * slope;
    const base = level + drift;
    const index = seasons[place]!;
    const said = base * index;
    if (!(base > 0 && index > 0)) return false;
    const relative = values[t]! / said - 1;
    if (fitted !== null) fitted[t] = said;
    if (isRelative) {
      squares += relative * relative;
      product *= said;
      if (product < PRODUCT_MIN || product > PRODUCT_MAX) {
        logarithms += Math.log(product);
        product = 1;
      }
    } else squares += (relative * said) ** 2;
    level = base + alpha * base * relative;
    slope = drift + beta * base * relative;
    seasons[place] = index * (1 + gamma * relative);
    place = place + 1 === seasons.length ? 0 : place + 1;
  }
  state.level = level;
  state.slope = slope;
  state.squares = squares;
  state.logarithms = logarithms + Math.log(product);
  return true;
}

/** What the states say of the periods after the last; `start` is the number of the first. */
export function project(form: EtsForm, state: EtsState, start: number, horizon: number) {
  const { phi, level, slope, seasons } = state;
  const mean = new Float64Array(horizon);
  let damping = 0;
  let power = phi;
  for (let h = 0; h < horizon; h += 1) {
    damping += power;
    power *= phi;
    const base = level + damping * slope;
    const index = seasons[(start + h) % seasons.length]!;
    mean[h] = form.season === 'M' ? base * index : base + index;
  }
  return mean;
}
