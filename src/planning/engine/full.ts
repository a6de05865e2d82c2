import { INTERMITTENT_METHODS } from '../intermittent/index.ts';
import { METHODS } from '../methods/index.ts';
import { LEVELS, type Method, type Series } from '../series.ts';
import { pinball } from './accuracy.ts';
import {
  conformalRounds,
  errorsOf,
  judge,
  originsOf,
  pointRounds,
  type Round,
  roundsOf,
} from './backtest.ts';
import { classify, periodsUntilKnown } from './classify.ts';
import { errorCorrelation } from './correlation.ts';
import { average, forecastFast, methodName, sound, USUAL_PARTS } from './fast.ts';
import { PARTS, type Predictive } from './parts.ts';
import { shapeOf } from './shape.ts';
import { applySpread, fitSpread, type Spread } from './spread.ts';
import type {
  Candidate,
  Classification,
  DemandClass,
  EngineState,
  FullForecast,
  Mark,
} from './types.ts';

export interface FullOptions {
  /** What cleaning found; it is repeated in the explanation. */
  readonly marks?: readonly Mark[];
  /**
   * Further methods to compete, such as a regression with drivers: they get the series up to an
   * origin and must not know more. They are not part of the state for the fast tier.
   */
  readonly methods?: readonly Method[];
  /** Most origins of the backtest; default 8. */
  readonly originsMax?: number;
  /** Probabilities of the quantiles, ascending; default LEVELS. */
  readonly levels?: readonly number[];
}

const ORIGINS_MAX = 8;

/** A candidate this much worse than the best counts 1/e as much. */
const TOLERANCE = 0.06;

/** Shares below this are dropped, so that a forecast rests on few methods. */
const WEIGHT_MIN = 0.08;

/** The usual mix of the class is taken to be this much better than it came out: it is robust. */
const TRUST_IN_USUAL = 0.03;

/** The errors of a handful of origins have more in common than their number says. */
const WIDEN = 1.05;

/** Smooth methods are for demand without many zeros, and the other way round. */
function competitors(demandClass: DemandClass, more: readonly Method[]): readonly Method[] {
  const isSparse = demandClass === 'intermittent' || demandClass === 'lumpy';
  const methods = isSparse ? INTERMITTENT_METHODS : METHODS;
  // Forecasting nothing is no way to plan; it is there to show what MAE would choose.
  return [...methods.filter(({ id }) => id !== 'zero'), ...more];
}

/** One who competed: what it said at each round, and its score. */
interface Entry {
  readonly method: string;
  readonly said: readonly Predictive[];
  /** Means by round, for a point method. */
  readonly means: readonly Float64Array[] | null;
  readonly point: Method | null;
  readonly score: number;
}

/** Pinball loss over all rounds; longer rounds count more. */
function scoreOf(rounds: readonly Round[], said: readonly Predictive[], levels: readonly number[]) {
  let [sum, count] = [0, 0];
  for (const [i, { actual }] of rounds.entries()) {
    sum += pinball(actual, said[i]!.quantiles, levels) * actual.length;
    count += actual.length;
  }
  return sum / count;
}

function compete(
  series: Series,
  rounds: readonly Round[],
  methods: readonly Method[],
  levels: readonly number[],
): Entry[] {
  const shapes = rounds.map(({ origin }) =>
    shapeOf({ ...series, values: series.values.slice(0, origin) }),
  );
  const entries: Entry[] = PARTS.map((part) => {
    const said = rounds.map(({ actual }, i) =>
      sound(part.predict(shapes[i]!, actual.length, levels)),
    );
    const score = scoreOf(rounds, said, levels);
    return { method: part.id, said, means: null, point: null, score };
  });
  const [first] = rounds;
  for (const point of methods) {
    if (first!.origin < point.periodsMin(series.season)) continue;
    const means = pointRounds(point, series, rounds);
    const said = conformalRounds(rounds, means, [], levels).map(sound);
    const score = scoreOf(rounds, said, levels);
    if (Number.isFinite(score)) entries.push({ method: point.id, said, means, point, score });
  }
  return entries;
}

