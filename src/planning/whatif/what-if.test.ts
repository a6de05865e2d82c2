import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedLeadTime, leadTimeOf } from '../policy/index.ts';
import { LEVELS } from '../series.ts';
import { type Change, type FuturePlace, playWhatIf } from './what-if.ts';

/** Quantiles of the standard normal distribution at LEVELS. */
const NORMAL = [-1.96, -1.645, -1.282, -0.674, 0, 0.674, 1.282, 1.645, 1.96, 2.326];

/** An item that sells about ten a day, with three weeks of stock. */
function place(changes: Partial<FuturePlace> = {}): FuturePlace {
  const weeks = 20;
  const weekMeans = new Float64Array(weeks).fill(70);
  return {
    ...{ item: 'MUG', site: 'N', unitCost: 4, shortageCost: 3, onHand: 210, arriving: [] },
    dayMeans: new Float64Array(weeks * 7).fill(10),
    weekMeans,
    weekQuantiles: LEVELS.map((_, i) => weekMeans.map((mean) => mean + 12 * NORMAL[i]!)),
    ...{ dayVariance: 20, growth: 1.1, correlation: 0.1, leadTime: leadTimeOf([9, 10, 12], 10) },
    ...{ reviewDays: 1, service: { kind: 'fill_rate', target: 0.97 } as const },
    ...{ orderCost: 5, holdingRate: 0.25, multiple: 1, minimum: 0, granularity: 1 },
    ...changes,
  };
}

const options = { seed: 's', days: 91, paths: 60 };
const play = (change: Change, own: Partial<FuturePlace> = {}) =>
  playWhatIf(place(own), change, options);

describe('a what-if', () => {
  it('changes nothing when nothing is changed, to the last bit', () => {
    const { base, changed } = play({});
    expect(changed).toEqual(base);
    expect(play({})).toEqual(play({}));
    expect(base.demandUnits).toBeGreaterThan(870);
    expect(base.demandUnits).toBeLessThan(950);
    expect(base.fillRate).toBeGreaterThan(0.95);
  });

  it('serves more and holds more for a higher service target', () => {
    const { base, changed } = play({ serviceTarget: 0.999 });
    expect(changed.fillRate).toBeGreaterThan(base.fillRate);
    expect(changed.averageValue).toBeGreaterThan(base.averageValue);
    expect(changed.demandUnits).toBe(base.demandUnits);
  });

  it('holds more for a longer lead time', () => {
    const { base, changed } = play({ leadTimeFactor: 2 });
    expect(changed.reorderPoint).toBeGreaterThan(base.reorderPoint);
    expect(play({ leadTimeDays: 0 }).changed.reorderPoint).toBeLessThan(base.reorderPoint);
  });

  it('runs short when a supplier fails, less so when it is foreseen', () => {
    const supplierFailure = { fromDay: 20, toDay: 60 };
    const surprised = play({ supplierFailure, unforeseen: true });
    const prepared = play({ supplierFailure });
    expect(surprised.changed.lostUnits).toBeGreaterThan(surprised.base.lostUnits + 50);
    expect(prepared.changed.lostUnits).toBeLessThan(surprised.changed.lostUnits);
    expect(surprised.changed.reorderPoint).toBe(surprised.base.reorderPoint);
  });

  it('puts off what is on its way as well', () => {
    const own = { onHand: 0, arriving: [{ day: 2, quantity: 500 }], leadTime: fixedLeadTime(90) };
    const { base, changed } = play({ supplierFailure: { fromDay: 0, toDay: 29 } }, own);
    expect(base.weekShort[1]).toBe(0);
    expect(changed.weekShort[1]).toBeGreaterThan(50);
    expect(changed.weekOnHand[4]).toBeGreaterThan(base.weekOnHand[4]!);
  });

  it('multiplies demand in a promotion and for all days', () => {
    const promotion = { fromDay: 0, toDay: 90, uplift: 2 };
    const { base, changed } = play({ promotion });
    expect(changed.demandUnits).toBe(2 * base.demandUnits);
    expect(play({ demandFactor: 0 }).changed).toMatchObject({ demandUnits: 0, lostUnits: 0 });
    const short = play({ promotion: { fromDay: 14, toDay: 27, uplift: 3 } });
    const missed = play({ promotion: { fromDay: 14, toDay: 27, uplift: 3 }, unforeseen: true });
    expect(missed.changed.lostUnits).toBeGreaterThan(short.changed.lostUnits);
  });

  it('accounts for every week and every unit', () => {
    const { base } = play({});
    expect(base.weekOnHand).toHaveLength(13);
    const short = base.weekShort.reduce((sum, units) => sum + units, 0);
    expect(short).toBeCloseTo(base.lostUnits, 6);
    expect(base.totalCost).toBeCloseTo(base.holdingCost + base.orderingCost + base.shortageCost, 9);
  });

  it('gives finite figures for odd places', () => {
    const odd = fc.constantFrom(0, 1, 1e6, 0.001);
    fc.assert(
      fc.property(odd, odd, odd, fc.integer({ min: 1, max: 20 }), (level, cost, stock, days) => {
        const weekMeans = new Float64Array(4).fill(level * 7);
        const { changed } = playWhatIf(
          place({
            dayMeans: new Float64Array(28).fill(level),
            weekMeans,
            weekQuantiles: LEVELS.map(() => weekMeans),
            dayVariance: 0,
            unitCost: cost,
            onHand: stock,
          }),
          { leadTimeFactor: 0.5 },
          { seed: 'odd', days, paths: 3 },
        );
        expect(Number.isFinite(changed.totalCost)).toBe(true);
        expect(changed.fillRate).toBeGreaterThanOrEqual(0);
        expect(changed.fillRate).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });
});
