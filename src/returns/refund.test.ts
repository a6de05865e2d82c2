import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Amount,
  add,
  houseOfNext,
  NOTHING,
  type PriceTerms,
  paidFor,
  priceDifference,
  shareOf,
  shippingRefund,
  splitWorth,
  takeOut,
  totalOf,
  valueBack,
  worthOfNext,
} from './refund.ts';

const terms = (more: Partial<PriceTerms> = {}): PriceTerms => ({
  quantity: 3n,
  scale: 0,
  unitPrice: 10_000_000n,
  discount: 0n,
  tax: 0n,
  ...more,
});
const none = { units: 0n, ...NOTHING };

describe('what a customer paid', () => {
  it.each([
    ['whole', terms({ tax: 570n }), 3n, { net: 3000n, tax: 570n }],
    ['part', terms({ tax: 570n }), 1n, { net: 1000n, tax: 190n }],
    ['discount', terms({ discount: 100n }), 1n, { net: 967n, tax: 0n }],
    ['all of a discount', terms({ discount: 100n }), 3n, { net: 2900n, tax: 0n }],
    ['fractions', terms({ quantity: 2500n, scale: 3 }), 1250n, { net: 1250n, tax: 0n }],
    ['nothing', terms(), 0n, NOTHING],
  ] as const)('%s', (_, line, units, expected) => {
    expect(paidFor(line, units)).toEqual(expected);
  });
});

describe('a split', () => {
  it.each([
    ['all of it', 0, 10_000, { net: 1000n, tax: 190n }, NOTHING, NOTHING],
    ['a fee of 15%', 1500, 10_000, { net: 850n, tax: 162n }, { net: 150n, tax: 28n }, NOTHING],
    ['half', 0, 5000, { net: 500n, tax: 95n }, NOTHING, { net: 500n, tax: 95n }],
    [
      'half after a fee of 10%',
      1000,
      5000,
      { net: 450n, tax: 86n },
      { net: 100n, tax: 19n },
      { net: 450n, tax: 85n },
    ],
    ['nothing', 0, 0, NOTHING, NOTHING, { net: 1000n, tax: 190n }],
  ] as const)('%s', (_, fee, share, refund, kept, withheld) => {
    const worth = { net: 1000n, tax: 190n };
    expect(splitWorth(worth, fee, share)).toEqual({ refund, fee: kept, withheld });
  });
});

const amount = fc.bigInt({ min: 0n, max: 10n ** 9n });
const line = fc
  .record({
    quantity: fc.bigInt({ min: 1n, max: 50_000n }),
    scale: fc.integer({ min: 0, max: 3 }),
    unitPrice: fc.bigInt({ min: 0n, max: 10n ** 10n }),
    discountShare: fc.integer({ min: 0, max: 10_000 }),
    tax: amount,
  })
  .map(({ discountShare, ...rest }): PriceTerms => {
    const gross = paidFor({ ...rest, discount: 0n }, rest.quantity).net;
    return { ...rest, discount: (gross * BigInt(discountShare)) / 10_000n };
  });
/** Cuts a quantity into parts at random places. */
const cuts = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 8 });

function partsOf(quantity: bigint, weights: readonly number[]): bigint[] {
  const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
  const parts = weights.map((weight) => (quantity * BigInt(weight)) / total);
  const rest = quantity - parts.reduce((sum, part) => sum + part, 0n);
  return [...parts.slice(0, -1), parts.at(-1)! + rest];
}

describe('refunds of a line', () => {
  it('add up to what was paid, however the units are split', () => {
    fc.assert(
      fc.property(line, cuts, (sale, weights) => {
        let settled = none;
        for (const units of partsOf(sale.quantity, weights)) {
          const worth = worthOfNext(sale, settled, units);
          settled = { units: settled.units + units, ...add(settled, worth) };
          expect(settled.tax).toBe(paidFor(sale, settled.units).tax);
        }
        expect({ net: settled.net, tax: settled.tax }).toEqual(paidFor(sale, sale.quantity));
      }),
    );
  });

  it('are never more than was paid, whatever is kept or taken back in between', () => {
    const step = fc.record({
      units: fc.integer({ min: 1, max: 10_000 }),
      fee: fc.integer({ min: 0, max: 10_000 }),
      share: fc.integer({ min: 0, max: 10_000 }),
      isTakenBack: fc.boolean(),
    });
    fc.assert(
      fc.property(line, fc.array(step, { maxLength: 12 }), (sale, steps) => {
        const paid = paidFor(sale, sale.quantity);
        const given: { units: bigint; worth: Amount; refund: Amount }[] = [];
        let settled = none;
        let refunded: Amount = NOTHING;
        for (const { units: wish, fee, share, isTakenBack } of steps) {
          const last = given.at(-1);
          if (isTakenBack && last) {
            given.pop();
            settled = {
              units: settled.units - last.units,
              net: settled.net - last.worth.net,
              tax: settled.tax - last.worth.tax,
            };
            refunded = {
              net: refunded.net - last.refund.net,
              tax: refunded.tax - last.refund.tax,
            };
            continue;
          }
          const left = sale.quantity - settled.units;
          const units = (left * BigInt(wish)) / 10_000n;
          const worth = worthOfNext(sale, settled, units);
          const split = splitWorth(worth, fee, share);
          const whole = add(add(split.refund, split.fee), split.withheld);
          expect(whole).toEqual(worth);
          expect(split.refund.net >= 0n && split.fee.net >= 0n).toBe(true);
          settled = { units: settled.units + units, ...add(settled, worth) };
          refunded = add(refunded, split.refund);
          given.push({ units, worth, refund: split.refund });
          expect(totalOf(refunded) <= totalOf(settled)).toBe(true);
        }
        expect(refunded.tax <= paid.tax && refunded.net <= paid.net).toBe(true);
      }),
    );
  });

  it('in another currency cost the books no more than the whole', () => {
    const rate = fc.bigInt({ min: 1n, max: 10n ** 12n }).map((n) => `${n / 10n ** 4n}.${n % 10n}`);
    fc.assert(
      fc.property(amount, cuts, rate, (total, weights, text) => {
        const conversion = { rate: text, fromDigits: 2, toDigits: 2 };
        let before = { document: 0n, house: 0n };
        for (const part of partsOf(total, weights)) {
          const house = houseOfNext(before, part, conversion);
          before = { document: before.document + part, house: before.house + house };
        }
        const whole = houseOfNext({ document: 0n, house: 0n }, total, conversion);
        expect(before).toEqual({ document: total, house: whole });
      }),
    );
  });
});

