import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JointLine, type JointRules, joinLines } from './joint.ts';

const line = (fields: Partial<JointLine> = {}): JointLine => ({
  itemId: 1,
  quantity: 0n,
  terms: { scale: 0, multiple: 1n, minimum: 0n },
  // 2.00 a unit.
  prices: [{ from: 0n, unitPrice: 2_000_000n }],
  position: 0,
  demandPerDay: 10,
  coverDaysMax: 100,
  volumeMm3: 1,
  weightG: 1,
  ...fields,
});
const rules = (fields: Partial<JointRules> = {}): JointRules => ({
  ...{ minimumValue: null, containerVolumeMm3: null, containerWeightG: null, fillShare: 0.9 },
  ...fields,
});

describe('joint orders', () => {
  it('leaves alone what is large enough', () => {
    const joint = joinLines([line({ quantity: 50n }), line()], rules({ minimumValue: 10_000n }));
    expect(joint).toMatchObject({ quantities: [50n, 0n], value: 10_000n, filledFor: [] });
  });

  it('fills up with what would run out first', () => {
    const lines = [line({ quantity: 50n }), line({ position: 20 }), line({ position: 900 })];
    const joint = joinLines(lines, rules({ minimumValue: 16_000n }));
    expect(joint).toMatchObject({ filledFor: ['minimum_value'], missed: [] });
    expect(joint.value).toBeGreaterThanOrEqual(16_000n);
    // 5 days, 2 days and 90 days of cover: the second comes first, until it lasts 5 days too.
    expect(joint.quantities[1]).toBeGreaterThanOrEqual(20n);
    expect(joint.quantities[2]).toBe(0n);
  });

  it('does not fill up at all where the cover allowed is not enough', () => {
    const joint = joinLines([line({ quantity: 50n })], rules({ minimumValue: 1_000_000n }));
    expect(joint).toMatchObject({ quantities: [50n], filledFor: [], missed: ['minimum_value'] });
  });

  it('fills the last container, by what fills it most, and never overfills it', () => {
    const lines = [line({ quantity: 110n, weightG: 3 }), line({ position: 500, weightG: 3 })];
    const joint = joinLines(lines, rules({ containerVolumeMm3: 100, containerWeightG: 200 }));
    expect(joint.filledFor).toEqual(['container']);
    expect(joint.containers).toBe(2);
    expect(joint.lastFill).toBeGreaterThanOrEqual(0.9);
    expect(joint.weightG).toBeLessThanOrEqual(400);
  });

  it('keeps packs, minima, covers and what is needed, whatever it is asked', () => {
    const lines = fc.array(
      fc
        .record({
          packs: fc.integer({ min: 0, max: 50 }),
          multiple: fc.integer({ min: 1, max: 24 }),
          position: fc.integer({ min: -20, max: 400 }),
          demandPerDay: fc.constantFrom(0, 0.1, 1, 7, 30),
          volumeMm3: fc.constantFrom(null, 1, 5),
        })
        .map(({ packs, multiple, ...rest }) => {
          const terms = { scale: 0, multiple: BigInt(multiple), minimum: BigInt(2 * multiple) };
          const quantity = packs < 2 ? 0n : BigInt(packs * multiple);
          return line({ ...rest, terms, quantity });
        }),
      { minLength: 1, maxLength: 6 },
    );
    const wanted = fc.record({
      minimumValue: fc.option(fc.bigInt(0n, 500_000n)),
      containerVolumeMm3: fc.option(fc.integer({ min: 10, max: 2_000 })),
    });
    fc.assert(
      fc.property(lines, wanted, (some, more) => {
        const joint = joinLines(some, rules(more));
        joint.quantities.forEach((quantity, i) => {
          const { terms, position, demandPerDay, coverDaysMax, quantity: needed } = some[i]!;
          expect(quantity).toBeGreaterThanOrEqual(needed);
          expect(quantity % terms.multiple).toBe(0n);
          if (quantity === needed) return;
          expect(quantity).toBeGreaterThanOrEqual(terms.minimum);
          expect(position + Number(quantity)).toBeLessThanOrEqual(coverDaysMax * demandPerDay);
        });
        const { minimumValue } = more;
        const isReached = minimumValue === null || joint.value >= minimumValue;
        expect(isReached).toBe(!joint.missed.includes('minimum_value'));
      }),
    );
  });
});
