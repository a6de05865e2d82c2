import type { Series } from '../series.ts';
import type { Classification, DemandClass } from './types.ts';

/** Boundaries of Syntetos, Boylan and Croston (2005). */
const INTERVAL_LIMIT = 1.32;
const VARIATION_LIMIT = 0.49;

/** A pause this many times the longest before it, and at least a few seasons, may be the end. */
const ENDED_FACTOR = 2;
/** It is, when so long a pause would be this unlikely while demand goes on as it did. */
const ENDED_PROBABILITY = 0.005;

/** Fewest periods from which a pattern can be told: four weeks of days, a quarter of weeks. */
export function periodsUntilKnown(season: number): number {
  return season <= 7 ? 4 * season : 13;
}

/**
 * Tells what kind of demand a (cleaned) series shows.
 *
 * Smooth, intermittent, erratic and lumpy are the quadrants of Syntetos, Boylan and Croston (2005,
 * "On the categorization of demand patterns"): the average interval between demands (limit 1.32)
 * and the squared coefficient of variation of their sizes (limit 0.49). Before them, an item is
 * `ended` when its present pause is twice the longest before, at least two seasons (a quarter, for
 * weeks), and would come once in 200 times if demand went on: with n demands in T periods of a
 * Poisson process whose rate is not known, q more without any have the probability
 * (T / (T + q)) ** n. It is `new` while fewer periods are known than four seasons of up to a week,
 * or 13.
 */
export function classify(series: Series): Classification {
  const { values } = series;
  const periods = values.length;
  let [demands, sum, squares, first, last, pause] = [0, 0, 0, -1, -1, 0];
  for (let t = 0; t < periods; t += 1) {
    const value = values[t]!;
    if (!(value > 0)) continue;
    if (first < 0) first = t;
    else if (t - last - 1 > pause) pause = t - last - 1;
    demands += 1;
    sum += value;
    squares += value * value;
    last = t;
  }
  const quiet = periods - 1 - last;
  const mean = sum / demands;
  const interval = demands > 0 ? periods / demands : Number.POSITIVE_INFINITY;
  const variation = demands > 1 ? Math.max(0, squares / demands / (mean * mean) - 1) : 0;
  const figures = { interval, variation, demands, quiet };
  return { class: classOf(figures, periods, series.season, Math.max(pause, first)), ...figures };
}

function classOf(
  { interval, variation, demands, quiet }: Omit<Classification, 'class'>,
  periods: number,
  season: number,
  pause: number,
): DemandClass {
  const known = periodsUntilKnown(season);
  if (demands === 0) return periods < known ? 'new' : 'ended';
  const long = Math.max(ENDED_FACTOR * pause, known, Math.min(2 * season, 26));
  const chance = ((periods - quiet) / periods) ** demands;
  if (quiet > long && chance < ENDED_PROBABILITY) return 'ended';
  if (periods < known) return 'new';
  if (interval > INTERVAL_LIMIT) return variation > VARIATION_LIMIT ? 'lumpy' : 'intermittent';
  return variation > VARIATION_LIMIT ? 'erratic' : 'smooth';
}
