import { hashText, splitmix32, xoshiro128 } from '../platform/random.ts';

/**
 * Seeded randomness: the same seed and label give the same draws in every process and on every
 * machine. The stream is xoshiro128** (Blackman and Vigna, 2018), its state filled by splitmix32.
 */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the choices, each as likely as the others. @throws RangeError when there are none. */
  pick<T>(choices: readonly T[]): T;
  /** A standard normal draw (Box and Muller, 1958). */
  normal(): number;
  /** How many events happen where `mean` are expected. */
  poisson(mean: number): number;
  /** The choices in a random order (Fisher and Yates). */
  shuffled<T>(choices: readonly T[]): T[];
}

/** Beyond this mean a Poisson draw is taken from the normal distribution that it approaches. */
const POISSON_EXACT_MAX = 30;

/**
 * A stream of its own for each label, so that drawing more for one purpose changes nothing for
 * the others.
 */
export function createRandom(seed: string, label: string): Random {
  const fill = splitmix32(hashText(`${seed}\u0000${label}`));
  const word = xoshiro128([fill(), fill(), fill(), fill()]);
  const next = () => word() / 2 ** 32;
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    integer,
    normal,
    chance: (probability) => next() < probability,
    pick(choices) {
      if (choices.length === 0) throw new RangeError('there is nothing to pick from');
      return choices[integer(0, choices.length - 1)]!;
    },
    poisson(mean) {
      if (mean > POISSON_EXACT_MAX) {
        return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
      }
      let events = 0;
      for (let left = Math.exp(-mean), product = next(); product > left; events += 1) {
        product *= next();
      }
      return events;
    },
    shuffled(choices) {
      const result = [...choices];
      for (let last = result.length - 1; last > 0; last -= 1) {
        const other = integer(0, last);
        [result[last], result[other]] = [result[other]!, result[last]!];
      }
      return result;
    },
  };
}

/** Draws an index in proportion to its weight. */
export function createWeightedPick(weights: readonly number[]): (random: Random) => number {
  const upTo: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight;
    upTo.push(sum);
  }
  return (random) => {
    const target = random.next() * sum;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
