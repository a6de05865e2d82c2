import type { Method, PointForecast, Tuning } from '../series.ts';
import { guarded } from './guard.ts';
import { lineThrough } from './line.ts';
import { minimiseOne } from './minimise.ts';
import { type Adjusted, deseasonalise, isPositive, reseasonalise } from './seasonality.ts';

/**
 * The Theta methods as one state space model (Fiorucci, Pellegrini, Louzada, Petropoulos and
 * Koehler, 2016, Models for optimising the theta method and their relationship to state space
 * models, International Journal of Forecasting 32):
 *
 *   said(t)  = level(t-1) + w * (decay^(t-1) * A + (1 - decay^t) / alpha * B)
 *   level(t) = alpha * y(t) + decay * level(t-1),   decay = 1 - alpha,   w = 1 - 1 / theta
 *
 * A and B are intercept and slope of a line through the history: through all of it (standard and
 * optimised Theta) or only through what was known at t - 1 (the dynamic model). For a given alpha
 * what is said is linear in the first level and in w, so both are solved for exactly and only
 * alpha is searched for, which is why it is fast.
 */
interface Lines {
  /** For each period, the line known before it. */
  readonly intercepts: Float64Array;
  readonly slopes: Float64Array;
  /** The first period whose error counts. */
  readonly first: number;
}

interface ThetaFit {
  readonly alpha: number;
  readonly start: number;
  readonly weight: number;
}

/** What a variant of Theta leaves open. */
interface ThetaKind {
  readonly isDynamic: boolean;
  /** The weight of the trend line; null: to be found. Theta = 2 is 0.5. */
  readonly weight: number | null;
}

/**
 * The smallest alpha that is searched is 16 / periods within these bounds: a short history cannot
 * tell slow smoothing from chance, and is mostly of long periods, each with news of its own. Found
 * on the training parts of M3 and Tourism, where it helps yearly and quarterly series alike.
 */
const ALPHA_LOWEST_MIN = 0.1;
const ALPHA_LOWEST_MAX = 0.8;
const ALPHA_LOWEST_PERIODS = 16;
const ALPHA_MAX = 0.99;
const ALPHA_GRID = 10;
const ALPHA_TOLERANCE = 1e-3;
/** Theta up to 1,000; beyond, nothing but the line would be left. */
const WEIGHT_MAX = 0.999;

/** The line by least squares through all periods, the same for each. */
function wholeLine(values: Float64Array): Lines {
  const periods = values.length;
  const { intercept, slope } = lineThrough(values, periods);
  return {
    intercepts: new Float64Array(periods).fill(intercept),
    slopes: new Float64Array(periods).fill(slope),
    first: 0,
  };
}

/** The line through the periods before each; before the first there is none. */
function growingLines(values: Float64Array): Lines {
  const periods = values.length;
  const intercepts = new Float64Array(periods);
  const slopes = new Float64Array(periods);
  const line = startLine();
  for (let t = 0; t < periods; t += 1) {
    intercepts[t] = line.intercept;
    slopes[t] = line.slope;
    extendLine(line, values[t]!);
  }
  return { intercepts, slopes, first: Math.min(2, periods - 1) };
}

interface GrowingLine {
  count: number;
  mean: number;
  intercept: number;
  slope: number;
}

function startLine(): GrowingLine {
  return { count: 0, mean: 0, intercept: 0, slope: 0 };
}

/** Takes one more value into the line by least squares, without looking at the others again. */
function extendLine(line: GrowingLine, value: number): void {
  const n = line.count + 1;
  const before = line.mean;
  line.mean = before + (value - before) / n;
  line.slope = n === 1 ? 0 : ((n - 2) * line.slope + (6 / n) * (value - before)) / (n + 1);
  line.intercept = line.mean - (line.slope * (n + 1)) / 2;
  line.count = n;
}

/**
 * The best first level and weight for an alpha, with the sum of squared errors. The first level
 * is reckoned from the first value, so that little is lost in the sums.
 */
function solve(
  values: Float64Array,
  lines: Lines,
  alpha: number,
  fixedWeight: number | null,
): { cost: number; start: number; weight: number } {
  const { intercepts, slopes, first } = lines;
  const decay = 1 - alpha;
  let level = values[0]!;
  let power = 1;
  let [ee, ep, eg, pp, pg, gg] = [0, 0, 0, 0, 0, 0];
  for (let t = 0; t < values.length; t += 1) {
    const nextPower = power * decay;
    const error = values[t]! - level;
    if (t >= first) {
      const line = power * intercepts[t]! + ((1 - nextPower) / alpha) * slopes[t]!;
      ee += error * error;
      ep += error * power;
      eg += error * line;
      pp += power * power;
      pg += power * line;
      gg += line * line;
    }
    level += alpha * error;
    power = nextPower;
  }
  // Minimise ee - 2 s ep - 2 w eg + s s pp + 2 s w pg + w w gg over s, then over w.
  let weight = fixedWeight;
  if (weight === null) {
    const curvature = gg - (pp > 0 ? (pg * pg) / pp : 0);
    const free = curvature > 1e-12 * gg ? (eg - (pp > 0 ? (ep * pg) / pp : 0)) / curvature : 0;
    weight = Math.min(WEIGHT_MAX, Math.max(0, free));
  }
  const shift = pp > 0 ? (ep - weight * pg) / pp : 0;
  const linear = shift * ep + weight * eg;
  const square = shift * shift * pp + 2 * shift * weight * pg + weight * weight * gg;
  return { cost: ee - 2 * linear + square, start: values[0]! + shift, weight };
}

