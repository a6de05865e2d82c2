import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile } from '../intermittent/special.ts';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { totalOf } from './total-demand.ts';
import { aggregate, momentsOf, samplePaths, totalDemand, varianceOfSums } from './totals.ts';

/** A forecast of normal demand, the same in each period. */
const normal = (mean: number, deviation: number, horizon: number, correlation: number) => ({
  method: 'normal',
  mean: new Float64Array(horizon).fill(mean),
  quantiles: LEVELS.map((level) =>
    new Float64Array(horizon).fill(mean + deviation * normalQuantile(level)),
  ),
  correlation,
});

describe('the spread of a period', () => {
  it('follows from its quantiles', () => {
    const { mean, variance } = momentsOf(LEVELS.map((level) => 100 + 10 * normalQuantile(level)));
    expect(mean).toBeCloseTo(100, 0);
    expect(Math.sqrt(variance)).toBeGreaterThan(9.7);
    expect(Math.sqrt(variance)).toBeLessThan(10.4);
  });
});

describe('demand summed over a lead time', () => {
  it('has independent errors, or errors that are all the same', () => {
    const apart = totalDemand(normal(100, 10, 28, 0), 0, 16);
    expect(apart.mean).toBeCloseTo(1600, 6);
    expect(Math.sqrt(apart.variance) / 40).toBeCloseTo(1, 1);
    const together = totalDemand(normal(100, 10, 28, 1), 0, 16);
    expect(Math.sqrt(together.variance) / 160).toBeCloseTo(1, 1);
  });

  it('counts fractions of a period, and goes on beyond the horizon', () => {
    expect(totalDemand(normal(100, 10, 5, 0), 0.5, 2.25).mean).toBeCloseTo(225, 9);
    expect(totalDemand(normal(100, 10, 5, 0), 0, 50).mean).toBeCloseTo(5000, 6);
    expect(totalDemand(normal(100, 10, 5, 0), 0, 0)).toMatchObject({ mean: 0, variance: 0 });
  });

  it('grows by a power of its length', () => {
    expect(varianceOfSums(normal(100, 10, 28, 0)).growth).toBeCloseTo(1, 9);
    expect(varianceOfSums(normal(100, 10, 28, 1)).growth).toBeCloseTo(2, 9);
  });

  it('becomes a forecast of weeks', () => {
    const weeks = aggregate(normal(100, 10, 28, 0), 7);
    expect([...weeks.mean]).toEqual([700, 700, 700, 700]);
    const width = weeks.quantiles[7]![0]! - weeks.quantiles[1]![0]!;
    expect(width / (2 * 1.645 * 10 * Math.sqrt(7))).toBeCloseTo(1, 1);
  });
});

describe('a demand of known mean and variance', () => {
  const cases = fc.record({
    mean: fc.double({ min: 0.01, max: 5000, noNaN: true }),
    ratio: fc.double({ min: 0.01, max: 50, noNaN: true }),
  });

  it('has quantiles, probabilities and shortages that belong together', () => {
    fc.assert(
      fc.property(cases, ({ mean, ratio }) => {
        const total = totalOf(mean, mean * ratio);
        let before = 0;
        for (const level of LEVELS) {
          const units = total.quantile(level);
          expect(Number.isInteger(units)).toBe(true);
          expect(units).toBeGreaterThanOrEqual(before);
          expect(total.probability(units)).toBeGreaterThanOrEqual(level - 1e-6);
          if (units > 0) expect(total.probability(units - 1)).toBeLessThan(level + 1e-3);
          before = units;
        }
        expect(total.shortage(0)).toBeCloseTo(mean, 6);
        // A unit more saves as much as it is probable to be asked for.
        const base = total.quantile(0.9);
        const saved = total.shortage(base) - total.shortage(base + 1);
        expect(saved).toBeLessThanOrEqual(1 - total.probability(base) + 1e-6);
        expect(saved).toBeGreaterThanOrEqual(1 - total.probability(base + 1) - 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('is what counting gives', () => {
    // Poisson with mean 2: P(0) = e^-2, and E[(X - 1)+] = 2 - 1 + e^-2.
    const poisson = totalOf(2, 2);
    expect(poisson.probability(0)).toBeCloseTo(Math.exp(-2), 9);
    expect(poisson.shortage(1)).toBeCloseTo(1 + Math.exp(-2), 9);
    // Negative binomial with mean 3 and variance 6: r = 3, p = 1/2, P(0) = 1/8.
    expect(totalOf(3, 6).probability(0)).toBeCloseTo(1 / 8, 9);
  });

  it('makes something of anything', () => {
    for (const mean of [Number.NaN, -5, 0, Number.POSITIVE_INFINITY, 1e-9]) {
      for (const variance of [Number.NaN, -1, 0, 1e12]) {
        const total = totalOf(mean, variance);
        expect(total.quantile(0.9)).toBeGreaterThanOrEqual(0);
        expect(total.shortage(3)).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe('possible futures', () => {
  it('have the mean of the forecast and correlated errors', () => {
    const paths = samplePaths(normal(100, 10, 8, 0.6), 4000, createRandom('paths', 'one'));
    const totals = paths.map((path) => path.reduce((sum, value) => sum + value, 0));
    const mean = totals.reduce((sum, total) => sum + total, 0) / totals.length;
    const square = totals.reduce((sum, total) => sum + (total - mean) ** 2, 0) / totals.length;
    expect(mean / 800).toBeCloseTo(1, 2);
    const expected = 100 * (0.4 * 8 + 0.6 * 64);
    expect(square / expected).toBeGreaterThan(0.9);
    expect(square / expected).toBeLessThan(1.1);
  });

  it('are the same for the same seed', () => {
    const once = samplePaths(normal(5, 2, 4, 0), 3, createRandom('a', 'b'));
    expect(samplePaths(normal(5, 2, 4, 0), 3, createRandom('a', 'b'))).toEqual(once);
  });
});
