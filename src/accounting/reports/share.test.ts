import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareByWeight } from './share.ts';
import { groupParts, shareAmongCells, shareOf, type ValuationPart } from './valuation.ts';

const money = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
const weight = fc.bigInt({ min: 0n, max: 10n ** 9n });

describe('shares by weight', () => {
  it.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [10n, [1n, 2n, 4n], [1n, 3n, 6n]],
    [0n, [3n, 4n], [0n, 0n]],
    [-7n, [1n, 1n], [-3n, -4n]],
    [5n, [], []],
    // Nothing left in all, yet something is owed: the largest takes it.
    [9n, [3n, -3n], [9n, 0n]],
    [9n, [0n, 0n], [9n, 0n]],
  ])('%s by %s is %s', (amount, weights, parts) => {
    expect(shareByWeight(amount, weights)).toEqual(parts);
  });

  it('add up exactly, each within one unit of its exact share', () => {
    fc.assert(
      fc.property(money, fc.array(weight, { minLength: 1, maxLength: 12 }), (amount, weights) => {
        const parts = shareByWeight(amount, weights);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
        const total = weights.reduce((sum, one) => sum + one, 0n);
        if (total === 0n) return;
        for (const [i, part] of parts.entries()) {
          const off = part * total - amount * weights[i]!;
          expect(off < total && off > -total).toBe(true);
        }
      }),
    );
  });

  it('add up with units that are short, too', () => {
    const signed = fc.bigInt({ min: -50n, max: 50n });
    fc.assert(
      fc.property(money, fc.array(signed, { minLength: 1, maxLength: 8 }), (amount, weights) => {
        const parts = shareByWeight(amount, weights);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
      }),
    );
  });
});

const part = (item: string, more: Partial<ValuationPart>): ValuationPart => ({
  ...{ item, owner: 'HOUSE', costSite: 'N', method: 1, scale: 0, quantity: 1n, value: 10n },
  ...more,
});

describe('a valuation', () => {
  it('shares a pool among its places and keeps one that holds value alone', () => {
    const pools = [
      { journal: 0, costPoolId: 1n, value: 100n },
      { journal: 0, costPoolId: 2n, value: 3n },
    ];
    const cells = [1n, 2n].map((quantity) => ({ journal: 0, costPoolId: 1n, quantity }));
    const values = shareAmongCells(pools, cells).map(({ cell, value }) => [cell?.quantity, value]);
    expect(values).toEqual([
      [1n, 33n],
      [2n, 67n],
      [undefined, 3n],
    ]);
  });

  it('sums up by what is asked for', () => {
    const parts = [
      part('A', { site: 'N' }),
      part('A', { site: 'N', inTransit: true }),
      part('B', { site: 'N' }),
    ];
    const rows = groupParts(parts, ['site']);
    expect(
      rows.map(({ site, inTransit, items, value }) => [site, inTransit, items, value]),
    ).toEqual([
      ['N', undefined, 2, 20n],
      ['N', true, 1, 10n],
    ]);
    expect(groupParts(parts, ['owner']).map(({ value, items }) => [value, items])).toEqual([
      [30n, 2],
    ]);
    expect(groupParts([], ['item'])).toEqual([]);
  });

  it('keeps layers in the order in which they came, and empty codes apart', () => {
    const layers = ['0-100', '0-99', '1-3', '0-7'].map((layer) => part('A', { layer }));
    const sorted = groupParts(layers, ['layer']).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(sorted.map(({ layer }) => layer)).toEqual(['0-7', '0-99', '0-100', '1-3']);
    const mixed = [part('A', { lot: null, site: 'X' }), part('A', { lot: 'X', site: null })];
    expect(groupParts(mixed, ['lot', 'site'])).toHaveLength(2);
  });

  it('has shares of the total', () => {
    expect(shareOf(1n, 3n)).toBe(333_333n);
    expect(shareOf(-1n, -4n)).toBe(250_000n);
    expect(shareOf(5n, 0n)).toBe(0n);
  });
});
