import { divideRounded } from '../../platform/quantity.ts';
import { dayAfter } from '../calendar.ts';
import { daysBetween } from './grni.ts';

/**
 * The periodic method beside the perpetual one, on the same events. Periodic books write down
 * purchases and count at the end of each period; what was used up is what is missing:
 * opening + purchases - closing count (any textbook on inventory; IAS 2.25 names the two cost
 * formulas). Losses vanish in the cost of goods sold, and between two counts the books know only
 * the last one.
 */

export const PERIODIC_METHODS = ['weighted_average', 'fifo'] as const;
export type PeriodicMethod = (typeof PERIODIC_METHODS)[number];

/** How often the periodic books count. */
export const COUNT_INTERVALS = ['week', 'month', 'quarter', 'year'] as const;
export type CountInterval = (typeof COUNT_INTERVALS)[number];

/** What one item did on one day: base units at its scale, minor units. */
export interface DayFlow {
  readonly day: string;
  /** From suppliers, less what went back; late costs carry value and no units. */
  readonly purchased: bigint;
  readonly purchasedValue: bigint;
  /** To customers, less what came back, at perpetual cost. */
  readonly sold: bigint;
  readonly soldValue: bigint;
  /** Lost, found, scrapped, revalued: what left for any other reason. */
  readonly other: bigint;
  readonly otherValue: bigint;
}

export interface CountPeriod {
  readonly code: string;
  readonly startsOn: string;
  /** The day of the count. */
  readonly endsOn: string;
}

/** One item in one period by both methods. */
export interface PeriodComparison {
  readonly period: CountPeriod;
  readonly opening: bigint;
  readonly openingValue: bigint;
  readonly purchased: bigint;
  readonly purchasedValue: bigint;
  readonly closing: bigint;
  readonly closingValue: bigint;
  /** Opening + purchases - closing. */
  readonly costOfSales: bigint;
  readonly perpetualClosingValue: bigint;
  readonly perpetualCostOfSales: bigint;
  /** What the perpetual books show apart, and the periodic ones hide in cost of sales. */
  readonly perpetualOther: bigint;
}

/** Units and what they are worth in periodic books, the oldest first. */
interface Lot {
  readonly quantity: bigint;
  readonly value: bigint;
}

/** Periods between two days (inclusive); the last one may end after `through`. */
export function countPeriods(
  from: string,
  through: string,
  interval: CountInterval,
): CountPeriod[] {
  const periods: CountPeriod[] = [];
  let startsOn = from;
  while (startsOn <= through) {
    const endsOn = endOf(startsOn, interval);
    periods.push({ code: codeOf(endsOn, interval), startsOn, endsOn });
    startsOn = dayAfter(endsOn);
  }
  return periods;
}

/** The last day of the week (Sunday), month, quarter or year that a day is in. */
function endOf(day: string, interval: CountInterval): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  if (interval === 'week') {
    // 1970-01-04 was a Sunday.
    const days = daysBetween('1970-01-04', day);
    return dayAfter(day, ((-days % 7) + 7) % 7);
  }
  if (interval === 'year') return `${day.slice(0, 4)}-12-31`;
  const last = interval === 'quarter' ? Math.ceil(month / 3) * 3 : month;
  const next = last === 12 ? [year + 1, 1] : [year, last + 1];
  return dayAfter(`${String(next[0]).padStart(4, '0')}-${String(next[1]).padStart(2, '0')}-01`, -1);
}

function codeOf(endsOn: string, interval: CountInterval): string {
  const year = endsOn.slice(0, 4);
  if (interval === 'month') return endsOn.slice(0, 7);
  if (interval === 'quarter') return `${year}-Q${Math.ceil(Number(endsOn.slice(5, 7)) / 3)}`;
  return interval === 'year' ? year : endsOn;
}

/**
 * One item through all periods.
 * @param opening what the perpetual books hold before the first period; both begin with it.
 * @param flows in order of days.
 */
export function comparePeriods(
  opening: Lot,
  flows: readonly DayFlow[],
  periods: readonly CountPeriod[],
  method: PeriodicMethod,
): PeriodComparison[] {
  let lots: readonly Lot[] = [opening];
  let [units, perpetual] = [opening.quantity, opening.value];
  let at = 0;
  return periods.map((period) => {
    const first = at;
    while (flows[at] !== undefined && flows[at]!.day <= period.endsOn) at += 1;
    const inside = flows.slice(first, at);
    const sum = (of: (flow: DayFlow) => bigint) =>
      inside.reduce((total, flow) => total + of(flow), 0n);
    const opened = total(lots);
    const purchased = sum((flow) => flow.purchased);
    const purchasedValue = sum((flow) => flow.purchasedValue);
    const perpetualCostOfSales = sum((flow) => flow.soldValue);
    const perpetualOther = sum((flow) => flow.otherValue);
    const openingUnits = units;
    units += purchased - sum((flow) => flow.sold) - sum((flow) => flow.other);
    perpetual += purchasedValue - perpetualCostOfSales - perpetualOther;
    const all = [...lots, ...inside.map((flow) => lotOf(flow))];
    lots = method === 'fifo' ? newest(all, units) : average(all, units);
    const closingValue = total(lots).value;
    return {
      period,
      ...{ opening: openingUnits, openingValue: opened.value, purchased, purchasedValue },
      ...{ closing: units, closingValue },
      costOfSales: opened.value + purchasedValue - closingValue,
      ...{ perpetualClosingValue: perpetual, perpetualCostOfSales, perpetualOther },
    };
  });
}