describe('what was withheld', () => {
  it('can be given later, tax in proportion', () => {
    expect(takeOut({ net: 840n, tax: 160n }, 500n)).toEqual({ net: 420n, tax: 80n });
    expect(takeOut({ net: 840n, tax: 160n }, 1000n)).toEqual({ net: 840n, tax: 160n });
    expect(() => takeOut({ net: 1n, tax: 0n }, 2n)).toThrow('more than');
  });

  it('never goes below zero', () => {
    fc.assert(
      fc.property(amount, amount, fc.nat(10_000), (net, tax, share) => {
        const total = ((net + tax) * BigInt(share)) / 10_000n;
        const taken = takeOut({ net, tax }, total);
        expect(totalOf(taken)).toBe(total);
        expect(taken.net <= net && taken.tax <= tax && taken.net >= 0n && taken.tax >= 0n).toBe(
          true,
        );
      }),
    );
  });

  it('is taken back by units, the last ones with all that is left', () => {
    expect(shareOf({ net: 1000n, tax: 190n }, 1n, 3n)).toEqual({ net: 333n, tax: 63n });
    expect(shareOf({ net: 1000n, tax: 190n }, 3n, 3n)).toEqual({ net: 1000n, tax: 190n });
  });
});

describe('shipping', () => {
  const shipping = { charge: 490n, refunded: 0n };
  it.each([
    ['never', true, true, 0n],
    ['at_fault', true, false, 490n],
    ['at_fault', false, true, 0n],
    ['all_returned', true, false, 0n],
    ['all_returned', false, true, 490n],
  ] as const)('%s: fault %s, all back %s: %s', (policy, atFault, allReturned, expected) => {
    expect(shippingRefund(policy, shipping, { atFault, allReturned })).toBe(expected);
  });

  it('is given back once', () => {
    const facts = { atFault: true, allReturned: true };
    expect(shippingRefund('at_fault', { charge: 490n, refunded: 490n }, facts)).toBe(0n);
  });
});

describe('an exchange', () => {
  it.each([
    [1000n, 1500n, 500n, 'customer'],
    [1000n, 400n, -600n, 'house'],
    [1000n, 1000n, 0n, 'nobody'],
  ] as const)('of %s for %s: %s owed by %s', (credit, charge, difference, owedBy) => {
    expect(priceDifference(credit, charge)).toEqual({ credit, charge, difference, owedBy });
  });
});

describe('the cost that comes back', () => {
  it('is what left, to the cent, however the units are split', () => {
    const shipment = fc.record({
      quantity: fc.bigInt({ min: 1n, max: 10_000n }),
      value: amount,
    });
    fc.assert(
      fc.property(shipment, cuts, ({ quantity, value }, weights) => {
        let [returned, valueReturned] = [0n, 0n];
        for (const units of partsOf(quantity, weights)) {
          const back = valueBack({ quantity, value, returned, valueReturned }, units);
          expect(back >= 0n).toBe(true);
          returned += units;
          valueReturned += back;
          expect(valueReturned <= value).toBe(true);
        }
        expect(valueReturned).toBe(value);
      }),
    );
  });

  it('stays right when a part of it is taken back in between', () => {
    const shipment = { quantity: 3n, value: 1000n };
    const first = valueBack({ ...shipment, returned: 0n, valueReturned: 0n }, 1n);
    const second = valueBack({ ...shipment, returned: 1n, valueReturned: first }, 1n);
    const again = valueBack({ ...shipment, returned: 1n, valueReturned: second }, 2n);
    expect([first, second, second + again]).toEqual([333n, 334n, 1000n]);
  });
});
