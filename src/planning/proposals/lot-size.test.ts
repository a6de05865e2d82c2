import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chooseBreak,
  priceAt,
  pricesOf,
  roundDownToTerms,
  roundToTerms,
  termsOf,
  unitsUp,
} from './lot-size.ts';

const row = (minimumQuantity: string, unitPrice: string, validFrom = '2026-01-01') => ({
  ...{ supplierId: 1, itemId: 1, minimumQuantity, unitPrice, validFrom },
});

describe('terms of a supplier', () => {
  it.each([
    ['12', null, 0, 12n, 0n],
    ['12', '100', 0, 12n, 108n],
    // Three packs of a half and a third make whole units where only whole units can be said.
    ['0.5', null, 0, 1n, 0n],
    ['2.5', null, 0, 5n, 0n],
    ['2.5', null, 1, 25n, 0n],
    [null, '7.2', 0, 1n, 8n],
    [null, null, 3, 1n, 0n],
  ])(
    'pack %s and minimum %s at scale %i',
    (packMultiple, minimumQuantity, scale, multiple, minimum) => {
      expect(termsOf({ packMultiple, minimumQuantity }, scale)).toEqual({
        scale,
        multiple,
        minimum,
      });
    },
  );

  it('rounds up to the fewest packs that cover what is needed', () => {
    const units = fc.bigInt({ min: 1n, max: 10n ** 9n });
    fc.assert(
      fc.property(units, fc.bigInt(1n, 500n), fc.bigInt(0n, 10_000n), (needed, multiple, least) => {
        const minimum = ((least + multiple - 1n) / multiple) * multiple;
        const rounded = roundToTerms(needed, { scale: 0, multiple, minimum });
        expect(rounded % multiple).toBe(0n);
        expect(rounded >= needed && rounded >= minimum).toBe(true);
        const smaller = rounded - multiple;
        expect(smaller < needed || smaller < minimum).toBe(true);
      }),
    );
  });

  it('rounds down to the packs that fit under a level, but to one at least', () => {
    const terms = { scale: 0, multiple: 12n, minimum: 24n };
    expect(roundDownToTerms(40n, terms)).toBe(36n);
    expect(roundDownToTerms(36n, terms)).toBe(36n);
    expect(roundDownToTerms(13n, terms)).toBe(24n);
    expect(roundDownToTerms(5n, { ...terms, minimum: 0n })).toBe(12n);
    expect(roundDownToTerms(0n, terms)).toBe(0n);
  });

  it('reads floats up, and noise not at all', () => {
    expect(unitsUp(3 * 1.1, 1)).toBe(33n);
    expect(unitsUp(3.3001, 1)).toBe(34n);
    expect(unitsUp(0, 0)).toBe(0n);
    expect(unitsUp(Number.NaN, 0)).toBe(0n);
    expect(unitsUp(Number.POSITIVE_INFINITY, 0)).toBe(0n);
  });
});

describe('price breaks', () => {
  const prices = pricesOf(
    [row('0', '5'), row('100', '4.50'), row('100', '4.40', '2026-06-01'), row('1000', '4')],
    0,
    2,
  );

  it('takes the highest break reached, and of two the newer', () => {
    const at = (quantity: bigint) => priceAt(prices, quantity);
    expect([1n, 99n, 100n, 999n, 1000n].map(at)).toEqual([
      ...[5_000_000n, 5_000_000n, 4_400_000n, 4_400_000n, 4_000_000n],
    ]);
    expect(priceAt(pricesOf([row('10', '5')], 0, 2), 9n)).toBeUndefined();
  });

  const ask = (quantity: bigint, demandPerDay: number, quantityMax = 100_000n) =>
    chooseBreak({
      ...{ quantity, demandPerDay, quantityMax, prices, holdingRate: 0.25 },
      terms: { scale: 0, multiple: 1n, minimum: 0n },
    });

  it('raises a quantity where the saving is more than holding it', () => {
    // 100 at 4.40 save 60.00; 10 more units held for some days cost next to nothing.
    expect(ask(90n, 5, 500n)).toBe(100n);
    expect(ask(90n, 5)).toBe(1000n);
    // At one unit in ten days, a hundred last almost three years.
    expect(ask(2n, 0.1)).toBe(2n);
    expect(ask(90n, 5, 99n)).toBe(90n);
    expect(ask(90n, 0)).toBe(90n);
  });

  it('never buys less than is needed, nor more than may be held', () => {
    const quantities = fc.bigInt({ min: 1n, max: 3000n });
    fc.assert(
      fc.property(
        quantities,
        quantities,
        fc.double({ min: 0, max: 100, noNaN: true }),
        (q, most, d) => {
          const chosen = ask(q, d, most);
          expect(chosen === q || (chosen > q && chosen <= most)).toBe(true);
        },
      ),
    );
  });
});
