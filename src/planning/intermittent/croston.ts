import { guarded } from '../methods/guard.ts';
import type { Method } from '../series.ts';
import { gridFor, tune } from './tuning.ts';

/**
 * Methods that forecast the rate of demand that comes now and then: they smooth how much comes
 * and how often apart from each other. All of them start as plain means (the n-th observation
 * weighs 1/n until that is less than the smoothing parameter), so no starting value has to be
 * guessed and none is taken from the future.
 *
 * Parameters are chosen by the squared error of the rate over the next periods (see tuning.ts),
 * never by absolute error: the median of intermittent demand is 0, so absolute errors choose to
 * forecast nothing (Kolassa, 2016, "Evaluating predictive count data distributions in retail
 * sales forecasting").
 */

/** What a pass over the history gives: the forecast made before each period and after the last. */
export interface Rates {
  /** Made before period t from those before it; NaN before anything is known. */
  readonly before: Float64Array;
  readonly next: number;
}

/** A pass over the history with two smoothing parameters. */
export type Pass = (values: Float64Array, first: number, second: number) => Rates;

/** Returns are no demand: what is below 0 counts as a period without any. */
function demandOf(value: number): number {
  return value > 0 ? value : 0;
}

/**
 * Croston's method (Croston, 1972, "Forecasting and stock control for intermittent demands"):
 * sizes of demands and intervals between them are smoothed, both when there is demand; their
 * quotient is the rate. `debias` is the factor for the bias of that quotient.
 */
function crostonPass(debias: (alpha: number) => number): Pass {
  return (values, alpha, beta) => {
    const before = new Float64Array(values.length);
    let size = 0;
    let interval = 1;
    let demands = 0;
    let since = 0;
    let rate = Number.NaN;
    for (let t = 0; t < values.length; t += 1) {
      before[t] = rate;
      since += 1;
      const demand = demandOf(values[t]!);
      if (demand === 0) {
        // Before the first demand all that is known is that none came.
        if (demands === 0) rate = 0;
        continue;
      }
      demands += 1;
      size += Math.max(alpha, 1 / demands) * (demand - size);
      interval += Math.max(beta, 1 / demands) * (since - interval);
      rate = (debias(Math.max(beta, 1 / demands)) * size) / interval;
      since = 0;
    }
    return { before, next: Number.isNaN(rate) ? 0 : rate };
  };
}

/**
 * The factor of Syntetos and Boylan (2005), "The accuracy of intermittent demand estimates": the
 * mean of a quotient with the smoothed interval below exceeds the quotient of the means by about
 * 1 / (1 − beta / 2). Of a plain mean of n intervals beta is that of an equally long memory.
 */
function syntetosBoylan(beta: number): number {
  return 1 - Math.min(beta, SBA_BETA_MAX) / 2;
}
const SBA_BETA_MAX = 0.5;

/**
 * Teunter, Syntetos and Babai (2011), "Intermittent demand: linking forecasting to inventory
 * obsolescence": the chance of demand is smoothed in every period, so the forecast of an item
 * that no longer sells falls towards 0, as Croston's never does.
 */
const tsbPass: Pass = (values, alpha, beta) => {
  const before = new Float64Array(values.length);
  let size = 0;
  let chance = 0;
  let demands = 0;
  for (let t = 0; t < values.length; t += 1) {
    before[t] = t === 0 ? Number.NaN : chance * size;
    const demand = demandOf(values[t]!);
    chance += Math.max(beta, 1 / (t + 1)) * ((demand > 0 ? 1 : 0) - chance);
    if (demand === 0) continue;
    demands += 1;
    size += Math.max(alpha, 1 / demands) * (demand - size);
  }
  return { before, next: chance * size };
};

/** Croston's pass without its bias. */
export const sbaPass: Pass = crostonPass(syntetosBoylan);

function flat(id: string, pass: Pass): Method {
  return guarded(
    id,
    () => 2,
    ({ values }, horizon) => {
      const [alpha, beta] = tune(values, pass, gridFor(values));
      const { before, next } = pass(values, alpha, beta);
      return { mean: new Float64Array(horizon).fill(next), fitted: before };
    },
  );
}

/** Croston (1972). Overestimates by some per cent; kept as the yardstick of the others. */
export const croston: Method = flat(
  'croston',
  crostonPass(() => 1),
);

/** Croston's method without its bias: Syntetos and Boylan (2005). */
export const sba: Method = flat('sba', sbaPass);

/** Teunter, Syntetos and Babai (2011), for items that may be at their end. */
export const tsb: Method = flat('tsb', tsbPass);

/** Nothing is sold any more: for items that ended. */
export const zero: Method = {
  id: 'zero',
  periodsMin: () => 0,
  forecast: ({ values }, horizon) => ({
    mean: new Float64Array(Math.max(0, Math.floor(horizon) || 0)),
    fitted: new Float64Array(values.length),
  }),
};
