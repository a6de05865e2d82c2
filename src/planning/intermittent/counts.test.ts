import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { stepOf } from './counts.ts';
import { type CountDistribution, fitCounts, forecastCounts, meanOf, quantileOf } from './index.ts';

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
    expect(many.mean).toBeGreaterThan(0.15);
    expect(many.mean).toBeLessThan(0.6);
  });
});
