import { describe, expect, it } from 'vitest';
import {
  absoluteScale,
  bias,
  countCoverage,
  coverage,
  mase,
  pinball,
  rmsse,
  scaledPinball,
  smape,
  wape,
} from './accuracy.ts';

describe('measures of accuracy, by hand', () => {
  const actual = [10, 20, 30];
  const forecast = [12, 18, 36];
  const history = [1, 3, 2, 6];

  it('weighted and symmetric percentages', () => {
    expect(wape(actual, forecast)).toBeCloseTo(10 / 60, 12);
    expect(bias(actual, forecast)).toBeCloseTo(6 / 60, 12);
    expect(smape(actual, forecast)).toBeCloseTo((400 / 22 + 400 / 38 + 1200 / 66) / 3, 10);
    expect(smape([0], [0])).toBe(0);
    expect(wape([0, 0], [1, 1])).toBeNaN();
  });

  it('scaled by the naive method', () => {
    // Changes of the history: 2, 1, 4; two apart: 1, 3.
    expect(absoluteScale(history, 1)).toBeCloseTo(7 / 3, 12);
    expect(absoluteScale(history, 2)).toBeCloseTo(2, 12);
    expect(mase(actual, forecast, history, 2)).toBeCloseTo(10 / 3 / 2, 12);
    expect(rmsse(actual, forecast, history)).toBeCloseTo(Math.sqrt(44 / 3 / 7), 12);
    expect(mase(actual, forecast, [5, 5, 5], 1)).toBeNaN();
  });

  it('pinball loss, and skipping what is not known', () => {
    expect(pinball([10], [[8], [15]], [0.25, 0.9])).toBeCloseTo((0.5 + 0.5) / 2, 12);
    expect(scaledPinball([10], [[8], [15]], history, [0.25, 0.9])).toBeCloseTo(0.5 / (7 / 3), 12);
    expect(wape([10, Number.NaN], [12, 5])).toBeCloseTo(0.2, 12);
  });

  it('coverage, of counts in part', () => {
    expect(coverage([1, 5, 9], [0, 6, 9], [2, 8, 9])).toBeCloseTo(2 / 3, 12);
    // A zero that is 40 % probable fills places 0 to 0.4, of which the 80 % interval has 0.1 on.
    expect(countCoverage([0], [0.4], 0.8)).toBeCloseTo(0.75, 12);
    expect(countCoverage([0.5], [0.5], 0.8)).toBe(1);
    expect(countCoverage([0.95], [0.95], 0.8)).toBe(0);
  });
});
