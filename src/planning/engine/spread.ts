import { normalQuantile } from '../intermittent/special.ts';
import { LEVELS } from '../series.ts';
import { sortedQuantiles } from './parts.ts';

/** One past forecast: what was expected `ahead` periods (1 is the next) before it came out. */
export interface PastError {
  readonly ahead: number;
  readonly expected: number;
  readonly error: number;
}

/** How far off a method is: by horizon, by size of the forecast, and in which shape. */
export interface Spread {
  /** Standardised error at each level. */
  readonly shape: readonly number[];
  /** Standard error one period ahead, in units of mean ** power. */
  readonly scale: number;
  /** The variance grows with 1 + growth × (periods ahead − 1). */
  readonly growth: number;
  readonly power: number;
  /** Forecasts below this err as much as one at it; in base units. */
  readonly floor: number;
}

const POWERS = [0, 0.5, 1] as const;
const GROWTHS = [0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1] as const;

/** Forecasts below this share of the usual one err as much as one at it ... */
const EXPECTED_SHARE = 0.25;

/** ... and so do those below this share of the usual error. */
const ERROR_SHARE = 0.25;

/**
 * What was fitted to n periods errs more on the next ones than on those, and most of all where it
 * errs most: errors of z normal deviations are taken 1 + (WIDEN + TAIL × (1 + z²)) / √n times as
 * large (the second part as the quantiles of Student's distribution lie beyond the normal ones).
 * Found on the training parts of the M3 competition.
 */
const WIDEN = 8.5;
const TAIL = 0.8;

function floorOf(errors: readonly PastError[]): number {
  let [sum, squares] = [0, 0];
  for (const { expected, error } of errors) {
    sum += Math.abs(expected);
    squares += error * error;
  }
  const count = Math.max(1, errors.length);
  return (EXPECTED_SHARE * sum) / count + ERROR_SHARE * Math.sqrt(squares / count);
}

/** What one standard error is worth at this forecast. */
function unitOf(expected: number, floor: number, power: number): number {
  return power === 0 || floor === 0 ? 1 : Math.max(expected, floor) ** power;
}

/**
 * Fits how errors grow with horizon and with the size of the forecast, by the likelihood of a
 * normal distribution over a small grid; the shape is then the errors' own, standardised, pooled
 * over horizons (conformal prediction with normalised scores: Lei et al., 2018, "Distribution-free
 * predictive inference for regression", applied to the errors of a rolling origin).
 *
 * @param periods of the history that the method was fitted to.
 */
export function fitSpread(
  errors: readonly PastError[],
  levels: readonly number[],
  periods: number,
): Spread {
  if (errors.length === 0)
    return { shape: levels.map(() => 0), scale: 0, growth: 0, power: 0, floor: 0 };
  const floor = floorOf(errors);
  const best = likeliest(errors, floor);
  const { power, growth } = best;
  const doubt = 1 / Math.sqrt(Math.max(1, periods));
  const scale = Math.sqrt(best.square) * (1 + (WIDEN + TAIL) * doubt);
  if (!(scale > 0)) return { shape: levels.map(() => 0), scale: 0, growth, power, floor };
  const standardised = errors.map(({ ahead, expected, error }) => {
    const unit = unitOf(expected, floor, power) * Math.sqrt(1 + growth * (ahead - 1));
    return error / unit / Math.sqrt(best.square);
  });
  const all = Float64Array.from(standardised).sort();
  const inTail = (TAIL * doubt) / (1 + (WIDEN + TAIL) * doubt);
  const shape = Array.from(
    sortedQuantiles(all, levels),
    (error, i) => error * (1 + inTail * normalQuantile(levels[i]!) ** 2),
  );
  return { shape, scale, growth, power, floor };
}

/**
 * The likeliest of the grid. What growth does to an error depends on how far ahead it was alone,
 * so squared errors are summed by that first.
 */
function likeliest(errors: readonly PastError[], floor: number) {
  let farthest = 1;
  for (const { ahead } of errors) farthest = Math.max(farthest, ahead);
  const counts = new Float64Array(farthest + 1);
  for (const { ahead } of errors) counts[ahead]! += 1;
  const sums = new Float64Array(farthest + 1);
  let best = { power: 0, growth: 0, square: 0, cost: Number.POSITIVE_INFINITY };
  for (const power of POWERS) {
    let unitLogs = 0;
    sums.fill(0);
    for (const { ahead, expected, error } of errors) {
      const unit = unitOf(expected, floor, power);
      sums[ahead]! += (error / unit) ** 2;
      if (unit !== 1) unitLogs += 2 * Math.log(unit);
    }
    for (const growth of GROWTHS) {
      let [squares, logs] = [0, unitLogs];
      for (let ahead = 1; ahead <= farthest; ahead += 1) {
        const variance = 1 + growth * (ahead - 1);
        squares += sums[ahead]! / variance;
        logs += counts[ahead]! * Math.log(variance);
      }
      const square = squares / errors.length;
      const cost = square > 0 ? Math.log(square) + logs / errors.length : 0;
      if (cost < best.cost) best = { power, growth, square, cost };
    }
  }
  return best;
}

/** Quantiles around means: never below zero, never crossing. */
export function applySpread(mean: Float64Array, spread: Spread): Float64Array[] {
  const units = mean.map(
    (value, h) =>
      unitOf(value, spread.floor, spread.power) * spread.scale * Math.sqrt(1 + spread.growth * h),
  );
  return spread.shape.map((error) =>
    mean.map((value, h) => Math.max(0, value + error * units[h]!)),
  );
}

/**
 * A shape known at LEVELS, at other levels: on the lines between its points against the quantiles
 * of a normal distribution, the outermost of which go on.
 */
export function shapeAt(shape: readonly number[], levels: readonly number[]): readonly number[] {
  if (levels === LEVELS) return shape;
  const places = LEVELS.map(normalQuantile);
  return levels.map((level) => {
    const place = normalQuantile(level);
    let i = 1;
    while (i < places.length - 1 && places[i]! < place) i += 1;
    const part = (place - places[i - 1]!) / (places[i]! - places[i - 1]!);
    return shape[i - 1]! + (shape[i]! - shape[i - 1]!) * part;
  });
}
