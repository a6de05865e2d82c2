import { type Forecast, LEVELS, type Series } from '../series.ts';
import { quantileOf } from './counts.ts';
import { fitCounts } from './fit.ts';

/**
 * A whole forecast of one intermittent series: the same distribution for each of the next
 * periods. The quantiles are whole steps of demand (0, 1, 2 ... units), as demand is. For the
 * demand of several periods together see totalDemand of the engine: quantiles do not add.
 */
export function forecastCounts(series: Series, horizon: number): Forecast {
  const steps = Math.max(0, Math.floor(horizon) || 0);
  const model = fitCounts(series.values);
  return {
    method: model.family === 'zero' ? 'zero' : `counts:${model.family}`,
    mean: new Float64Array(steps).fill(model.mean),
    quantiles: LEVELS.map((level) =>
      new Float64Array(steps).fill(quantileOf(model.distribution, level)),
    ),
  };
}
