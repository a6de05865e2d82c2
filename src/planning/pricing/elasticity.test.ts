import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DemandSeries } from '../demand/index.ts';
import { createRandom } from '../random.ts';
import { forecastWithDrivers } from '../regression/index.ts';
import { type PricedSeries, panelOf, priceVariation } from './panel.ts';

const WEEKS = 80;
const DAYS = WEEKS * 7;

/** A store's days of an item whose demand follows price with this elasticity. */
function sold(seed: string, item: string, site: string, elasticity: number): PricedSeries {
  const random = createRandom(seed, `${item}/${site}`);
  const level = random.uniform(15, 60);
  const price = new Float64Array(DAYS);
  const demand = new Float64Array(DAYS);
  let factor = 1;
  let shock = 0;
  for (let day = 0; day < DAYS; day += 1) {
    if (day % 7 === 0) {
      factor = random.next() < 0.3 ? random.uniform(0.7, 0.95) : 1;
      shock = random.normal(0, 0.1);
    }
    price[day] = 5 * factor;
    demand[day] = random.poisson(level * factor ** elasticity * Math.exp(shock));
  }
  const series: DemandSeries = {
    ...{ itemId: 1, siteId: 1, ownerId: 1, firstDay: 1000, demand, ordered: demand, price },
    lost: new Float64Array(DAYS),
    marks: new Uint8Array(DAYS),
  };
  return { item, site, series };
}

const THROUGH_DAY = 1000 + DAYS - 1;
const NORMAL_95 = 1.645;

function effectOf(priced: readonly PricedSeries[]) {
  return forecastWithDrivers(panelOf(priced, THROUGH_DAY), 1).effects[0]!;
}

describe('the elasticity', () => {
  it('of simulated items lies in its 90 % interval at about that rate', () => {
    let [inside, asked, error] = [0, 0, 0];
    for (let panel = 0; panel < 12; panel += 1) {
      const random = createRandom('panels', `${panel}`);
      const truth = new Map(
        Array.from({ length: 6 }, (_, i) => [`I-${i}`, random.normal(-2, 0.4)] as const),
      );
      const priced = [...truth].flatMap(([item, elasticity]) =>
        ['N', 'S'].map((site) => sold(`panel-${panel}`, item, site, elasticity)),
      );
      const { byItem } = effectOf(priced);
      for (const [item, elasticity] of truth) {
        const { value, standardError } = byItem.get(item)!;
        asked += 1;
        error += Math.abs(value - elasticity) / 72;
        if (Math.abs(value - elasticity) <= NORMAL_95 * standardError) inside += 1;
      }
    }
    expect(asked).toBe(72);
    expect(error).toBeLessThan(0.25);
    expect(inside / asked).toBeGreaterThanOrEqual(0.8);
    // Intervals that always hold would be too wide to be of use.
    expect(inside / asked).toBeLessThan(0.99);
  });

  it('of an item that does not care about price is about nothing', () => {
    const priced = ['N', 'S', 'W'].map((site) => sold('flat', 'FLAT', site, 0));
    const { value, standardError } = effectOf(priced).byItem.get('FLAT')!;
    expect(Math.abs(value)).toBeLessThan(3 * standardError + 0.1);
  });

  it('rests on weeks of ordinary days with the price that was paid', () => {
    const [one] = [sold('weeks', 'ONE', 'N', -1)];
    one.series.marks.fill(1, 0, 7);
    const panel = panelOf([one], THROUGH_DAY);
    const [week] = panel.series;
    expect(week!.values).toHaveLength(WEEKS);
    expect(week!.values[0]).toBeNaN();
    const second = one.series.demand.slice(7, 14).reduce((sum, units) => sum + units, 0);
    expect(week!.values[1]).toBeCloseTo(second, 9);
    expect(week!.drivers[0]![1]).toBeCloseTo(one.series.price[7]!, 9);
    expect(priceVariation(panel)).toBeGreaterThan(0.03);
  });

  const file = join(process.env.ONHAND_SHARED_DATA ?? '../shared/data', 'forecast');
  const juice = join(file, 'dominicks_oj_weekly.csv');
  it.skipIf(!existsSync(juice))('of orange juice is negative and of a sensible size', () => {
    const rows = readFileSync(juice, 'utf8').trim().split('\n').slice(1);
    const series = new Map<string, { week: number; units: number; price: number }[]>();
    for (const row of rows) {
      const [store, brand, week, units, price] = row.split(',').map(Number);
      // A dozen stores are enough to tell, and keep the test fast.
      if (store! > 33) continue;
      const own = series.get(`${brand}/${store}`) ?? [];
      own.push({ week: week!, units: units!, price: price! });
      series.set(`${brand}/${store}`, own);
    }
    const panel = {
      drivers: [{ name: 'price', kind: 'price' as const }],
      season: 52,
      series: [...series].map(([key, weeks]) => {
        const [item, site] = key.split('/') as [string, string];
        const values = new Float64Array(121).fill(Number.NaN);
        const prices = new Float64Array(121).fill(Number.NaN);
        for (const { week, units, price } of weeks) {
          values[week - 40] = units;
          prices[week - 40] = price;
        }
        return { key, item, site, start: 0, values, drivers: [prices] };
      }),
    };
    const { pooled, byItem } = forecastWithDrivers(panel, 1).effects[0]!;
    // Hoch, Kim, Montgomery and Rossi (1995) found -1 to -4 for categories and brands there.
    expect(pooled.value + 2 * pooled.standardError).toBeLessThan(0);
    expect(pooled.value).toBeGreaterThan(-5);
    expect(pooled.value).toBeLessThan(-1);
    for (const { value } of byItem.values()) {
      expect(value).toBeLessThan(0);
      expect(value).toBeGreaterThan(-7);
    }
  });
});
