import type { PointForecast } from '../series.ts';
import { type EtsForm, type EtsState, pass, project } from './ets-recursion.ts';
import { minimiseMany } from './nelder-mead.ts';
import { isPositive, seasonalIndices } from './seasonality.ts';

export interface EtsFit {
  readonly form: EtsForm;
  /** Parameters and the states before the first period. */
  readonly start: EtsState;
  /** Akaike's criterion, corrected for short histories; smaller is better. */
  readonly criterion: number;
}

const PHI_MIN = 0.8;
const PHI_MAX = 0.98;
const SHARE_MIN = 1e-4;

/** One thing that is searched for: where it starts, its first step and its bounds. */
interface Unknown {
  readonly from: number;
  readonly step: number;
  readonly low: number;
  readonly high: number;
  readonly set: (state: EtsState, x: number) => void;
}

function unknownsOf(form: EtsForm, initial: EtsState, spread: number): Unknown[] {
  const share = { low: SHARE_MIN, high: 1 - SHARE_MIN };
  const free = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const list: Unknown[] = [
    { ...share, from: 0.3, step: 0.3, set: (state, x) => (state.alpha = x) },
  ];
  if (form.trend !== 'N') {
    list.push({
      ...share,
      from: 0.1,
      step: 0.2,
      set: (state, x) => (state.beta = x * state.alpha),
    });
  }
  if (form.season !== 'N') {
    list.push({ ...share, from: 0.1, step: 0.2, set: (s, x) => (s.gamma = x * (1 - s.alpha)) });
  }
  if (form.isDamped) {
    list.push({ low: PHI_MIN, high: PHI_MAX, from: 0.95, step: -0.05, set: (s, x) => (s.phi = x) });
  }
  list.push({ ...free, from: initial.level, step: spread, set: (s, x) => (s.level = x) });
  if (form.trend !== 'N') {
    const step = form.trend === 'M' ? 0.02 : spread / 5;
    list.push({ ...free, from: initial.slope, step, set: (s, x) => (s.slope = x) });
  }
  return list;
}

/** States before the first period: the season of the whole history, a line through its start. */
function initialState(form: EtsForm, values: Float64Array, season: number): EtsState {
  const state: EtsState = {
    alpha: 0,
    beta: 0,
    gamma: 0,
    phi: 1,
    level: 0,
    slope: form.trend === 'M' ? 1 : 0,
    seasons: new Float64Array(form.season === 'N' ? 1 : season),
    squares: 0,
    logarithms: 0,
  };
  let adjusted = values;
  if (form.season !== 'N') {
    const kind = form.season === 'M' ? 'multiplicative' : 'additive';
    const indices = seasonalIndices(values, season, kind);
    if (kind === 'multiplicative') {
      for (let i = 0; i < season; i += 1) indices[i] = Math.max(0.01, indices[i]!);
    }
    state.seasons.set(indices);
    adjusted = values.map((value, t) => {
      const index = indices[t % season]!;
      return kind === 'multiplicative' ? value / index : value - index;
    });
  }
  const count = Math.min(values.length, Math.max(10, 2 * season));
  let mean = 0;
  for (let t = 0; t < count; t += 1) mean += adjusted[t]! / count;
  let covariance = 0;
  for (let t = 0; t < count; t += 1) covariance += (t - (count - 1) / 2) * (adjusted[t]! - mean);
  const slope = covariance / ((count * (count * count - 1)) / 12);
  const level = mean - (slope * (count + 1)) / 2;
  if (form.trend === 'N') state.level = mean;
  else {
    state.level = level;
    state.slope = slope;
    if (form.trend === 'M') {
      state.level = level > 0 ? level : mean;
      state.slope = level > 0 ? Math.max(0.5, 1 + slope / level) : 1;
    }
  }
  return state;
}

/** Minus twice the logarithm of the likelihood, but for a constant. */
function deviance(form: EtsForm, values: Float64Array, state: EtsState): number {
  if (!pass(form, values, state, null)) return Number.POSITIVE_INFINITY;
  const result = values.length * Math.log(state.squares + 1e-300);
  const value = form.error === 'M' ? result + 2 * state.logarithms : result;
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

export function fitForm(form: EtsForm, values: Float64Array, season: number): EtsFit {
  const initial = initialState(form, values, season);
  let spread = 0;
  for (let t = 1; t < values.length; t += 1) spread += Math.abs(values[t]! - values[t - 1]!);
  spread /= values.length - 1;
  const unknowns = unknownsOf(form, initial, spread);
  const periods = values.length;
  const count = unknowns.length + (form.season === 'N' ? 0 : season - 1) + 1;
  const work: EtsState = { ...initial, seasons: new Float64Array(initial.seasons.length) };
  const set = (x: Float64Array) => {
    work.phi = 1;
    work.level = initial.level;
    work.slope = initial.slope;
    work.seasons.set(initial.seasons);
    for (let i = 0; i < unknowns.length; i += 1) unknowns[i]!.set(work, x[i]!);
  };
  const x = Float64Array.from(unknowns, ({ from }) => from);
  const cost = minimiseMany(
    (candidate) => {
      set(candidate);
      return deviance(form, values, work);
    },
    x,
    {
      low: Float64Array.from(unknowns, ({ low }) => low),
      high: Float64Array.from(unknowns, ({ high }) => high),
      steps: Float64Array.from(unknowns, ({ step }) => step),
      tolerance: 1e-4,
      evaluationsMax: 200 * unknowns.length,
    },
  );
  set(x);
  const left = periods - count - 1;
  const penalty =
    left > 0 ? 2 * count + (2 * count * (count + 1)) / left : Number.POSITIVE_INFINITY;
  return { form, start: { ...work, seasons: work.seasons.slice() }, criterion: cost + penalty };
}

export function formsFor(values: Float64Array, season: number): EtsForm[] {
  const isRatio = isPositive(values);
  const forms: EtsForm[] = [];
  const trends = [
    ['N', false],
    ['A', false],
    ['A', true],
  ] as const;
  for (const error of isRatio ? (['A', 'M'] as const) : (['A'] as const)) {
    for (const [trend, isDamped] of trends) {
      forms.push({ error, trend, isDamped, season: 'N' });
      if (season === 1) continue;
      forms.push({ error, trend, isDamped, season: 'A' });
      if (error === 'M') forms.push({ error, trend, isDamped, season: 'M' });
    }
  }
  return forms;
}

export function forecastEts(fit: EtsFit, values: Float64Array, horizon: number): PointForecast {
  const state = { ...fit.start, seasons: fit.start.seasons.slice() };
  const fitted = new Float64Array(values.length);
  pass(fit.form, values, state, fitted);
  return { mean: project(fit.form, state, values.length, horizon), fitted };
}

/** The forecast of the form with the smallest criterion. */
export function forecastBest(values: Float64Array, season: number, horizon: number): PointForecast {
  let best: EtsFit | undefined;
  for (const form of formsFor(values, season)) {
    const fit = fitForm(form, values, season);
    if (best === undefined || fit.criterion < best.criterion) best = fit;
  }
  return forecastEts(best!, values, horizon);
}

/** The best ETS model without a season. */
export function forecastPlain(values: Float64Array, horizon: number): PointForecast {
  return forecastBest(values, 1, horizon);
}