const ALPHA_DIGITS = 5;

function estimate(
  values: Float64Array,
  lines: Lines,
  kind: ThetaKind,
  tuning: Tuning | undefined,
): ThetaFit {
  // The standard method smooths the history itself and adds the trend afterwards.
  const searched = kind.weight === null ? null : 0;
  const cost = (alpha: number) => solve(values, lines, alpha, searched).cost;
  const short = ALPHA_LOWEST_PERIODS / values.length;
  const lowest = Math.max(ALPHA_LOWEST_MIN, Math.min(ALPHA_LOWEST_MAX, short));
  const [known] = tuning?.numbers ?? [];
  const isKnown = known !== undefined && known >= lowest && known <= ALPHA_MAX;
  const alpha = isKnown ? known : minimiseOne(cost, lowest, ALPHA_MAX, ALPHA_GRID, ALPHA_TOLERANCE);
  const { start, weight } = solve(values, lines, alpha, searched);
  return { alpha, start, weight: kind.weight ?? weight };
}

/** Runs the model over the history and on: what it says next is what it sees next. */
function run(
  values: Float64Array,
  lines: Lines,
  { alpha, start, weight }: ThetaFit,
  kind: ThetaKind,
  horizon: number,
): PointForecast {
  const periods = values.length;
  const mean = new Float64Array(horizon);
  const fitted = new Float64Array(periods);
  const line = startLine();
  let level = start;
  let power = 1;
  for (let t = 0; t < periods + horizon; t += 1) {
    const inPast = t < periods;
    const intercept = kind.isDynamic ? line.intercept : lines.intercepts[0]!;
    const slope = kind.isDynamic ? line.slope : lines.slopes[0]!;
    const nextPower = power * (1 - alpha);
    // The drift that smoothing lags behind; with a free weight, the line through the first level.
    const trend =
      kind.weight === null
        ? power * intercept + ((1 - nextPower) / alpha) * slope
        : ((1 - power) / alpha) * slope;
    const said = level + weight * trend;
    if (inPast) fitted[t] = said;
    else mean[t - periods] = said;
    const seen = inPast ? values[t]! : said;
    extendLine(line, seen);
    level += alpha * (seen - level);
    power = nextPower;
  }
  fitted.fill(Number.NaN, 0, Math.min(periods, Math.max(1, lines.first)));
  return { mean, fitted };
}

function forecastAdjusted(
  adjusted: Adjusted,
  horizon: number,
  kind: ThetaKind,
  given?: Tuning,
): PointForecast {
  const { values } = adjusted;
  const lines = kind.isDynamic ? growingLines(values) : wholeLine(values);
  const fit = estimate(values, lines, kind, given);
  const forecast = run(values, lines, fit, kind, horizon);
  reseasonalise(forecast.mean, adjusted, values.length);
  reseasonalise(forecast.fitted, adjusted, 0);
  const numbers = [Number(fit.alpha.toPrecision(ALPHA_DIGITS))];
  return { ...forecast, tuning: { form: '', numbers } };
}

function thetaMethod(id: string, kind: ThetaKind): Method {
  return guarded(
    id,
    () => 4,
    ({ values, season }, horizon, tuning) =>
      forecastAdjusted(deseasonalise(values, season), horizon, kind, tuning),
  );
}

/**
 * The Theta method that won the M3 competition: simple exponential smoothing of the history
 * without its season, with half the slope of its trend line added.
 * Sources: Assimakopoulos and Nikolopoulos (2000), The theta model; Hyndman and Billah (2003),
 * Unmasking the Theta method, who show that it is smoothing with drift.
 */
export const theta: Method = thetaMethod('theta', { isDynamic: false, weight: 0.5 });

/** The optimised Theta model: how much of the trend line counts is found from the history. */
export const otm: Method = thetaMethod('otm', { isDynamic: false, weight: null });

/** The dynamic optimised Theta model: as `otm`, with the trend line of what was known so far. */
export const dotm: Method = thetaMethod('dotm', { isDynamic: true, weight: null });

/**
 * Theta of the logarithms, where all values are clearly above zero: a trend that grows by shares
 * and a season that multiplies. The mean is that of the logarithms put back, so it is a median.
 */
export const growthTheta: Method = guarded(
  'growth_theta',
  () => 4,
  ({ values, season }, horizon) => {
    if (!isPositive(values)) return theta.forecast({ values, season }, horizon);
    const { mean, fitted } = theta.forecast({ values: values.map(Math.log), season }, horizon);
    return { mean: mean.map(Math.exp), fitted: fitted.map(Math.exp) };
  },
);

/** The dynamic optimised Theta model of a history that has no season (any more). */
export function forecastTheta(values: Float64Array, horizon: number): PointForecast {
  const adjusted = { values, kind: 'none', indices: new Float64Array(1) } as const;
  return forecastAdjusted(adjusted, horizon, { isDynamic: true, weight: null });
}