/** Weights by score: the best counts most, those far behind not at all. They sum to 1. */
function weigh(entries: readonly Entry[], usual: readonly string[]): Map<Entry, number> {
  const trusted = entries.map((entry) =>
    usual.includes(entry.method) ? entry.score * (1 - TRUST_IN_USUAL) : entry.score,
  );
  const best = Math.min(...trusted);
  const raw = trusted.map((score) => (best > 0 ? Math.exp((1 - score / best) / TOLERANCE) : 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const kept = raw.map((weight) => (weight / total >= WEIGHT_MIN ? weight : 0));
  // Where many are alike all shares are small: then the usual ones speak.
  const chosen = kept.some((weight) => weight > 0)
    ? kept
    : entries.map(({ method }) => (usual.includes(method) ? 1 : 0));
  const sum = chosen.reduce((a: number, weight) => a + weight, 0);
  return new Map(entries.map((entry, i) => [entry, chosen[i]! / sum]));
}

/** The point methods among the chosen as one, with the spread of their common errors. */
function mergePoints(
  rounds: readonly Round[],
  chosen: readonly (readonly [Entry, number])[],
  levels: readonly number[],
) {
  const points = chosen.filter(([entry]) => entry.means !== null);
  const share = points.reduce((sum, [, weight]) => sum + weight, 0);
  const means = rounds.map(({ actual }, i) => {
    const mean = new Float64Array(actual.length);
    for (const [entry, weight] of points) {
      for (let h = 0; h < mean.length; h += 1) {
        mean[h]! += (weight / share) * entry.means![i]![h]!;
      }
    }
    return mean;
  });
  return { points, share, means, said: conformalRounds(rounds, means, [], levels) };
}

function pointMean(
  series: Series,
  horizon: number,
  points: readonly (readonly [Entry, number])[],
  share: number,
): Float64Array {
  const mean = new Float64Array(horizon);
  for (const [{ point }, weight] of points) {
    const forecast = point!.forecast(series, horizon).mean;
    for (let h = 0; h < horizon; h += 1) mean[h]! += (weight / share) * forecast[h]!;
  }
  return mean.map((value) => (value > 0 ? value : 0));
}

/** How much the errors of a round have in common, as in errorCorrelation but from the backtest. */
function correlationOf(rounds: readonly Round[], said: readonly Predictive[]): number | null {
  let [ofSums, ofPeriods, pairs, used] = [0, 0, 0, 0];
  for (const [i, { actual }] of rounds.entries()) {
    if (actual.length < 2) continue;
    let [sum, squares] = [0, 0];
    for (let h = 0; h < actual.length; h += 1) {
      const error = actual[h]! - said[i]!.mean[h]!;
      sum += error;
      squares += error * error;
    }
    ofSums += sum * sum - squares;
    ofPeriods += squares;
    pairs += (actual.length - 1) * squares;
    used += 1;
  }
  if (used < 4 || !(ofPeriods > 0)) return null;
  return Math.min(0.9, Math.max(0, ofSums / pairs));
}

const NO_SPREAD: Spread = { shape: LEVELS.map(() => 0), scale: 0, growth: 0, power: 0 };

/**
 * The slow tier: classifies the series, lets the methods of its class compete in a rolling-origin
 * backtest, combines the best and gives quantiles that the backtest has calibrated. Never throws;
 * the same input gives the same bits.
 *
 * Methods are judged by their pinball loss over all levels, never by absolute errors of the mean:
 * for demand with many zeros the forecast of nothing would win by those.
 *
 * @param series cleaned (see clean).
 * @param horizon periods ahead.
 */
export function forecastFull(
  series: Series,
  horizon: number,
  options: FullOptions = {},
): FullForecast {
  const levels = options.levels ?? LEVELS;
  const classification = classify(series);
  const periods = series.values.length;
  const origins =
    classification.class === 'ended'
      ? []
      : originsOf(
          periods,
          horizon,
          periodsUntilKnown(series.season),
          options.originsMax ?? ORIGINS_MAX,
        );
  const rounds = roundsOf(series, horizon, origins).filter(({ actual }) => actual.length > 0);
  if (rounds.length < 3) return unproven(series, horizon, classification, options);
  const methods = competitors(classification.class, options.methods ?? []);
  const entries = compete(series, rounds, methods, levels);
  const weights = weigh(entries, USUAL_PARTS[classification.class]);
  const chosen = [...weights]
    .filter(([, weight]) => weight > 0)
    .sort((a, b) => b[1] - a[1] || (a[0].method < b[0].method ? -1 : 1));
  return conclude({ series, horizon, levels, rounds, entries, chosen, classification, options });
}

interface Verdict {
  readonly series: Series;
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly rounds: readonly Round[];
  readonly entries: readonly Entry[];
  readonly chosen: readonly (readonly [Entry, number])[];
  readonly classification: Classification;
  readonly options: FullOptions;
}

function conclude(verdict: Verdict): FullForecast {
  const { series, horizon, levels, rounds, entries, chosen, classification, options } = verdict;
  const { points, share, means, said } = mergePoints(rounds, chosen, levels);
  const direct = chosen.filter(([entry]) => entry.means === null);
  const weights = direct.map(([, weight]) => weight);
  const shape = shapeOf(series);
  const parts = new Map(PARTS.map((part) => [part.id, part]));
  const now = direct.map(([entry]) => parts.get(entry.method)!.predict(shape, horizon, levels));
  let spread = NO_SPREAD;
  if (share > 0) {
    const errors = errorsOf(rounds, means);
    spread = fitSpread(errors, LEVELS, [], WIDEN);
    const mean = pointMean(series, horizon, points, share);
    now.push({ mean, quantiles: applySpread(mean, fitSpread(errors, levels, [], WIDEN)) });
    weights.push(share);
  }
  const past = rounds.map(({ actual }, i) => {
    const parts = direct.map(([entry]) => entry.said[i]!);
    if (share > 0) parts.push(said[i]!);
    return sound(average(parts, weights, actual.length, levels));
  });
  const correlation = correlationOf(rounds, past) ?? errorCorrelation(shape);
  const state: EngineState = {
    version: 1,
    parts: chosen.map(([entry, weight]) => ({ method: entry.method, weight })),
    spread: spread.shape,
    scale: spread.scale,
    growth: spread.growth,
    power: spread.power,
    correlation,
  };
  const isOwn = points.every(([{ point }]) => !options.methods?.includes(point!));
  return {
    method: methodName(state),
    ...sound(average(now, weights, horizon, levels)),
    class: classification.class,
    correlation,
    state: isOwn ? state : null,
    accuracy: judge(series, rounds, past, levels),
    explanation: {
      classification,
      marks: options.marks ?? [],
      origins: rounds.map(({ origin }) => origin),
      candidates: candidatesOf(series, rounds, entries, new Map(chosen), levels),
      summary: summaryOf(classification, rounds.length, entries.length, methodName(state)),
    },
  };
}

function candidatesOf(
  series: Series,
  rounds: readonly Round[],
  entries: readonly Entry[],
  weights: ReadonlyMap<Entry, number>,
  levels: readonly number[],
): Candidate[] {
  return [...entries]
    .sort((a, b) => a.score - b.score)
    .map((entry) => ({
      method: entry.method,
      accuracy: judge(series, rounds, entry.said, levels),
      weight: weights.get(entry) ?? 0,
    }));
}

function summaryOf(
  { class: demandClass, interval, variation }: Classification,
  rounds: number,
  entries: number,
  method: string,
): string {
  return (
    `Demand is ${demandClass} (one demand every ${interval.toFixed(2)} periods, squared variation ` +
    `${variation.toFixed(2)}). Of ${entries} methods over ${rounds} origins of the past, ` +
    `${method} had the least pinball loss or came close to it.`
  );
}

/** Too little history for a backtest: the usual methods of the class, unproven. */
function unproven(
  series: Series,
  horizon: number,
  classification: Classification,
  options: FullOptions,
): FullForecast {
  const summary =
    classification.class === 'ended'
      ? `There was no demand for ${classification.quiet} periods: it is taken to have ended.`
      : `${series.values.length} periods are too few to judge methods by: the usual ones are used.`;
  const explanation = { classification, marks: options.marks ?? [], origins: [], candidates: [] };
  return {
    ...forecastFast(series, horizon, null, options.levels),
    accuracy: null,
    explanation: { ...explanation, summary },
  };
}
