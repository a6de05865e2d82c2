/**
 * Gives scarce supplies to demands so that the gains are greatest: a transportation problem with
 * few sources, solved exactly by augmenting along the best alternating path, one source after
 * another (Ahuja, Magnanti and Orlin 1993, chapter 9). A supply may stay unused for nothing.
 * @param quantities what each supply has.
 * @param demands what each demand wants.
 * @param gains what a unit of a supply at a demand saves, [supply * demands + demand].
 * @returns units given, laid out as the gains.
 */
export function assignSupplies(
  quantities: Float64Array,
  demands: Float64Array,
  gains: Float64Array,
): Float64Array {
  const state: State = {
    count: demands.length,
    gains,
    given: new Float64Array(gains.length),
    open: demands.slice(),
    left: quantities.slice(),
  };
  for (let source = 0; source < quantities.length; source += 1) {
    while (state.left[source]! > 0 && augment(state, source)) {}
  }
  return state.given;
}

interface State {
  /** Demands. */
  readonly count: number;
  readonly gains: Float64Array;
  readonly given: Float64Array;
  /** What each demand still wants and each supply still has. */
  readonly open: Float64Array;
  readonly left: Float64Array;
}

/** A gain below this is rounding. */
const GAIN_LEAST = 1e-9;

/** How one supply can take over a demand of another, or a demand that is open. */
interface Step {
  readonly gain: number;
  readonly demand: number;
}

/** The best open demand of a supply. */
function bestOpen({ count, gains, open }: State, source: number): Step {
  let step: Step = { gain: 0, demand: -1 };
  for (let demand = 0; demand < count; demand += 1) {
    if (open[demand]! <= 0) continue;
    const gain = gains[source * count + demand]!;
    if (gain > step.gain) step = { gain, demand };
  }
  return step;
}

/**
 * Whether no detour over other supplies can be better than the best open demand. What another
 * supply gives up it can at most make up for, as all was best until now, so a path over it gains
 * no more than what is taken over.
 */
function isDirectBest({ count, gains, given }: State, source: number, open: Step): boolean {
  for (let demand = 0; demand < count; demand += 1) {
    if (gains[source * count + demand]! <= open.gain) continue;
    for (let other = 0; other < source; other += 1) {
      if (given[other * count + demand]! > 0) return false;
    }
  }
  return true;
}

/** The best demand that a supply can take over from another. */
function bestTaken({ count, gains, given }: State, source: number, other: number): Step {
  let step: Step = { gain: Number.NEGATIVE_INFINITY, demand: -1 };
  for (let demand = 0; demand < count; demand += 1) {
    if (given[other * count + demand]! <= 0) continue;
    const gain = gains[source * count + demand]! - gains[other * count + demand]!;
    if (gain > step.gain) step = { gain, demand };
  }
  return step;
}

/** The best path from one supply over others: where it came from, by which demand, and ends. */
interface Path {
  readonly reached: Float64Array;
  readonly before: Int16Array;
  readonly by: Int32Array;
}

/** Longest paths over the supplies before this one (Bellman and Ford: there are few). */
function findPath(state: State, source: number): Path {
  const reached = new Float64Array(source + 1).fill(Number.NEGATIVE_INFINITY);
  const path: Path = {
    reached,
    before: new Int16Array(source + 1).fill(-1),
    by: new Int32Array(source + 1).fill(-1),
  };
  reached[source] = 0;
  const steps = new Map<number, Step>();
  const stepOf = (from: number, to: number): Step => {
    const key = from * (source + 1) + to;
    const known = steps.get(key) ?? bestTaken(state, from, to);
    steps.set(key, known);
    return known;
  };
  for (let round = 0; round <= source; round += 1) {
    let changed = false;
    for (let from = 0; from <= source; from += 1) {
      if (reached[from] === Number.NEGATIVE_INFINITY) continue;
      for (let to = 0; to < source; to += 1) {
        if (to === from) continue;
        const { gain, demand } = stepOf(from, to);
        if (demand < 0 || reached[from]! + gain <= reached[to]! + GAIN_LEAST) continue;
        reached[to] = reached[from]! + gain;
        path.before[to] = from;
        path.by[to] = demand;
        changed = true;
      }
    }
    if (!changed) break;
  }
  return path;
}

/** Uses the best path of a supply; false when nothing is gained by any. */
function augment(state: State, source: number): boolean {
  const direct = bestOpen(state, source);
  if (isDirectBest(state, source, direct)) {
    if (direct.gain <= GAIN_LEAST) return false;
    push(state, source, source, direct.demand);
    return true;
  }
  const path = findPath(state, source);
  let [best, end] = [GAIN_LEAST, -1];
  let last = direct;
  for (let at = 0; at <= source; at += 1) {
    if (path.reached[at] === Number.NEGATIVE_INFINITY) continue;
    const open = bestOpen(state, at);
    if (path.reached[at]! + open.gain <= best) continue;
    [best, end, last] = [path.reached[at]! + open.gain, at, open];
  }
  if (end < 0) return false;
  push(state, source, end, last.demand, path);
  return true;
}

/** Moves as much along the path as its narrowest place allows. */
function push(state: State, source: number, end: number, demand: number, path?: Path): void {
  const { count, given, open, left } = state;
  let quantity = left[source]!;
  if (demand >= 0) quantity = Math.min(quantity, open[demand]!);
  for (let at = end; at !== source; at = path!.before[at]!) {
    quantity = Math.min(quantity, given[at * count + path!.by[at]!]!);
  }
  left[source]! -= quantity;
  if (demand >= 0) {
    given[end * count + demand]! += quantity;
    open[demand]! -= quantity;
  } else left[end]! += quantity;
  for (let at = end; at !== source; at = path!.before[at]!) {
    const taken = path!.by[at]!;
    given[at * count + taken]! -= quantity;
    given[path!.before[at]! * count + taken]! += quantity;
  }
}
