import { describe, expect, it } from 'vitest';
import { clean } from './clean.ts';
import { forecastFast, forecastFull, weekdayOf } from './rhythm.ts';

const WEEKS = [12, 8, 15, 0, 9, 11, 14, 10, 7, 13, 12, 9, 16, 10, 8, 11, 12, 9, 14, 10];

/** Days on which weeks have their demand on one weekday; they end `rest` days after the last. */
function lumps(weeks: readonly number[], weekday: number, rest = 7 - weekday): Float64Array {
  const days = new Float64Array((weeks.length - 1) * 7 + weekday + rest);
  for (const [week, units] of weeks.entries()) days[week * 7 + weekday] = units;
  return days;
}

function seriesOf(days: Float64Array) {
  return clean(days, { season: 7 }).series;
}

const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);

describe('a series whose demand falls on one weekday', () => {
  it('is told by eight demands on it and none on another', () => {
    expect(weekdayOf(seriesOf(lumps(WEEKS, 0)))).toBe(0);
    expect(weekdayOf(seriesOf(lumps(WEEKS.slice(0, 9), 0)))).toBe(0);
    expect(weekdayOf(seriesOf(lumps(WEEKS.slice(0, 8), 0)))).toBeUndefined();
    const stray = lumps(WEEKS, 0);
    stray[45] = 1;
    expect(weekdayOf(seriesOf(stray))).toBeUndefined();
    expect(weekdayOf({ values: lumps(WEEKS, 0), season: 52 })).toBeUndefined();
  });

  it.each([1, 3, 7])('is forecast as weeks, on its day, %i days after the last one', (rest) => {
    const series = seriesOf(lumps(WEEKS, 0, rest));
    const weekly = { values: Float64Array.from(WEEKS), season: 52 };
    for (const of of [forecastFast, forecastFull]) {
      const daily = of(series, 28);
      const weeks = of(weekly, 4);
      expect([...daily.mean].filter((mean) => mean > 0)).toEqual([...weeks.mean]);
      expect(daily.mean.findIndex((mean) => mean > 0)).toBe(7 - rest);
      expect(daily.quantiles.map(sum)).toEqual(weeks.quantiles.map(sum));
    }
  });

  it('hands on what was learned of weeks, which days do not use', () => {
    const year = Array.from({ length: 104 }, (_, week) => 20 + (week % 5) * 3);
    const full = forecastFull(seriesOf(lumps(year, 2)), 28);
    expect(full.state?.periodDays).toBe(7);
    expect(forecastFast(seriesOf(lumps(year, 2)), 28, full.state).mean).toEqual(full.mean);
    const stray = lumps(year, 2);
    stray[300] = 1;
    const other = seriesOf(stray);
    expect(forecastFast(other, 28, full.state)).toEqual(forecastFast(other, 28));
  });

  it('has nothing before its day', () => {
    const { mean } = forecastFast(seriesOf(lumps(WEEKS, 0, 1)), 3);
    expect([...mean]).toEqual([0, 0, 0]);
  });
});

describe('a new item', () => {
  it('with one demand is expected to have one or two more in four weeks, not one each day', () => {
    const { mean, class: demandClass } = forecastFast(seriesOf(Float64Array.of(100)), 28);
    expect(demandClass).toBe('new');
    expect(sum(mean)).toBeGreaterThan(80);
    expect(sum(mean)).toBeLessThan(200);
  });

  it('that sells each day comes near to that', () => {
    const { mean } = forecastFast(seriesOf(new Float64Array(21).fill(10)), 28);
    expect(sum(mean) / 28).toBeGreaterThan(7);
    expect(sum(mean) / 28).toBeLessThan(10);
  });
});
