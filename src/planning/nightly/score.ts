import { LEVELS } from '../series.ts';

/**
 * How well last night's forecast did, kept for each item x site in a few numbers, and whether its
 * errors have moved away from what they were. Pure: a night's facts in, the new numbers out.
 */

/** What one day says about the forecast that was made for it. */
export interface DayFacts {
  /** What was demanded, in base units. */
  readonly actual: number;
  /** What was forecast, without planners' overrides. */
  readonly mean: number;
  /** For each of LEVELS, its quantile of that day. */
  readonly quantiles: ArrayLike<number>;
  /** What the seasonal naive forecast said: the same weekday of the week before. */
  readonly naive: number;
  /** Mean absolute and mean squared step from day to day of the history; 0 where there is none. */
  readonly scaleAbsolute: number;
  readonly scaleSquared: number;
}

/** Sums over days; decayed for a series, plain for a night's totals. */
export interface Sums {
  days: number;
  actual: number;
  /** Of |forecast - actual| and of forecast - actual. */
  absolute: number;
  error: number;
  /** Of the same of the seasonal naive forecast. */
  naive: number;
  /** Of the pinball loss, mean over LEVELS, in units. */
  pinball: number;
  /** Days on which a scale was known; of squared error and of pinball loss over their scales. */
  scaledDays: number;
  scaledSquared: number;
  scaledPinball: number;
  /** Days inside the 80, 90 and 95 % intervals. */
  inside80: number;
  inside90: number;
  inside95: number;
}

export const SUM_NAMES = [
  ...(['days', 'actual', 'absolute', 'error', 'naive', 'pinball', 'scaledDays'] as const),
  ...(['scaledSquared', 'scaledPinball', 'inside80', 'inside90', 'inside95'] as const),
] as const;

export function noSums(): Sums {
  const zero = Object.fromEntries(SUM_NAMES.map((name) => [name, 0]));
  return zero as unknown as Sums;
}

/** Adds `more` to `sums`. */
export function addSums(sums: Sums, more: Readonly<Sums>): void {
  for (const name of SUM_NAMES) sums[name] += more[name];
}

/**
 * Pinball loss of a quantile forecast, mean over LEVELS (Koenker and Bassett, 1978): a quantile
 * too low by one unit costs its level, one too high costs 1 - level.
 */
export function pinballLoss(actual: number, quantiles: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < LEVELS.length; i++) {
    const level = LEVELS[i] as number;
    const over = actual - (quantiles[i] as number);
    sum += over >= 0 ? level * over : (level - 1) * over;
  }
  return sum / LEVELS.length;
}

const at = (level: number): number => LEVELS.indexOf(level as (typeof LEVELS)[number]);
const INTERVALS = [
  { name: 'inside80', low: at(0.1), high: at(0.9) },
  { name: 'inside90', low: at(0.05), high: at(0.95) },
  { name: 'inside95', low: at(0.025), high: at(0.975) },
] as const;

/** What one day adds to the sums. */
export function sumsOf(day: DayFacts): Sums {
  const sums = noSums();
  const error = day.mean - day.actual;
  sums.days = 1;
  sums.actual = day.actual;
  sums.absolute = Math.abs(error);
  sums.error = error;
  sums.naive = Math.abs(day.naive - day.actual);
  sums.pinball = pinballLoss(day.actual, day.quantiles);
  if (day.scaleSquared > 0 && day.scaleAbsolute > 0) {
    sums.scaledDays = 1;
    sums.scaledSquared = (error * error) / day.scaleSquared;
    sums.scaledPinball = sums.pinball / day.scaleAbsolute;
  }
  for (const { name, low, high } of INTERVALS) {
    const isInside =
      day.actual >= (day.quantiles[low] as number) && day.actual <= (day.quantiles[high] as number);
    sums[name] = isInside ? 1 : 0;
  }
  return sums;
}

/** Figures that sums give; null where there is nothing to divide by. */
export interface Figures {
  readonly days: number;
  readonly wape: number | null;
  /** Positive: too much was forecast. */
  readonly bias: number | null;
  readonly rmsse: number | null;
  /** Scaled pinball loss, as in M5 Uncertainty. */
  readonly pinball: number | null;
  /** Pinball loss for each unit of demand. */
  readonly pinballShare: number | null;
  readonly coverage80: number | null;
  readonly coverage90: number | null;
  readonly coverage95: number | null;
  readonly naiveWape: number | null;
}

/** What sums say. */
export function figuresOf(sums: Readonly<Sums>): Figures {
  const over = (value: number, by: number) => (by > 0 ? value / by : null);
  const squared = over(sums.scaledSquared, sums.scaledDays);
  return {
    days: sums.days,
    wape: over(sums.absolute, sums.actual),
    bias: over(sums.error, sums.actual),
    rmsse: squared === null ? null : Math.sqrt(squared),
    pinball: over(sums.scaledPinball, sums.scaledDays),
    pinballShare: over(sums.pinball, sums.actual),
    coverage80: over(sums.inside80, sums.days),
    coverage90: over(sums.inside90, sums.days),
    coverage95: over(sums.inside95, sums.days),
    naiveWape: over(sums.naive, sums.actual),
  };
}

