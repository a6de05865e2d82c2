import type { Random } from '../random.ts';

/** From so many blocks on, the blocks of the history are enough and nothing is drawn. */
const BLOCKS_MIN = 60;
const DRAWS = 1000;

/**
 * Quantiles of the demand of `periods` periods together, from the history itself and without any
 * assumption on its distribution. A history of at least BLOCKS_MIN overlapping blocks gives the
 * quantiles of their sums (Porras and Dekker, 2008; Boylan and Babai, 2016, "On the performance
 * of overlapping and non-overlapping temporal demand aggregation approaches"). A shorter one is
 * drawn from by the bootstrap of Willemain, Smart and Schwarz (2004), "A new approach to
 * forecasting intermittent demand for service parts inventories": whether there is demand follows
 * a Markov chain, sizes are drawn from those seen and jittered.
 *
 * @param levels probabilities
 * @returns for each level its quantile, never falling; zeros for an empty history.
 */
export function empiricalSumQuantiles(
  history: Float64Array,
  periods: number,
  levels: readonly number[],
  random: Random,
): Float64Array {
  const length = Math.max(1, Math.round(periods) || 1);
  const demand = history.map((value) => (value > 0 && Number.isFinite(value) ? value : 0));
  if (demand.length === 0) return new Float64Array(levels.length);
  const blocks = demand.length - length + 1;
  const sums = blocks >= BLOCKS_MIN ? blockSums(demand, length) : draws(demand, length, random);
  sums.sort();
  return Float64Array.from(levels, (level) => {
    const rank = Math.ceil(level * sums.length) - 1;
    return sums[Math.min(sums.length - 1, Math.max(0, rank || 0))]!;
  });
}

function blockSums(demand: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(demand.length - length + 1);
  let sum = 0;
  for (let t = 0; t < demand.length; t += 1) {
    sum += demand[t]!;
    if (t >= length) sum -= demand[t - length]!;
    // Subtracting floats may leave a crumb where there was no demand.
    if (t >= length - 1) sums[t - length + 1] = Math.max(0, sum);
  }
  return sums;
}

/** Chances that demand follows where there was none, and where there was some. */
function chain(demand: Float64Array): readonly [number, number] {
  const after = [0, 0];
  const followed = [0, 0];
  let some = 0;
  for (let t = 0; t < demand.length; t += 1) {
    const now = demand[t]! > 0 ? 1 : 0;
    some += now;
    if (t === 0) continue;
    const before = demand[t - 1]! > 0 ? 1 : 0;
    after[before]! += 1;
    followed[before]! += now;
  }
  // One observation of the plain share keeps a chain of few periods from being certain.
  const share = some / demand.length;
  return [(followed[0]! + share) / (after[0]! + 1), (followed[1]! + share) / (after[1]! + 1)];
}

function draws(demand: Float64Array, length: number, random: Random): Float64Array {
  const sizes = demand.filter((value) => value > 0);
  const sums = new Float64Array(DRAWS);
  if (sizes.length === 0) return sums;
  const isWhole = sizes.every((size) => Number.isInteger(size));
  const chances = chain(demand);
  const last = demand[demand.length - 1]! > 0 ? 1 : 0;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    let state: 0 | 1 = last;
    for (let period = 0; period < length; period += 1) {
      state = random.next() < chances[state]! ? 1 : 0;
      if (state === 0) continue;
      const size = sizes[random.integer(0, sizes.length - 1)]!;
      sums[draw]! += jittered(size, isWhole, random);
    }
  }
  return sums;
}

/** A size near one that was seen: 1 + int(X + Z √X), or X itself where that is not above 0. */
function jittered(size: number, isWhole: boolean, random: Random): number {
  if (!isWhole || size <= 1) return size;
  const moved = 1 + Math.floor(size - 1 + random.normal() * Math.sqrt(size) + 0.5);
  return moved > 0 ? moved : size;
}
