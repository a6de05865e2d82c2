import { onLattice } from './demand.ts';
import { requirePositive } from './eoq.ts';
import { newsvendorNormal, newsvendorOf } from './newsvendor.ts';
import { normalCdf, normalQuantile } from './numeric.ts';
import type { Demand } from './types.ts';

/** Demand at the last stage: normal per unit of time, or any lattice for a span of time. */
export type SerialDemand =
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  | {
      readonly kind: 'lattice';
      readonly meanPerTime: number;
      /** Demand of a span of time, or of the lead time of a stage that is random itself. */
      readonly over: (time: number, stage?: number) => Demand;
    };

/** A chain of stages, the one at the customer first. */
export interface SerialSystem {
  /** Echelon holding cost of each stage: what it adds to the cost of the stage before it. */
  readonly echelonHolding: readonly number[];
  /** Time from the stage before (or the supplier, for the last) to this one. */
  readonly leadTimes: readonly number[];
  /** Cost of a unit on backorder a unit of time. */
  readonly penalty: number;
  readonly demand: SerialDemand;
  /** Intervals of the levels' and of the demand's lattice (normal demand only). */
  readonly grid?: { readonly levels: number; readonly demand: number };
}

/** Levels of a chain, the stage at the customer first, and the cost per unit of time. */
export interface SerialPolicy {
  readonly echelonLevels: readonly number[];
  readonly localLevels: readonly number[];
  readonly cost: number;
}

/** Points with probabilities: a distribution on an even lattice that need not begin at 0. */
interface Points {
  readonly from: number;
  readonly step: number;
  readonly weights: Float64Array;
}

/** Tails of lead-time demand that are put on the lattice's end points, as multiples of sigma. */
const SIGMAS = 4;
const SIGMAS_ABOVE = 8;

/** A normal on `intervals` + 1 even points between its tails, which the end points carry. */
function normalPoints(mean: number, deviation: number, intervals: number): Points {
  const tail = 1 - normalCdf(SIGMAS);
  const from = mean + deviation * normalQuantile(tail);
  const to = mean + deviation * normalQuantile(1 - tail);
  const step = (to - from) / intervals;
  const weights = new Float64Array(intervals + 1);
  let before = 0;
  for (let k = 0; k <= intervals; k += 1) {
    const end = (from + (k + 0.5) * step - mean) / deviation;
    const upTo = k === intervals ? 1 : normalCdf(end);
    weights[k] = upTo - before;
    before = upTo;
  }
  return { from, step, weights };
}

/** The lattice of echelon positions, and the demand of each lead time. */
function latticeOf(system: SerialSystem): {
  positions: { from: number; step: number; count: number };
  leadDemand: (time: number, stage: number) => Points;
} {
  const total = system.leadTimes.reduce((sum, time) => sum + time, 0);
  const { demand } = system;
  if (demand.kind === 'lattice') {
    const whole = demand.over(total);
    const length = whole.probabilities.length;
    return {
      positions: { from: -length * whole.step, step: whole.step, count: 2 * length },
      leadDemand: (time, stage) => {
        const part = onLattice(demand.over(time, stage), whole.step);
        return { from: 0, step: whole.step, weights: part.probabilities };
      },
    };
  }
  const { mean, deviation } = demand;
  const { levels, demand: intervals } = system.grid ?? { levels: 4000, demand: 400 };
  const sigma = deviation * Math.sqrt(total);
  const low = mean * total + sigma * normalQuantile(1 - normalCdf(SIGMAS));
  const high = mean * total + sigma * normalQuantile(1 - (1 - normalCdf(SIGMAS_ABOVE)));
  return {
    positions: { from: low - high, step: (2 * high - low) / levels, count: levels + 1 },
    leadDemand: (time) => normalPoints(mean * time, deviation * Math.sqrt(time), intervals),
  };
}

function requireSystem({ echelonHolding, leadTimes, penalty, demand }: SerialSystem): number {
  if (echelonHolding.length === 0 || echelonHolding.length !== leadTimes.length) {
    throw new RangeError('a chain needs a holding cost and a lead time for each stage');
  }
  requirePositive({ penalty });
  echelonHolding.forEach((cost, j) => {
    requirePositive({ [`echelon holding cost ${j + 1}`]: cost });
  });
  leadTimes.forEach((time, j) => {
    requirePositive({ [`lead time ${j + 1}`]: time });
  });
  if (demand.kind === 'normal') requirePositive({ mean: demand.mean, sigma: demand.deviation });
  return demand.kind === 'normal' ? demand.mean : demand.meanPerTime;
}

