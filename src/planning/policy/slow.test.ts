import { describe, expect, it } from 'vitest';
import { dailyDemand, quantileOf } from './demand.ts';
import { leadTimeOf } from './lead-time.ts';
import { quantityToOrder } from './quantity.ts';
import { stockTarget } from './target.ts';
import type { StockTargetInput } from './types.ts';

/** Items that are seldom asked for: the examples are of the demo. */
const slow = (perDay: number, variance: number, pack: number): StockTargetInput => ({
  demand: dailyDemand(perDay, variance),
  leadTime: leadTimeOf([], 10),
  reviewDays: 7,
  service: { kind: 'fill_rate', target: 0.97 },
  costs: { order: 5, unit: 12, holdingRate: 0.25 },
  quantities: { multiple: pack, minimum: pack },
  coverDaysMax: 180,
});

describe('an item that is seldom asked for', () => {
  it.each([
    ['0.06 a day, packs of 20, 90 days of shelf life', 0.064, 0.25, 20, 90],
    ['0.02 a day, packs of 20, 200 days of shelf life', 0.023, 0.12, 20, 200],
    ['0.03 a day, packs of 24, half a year of shelf life', 0.033, 0.07, 24, 180],
  ])('gets one pack where a second would only outdate beside it: %s', (...example) => {
    const [, perDay, variance, pack, shelfLifeDays] = example;
    const asked = { ...slow(perDay, variance, pack), shelfLifeDays };
    const target = stockTarget(asked);
    const untilExpired = asked.demand.overDays(18 + shelfLifeDays);
    expect(quantileOf(untilExpired, 0.97)).toBeLessThanOrEqual(pack);
    expect(target).toMatchObject({ policy: 'perishable', orderUpTo: pack, reorderPoint: 0 });
    expect([1, pack].map((position) => quantityToOrder(target, position))).toEqual([0, 0]);
    if (target.fillRate < 0.97) expect(target.explanation.limits).toContain('shelf_life');
  });

  it('still gets several packs where all of them are used before they expire', () => {
    const target = stockTarget({ ...slow(4, 8, 20), shelfLifeDays: 60 });
    expect(target.orderUpTo).toBeGreaterThan(40);
    expect(target.fillRate).toBeGreaterThanOrEqual(0.97);
  });

  it('holds no more for safety than the days that a purchase may cover, and says so', () => {
    // Once a month or so somebody takes ten: the last points of a service take years of stock.
    const asked = slow(0.04, 0.9, 1);
    const target = stockTarget(asked);
    const { protectionDemandMean: mean, protectionDemandDeviation: spread } = target.explanation;
    expect(target.reorderPoint).toBe(Math.ceil(mean + 3 * spread));
    expect(target.explanation.limits).toContain('cover_level');
    expect(target.fillRate).toBeLessThan(0.97);
    const spare = stockTarget({ ...asked, coverDaysMax: 1_095 });
    expect(spare.reorderPoint).toBeGreaterThan(2 * target.reorderPoint);
    expect(spare.fillRate).toBeGreaterThan(0.96);
  });

  it('keeps its service where demand is steady, however short the cover', () => {
    const target = stockTarget({ ...slow(5, 10, 1), coverDaysMax: 7 });
    expect(target.fillRate).toBeGreaterThanOrEqual(0.97);
    expect(target.explanation.limits).not.toContain('cover_level');
  });
});
