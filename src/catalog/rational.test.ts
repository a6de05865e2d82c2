import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRational,
  convertToBase,
  formatRational,
  parseRational,
  RATIONAL_FORM,
  rational,
  UnevenConversionError,
} from './rational.ts';

describe('a ratio', () => {
  it.each([
    ['12', '12'],
    ['12.0', '12'],
    ['0.75', '3/4'],
    ['6/8', '3/4'],
    ['1/3', '1/3'],
    ['24/12', '2'],
    ['0.000001', '1/1000000'],
  ])('%s is %s', (text, canonical) => {
    expect(RATIONAL_FORM.test(text)).toBe(true);
    expect(formatRational(parseRational(text))).toBe(canonical);
  });

  it.each(['', '-1', '1/-2', '1e3', '.5', '1/2/3', '1,5', '1/2.5', ' 1'])('is not %j', (text) => {
    expect(RATIONAL_FORM.test(text)).toBe(false);
  });

  it.each(['0', '0.0', '0/5', '5/0'])('cannot be %s', (text) => {
    expect(() => parseRational(text)).toThrow(RangeError);
  });

  const part = fc.bigInt({ min: 1n, max: 10n ** 12n - 1n });

  it('is in lowest terms, and the same after writing and reading', () => {
    fc.assert(
      fc.property(part, part, part, (numerator, denominator, factor) => {
        const ratio = rational(numerator * factor, denominator * factor);
        expect(ratio).toEqual(rational(numerator, denominator));
        expect(ratio.numerator * denominator).toBe(ratio.denominator * numerator);
        expect(parseRational(formatRational(ratio))).toEqual(ratio);
      }),
    );
  });

  it('is ordered as fractions are', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        expect(compareRational(rational(a, c), rational(b, c))).toBe(a === b ? 0 : a < b ? -1 : 1);
        expect(compareRational(rational(c, a), rational(c, b))).toBe(a === b ? 0 : a < b ? 1 : -1);
      }),
    );
  });
});

describe('converting packs to base units', () => {
  it.each([
    // packs, at scale, pack, item scale, base units
    [3n, 0, '12', 0, 36n],
    [25n, 1, '12', 0, 30n],
    [2n, 0, '0.75', 3, 1500n],
    [3n, 0, '1/3', 0, 1n],
    [-3n, 0, '12', 0, -36n],
    [0n, 0, '1/3', 0, 0n],
  ])('%s at scale %s of %s is %s at scale %s', (packs, packsScale, pack, itemScale, base) => {
    expect(convertToBase(packs, packsScale, parseRational(pack), itemScale)).toBe(base);
  });

  it.each([
    [1n, 0, '1/3', 6],
    [1n, 0, '0.75', 0],
    [5n, 1, '1', 0],
  ])('refuses %s at scale %s of %s at item scale %s: it leaves a rest', (...given) => {
    const [packs, packsScale, pack, itemScale] = given;
    expect(() => convertToBase(packs, packsScale, parseRational(pack), itemScale)).toThrow(
      UnevenConversionError,
    );
  });

  it('is exact: it converts back to the same packs, or refuses', () => {
    const small = fc.bigInt({ min: 1n, max: 1000n });
    const scale = fc.integer({ min: 0, max: 6 });
    let even = 0;
    fc.assert(
      fc.property(small, scale, small, small, scale, (packs, packsScale, n, d, itemScale) => {
        const pack = rational(n, d);
        const [left, right] = [10n ** BigInt(packsScale), 10n ** BigInt(itemScale)];
        const isEven = (packs * n * right) % (d * left) === 0n;
        even += isEven ? 1 : 0;
        const convert = () => convertToBase(packs, packsScale, pack, itemScale);
        if (isEven) expect(convert() * d * left).toBe(packs * n * right);
        else expect(convert).toThrow(UnevenConversionError);
      }),
      { numRuns: 1000 },
    );
    expect(even).toBeGreaterThan(10);
  });
});
