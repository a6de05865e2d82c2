import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../platform/package.ts';
import { createRandom } from '../random.ts';
import { LEVELS } from '../series.ts';
import { narrowPieces } from './columns.ts';
import { indexOverrides, judgeSize, type Override, overrideMeans } from './override.ts';
import { dateOf, dayOf, localTime, packFloats, unpackFloats, widened } from './pack.ts';
import { type Cell, reconcileLevels } from './reconcile.ts';
import { cutItems, PART_SERIES_MAX, RUN_MACHINE } from './run.ts';
import { isDue } from './schedule.ts';
import { isAlarmed, newScore, scoreNumbers, scoreOf, watchDay } from './score.ts';
import { ROTATION_DAYS, tierOf, turnOf } from './tier.ts';
import { DAYS_AHEAD, WEEKS_AHEAD } from './types.ts';

const matrixOf = (length: number) => ({ minLength: length, maxLength: length });

/** The values of a bytea[] as PostgreSQL takes it: a header, then length and bytes of each. */
function piecesIn(array: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 20; at < array.length; ) {
    const length = array.readInt32BE(at);
    found.push(array.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

describe('packing', () => {
  it('keeps floats and dates', () => {
    const values = [0, 1.5, -2.25, 1e6, Number.NaN];
    expect([...unpackFloats(packFloats(values))]).toEqual(values);
    expect([dateOf(0), dateOf(20_513), dayOf('2026-03-01')]).toEqual([
      ...['1970-01-01', '2026-03-01', 20_513],
    ]);
  });

  it('leaves out columns that repeat the one before, and brings them back', () => {
    const [rows, width] = [2, 5];
    const matrices = fc.array(fc.array(fc.integer({ min: 0, max: 2 }), matrixOf(rows * width)), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(matrices, (made) => {
        const bytes = narrowPieces(Float32Array.from(made.flat()), rows, width);
        const stored = piecesIn(bytes);
        expect(stored.map((one) => widened(one, rows, width).flatMap((row) => [...row]))).toEqual(
          made,
        );
        for (const [i, one] of stored.entries()) {
          const isFlat = made[i]!.every((value, at) => value === made[i]![at - (at % width)]);
          expect(one.byteLength === rows * 4).toBe(isFlat);
        }
      }),
    );
  });

  it('knows the local day and hour', () => {
    const at = new Date('2026-03-01T23:30:00Z');
    expect(localTime(at, 'Europe/Berlin')).toEqual({ day: dayOf('2026-03-02'), hour: 0 });
    expect(localTime(at, 'UTC')).toEqual({ day: dayOf('2026-03-01'), hour: 23 });
  });
});

describe('the nightly hour', () => {
  const config = { planningHour: 2, planningTimeZone: 'UTC' };
  const night = new Date('2026-03-01T02:59:00Z');
  it.each([
    ['in its hour', config, night, 3_600_000, true],
    ['outside of it', config, new Date('2026-03-01T03:00:00Z'), 3_600_000, false],
    ['just after a start', config, night, 60_000, false],
    ['never', { ...config, planningHour: 24 }, night, 3_600_000, false],
  ])('%s', (_, settings, at, upMs, due) => {
    expect(isDue(settings, at, upMs)).toBe(due);
  });
});

describe('parts', () => {
  it('hold every item once, in order, and few series', () => {
    const items = fc.array(
      fc.record({
        gap: fc.integer({ min: 1, max: 9 }),
        series: fc.integer({ min: 1, max: 2_000 }),
      }),
    );
    fc.assert(
      fc.property(items, (made) => {
        let itemId = 0;
        const all = made.map(({ gap, series }) => {
          itemId += gap;
          return { itemId, series };
        });
        const ranges = cutItems(all);
        const inRanges = ranges.map(({ from, before }) =>
          all.filter((item) => item.itemId >= from && item.itemId < before),
        );
        expect(inRanges.flat()).toEqual(all);
        ranges.forEach(({ series }, i) => {
          const own = inRanges[i]!;
          expect(series).toBe(own.reduce((sum, item) => sum + item.series, 0));
          if (own.length > 1) expect(series).toBeLessThanOrEqual(PART_SERIES_MAX);
        });
      }),
    );
  });
});

describe('tiers', () => {
  const facts = {
    ...{ itemId: 1, siteId: 1, origin: 20_000, selectedDay: 19_990, previousOrigin: 19_999 },
    ...{ previousTier: 1, computedDay: 19_999, hasNews: true, hasDemand: true, isAlarmed: false },
  };
  const auto = { tier: 'auto', newAtOnce: true } as const;

  it('give every series its turn once a rotation, evenly', () => {
    const counts = new Array<number>(ROTATION_DAYS).fill(0);
    for (let item = 1; item <= 91_000; item++) counts[turnOf(item, item % 5, 1)]! += 1;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1_150);
  });

  it('are full for what is new, drifting or overdue and changed', () => {
    const turn = turnOf(1, 1, 1);
    const origin = 20_000 - (20_000 % ROTATION_DAYS) + ((turn + 1) % ROTATION_DAYS);
    const calm = { ...facts, origin, selectedDay: origin - 5, previousOrigin: origin - 1 };
    expect(tierOf(auto, 1, calm)).toBe('fast');
    expect(tierOf(auto, 1, { ...calm, selectedDay: 0 })).toBe('full');
    expect(tierOf({ ...auto, newAtOnce: false }, 1, { ...calm, selectedDay: 0 })).toBe('fast');
    expect(tierOf(auto, 1, { ...calm, isAlarmed: true })).toBe('full');
    expect(tierOf(auto, 1, { ...calm, selectedDay: origin - 120 })).toBe('full');
    expect(tierOf(auto, 1, { ...calm, selectedDay: origin - 120, hasNews: false })).toBe('fast');
    expect(tierOf({ ...auto, tier: 'full' }, 1, calm)).toBe('full');
    const quiet = { ...calm, hasDemand: false, computedDay: origin - 2 };
    expect(tierOf(auto, 1, quiet)).toBe('rolled');
    expect(tierOf(auto, 1, { ...quiet, computedDay: origin - 7 })).toBe('fast');
  });

  it('are the same when a day is run again', () => {
    const again = { ...facts, previousOrigin: facts.origin, isAlarmed: true };
    expect(tierOf(auto, 1, again)).toBe('fast');
    expect(tierOf(auto, 1, { ...again, previousTier: 2 })).toBe('full');
  });
});

/** A day of a Poisson demand forecast by what it is expected to be. */
function poissonDay(actual: number, mean: number) {
  const deviations = [-1.96, -1.645, -1.282, -0.674, 0, 0.674, 1.282, 1.645, 1.96, 2.326];
  const quantiles = LEVELS.map((_, i) =>
    Math.max(0, Math.round(mean + deviations[i]! * Math.sqrt(mean))),
  );
  return { actual, mean, quantiles, naive: mean, scaleAbsolute: 1, scaleSquared: 1 };
}

/** The first night on which a series alarms. */
function alarmOf(label: string, nights: number, level: (night: number) => number, mean: number) {
  const random = createRandom('drift', label);
  const score = newScore();
  for (let night = 0; night < nights; night++) {
    watchDay(score, poissonDay(random.poisson(level(night)), mean));
    if (isAlarmed(score)) return night;
  }
  return undefined;
}

describe('the watch over errors', () => {
  const means = [0.1, 0.5, 2, 20];

  it('raises few alarms while nothing changes', () => {
    const nights = 365;
    let alarms = 0;
    for (const mean of means) {
      for (let series = 0; series < 50; series++) {
        if (alarmOf(`${mean} ${series}`, nights, () => mean, mean) !== undefined) alarms += 1;
      }
    }
    // 200 series for a year each.
    expect(alarms).toBeLessThan(40);
  });

  it.each([2, 20])('notices within some weeks that a demand of %d has tripled or ended', (mean) => {
    for (const factor of [3, 0]) {
      const noticed = Array.from({ length: 20 }, (_, series) =>
        alarmOf(
          `${mean} ${factor} ${series}`,
          160,
          (night) => mean * (night < 100 ? 1 : factor),
          mean,
        ),
      );
      const late = noticed.filter((night) => night === undefined || night > 145);
      expect(late.length).toBeLessThan(3);
    }
  });

  it('keeps its numbers when it is packed', () => {
    const score = newScore();
    for (let day = 0; day < 40; day++) watchDay(score, poissonDay(day % 3, 1));
    expect(scoreOf(scoreNumbers(score))).toEqual(score);
    expect(scoreOf([])).toEqual(newScore());
  });
});

describe('the size of an override', () => {
  it.each([
    ['forty times what is forecast', { forecast: 70, overridden: 2_800, highestDay: 30 }, 40, true],
    ['five times it', { forecast: 70, overridden: 350, highestDay: 30 }, 5, true],
    ['less than that', { forecast: 70, overridden: 349, highestDay: 30 }, 349 / 70, false],
    ['nothing', { forecast: 70, overridden: 0, highestDay: 30 }, 0, false],
    ['a few of what hardly sells', { forecast: 0.1, overridden: 3, highestDay: 3 }, 30, false],
    ['a year on its best day', { forecast: 70, overridden: 900, highestDay: 10 }, 900 / 70, true],
    ['no forecast, as many as ever', { forecast: null, overridden: 9, highestDay: 9 }, null, false],
    ['no forecast and more', { forecast: null, overridden: 10, highestDay: 9 }, null, true],
    ['a forecast of nothing', { forecast: 0, overridden: 10, highestDay: 9 }, null, true],
  ])('%s', (_, size, timesForecast, isLarge) => {
    const judged = judgeSize(size);
    expect(judged.isLarge).toBe(isLarge);
    if (timesForecast === null) expect(judged.timesForecast).toBeNull();
    else expect(judged.timesForecast).toBeCloseTo(timesForecast, 9);
  });
});

describe('overrides', () => {
  const base: Override = {
    ...{ overrideId: 'a', itemId: 1, group: null, siteId: null, fromDay: 11, toDay: 12 },
    ...{ number: 'FO-1', timesForecast: 1.5, isLarge: false },
    ...{ kind: 'percent', value: 100 },
  };
  const means = {
    dayMeans: new Float64Array(DAYS_AHEAD).fill(2),
    weekMeans: new Float64Array(WEEKS_AHEAD).fill(14),
  };

  it('change their days and the weeks that those are in', () => {
    const changed = overrideMeans([base], 10, means);
    expect([...changed.dayMeans.subarray(0, 3)]).toEqual([4, 4, 2]);
    expect([...changed.weekMeans.subarray(0, 2)]).toEqual([18, 14]);
    const far = { ...base, fromDay: 11 + 70, toDay: 11 + 76 };
    expect(overrideMeans([far], 10, means).weekMeans[10]).toBeCloseTo(28, 9);
  });

  it('are in order: item before group, site before all sites, newest before older', () => {
    const group = { ...base, overrideId: 'g', itemId: null, group: 'G', siteId: 5 };
    const site = { ...base, overrideId: 's', siteId: 5 };
    const newer = { ...base, overrideId: 'n' };
    const index = indexOverrides([site, group, base, newer]);
    const order = index.of({ itemId: 1, siteId: 5, group: 'G' });
    expect(order.map(({ overrideId }) => overrideId)).toEqual(['s', 'n', 'a', 'g']);
    expect(index.of({ itemId: 2, siteId: 6, group: 'G' })).toEqual([]);
  });
});

describe('reconciliation', () => {
  it('makes every level the sum of what is below it', () => {
    const random = createRandom('cells', '1');
    const cells: Cell[] = ['A', 'B', 'C'].flatMap((group, g) =>
      ['N', 'S'].map((site, s) => ({
        ...{ cellId: g * 2 + s, group, site, region: 'R', series: 10 },
        history: Float64Array.from({ length: 104 }, () => random.poisson(30 * (g + 1))),
        means: new Float64Array(WEEKS_AHEAD).fill(25 * (g + 1)),
        usual: new Float64Array(WEEKS_AHEAD).fill(25 * (g + 1)),
        deviation: new Float64Array(WEEKS_AHEAD).fill(20),
        variance: new Float64Array(WEEKS_AHEAD).fill(40),
      })),
    );
    const { levels, factors } = reconcileLevels(cells);
    const total = levels.find(({ level }) => level === 'total')!;
    for (const level of ['region', 'site', 'group']) {
      for (let week = 0; week < WEEKS_AHEAD; week++) {
        const sum = levels
          .filter((one) => one.level === level)
          .reduce((all, one) => all + one.means[week]!, 0);
        expect(sum / total.means[week]!).toBeCloseTo(1, 9);
      }
    }
    // History says 30 where the series' forecasts say 25: the truth is believed to lie between.
    expect(factors.every((each) => each.every((factor) => factor >= 1 && factor < 1.3))).toBe(true);
    expect(reconcileLevels([])).toEqual({ levels: [], factors: [] });
  });
});

describe('a new item', () => {
  const cell = (changes: Partial<Cell>): Cell => ({
    ...{ cellId: 1, group: 'A', site: 'N', region: 'R', series: 10 },
    history: new Float64Array(104).fill(100),
    means: new Float64Array(WEEKS_AHEAD).fill(100),
    usual: new Float64Array(WEEKS_AHEAD).fill(100),
    deviation: new Float64Array(WEEKS_AHEAD).fill(20),
    variance: new Float64Array(WEEKS_AHEAD).fill(40),
    ...changes,
  });

  it('comes on top of what is there, however large its first sale was', () => {
    const wide = new Float64Array(WEEKS_AHEAD).fill(1e6);
    const means = new Float64Array(WEEKS_AHEAD).fill(100 + 1e6);
    const { factors, levels } = reconcileLevels([cell({ means, deviation: wide, variance: wide })]);
    for (const factor of factors[0]!) expect(factor).toBeCloseTo(1, 2);
    expect(levels[0]!.means[0]! / (100 + 1e6)).toBeCloseTo(1, 2);
  });

  it('alone at a site is what its own forecast says', () => {
    const alone = cell({
      ...{ cellId: 2, site: 'S', history: new Float64Array(104) },
      usual: new Float64Array(WEEKS_AHEAD),
    });
    const { factors } = reconcileLevels([cell({}), alone]);
    for (const each of factors) for (const factor of each) expect(factor).toBeCloseTo(1, 2);
  });
});

describe('the states of a run', () => {
  it('are drawn in the documentation as they are', () => {
    const page = readFileSync(join(packageRoot, 'docs/concepts/nightly-run.md'), 'utf8');
    const picture = /stateDiagram-v2\n([\s\S]*?)```/.exec(page)?.[1]?.trim().split(/\n\s*/);
    expect(picture).toEqual(
      RUN_MACHINE.map(({ from, event, to }) => `${from} --> ${to}: ${event}`),
    );
  });
});
