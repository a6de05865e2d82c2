import { LEVELS, type Method, type Series, type Tuning } from '../series.ts';
import {
  conformalRounds,
  errorsUntil,
  judge,
  knownAt,
  originsOf,
  type PointRound,
  pointRound,
  type Round,
  roundsOf,
} from './backtest.ts';
import { classify, periodsUntilKnown } from './classify.ts';
import { compete, competitors, DAYS_SEASON, type Entry } from './compete.ts';
import { errorCorrelation, trustedCorrelation } from './correlation.ts';
import { average, fastOf, methodName, oracleOf, sound, USUAL } from './fast.ts';
import { type Predictive, withZeros } from './parts.ts';
import { type Shape, shapeOf } from './shape.ts';
import { applySpread, fitSpread, type Spread } from './spread.ts';
import type {
  Candidate,
  Classification,
  DemandClass,
  EngineState,
  FullForecast,
  Mark,
} from './types.ts';
import { classWords, methodWords } from './words.ts';

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
const TOLERANCE = 0.1;

/** Shares below this are dropped, so that a forecast rests on few methods. */
const WEIGHT_MIN = 0.08;

/**
 * How much better than the usual mix of the class a method must be to count as much, over one
 * period; over n periods it is this divided by the root of n. A few periods prove little, and for
 * demand in lumps the mix is hard to beat; smooth demand follows trends that the mix knows not.
 */
const DOUBT = 1.5;
const DOUBT_SMOOTH = 0.2;

/** Point methods that a forecast of days rests on, at most: more of them say nearly the same. */
const POINTS_MAX = 2;

/**
 * Fewer periods than this to judge by prove nothing: on the training parts of car parts and of a
 * shop's weeks, what won over 7 to 19 periods did worse than the usual mix later.
 */
const JUDGED_MIN = 26;

/** Periods that were forecast at least once. */
function periodsJudged(rounds: readonly Round[]): number {
  const last = rounds[rounds.length - 1]!;
  return last.origin + last.actual.length - rounds[0]!.origin;
}

/**
 * Weights by score: the best counts most, those far behind not at all. They sum to 1. The usual
 * mix is given the benefit of doubt.
 */
function weigh(
  entries: readonly Entry[],
  rounds: readonly Round[],
  demandClass: DemandClass,
  season: number,
): Map<Entry, number> {
  const prior = demandClass === 'smooth' ? DOUBT_SMOOTH : DOUBT;
  const doubt = Math.min(0.5, prior / Math.sqrt(periodsJudged(rounds)));
  const scores = entries.map(({ method, score }) =>
    method === USUAL ? score * (1 - doubt) : score,
  );
  const best = Math.min(...scores);
  const raw = scores.map((score) => (best > 0 ? Math.exp((1 - score / best) / TOLERANCE) : 1));
  const total = raw.reduce((sum, weight) => sum + weight, 0);
  const most = Math.max(...raw);
  const points = raw.filter((_, i) => entries[i]!.point !== null).sort((a, b) => b - a);
  const least = (season === DAYS_SEASON ? points[POINTS_MAX - 1] : 0) ?? 0;
  const kept = raw.map((weight, i) => {
    if (entries[i]!.point !== null && weight < least) return 0;
    return weight >= WEIGHT_MIN * total || weight === most ? weight : 0;
  });
  const sum = kept.reduce((a, weight) => a + weight, 0);
  return new Map(entries.map((entry, i) => [entry, kept[i]! / sum]));
}

/** Weighted mean of what point methods said, past errors included. */
function mergePoints(said: readonly PointRound[], weights: readonly number[]): PointRound {
  const [first] = said;
  const mean = new Float64Array(first!.mean.length);
  for (const [i, point] of said.entries()) {
    for (let h = 0; h < mean.length; h += 1) mean[h]! += weights[i]! * point.mean[h]!;
  }
  // Methods begin to say something at different periods; the newest they all have.
  const count = Math.min(...said.map(({ past }) => past.length));
  const past = Array.from({ length: count }, (_, back) => {
    let [expected, error] = [0, 0];
    for (const [i, point] of said.entries()) {
      const one = point.past[point.past.length - count + back]!;
      expected += weights[i]! * one.expected;
      error += weights[i]! * one.error;
    }
    return { ahead: 1, expected, error };
  });
  return { mean, past };
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
  const periods = 1 + pairs / ofPeriods;
  return trustedCorrelation(ofSums / pairs, used, periods);
}

const NO_SPREAD: Spread = {
  shape: LEVELS.map(() => 0),
  scale: 0,
  growth: 0,
  power: 0,
  floor: 0,
};

