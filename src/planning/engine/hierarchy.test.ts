import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { reconcileTree, rescale } from './hierarchy.ts';
import { reconcileMinTrace } from './min-trace.ts';

/** A random tree: each node but the first hangs on an earlier one. */
const tree = fc
  .array(fc.nat(), { minLength: 1, maxLength: 60 })
  .map((picks) => Int32Array.from(picks, (pick, i) => (i === 0 ? -1 : pick % i)));

const forecastsOf = (size: number, seed: number) => {
  const random = createRandom('tree', String(seed));
  return {
    mean: Float64Array.from({ length: size }, () => random.gamma(0.5, 100)),
    variance: Float64Array.from({ length: size }, () =>
      random.next() < 0.1 ? 0 : random.gamma(0.7, 50),
    ),
  };
};

describe('reconciling a tree', () => {
  it('makes every parent the sum of its children, none negative', () => {
    fc.assert(
      fc.property(tree, fc.nat(), (parents, seed) => {
        const result = reconcileTree(parents, forecastsOf(parents.length, seed));
        const sums = new Float64Array(parents.length);
        for (const [i, parent] of parents.entries()) {
          if (parent >= 0) sums[parent]! += result[i]!;
        }
        for (let i = 0; i < parents.length; i += 1) {
          expect(result[i]).toBeGreaterThanOrEqual(0);
          if (!parents.includes(i)) continue;
          const size = Math.max(1, result[i]!);
          expect(Math.abs(sums[i]! - result[i]!) / size).toBeLessThan(1e-9);
        }
      }),
    );
  });

  it('is the weighted least squares solution', () => {
    // A total and two leaves: W diagonal, so MinT in closed form: the difference of 6 between the
    // total and its leaves is shared in proportion to the variances 3, 1 and 2.
    const result = reconcileTree([-1, 0, 0], {
      mean: Float64Array.of(36, 10, 20),
      variance: Float64Array.of(3, 1, 2),
    });
    expect([...result]).toEqual([33, 11, 22].map((value) => expect.closeTo(value, 9)));
  });

  it('leaves alone what agrees already', () => {
    const mean = Float64Array.of(30, 10, 20);
    const result = reconcileTree([-1, 0, 0], { mean, variance: Float64Array.of(1, 1, 1) });
    expect([...result]).toEqual([...mean]);
  });

  it('survives a million leaves and numbers that are none', () => {
    const count = 1_000_001;
    const parents = new Int32Array(count).fill(0);
    parents[0] = -1;
    const mean = new Float64Array(count).fill(0.5);
    mean[0] = 1_000_000;
    mean[7] = Number.NaN;
    const result = reconcileTree(parents, { mean, variance: mean });
    let sum = 0;
    for (let i = 1; i < count; i += 1) sum += result[i]!;
    expect(Math.abs(sum - result[0]!) / sum).toBeLessThan(1e-9);
    expect(result[7]).toBeGreaterThanOrEqual(0);
  });

  it('refuses a parent after its child', () => {
    const one = Float64Array.of(1, 1);
    expect(() => reconcileTree([1, -1], { mean: one, variance: one })).toThrow(RangeError);
  });

  it('keeps quantiles in proportion', () => {
    const forecast = {
      method: 'x',
      mean: Float64Array.of(10, 0),
      quantiles: Array.from({ length: 10 }, (_, i) => Float64Array.of(2 * i, 0)),
    };
    const moved = rescale(forecast, Float64Array.of(20, 1));
    expect(moved.quantiles.map((row) => row[0])).toEqual(
      Array.from({ length: 10 }, (_, i) => 4 * i),
    );
    expect(moved.quantiles[9]![1]).toBeGreaterThanOrEqual(3);
  });
});

describe('minimum trace', () => {
  // Items x regions: a grouped structure, which no tree can show.
  const summing = [
    [1, 1, 1, 1],
    [1, 1, 0, 0],
    [0, 0, 1, 1],
    [1, 0, 1, 0],
    [0, 1, 0, 1],
    [1, 0, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 1, 0],
    [0, 0, 0, 1],
  ];
  const truth = [40, 10, 20, 30];
  const random = createRandom('min trace', 'errors');
  const noisy = (deviation: number) =>
    summing.map((row) => {
      const exact = row.reduce((sum, has, leaf) => sum + has * truth[leaf]!, 0);
      return Float64Array.from({ length: 200 }, () => exact + random.normal(0, deviation));
    });

  it.each([true, false])('gives sums that agree, errors known: %s', (hasErrors) => {
    const mean = noisy(8);
    const errors = hasErrors ? noisy(3).map((row) => row.map((value) => value - row[0]!)) : [];
    const result = reconcileMinTrace(summing, mean, errors);
    for (let period = 0; period < 200; period += 1) {
      const leaves = result.slice(5).map((row) => row[period]!);
      expect(Math.min(...leaves)).toBeGreaterThanOrEqual(0);
      for (const [i, row] of summing.entries()) {
        const sum = row.reduce((all, has, leaf) => all + has * leaves[leaf]!, 0);
        expect(Math.abs(sum - result[i]![period]!)).toBeLessThan(1e-9 * Math.max(1, sum));
      }
    }
  });

  it('errs less than the leaves by themselves', () => {
    const mean = noisy(5);
    const result = reconcileMinTrace(summing, mean, []);
    const squares = (rows: readonly Float64Array[]) =>
      truth.reduce(
        (sum, value, leaf) =>
          sum + rows[5 + leaf]!.reduce((all, guess) => all + (guess - value) ** 2, 0),
        0,
      );
    expect(squares(result)).toBeLessThan(0.8 * squares(mean));
  });
});
