import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { correlationOf, overSites } from './over-sites.ts';
import { DAYS_AHEAD, QUANTILE_DAYS, type StoredForecast, WEEKS_AHEAD } from './types.ts';

/** A forecast whose every day and week has these quantiles, whatever its length. */
function forecastOf(mean: number, quantiles: readonly number[]): StoredForecast {
  return {
    ...{ itemId: 1, siteId: 1, ownerId: 1, origin: '2026-03-01', run: 'FR-000001' },
    ...{ method: 'usual', demandClass: 'smooth', marks: [], growth: 1, correlation: 0 },
    ...{ dayVariance: 1, isDrifting: false, driftedOn: null, overrides: [], largeOverrides: [] },
    dayMeans: new Float64Array(DAYS_AHEAD).fill(mean / 7),
    dayQuantiles: quantiles.map((value) => new Float64Array(QUANTILE_DAYS).fill(value / 7)),
    weekMeans: new Float64Array(WEEKS_AHEAD).fill(mean),
    weekQuantiles: quantiles.map((value) => new Float64Array(WEEKS_AHEAD).fill(value)),
  };
}

const DRAWS = 20_000;

/** Draws of weekly demand at sites that share some of their luck, as negative binomials do. */
function drawsOf(levels: readonly number[], together: boolean, seed: string): number[][] {
  const random = createRandom('sites', seed);
  return Array.from({ length: DRAWS }, () => {
    const luck = together ? Math.exp(0.4 * random.normal() - 0.08) : 1;
    return levels.map((level) => random.negativeBinomial(level * luck, level * luck * 2));
  });
}

function quantilesOf(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return LEVELS.map((level) => sorted[Math.floor(level * sorted.length)]!);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The forecasts of sites whose distributions are known, and the quantiles of their true sum. */
function known(levels: readonly number[], together: boolean) {
  const draws = drawsOf(levels, together, 'future');
  const forecasts = levels.map((_, site) => {
    const own = draws.map((row) => row[site]!);
    return forecastOf(meanOf(own), quantilesOf(own));
  });
  const sums = draws.map((row) => row.reduce((sum, value) => sum + value, 0));
  return { forecasts, truth: quantilesOf(sums), mean: meanOf(sums) };
}

/** Two years of days, a seventh of a week each. */
function historiesOf(levels: readonly number[], together: boolean): Float64Array[] {
  const weeks = drawsOf(levels, together, 'past').slice(0, 104);
  return levels.map((_, site) =>
    Float64Array.from({ length: 728 }, (_, day) => weeks[Math.floor(day / 7)]![site]! / 7),
  );
}

const SITES = [3, 8, 20, 1];

describe('an item over all its sites', () => {
  it.each([
    ['that have nothing to do with each other', false, 0, 0.12],
    ['that share their luck', true, 0.25, 0.9],
  ])('of sites %s is as sure as it may be', (_, together, low, high) => {
    const { forecasts, truth, mean } = known(SITES, together);
    const correlation = correlationOf(historiesOf(SITES, together));
    expect(correlation).toBeGreaterThanOrEqual(low);
    expect(correlation).toBeLessThanOrEqual(high);
    const { weekMeans, weekQuantiles } = overSites(forecasts, correlation);
    expect(weekMeans[5]).toBeCloseTo(mean, 6);
    for (const [level, row] of weekQuantiles.entries()) {
      // Within a tenth of the mean of what the sum turns out to be; tails are harder to tell.
      const near = LEVELS[level]! > 0.95 ? 0.2 : 0.1;
      expect(Math.abs(row[5]! - truth[level]!) / mean).toBeLessThan(near);
    }
    // As sure as sites that have nothing in common would be, the second would be wrong.
    const apart = overSites(forecasts, 0).weekQuantiles[LEVELS.length - 1]![5]!;
    const isTooSure = (truth[LEVELS.length - 1]! - apart) / mean > 0.1;
    expect(isTooSure).toBe(together);
  });

  it('of one site is what it is there', () => {
    const { forecasts } = known([4], false);
    const { weekMeans, weekQuantiles, dayQuantiles } = overSites(forecasts, 0.5);
    expect(weekMeans).toEqual(forecasts[0]!.weekMeans);
    expect(weekQuantiles).toEqual(forecasts[0]!.weekQuantiles);
    expect(dayQuantiles).toEqual(forecasts[0]!.dayQuantiles);
  });

  it('adds up, with quantiles in order and wider the more its sites go together', () => {
    const site = fc.record({
      mean: fc.double({ min: 0, max: 500, noNaN: true }),
      spread: fc.double({ min: 0, max: 2, noNaN: true }),
    });
    const made = ({ mean, spread }: { mean: number; spread: number }) =>
      forecastOf(
        mean,
        LEVELS.map((level) => Math.max(0, mean * (1 + spread * (level - 0.5)))),
      );
    fc.assert(
      fc.property(fc.array(site, { minLength: 2, maxLength: 4 }), (sites) => {
        const forecasts = sites.map(made);
        const [apart, joined] = [overSites(forecasts, 0), overSites(forecasts, 0.9)];
        const sum = sites.reduce((total, { mean }) => total + mean, 0);
        expect(apart.weekMeans[0]).toBeCloseTo(sum, 6);
        for (const { weekQuantiles } of [apart, joined]) {
          const row = weekQuantiles.map((one) => one[0]!);
          expect(row).toEqual([...row].sort((a, b) => a - b));
          expect(row.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        }
        const width = ({ weekQuantiles }: typeof apart) =>
          weekQuantiles[8]![0]! - weekQuantiles[0]![0]!;
        expect(width(joined)).toBeGreaterThanOrEqual(width(apart) - 1);
      }),
      { numRuns: 50 },
    );
  });

  it('of too little history is taken to go together to a tenth', () => {
    expect(correlationOf([new Float64Array(50), new Float64Array(50)])).toBe(0.1);
    expect(correlationOf([new Float64Array(700), new Float64Array(700)])).toBe(0.1);
    expect(correlationOf([])).toBe(0.1);
  });
});
