import { INTERMITTENT_METHODS } from '../intermittent/index.ts';
import { METHODS } from '../methods/index.ts';
import type { Method, Series } from '../series.ts';
import { LEVELS } from '../series.ts';
import { recentOf } from './backtest.ts';
import { classify } from './classify.ts';
import { errorCorrelation } from './correlation.ts';
import { PARTS, type Predictive, withZeros } from './parts.ts';
import { type Shape, shapeOf } from './shape.ts';
import { applySpread, shapeAt } from './spread.ts';
import type { DemandClass, EngineForecast, EngineState } from './types.ts';

/** Cheap methods whose quantiles are averaged where nothing better is known, by class. */
const USUAL_PARTS: Readonly<Record<DemandClass, readonly string[]>> = {
  smooth: ['empirical_level', 'hurdle', 'smoothing_fast'],
  erratic: ['empirical_short', 'empirical_level', 'smoothing_fast'],
  intermittent: ['empirical_short', 'empirical_level', 'hurdle', 'smoothing_fast'],
  lumpy: ['empirical_short', 'empirical_level', 'hurdle', 'smoothing_fast'],
  new: ['empirical_long', 'hurdle'],
  ended: [],
};

/** The same for histories of up to SHORT_PERIODS; found on the training part of a shop's weeks. */
const USUAL_SHORT: Readonly<Record<DemandClass, readonly string[]>> = {
  smooth: ['hurdle_short', 'hurdle_short', 'empirical_level', 'smoothing_fast'],
  erratic: ['hurdle_short', 'empirical_short', 'empirical_level'],
  intermittent: ['counts', 'counts', 'hurdle_short'],
  lumpy: ['hurdle_short', 'counts', 'smoothing_fast'],
  new: ['hurdle_short', 'counts', 'empirical_level'],
  ended: [],
};

/** The name by which the usual mix competes with single methods. */
export const USUAL = 'usual';

const partsById = new Map(PARTS.map((part) => [part.id, part]));

/** Of so few periods the newest count more, and there is time for the counts, which take longer. */
const SHORT_PERIODS = 200;

function usualParts(demandClass: DemandClass, periods: number): readonly string[] {
  return (periods <= SHORT_PERIODS ? USUAL_SHORT : USUAL_PARTS)[demandClass];
}

/** Averages distributions by their quantiles (Vincentization; Lichtendahl et al., 2013). */
export function average(
  predictions: readonly Predictive[],
  weights: readonly number[],
  horizon: number,
  levels: readonly number[],
): Predictive {
  const mean = new Float64Array(horizon);
  const quantiles = levels.map(() => new Float64Array(horizon));
  for (const [i, prediction] of predictions.entries()) {
    const weight = weights[i]!;
    for (let h = 0; h < horizon; h += 1) mean[h]! += weight * prediction.mean[h]!;
    for (let level = 0; level < levels.length; level += 1) {
      const [to, from] = [quantiles[level]!, prediction.quantiles[level]!];
      for (let h = 0; h < horizon; h += 1) to[h]! += weight * from[h]!;
    }
  }
  return { mean, quantiles };
}

/** No number but finite ones, none below zero, quantiles ascending. */
export function sound({ mean, quantiles }: Predictive): Predictive {
  const sorted = quantiles.map(sane);
  for (let i = 1; i < sorted.length; i += 1) {
    const [below, row] = [sorted[i - 1]!, sorted[i]!];
    for (let h = 0; h < row.length; h += 1) if (row[h]! < below[h]!) row[h] = below[h]!;
  }
  return { mean: sane(mean), quantiles: sorted };
}

function sane(values: Float64Array): Float64Array {
  const row = values.slice();
  for (let h = 0; h < row.length; h += 1) {
    if (!(row[h]! > 0 && row[h]! < Number.POSITIVE_INFINITY)) row[h] = 0;
  }
  return row;
}

/** Says what a cheap method, or the usual mix, expects; undefined for the name of another one. */
export type Oracle = (id: string) => Predictive | undefined;

/** The cheap methods over one shape: each is asked once, in however many mixes it takes part. */
export function oracleOf(
  shape: Shape,
  demandClass: DemandClass,
  horizon: number,
  levels: readonly number[],
): Oracle {
  const said = new Map<string, Predictive | undefined>();
  const ask: Oracle = (id) => {
    if (said.has(id)) return said.get(id);
    const prediction = id === USUAL ? usual() : partsById.get(id)?.predict(shape, horizon, levels);
    said.set(id, prediction);
    return prediction;
  };
  const usual = () => {
    const ids = usualParts(demandClass, shape.values.length);
    const weights = ids.map(() => 1 / ids.length);
    return average(
      ids.map((id) => ask(id)!),
      weights,
      horizon,
      levels,
    );
  };
  return ask;
}