/** What is kept of a series: decayed sums, and the watch over its errors. */
export interface Score {
  readonly sums: Sums;
  /** Smoothed error and smoothed absolute error: their ratio is the tracking signal. */
  trackedError: number;
  trackedAbsolute: number;
  /** What a day's pinball loss usually is, how many days that rests on, and the CUSUM over it. */
  usualPinball: number;
  usualDays: number;
  cusum: number;
  /** Days counted from 1970-01-01 on which drift was noticed last; 0: never. */
  driftDay: number;
}

export function newScore(): Score {
  const track = { trackedError: 0, trackedAbsolute: 0 };
  return { sums: noSums(), ...track, usualPinball: 0, usualDays: 0, cusum: 0, driftDay: 0 };
}

const WATCH_NAMES = [
  ...(['trackedError', 'trackedAbsolute', 'usualPinball', 'usualDays'] as const),
  ...(['cusum', 'driftDay'] as const),
] as const;

/** Numbers that a score has when it is packed. */
export const SCORE_LENGTH = SUM_NAMES.length + WATCH_NAMES.length;

/** A score as plain numbers, to be packed. */
export function scoreNumbers(score: Score): number[] {
  return [...SUM_NAMES.map((name) => score.sums[name]), ...WATCH_NAMES.map((name) => score[name])];
}

/** Undoes {@link scoreNumbers}; too few numbers give a new score. */
export function scoreOf(numbers: ArrayLike<number>): Score {
  const score = newScore();
  if (numbers.length < SCORE_LENGTH) return score;
  SUM_NAMES.forEach((name, i) => {
    score.sums[name] = numbers[i] as number;
  });
  WATCH_NAMES.forEach((name, i) => {
    score[name] = numbers[SUM_NAMES.length + i] as number;
  });
  return score;
}

/** After this many nights a day counts half, so the figures are of about the last 40. */
const HALF_LIFE_DAYS = 28;
const KEEP = 0.5 ** (1 / HALF_LIFE_DAYS);

/** Weight of the newest error in the tracking signal (Trigg, 1964). */
const TRACK_WEIGHT = 0.05;
/** Its limit: by simulation a stable forecast passes it about once in six years of nights. */
const TRACK_MAX = 0.75;
/** Weight of the newest loss in what is usual, once enough days are known. */
const USUAL_WEIGHT = 1 / 84;
const USUAL_DAYS_MIN = 28;
/** A loss counts as at most this many usual ones, so that one rare sale raises no alarm. */
const RATIO_MAX = 4;
/** CUSUM (Page, 1954): what a ratio may exceed 1 by without counting, and the sum that alarms. */
const CUSUM_SLACK = 0.5;
const CUSUM_MAX = 12;

/** Whether the errors of a series have moved away from what they were. */
export function isAlarmed(score: Readonly<Score>): boolean {
  if (score.usualDays < USUAL_DAYS_MIN) return false;
  const signal = score.trackedAbsolute > 0 ? score.trackedError / score.trackedAbsolute : 0;
  return Math.abs(signal) > TRACK_MAX || score.cusum > CUSUM_MAX;
}

/** Takes a day into a score: its sums decay, its watch goes on. */
export function watchDay(score: Score, day: DayFacts): Sums {
  const more = sumsOf(day);
  for (const name of SUM_NAMES) score.sums[name] = score.sums[name] * KEEP + more[name];
  score.trackedError += TRACK_WEIGHT * (more.error - score.trackedError);
  score.trackedAbsolute += TRACK_WEIGHT * (more.absolute - score.trackedAbsolute);
  const usual = score.usualPinball;
  if (score.usualDays >= USUAL_DAYS_MIN && usual > 0) {
    const ratio = Math.min(RATIO_MAX, more.pinball / usual);
    score.cusum = Math.max(0, score.cusum + ratio - 1 - CUSUM_SLACK);
  }
  score.usualDays += 1;
  const weight = Math.max(USUAL_WEIGHT, 1 / score.usualDays);
  score.usualPinball += weight * (more.pinball - usual);
  return more;
}

/** Begins the watch anew: another method was chosen, with errors of its own. */
export function restartWatch(score: Score, day: number): void {
  score.trackedError = 0;
  score.trackedAbsolute = 0;
  score.cusum = 0;
  score.usualDays = 0;
  score.driftDay = day;
}

/** Drift is shown for this many nights after it was noticed. */
const DRIFT_SHOWN_DAYS = 14;

/** Whether a planner should be told of it. */
export function isDrifting(score: Readonly<Score>, day: number): boolean {
  return score.driftDay > 0 && day - score.driftDay < DRIFT_SHOWN_DAYS;
}