function lotOf({ purchased, purchasedValue }: DayFlow): Lot {
  return { quantity: purchased, value: purchasedValue };
}

function total(lots: readonly Lot[]): Lot {
  return lots.reduce(
    (sum, { quantity, value }) => ({ quantity: sum.quantity + quantity, value: sum.value + value }),
    { quantity: 0n, value: 0n },
  );
}

/** What was counted at the average of everything that could be counted. */
function average(all: readonly Lot[], counted: bigint): Lot[] {
  const { quantity, value } = total(all);
  if (counted <= 0n || quantity <= 0n || value <= 0n) return [{ quantity: counted, value: 0n }];
  return [{ quantity: counted, value: divideRounded(value * counted, quantity) }];
}

/**
 * What was counted are the units that came last. A late cost belongs to the units that came last
 * before it, and what went back to the supplier is taken from those. Units beyond all that ever
 * came (found ones) cost what the oldest of them did.
 */
function newest(all: readonly Lot[], counted: bigint): Lot[] {
  if (counted <= 0n) return [];
  const lots = settle(all);
  const kept: Lot[] = [];
  let left = counted;
  for (let i = lots.length - 1; i >= 0 && left > 0n; i -= 1) {
    const { quantity, value } = lots[i]!;
    const taken = quantity < left ? quantity : left;
    kept.unshift({ quantity: taken, value: divideRounded(value * taken, quantity) });
    left -= taken;
  }
  const [oldest] = lots;
  if (left > 0n) {
    const value = oldest ? divideRounded(oldest.value * left, oldest.quantity) : 0n;
    kept.unshift({ quantity: left, value });
  }
  return kept;
}

/** Lots with units alone: those without, or with fewer than none, change the ones before. */
function settle(all: readonly Lot[]): Lot[] {
  const lots: Lot[] = [];
  for (const lot of all) {
    if (lot.quantity > 0n) {
      lots.push(lot);
      continue;
    }
    let { quantity, value } = lot;
    while (quantity < 0n && lots.length > 0) {
      const last = lots.pop()!;
      quantity += last.quantity;
      value += last.value;
      if (quantity > 0n) lots.push({ quantity, value: value > 0n ? value : 0n });
      else continue;
      value = 0n;
    }
    const last = lots.pop();
    if (last) lots.push({ ...last, value: last.value + value > 0n ? last.value + value : 0n });
  }
  return lots;
}

/** One day of both books: what stock is worth, and what periodic books still believe. */
export interface DayComparison {
  readonly day: string;
  readonly perpetual: bigint;
  readonly periodic: bigint;
  readonly lastCount: string;
  readonly daysSinceCount: number;
}

/**
 * Day by day: the perpetual value changes with every movement, the periodic one only on the days
 * of counts. Sums over items.
 * @param items each with its comparison of periods and what it held before the first.
 */
export function daySeries(
  from: string,
  through: string,
  items: readonly {
    readonly opening: Lot;
    readonly flows: readonly DayFlow[];
    readonly periods: readonly PeriodComparison[];
  }[],
): DayComparison[] {
  const changes = new Map<string, bigint>();
  const counts = new Map<string, bigint>();
  let perpetual = 0n;
  for (const { opening, flows, periods } of items) {
    perpetual += opening.value;
    for (const { day, purchasedValue, soldValue, otherValue } of flows) {
      const change = purchasedValue - soldValue - otherValue;
      changes.set(day, (changes.get(day) ?? 0n) + change);
    }
    for (const { period, closingValue } of periods) {
      counts.set(period.endsOn, (counts.get(period.endsOn) ?? 0n) + closingValue);
    }
  }
  let periodic = perpetual;
  let lastCount = dayAfter(from, -1);
  const series: DayComparison[] = [];
  for (let day = from; day <= through; day = dayAfter(day)) {
    perpetual += changes.get(day) ?? 0n;
    const counted = counts.get(day);
    if (counted !== undefined) [periodic, lastCount] = [counted, day];
    const daysSinceCount = daysBetween(lastCount, day);
    series.push({ day, perpetual, periodic, lastCount, daysSinceCount });
  }
  return series;
}
