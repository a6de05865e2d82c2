import { type Forecast, LEVELS } from '../series.ts';
import { designOf } from './design.ts';
import { effectsOf } from './effects.ts';
import { predict } from './hierarchy.ts';
import type { Panel, PanelForecast } from './panel.ts';
import { type Timeline, timelineOf } from './timeline.ts';
import { levels, residuals, type Validated, validate } from './validate.ts';

/** A forecast stays within this factor of the largest demand of its item. */
const EXCURSION_MAX = 3;
/** Errors beyond so many deviations are counted as this many when the mean is formed. */
const ERROR_MAX = 4;
/** The mean of so many quantiles of the errors stands for the mean of them all. */
const SHAPE_POINTS = 200;
const LOG_MAX = 600;

/**
 * Forecasts every series of a panel for the `horizon` periods after the latest period of the
 * panel, with the drivers' future values.
 *
 * The regression is on the logarithm of demand, pooled over the series (see fitHierarchy), with
 * price, its reference, its past and that of rivals at the site, flags with their past and
 * products, season and trend; a series' own recent level is added. The mean is that of demand and
 * not of its logarithm: it is turned back with the errors seen (the smearing estimate of Duan,
 * 1983). Quantiles come from the errors of predictions of the last quarter of the history,
 * standardised and pooled over all series.
 *
 * Whatever the history holds, every number is finite and not negative; a series without history
 * gets what its item and its site suggest. The same panel gives the same numbers.
 */
export function forecastWithDrivers(panel: Panel, horizon: number): PanelForecast {
  const steps = Math.max(0, Math.floor(horizon) || 0);
  const line = timelineOf(panel, steps);
  if (!line.logs.some((log) => !Number.isNaN(log))) return nothing(panel, steps);
  const design = designOf(line);
  const validated = validate(line, design);
  const rows = residuals(line, design, validated.fit, line.known);
  const level = levels(line, rows, line.known, validated.memory);
  const shape = shapeOf(validated.errors);
  const ceilings = ceilingsOf(line);
  const forecasts = line.keys.map((_, i): Forecast => {
    const deviation = validated.deviations[i]!;
    const ceiling = ceilings[line.itemOf[i]!]!;
    const centers = Float64Array.from({ length: steps }, (_unused, h) => {
      const cell = i * line.periods + line.known + h;
      const center = predict(design, validated.fit.coefficients, i, cell) + level[i]!;
      return Math.min(center, Math.log(ceiling + line.shift));
    });
    return spreadOut(centers, deviation, shape, validated, line, ceiling);
  });
  const explained = explainedBy(line, rows);
  return { forecasts, effects: effectsOf(line, design, validated, rows), explained };
}

/** The empty answer to a panel without any demand known. */
function nothing(panel: Panel, horizon: number): PanelForecast {
  const none = { value: 0, standardError: Number.POSITIVE_INFINITY };
  return {
    forecasts: panel.series.map(() => ({
      method: 'regression',
      mean: new Float64Array(horizon),
      quantiles: LEVELS.map(() => new Float64Array(horizon)),
    })),
    effects: panel.drivers.map(({ name }) => ({
      driver: name,
      pooled: none,
      byItem: new Map(panel.series.map(({ item }) => [item, none])),
      bySeries: new Map(panel.series.map(({ key }) => [key, none])),
    })),
    explained: 0,
  };
}

/** The largest that a forecast of each item may be, in units. */
function ceilingsOf({ items, itemOf, logs, periods, shift }: Timeline): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  const byItem = new Float64Array(items.length).fill(Number.NEGATIVE_INFINITY);
  for (let cell = 0; cell < logs.length; cell += 1) {
    const log = logs[cell]!;
    if (Number.isNaN(log)) continue;
    const item = itemOf[Math.floor(cell / periods)]!;
    byItem[item] = Math.max(byItem[item]!, log);
    largest = Math.max(largest, log);
  }
  return byItem.map((log) => {
    const units = Math.exp(log === Number.NEGATIVE_INFINITY ? largest : log) - shift;
    return EXCURSION_MAX * Math.max(units, 0);
  });
}

function shapeOf(errors: Float64Array): Float64Array {
  return Float64Array.from({ length: SHAPE_POINTS }, (_, k) => {
    const error = quantile(errors, (k + 0.5) / SHAPE_POINTS);
    return Math.min(ERROR_MAX, Math.max(-ERROR_MAX, error));
  });
}

/** A quantile of ascending values, with straight lines between them. */
function quantile(ascending: Float64Array, level: number): number {
  const place = Math.min(ascending.length - 1, Math.max(0, level * ascending.length - 0.5));
  const below = Math.floor(place);
  const above = Math.min(ascending.length - 1, below + 1);
  return ascending[below]! + (place - below) * (ascending[above]! - ascending[below]!);
}

/** Turns forecasts of the logarithm into a mean and quantiles of demand. */
function spreadOut(
  centers: Float64Array,
  deviation: number,
  shape: Float64Array,
  { errors }: Validated,
  { shift }: Timeline,
  ceiling: number,
): Forecast {
  // In logs up to the end, so that nothing overflows.
  const turnedBack = (log: number) => {
    const units = Math.exp(Math.min(LOG_MAX, log)) - shift;
    return Math.min(EXCURSION_MAX * ceiling, Math.max(0, units));
  };
  let smear = 0;
  for (const error of shape) {
    smear += Math.exp(Math.min(LOG_MAX, deviation * error)) / shape.length;
  }
  return {
    method: 'regression',
    mean: centers.map((center) => turnedBack(center + Math.log(smear))),
    quantiles: LEVELS.map((level) => {
      const off = deviation * quantile(errors, level);
      return centers.map((center) => turnedBack(center + off));
    }),
  };
}

function explainedBy({ logs }: Timeline, rows: Float64Array): number {
  let count = 0;
  let mean = 0;
  let total = 0;
  let left = 0;
  for (let cell = 0; cell < logs.length; cell += 1) {
    const residual = rows[cell]!;
    if (Number.isNaN(residual)) continue;
    count += 1;
    const off = logs[cell]! - mean;
    mean += off / count;
    total += off * (logs[cell]! - mean);
    left += residual * residual;
  }
  return total > 0 ? Math.max(0, 1 - left / total) : 0;
}
