import { describe, expect, it } from 'vitest';
import { combine, methodOf } from './index.ts';

const rising = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8]);

function means(id: string, values: Float64Array, season: number, horizon: number): number[] {
  return [...methodOf(id).forecast({ values, season }, horizon).mean];
}

describe('the baselines', () => {
  it('repeat the last value', () => {
    expect(means('naive', rising, 1, 3)).toEqual([8, 8, 8]);
  });

  it('repeat the last season', () => {
    expect(means('seasonal_naive', rising, 4, 6)).toEqual([5, 6, 7, 8, 5, 6]);
  });

  it('go on along the line through first and last', () => {
    expect(means('drift', rising, 1, 2)).toEqual([9, 10]);
  });

  it('give the mean of the last season, of at least four periods', () => {
    expect(means('moving_average', rising, 1, 2)).toEqual([6.5, 6.5]);
    expect(means('moving_average', rising, 2, 1)).toEqual([6.5]);
  });

  it('say of the past what they would have said a period before', () => {
    const { fitted } = methodOf('drift').forecast({ values: rising, season: 1 }, 1);
    expect([...fitted]).toEqual([Number.NaN, Number.NaN, 3, 4, 5, 6, 7, 8]);
  });
});

describe('a combination', () => {
  const forecast = (...mean: number[]) => ({
    mean: Float64Array.from(mean),
    fitted: Float64Array.from(mean),
  });

  it('is a mean, a median or weighted', () => {
    const three = [forecast(1, 10), forecast(2, 20), forecast(6, 90)];
    expect([...combine(three, 'mean').mean]).toEqual([3, 40]);
    expect([...combine(three, 'median').mean]).toEqual([2, 20]);
    expect([...combine(three, [1, 1, 0]).mean]).toEqual([1.5, 15]);
    expect([...combine(three.slice(0, 2), 'median').mean]).toEqual([1.5, 15]);
  });

  it('leaves out who says nothing', () => {
    const two = [forecast(Number.NaN, 10), forecast(2, 20)];
    expect([...combine(two, 'mean').fitted]).toEqual([2, 15]);
    expect([...combine(two, 'median').fitted]).toEqual([2, 15]);
    expect([...combine(two.slice(0, 1), 'median').fitted]).toEqual([Number.NaN, 10]);
  });

  it('refuses nothing, odd lengths and weights that weigh nothing', () => {
    expect(() => combine([], 'mean')).toThrow(RangeError);
    expect(() => combine([forecast(1), forecast(1, 2)], 'mean')).toThrow(RangeError);
    expect(() => combine([forecast(1)], [0])).toThrow(RangeError);
    expect(() => combine([forecast(1)], [1, 2])).toThrow(RangeError);
  });
});
