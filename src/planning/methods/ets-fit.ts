import type { PointForecast, Tuning } from '../series.ts';
import { type EtsForm, type EtsState, pass, project } from './ets-recursion.ts';
import { lineThrough } from './line.ts';
import { minimiseMany } from './nelder-mead.ts';
import { isPositive, seasonalIndices } from './seasonality.ts';

interface EtsFit {
  readonly form: EtsForm;
  /** Parameters and the states before the first period. */
  readonly start: EtsState;
  /** Akaike's criterion, corrected for short histories; smaller is better. */
  readonly criterion: number;
}

const PHI_MIN = 0.8;
const PHI_MAX = 0.98;
const SHARE_MIN = 1e-4;

type Trend = Pick<EtsForm, 'trend' | 'isDamped'>;

const TRENDS: readonly Trend[] = [
  { trend: 'N', isDamped: false },
  { trend: 'A', isDamped: false },
  { trend: 'A', isDamped: true },
];

/**
 * Where the first states hardly matter any more; there they are found by backcasting, and only
 * the smoothing parameters are searched for.
 */
const LONG_PERIODS = 150;
const LONG_SEASONS = 8;
const ROUGH = { tolerance: 1, evaluationsMax: 60 };
const FINE = { tolerance: 0.05, evaluationsMax: 120 };
/** A rough fit further than this from the best, in units of the criterion, has lost. */
const CONTENDER_MARGIN = 4;

function isLong(values: Float64Array, season: number): boolean {
  return values.length > LONG_PERIODS && values.length > LONG_SEASONS * season;
}

/** One thing that is searched for: where it starts, its first step and its bounds. */
interface Unknown {
  readonly from: number;
  readonly step: number;
  readonly low: number;
  readonly high: number;
  readonly set: (state: EtsState, x: number) => void;
}

const SHARE = { low: SHARE_MIN, high: 1 - SHARE_MIN };
const FREE = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** What smooths: beta as a share of alpha, gamma as a share of what alpha leaves. */
function smoothingUnknowns(form: EtsForm): Unknown[] {
  const setAlpha = (state: EtsState, x: number) => {
    state.alpha = x;
  };
  const list: Unknown[] = [{ ...SHARE, from: 0.3, step: 0.3, set: setAlpha }];
  if (form.trend !== 'N') {
    const set = (state: EtsState, x: number) => {
      state.beta = x * state.alpha;
    };
    list.push({ ...SHARE, from: 0.1, step: 0.2, set });
  }
  if (form.season !== 'N') {
    const set = (state: EtsState, x: number) => {
      state.gamma = x * (1 - state.alpha);
    };
    list.push({ ...SHARE, from: 0.1, step: 0.2, set });
  }
  if (form.isDamped) {
    const set = (state: EtsState, x: number) => {
      state.phi = x;
    };
    list.push({ low: PHI_MIN, high: PHI_MAX, from: 0.95, step: -0.05, set });
  }
  return list;
}

/** Level and slope before the first period. */
function stateUnknowns(form: EtsForm, initial: EtsState, spread: number): Unknown[] {
  const setLevel = (state: EtsState, x: number) => {
    state.level = x;
  };
  const list: Unknown[] = [{ ...FREE, from: initial.level, step: spread, set: setLevel }];
  if (form.trend !== 'N') {
    const set = (state: EtsState, x: number) => {
      state.slope = x;
    };
    list.push({ ...FREE, from: initial.slope, step: spread / 5, set });
  }
  return list;
}

/** What smooths, searched for near where an earlier search ended. */
function nearby(form: EtsForm, ended: EtsState): Unknown[] {
  const from = [ended.alpha];
  if (form.trend !== 'N') from.push(ended.beta / ended.alpha);
  if (form.season !== 'N') from.push(ended.gamma / (1 - ended.alpha));
  if (form.isDamped) from.push(ended.phi);
  return smoothingUnknowns(form).map((unknown, i) => {
    const { low, high } = unknown;
    const start = Math.min(high, Math.max(low, from[i]!));
    return { ...unknown, from: start, step: 0.02 + 0.2 * Math.min(start - low, high - start) };
  });
}

/** The mean absolute change from one period to the next. */
function spreadOf(values: Float64Array): number {
  let sum = 0;
  for (let t = 1; t < values.length; t += 1) sum += Math.abs(values[t]! - values[t - 1]!);
  return sum / (values.length - 1);
}

