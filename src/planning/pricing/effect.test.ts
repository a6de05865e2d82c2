import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { effectOfPrice } from './effect.ts';

const question = {
  elasticity: { value: -2, standardError: 0 },
  demand: 100,
  price: 10,
  newPrice: 8,
  unitCost: 5,
};

describe('the effect of a price', () => {
  it('follows the elasticity, with a margin to the cent', () => {
    const effect = effectOfPrice(question);
    expect(effect.uplift.expected).toBeCloseTo((8 / 10) ** -2, 12);
    expect(effect.demand.expected).toBeCloseTo(156.25, 9);
    expect(effect.margin.expected).toBeCloseTo(156.25 * 3, 9);
    expect(effect.marginBefore).toBe(500);
    expect(effect.marginChange.expected).toBeCloseTo(-31.25, 9);
    expect(effect.breakEvenUplift).toBeCloseTo(5 / 3, 12);
    expect(effect.chanceOfGain).toBe(0);
  });

  it('keeps the margin exactly at the break-even elasticity', () => {
    const { breakEvenElasticity } = effectOfPrice(question);
    const elasticity = { value: breakEvenElasticity!, standardError: 0 };
    const effect = effectOfPrice({ ...question, elasticity });
    expect(effect.marginChange.expected).toBeCloseTo(0, 9);
  });

  it('has no break-even below cost', () => {
    const elasticity = { value: -2, standardError: 0.3 };
    const effect = effectOfPrice({ ...question, elasticity, newPrice: 4 });
    expect(effect).toMatchObject({ breakEvenUplift: null, breakEvenElasticity: null });
    expect(effect.chanceOfGain).toBe(0);
    expect(effect.margin.low).toBeLessThan(effect.margin.high);
  });

  it('has the mean, interval and chance that drawing elasticities gives', () => {
    const asked = { ...question, elasticity: { value: -2.6, standardError: 0.6 } };
    const effect = effectOfPrice(asked);
    const random = createRandom('effect', 'draws');
    const uplifts = Array.from({ length: 200_000 }, () => 0.8 ** random.normal(-2.6, 0.6)).sort(
      (a, b) => a - b,
    );
    const mean = uplifts.reduce((sum, value) => sum + value, 0) / uplifts.length;
    expect(effect.uplift.expected / mean).toBeCloseTo(1, 2);
    expect(effect.uplift.low / uplifts[10_000]!).toBeCloseTo(1, 2);
    expect(effect.uplift.high / uplifts[190_000]!).toBeCloseTo(1, 2);
    const gains = uplifts.filter((uplift) => uplift * 3 > 5).length / uplifts.length;
    expect(effect.chanceOfGain).toBeCloseTo(gains, 2);
  });

  it('changes nothing at the same price', () => {
    const effect = effectOfPrice({ ...question, newPrice: 10 });
    expect(effect.uplift).toEqual({ expected: 1, low: 1, high: 1 });
    expect(effect.marginChange.expected).toBe(0);
    expect(effect.breakEvenElasticity).toBeNull();
  });

  it('gives finite figures in order for any input', () => {
    const any = fc.oneof(fc.double(), fc.constantFrom(0, -1, Number.NaN, 1e300));
    const sane = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(sane, sane, any, any, any), ([value, error, price, cost, demand]) => {
        const tame = (x: number) => (Math.abs(x) > 1e9 ? 1e9 : x);
        const effect = effectOfPrice({
          elasticity: { value, standardError: error },
          demand: tame(demand),
          price: tame(price),
          newPrice: 3,
          unitCost: tame(cost),
        });
        for (const figure of [effect.uplift, effect.demand, effect.margin, effect.marginChange]) {
          expect(figure.low).toBeLessThanOrEqual(figure.high);
        }
        expect(effect.chanceOfGain).toBeGreaterThanOrEqual(0);
        expect(effect.chanceOfGain).toBeLessThanOrEqual(1);
        expect(Number.isNaN(effect.margin.expected)).toBe(false);
      }),
    );
  });
});