/**
 * The slow tier over the periods of a series as they are: see forecastFull.
 */
export function fullOf(series: Series, horizon: number, options: FullOptions = {}): FullForecast {
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
  if (rounds.length < 3 || periodsJudged(rounds) < JUDGED_MIN)
    return unproven(series, horizon, classification, options);
  const methods = competitors(classification.class, options.methods ?? []);
  const shapes = rounds.map(({ origin }) => shapeOf(knownAt(series, origin)));
  const entries = compete(series, rounds, shapes, classification.class, methods, levels);
  const weights = weigh(entries, rounds, classification.class, series.season);
  const chosen = [...weights]
    .filter(([, weight]) => weight > 0)
    .sort((a, b) => b[1] - a[1] || (a[0].method < b[0].method ? -1 : 1));
  const verdict = { series, horizon, levels, rounds, shapes, entries, chosen };
  return conclude({ ...verdict, classification, options });
}

interface Verdict {
  readonly series: Series;
  readonly horizon: number;
  readonly levels: readonly number[];
  readonly rounds: readonly Round[];
  /** What was known at each round. */
  readonly shapes: readonly Shape[];
  readonly entries: readonly Entry[];
  readonly chosen: readonly (readonly [Entry, number])[];
  readonly classification: Classification;
  readonly options: FullOptions;
}

function conclude(verdict: Verdict): FullForecast {
  const { series, horizon, levels, rounds, shapes, entries, chosen } = verdict;
  const { classification, options } = verdict;
  const direct = chosen.filter(([entry]) => entry.points === null);
  const pointed = chosen.filter(([entry]) => entry.points !== null);
  const share = pointed.reduce((sum, [, weight]) => sum + weight, 0);
  const shares = pointed.map(([, weight]) => weight / share);
  const weights = direct.map(([, weight]) => weight);
  const shape = shapeOf(series);
  const ask = oracleOf(shape, classification.class, horizon, levels);
  const now = direct.map(([entry]) => ask(entry.method)!);
  const before = direct.map(([entry]) => entry.said);
  let spread = NO_SPREAD;
  const tunings = new Map<Entry, Tuning | undefined>();
  if (share > 0) {
    const merged = rounds.map((_, i) =>
      mergePoints(
        pointed.map(([entry]) => entry.points![i]!),
        shares,
      ),
    );
    const points = pointed.map(([entry]) => pointRound(entry.point!, series, horizon));
    for (const [i, [entry]] of pointed.entries()) tunings.set(entry, points[i]!.tuning);
    const last = mergePoints(points, shares);
    const errors = errorsUntil(rounds, merged, series.values.length, last);
    spread = fitSpread(errors, LEVELS, series.values.length);
    const quantiles = applySpread(last.mean, fitSpread(errors, levels, series.values.length));
    now.push(withZeros({ mean: last.mean, quantiles }, shape, levels));
    before.push(conformalRounds(rounds, merged, shapes, levels, series.values.length));
    weights.push(share);
  }
  const past = rounds.map(({ actual }, i) => {
    const predictions = before.map((said) => said[i]!);
    return sound(average(predictions, weights, actual.length, levels));
  });
  const correlation = correlationOf(rounds, past) ?? errorCorrelation(shape);
  const state: EngineState = {
    version: 1,
    parts: chosen.map(([entry, weight]) => {
      const tuning = tunings.get(entry);
      return { method: entry.method, weight, ...(tuning && { tuning }) };
    }),
    spread: spread.shape,
    scale: spread.scale,
    growth: spread.growth,
    power: spread.power,
    floor: spread.floor,
    correlation,
  };
  const isOwn = pointed.every(([{ point }]) => !options.methods?.includes(point!));
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
    `It ${classWords(demandClass)}: one demand every ${interval.toFixed(2)} periods, squared ` +
    `variation ${variation.toFixed(2)}. Of ${entries} methods over ${rounds} origins of the ` +
    `past, ${methodWords(method)} had the least pinball loss or came close to it.`
  );
}

function tooShort(periods: number): string {
  const known = periods === 1 ? 'One period of history is' : `${periods} periods of history are`;
  return `${known} too few to try methods on the past`;
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
      : `${tooShort(series.values.length)}, so it is forecast by ${methodWords(USUAL)}.`;
  const explanation = { classification, marks: options.marks ?? [], origins: [], candidates: [] };
  return {
    ...fastOf(series, horizon, null, options.levels),
    accuracy: null,
    explanation: { ...explanation, summary },
  };
}
