import { expect, it } from 'vitest';
import { isGtin } from '../catalog/index.ts';
import { checkDigit, commandIdOf, gtin13, gtin14, sscc } from './codes.ts';

it('computes the check digits of GS1', () => {
  // The examples of the GS1 General Specifications, section 7.9.
  expect(checkDigit('629104150021')).toBe('3');
  expect(checkDigit('37610425002123456')).toBe('9');
});

it('makes GTINs and SSCCs of the demonstration prefix', () => {
  const gtin = gtin13(12, 345);
  expect(gtin).toMatch(/^952001200345\d$/);
  expect(isGtin(gtin)).toBe(true);
  expect(gtin14(3, gtin)).toMatch(/^3952001200345\d$/);
  expect(isGtin(gtin14(3, gtin))).toBe(true);
  expect(sscc(7)).toMatch(/^09520001000000007\d$/);
});

it('makes command ids that are UUIDs, differ by seed and rise with the ordinal', () => {
  const ids = [1, 2, 255, 256, 1_000_000].map((ordinal) => commandIdOf('onhand', ordinal));
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect([...ids].sort()).toEqual(ids);
  expect(commandIdOf('other', 1)).not.toBe(ids[0]);
});
