/** How a search goes on and when it ends. */
export interface Search {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** How far from the start each other corner of the first simplex lies. */
  readonly steps: Float64Array;
  /** It ends when the costs of all corners differ by less than this. */
  readonly tolerance: number;
  readonly evaluationsMax: number;
}

/**
 * Finds a place where the cost is small and writes it over `x`; returns its cost. A corner beyond
 * a bound is moved onto it; a cost may be infinite, but not NaN. Nothing is allocated after the
 * start. Source: Nelder and Mead (1965), A simplex method for function minimization; the
 * coefficients for many variables of Gao and Han (2012), Implementing the Nelder-Mead simplex
 * algorithm with adaptive parameters.
 */
export function minimiseMany(
  cost: (x: Float64Array) => number,
  x: Float64Array,
  search: Search,
): number {
  const size = x.length;
  const corners = Array.from({ length: size + 1 }, () => Float64Array.from(x));
  const costs = new Float64Array(size + 1);
  for (let i = 0; i <= size; i += 1) {
    if (i > 0) step(corners[i]!, i - 1, search);
    costs[i] = cost(corners[i]!);
  }
  let evaluations = size + 1;
  const expansion = 1 + 2 / Math.max(2, size);
  const contraction = 0.75 - 1 / (2 * Math.max(2, size));
  const shrinkage = 1 - 1 / Math.max(2, size);
  const centre = new Float64Array(size);
  let trial = new Float64Array(size);
  let second = new Float64Array(size);
  sort(corners, costs);
  while (evaluations < search.evaluationsMax && costs[size]! - costs[0]! > search.tolerance) {
    const worst = corners[size]!;
    average(corners, centre);
    const reflected = cost(along(trial, centre, worst, -1, search));
    evaluations += 1;
    let isBetter = reflected < costs[size - 1]!;
    let trialCost = reflected;
    if (reflected < costs[0]! || !isBetter) {
      const inside = reflected < costs[size]! ? -contraction : contraction;
      const share = reflected < costs[0]! ? -expansion : inside;
      const secondCost = cost(along(second, centre, worst, share, search));
      evaluations += 1;
      if (secondCost < Math.min(reflected, costs[size]!)) {
        [trial, second] = [second, trial];
        trialCost = secondCost;
        isBetter = true;
      }
    }
    if (isBetter) {
      corners[size] = trial;
      trial = worst;
      costs[size] = trialCost;
      sift(corners, costs);
    } else {
      for (let i = 1; i <= size; i += 1) {
        along(corners[i]!, corners[0]!, corners[i]!, shrinkage, search);
        costs[i] = cost(corners[i]!);
      }
      evaluations += size;
      sort(corners, costs);
    }
  }
  x.set(corners[0]!);
  return costs[0]!;
}

/** Moves one coordinate by its step, to the other side where the bound is too near. */
function step(corner: Float64Array, i: number, { low, high, steps }: Search): void {
  const from = corner[i]!;
  const to = from + steps[i]!;
  corner[i] = to <= high[i]! ? to : Math.max(low[i]!, from - steps[i]!);
}

/** Writes the mean of all corners but the last. */
function average(corners: readonly Float64Array[], centre: Float64Array): void {
  const size = centre.length;
  for (let j = 0; j < size; j += 1) {
    let sum = 0;
    for (let i = 0; i < size; i += 1) sum += corners[i]![j]!;
    centre[j] = sum / size;
  }
}

/** Writes centre + share * (from - centre), within the bounds, over `into`. */
function along(
  into: Float64Array,
  centre: Float64Array,
  from: Float64Array,
  share: number,
  { low, high }: Search,
): Float64Array {
  for (let j = 0; j < into.length; j += 1) {
    const wanted = centre[j]! + share * (from[j]! - centre[j]!);
    into[j] = Math.min(high[j]!, Math.max(low[j]!, wanted));
  }
  return into;
}

/** Moves the last corner to where its cost belongs. */
function sift(corners: Float64Array[], costs: Float64Array): void {
  const corner = corners[corners.length - 1]!;
  const cost = costs[corners.length - 1]!;
  let place = corners.length - 1;
  for (; place > 0 && costs[place - 1]! > cost; place -= 1) {
    corners[place] = corners[place - 1]!;
    costs[place] = costs[place - 1]!;
  }
  corners[place] = corner;
  costs[place] = cost;
}

function sort(corners: Float64Array[], costs: Float64Array): void {
  for (let end = 2; end <= corners.length; end += 1) {
    const corner = corners[end - 1]!;
    const cost = costs[end - 1]!;
    let place = end - 1;
    for (; place > 0 && costs[place - 1]! > cost; place -= 1) {
      corners[place] = corners[place - 1]!;
      costs[place] = costs[place - 1]!;
    }
    corners[place] = corner;
    costs[place] = cost;
  }
}
