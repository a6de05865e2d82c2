import { LEVELS, type Series } from '../series.ts';
import { fastOf } from './fast.ts';
import { type FullOptions, fullOf } from './full.ts';
import type { EngineForecast, EngineState, FullForecast } from './types.ts';

const WEEK = 7;

/** Periods of a year, the season of a series of weeks. */
const WEEKS_OF_YEAR = 52;

/** So many demands on one weekday and none on another are no chance (1 in 800,000). */
const DEMANDS_MIN = 8;

/**
 * The one weekday of a daily series on which all of its demand falls, as the index of its first
 * occurrence; undefined where there is none. A standing order each Monday is like that, and a
 * history that is only known by week.
 */
export function weekdayOf({ values, season }: Series): number | undefined {
  if (season !== WEEK) return undefined;
  let phase = -1;
  let demands = 0;
  for (let t = 0; t < values.length; t += 1) {
    if (!(values[t]! > 0)) continue;
    if (phase < 0) phase = t % WEEK;
    else if (t % WEEK !== phase) return undefined;
    demands += 1;
  }
  return demands >= DEMANDS_MIN ? phase : undefined;
}

/** The weeks of such a series, and where those of the days ahead are. */
interface Weeks {
  readonly series: Series;
  /** Weeks to forecast; at least one, though its day may lie beyond the horizon. */
  readonly horizon: number;
  /** Days ahead, from 0, of the first of them. */
  readonly first: number;
  readonly days: number;
}

function weeksOf({ values }: Series, phase: number, days: number): Weeks {
  const weeks: number[] = [];
  for (let t = phase; t < values.length; t += WEEK) weeks.push(values[t]!);
  const first = phase + weeks.length * WEEK - values.length;
  const horizon = Math.max(1, Math.ceil((days - first) / WEEK));
  const series = { values: Float64Array.from(weeks), season: WEEKS_OF_YEAR };
  return { series, horizon, first, days };
}

/** Puts what is expected of a week on its day; nothing is expected on the others. */
function onDays<F extends EngineForecast>(forecast: F, { first, days }: Weeks): F {
  const spread = (weeks: Float64Array) => {
    const row = new Float64Array(days);
    for (let week = 0, day = first; day < days; week += 1, day += WEEK) row[day] = weeks[week]!;
    return row;
  };
  const state = forecast.state && { ...forecast.state, periodDays: WEEK };
  const quantiles = forecast.quantiles.map(spread);
  return { ...forecast, mean: spread(forecast.mean), quantiles, state };
}

/**
 * The fast tier: the cheap methods that are usual for the series' class, or what the slow tier
 * chose for it earlier, with quantiles. Days whose demand all falls on one weekday are forecast as
 * weeks. Never throws; the same input gives the same bits.
 *
 * @param series cleaned (see clean).
 * @param horizon periods ahead.
 * @param state what the slow tier learned of this series, if anything.
 * @param levels probabilities of the quantiles, ascending.
 */
export function forecastFast(
  series: Series,
  horizon: number,
  state?: EngineState | null,
  levels: readonly number[] = LEVELS,
): EngineForecast {
  const phase = weekdayOf(series);
  // What was learned of weeks says nothing of days, nor the other way round.
  const learned = state && (state.periodDays === WEEK) === (phase !== undefined) ? state : null;
  if (phase === undefined) return fastOf(series, horizon, learned, levels);
  const weeks = weeksOf(series, phase, horizon);
  return onDays(fastOf(weeks.series, weeks.horizon, learned, levels), weeks);
}

/**
 * The slow tier: classifies the series, lets the methods of its class compete in a rolling-origin
 * backtest, combines the best and gives quantiles that the backtest has calibrated. Days whose
 * demand all falls on one weekday are forecast, and judged, as weeks. Never throws; the same input
 * gives the same bits.
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
  const phase = options.methods?.length ? undefined : weekdayOf(series);
  if (phase === undefined) return fullOf(series, horizon, options);
  const weeks = weeksOf(series, phase, horizon);
  const full = onDays(fullOf(weeks.series, weeks.horizon, options), weeks);
  const { explanation } = full;
  return {
    ...full,
    explanation: {
      ...explanation,
      origins: explanation.origins.map((known) => phase + (known - 1) * WEEK + 1),
      summary: `All demand falls on one weekday, so weeks were forecast. ${explanation.summary}`,
    },
  };
}
