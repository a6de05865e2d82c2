import { describe, expect, it } from 'vitest';
import { methodOf } from './index.ts';

/** Numbers that wander, the same each time. */
function wander(periods: number, slope: number): Float64Array {
  let level = 100;
  return Float64Array.from({ length: periods }, (_, t) => {
    level += slope + 6 * Math.sin(1.3 * t * t);
    return level;
  });
}

function slopeOf(values: Float64Array): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  for (const [t, value] of values.entries()) {
    covariance += (t - middle) * (value - mean);
    variance += (t - middle) ** 2;
  }
  return covariance / variance;
}

/** The dynamic optimised Theta model as its equations stand in Fiorucci et al. (2016). */
function dynamicTheta(values: Float64Array, start: number, alpha: number, theta: number): number {
  let [level, mean, slope, intercept] = [start, 0, 0, 0];
  let squares = 0;
  for (let t = 1; t <= values.length; t += 1) {
    const y = values[t - 1]!;
    const decay = (1 - alpha) ** (t - 1);
    const line = decay * intercept + ((1 - (1 - alpha) ** t) / alpha) * slope;
    const said = level + (1 - 1 / theta) * line;
    if (t > 2) squares += (y - said) ** 2;
    const before = mean;
    mean = ((t - 1) * mean + y) / t;
    slope = t === 1 ? 0 : ((t - 2) * slope + (6 / t) * (y - before)) / (t + 1);
    intercept = mean - (slope * (t + 1)) / 2;
    level = alpha * y + (1 - alpha) * level;
  }
  return squares;
}

describe('Theta', () => {
  it('rises by half the slope of the trend line in every period', () => {
    for (const slope of [-2, 0, 3]) {
      const values = wander(60, slope);
      const { mean } = methodOf('theta').forecast({ values, season: 1 }, 6);
      for (let h = 1; h < 6; h += 1) {
        expect(mean[h]! - mean[h - 1]!).toBeCloseTo(slopeOf(values) / 2, 9);
      }
    }
  });

  it('is simple exponential smoothing with that drift (Hyndman and Billah, 2003)', () => {
    const values = wander(60, 1);
    const periods = values.length;
    let best = { squares: Number.POSITIVE_INFINITY, alpha: 0, level: 0 };
    for (let alpha = 0.27; alpha < 0.99; alpha += 0.001) {
      for (let start = 60; start < 140; start += 1) {
        let level = start;
        let squares = 0;
        for (const value of values) {
          squares += (value - level) ** 2;
          level += alpha * (value - level);
        }
        if (squares < best.squares) best = { squares, alpha, level };
      }
    }
    const { alpha, level } = best;
    const lag = (1 - (1 - alpha) ** periods) / alpha;
    const { mean } = methodOf('theta').forecast({ values, season: 1 }, 1);
    expect(mean[0]!).toBeCloseTo(level + (slopeOf(values) / 2) * lag, 1);
  });

  it('puts a season back where the test finds one', () => {
    const season = [0.5, 1, 1.5, 1];
    const values = wander(80, 0.5).map((value, t) => value * season[t % 4]!);
    const { mean } = methodOf('theta').forecast({ values, season: 4 }, 4);
    expect(mean[2]! / mean[0]!).toBeCloseTo(3, 0);
    expect(methodOf('theta').forecast({ values, season: 1 }, 4).mean[0]).not.toBe(mean[0]);
  });
});

describe('dynamic optimised Theta', () => {
  it('finds no more error than a search over its published equations', () => {
    for (const slope of [-1, 0, 2]) {
      const values = wander(40, slope);
      const { fitted } = methodOf('dotm').forecast({ values, season: 1 }, 1);
      let found = 0;
      for (let t = 2; t < values.length; t += 1) found += (values[t]! - fitted[t]!) ** 2;
      for (let alpha = 0.42; alpha < 0.99; alpha += 0.03) {
        for (const theta of [1, 1.2, 1.5, 2, 3, 5, 10, 100]) {
          for (let start = 0; start < 160; start += 10) {
            const other = dynamicTheta(values, start, alpha, theta);
            expect(found).toBeLessThanOrEqual(other * (1 + 1e-4));
          }
        }
      }
    }
  });

  it('goes on along a line', () => {
    const values = Float64Array.from({ length: 30 }, (_, t) => 20 + 3 * t);
    for (const id of ['otm', 'dotm']) {
      const { mean } = methodOf(id).forecast({ values, season: 1 }, 3);
      expect(mean[2]!).toBeCloseTo(20 + 3 * 32, 0);
    }
  });

  it('grows by shares where it works on logarithms', () => {
    const values = Float64Array.from({ length: 30 }, (_, t) => 10 * 1.1 ** t);
    const { mean } = methodOf('growth_theta').forecast({ values, season: 1 }, 4);
    expect(mean[3]! / mean[2]!).toBeCloseTo(Math.sqrt(1.1), 6);
  });
});