/** States before the first period: the season of the whole history, a line through its start. */
function initialState(form: EtsForm, values: Float64Array, season: number): EtsState {
  const state: EtsState = {
    alpha: 0,
    beta: 0,
    gamma: 0,
    phi: 1,
    level: 0,
    slope: 0,
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
  const line = lineThrough(adjusted, count);
  state.level = form.trend === 'N' ? line.mean : line.intercept;
  if (form.trend !== 'N') state.slope = line.slope;
  return state;
}

/** Minus twice the logarithm of the likelihood, but for a constant. */
function deviance(form: EtsForm, values: Float64Array, state: EtsState): number {
  if (!pass(form, values, state, null)) return Number.POSITIVE_INFINITY;
  const result = values.length * Math.log(state.squares + 1e-300);
  const value = form.error === 'M' ? result + 2 * state.logarithms : result;
  return Number.isNaN(value) ? Number.POSITIVE_INFINITY : value;
}

interface Effort {
  readonly tolerance: number;
  readonly evaluationsMax: number;
}

/** Searches from where the state stands; leaves it at the best start. Returns the deviance. */
function search(
  form: EtsForm,
  values: Float64Array,
  state: EtsState,
  unknowns: readonly Unknown[],
  effort: Effort,
): number {
  const { level, slope } = state;
  const seasons = state.seasons.slice();
  const set = (x: Float64Array) => {
    state.level = level;
    state.slope = slope;
    state.seasons.set(seasons);
    for (let i = 0; i < unknowns.length; i += 1) unknowns[i]!.set(state, x[i]!);
  };
  const x = Float64Array.from(unknowns, ({ from }) => from);
  const cost = (candidate: Float64Array) => {
    set(candidate);
    return deviance(form, values, state);
  };
  const found = minimiseMany(cost, x, {
    low: Float64Array.from(unknowns, ({ low }) => low),
    high: Float64Array.from(unknowns, ({ high }) => high),
    steps: Float64Array.from(unknowns, ({ step }) => step),
    ...effort,
  });
  set(x);
  return found;
}

/**
 * Replaces the states before the first period by what a pass from the last period back to the
 * first ends with: close to the likeliest, at the price of two passes. Source: Box, Jenkins and
 * Reinsel (1994), Time Series Analysis, 7.1.5. Leaves them as they are where a pass fails.
 */
function backcast(form: EtsForm, values: Float64Array, state: EtsState): void {
  const work = { ...state, seasons: state.seasons.slice() };
  const periods = values.length;
  const { length } = work.seasons;
  if (!pass(form, values, work, null)) return;
  const turn = () => {
    // Time runs the other way, and the level is that of the period beyond the end.
    work.slope = -work.slope;
    work.level -= work.phi * work.slope;
    const seasons = work.seasons.slice();
    for (let i = 0; i < length; i += 1) {
      work.seasons[i] = seasons[(((periods - 1 - i) % length) + length) % length]!;
    }
  };
  turn();
  if (!pass(form, values.toReversed(), work, null)) return;
  turn();
  state.level = work.level;
  state.slope = work.slope;
  state.seasons.set(work.seasons);
}

/** Akaike's criterion of a deviance, corrected for a short history (Hyndman et al., 2002). */
function corrected(form: EtsForm, values: Float64Array, season: number, found: number): number {
  const trend = form.trend === 'N' ? 0 : form.isDamped ? 3 : 2;
  // Alpha, the first level and the variance; then what trend and season add.
  const count = 3 + trend + (form.season === 'N' ? 0 : season);
  const left = values.length - count - 1;
  if (left <= 0) return Number.POSITIVE_INFINITY;
  return found + 2 * count + (2 * count * (count + 1)) / left;
}

/** The likeliest parameters and first states of one form. */
export function fitForm(form: EtsForm, values: Float64Array, season: number): EtsFit {
  if (isLong(values, season)) return refine(draft(form, values, season), values, season);
  const state = initialState(form, values, season);
  const unknowns = [...smoothingUnknowns(form), ...stateUnknowns(form, state, spreadOf(values))];
  const effort = { tolerance: 1e-4, evaluationsMax: 200 * unknowns.length };
  const found = search(form, values, state, unknowns, effort);
  return { form, start: state, criterion: corrected(form, values, season, found) };
}

/** A rough fit of a long history, near the parameters of another form where one is given. */
function draft(form: EtsForm, values: Float64Array, season: number, near?: EtsState): EtsFit {
  const state = initialState(form, values, season);
  const unknowns = near
    ? nearby(form, { ...near, beta: 0.05 * near.alpha, phi: 0.95 })
    : smoothingUnknowns(form);
  search(form, values, state, unknowns, ROUGH);
  backcast(form, values, state);
  const found = deviance(form, values, { ...state, seasons: state.seasons.slice() });
  return { form, start: state, criterion: corrected(form, values, season, found) };
}

function refine({ form, start }: EtsFit, values: Float64Array, season: number): EtsFit {
  const state = { ...start, seasons: start.seasons.slice() };
  const found = search(form, values, state, nearby(form, state), FINE);
  return { form, start: state, criterion: corrected(form, values, season, found) };
}

/** The sensible forms of these values: ratios only where all are clearly above zero. */
function formsFor(values: Float64Array, season: number, trends: readonly Trend[]): EtsForm[] {
  const forms: EtsForm[] = [];
  for (const error of isPositive(values) ? (['A', 'M'] as const) : (['A'] as const)) {
    for (const trend of trends) {
      forms.push({ error, ...trend, season: 'N' });
      if (season === 1) continue;
      forms.push({ error, ...trend, season: 'A' });
      if (error === 'M') forms.push({ error, ...trend, season: 'M' });
    }
  }
  return forms;
}

/** The form with the smallest criterion, the first of equals. */
function bestOf(fits: readonly EtsFit[]): EtsFit {
  return fits.reduce((best, fit) => (fit.criterion < best.criterion ? fit : best));
}

/**
 * Chooses by criterion. Of a long history error and season are chosen first, without a trend, and
 * then the trend; forms that a rough fit shows to be far from the best are not refined. It is a
 * fifth of the work, and such a history leaves little doubt.
 */
function fitBest(values: Float64Array, season: number): EtsFit {
  if (!isLong(values, season)) {
    return bestOf(formsFor(values, season, TRENDS).map((form) => fitForm(form, values, season)));
  }
  const refined = (drafts: readonly EtsFit[]) => {
    const limit = bestOf(drafts).criterion + CONTENDER_MARGIN;
    return drafts
      .filter(({ criterion }) => criterion <= limit)
      .map((rough) => refine(rough, values, season));
  };
  const [none, ...trends] = TRENDS;
  const flat = bestOf(
    refined(formsFor(values, season, [none!]).map((form) => draft(form, values, season))),
  );
  const forms = trends.map((trend) => ({ ...flat.form, ...trend }));
  return bestOf([flat, ...refined(forms.map((form) => draft(form, values, season, flat.start)))]);
}

/**
 * The forecast of the form with the smallest criterion.
 * @param tuning what an earlier fit found; a long history that it suits is not fitted anew.
 */
export function forecastBest(
  values: Float64Array,
  season: number,
  horizon: number,
  tuning?: Tuning,
): PointForecast {
  if (!isLong(values, season)) return forecastEts(fitBest(values, season), values, horizon);
  const known = tuning && tuned(tuning, values, season);
  const fit = known ?? fitBest(values, season);
  return { ...forecastEts(fit, values, horizon), tuning: known ? tuning : tuningOf(fit) };
}

const DIGITS = 5;

type Fitted = Pick<EtsFit, 'form' | 'start'>;

/** A form in letters, as ETS(A,Ad,M). */
function nameOf({ error, trend, isDamped, season }: EtsForm): string {
  return `${error},${trend}${isDamped ? 'd' : ''},${season}`;
}

/** What smooths, as it is stored. */
function tuningOf({ form, start: { alpha, beta, gamma, phi } }: Fitted): Tuning {
  const numbers = [alpha, beta, gamma, phi].map((value) => Number(value.toPrecision(DIGITS)));
  return { form: nameOf(form), numbers };
}

/** The fit that was found earlier with first states of these values; undefined: it cannot be. */
function tuned(
  { form: name, numbers }: Tuning,
  values: Float64Array,
  season: number,
): Fitted | undefined {
  const form = formsFor(values, season, TRENDS).find((one) => nameOf(one) === name);
  const [alpha, beta, gamma, phi] = numbers;
  if (!form || alpha === undefined || beta === undefined) return undefined;
  if (gamma === undefined || phi === undefined) return undefined;
  const start = { ...initialState(form, values, season), alpha, beta, gamma, phi };
  backcast(form, values, start);
  const work = { ...start, seasons: start.seasons.slice() };
  return Number.isFinite(deviance(form, values, work)) ? { form, start } : undefined;
}

/** What a fitted form says of the past and of the next periods. */
function forecastEts(fit: Fitted, values: Float64Array, horizon: number): PointForecast {
  const state = { ...fit.start, seasons: fit.start.seasons.slice() };
  const fitted = new Float64Array(values.length);
  pass(fit.form, values, state, fitted);
  return { mean: project(fit.form, state, values.length, horizon), fitted };
}

/** The best ETS model without a season. */
export function forecastPlain(values: Float64Array, horizon: number): PointForecast {
  return forecastBest(values, 1, horizon);
}
