import type { Series } from '../series.ts';
import type { Cleaned, Mark, MarkKind } from './types.ts';

/** How many periods a mark names. */
export const MARKED_PERIODS_MAX = 20;

/** Default for the most periods kept: four years of days. */
const PERIODS_MAX = 1461;

/** Beyond this no float can count units; nobody sold so many. */
const UNITS_MAX = 1e15;

/** How far back a negative period takes from the demand before it. */
const TAKE_BACK_PERIODS = 31;

/** Fewer demands than this do not tell what is absurd. */
const SPIKE_DEMANDS_MIN = 4;

/** A spike lies this many robust deviations (on a log scale) above the median demand ... */
const SPIKE_DEVIATIONS = 5;

/** ... and at least this many times above it. */
const SPIKE_FACTOR = 10;

/** Until so many demands are known, only one that is a hundred times above it is absurd. */
const SPIKE_DEMANDS_SURE = 8;
const SPIKE_FACTOR_UNSURE = 100;

/** At most this share of the demands are spikes; more of them are what the item is like. */
const SPIKE_SHARE = 0.01;

export interface CleanOptions {
  /** Periods in the main season: 7 for days, 52 for weeks, 12 for months. */
  readonly season: number;
  readonly longSeasons?: readonly number[];
  /** The most periods to keep, the newest; default 1461. */
  readonly periodsMax?: number;
}

/** Collects findings by kind. */
class Findings {
  private readonly found = new Map<MarkKind, { count: number; periods: number[] }>();

  add(kind: MarkKind, period?: number, count = 1): void {
    const mark = this.found.get(kind) ?? { count: 0, periods: [] };
    mark.count += count;
    if (period !== undefined && mark.periods.length < MARKED_PERIODS_MAX) mark.periods.push(period);
    this.found.set(kind, mark);
  }

  marks(): Mark[] {
    return [...this.found].map(([kind, { count, periods }]) => ({
      kind,
      count,
      periods: periods.sort((a, b) => a - b),
    }));
  }
}

/**
 * Makes a dense history of rows (period, quantity), as they come from a ledger or a file: rows of
 * one period are summed, in the order given, and periods without a row are zero (no demand).
 *
 * @param rows in any order; those outside [from, to] or with a fractional period are ignored.
 * @returns values from period `from` to `to`, both included, and the mark for duplicates.
 */
export function dense(
  rows: Iterable<{ readonly period: number; readonly quantity: number }>,
  from: number,
  to: number,
): { values: Float64Array; marks: Mark[] } {
  const findings = new Findings();
  const values = new Float64Array(Math.max(0, to - from + 1));
  const seen = new Uint8Array(values.length);
  for (const { period, quantity } of rows) {
    const index = period - from;
    if (!(index >= 0 && index < values.length) || !Number.isInteger(index)) continue;
    if (seen[index]) findings.add('duplicates', index);
    seen[index] = 1;
    values[index] = values[index]! + quantity;
  }
  return { values, marks: findings.marks() };
}

