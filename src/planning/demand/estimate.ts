import type { DemandPolicy } from './policy.ts';
import { MARK } from './types.ts';

/** Weight of the newest day in an expectation; about the last eight weeks count. */
const WEEKDAY_WEIGHT = 0.25;
const DAY_WEIGHT = 1 - (1 - WEEKDAY_WEIGHT) ** (1 / 7);
/** Days of the same weekday after which a weekday is believed to have a level of its own. */
const WEEKDAY_DAYS_MIN = 4;
const WEEK = 7;

/** A mean in which older values fade, plain until there are enough of them. */
function fade(mean: number, value: number, count: number, weight: number): number {
  return mean + Math.max(weight, 1 / count) * (value - mean);
}

/** What a day would have sold, judged by earlier days on which there was something to sell. */
function createExpectation() {
  const means = new Float64Array(WEEK);
  const counts = new Int32Array(WEEK);
  let mean = 0;
  let count = 0;
  return {
    see(weekday: number, value: number): void {
      counts[weekday]! += 1;
      count += 1;
      means[weekday] = fade(means[weekday]!, value, counts[weekday]!, WEEKDAY_WEIGHT);
      mean = fade(mean, value, count, DAY_WEIGHT);
    },
    of: (weekday: number): number =>
      counts[weekday]! >= WEEKDAY_DAYS_MIN ? means[weekday]! : mean,
  };
}

/**
 * Estimates lost sales of days on which something was not available: the conditional mean of the
 * days with availability of the same weekday, newer ones counting more, less what was ordered all
 * the same (the idea of Nahmias 1994, "Demand estimation in lost sales inventory systems", and of
 * Lau & Lau 1996, with the conditional mean in place of their normal distribution). Only days
 * before a day are looked at: an estimate never changes for what happens later, so that a
 * forecast made as of an earlier day sees what it would have seen then.
 * @param ordered net units a day; NaN where unknown.
 * @param marks bits of MARK; read, not written.
 * @param firstWeekday weekday of index 0, Sunday is 0.
 */
export function estimateLost(
  ordered: Float64Array,
  marks: Uint8Array,
  firstWeekday: number,
  policy: Pick<DemandPolicy, 'lostDaysMax' | 'partlyLostShare'>,
): Float64Array {
  const lost = new Float64Array(ordered.length);
  const without = MARK.unavailable | MARK.partlyAvailable;
  if (marks.every((mark) => (mark & without) === 0)) return lost;
  const expectation = createExpectation();
  let daysWithout = 0;
  for (let index = 0; index < ordered.length; index += 1) {
    const weekday = (firstWeekday + index) % WEEK;
    const value = Math.max(0, ordered[index]!);
    const mark = marks[index]!;
    if (mark & MARK.unavailable) daysWithout += 1;
    else daysWithout = 0;
    if (Number.isNaN(value)) continue;
    const isOdd = (mark & (MARK.excluded | MARK.oneOff | MARK.outlier)) !== 0;
    if ((mark & without) === 0) {
      if (!isOdd) expectation.see(weekday, value);
      continue;
    }
    if (daysWithout > policy.lostDaysMax || isOdd) continue;
    const share = mark & MARK.unavailable ? 1 : policy.partlyLostShare;
    lost[index] = share * Math.max(0, expectation.of(weekday) - value);
  }
  return lost;
}

/**
 * Marks days on which the item was not available: all day where it was gone in the morning and in
 * the evening, partly where it sold out or came in. Nothing is said of days before the first
 * change of availability, nor of an item that the ledger never had at the site.
 * @param opening what was available before index 0, and whether it ever changed before.
 */
export function markAvailability(
  marks: Uint8Array,
  changes: Float64Array,
  opening: { readonly available: number; readonly isKnown: boolean },
): void {
  let { available, isKnown } = opening;
  for (let index = 0; index < changes.length; index += 1) {
    const before = available;
    available += changes[index]!;
    // On its first day the item was not there in the morning because it was not sold yet.
    const isFirst = !isKnown && changes[index] !== 0;
    isKnown ||= isFirst;
    if (!isKnown || isFirst) continue;
    if (before <= 0 && available <= 0) marks[index]! |= MARK.unavailable;
    else if (before <= 0 || available <= 0) marks[index]! |= MARK.partlyAvailable;
  }
}

const SPIKE_DAYS_MIN = 8;
const SPIKE_WEIGHT = 0.1;

/**
 * Marks days far beyond the usual: more than `factor` times the usual day with a sale and more
 * than `factor` usual deviations above it. One whose average order line is that much larger than
 * the usual line is a one-off (a project, a wholesale order); one with many lines is an outlier.
 * Judged by earlier days only, of which there must be some.
 */
export function markSpikes(
  ordered: Float64Array,
  lines: Float64Array,
  marks: Uint8Array,
  factor: number,
): void {
  let level = 0;
  let spread = 0;
  let lineLevel = 0;
  let count = 0;
  for (let index = 0; index < ordered.length; index += 1) {
    const value = ordered[index]!;
    if (!(value > 0)) continue;
    const lineCount = Math.max(1, lines[index]!);
    const isUsual = count < SPIKE_DAYS_MIN || value <= factor * level;
    if (!isUsual && value > level + factor * spread) {
      const isOneOff = value / lineCount > factor * lineLevel;
      marks[index]! |= isOneOff ? MARK.oneOff : MARK.outlier;
      // A new level is no string of outliers: half of a spike's excess is believed.
      if (isOneOff) continue;
    }
    const seen = isUsual ? value : Math.sqrt(value * level);
    count += 1;
    spread = fade(spread, Math.abs(seen - level), count, SPIKE_WEIGHT);
    level = fade(level, seen, count, SPIKE_WEIGHT);
    lineLevel = fade(lineLevel, seen / lineCount, count, SPIKE_WEIGHT);
  }
}
