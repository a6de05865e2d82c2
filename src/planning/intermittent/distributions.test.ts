import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  negativeBinomialCdf,
  negativeBinomialPmf,
  negativeBinomialQuantile,
  poissonPmf,
} from './distributions.ts';
import { normalQuantile } from './special.ts';

/** Worked out with an independent implementation (SciPy 1.x). */
const CDF_CASES: readonly (readonly [number, number, number, number])[] = [
  // mean, variance, count, cdf
  [0.3, 0.3, 0, 0.740818220681718],
  [0.3, 0.9, 2, 0.965386597261577],
  [4, 4, 6, 0.889326021597426],
  [4, 5, 3, 0.455088742345789],
  [50, 51, 60, 0.925840887472938],
  [50, 900, 10, 0.0353594555402432],
  [500, 520, 470, 0.0969316169214262],
  [500, 50000, 100, 0.00388095841081282],
  [3000, 3000, 3050, 0.821857075223267],
  [20000, 1000000, 21000, 0.841557280617937],
  [0.01, 2, 0, 0.999733788336768],
  [900, 900.5, 930, 0.845244843478152],
];

const mean = fc.double({ min: 0.001, max: 500, noNaN: true });
const excess = fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 30, noNaN: true }));

describe('the negative binomial distribution', () => {
  it.each(CDF_CASES)('of mean %d and variance %d has at %d the cdf %d', (m, v, count, cdf) => {
    expect(negativeBinomialCdf(m, v, count)).toBeCloseTo(cdf, 9);
  });

  it('has probabilities that sum to the cdf, which reaches 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 60, noNaN: true }), excess, (m, over) => {
        const v = m * (1 + over);
        let sum = 0;
        for (let count = 0; count < 5000 && 1 - sum > 1e-9; count += 1) {
          const density = negativeBinomialPmf(m, v, count);
          expect(density).toBeGreaterThanOrEqual(0);
          sum += density;
          if (count % 7 === 0) expect(negativeBinomialCdf(m, v, count)).toBeCloseTo(sum, 8);
        }
        expect(sum).toBeCloseTo(1, 8);
      }),
      { numRuns: 60 },
    );
  });

  it('has a quantile that is the inverse of its cdf', () => {
    const probability = fc.double({ min: 0.001, max: 0.9999, noNaN: true });
    fc.assert(
      fc.property(mean, excess, probability, (m, over, p) => {
        const v = m * (1 + over);
        const quantile = negativeBinomialQuantile(m, v, p);
        expect(negativeBinomialCdf(m, v, quantile)).toBeGreaterThan(p - 1e-9);
        if (quantile > 0) expect(negativeBinomialCdf(m, v, quantile - 1)).toBeLessThan(p + 1e-9);
      }),
    );
  });

  it('is Poisson where the variance does not exceed the mean', () => {
    for (const count of [0, 1, 5, 40]) {
      const poisson = poissonPmf(7.5, count);
      expect(negativeBinomialPmf(7.5, 3, count)).toBe(poisson);
      expect(negativeBinomialPmf(7.5, Number.NaN, count)).toBe(poisson);
      expect(negativeBinomialPmf(7.5, 7.5 * (1 + 1e-7), count)).toBeCloseTo(poisson, 6);
    }
  });

  it('answers for any size', () => {
    expect(negativeBinomialQuantile(0, 5, 0.9)).toBe(0);
    expect(negativeBinomialQuantile(Number.NaN, 5, 0.9)).toBe(0);
    expect(negativeBinomialQuantile(5, 9, 0)).toBe(0);
    expect(Number.isFinite(negativeBinomialQuantile(5, 9, 1))).toBe(true);
    // Sums of many: close to normal, with a deviation of 1e5, 1e6 and 1e7.
    expect(negativeBinomialQuantile(1e6, 1e10, 0.975) / (1e6 + 1.96e5)).toBeCloseTo(1, 1);
    expect(negativeBinomialQuantile(1e9, 1e12, 0.975) / (1e9 + 1.96e6)).toBeCloseTo(1, 5);
    expect(negativeBinomialQuantile(1e14, 1e14, 0.975) / (1e14 + 1.96e7)).toBeCloseTo(1, 8);
    expect(Number.isFinite(negativeBinomialQuantile(1e300, 1e308, 0.99))).toBe(true);
  });
});

it('the normal quantile is that of the tables', () => {
  const table: [number, number][] = [
    [0.5, 0],
    [0.9, 1.2815516],
    [0.975, 1.959964],
    [0.99, 2.3263479],
    [0.0001, -3.7190165],
    [1e-14, -7.6506281],
  ];
  for (const [p, z] of table) expect(normalQuantile(p)).toBeCloseTo(z, 5);
});
