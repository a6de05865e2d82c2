import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { methodOf } from './index.ts';
import { loessAt } from './loess.ts';
import { minimiseOne } from './minimise.ts';
import { minimiseMany } from './nelder-mead.ts';
import { deseasonalise, isSeasonal, reseasonalise, seasonalIndices } from './seasonality.ts';
import { decompose, stl } from './stl.ts';

const week = [-30, -10, 0, 5, 10, 40, -15];

describe('the seasonal test', () => {
  const noise = Float64Array.from({ length: 140 }, (_, t) => Math.sin(1.7 * t * t));

  it('finds a week and no week in noise', () => {
    const weekly = noise.map((value, t) => value + week[t % 7]! / 10);
    expect(isSeasonal(weekly, 7)).toBe(true);
    expect(isSeasonal(noise, 7)).toBe(false);
  });

  it('finds none in what is short, constant or without a season', () => {
    expect(isSeasonal(noise.subarray(0, 20), 7)).toBe(false);
    expect(isSeasonal(new Float64Array(140).fill(3), 7)).toBe(false);
    expect(isSeasonal(noise, 1)).toBe(false);
  });
});

describe('classical decomposition', () => {
  it('finds the indices of an exact season', () => {
    const sum = Float64Array.from({ length: 70 }, (_, t) => 100 + 2 * t + week[t % 7]!);
    const product = Float64Array.from({ length: 40 }, (_, t) => 100 * [0.5, 1, 1.5, 1][t % 4]!);
    for (const [i, index] of seasonalIndices(sum, 7, 'additive').entries()) {
      expect(index).toBeCloseTo(week[i]!, 9);
    }
    expect([...seasonalIndices(product, 4, 'multiplicative')]).toEqual([0.5, 1, 1.5, 1]);
  });

  it('gives back what it takes', () => {
    for (const shift of [100, -20]) {
      const values = Float64Array.from({ length: 70 }, (_, t) => shift + week[t % 7]! + (t % 3));
      const adjusted = deseasonalise(values, 7);
      expect(adjusted.kind).toBe(shift > 50 ? 'multiplicative' : 'additive');
      const again = adjusted.values.slice();
      reseasonalise(again, adjusted, 0);
      for (const [t, value] of values.entries()) expect(again[t]!).toBeCloseTo(value, 9);
    }
  });
});

describe('loess', () => {
  it('gives a line back, within and beside the points', () => {
    const line = Float64Array.from({ length: 20 }, (_, t) => 3 - 2 * t);
    for (const window of [3, 7, 25]) {
      for (const x of [-1, 0, 4.5, 19, 20]) {
        expect(loessAt(line, 0, 1, 20, window, x)).toBeCloseTo(3 - 2 * x, 6);
      }
    }
  });
});

describe('STL', () => {
  it('takes a line and a week apart', () => {
    const values = Float64Array.from({ length: 140 }, (_, t) => 100 + t + week[t % 7]!);
    const { trend, seasonal } = stl(values, 7, 11);
    for (let t = 0; t < 140; t += 1) {
      expect(Math.abs(seasonal[t]! - week[t % 7]!)).toBeLessThan(0.5);
      expect(Math.abs(trend[t]! - 100 - t)).toBeLessThan(0.5);
    }
  });

  it('loses nothing, whatever the values', () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    const history = fc.array(number, { minLength: 28, maxLength: 60 });
    const check = fc.property(history, (numbers) => {
      const values = Float64Array.from(numbers);
      const { trend, seasons, remainder } = decompose(values, [4, 12]);
      for (const [t, value] of values.entries()) {
        const sum = trend[t]! + seasons[0]![t]! + seasons[1]![t]! + remainder[t]!;
        expect(Math.abs(sum - value)).toBeLessThan(1e-6);
      }
    });
    fc.assert(check, { numRuns: 50 });
  });

  it('tells a week from a year', () => {
    const year = (t: number) => 30 * Math.sin((2 * Math.PI * t) / 365);
    const values = Float64Array.from({ length: 1095 }, (_, t) => 200 + week[t % 7]! + year(t));
    const { mean } = methodOf('mstl').forecast({ values, season: 7, longSeasons: [365.25] }, 365);
    for (const [h, value] of mean.entries()) {
      const expected = 200 + week[(1095 + h) % 7]! + year(1095 + h);
      expect(Math.abs(value - expected)).toBeLessThan(8);
    }
  });
});

describe('the searches', () => {
  it('find the lower of two valleys', () => {
    const cost = (x: number) => Math.min((x - 0.2) ** 2 + 0.1, (x - 0.8) ** 2);
    expect(minimiseOne(cost, 0, 1, 10, 1e-6)).toBeCloseTo(0.8, 4);
    expect(minimiseOne((x) => x, 0, 1, 10, 1e-6)).toBe(0);
  });

  it('find the bottom of a bent valley and stop at a bound', () => {
    const search = (low: number) => ({
      low: Float64Array.from([low, -5]),
      high: Float64Array.from([5, 5]),
      steps: Float64Array.from([0.5, 0.5]),
      tolerance: 1e-14,
      evaluationsMax: 5000,
    });
    const bent = (x: Float64Array) => 100 * (x[1]! - x[0]! ** 2) ** 2 + (1 - x[0]!) ** 2;
    const free = Float64Array.from([-1.2, 1]);
    expect(minimiseMany(bent, free, search(-5))).toBeLessThan(1e-8);
    expect(free[0]!).toBeCloseTo(1, 3);
    const bounded = Float64Array.from([3, 1]);
    minimiseMany((x) => x[0]! ** 2 + x[1]! ** 2, bounded, search(2));
    expect(bounded[0]).toBe(2);
  });

  it('live with costs that are infinite', () => {
    const cost = (x: Float64Array) => (x[0]! > 0.5 ? Number.POSITIVE_INFINITY : (x[0]! - 0.4) ** 2);
    const x = Float64Array.from([0.1]);
    const bounds = { low: Float64Array.from([0]), high: Float64Array.from([1]) };
    const steps = Float64Array.from([0.3]);
    minimiseMany(cost, x, { ...bounds, steps, tolerance: 1e-12, evaluationsMax: 500 });
    expect(x[0]!).toBeCloseTo(0.4, 4);
  });
});
