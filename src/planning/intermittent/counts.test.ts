import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { stepOf } from './counts.ts';
import {
  type CountDistribution,
  cumulative,
  empiricalSumQuantiles,
  fitCounts,
  forecastCounts,
  meanOf,
  quantileOf,
  varianceOf,
} from './index.ts';

const sumOf = ({ probabilities }: CountDistribution) =>
  probabilities.reduce((sum, probability) => sum + probability, 0);

const history = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }), {
    maxLength: 60,
  })
  .map((values) => Float64Array.from(values));

/** Demand drawn from a negative binomial distribution. */
function drawn(label: string, periods: number, mean: number, variance: number): Float64Array {
  const random = createRandom('counts', label);
  return Float64Array.from({ length: periods }, () => random.negativeBinomial(mean, variance));
}

describe('a fitted count distribution', () => {
  it('sums to 1, has quantiles in order and says its own mean', () => {
    fc.assert(
      fc.property(history, (values) => {
        const model = fitCounts(values);
        expect(sumOf(model.distribution)).toBeCloseTo(1, 9);
        expect(model.mean).toBeCloseTo(meanOf(model.distribution), 9);
        const quantiles = LEVELS.map((level) => quantileOf(model.distribution, level));
        expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
      }),
    );
  });

  it('comes close to the one that demand was drawn from', () => {
    for (const [mean, variance] of [
      [0.4, 0.4],
      [0.5, 1.5],
      [6, 30],
    ] as const) {
      const means: number[] = [];
      const upper: number[] = [];
      for (let run = 0; run < 40; run += 1) {
        const model = fitCounts(drawn(`${run}`, 300, mean, variance));
        means.push(model.mean);
        upper.push(Math.sqrt(model.variance / variance));
      }
      const average = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / 40;
      expect(average(means) / mean).toBeGreaterThan(0.93);
      expect(average(means) / mean).toBeLessThan(1.07);
      expect(average(upper)).toBeGreaterThan(0.85);
      expect(average(upper)).toBeLessThan(1.2);
    }
  });

  it('finds the family that shows', () => {
    const sixes = Float64Array.from({ length: 120 }, (_, t) => (t % 3 === 0 ? 6 : 0));
    expect(stepOf(sixes)).toBe(6);
    const random = createRandom('lumps', '');
    // One or fifty, nothing in between: no smooth family has such a shape.
    const lumps = Float64Array.from({ length: 200 }, () =>
      random.next() < 0.6 ? 0 : random.next() < 0.5 ? 1 : 50,
    );
    expect(fitCounts(lumps).family).toBe('empirical');
    expect(fitCounts(new Float64Array(30)).family).toBe('zero');
    expect(fitCounts(drawn('poisson', 300, 3, 3)).family).toBe('poisson');
  });

  it('counts in the unit that demand comes in', () => {
    expect(stepOf([0, 0.5, 2.25])).toBe(0.25);
    expect(stepOf([0.1, 0.3])).toBeCloseTo(0.1, 9);
    expect(stepOf([])).toBe(1);
    expect(stepOf([1e12, 3])).toBeGreaterThan(1e9);
    const kilos = drawn('kilos', 100, 2, 5).map((value) => value * 0.25);
    const model = fitCounts(kilos);
    expect(quantileOf(model.distribution, 0.9) % 0.25).toBe(0);
  });

  it('forgets demand that ended', () => {
    const alive = drawn('ended', 80, 2, 4);
    const ended = Float64Array.from([...alive, ...new Float64Array(40)]);
    expect(fitCounts(ended).mean).toBeLessThan(0.1 * fitCounts(alive).mean);
  });

  it('survives anything and is soon done with a million periods', () => {
    const bad = [Number.NaN, -5, 1e300, Number.POSITIVE_INFINITY, 1e-300, 0];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...bad), { maxLength: 12 }), (values) => {
        const { mean, quantiles } = forecastCounts(
          { values: Float64Array.from(values), season: 1 },
          2,
        );
        for (const list of [mean, ...quantiles]) {
          for (const value of list) expect(Number.isFinite(value) && value >= 0).toBe(true);
        }
      }),
    );
    const many = fitCounts(drawn('many', 1_000_000, 0.3, 0.5));
    expect(Number.isFinite(meanOf(cumulative(many, 3)))).toBe(true);
  });
});

describe('demand of several periods', () => {
  it('has their mean, and no less spread than independent ones', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 9, noNaN: true }), (values, periods) => {
        const model = fitCounts(values);
        const sum = cumulative(model, periods);
        expect(sumOf(sum)).toBeCloseTo(1, 9);
        expect(meanOf(sum)).toBeCloseTo(periods * model.mean, 5 - Math.ceil(model.mean / 20));
        if (Number.isInteger(periods)) {
          expect(varianceOf(sum)).toBeGreaterThan(periods * model.variance * 0.999 - 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('of one period is that period', () => {
    const model = fitCounts(drawn('one', 60, 1, 3));
    for (const level of LEVELS) {
      expect(quantileOf(cumulative(model, 1), level)).toBe(quantileOf(model.distribution, level));
    }
  });

  it('stays small for large demand and long lead times', () => {
    const sum = cumulative(fitCounts(drawn('large', 60, 4000, 4e6)), 90);
    expect(sum.probabilities.length).toBeLessThan(2200);
    expect(meanOf(sum) / (90 * 4000)).toBeGreaterThan(0.7);
    expect(meanOf(sum) / (90 * 4000)).toBeLessThan(1.3);
  });
});

describe('quantiles of sums from the history itself', () => {
  const levels = [0.1, 0.5, 0.9, 0.99];
  const quantilesOf = (values: Float64Array, periods: number, seed = 'a') =>
    empiricalSumQuantiles(values, periods, levels, createRandom(seed, 'sum'));

  it('are those of overlapping blocks where the history is long', () => {
    const values = drawn('blocks', 600, 2, 6);
    const [, half, , high] = quantilesOf(values, 4);
    expect(half).toBeGreaterThan(5);
    expect(half).toBeLessThan(10);
    expect(high).toBeGreaterThan(15);
  });

  it('are drawn where it is short, the same for the same seed', () => {
    const values = Float64Array.of(0, 3, 0, 0, 1, 0, 4, 0, 0, 0, 2, 0);
    expect(quantilesOf(values, 6)).toEqual(quantilesOf(values, 6));
    const [low, half, high] = quantilesOf(values, 6);
    expect(low).toBeLessThan(half!);
    expect(half).toBeLessThan(high!);
    // Ten of twelve periods' worth of demand in half as many would be odd as a median.
    expect(half).toBeGreaterThan(1);
    expect(half).toBeLessThan(9);
  });

  it('never fall and never fail', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: -1, max: 20 }), (values, periods) => {
        const quantiles = quantilesOf(values, periods);
        expect(quantiles).toEqual(quantiles.slice().sort());
        for (const value of quantiles) expect(Number.isFinite(value) && value >= 0).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});
