import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { classify } from './classify.ts';

const random = createRandom('classes', 'sizes');
const days = (count: number, value: (t: number) => number) => ({
  values: Float64Array.from({ length: count }, (_, t) => value(t)),
  season: 7,
});

describe('the class of a demand', () => {
  it.each([
    ['smooth', days(100, () => random.poisson(40))],
    ['erratic', days(100, () => random.gamma(1, 40) + 0.1)],
    ['intermittent', days(100, (t) => (t % 4 === 1 ? random.integer(4, 6) : 0))],
    ['lumpy', days(200, (t) => (t % 4 === 1 ? random.gamma(0.8, 40) + 0.1 : 0))],
    ['new', days(20, () => 5)],
    ['new', days(10, () => 0)],
    ['ended', days(200, (t) => (t < 100 ? 5 : 0))],
    ['ended', days(200, () => 0)],
    // Two sales in a quarter and a quiet month say little; ten and a quiet quarter say it all.
    ['intermittent', days(90, (t) => (t === 20 || t === 40 ? 1 : 0))],
    ['ended', days(180, (t) => (t < 90 && t % 9 === 4 ? 1 : 0))],
  ])('%s', (expected, series) => {
    expect(classify(series).class).toBe(expected);
  });

  it('has the boundaries of Syntetos, Boylan and Croston', () => {
    // Three demands in four periods: an interval of 1.333, just above 1.32.
    const { interval, variation } = classify(days(100, (t) => (t % 4 === 3 ? 0 : 6)));
    expect(interval).toBeCloseTo(4 / 3, 12);
    expect(variation).toBe(0);
    // Sizes 1 and 3 in turn: mean 2, variance 1, so a squared variation of 0.25.
    expect(classify(days(100, (t) => (t % 2 === 0 ? 1 : 3))).variation).toBeCloseTo(0.25, 12);
  });

  it('does not take the pause of a seasonal item for its end', () => {
    // Sold in December only: eleven months of pause each year.
    const christmas = days(3 * 365 + 200, (t) => (t % 365 > 335 ? 9 : 0));
    expect(classify(christmas).class).not.toBe('ended');
  });
});
