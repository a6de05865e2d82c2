import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { demandOfPmf } from './demand.ts';
import {
  economicOrderQuantity,
  economicOrderQuantityWithBackorders,
  orderableQuantity,
  orderingCost,
  quantityAtAllUnitsBreaks,
  quantityAtIncrementalBreaks,
} from './eoq.ts';
import {
  newsvendorNegativeBinomial,
  newsvendorNormal,
  newsvendorOf,
  newsvendorPoisson,
} from './newsvendor.ts';
import { poissonPmf } from './numeric.ts';
import {
  optimalReorderQuantity,
  optimalReorderQuantityPoisson,
  reorderQuantityCost,
} from './reorder-quantity.ts';
import { optimalReorderUpTo, reorderUpToByTrial } from './reorder-up-to.ts';
import { lossCurve } from './shortfall.ts';
import { simulatePolicy } from './simulate.ts';
import { wagnerWhitin } from './wagner-whitin.ts';

const cost = fc.double({ min: 0.1, max: 200, noNaN: true });
const weights = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 9 })
  .filter((values) => values.slice(1).some((value) => value > 0.05));

describe('the economic order quantity', () => {
  it('costs no more than any other quantity', () => {
    const factor = fc.double({ min: 0.05, max: 20, noNaN: true });
    fc.assert(
      fc.property(cost, cost, cost, factor, (fixed, holding, rate, times) => {
        const { quantity, cost: least } = economicOrderQuantity(fixed, holding, rate);
        const other = orderingCost(quantity * times, fixed, holding, rate);
        expect(other).toBeGreaterThanOrEqual(least * (1 - 1e-12));
      }),
    );
  });

  it('with backorders is cheaper, and without them in the limit the same', () => {
    const plain = economicOrderQuantity(8, 0.225, 1300);
    const some = economicOrderQuantityWithBackorders(8, 0.225, 5, 1300);
    expect(some.cost).toBeLessThan(plain.cost);
    const never = economicOrderQuantityWithBackorders(8, 0.225, 1e9, 1300);
    expect(never.quantity).toBeCloseTo(plain.quantity, 4);
  });

  const breaks = [
    { quantity: 0, unitCost: 10 },
    { quantity: 200, unitCost: 9.5 },
    { quantity: 500, unitCost: 9.2 },
  ];

  it('at price breaks is the best of all quantities', () => {
    const rates = fc.double({ min: 50, max: 5000, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 5, max: 300, noNaN: true }), rates, (fixed, rate) => {
        const allUnits = quantityAtAllUnitsBreaks(fixed, 0.25, rate, breaks);
        const incremental = quantityAtIncrementalBreaks(fixed, 0.25, rate, breaks);
        for (let quantity = 5; quantity < 3000; quantity += 5) {
          const price = breaks.findLast((b) => quantity >= b.quantity)!.unitCost;
          const all = price * rate + orderingCost(quantity, fixed, 0.25 * price, rate);
          expect(all).toBeGreaterThanOrEqual(allUnits.cost * (1 - 1e-9));
          let paid = 0;
          breaks.forEach(({ quantity: from, unitCost }, region) => {
            const before = breaks[region + 1]?.quantity ?? Infinity;
            paid += Math.max(0, Math.min(quantity, before) - from) * unitCost;
          });
          const average = paid / quantity;
          const inc = average * rate + orderingCost(quantity, fixed, 0.25 * average, rate);
          expect(inc).toBeGreaterThanOrEqual(incremental.cost * (1 - 1e-9));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('in packs, above a minimum and below a maximum is the cheapest that keeps them', () => {
    const rules = fc.record({
      multiple: fc.integer({ min: 1, max: 60 }),
      minimum: fc.integer({ min: 1, max: 300 }),
      maximum: fc.integer({ min: 600, max: 2000 }),
    });
    fc.assert(
      fc.property(rules, fc.double({ min: 1, max: 500, noNaN: true }), (rule, fixedCost) => {
        const input = { fixedCost, unitCost: 10, holdingRate: 0.25, demandRate: 900, breaks };
        const found = orderableQuantity({ ...input, rules: rule });
        expect(found.quantity % rule.multiple).toBe(0);
        expect(found.quantity).toBeGreaterThanOrEqual(rule.minimum);
        expect(found.quantity).toBeLessThanOrEqual(rule.maximum);
        for (let packs = 1; packs * rule.multiple <= rule.maximum; packs += 1) {
          const quantity = packs * rule.multiple;
          if (quantity < rule.minimum) continue;
          const price = breaks.findLast((b) => quantity >= b.quantity)!.unitCost;
          const other = price * 900 + orderingCost(quantity, fixedCost, 0.25 * price, 900);
          expect(other).toBeGreaterThanOrEqual(found.cost * (1 - 1e-9));
        }
      }),
    );
  });

  it('refuses what it cannot reckon with', () => {
    expect(() => economicOrderQuantity(0, 1, 1)).toThrow(RangeError);
    expect(() => economicOrderQuantity(1, Number.NaN, 1)).toThrow(/holdingCost/);
    expect(() => quantityAtAllUnitsBreaks(1, 1, 1, [])).toThrow(/begin with quantity 0/);
  });
});

describe('the newsvendor', () => {
  it('holds the critical quantile of any distribution, and nothing is cheaper', () => {
    fc.assert(
      fc.property(weights, cost, cost, (values, over, under) => {
        const demand = demandOfPmf(values);
        const { level, cost: least } = newsvendorOf(over, under, demand);
        const within = (upTo: number) =>
          demand.probabilities.slice(0, upTo + 1).reduce((a, b) => a + b, 0);
        const ratio = under / (over + under);
        expect(within(level)).toBeGreaterThanOrEqual(ratio - 1e-9);
        if (level > 0) expect(within(level - 1)).toBeLessThan(ratio + 1e-9);
        for (let other = 0; other < 10; other += 1) {
          const short = lossCurve(demand).at(other);
          const here = over * (other - demand.mean + short) + under * short;
          expect(here).toBeGreaterThanOrEqual(least - 1e-9);
        }
      }),
    );
  });

  it('of negative binomial demand tends to the one of Poisson demand', () => {
    const poisson = newsvendorPoisson(1, 4, 6);
    expect(newsvendorNegativeBinomial(1, 4, 6, 6.0001).cost).toBeCloseTo(poisson.cost, 3);
    expect(newsvendorNegativeBinomial(1, 4, 6, 18).level).toBeGreaterThan(poisson.level);
  });

  it('refuses demand without spread', () => {
    expect(() => newsvendorNormal(1, 1, 50, 0)).toThrow(/deviation/);
  });
});

describe('the optimal (s, S)', () => {
  it('is the best of all pairs', () => {
    const fixed = fc.double({ min: 0.5, max: 30, noNaN: true });
    const small = fc.double({ min: 0.5, max: 10, noNaN: true });
    fc.assert(
      fc.property(weights, fixed, small, small, (values, K, h, p) => {
        const demand = demandOfPmf(values);
        const exact = optimalReorderUpTo(K, h, p, demand);
        const trial = reorderUpToByTrial(K, h, p, demand, -25, 45);
        expect(exact.cost).toBeCloseTo(trial.cost, 9);
      }),
      { numRuns: 60 },
    );
  });

  it('costs in a simulation what it says', () => {
    const demand = demandOfPmf(poissonPmf(6));
    const { reorderPoint, orderUpTo, cost: expected } = optimalReorderUpTo(5, 1, 4, demand);
    const random = createRandom('s-S', 'cost');
    const days = 200_000;
    const result = simulatePolicy({
      levels: { policy: 's_S', reorderPoint, orderUpTo, orderQuantity: orderUpTo - reorderPoint },
      demand: Float64Array.from({ length: days }, () => random.poisson(6)),
      leadTimes: new Float64Array(days),
      reviewDays: 1,
      shortage: 'backorder',
      onHandAtStart: orderUpTo,
    });
    const found = (5 * result.orders) / days + result.averageOnHand + 4 * result.averageBackorders;
    expect(found / expected).toBeCloseTo(1, 2);
  });

  it('refuses an item without demand', () => {
    expect(() => optimalReorderUpTo(5, 1, 4, demandOfPmf([1]))).toThrow(/mean demand/);
  });
});

describe('the optimal (r, Q)', () => {
  const input = {
    fixedCost: 8,
    holdingCost: 0.225,
    penalty: 7.5,
    demandRate: 1300,
    deviation: 150,
    leadTime: 1 / 12,
  };

  it('costs no more than its neighbours', () => {
    const best = optimalReorderQuantity(input);
    const step = fc.double({ min: -0.2, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(step, step, (dr, dq) => {
        const other = reorderQuantityCost(
          input,
          best.reorderPoint * (1 + dr),
          best.quantity * (1 + dq),
        );
        expect(other).toBeGreaterThanOrEqual(best.cost - 1e-9);
      }),
    );
  });

  it('of Poisson demand is the best of all pairs', () => {
    const rate = fc.double({ min: 0.2, max: 4, noNaN: true });
    const price = fc.double({ min: 1, max: 60, noNaN: true });
    fc.assert(
      fc.property(rate, price, price, price, (demandRate, K, h, p) => {
        const asked = {
          fixedCost: K,
          holdingCost: h,
          penalty: p,
          demandRate,
          leadTime: 1.5,
        };
        const exact = optimalReorderQuantityPoisson(asked);
        const demand = demandOfPmf(poissonPmf(demandRate * 1.5));
        const curve = lossCurve(demand);
        const at = (y: number) => h * (y - demand.mean + curve.at(y)) + p * curve.at(y);
        let least = Number.POSITIVE_INFINITY;
        for (let r = -30; r < 20; r += 1) {
          let total = K * demandRate;
          for (let q = 1; q <= 60; q += 1) {
            total += at(r + q);
            least = Math.min(least, total / q);
          }
        }
        expect(exact.cost).toBeLessThanOrEqual(least + 1e-9);
      }),
      { numRuns: 40 },
    );
  });
});

describe('known demand', () => {
  it('is bought at the least cost of all plans', () => {
    const period = fc.record({
      units: fc.integer({ min: 0, max: 40 }),
      fixed: fc.integer({ min: 0, max: 60 }),
      holding: fc.double({ min: 0, max: 3, noNaN: true }),
      price: fc.double({ min: 1, max: 6, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(period, { minLength: 1, maxLength: 7 }), (periods) => {
        const plan = wagnerWhitin({
          demand: periods.map(({ units }) => units),
          fixedCost: periods.map(({ fixed }) => fixed),
          holdingCost: periods.map(({ holding }) => holding),
          unitCost: periods.map(({ price }) => price),
        });
        const bought = plan.quantities.reduce((a, b) => a + b, 0);
        expect(bought).toBe(periods.reduce((total, { units }) => total + units, 0));
        expect(plan.cost).toBeCloseTo(cheapest(periods), 8);
      }),
    );
  });

  it('of none at all costs nothing', () => {
    const none = wagnerWhitin({ demand: [0, 0, 0], fixedCost: 9, holdingCost: 1 });
    expect(none).toMatchObject({ cost: 0, quantities: Float64Array.of(0, 0, 0) });
    expect(wagnerWhitin({ demand: [], fixedCost: 9, holdingCost: 1 }).cost).toBe(0);
    const bad = { demand: [1, Number.NaN], fixedCost: 9, holdingCost: 1 };
    expect(() => wagnerWhitin(bad)).toThrow(/period 1/);
  });
});

/** Every unit's period of purchase is one of a set of ordering periods: tries all sets. */
function cheapest(
  periods: readonly { units: number; fixed: number; holding: number; price: number }[],
): number {
  let best = Number.POSITIVE_INFINITY;
  for (let set = 0; set < 2 ** periods.length; set += 1) {
    let total = 0;
    const used = new Set<number>();
    periods.forEach(({ units }, period) => {
      if (units === 0) return;
      let [carry, least, from] = [0, Number.POSITIVE_INFINITY, -1];
      for (let earlier = period; earlier >= 0; earlier -= 1) {
        if (earlier < period) carry += periods[earlier]!.holding;
        const price = periods[earlier]!.price + carry;
        if ((set >> earlier) & 1 && price < least) [least, from] = [price, earlier];
      }
      total += units * least;
      used.add(from);
    });
    for (const period of used) total += periods[period]?.fixed ?? Number.POSITIVE_INFINITY;
    best = Math.min(best, total);
  }
  return best;
}
