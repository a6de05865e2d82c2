import { clean, type EngineForecast, forecastFast } from '../engine/index.ts';
import type { Series } from '../series.ts';
import type { Effect, SeriesDrivers } from './types.ts';
import { factorsOf, knownAhead } from './values.ts';

const WEEK_DAYS = 7;
/** History that a forecast without a choice of methods looks at, as the fast tier does. */
const RECENT_DAYS = 364;
/** On days that keep less demand than this, what was usual cannot be told from it. */
const FACTOR_MIN = 0.2;

/** A series of which effects may be used. */
export interface Driven {
  readonly firstDay: number;
  /** Demand as it is known through the day that is forecast from, NaN where it is not. */
  readonly values: Float64Array;
  readonly drivers: SeriesDrivers;
}

/** Takes effects out of a history; NaN on days that they leave hardly any demand on. */
export function withoutEffects(
  { firstDay, values, drivers }: Driven,
  effects: readonly Effect[],
  origin: number,
): Float64Array {
  const span = { from: firstDay, to: firstDay + values.length - 1 };
  const factors = factorsOf(effects, drivers, firstDay, span, { through: span.to, origin });
  return values.map((value, t) => (factors[t]! < FACTOR_MIN ? Number.NaN : value / factors[t]!));
}

/** A forecast of what is usual, and the same moved by the effects of the days to come. */
export interface DrivenForecast<F extends EngineForecast> {
  /** What the forecaster gave; its own where nothing but the usual was asked for. */
  readonly chosen: F;
  readonly usual: EngineForecast;
  readonly moved: EngineForecast;
  /** What each day after the history is multiplied by, `daysAhead` of them. */
  readonly factors: Float64Array;
}

/**
 * Forecasts a series whose demand is moved by effects: they are taken out of the history, what is
 * left is forecast, and the effects of the days to come are put on. Days whose signals are not
 * known yet are forecast from a history that still holds what the signals did, or their quantiles
 * would be too narrow.
 * @param origin the day through which the run knows demand; see signalAt.
 * @param daysAhead days to have factors for, at least the forecaster's horizon.
 */
export function forecastDriven<F extends EngineForecast>(
  series: Driven,
  effects: readonly Effect[],
  origin: number,
  daysAhead: number,
  forecaster: (series: Series) => F,
): DrivenForecast<F> {
  const { firstDay, values, drivers } = series;
  const known = { through: firstDay + values.length - 1, origin };
  const usualOf = (some: readonly Effect[]): Series => {
    const left = some.length > 0 ? withoutEffects(series, some, origin) : values;
    return clean(left, { season: WEEK_DAYS }).series;
  };
  const recentOf = (whole: Series): Series => {
    return { ...whole, values: whole.values.subarray(-RECENT_DAYS) };
  };
  const span = { from: known.through + 1, to: known.through + daysAhead };
  const factors = factorsOf(effects, drivers, firstDay, span, known);
  const chosen = forecaster(usualOf(effects));
  const horizon = chosen.mean.length;
  const ahead = knownAhead(effects, drivers, known);
  let usual: EngineForecast = chosen;
  if (ahead < horizon) {
    const planned = effects.filter(({ kind }) => kind !== 'signal');
    const later = forecastFast(recentOf(usualOf(planned)), horizon, null);
    const after = factorsOf(planned, drivers, firstDay, span, known);
    factors.set(after.subarray(ahead), ahead);
    const joined = (one: Float64Array, other: Float64Array) =>
      one.map((value, day) => (day < ahead ? value : other[day]!));
    usual = {
      ...chosen,
      mean: joined(chosen.mean, later.mean),
      quantiles: chosen.quantiles.map((row, level) => joined(row, later.quantiles[level]!)),
    };
  }
  const move = (row: Float64Array) => row.map((value, day) => value * factors[day]!);
  const moved = { ...usual, mean: move(usual.mean), quantiles: usual.quantiles.map(move) };
  return { chosen, usual, moved, factors };
}
