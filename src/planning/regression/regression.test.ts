import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { forecastWithDrivers, type Panel, type PanelSeries } from './index.ts';

const PERIODS = 104;
const HORIZON = 4;

interface Truth {
  readonly items: number;
  readonly sites: number;
  /** Elasticity of an item; they differ around it. */
  readonly elasticity: number;
  readonly promotion: number;
  readonly noise: number;
  /** Noise that all sites share in a period. */
  readonly shared: number;
}

const USUAL: Truth = {
  items: 4,
  sites: 6,
  elasticity: -2,
  promotion: 0.7,
  noise: 0.2,
  shared: 0,
};

/** A panel whose demand follows a known law, with what its next periods really hold. */
function madeUp(seed: string, truth: Truth = USUAL) {
  const random = createRandom(seed, 'panel');
  const elasticities = new Map<string, number>();
  const series: PanelSeries[] = [];
  const actual: Float64Array[] = [];
  const siteLevels = Array.from({ length: truth.sites }, () => random.normal(0, 0.4));
  for (let b = 0; b < truth.items; b += 1) {
    const item = `item ${b}`;
    const elasticity = truth.elasticity + random.normal(0, 0.3);
    elasticities.set(item, elasticity);
    const level = 4 + random.normal(0, 0.5);
    const shocks = Array.from({ length: PERIODS + HORIZON }, () => random.normal(0, truth.shared));
    for (let s = 0; s < truth.sites; s += 1) {
      const price = new Float64Array(PERIODS + HORIZON);
      const promotion = new Float64Array(PERIODS + HORIZON);
      const demand = new Float64Array(PERIODS + HORIZON);
      for (let t = 0; t < demand.length; t += 1) {
        promotion[t] = random.next() < 0.15 ? 1 : 0;
        price[t] = 3 * Math.exp(random.normal(0, 0.15) - 0.1 * promotion[t]!);
        const log =
          level +
          siteLevels[s]! +
          elasticity * Math.log(price[t]! / 3) +
          truth.promotion * promotion[t]! +
          shocks[t]! +
          random.normal(0, truth.noise);
        demand[t] = Math.exp(log);
      }
      const key = `${item} at ${s}`;
      const values = demand.slice(0, PERIODS);
      series.push({ key, item, site: `site ${s}`, start: 0, values, drivers: [price, promotion] });
      actual.push(demand.slice(PERIODS));
    }
  }
  const drivers = [
    { name: 'price', kind: 'price' },
    { name: 'promotion', kind: 'flag' },
  ] as const;
  return { panel: { drivers, season: 52, series } satisfies Panel, actual, elasticities };
}

describe('demand that follows prices and promotions', () => {
  const { panel, actual, elasticities } = madeUp('law');
  const { forecasts, effects, explained } = forecastWithDrivers(panel, HORIZON);
  const [price, promotion] = effects;

  it('is forecast with them to about its noise', () => {
    const errors = actual.flatMap((values, i) =>
      [...values].map((value, h) => Math.log(value / forecasts[i]!.quantiles[4]![h]!)),
    );
    const square = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
    expect(Math.sqrt(square)).toBeLessThan(0.27);
    expect(explained).toBeGreaterThan(0.8);
  });

  it('has quantiles that hold what they say', () => {
    const inside = actual.flatMap((values, i) =>
      [...values].map((value, h) => {
        const { quantiles } = forecasts[i]!;
        return value >= quantiles[2]![h]! && value <= quantiles[6]![h]! ? 1 : 0;
      }),
    );
    const share = inside.reduce<number>((sum, one) => sum + one, 0) / inside.length;
    expect(share).toBeGreaterThan(0.68);
    expect(share).toBeLessThan(0.93);
  });

  it('tells the elasticity of the panel, of items and of series', () => {
    expect(price!.pooled.value).toBeCloseTo(-2, 0);
    expect(price!.pooled.standardError).toBeLessThan(0.3);
    expect(promotion!.pooled.value).toBeGreaterThan(0.55);
    expect(promotion!.pooled.value).toBeLessThan(0.85);
    for (const [item, elasticity] of elasticities) {
      const estimate = price!.byItem.get(item)!;
      expect(Math.abs(estimate.value - elasticity)).toBeLessThan(4 * estimate.standardError);
    }
    expect([...price!.bySeries.keys()]).toEqual(panel.series.map(({ key }) => key));
  });

  it('is the same for the same panel', () => {
    expect(forecastWithDrivers(panel, HORIZON)).toEqual({ forecasts, effects, explained });
  });

  it('follows the price of the weeks to come', () => {
    const cheaper = panel.series.map((one) => {
      const cut = one.drivers[0]!.map((value, t) => (t >= PERIODS ? value * 0.8 : value));
      return { ...one, drivers: [cut, one.drivers[1]!] };
    });
    const then = forecastWithDrivers({ ...panel, series: cheaper }, HORIZON).forecasts;
    for (const [i, { mean }] of then.entries()) {
      expect(mean[0]!).toBeGreaterThan(forecasts[i]!.mean[0]! * 1.1);
    }
  });
});

