import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reviewStock, type StockReviewInput } from './review.ts';

const stock = (changes: Partial<StockReviewInput> = {}): StockReviewInput => ({
  onHand: 100,
  onOrder: 0,
  reserved: 0,
  unitCost: 10,
  salesPrice: 18,
  salvageValue: 3,
  holdingRate: 0.25,
  demandPerDay: 2,
  demandDeviationPerDay: 1,
  orderUpTo: 60,
  daysSinceSale: 1,
  daysKnown: 900,
  layers: [{ quantity: 100, ageDays: 20, daysToExpiry: null }],
  elsewhere: [],
  supplierReturn: null,
  elasticity: null,
  ...changes,
});

const many = (changes: Partial<StockReviewInput> = {}) =>
  stock({
    onHand: 2000,
    layers: [{ quantity: 2000, ageDays: 200, daysToExpiry: null }],
    ...changes,
  });

describe('a review of stock', () => {
  it.each<[string, StockReviewInput, string]>([
    ['what sells soon', stock(), 'healthy'],
    ['nothing there', stock({ onHand: 0, layers: [] }), 'healthy'],
    ['much more than is needed', many(), 'overstock'],
    ['nothing sold for a year', stock({ daysSinceSale: 400, demandPerDay: 0 }), 'dead'],
    ['never sold', stock({ daysSinceSale: null, demandPerDay: 0 }), 'dead'],
    ['new and not sold yet', stock({ daysSinceSale: null, daysKnown: 20 }), 'new'],
    [
      'will expire before it sells',
      stock({ layers: [{ quantity: 100, ageDays: 5, daysToExpiry: 20 }] }),
      'expiring',
    ],
  ])('knows %s', (_, input, condition) => {
    expect(reviewStock(input).condition).toBe(condition);
  });

  it('counts what expires, first expired first out', () => {
    const layers = [
      { quantity: 30, ageDays: 90, daysToExpiry: 10 },
      { quantity: 70, ageDays: 10, daysToExpiry: 40 },
    ];
    // 20 of the first sell in 10 days; of the second, 60 in the 30 days after.
    const review = reviewStock(stock({ layers }));
    expect(review.expiringUnits).toBe(20);
    expect(review.moneyAtStake).toBeGreaterThanOrEqual(200);
  });

  it('says where it is old', () => {
    const layers = [
      { quantity: 40, ageDays: 10, daysToExpiry: null },
      { quantity: 60, ageDays: 70, daysToExpiry: null },
    ];
    const { ageing } = reviewStock(stock({ layers }));
    expect(ageing.find(({ fromDays }) => fromDays === 60)).toMatchObject({
      quantity: 60,
      value: 600,
    });
    expect(ageing.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(100);
  });

  it('cancels what is only on order first', () => {
    const [first] = reviewStock(many({ onOrder: 300 })).actions;
    expect(first).toMatchObject({ action: 'cancel_on_order', quantity: 300 });
  });

  it('moves it to where it is lacking', () => {
    const elsewhere = [
      { site: 'FAR', room: 200, demandPerDay: 20, transferCost: 4 },
      { site: 'NEAR', room: 150, demandPerDay: 20, transferCost: 0.5 },
    ];
    const { actions } = reviewStock(many({ elsewhere, demandPerDay: 0.5 }));
    expect(actions[0]).toMatchObject({ action: 'transfer', site: 'NEAR', quantity: 150 });
    expect(actions.map(({ site }) => site)).toContain('FAR');
  });

  it('gives it back where the supplier pays more than it is worth', () => {
    const supplierReturn = { creditShare: 0.9, costPerUnit: 0.2, daysAfterReceiptMax: 365 };
    const dead = many({ daysSinceSale: 300, demandPerDay: 0, supplierReturn });
    expect(reviewStock(dead).actions[0]!.action).toBe('return_to_supplier');
    const tooLate = { ...supplierReturn, daysAfterReceiptMax: 100 };
    const { actions } = reviewStock({ ...dead, supplierReturn: tooLate });
    expect(actions.map(({ action }) => action)).toEqual(['liquidate']);
  });

  it('marks down what demand would take at a lower price', () => {
    const layers = [{ quantity: 900, ageDays: 50, daysToExpiry: 120 }];
    const { actions } = reviewStock(
      stock({ onHand: 900, layers, elasticity: -2.5, salvageValue: 0 }),
    );
    const down = actions.find(({ action }) => action === 'mark_down');
    expect(down!.markdown).toBeGreaterThan(0);
    expect(down!.markdown).toBeLessThanOrEqual(0.5);
    expect(down!.gain).toBeGreaterThan(0);
  });

  it('never moves more than the surplus, gains by all it proposes, and gives finite money', () => {
    const amount = fc.oneof(
      fc.double({ min: 0, max: 3000, noNaN: true }),
      fc.constantFrom(Number.NaN, -5, Number.POSITIVE_INFINITY),
    );
    const shape = fc.record({
      onHand: amount,
      onOrder: amount,
      reserved: amount,
      unitCost: amount,
      demandPerDay: amount,
      orderUpTo: amount,
      daysSinceSale: fc.option(fc.integer({ min: 0, max: 900 })),
      daysToExpiry: fc.option(fc.integer({ min: -5, max: 300 })),
      room: amount,
    });
    fc.assert(
      fc.property(shape, ({ daysToExpiry, room, ...figures }) => {
        const review = reviewStock(
          stock({
            ...figures,
            layers: [{ quantity: figures.onHand, ageDays: 40, daysToExpiry }],
            elsewhere: [{ site: 'B', room, demandPerDay: 3, transferCost: 1 }],
            supplierReturn: { creditShare: 0.5, costPerUnit: 1, daysAfterReceiptMax: null },
          }),
        );
        const moved = review.actions.reduce((sum, { quantity }) => sum + quantity, 0);
        expect(moved).toBeLessThanOrEqual(review.surplus + 1e-9);
        for (const { gain } of review.actions) expect(gain).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(review.moneyAtStake)).toBe(true);
        expect(Number.isNaN(review.coverDays)).toBe(false);
      }),
    );
  });
});
