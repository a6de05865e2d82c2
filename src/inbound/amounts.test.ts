import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allocate,
  amountOf,
  basisPointsOf,
  isReceivedInFull,
  isWithin,
  receiptLimit,
  shareOf,
} from './amounts.ts';

const big = (max: bigint) => fc.bigInt({ min: 0n, max });

describe('an amount', () => {
  it.each([
    // quantity, scale, price x 10^4 minor units, pack, minor units
    [10n, 0, 25_000n, [1n, 1n], 25n],
    [36n, 0, 10_000_000n, [12n, 1n], 3000n],
    [1250n, 3, 20_000n, [1n, 1n], 2n],
    [1n, 0, 5_000n, [1n, 1n], 0n],
    [3n, 0, 5_000n, [1n, 1n], 2n],
    [7n, 0, 10_000n, [1n, 3n], 21n],
  ] as const)('of %s at scale %s for %s a pack', (quantity, scale, unitPrice, pack, amount) => {
    const [packNumerator, packDenominator] = pack;
    const price = { unitPrice, packNumerator, packDenominator };
    expect(amountOf(price, quantity, scale)).toBe(amount);
  });
});

describe('allocation', () => {
  it('adds up, for any total and weights, and each part is at most one off', () => {
    const weights = fc.array(big(10n ** 12n), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), weights, (total, given) => {
        const parts = allocate(total, given);
        const whole = given.reduce((sum, weight) => sum + weight, 0n);
        if (whole === 0n) {
          expect(parts).toBeUndefined();
          return;
        }
        expect(parts?.reduce((sum, part) => sum + part, 0n)).toBe(total);
        for (const [index, weight] of given.entries()) {
          const off = (parts?.[index] ?? 0n) * whole - total * weight;
          expect(off < whole && off > -whole).toBe(true);
          if (weight === 0n) expect(parts?.[index]).toBe(0n);
        }
      }),
    );
  });

  it('of the opposite is the opposite', () => {
    const weights = fc.array(big(1000n), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(big(10_000n), weights, (total, given) => {
        const back = allocate(-total, given)?.map((part) => -part);
        expect(back).toEqual(allocate(total, given));
      }),
    );
  });

  it('gives what is left over to the largest remainders, the first of equals', () => {
    expect(allocate(10n, [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
    expect(allocate(10n, [4n, 3n, 8n])).toEqual([3n, 2n, 5n]);
  });
});

describe('shares', () => {
  it('taken one after another use up the total', () => {
    const units = fc.array(fc.bigInt({ min: 1n, max: 1000n }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(big(10n ** 9n), units, (total, quantities) => {
        let left = total;
        let whole = quantities.reduce((sum, each) => sum + each, 0n);
        for (const quantity of quantities) {
          const share = shareOf(left, quantity, whole);
          expect(share >= 0n && share <= left).toBe(true);
          left -= share;
          whole -= quantity;
        }
        expect(left).toBe(0n);
      }),
    );
  });
});

describe('tolerances', () => {
  it.each([
    [1000n, 1000n, 0, 0n, true],
    [1000n, 1050n, 500, 0n, true],
    [1000n, 1051n, 500, 0n, false],
    [1000n, 949n, 500, 0n, false],
    [1000n, 1051n, 500, 60n, true],
    [0n, 1n, 10_000, 0n, false],
  ])(
    'of %s and %s within %s basis points or %s: %s',
    (expected, found, basisPoints, amount, is) => {
      expect(isWithin(expected, found, { basisPoints, amount })).toBe(is);
    },
  );

  it.each([
    [100n, 0, 100n],
    [100n, 500, 105n],
    [10n, 500, 10n],
    [19n, 1000, 20n],
  ])('let %s with %s basis points become %s', (ordered, over, most) => {
    expect(receiptLimit(ordered, over)).toBe(most);
  });

  it('below count as in full from the exact quantity on', () => {
    expect(isReceivedInFull(100n, 95n, 500)).toBe(true);
    expect(isReceivedInFull(100n, 94n, 500)).toBe(false);
    expect(isReceivedInFull(3n, 2n, 3333)).toBe(false);
    expect(isReceivedInFull(3n, 3n, 0)).toBe(true);
  });

  it('of tax round half to even', () => {
    expect(basisPointsOf(250n, 100)).toBe(2n);
    expect(basisPointsOf(350n, 100)).toBe(4n);
  });
});
