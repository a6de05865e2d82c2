import { estimateLost, markAvailability, markSpikes } from './estimate.ts';
import { addChanges, addFacts, firstDayOf, yearStart } from './packed.ts';
import type { DemandPolicy } from './policy.ts';
import { type DemandSeries, MARK, type SeriesKey } from './types.ts';

/** A year of a series as it lies in the database. */
export interface DemandRow {
  readonly year: number;
  readonly scale: number;
  readonly orders: Uint8Array | null;
  readonly issues: Uint8Array | null;
  readonly returns: Uint8Array | null;
  readonly imported: Uint8Array | null;
  readonly available: Uint8Array | null;
}

/** A mark that a user set on days, as far as it concerns one series. */
export interface DayMark {
  readonly kind: 'exclude' | 'one_off';
  /** First and last day. */
  readonly from: number;
  readonly to: number;
}

/** What days to build and how. */
export interface BuildOptions {
  readonly throughDay: number;
  readonly daysMax: number;
  readonly policy: DemandPolicy;
  /** Digits after the point of the house currency. */
  readonly currencyDigits: number;
}

const THURSDAY = 4;
const WEEK = 7;

function weekdayOf(day: number): number {
  return (((day + THURSDAY) % WEEK) + WEEK) % WEEK;
}

/** The first day on which anything is known of a series; undefined where nothing ever was. */
export function firstKnownDay(rows: readonly DemandRow[]): number | undefined {
  for (const { year, orders, issues, imported, available } of rows) {
    const days = [orders, issues, imported, available].map((bytes) => firstDayOf(bytes) ?? 999);
    const first = Math.min(...days);
    if (first < 999) return yearStart(year) + first;
  }
  return undefined;
}

function applyMarks(
  days: Pick<DemandSeries, 'firstDay' | 'marks'>,
  dayMarks: readonly DayMark[],
): void {
  const { firstDay, marks } = days;
  for (const { kind, from, to } of dayMarks) {
    const bit = kind === 'exclude' ? MARK.excluded : MARK.oneOff;
    const last = Math.min(to - firstDay, marks.length - 1);
    for (let index = Math.max(0, from - firstDay); index <= last; index += 1) marks[index]! |= bit;
  }
}

const EMPTY = new Float64Array(0);

/**
 * Arrays that are only needed while a series is built. A million series are built one after
 * another, and what each of them would allocate, somebody would have to clear away.
 */
let scratch: Record<'lines' | 'amount' | 'changes', Float64Array> = {
  lines: EMPTY,
  amount: EMPTY,
  changes: EMPTY,
};

function clearedScratch(days: number) {
  if (scratch.lines.length < days) {
    const fresh = () => new Float64Array(days);
    scratch = { lines: fresh(), amount: fresh(), changes: fresh() };
  }
  const cleared = (values: Float64Array) => values.subarray(0, days).fill(0);
  const { lines, amount, changes } = scratch;
  return { lines: cleared(lines), amount: cleared(amount), changes: cleared(changes) };
}

const constants = new Map<number, Float64Array>();

/** An array of one value, which all series that need one share: it is never written. */
export function manyOf(value: number, count: number): Float64Array {
  const known = constants.get(value);
  if (known && known.length >= count) return known.subarray(0, count);
  const made = new Float64Array(count).fill(value);
  constants.set(value, made);
  return made;
}

/** Sums of the facts of a window, in units of the item's scale and minor units of money. */
function sumFacts(rows: readonly DemandRow[], firstDay: number, days: number) {
  const { lines, amount, changes } = clearedScratch(days);
  const sums = { quantity: new Float64Array(days), lines, amount };
  const opening = { available: 0, isKnown: false };
  for (const row of rows) {
    const offset = yearStart(row.year) - firstDay;
    addFacts(sums, row.orders, offset, 1);
    addFacts(sums, row.issues, offset, 1);
    addFacts(sums, row.imported, offset, 1);
    opening.available += addChanges(changes, row.available, offset);
    const first = firstDayOf(row.available);
    opening.isKnown ||= first !== undefined && first + offset < 0;
  }
  return { sums, changes, opening };
}

/** Average prices: what days took in by what they sold, before returns. */
function pricesOf(
  { quantity, amount }: { quantity: Float64Array; amount: Float64Array },
  unitsPerQuantity: number,
): Float64Array {
  if (amount.every((value) => value === 0)) return manyOf(Number.NaN, quantity.length);
  const price = new Float64Array(quantity.length).fill(Number.NaN);
  for (let index = 0; index < price.length; index += 1) {
    if (quantity[index]! > 0 && amount[index]! > 0) {
      price[index] = (amount[index]! / quantity[index]!) * unitsPerQuantity;
    }
  }
  return price;
}

/**
 * Makes the daily series of an item at a site from its rows. Pure; facts after `throughDay` have
 * no influence, and later days none on what is said of earlier ones.
 * @param rows years in order.
 * @returns undefined where nothing is known up to that day.
 */
export function buildSeries(
  key: SeriesKey,
  rows: readonly DemandRow[],
  dayMarks: readonly DayMark[],
  options: BuildOptions,
): DemandSeries | undefined {
  const { throughDay, daysMax, policy } = options;
  const known = firstKnownDay(rows);
  if (known === undefined || known > throughDay) return undefined;
  const firstDay = Math.max(known, throughDay - daysMax + 1);
  const days = throughDay - firstDay + 1;
  const { sums, changes, opening } = sumFacts(rows, firstDay, days);
  const unit = 10 ** (rows[0]?.scale ?? 0);
  const price = pricesOf(sums, unit / 10 ** options.currencyDigits);
  for (const row of rows) addFacts(sums, row.returns, yearStart(row.year) - firstDay, -1);
  const marks = new Uint8Array(days);
  const ordered = sums.quantity;
  if (unit !== 1) for (let index = 0; index < days; index += 1) ordered[index]! /= unit;
  markAvailability(marks, changes, opening);
  applyMarks({ firstDay, marks }, dayMarks);
  markSpikes(ordered, sums.lines, marks, policy.outlierFactor);
  const lost = estimateLost(ordered, marks, weekdayOf(firstDay), policy);
  // Where nothing was lost, excluded or negative, what was ordered is the demand.
  let demand = ordered;
  for (let index = 0; index < days; index += 1) {
    if (ordered[index]! < 0) marks[index]! |= MARK.negative;
    const isExcluded = (marks[index]! & MARK.excluded) !== 0;
    const value = isExcluded ? Number.NaN : Math.max(0, ordered[index]!) + lost[index]!;
    if (value === ordered[index]) continue;
    if (demand === ordered) demand = ordered.slice();
    demand[index] = value;
  }
  return { ...key, firstDay, demand, ordered, lost, marks, price };
}
