import { LEVELS } from '../series.ts';
import { type BatchInput, type BatchOutput, LENGTHS, WHOLE_LENGTH } from './batch.ts';
import { DAYS_AHEAD, QUANTILE_DAYS, WEEK_DAYS, WEEKS_AHEAD } from './types.ts';

/** Where the parts of a whole forecast begin. */
const DAY_QUANTILES = LENGTHS.dayMeans;
const WEEK_MEANS = DAY_QUANTILES + LENGTHS.dayQuantiles;
const WEEK_QUANTILES = WEEK_MEANS + LENGTHS.weekMeans;
const SPREADS = WEEK_QUANTILES + LENGTHS.weekQuantiles;

/** The day of a forecast that a day is read from: beyond its end, the same weekday before. */
function dayFrom(day: number, length: number): number {
  let from = day;
  while (from >= length) from -= WEEK_DAYS;
  return from;
}

/**
 * Moves a forecast on by the days since it was made, in which nothing was demanded: its days stay
 * what they were, a weekday that comes in at the end is like the one before it, and weeks are the
 * sums of their days.
 */
export function rollForward(input: BatchInput, output: BatchOutput, index: number): void {
  const old = input.whole.subarray(index * WHOLE_LENGTH, (index + 1) * WHOLE_LENGTH);
  const gap = input.origin - (input.previousOrigins[index] as number);
  const days = index * LENGTHS.dayMeans;
  for (let day = 0; day < DAYS_AHEAD; day++) {
    output.dayMeans[days + day] = old[dayFrom(day + gap, DAYS_AHEAD)] as number;
  }
  for (let level = 0; level < LEVELS.length; level++) {
    const row = DAY_QUANTILES + level * QUANTILE_DAYS;
    const to = index * LENGTHS.dayQuantiles + level * QUANTILE_DAYS;
    for (let day = 0; day < QUANTILE_DAYS; day++) {
      output.dayQuantiles[to + day] = old[row + dayFrom(day + gap, QUANTILE_DAYS)] as number;
    }
  }
  for (let week = 0; week < WEEKS_AHEAD; week++) {
    const before = old[WEEK_MEANS + week] as number;
    const after = week < DAYS_AHEAD / WEEK_DAYS ? weekOf(output, days, week) : before;
    output.weekMeans[index * WEEKS_AHEAD + week] = after;
    const ratio = before > 0 ? after / before : 1;
    for (let level = 0; level < LEVELS.length; level++) {
      const at = level * WEEKS_AHEAD + week;
      const quantile = (old[WEEK_QUANTILES + at] as number) * ratio;
      output.weekQuantiles[index * LENGTHS.weekQuantiles + at] = quantile;
    }
  }
  output.spreads.set(old.subarray(SPREADS), index * 3);
  output.methods[index] = input.previousMethods[index] as string;
  output.classes[index] = input.previousClasses[index] as string;
  output.marks[index] = input.previousMarks[index] as string;
  output.explanations[index] = null;
  output.states[index] = null;
}

function weekOf({ dayMeans }: BatchOutput, days: number, week: number): number {
  let sum = 0;
  for (let day = 0; day < WEEK_DAYS; day++) {
    sum += dayMeans[days + week * WEEK_DAYS + day] as number;
  }
  return sum;
}
