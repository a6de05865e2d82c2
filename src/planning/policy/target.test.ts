import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { cumulativeDemand, dailyDemand, demandOfPmf, fixedDemand } from './demand.ts';
import { drawLeadTime, fixedLeadTime, leadTimeOf } from './lead-time.ts';
import { drawDays, outdatingBounds } from './perishable.ts';
import { simulatePolicy } from './simulate.ts';
import { stockTarget } from './target.ts';
import type { StockTarget, StockTargetInput } from './types.ts';

const input = (changes: Partial<StockTargetInput> = {}): StockTargetInput => ({
  demand: dailyDemand(6, 12),
  leadTime: fixedLeadTime(10),
  reviewDays: 1,
  service: { kind: 'fill_rate', target: 0.97 },
  costs: { order: 20, unit: 10, holdingRate: 0.25 },
  ...changes,
});

/** The target's item run for many days, lead times kept for stretches so that none overtakes. */
function simulated(asked: StockTargetInput, target: StockTarget, days = 120_000) {
  const random = createRandom('target', 'test');
  let leadTime = 0;
  return simulatePolicy({
    levels: target,
    demand: drawDays(asked.demand.overDays(1), days, random.next),
    leadTimes: Float64Array.from({ length: days }, (_, day) => {
      if (day % 100 === 0) leadTime = drawLeadTime(asked.leadTime, random);
      return leadTime;
    }),
    reviewDays: asked.reviewDays,
    ...(asked.quantities && { quantities: asked.quantities }),
    ...(asked.shelfLifeDays && { shelfLifeDays: asked.shelfLifeDays }),
    shortage: 'backorder',
    onHandAtStart: target.orderUpTo,
    warmUpDays: 1_000,
  });
}