it('standard errors of elasticities are honest, with shocks that sites share and without', () => {
  for (const shared of [0, 0.3]) {
    let inside = 0;
    let count = 0;
    for (let run = 0; run < 12; run += 1) {
      const { panel, elasticities } = madeUp(`coverage ${run}`, { ...USUAL, sites: 4, shared });
      const [price] = forecastWithDrivers(panel, 1).effects;
      for (const [item, elasticity] of elasticities) {
        const { value, standardError } = price!.byItem.get(item)!;
        count += 1;
        if (Math.abs(value - elasticity) < 1.96 * standardError) inside += 1;
      }
    }
    expect(inside / count).toBeGreaterThan(0.85);
  }
});

/** The panel with other demand after `cut`, and the panel that ends there. */
describe('a forecast', () => {
  it('does not know what is after its origin', () => {
    const { panel } = madeUp('leak');
    const cut = 90;
    const truncated = (values: (one: PanelSeries) => Float64Array): Panel => ({
      ...panel,
      series: panel.series.map((one) => ({ ...one, values: values(one).slice(0, cut) })),
    });
    const shuffled = (one: PanelSeries) => {
      const values = one.values.slice();
      values.subarray(cut).reverse();
      return values;
    };
    const plain = forecastWithDrivers(
      truncated((one) => one.values),
      HORIZON,
    );
    expect(forecastWithDrivers(truncated(shuffled), HORIZON)).toEqual(plain);
  });

  it('scales with its unit', () => {
    const { panel } = madeUp('scale');
    const larger = panel.series.map((one) => ({
      ...one,
      values: one.values.map((value) => value * 12),
    }));
    const plain = forecastWithDrivers(panel, HORIZON).forecasts;
    const scaled = forecastWithDrivers({ ...panel, series: larger }, HORIZON).forecasts;
    for (const [i, { mean }] of scaled.entries()) {
      for (const [h, value] of mean.entries()) {
        expect(value / (12 * plain[i]!.mean[h]!)).toBeCloseTo(1, 1);
      }
    }
  });

  it('of a series without history is that of its item and site', () => {
    const { panel, actual } = madeUp('new');
    const none = panel.series.map((one, i) =>
      i === 0 ? { ...one, values: new Float64Array(PERIODS).fill(Number.NaN) } : one,
    );
    const { forecasts } = forecastWithDrivers({ ...panel, series: none }, HORIZON);
    const ratio = forecasts[0]!.mean[0]! / actual[0]![0]!;
    expect(ratio).toBeGreaterThan(0.4);
    expect(ratio).toBeLessThan(2.5);
  });

  it('of a million periods, or of series far apart in time, is made', () => {
    const values = Float64Array.from({ length: 1_000_000 }, (_, t) => 20 + (t % 7));
    const price = values.map((_, t) => 3 + (t % 5) / 10);
    const drivers = [{ name: 'price', kind: 'price' }] as const;
    const long = { key: 'a', item: 'x', site: 's', start: 0, values, drivers: [price] };
    const old = { ...long, key: 'b', start: -1e12, values: values.slice(0, 9) };
    const { forecasts } = forecastWithDrivers({ drivers, season: 7, series: [long, old] }, 7);
    expect(forecasts[0]!.mean[0]!).toBeGreaterThan(15);
    expect(forecasts[0]!.mean[0]!).toBeLessThan(35);
  });

  it('survives any panel, finite, in order and not negative', () => {
    const value = fc.oneof(
      fc.constantFrom(0, 1, -3, Number.NaN, 1e15, Number.POSITIVE_INFINITY),
      fc.double(),
    );
    const values = fc.array(value, { maxLength: 30 }).map((list) => Float64Array.from(list));
    const series = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      item: fc.constantFrom('x', 'y'),
      site: fc.constantFrom('s', 't'),
      start: fc.integer({ min: 0, max: 5 }),
      values,
      drivers: fc.array(values, { maxLength: 3 }),
    });
    const drivers = fc.subarray([
      { name: 'price', kind: 'price' },
      { name: 'deal', kind: 'flag' },
      { name: 'rain', kind: 'amount' },
    ] as const);
    const panels = fc.record({
      drivers,
      season: fc.constantFrom(1, 7, 12),
      series: fc.array(series, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(panels, (panel) => {
        const { forecasts, effects } = forecastWithDrivers(panel, 3);
        expect(forecasts.length).toBe(panel.series.length);
        expect(effects.map(({ driver }) => driver)).toEqual(panel.drivers.map(({ name }) => name));
        for (const { mean, quantiles } of forecasts) {
          for (const one of mean) expect(Number.isFinite(one) && one >= 0).toBe(true);
          for (let k = 0; k < LEVELS.length; k += 1) {
            for (let h = 0; h < 3; h += 1) {
              const quantile = quantiles[k]![h]!;
              expect(Number.isFinite(quantile) && quantile >= 0).toBe(true);
              if (k > 0) expect(quantile).toBeGreaterThanOrEqual(quantiles[k - 1]![h]!);
            }
          }
        }
        for (const { pooled } of effects) expect(Number.isFinite(pooled.value)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
