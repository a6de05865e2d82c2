import type { Design } from './design.ts';
import { predict } from './hierarchy.ts';
import { factorise, solve } from './linear.ts';
import { combine, shrunk } from './meta.ts';
import type { DriverEffect, Estimate } from './panel.ts';
import type { Timeline } from './timeline.ts';
import type { Validated } from './validate.ts';

/** Draws what the data do not tell to the pooled fit, and hardly what they do. */
const RIDGE = 2;

/** The series of an item, or one series: what an effect is estimated from. */
type Members = readonly number[];

/**
 * What the regression says of each driver, apart from the shrinkage that suits forecasts: for
 * those, a coefficient may be drawn to the others as hard as pays; an elasticity should be unbiased
 * and know how uncertain it is. So each item, and each series, gets an estimate of its own (least
 * squares within series, from where the pooled fit stands), with a standard error that allows for
 * shocks which its sites share in a period (Liang and Zeger, 1986). The estimates of all items then
 * tell how much items differ and are drawn to their mean accordingly, and those of series to their
 * item's (see meta.ts).
 */
export function effectsOf(
  line: Timeline,
  design: Design,
  validated: Validated,
  rows: Float64Array,
): DriverEffect[] {
  const members: number[][] = line.items.map(() => []);
  for (const [i, item] of line.itemOf.entries()) members[item]!.push(i);
  const estimate = (of: Members) => estimates(line, design, validated, rows, of);
  const ofItems = members.map(estimate);
  const ofSeries = line.keys.map((_, i) => estimate([i]));
  return line.drivers.map(({ name }, driver): DriverEffect => {
    const items = combine(ofItems.map((all) => all[driver]!));
    const spread = spreadOfSeries(line, ofSeries, driver);
    const series = line.keys.map((_, i) =>
      shrunk(ofSeries[i]![driver]!, items.shrunk[line.itemOf[i]!]!, spread),
    );
    return {
      driver: name,
      pooled: items.pooled,
      byItem: new Map(line.items.map((item, b) => [item, items.shrunk[b]!])),
      bySeries: new Map(line.keys.map((key, i) => [key, series[i]!])),
    };
  });
}

/** Variance of effects between the series of an item, from all items together. */
function spreadOfSeries(line: Timeline, ofSeries: readonly Estimate[][], driver: number): number {
  let sum = 0;
  let count = 0;
  for (let item = 0; item < line.items.length; item += 1) {
    const own = ofSeries.filter((_, i) => line.itemOf[i] === item).map((all) => all[driver]!);
    if (own.length < 2) continue;
    sum += combine(own).between * (own.length - 1);
    count += own.length - 1;
  }
  return count > 0 ? sum / count : 0;
}

/** The effect of every driver on some series, without regard to any others. */
function estimates(
  line: Timeline,
  design: Design,
  { fit, sums }: Validated,
  rows: Float64Array,
  members: Members,
): Estimate[] {
  const { width } = design;
  const { factor, step } = deviation(design, fit.coefficients, sums, members);
  const mean = new Float64Array(width);
  for (const i of members) {
    for (let j = 0; j < width; j += 1) {
      mean[j]! += fit.coefficients[i * width + j]! / members.length;
    }
  }
  return design.effects.map((weights) => {
    let value = 0;
    for (let j = 0; j < width; j += 1) value += weights[j]! * (mean[j]! + step[j]!);
    const influence = weights.slice();
    solve(factor, 0, width, influence, 0);
    const isTold = weights.some((weight) => weight !== 0);
    const variance = clustered(line, design, rows, members, influence, step);
    if (!isTold || !(variance > 0) || !Number.isFinite(value)) {
      return { value: 0, standardError: Number.POSITIVE_INFINITY };
    }
    return { value, standardError: Math.sqrt(variance) };
  });
}

/**
 * By how much these series' common coefficients differ from the pooled fit: ridge regression of
 * its residuals, within series, that is without the differences between their means.
 */
function deviation(
  { width }: Design,
  coefficients: Float64Array,
  sums: Validated['sums'],
  members: Members,
) {
  const size = width * width;
  const factor = new Float64Array(size);
  const step = new Float64Array(width);
  const left = new Float64Array(width);
  for (const i of members) {
    const products = sums.products.subarray(i * size, (i + 1) * size);
    for (let j = 0; j < width; j += 1) {
      let sum = sums.targets[i * width + j]!;
      for (let k = 0; k < width; k += 1) {
        sum -= products[j * width + k]! * coefficients[i * width + k]!;
      }
      left[j] = sum;
    }
    // The first regressor is the constant, so its products are the sums of the others.
    const count = Math.max(1, sums.counts[i]!);
    for (let j = 0; j < width; j += 1) {
      step[j]! += left[j]! - (products[j]! * left[0]!) / count;
      for (let k = 0; k < width; k += 1) {
        factor[j * width + k]! += products[j * width + k]! - (products[j]! * products[k]!) / count;
      }
    }
  }
  factorise(factor, 0, width, new Float64Array(width).fill(RIDGE));
  solve(factor, 0, width, step, 0);
  return { factor, step };
}

/**
 * Variance of a combination of coefficients from the residuals summed over each period, which may
 * be alike in all series: the cluster-robust estimate of Liang and Zeger (1986), "Longitudinal
 * data analysis using generalized linear models". Periods used up by the fit are made up for.
 */
function clustered(
  line: Timeline,
  design: Design,
  rows: Float64Array,
  members: Members,
  influence: Float64Array,
  step: Float64Array,
): number {
  const { width, matrix } = design;
  let sum = 0;
  let periods = 0;
  for (let t = 0; t < line.known; t += 1) {
    let score = 0;
    let isKnown = false;
    for (const i of members) {
      const cell = i * line.periods + t;
      const residual = rows[cell]!;
      if (Number.isNaN(residual)) continue;
      isKnown = true;
      let weight = 0;
      for (let j = 0; j < width; j += 1) weight += matrix[cell * width + j]! * influence[j]!;
      score += weight * (residual - predict(design, step, 0, cell));
    }
    sum += score * score;
    if (isKnown) periods += 1;
  }
  return (sum * periods) / Math.max(periods / 4, periods - width);
}
