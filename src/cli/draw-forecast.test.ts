import { describe, expect, it } from 'vitest';
import { classWords, methodWords } from '../planning/index.ts';
import { drawItemForecast, fanBar, sparkline, weeksOf } from './draw-forecast.ts';

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

describe('what a forecast rests on', () => {
  it('is said in words', () => {
    expect(classWords('new')).toBe('has too few sales for a pattern yet (new)');
    expect(methodWords('usual')).toBe('the mix of methods that usually suits such demand');
    expect(methodWords('ets+theta')).toBe('ets + theta');
    expect(classWords('odd')).toBe('is odd');
  });
});

describe('a drawn item', () => {
  const levels = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99];
  const weeks = Array<number>(26).fill(40);
  const site = { class: 'smooth', method: 'usual', weeks: Array<number>(26).fill(10) };
  const item = {
    ...{ item: 'MUG', owner: 'HOUSE', origin: '2026-03-01', sites: 2, meanPerDay: 5.7, weeks },
    ...{ isDrifting: false, overridden: false, days: [], levels, correlation: 0.25 },
    dayQuantiles: [],
    weekQuantiles: levels.map((level) => weeks.map((week) => week * 2 * level)),
    bySite: [
      { ...site, site: 'N' },
      { ...site, site: 'S', weeks: Array<number>(26).fill(30) },
    ],
    history: { from: '2026-01-01', days: Array<number>(60).fill(6) },
  };

  it('says how its sites share what is expected, and how sure the sum is', () => {
    const text = drawItemForecast(item);
    expect(text).toContain('MUG at all its 2 sites, demand through 2026-03-01');
    expect(text).toContain('go together to 25 %');
    expect(text).toMatch(/S +30\.0 +75\.0 %/);
    expect(text).toMatch(/\+1 +40\.0 +4\.00 to 76\.0/);
  });

  it('at one site has nothing to add up', () => {
    const text = drawItemForecast({ ...item, sites: 1, bySite: [item.bySite[0]!] });
    expect(text).toContain('MUG at its one site');
    expect(text).not.toContain('go together');
  });
});