/** The forecast by what was chosen earlier; undefined when a method of it is gone. */
function predictChosen(
  series: Series,
  shape: Shape,
  demandClass: DemandClass,
  horizon: number,
  state: EngineState,
  levels: readonly number[],
): Predictive | undefined {
  const predictions: Predictive[] = [];
  const weights: number[] = [];
  const points: { mean: Float64Array; weight: number }[] = [];
  const ask = oracleOf(shape, demandClass, horizon, levels);
  for (const { method, weight, tuning } of state.parts) {
    const direct = ask(method);
    if (direct) {
      predictions.push(direct);
      weights.push(weight);
      continue;
    }
    const found = findMethod(method);
    if (!found) return undefined;
    points.push({ mean: found.forecast(recentOf(series), horizon, tuning).mean, weight });
  }
  let share = 0;
  for (const { weight } of points) share += weight;
  if (share > 0) {
    const mean = new Float64Array(horizon);
    for (const point of points) {
      for (let h = 0; h < horizon; h += 1) mean[h]! += (point.weight / share) * point.mean[h]!;
    }
    for (let h = 0; h < horizon; h += 1) mean[h] = Math.max(0, mean[h]!);
    const { scale, growth, power, floor } = state;
    const spread = { shape: shapeAt(state.spread, levels), scale, growth, power, floor };
    const quantiles = applySpread(mean, spread);
    predictions.push(withZeros({ mean, quantiles }, shape, levels));
    weights.push(share);
  }
  return average(predictions, weights, horizon, levels);
}

function findMethod(id: string): Method | undefined {
  const isIt = (method: Method) => method.id === id;
  return METHODS.find(isIt) ?? INTERMITTENT_METHODS.find(isIt);
}

/**
 * The fast tier over the periods of a series as they are: see forecastFast.
 *
 * @param series cleaned (see clean).
 * @param horizon periods ahead.
 * @param state what the slow tier learned of this series, if anything.
 * @param levels probabilities of the quantiles, ascending.
 */
export function fastOf(
  series: Series,
  horizon: number,
  state?: EngineState | null,
  levels: readonly number[] = LEVELS,
): EngineForecast {
  const { class: demandClass, demands } = classify(series);
  if (demandClass === 'ended') return nothing(horizon, levels);
  const few = demandClass === 'new' && demands < DEMANDS_OF_WEEK && series.season === 7;
  const shape = shapeOf(demandClass === 'new' ? withQuietStart(series, demands, few) : series);
  const chosen = state
    ? predictChosen(series, shape, demandClass, horizon, state, levels)
    : undefined;
  const ask = oracleOf(shape, demandClass, horizon, levels);
  const usual = () =>
    few
      ? average(
          FEW_PARTS.map((id) => ask(id)!),
          HALVES,
          horizon,
          levels,
        )
      : ask(USUAL)!;
  const predictive = chosen ?? usual();
  return {
    method: chosen ? methodName(state!) : USUAL,
    ...sound(predictive),
    class: demandClass,
    correlation: chosen ? state!.correlation : errorCorrelation(shape),
    state: state ?? null,
  };
}

/** Of a new item that sells by day, the fewest demands that each stand for less than a week. */
const DEMANDS_OF_WEEK = 4;

/** With fewer than that, the newest day and its weekday mean no more than the others. */
const FEW_PARTS = ['hurdle', 'empirical_long'];
const HALVES = [0.5, 0.5];

/**
 * A new item's history begins with a demand, or it would not have begun: as many days as that
 * chance took are not in it, and one sale would be taken for a sale every day. Some weeks without
 * demand stand for them: four for one demand, two for two or three, then one.
 */
function withQuietStart(series: Series, demands: number, few: boolean): Series {
  if (series.season !== 7 || demands === 0) return series;
  const first = series.values.findIndex((value) => value > 0);
  const quiet = 7 * Math.ceil(DEMANDS_OF_WEEK / demands);
  // Whole weeks, so that the newest day keeps its weekday.
  const added = 7 * Math.ceil(Math.max(0, quiet - first) / 7);
  const values = new Float64Array(series.values.length + added);
  values.set(series.values, added);
  return { values, season: few ? 1 : series.season };
}

/** Names joined by +, the heaviest first. */
export function methodName({ parts }: Pick<EngineState, 'parts'>): string {
  return parts.map(({ method }) => method).join('+');
}

/** An item that ended sells nothing more. */
function nothing(horizon: number, levels: readonly number[]): EngineForecast {
  const zeros = () => new Float64Array(horizon);
  const quantiles = levels.map(zeros);
  return { method: 'none', mean: zeros(), quantiles, class: 'ended', correlation: 0, state: null };
}
