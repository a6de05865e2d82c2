import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

/** Mean and variance of many draws. */
function moments(draws: number, draw: () => number): { mean: number; variance: number } {
  let [mean, squares] = [0, 0];
  for (let index = 1; index <= draws; index += 1) {
    const value = draw();
    const step = value - mean;
    mean += step / index;
    squares += step * (value - mean);
  }
  return { mean, variance: squares / draws };
}

const DRAWS = 40_000;

describe('a seeded stream', () => {
  it('repeats itself for the same seed and label, and only then', () => {
    const first = (seed: string, label: string) => {
      const random = createRandom(seed, label);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(first('a', 'b')).toEqual(first('a', 'b'));
    expect(first('a', 'b')).not.toEqual(first('a', 'c'));
    expect(first('a', 'b')).not.toEqual(first('b', 'b'));
  });

  it('stays in its range', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -9, max: 9 }), fc.nat(20), (seed, min, width) => {
        const random = createRandom(seed, 'range');
        for (let index = 0; index < 50; index += 1) {
          const whole = random.integer(min, min + width);
          expect(whole).toBeGreaterThanOrEqual(min);
          expect(whole).toBeLessThanOrEqual(min + width);
          const float = random.uniform(min, min + 1);
          expect(float >= min && float < min + 1).toBe(true);
        }
      }),
    );
  });
});

describe('draws have the moments of their distribution', () => {
  // Each row: what, its mean, its variance, and the draw.
  const random = createRandom('moments', 'all');
  const cases: [string, number, number, () => number][] = [
    ['uniform(2, 5)', 3.5, 0.75, () => random.uniform(2, 5)],
    ['normal(3, 2)', 3, 4, () => random.normal(3, 2)],
    ['poisson(0.3)', 0.3, 0.3, () => random.poisson(0.3)],
    ['poisson(25)', 25, 25, () => random.poisson(25)],
    ['poisson(400)', 400, 400, () => random.poisson(400)],
    ['gamma(0.4, 2)', 0.8, 1.6, () => random.gamma(0.4, 2)],
    ['gamma(9, 0.5)', 4.5, 2.25, () => random.gamma(9, 0.5)],
    ['negativeBinomial(3, 12)', 3, 12, () => random.negativeBinomial(3, 12)],
    ['negativeBinomial(3, 1), a Poisson', 3, 3, () => random.negativeBinomial(3, 1)],
  ];
  it.each(cases)('%s', (_name, mean, variance, draw) => {
    const seen = moments(DRAWS, draw);
    // Five standard errors of the mean; of the variance a tenth.
    expect(Math.abs(seen.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
    expect(Math.abs(seen.variance / variance - 1)).toBeLessThan(0.1);
  });

  it('outside the domain gives zero and never NaN', () => {
    for (const bad of [0, -1, Number.NaN]) {
      expect(random.poisson(bad)).toBe(0);
      expect(random.gamma(bad, 1)).toBe(0);
      expect(random.gamma(1, bad)).toBe(0);
      expect(random.negativeBinomial(bad, 4)).toBe(0);
    }
  });
});
