import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundFigure, showFigure, showPercent } from './figures.ts';

it.each([
  [0.0001, 2, '0.0001'],
  [0.04, 1, '0.04'],
  [0.5, 2, '0.50'],
  [12.345, 1, '12.3'],
  [1234.5678, 2, '1234.57'],
  [-0.000123456, 2, '-0.000123'],
  [0, 2, '0.00'],
  [0.0999999, 1, '0.1'],
  [1e-15, 0, '0'],
  [7, 0, '7'],
])('%f with %i places is %s', (value, places, text) => {
  expect(showFigure(value, places)).toBe(text);
});

it('loses no more than half a percent of any figure', () => {
  const figure = fc.double({ min: 1e-8, max: 1e9, noNaN: true });
  fc.assert(
    fc.property(figure, fc.integer({ min: 0, max: 4 }), fc.boolean(), (size, places, isBelow) => {
      const value = isBelow ? -size : size;
      const shown = roundFigure(value, places);
      expect(Math.abs(shown - value)).toBeLessThanOrEqual(0.005001 * Math.abs(value));
      expect(showFigure(value, places).split('.')[1]?.length ?? 0).toBeGreaterThanOrEqual(places);
    }),
  );
});

it.each([
  [1, 2, '100.00 %'],
  [0.999996, 2, '99.9996 %'],
  [1.000004, 2, '100.0004 %'],
  [0.97, 2, '97.00 %'],
  [0.00001, 2, '0.001 %'],
])('the share %f is %s', (share, places, text) => {
  expect(showPercent(share, places)).toBe(text);
});
