import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantityToOrder, roundedQuantity } from './quantity.ts';
import { type PolicySimulation, simulatePolicy } from './simulate.ts';

const levels = { policy: 'r_Q', reorderPoint: 4, orderUpTo: 14, orderQuantity: 10 } as const;

const simulation = (changes: Partial<PolicySimulation>): PolicySimulation => ({
  levels,
  demand: [3, 3, 3, 3, 3, 3],
  leadTimes: new Float64Array(6).fill(2),
  reviewDays: 1,
  shortage: 'backorder',
  onHandAtStart: 8,
  keepDays: true,
  ...changes,
});

describe('a simulated policy', () => {
  it('orders at the reorder point, receives after the lead time, serves from what is there', () => {
    const result = simulatePolicy(simulation({}));
    // The position at the reviews of the days is 8, 5, 2 (order 10), 9, 6 and 3 (order 10).
    expect([...result.daily!.ordered]).toEqual([0, 0, 10, 0, 0, 10]);
    expect([...result.daily!.arrived]).toEqual([0, 0, 0, 0, 10, 0]);
    expect([...result.daily!.onHand]).toEqual([5, 2, 0, 0, 3, 0]);
    expect([...result.daily!.short]).toEqual([0, 0, 1, 3, 0, 0]);
    expect(result).toMatchObject({ demand: 18, servedAtOnce: 14, orders: 2, orderedUnits: 20 });
    expect(result.fillRate).toBeCloseTo(14 / 18, 12);
    expect(result.cycleService).toBe(0);
  });

  it('loses what is short where shortages are lost', () => {
    const result = simulatePolicy(simulation({ shortage: 'lost' }));
    expect([...result.daily!.onHand]).toEqual([5, 2, 0, 0, 7, 4]);
    expect(result.averageBackorders).toBe(0);
  });

  it('has an order without lead time there before the demand of its day', () => {
    const result = simulatePolicy(simulation({ leadTimes: new Float64Array(6) }));
    expect(result.fillRate).toBe(1);
    expect([...result.daily!.arrived]).toEqual([0, 0, 10, 0, 0, 10]);
  });

  it('lets no order overtake an earlier one, unless it may', () => {
    const base = { policy: 'base_stock', reorderPoint: 7, orderUpTo: 8, orderQuantity: 1 } as const;
    const leadTimes = [0, 4, 0, 0, 0, 0];
    const inTurn = simulatePolicy(simulation({ levels: base, leadTimes }));
    const mixed = simulatePolicy(simulation({ levels: base, leadTimes, overtaking: true }));
    expect([...inTurn.daily!.arrived]).toEqual([0, 0, 0, 0, 0, 15]);
    expect([...mixed.daily!.arrived]).toEqual([0, 0, 3, 3, 3, 6]);
  });

  it('throws away what has passed its shelf life, oldest first', () => {
    const none = { policy: 'none', reorderPoint: 0, orderUpTo: 0, orderQuantity: 0 } as const;
    const result = simulatePolicy(
      simulation({
        levels: none,
        shelfLifeDays: 3,
        demand: [1, 1, 1, 1, 1, 1],
        arriving: [{ day: 2, quantity: 2 }],
      }),
    );
    expect(result.outdated).toBe(5);
    expect([...result.daily!.onHand]).toEqual([7, 6, 7, 1, 0, 0]);
    expect(result.daily!.short[5]).toBe(1);
  });

  it('keeps every unit: what came is served, outdated or there', () => {
    const demand = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 60 });
    const shape = fc.record({
      demand,
      lead: fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 60, maxLength: 60 }),
      shelfLifeDays: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      shortage: fc.constantFrom('backorder' as const, 'lost' as const),
      overtaking: fc.boolean(),
    });
    fc.assert(
      fc.property(shape, ({ lead, shelfLifeDays, ...rest }) => {
        const result = simulatePolicy(
          simulation({
            ...rest,
            leadTimes: lead,
            ...(shelfLifeDays && { shelfLifeDays }),
          }),
        );
        const arrived = result.daily!.arrived.reduce((a, b) => a + b, 0);
        const short = result.demand - result.servedAtOnce;
        const days = rest.demand.length;
        const owed = rest.shortage === 'lost' ? 0 : short;
        // With backorders all that was short is either served later or still owed.
        const backordersLeft = 8 + arrived - result.outdated - result.onHandAtEnd;
        const served = backordersLeft - result.servedAtOnce;
        expect(served).toBeGreaterThanOrEqual(-1e-9);
        expect(served).toBeLessThanOrEqual(owed + 1e-9);
        expect(result.days).toBe(days);
        for (const onHand of result.daily!.onHand) expect(onHand).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('takes demand that is no number for none, and no days for nothing', () => {
    const result = simulatePolicy(simulation({ demand: [Number.NaN, -4, 3] }));
    expect(result).toMatchObject({ demand: 3, fillRate: 1, onHandAtEnd: 5 });
    expect(simulatePolicy(simulation({ demand: [] }))).toMatchObject({ days: 0, fillRate: 1 });
  });
});

describe('what to order', () => {
  it('is nothing above the reorder point, and lifts the position above it otherwise', () => {
    const target = fc.record({
      policy: fc.constantFrom('r_Q' as const, 's_S' as const, 'base_stock' as const),
      reorderPoint: fc.integer({ min: -1, max: 60 }),
      packs: fc.integer({ min: 1, max: 8 }),
      pack: fc.integer({ min: 1, max: 24 }),
      position: fc.integer({ min: -200, max: 80 }),
    });
    fc.assert(
      fc.property(target, ({ policy, reorderPoint, packs, pack, position }) => {
        const orderQuantity = policy === 'base_stock' ? pack : pack * packs;
        const orderUpTo = reorderPoint + orderQuantity;
        const own = { policy, reorderPoint, orderUpTo, orderQuantity };
        const quantity = quantityToOrder(own, position, { multiple: pack });
        if (position > reorderPoint) {
          expect(quantity).toBe(0);
          return;
        }
        expect(quantity % pack).toBe(0);
        expect(position + quantity).toBeGreaterThan(reorderPoint);
        const over = policy === 's_S' ? pack - 1 : 0;
        expect(position + quantity).toBeLessThanOrEqual(orderUpTo + over);
      }),
    );
  });

  it('keeps minimum, multiple and maximum', () => {
    expect(roundedQuantity(13, { multiple: 6 })).toBe(18);
    expect(roundedQuantity(13, { multiple: 6 }, 'down')).toBe(12);
    expect(roundedQuantity(2, { multiple: 6, minimum: 20 })).toBe(24);
    expect(roundedQuantity(100, { multiple: 6, maximum: 50 })).toBe(48);
    expect(roundedQuantity(0.3 * 10, { multiple: 0.3 })).toBeCloseTo(3, 12);
    expect(roundedQuantity(0, { minimum: 20 })).toBe(0);
    expect(roundedQuantity(Number.NaN)).toBe(0);
    expect(roundedQuantity(5, { multiple: -3, minimum: Number.NaN })).toBe(5);
    const capped = { ...levels, orderQuantity: 10 };
    expect(quantityToOrder(capped, -40, { multiple: 10, maximum: 25 })).toBe(20);
    expect(quantityToOrder(capped, Number.NaN)).toBe(0);
  });
});