/**
 * Optimal echelon base-stock levels of a chain (Clark & Scarf 1960 in the form of Chen & Zheng
 * 1994; Snyder & Shen 2019, section 6.2.2), or the cost of given ones. Exact for whole-unit
 * demand; normal demand is put on a lattice. From the customer up: the cost of stage j at
 * position y is E[h_j (y - D_j) + C_{j-1}(min(S_{j-1}, y - D_j))], its least place is S_j.
 * @throws RangeError where a cost or time is not above 0.
 */
export function serialBaseStock(system: SerialSystem, given?: readonly number[]): SerialPolicy {
  const mean = requireSystem(system);
  const { echelonHolding: h, leadTimes, penalty } = system;
  const { positions, leadDemand } = latticeOf(system);
  const { from, step, count } = positions;
  const allHolding = h.reduce((sum, cost) => sum + cost, 0);
  const place = (value: number) => Math.floor((value - from) / step + 0.5);
  let induced = Float64Array.from(
    { length: count },
    (_, k) => (penalty + allHolding) * Math.max(0, -(from + k * step)),
  );
  const echelonLevels: number[] = [];
  let cost = 0;
  h.forEach((holding, j) => {
    const arrived = induced.map((value, k) => value + holding * (from + k * step));
    // Far below everything the cost is straight: every unit is a backorder of the customer.
    const far = (x: number) => {
      let value = -(penalty + allHolding) * (x - mean * sumOf(leadTimes, 0, j));
      for (let i = 0; i <= j; i += 1) value += h[i]! * (x - mean * sumOf(leadTimes, i, j));
      return value;
    };
    const { from: least, step: demandStep, weights } = leadDemand(leadTimes[j]!, j);
    const costs = new Float64Array(count);
    for (let k = 0; k < count; k += 1) {
      let sum = 0;
      for (let d = 0; d < weights.length; d += 1) {
        const x = from + k * step - (least + d * demandStep);
        sum += weights[d]! * (x < from ? far(x) : arrived[Math.min(count - 1, place(x))]!);
      }
      costs[k] = sum;
    }
    const best = given ? place(given[j]!) : costs.indexOf(costs.reduce((a, b) => Math.min(a, b)));
    const level = Math.min(count - 1, Math.max(0, best));
    cost = costs[level]!;
    echelonLevels.push(given ? given[j]! : from + level * step);
    induced = costs.map((value, k) => (k < level ? value : cost));
  });
  return { echelonLevels, localLevels: localOf(echelonLevels), cost };
}

function sumOf(values: readonly number[], from: number, before: number): number {
  return values.slice(from, before).reduce((sum, value) => sum + value, 0);
}

/** Local levels of echelon levels, whose running minimum from the supplier down counts. */
function localOf(echelonLevels: readonly number[]): number[] {
  const effective = [...echelonLevels];
  for (let j = effective.length - 2; j >= 0; j -= 1) {
    effective[j] = Math.min(effective[j]!, effective[j + 1]!);
  }
  return effective.map((level, j) => level - (effective[j - 1] ?? 0));
}

/**
 * The newsvendor heuristic (Shang & Song, Management Science 49(5), 2003): each echelon level is
 * the mean of two newsvendors over the lead times from it to the customer. Costs within 1 % of
 * the optimum as a rule, at the price of one quantile a stage.
 */
export function serialByNewsvendors(system: SerialSystem): readonly number[] {
  requireSystem(system);
  const { echelonHolding: h, leadTimes, penalty, demand } = system;
  return h.map((own, j) => {
    const under = penalty + sumOf(h, j + 1, h.length);
    const time = sumOf(leadTimes, 0, j + 1);
    const level = (over: number) =>
      demand.kind === 'normal'
        ? newsvendorNormal(over, under, demand.mean * time, demand.deviation * Math.sqrt(time))
            .level
        : newsvendorOf(over, under, demand.over(time)).level;
    return 0.5 * (level(own) + level(sumOf(h, 0, j + 1)));
  });
}
