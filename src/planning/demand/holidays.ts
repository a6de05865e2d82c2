import { yearStart } from './packed.ts';

/**
 * Public holidays of whole countries, by rule. Regional ones, and countries that are not here,
 * come as calendars that users load. Days count from 1970-01-01.
 */

/** When a holiday is: a date, days from Easter Sunday, or the nth weekday of a month. */
type Rule =
  | { readonly name: string; readonly month: number; readonly day: number }
  | { readonly name: string; readonly easter: number }
  | {
      readonly name: string;
      readonly month: number;
      readonly weekday: number;
      /** 1 is the first; -1 the last. */
      readonly nth: number;
    };

const on = (month: number, day: number, name: string): Rule => ({ name, month, day });
const easter = (days: number, name: string): Rule => ({ name, easter: days });
const nth = (count: number, weekday: number, month: number, name: string): Rule => {
  return { name, month, weekday, nth: count };
};

const MONDAY = 1;
const THURSDAY = 4;

const NEW_YEAR = on(1, 1, "New Year's Day");
const EPIPHANY = on(1, 6, 'Epiphany');
const GOOD_FRIDAY = easter(-2, 'Good Friday');
const EASTER_MONDAY = easter(1, 'Easter Monday');
const LABOUR_DAY = on(5, 1, 'Labour Day');
const ASCENSION = easter(39, 'Ascension Day');
const WHIT_MONDAY = easter(50, 'Whit Monday');
const CORPUS_CHRISTI = easter(60, 'Corpus Christi');
const ASSUMPTION = on(8, 15, 'Assumption Day');
const ALL_SAINTS = on(11, 1, "All Saints' Day");
const IMMACULATE = on(12, 8, 'Immaculate Conception');
const CHRISTMAS = on(12, 25, 'Christmas Day');
const SECOND_CHRISTMAS = on(12, 26, 'Second Day of Christmas');

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  AT: [
    ...[NEW_YEAR, EPIPHANY, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_MONDAY, CORPUS_CHRISTI],
    ...[ASSUMPTION, on(10, 26, 'National Day'), ALL_SAINTS, IMMACULATE, CHRISTMAS],
    SECOND_CHRISTMAS,
  ],
  BE: [
    ...[NEW_YEAR, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_MONDAY, on(7, 21, 'National Day')],
    ...[ASSUMPTION, ALL_SAINTS, on(11, 11, 'Armistice Day'), CHRISTMAS],
  ],
  DE: [
    ...[NEW_YEAR, GOOD_FRIDAY, EASTER_MONDAY, LABOUR_DAY, ASCENSION, WHIT_MONDAY],
    ...[on(10, 3, 'German Unity Day'), CHRISTMAS, SECOND_CHRISTMAS],
  ],
  ES: [
    ...[NEW_YEAR, EPIPHANY, GOOD_FRIDAY, LABOUR_DAY, ASSUMPTION, on(10, 12, 'National Day')],
    ...[ALL_SAINTS, on(12, 6, 'Constitution Day'), IMMACULATE, CHRISTMAS],
  ],
  FR: [
    ...[NEW_YEAR, EASTER_MONDAY, LABOUR_DAY, on(5, 8, 'Victory Day'), ASCENSION, WHIT_MONDAY],
    ...[on(7, 14, 'Bastille Day'), ASSUMPTION, ALL_SAINTS, on(11, 11, 'Armistice Day'), CHRISTMAS],
  ],
  GB: [
    ...[NEW_YEAR, GOOD_FRIDAY, EASTER_MONDAY],
    nth(1, MONDAY, 5, 'Early May Bank Holiday'),
    nth(-1, MONDAY, 5, 'Spring Bank Holiday'),
    nth(-1, MONDAY, 8, 'Summer Bank Holiday'),
    ...[CHRISTMAS, on(12, 26, 'Boxing Day')],
  ],
  IT: [
    ...[NEW_YEAR, EPIPHANY, EASTER_MONDAY, on(4, 25, 'Liberation Day'), LABOUR_DAY],
    ...[on(6, 2, 'Republic Day'), ASSUMPTION, ALL_SAINTS, IMMACULATE, CHRISTMAS],
    on(12, 26, "St Stephen's Day"),
  ],
  NL: [
    ...[NEW_YEAR, EASTER_MONDAY, on(4, 27, "King's Day"), ASCENSION, WHIT_MONDAY, CHRISTMAS],
    SECOND_CHRISTMAS,
  ],
  PL: [
    ...[NEW_YEAR, EPIPHANY, EASTER_MONDAY, LABOUR_DAY, on(5, 3, 'Constitution Day')],
    ...[CORPUS_CHRISTI, ASSUMPTION, ALL_SAINTS, on(11, 11, 'Independence Day'), CHRISTMAS],
    SECOND_CHRISTMAS,
  ],
  US: [
    ...[NEW_YEAR, nth(3, MONDAY, 1, 'Martin Luther King Jr. Day'), on(6, 19, 'Juneteenth')],
    ...[nth(3, MONDAY, 2, "Presidents' Day"), nth(-1, MONDAY, 5, 'Memorial Day')],
    ...[on(7, 4, 'Independence Day'), nth(1, MONDAY, 9, 'Labor Day')],
    ...[nth(2, MONDAY, 10, 'Columbus Day'), on(11, 11, 'Veterans Day')],
    ...[nth(4, THURSDAY, 11, 'Thanksgiving Day'), CHRISTMAS],
  ],
};

const WEEK = 7;
const DAY_MS = 86_400_000;

/** 0 for Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(day: number): number {
  return (((day + THURSDAY) % WEEK) + WEEK) % WEEK;
}

function dateOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/**
 * Easter Sunday of the Gregorian calendar, by the rule that J. Meeus gives in "Astronomical
 * Algorithms" (1991), chapter 8.
 */
export function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const skippedLeaps = Math.floor(century / 4);
  const correction = Math.floor((8 * century + 13) / 25);
  const moon = (19 * golden + century - skippedLeaps - correction + 15) % 30;
  const leaps = Math.floor(ofCentury / 4);
  const sunday = (32 + 2 * (century % 4) + 2 * leaps - moon - (ofCentury % 4)) % WEEK;
  const late = Math.floor((golden + 11 * moon + 22 * sunday) / 451);
  const days = moon + sunday - 7 * late + 114;
  return dateOf(year, Math.floor(days / 31), (days % 31) + 1);
}

function dayOf(rule: Rule, year: number): number {
  if ('easter' in rule) return easterSunday(year) + rule.easter;
  if ('day' in rule) return dateOf(year, rule.month, rule.day);
  if (rule.nth > 0) {
    const first = dateOf(year, rule.month, 1);
    return first + ((rule.weekday - weekdayOf(first) + WEEK) % WEEK) + (rule.nth - 1) * WEEK;
  }
  const last = dateOf(year, rule.month + 1, 1) - 1;
  return last - ((weekdayOf(last) - rule.weekday + WEEK) % WEEK);
}

/** Countries whose holidays are known. */
export const HOLIDAY_COUNTRIES: ReadonlySet<string> = new Set(Object.keys(RULES));

/** Holidays of a country from a day to a day, both included: names by day. */
export function holidaysOf(country: string, from: number, to: number): Map<number, string> {
  const found = new Map<number, string>();
  const rules = RULES[country] ?? [];
  const firstYear = new Date(from * DAY_MS).getUTCFullYear();
  for (let year = firstYear; yearStart(year) <= to; year += 1) {
    for (const rule of rules) {
      const day = dayOf(rule, year);
      if (day >= from && day <= to) found.set(day, rule.name);
    }
  }
  return found;
}
