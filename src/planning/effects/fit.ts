import { factorise, solve } from '../regression/index.ts';
import { baseOf } from './base.ts';
import type { Effect, Member } from './types.ts';
import { driverValues, type Known } from './values.ts';

/** An effect whose strength is looked for. */
export type Driver = Omit<Effect, 'coefficient'>;

/** Effects of drivers that were fitted together, to the series of one item. */
export interface Fit {
  readonly coefficients: Float64Array;
  /** Variance of demand over its mean. */
  readonly dispersion: number;
  readonly rows: readonly Rows[];
}

/** A member's days through the origin. */
export interface Rows {
  readonly member: Member;
  readonly days: number;
  /** For each driver its value on each day. */
  readonly values: readonly Float64Array[];
  /** Expected demand without effects, and with them. */
  base: Float64Array;
  expected: Float64Array;
}

/**
 * Level and effects are fitted in turn, so many times at most; the latter in so many steps each.
 * What lasts, as prices do, is told from the level only slowly.
 */
const ROUNDS = 16;
const STEPS = 2;
/** A round that changes no coefficient by this share of demand was the last one. */
const CHANGE_MIN = 0.005;
/** No step changes a coefficient by more than this. */
const STEP_MAX = 1.5;
const LOG_MAX = 5;
/** An effect is drawn to none as if its deviation from it were this, over all items. */
const DEVIATION = 2;
/** The same of a single day's name, against all days of its kind. */
const DEVIATION_NAMED = 0.5;

/** Fewer known days of a member than this tell no level. */
export const DAYS_MIN = 56;

/**
 * Fits effects to the series of an item through a day, by a quasi-Poisson regression with a
 * logarithmic link (McCullagh and Nelder, 1989, chapter 9) against the usual level of each series
 * and weekday, with a ridge. The model is of the mean, so days without demand need no special care,
 * and the series of all sites tell the same effects. Nothing after the day is looked at.
 */
export function fitEffects(
  members: readonly Member[],
  drivers: readonly Driver[],
  known: Known,
): Fit {
  const rows = members
    .map((member) => rowsOf(member, drivers, known))
    .filter(({ days }) => days >= DAYS_MIN);
  const coefficients = new Float64Array(drivers.length);
  const penalties = Float64Array.from(drivers, ({ kind, name }) => {
    const isNamed = name !== '' && kind !== 'signal';
    return 1 / (isNamed ? DEVIATION_NAMED : DEVIATION) ** 2;
  });
  let dispersion = 1;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const row of rows) {
      row.base = baseOf(row.member, multipliers(row, coefficients), row.days);
      expect(row, coefficients);
    }
    dispersion = dispersionOf(rows);
    if (drivers.length === 0) break;
    const before = coefficients.slice();
    for (let step = 0; step < STEPS; step += 1) {
      improve(rows, coefficients, penalties, dispersion);
    }
    if (before.every((one, j) => Math.abs(one - coefficients[j]!) < CHANGE_MIN)) break;
  }
  return { coefficients, dispersion, rows };
}

function rowsOf(member: Member, drivers: readonly Driver[], known: Known): Rows {
  const { firstDay } = member;
  const days = Math.max(0, Math.min(member.values.length, known.through - firstDay + 1));
  const span = { from: firstDay, to: firstDay + days - 1 };
  const values = drivers.map((driver) =>
    driverValues(driver, member.drivers, firstDay, span, known),
  );
  return { member, days, values, base: new Float64Array(days), expected: new Float64Array(days) };
}

function multipliers({ values, days }: Rows, coefficients: Float64Array): Float64Array {
  const logs = new Float64Array(days);
  for (const [j, column] of values.entries()) {
    const coefficient = coefficients[j]!;
    if (coefficient === 0) continue;
    for (let t = 0; t < days; t += 1) logs[t]! += coefficient * column[t]!;
  }
  return logs.map((log) => Math.exp(Math.min(LOG_MAX, Math.max(-LOG_MAX, log))));
}

function expect(row: Rows, coefficients: Float64Array): void {
  const effects = multipliers(row, coefficients);
  row.expected = row.base.map((base, t) => base * effects[t]!);
}

/** Variance over mean, from sums, which a few days of hardly any demand do not upset. */
function dispersionOf(rows: readonly Rows[]): number {
  let [squares, sum] = [0, 0];
  for (const { member, days, expected } of rows) {
    for (let t = 0; t < days; t += 1) {
      if (member.isUsable[t] !== 1) continue;
      squares += (member.values[t]! - expected[t]!) ** 2;
      sum += expected[t]!;
    }
  }
  return sum > 0 && squares > 0 ? squares / sum : 1;
}

/** One step of Newton's method; days on which no driver is at work add nothing. */
function improve(
  rows: readonly Rows[],
  coefficients: Float64Array,
  penalties: Float64Array,
  dispersion: number,
): void {
  const { length: width } = coefficients;
  const matrix = new Float64Array(width * width);
  const step = coefficients.map((coefficient, j) => -penalties[j]! * coefficient);
  const active = new Int32Array(width);
  for (const { member, days, values, expected } of rows) {
    for (let t = 0; t < days; t += 1) {
      if (member.isUsable[t] !== 1) continue;
      let count = 0;
      for (let j = 0; j < width; j += 1) if (values[j]![t] !== 0) active[count++] = j;
      const error = (member.values[t]! - expected[t]!) / dispersion;
      for (let a = 0; a < count; a += 1) {
        const j = active[a]!;
        const value = values[j]![t]!;
        step[j]! += value * error;
        const weight = (value * expected[t]!) / dispersion;
        for (let b = 0; b <= a; b += 1) {
          matrix[j * width + active[b]!]! += weight * values[active[b]!]![t]!;
        }
      }
    }
  }
  factorise(matrix, 0, width, penalties);
  solve(matrix, 0, width, step, 0);
  for (let j = 0; j < width; j += 1) {
    coefficients[j]! += Math.max(-STEP_MAX, Math.min(STEP_MAX, step[j]!));
    coefficients[j] = Math.max(-LOG_MAX, Math.min(LOG_MAX, coefficients[j]!));
  }
  for (const row of rows) expect(row, coefficients);
}

/**
 * By how much some drivers explain demand better than their absence would: twice the gain of the
 * quasi-likelihood, which for drivers without an effect is about chi-squared with as many degrees.
 */
export function gainOf(fit: Fit, isOne: (index: number) => boolean): number {
  const without = fit.coefficients.map((coefficient, j) => (isOne(j) ? 0 : coefficient));
  let gain = 0;
  for (const row of fit.rows) {
    const less = multipliers(row, without);
    for (let t = 0; t < row.days; t += 1) {
      const [now, then] = [row.expected[t]!, row.base[t]! * less[t]!];
      if (row.member.isUsable[t] !== 1 || now === then || !(now > 0 && then > 0)) continue;
      gain += row.member.values[t]! * Math.log(now / then) - (now - then);
    }
  }
  return (2 * gain) / fit.dispersion;
}