/** The middle of sorted values (the upper one of two). */
function middle(sorted: Float64Array): number {
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** Infinite or uncountable is unknown; a negative period takes back from those before it. */
function repair(values: Float64Array, findings: Findings, offset: number): void {
  for (let t = 0; t < values.length; t += 1) {
    const value = values[t]!;
    if (Number.isNaN(value)) continue;
    if (!(Math.abs(value) <= UNITS_MAX)) {
      findings.add('not_finite', t + offset);
      values[t] = Number.NaN;
    } else if (value < 0) {
      findings.add('negatives', t + offset);
      let back = -value;
      values[t] = 0;
      for (let before = t - 1; back > 0 && before >= Math.max(0, t - TAKE_BACK_PERIODS); before--) {
        const taken = Math.min(back, values[before]!);
        // Of an unknown period nothing can be taken.
        if (!(taken > 0)) continue;
        values[before] = values[before]! - taken;
        back -= taken;
      }
    }
  }
}

function spikeFactor(demands: number): number {
  return demands < SPIKE_DEMANDS_SURE ? SPIKE_FACTOR_UNSURE : SPIKE_FACTOR;
}

/** Whether the largest demand is far above the middle one, told without sorting them. */
function mayHaveSpikes(values: Float64Array): boolean {
  let [demands, largest] = [0, 0];
  for (let t = 0; t < values.length; t += 1) {
    const value = values[t]!;
    if (!(value > 0)) continue;
    demands += 1;
    if (value > largest) largest = value;
  }
  if (demands < SPIKE_DEMANDS_MIN) return false;
  let near = 0;
  const factor = spikeFactor(demands);
  for (let t = 0; t < values.length; t += 1) {
    if (values[t]! * factor >= largest) near += 1;
  }
  return near < demands - (demands >> 1);
}

/** Counts absurd demands as the largest that is not absurd. See docs/concepts/forecasting.md. */
function dampen(values: Float64Array, findings: Findings, offset: number): void {
  if (!mayHaveSpikes(values)) return;
  const demands = values.filter((value) => value > 0).sort();
  const largest = demands[demands.length - 1]!;
  const center = middle(demands);
  const factor = spikeFactor(demands.length);
  if (largest <= factor * center) return;
  const deviations = demands.map((value) => Math.abs(Math.log(value / center))).sort();
  const robust = 1.4826 * middle(deviations);
  const limit = center * Math.max(factor, Math.exp(SPIKE_DEVIATIONS * robust));
  const spikes = demands.length - demands.filter((value) => value <= limit).length;
  if (spikes === 0 || spikes > Math.max(1, demands.length * SPIKE_SHARE)) return;
  const cap = demands[demands.length - spikes - 1]!;
  for (let t = 0; t < values.length; t += 1) {
    if (!(values[t]! > limit)) continue;
    findings.add('spike', t + offset);
    values[t] = cap;
  }
}

/** Fills unknown periods with what is usual: the same phase of the nearest seasons, then all. */
function fill(values: Float64Array, season: number, findings: Findings, offset: number): void {
  const unknown: number[] = [];
  let sum = 0;
  for (let t = 0; t < values.length; t += 1) {
    if (Number.isNaN(values[t]!)) unknown.push(t);
    else sum += values[t]!;
  }
  if (unknown.length === 0) return;
  const known = values.length - unknown.length;
  const overall = known > 0 ? sum / known : 0;
  const filled = unknown.map((t) => {
    findings.add('gaps', t + offset);
    return usual(values, t, season) ?? overall;
  });
  for (const [i, t] of unknown.entries()) values[t] = filled[i]!;
}

/** Mean of up to four known values each way, a season apart; undefined when there is none. */
function usual(values: Float64Array, t: number, season: number): number | undefined {
  let sum = 0;
  let count = 0;
  for (const step of [-season, season]) {
    let found = 0;
    for (let at = t + step, tries = 0; found < 4 && tries < 8; at += step, tries += 1) {
      const value = values[at];
      if (value === undefined) break;
      if (Number.isNaN(value)) continue;
      sum += value;
      found += 1;
    }
    count += found;
  }
  return count > 0 ? sum / count : undefined;
}

/**
 * How many of the oldest periods say nothing: unknown ones, and zeros before the first demand
 * beyond the longest pause seen later (an item that sells each week was not on sale for the year
 * of zeros before; one that sells once a year may well have been).
 */
function silentStart(values: Float64Array): number {
  let first = -1;
  let last = -1;
  let demands = 0;
  let pause = 0;
  for (let t = 0; t < values.length; t += 1) {
    if (!(values[t]! > 0)) continue;
    if (first < 0) first = t;
    else pause = Math.max(pause, t - last - 1);
    last = t;
    demands += 1;
  }
  pause = Math.max(pause, values.length - 1 - last);
  let start = 0;
  if (demands >= 3) start = Math.max(0, first - pause);
  while (start < values.length && Number.isNaN(values[start]!)) start += 1;
  return start;
}

/** Days of a new item, and demands below which little is known of it. */
const NEW_DAYS = 28;
const FEW_DEMANDS = 4;

function markFew(values: Float64Array, season: number, findings: Findings): void {
  if (season !== 7 || values.length >= NEW_DAYS) return;
  let demands = 0;
  for (const value of values) if (value > 0) demands += 1;
  if (demands < FEW_DEMANDS) findings.add('few_demands', undefined, demands);
}

/**
 * Makes a history fit for forecasting, and says what was wrong with it.
 *
 * In this order: only the newest `periodsMax` periods are kept; infinite values (and those beyond
 * 10^15) are unknown;
 * a negative period takes back from the demand of up to 31 periods before it; the silent start is
 * left out; spikes are dampened; unknown periods are filled. Nothing here looks at the clock, and
 * nothing throws: an empty history gives one period of zero, marked `empty`.
 *
 * @param history demand of each period, oldest first, in base units; NaN where it is not known
 *   (censored by a stockout, or missing). It is not changed.
 */
export function clean(history: ArrayLike<number>, options: CleanOptions): Cleaned {
  const findings = new Findings();
  const periodsMax = Math.max(1, options.periodsMax ?? PERIODS_MAX);
  let offset = Math.max(0, history.length - periodsMax);
  if (offset > 0) findings.add('too_long', undefined, offset);
  let values = new Float64Array(history.length - offset);
  for (let t = 0; t < values.length; t += 1) values[t] = history[t + offset]!;
  repair(values, findings, offset);
  const start = silentStart(values);
  offset += start;
  values = values.slice(start);
  const season = Math.max(1, Math.round(options.season) || 1);
  dampen(values, findings, offset);
  fill(values, season, findings, offset);
  if (values.length === 0) {
    findings.add('empty');
    values = new Float64Array(1);
  } else if (values.every((value) => value === 0)) findings.add('all_zero');
  else if (history.length > 1) markFew(values, season, findings);
  if (history.length === 1) findings.add('one_point', 0);
  const { longSeasons } = options;
  const series: Series = longSeasons ? { values, season, longSeasons } : { values, season };
  return { series, marks: findings.marks(), offset };
}
