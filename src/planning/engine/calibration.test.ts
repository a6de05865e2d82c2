import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { coverage } from './accuracy.ts';
import { clean, forecastFast, forecastFull, totalDemand } from './index.ts';

const HORIZON = 14;
const KNOWN = 300;

/** Daily demand of whole units around a level that wanders slowly. */
function simulated(seed: number, level: number): Float64Array {
  const random = createRandom('calibration', `${seed}`);
  let drift = 0;
  return Float64Array.from({ length: KNOWN + HORIZON }, () => {
    drift += random.normal(0, 0.005);
    const mean = level * Math.exp(drift);
    return random.negativeBinomial(mean, 1.6 * mean);
  });
}

describe.each([
  ['fast', 120],
  ['full', 40],
] as const)('the intervals of the %s tier on simulated demand', (tier, count) => {
  it('hold what they promise, by period and summed over two weeks', () => {
    const said: { actual: number; low: number; high: number }[] = [];
    const sums: number[] = [];
    for (let seed = 0; seed < count; seed += 1) {
      const values = simulated(seed, 50);
      const { series } = clean(values.slice(0, KNOWN), { season: 7 });
      const forecast =
        tier === 'fast' ? forecastFast(series, HORIZON) : forecastFull(series, HORIZON);
      const actual = values.slice(KNOWN);
      for (let h = 0; h < HORIZON; h += 1) {
        const at = (level: (typeof LEVELS)[number]) =>
          forecast.quantiles[LEVELS.indexOf(level)]![h]!;
        said.push({ actual: actual[h]!, low: at(0.05), high: at(0.95) });
      }
      const total = actual.reduce((sum, value) => sum + value, 0);
      sums.push(totalDemand(forecast, 0, HORIZON).probability(total));
    }
    const share = coverage(
      said.map(({ actual }) => actual),
      said.map(({ low }) => low),
      said.map(({ high }) => high),
    );
    expect(share).toBeGreaterThan(0.87);
    expect(share).toBeLessThan(0.95);
    // Where the sums came out in their forecast distributions: evenly, as far as this few tell.
    const inside = sums.filter((place) => place > 0.05 && place < 0.95).length / count;
    expect(inside).toBeGreaterThan(0.8);
    expect(inside).toBeLessThanOrEqual(1);
  });
});
