import { describe, expect, it } from 'vitest';
import { fanBar, sparkline, weeksOf } from './draw-forecast.ts';

describe('a drawn forecast', () => {
  it('has a bar for each value, the tallest full, the smallest still seen', () => {
    expect(sparkline([0, 0.01, 4, 8])).toBe(' ▁▄█');
    expect(sparkline([0, 0])).toBe('  ');
  });

  it('sums the last whole weeks, a day that is not known as none', () => {
    const days = [9, ...Array<number>(7).fill(1), 2, null, 2, 2, 2, 2, 2];
    expect(weeksOf(days)).toEqual([7, 12]);
  });

  it('draws dots from low to high, a line in the middle, the mean as a block', () => {
    const bar = fanBar({ low: 0, q25: 10, mean: 20, q75: 30, high: 39 }, 39);
    expect(bar).toBe(`${'·'.repeat(10)}${'─'.repeat(10)}█${'─'.repeat(10)}${'·'.repeat(9)}`);
    expect(fanBar({ low: 0, q25: 0, mean: 0, q75: 0, high: 0 }, 0)).toBe('█');
  });
});
