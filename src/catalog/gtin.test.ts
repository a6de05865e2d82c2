import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gtinCheckDigit, isGtin, normaliseGtin } from './gtin.ts';

describe('a GTIN', () => {
  it.each([
    ['96385074', 'GTIN-8'],
    ['036000291452', 'GTIN-12'],
    ['4006381333931', 'GTIN-13'],
    ['10614141000415', 'GTIN-14'],
    ['00000000000000', 'all zeros'],
  ])('is %s (%s)', (text) => {
    expect(isGtin(text)).toBe(true);
  });

  it.each([
    ['4006381333932', 'a wrong check digit'],
    ['4006383133931', 'two digits swapped'],
    ['400638133393', 'a missing digit'],
    ['040063813339310', 'a digit too many'],
    ['40063813339 1', 'a space'],
    ['４００６３８１３３３９３１', 'digits of another script'],
    ['', 'nothing'],
  ])('is not %s (%s)', (text) => {
    expect(isGtin(text)).toBe(false);
  });

  const digits = (length: number) =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length });
  const payload = fc
    .constantFrom(7, 11, 12, 13)
    .chain(digits)
    .map((list) => list.join(''));

  it('keeps its check digit when it is written with 14 digits', () => {
    fc.assert(
      fc.property(payload, (text) => {
        const gtin = `${text}${gtinCheckDigit(text)}`;
        const long = normaliseGtin(gtin);
        expect(isGtin(gtin)).toBe(true);
        expect(long).toHaveLength(14);
        expect(isGtin(long)).toBe(true);
        expect(normaliseGtin(long)).toBe(long);
      }),
    );
  });

  it('shows every single wrong digit', () => {
    fc.assert(
      fc.property(payload, fc.nat(), fc.integer({ min: 1, max: 9 }), (text, at, by) => {
        const gtin = `${text}${gtinCheckDigit(text)}`;
        const index = at % gtin.length;
        const digit = (Number(gtin[index]) + by) % 10;
        expect(isGtin(`${gtin.slice(0, index)}${digit}${gtin.slice(index + 1)}`)).toBe(false);
      }),
    );
  });
});
