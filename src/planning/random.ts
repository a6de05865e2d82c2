import { hashText, splitmix32, xoshiro128 } from '../platform/random.ts';

/**
 * Seeded randomness for planning's simulations: the same seed and label give the same draws in
 * every process, on every machine and on any number of workers. The stream is xoshiro128**
 * (Blackman and Vigna, 2018), its state filled by splitmix32.
 */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** A float in [min, max). */
  uniform(min: number, max: number): number;
  /** A normal draw (Box and Muller, 1958); standard without arguments. */
  normal(mean?: number, deviation?: number): number;
  /** How many events happen where `mean` are expected; 0 when `mean` is not above 0. */
  poisson(mean: number): number;
  /** A gamma draw with mean `shape * scale` (Marsaglia and Tsang, 2000); 0 outside its domain. */
  gamma(shape: number, scale: number): number;
  /**
   * A count with this mean and variance: a Poisson draw with a gamma mean. A variance that does
   * not exceed the mean gives a Poisson draw.
   */
  negativeBinomial(mean: number, variance: number): number;
}

function standardNormal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** Squeeze and reject of Marsaglia and Tsang, "A simple method for generating gamma variables". */
function gammaDraw(next: () => number, shape: number): number {
  if (shape < 1) {
    // A gamma of a smaller shape is one of shape + 1 times a power of a uniform draw.
    return gammaDraw(next, shape + 1) * (1 - next()) ** (1 / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = standardNormal(next);
    const cube = (1 + c * normal) ** 3;
    if (cube <= 0) continue;
    const uniform = 1 - next();
    if (Math.log(uniform) < 0.5 * normal * normal + d * (1 - cube + Math.log(cube))) {
      return d * cube;
    }
  }
}

/** Up to this mean events are counted one by one; above, the mean is split by a gamma draw. */
const POISSON_COUNTED_MAX = 30;

/**
 * Exact for any mean: of a large one, the time of the m-th event is a gamma draw; what is left
 * of the interval after it holds Poisson events, and otherwise the m - 1 earlier ones are
 * binomial (Ahrens and Dieter, 1974).
 */
function poissonDraw(next: () => number, mean: number): number {
  let left = mean;
  let events = 0;
  while (left > POISSON_COUNTED_MAX) {
    const m = Math.floor((7 * left) / 8);
    const time = gammaDraw(next, m);
    if (time > left) return events + binomialDraw(next, m - 1, left / time);
    events += m;
    left -= time;
  }
  const floor = Math.exp(-left);
  for (let product = next(); product > floor; events += 1) product *= next();
  return events;
}

/** Halves the trials by the median of their uniform draws until few are left to be counted. */
function binomialDraw(next: () => number, trials: number, probability: number): number {
  let [left, share, hits] = [trials, probability, 0];
  while (left > POISSON_COUNTED_MAX) {
    const rank = 1 + Math.floor(left / 2);
    const first = gammaDraw(next, rank);
    // The rank-th smallest of `left` uniform draws is a beta draw.
    const place = first / (first + gammaDraw(next, left - rank + 1));
    if (place <= share) {
      hits += rank;
      left -= rank;
      share = (share - place) / (1 - place);
    } else {
      left = rank - 1;
      share /= place;
    }
  }
  for (let trial = 0; trial < left; trial += 1) if (next() < share) hits += 1;
  return hits;
}

/**
 * A stream of its own for each label, so that drawing more for one purpose changes nothing for
 * the others. An item's key makes a good label: its draws are then the same on any worker.
 */
export function createRandom(seed: string, label: string): Random {
  const fill = splitmix32(hashText(`${seed}\u0000${label}`));
  // The state must not be all zeros, from which the stream would never leave.
  const word = xoshiro128([fill(), fill(), fill(), fill() | 1]);
  const next = () => word() / 2 ** 32;
  const poisson = (mean: number) => (mean > 0 ? poissonDraw(next, mean) : 0);
  const gamma = (shape: number, scale: number) =>
    shape > 0 && scale > 0 ? gammaDraw(next, shape) * scale : 0;
  return {
    next,
    poisson,
    gamma,
    integer: (min, max) => min + Math.floor(next() * (max - min + 1)),
    uniform: (min, max) => min + next() * (max - min),
    normal: (mean = 0, deviation = 1) => mean + deviation * standardNormal(next),
    negativeBinomial(mean, variance) {
      const excess = variance - mean;
      if (!(mean > 0)) return 0;
      if (!(excess > 0)) return poisson(mean);
      return poisson(gamma((mean * mean) / excess, excess / mean));
    },
  };
}