describe('a stock target', () => {
  it.each<[string, Partial<StockTargetInput>, string]>([
    ['steady demand with an order cost', {}, 'r_Q'],
    ['no order cost', { costs: { order: 0, unit: 10, holdingRate: 0.25 } }, 'base_stock'],
    ['lumpy demand', { demand: dailyDemand(1, 40) }, 's_S'],
    ['no demand', { demand: dailyDemand(0, 0) }, 'none'],
    ['a season that ends', { seasonDays: 14 }, 'newsvendor'],
    ['a short shelf life', { shelfLifeDays: 12 }, 'perishable'],
    ['a policy set by hand', { policy: 's_S' }, 's_S'],
  ])('chooses its policy: %s', (_, changes, policy) => {
    const target = stockTarget(input(changes));
    expect(target.policy).toBe(policy);
    expect(target.explanation.reason.length).toBeGreaterThan(20);
  });

  it.each<[string, Partial<StockTargetInput>]>([
    ['packs', { quantities: { multiple: 48 } }],
    ['a random lead time', { leadTime: leadTimeOf([6, 9, 12, 20, 8], 10) }],
    ['lumpy demand', { demand: dailyDemand(1, 40) }],
    ['intermittent demand', { demand: dailyDemand(0.2, 0.25) }],
    ['a weekly review', { reviewDays: 7, costs: { order: 0, unit: 10, holdingRate: 0.2 } }],
    ['cycle service', { service: { kind: 'cycle_service', target: 0.9 } }],
  ])('serves in a simulation as it says: %s', (_, changes) => {
    const asked = input(changes);
    const target = stockTarget(asked);
    const result = simulated(asked, target);
    expect(Math.abs(result.fillRate - target.fillRate)).toBeLessThan(0.01);
    expect(Math.abs(result.cycleService - target.cycleService)).toBeLessThan(0.02);
    expect(result.averageOnHand / target.expectedOnHand).toBeCloseTo(1, 1);
    const ordersPerYear = (result.orders * 365) / result.days;
    expect(ordersPerYear / target.ordersPerYear).toBeCloseTo(1, 1);
    if (asked.service.kind === 'fill_rate') {
      expect(target.fillRate).toBeGreaterThanOrEqual(asked.service.target);
    }
  });

  it('keeps packs, minimum and cover, and says what kept it from the ideal', () => {
    const minimum = stockTarget(input({ quantities: { minimum: 900, multiple: 10 } }));
    expect(minimum.orderQuantity).toBe(900);
    expect(minimum.explanation.limits).toContain('minimum');
    const cover = stockTarget(input({ coverDaysMax: 5 }));
    expect(cover.orderQuantity).toBeLessThanOrEqual(30);
    expect(cover.explanation.limits).toContain('cover');
    const breaks = [
      { quantity: 0, unitCost: 10 },
      { quantity: 500, unitCost: 8 },
    ];
    expect(stockTarget(input({ priceBreaks: breaks })).orderQuantity).toBeGreaterThanOrEqual(500);
  });

  it('does not hold years of demand against a tail that nobody has seen', () => {
    // One demand a month of mostly one unit, and a variance as of a much busier past.
    const asked = input({
      demand: dailyDemand(0.03, 2),
      leadTime: leadTimeOf([4, 9, 30], 9),
      reviewDays: 7,
      quantities: { multiple: 6 },
    });
    const free = stockTarget(asked);
    const held = stockTarget({ ...asked, coverDaysMax: 180 });
    const { protectionDemandMean: mean, protectionDemandDeviation: spread } = held.explanation;
    expect(free.reorderPoint).toBeGreaterThan(100);
    expect(held.reorderPoint).toBe(Math.ceil(mean + 3 * spread));
    expect(held.explanation.limits).toContain('cover_level');
    expect(held.fillRate).toBeLessThan(0.97);
    const fresh = stockTarget({ ...asked, coverDaysMax: 180, shelfLifeDays: 90 });
    expect(fresh.policy).toBe('perishable');
    expect(fresh.reorderPoint).toBeLessThanOrEqual(held.reorderPoint);
    const steady = stockTarget(input({ coverDaysMax: 180 }));
    expect(steady).toEqual(stockTarget(input()));
  });

  it('asks for more stock where more service is asked', () => {
    const shape = fc.record({
      mean: fc.double({ min: 0.05, max: 60, noNaN: true }),
      spread: fc.double({ min: 1, max: 20, noNaN: true }),
      lead: fc.integer({ min: 0, max: 40 }),
      low: fc.double({ min: 0.5, max: 0.95, noNaN: true }),
      kind: fc.constantFrom('fill_rate' as const, 'cycle_service' as const),
      multiple: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(shape, ({ mean, spread, lead, low, kind, multiple }) => {
        const at = (target: number) =>
          stockTarget(
            input({
              demand: dailyDemand(mean, mean * spread),
              leadTime: fixedLeadTime(lead),
              service: { kind, target },
              quantities: { multiple },
            }),
          );
        const [less, more] = [at(low), at(low + 0.045)];
        expect(more.reorderPoint).toBeGreaterThanOrEqual(less.reorderPoint);
        expect(more.expectedOnHand).toBeGreaterThanOrEqual(less.expectedOnHand - 1e-9);
        expect(more.fillRate).toBeGreaterThanOrEqual(less.fillRate - 1e-12);
        expect(less.orderQuantity % multiple).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('costs least where cost decides', () => {
    const costs = { order: 20, unit: 10, holdingRate: 0.25, penalty: 4 };
    const asked = input({ costs, service: { kind: 'least_cost' } });
    const best = stockTarget(asked);
    for (const target of [0.8, 0.9, 0.95, 0.99, 0.999]) {
      const other = stockTarget({ ...asked, service: { kind: 'fill_rate', target } });
      expect(other.costPerYear).toBeGreaterThanOrEqual(best.costPerYear - 1e-9);
    }
    const dear = stockTarget({ ...asked, costs: { ...costs, penalty: 40 } });
    expect(dear.reorderPoint).toBeGreaterThan(best.reorderPoint);
  });

  it('takes a forecast of quantiles, or one distribution', () => {
    const levels = [0.1, 0.5, 0.9, 0.99];
    const days = Array.from({ length: 30 }, (_, index) => index + 1);
    const rows = days.map((d) => {
      const deviation = Math.sqrt(12 * d);
      return [-1.2816, 0, 1.2816, 2.3263].map((z) => Math.max(0, 6 * d + z * deviation));
    });
    const quantiles = stockTarget(
      input({
        demand: cumulativeDemand(
          levels,
          rows,
          days.map((d) => 6 * d),
        ),
      }),
    );
    const moments = stockTarget(input());
    expect(Math.abs(quantiles.reorderPoint - moments.reorderPoint)).toBeLessThanOrEqual(4);
    const one = fixedDemand(demandOfPmf([0.2, 0.3, 0.5]), 11);
    expect(stockTarget(input({ demand: one })).fillRate).toBeGreaterThanOrEqual(0.97);
  });

  it('buys for a season by its critical ratio', () => {
    const costs = { order: 0, unit: 10, holdingRate: 0, penalty: 30, salvage: 0 };
    const season = input({ costs, seasonDays: 20, service: { kind: 'least_cost' } });
    const target = stockTarget({ ...season, costs: { ...costs, holdingRate: 1e-9 } });
    // 30 / (30 + 10) of a demand with mean 120 and deviation 15.5.
    expect(target.orderUpTo).toBeGreaterThan(127);
    expect(target.orderUpTo).toBeLessThan(134);
    expect(target.cycleService).toBeCloseTo(0.75, 1);
  });
});

describe('a perishable stock target', () => {
  it('serves in a simulation of its own as it says', () => {
    const asked = input({
      demand: dailyDemand(5, 8),
      leadTime: fixedLeadTime(2),
      shelfLifeDays: 7,
    });
    const target = stockTarget(asked);
    const result = simulated(asked, target, 60_000);
    expect(target.policy).toBe('perishable');
    expect(Math.abs(result.fillRate - target.fillRate)).toBeLessThan(0.01);
    expect(result.fillRate).toBeGreaterThan(0.96);
    const outdated = (result.outdated * 365) / result.days;
    expect(Math.abs(outdated - target.expectedOutdatedPerYear)).toBeLessThan(20);
  });

  it('says where no stock can reach the service', () => {
    const asked = input({
      demand: dailyDemand(0.3, 0.6),
      shelfLifeDays: 3,
      leadTime: fixedLeadTime(1),
      quantities: { multiple: 6 },
      service: { kind: 'fill_rate', target: 0.9999 },
    });
    const target = stockTarget(asked);
    expect(target.explanation.limits).toContain('shelf_life');
    expect(target.fillRate).toBeLessThan(0.9999);
    expect(target.expectedOutdatedPerYear).toBeGreaterThan(0);
  });

  it('weighs what outdates where cost decides', () => {
    const asked = input({
      demand: dailyDemand(2, 5),
      leadTime: fixedLeadTime(1),
      shelfLifeDays: 3,
      service: { kind: 'least_cost' },
      costs: { order: 0, unit: 10, holdingRate: 0.2, penalty: 3 },
    });
    const careful = stockTarget(asked);
    const eager = stockTarget({ ...asked, costs: { ...asked.costs, penalty: 60 } });
    expect(eager.orderUpTo).toBeGreaterThan(careful.orderUpTo);
    expect(eager.expectedOutdatedPerYear).toBeGreaterThan(careful.expectedOutdatedPerYear);
  });

  it('outdates between the bounds of Chazan and Gal', () => {
    const demand = dailyDemand(5, 8);
    const level = 24;
    const days = 60_000;
    const random = createRandom('outdating', 'bounds');
    const result = simulatePolicy({
      levels: { policy: 'base_stock', reorderPoint: 23, orderUpTo: level, orderQuantity: 1 },
      demand: drawDays(demand.overDays(1), days, random.next),
      leadTimes: new Float64Array(days),
      reviewDays: 1,
      shelfLifeDays: 4,
      shortage: 'lost',
      onHandAtStart: level,
    });
    const { least, most } = outdatingBounds(level, demand.overDays(4), 4);
    expect(result.outdated / days).toBeGreaterThan(least * 0.98);
    expect(result.outdated / days).toBeLessThan(most * 1.02);
  });
});

describe('bad input', () => {
  it('gives a target of sensible numbers, never an error', () => {
    const odd = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1, 1e12),
      fc.double({ min: 0.01, max: 50, noNaN: true }),
    );
    const shape = fc.record({
      mean: odd,
      variance: odd,
      lead: odd,
      review: odd,
      target: odd,
      order: odd,
      unit: odd,
      rate: odd,
      pack: odd,
      shelf: fc.option(odd, { nil: undefined }),
      season: fc.option(odd, { nil: undefined }),
      kind: fc.constantFrom('fill_rate' as const, 'cycle_service' as const, 'least_cost' as const),
    });
    fc.assert(
      fc.property(shape, (x) => {
        const service =
          x.kind === 'least_cost' ? { kind: x.kind } : { kind: x.kind, target: x.target };
        const asked = input({
          demand: dailyDemand(x.mean, x.variance),
          leadTime: { days: [x.lead], weights: [1], mean: x.lead, deviation: 0 },
          reviewDays: Math.min(x.review, 400),
          service,
          costs: { order: x.order, unit: x.unit, holdingRate: x.rate },
          quantities: { multiple: x.pack },
          ...(x.shelf !== undefined && { shelfLifeDays: x.shelf }),
          ...(x.season !== undefined && { seasonDays: x.season }),
        });
        const target = stockTarget(asked);
        for (const [name, value] of Object.entries(target)) {
          if (typeof value === 'number')
            expect([name, Number.isFinite(value)]).toEqual([name, true]);
        }
        expect(target.orderQuantity).toBeGreaterThanOrEqual(0);
        expect(target.fillRate).toBeLessThanOrEqual(1);
      }),
      { numRuns: 100 },
    );
  });

  it('is named in the warnings', () => {
    const { explanation } = stockTarget(
      input({
        service: { kind: 'fill_rate', target: 1.5 },
        leadTime: { days: [], weights: [], mean: Number.NaN, deviation: 0 },
        costs: { order: -1, unit: Number.NaN, holdingRate: 0.2 },
      }),
    );
    expect(explanation.warnings).toEqual([
      'the lead time is no distribution of 0 to 730 days: 7 days',
      'a service target of 1.5 became 0.9999',
      'order cost of -1 became 0',
      'unit cost of NaN became 0',
    ]);
    const { explanation: other } = stockTarget(input({ service: { kind: 'least_cost' } }));
    expect(other.warnings[0]).toMatch(/needs a penalty/);
  });

  it('without any spread is covered exactly', () => {
    const target = stockTarget(
      input({ demand: dailyDemand(5, 0), costs: { order: 0, unit: 1, holdingRate: 0.2 } }),
    );
    expect(target).toMatchObject({ policy: 'base_stock', orderUpTo: 54 });
    expect(target.fillRate).toBeGreaterThanOrEqual(0.97);
  });
});
