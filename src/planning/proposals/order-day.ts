import {
  type CalendarRules,
  DAY_MS,
  localClock,
  nextOpen,
  workingTime,
} from '../../network/index.ts';

/** When a supplier takes a purchase order. */

/** From Sunday; 1 January 1970 was a Thursday. */
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const WEEK_DAYS = 7;
const SEARCH_WEEKS_MAX = 60;

function weekdayOf(day: number): string {
  return WEEKDAYS[(((day + 4) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS]!;
}

/** What planning minds of a supplier's calendar. */
export interface OrderCalendar {
  readonly calendar: CalendarRules | null;
  readonly timeZone: string;
  /** Weekdays on which it takes purchase orders; empty: every day it is open. */
  readonly orderDays: readonly string[];
}

function isOpen({ calendar, timeZone }: OrderCalendar, day: number): boolean {
  if (calendar === null) return true;
  const clock = localClock(timeZone);
  const startsMs = clock.instantOf(day, 0);
  const opensMs = nextOpen(workingTime(calendar, timeZone), startsMs);
  return opensMs !== undefined && opensMs < startsMs + DAY_MS && clock.dayOf(opensMs) === day;
}

/**
 * The first day from `day` on that is an order day of the supplier and on which it is open; where
 * there is none within a year or so, `day` itself.
 */
export function nextOrderDay(supplier: OrderCalendar, day: number): number {
  const { orderDays } = supplier;
  for (let next = day; next < day + SEARCH_WEEKS_MAX * WEEK_DAYS; next += 1) {
    const isListed = orderDays.length === 0 || orderDays.includes(weekdayOf(next));
    if (isListed && isOpen(supplier, next)) return next;
  }
  return day;
}

/** How a supplier's calendar stretches the days that must be covered. */
export interface OrderSpan {
  /** Days until it takes the next purchase order, where it is closed for longer than usual. */
  readonly waitDays: number;
  /** Days from that order to the first one a review later. */
  readonly reviewDays: number;
}

/**
 * The days between orders as the calendar has them from a day on: before a closure of months an
 * order has to last until the first one after it, and while it is closed one waits for its end.
 */
export function orderSpan(supplier: OrderCalendar, day: number, reviewDays: number): OrderSpan {
  const usual = Math.max(reviewDays, orderGapDays(supplier));
  if (supplier.calendar === null) return { waitDays: 0, reviewDays: usual };
  const first = nextOrderDay(supplier, day);
  const second = nextOrderDay(supplier, first + reviewDays);
  const waitDays = first - day > usual ? first - day : 0;
  return { waitDays, reviewDays: Math.max(usual, second - first) };
}

/** The longest that a supplier makes one wait between two order days, in days. */
export function orderGapDays({ orderDays }: OrderCalendar): number {
  const days = orderDays.map((name) => WEEKDAYS.indexOf(name)).sort((a, b) => a - b);
  const gaps = days.map((day, i) => (days[i + 1] ?? days[0]! + WEEK_DAYS) - day);
  return Math.max(1, ...gaps);
}
