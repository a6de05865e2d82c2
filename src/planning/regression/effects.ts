import type { Design } from './design.ts';
import { quadraticForm } from './linear.ts';
import type { DriverEffect, Estimate } from './panel.ts';
import type { Timeline } from './timeline.ts';
import type { Validated } from './validate.ts';

/**
 * What the regression says of each driver.
 *
 * Standard errors are those of the ridge estimates (the posterior deviation of the mixed model,
 * Robinson, 1991), with two additions. Series of one item share the shocks of a period, so sums
 * over them tell less than their number (the design effect of Kish, 1965, Survey Sampling). And
 * an effect of the panel is a mean over its items, whose effects differ.
 */
export function effectsOf(
  line: Timeline,
  design: Design,
  { fit }: Validated,
  rows: Float64Array,
): DriverEffect[] {
  const { width } = design;
  const size = width * width;
  const { noise, designEffect } = noiseOf(line, rows);
  const dot = (weights: Float64Array, coefficients: Float64Array, at: number) => {
    let sum = 0;
    for (let j = 0; j < width; j += 1) sum += weights[j]! * coefficients[at + j]!;
    return sum;
  };
  return line.drivers.map(({ name }, driver) => {
    const weights = design.effects[driver]!;
    const variance = (factors: Float64Array, group: number) =>
      noise * quadraticForm(factors, group * size, width, weights);
    const deviations = line.items.map((_, b) => dot(weights, fit.item.coefficients, b * width));
    const between = meanSquare(deviations);
    const ofPanel = designEffect * variance(fit.panel.factors, 0);
    const center = dot(weights, fit.panel.coefficients, 0);
    const byItem = new Map<string, Estimate>();
    const ofItems = line.items.map((item, b) => {
      const ofItem = designEffect * variance(fit.item.factors, b) + ofPanel;
      byItem.set(item, { value: center + deviations[b]!, standardError: Math.sqrt(ofItem) });
      return ofItem;
    });
    const bySeries = new Map(
      line.keys.map((key, i): [string, Estimate] => {
        const own = variance(fit.series.factors, i) + ofItems[line.itemOf[i]!]!;
        const value = dot(weights, fit.coefficients, i * width);
        return [key, { value, standardError: Math.sqrt(own) }];
      }),
    );
    const standardError = Math.sqrt(ofPanel + between / Math.max(1, line.items.length));
    const isTold = weights.some((weight) => weight !== 0);
    const pooled = { value: center, standardError };
    return isTold ? { driver: name, pooled, byItem, bySeries } : untold(name, byItem, bySeries);
  });
}

/** A driver that never changed: nothing is known of its effect. */
function untold(
  driver: string,
  byItem: ReadonlyMap<string, Estimate>,
  bySeries: ReadonlyMap<string, Estimate>,
): DriverEffect {
  const none = { value: 0, standardError: Number.POSITIVE_INFINITY };
  return {
    driver,
    pooled: none,
    byItem: new Map([...byItem.keys()].map((key) => [key, none])),
    bySeries: new Map([...bySeries.keys()].map((key) => [key, none])),
  };
}

function meanSquare(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
}

/**
 * Variance of the residuals, and by how much more a sum of residuals of one item and period
 * scatters than if they were independent.
 */
function noiseOf(line: Timeline, rows: Float64Array): { noise: number; designEffect: number } {
  const { periods, items, itemOf } = line;
  const sums = new Float64Array(items.length * periods);
  let squares = 0;
  let count = 0;
  for (let cell = 0; cell < rows.length; cell += 1) {
    const residual = rows[cell]!;
    if (Number.isNaN(residual)) continue;
    sums[itemOf[Math.floor(cell / periods)]! * periods + (cell % periods)]! += residual;
    squares += residual * residual;
    count += 1;
  }
  let clustered = 0;
  for (const sum of sums) clustered += sum * sum;
  if (count === 0 || squares === 0) return { noise: 0, designEffect: 1 };
  return { noise: squares / count, designEffect: Math.max(1, clustered / squares) };
}
