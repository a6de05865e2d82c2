import { describe, expect, it } from 'vitest';
import { xoshiro128 } from '../platform/random.ts';
import { createRandom, createWeightedPick } from './random.ts';

const DRAWS = 20_000;

function mean(draw: () => number): number {
  let sum = 0;
  for (let count = 0; count < DRAWS; count += 1) sum += draw();
  return sum / DRAWS;
}

describe('randomness', () => {
  it('follows from seed and label alone', () => {
    const draw = (seed: string, label: string) => {
      const random = createRandom(seed, label);
      return Array.from({ length: 5 }, () => random.next());
    };
    expect(draw('a', 'x')).toEqual(draw('a', 'x'));
    expect(draw('a', 'x')).not.toEqual(draw('b', 'x'));
    expect(draw('a', 'x')).not.toEqual(draw('a', 'y'));
    // The draws themselves are part of the promise: another machine must get the same history.
    expect(createRandom('onhand', 'test').integer(0, 999_999)).toBe(212_157);
  });

  it('is the published stream', () => {
    const word = xoshiro128([1, 2, 3, 4]);
    expect(Array.from({ length: 4 }, word)).toEqual([11_520, 0, 5_927_040, 70_819_200]);
  });

  it('has the means it should have', () => {
    const random = createRandom('means', '');
    expect(mean(() => random.next())).toBeCloseTo(0.5, 1);
    expect(mean(() => random.integer(1, 6))).toBeCloseTo(3.5, 1);
    expect(mean(() => random.poisson(4))).toBeCloseTo(4, 0);
    expect(mean(() => random.poisson(50))).toBeGreaterThan(49.5);
    expect(mean(() => random.normal())).toBeCloseTo(0, 1);
    expect(mean(() => Number(random.chance(0.2)))).toBeCloseTo(0.2, 1);
  });

  it('shuffles without losing or repeating', () => {
    const cards = Array.from({ length: 52 }, (_, index) => index);
    const shuffled = createRandom('cards', '').shuffled(cards);
    expect(shuffled).not.toEqual(cards);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(cards);
  });

  it('picks in proportion to weights, and never what weighs nothing', () => {
    const random = createRandom('weights', '');
    const pick = createWeightedPick([1, 0, 3]);
    const hits = [0, 0, 0];
    for (let count = 0; count < DRAWS; count += 1) hits[pick(random)]! += 1;
    expect(hits[1]).toBe(0);
    expect(hits[2]! / hits[0]!).toBeCloseTo(3, 0);
  });
});
