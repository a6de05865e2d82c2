import {
  dailyDemand,
  demandOfPmf,
  drawDays,
  leadTimeOf,
  optimalReorderUpTo,
  poissonPmf,
  reorderUpToByTrial,
  type StockTargetInput,
  simulatePolicy,
  stockTarget,
  wagnerWhitin,
} from '../../src/planning/policy/index.ts';
import { createRandom } from '../../src/planning/random.ts';
import { median, type Options, type Row, round } from '../support/report.ts';

export const SPEED_IDS: readonly string[] = [
  'policy.reorder_up_to_speed',
  'policy.known_demand_speed',
  'policy.stock_target_speed',
];

/** Runs a second for each of some rounds; the median of runs a second. */
function perSecond(work: () => void, rounds: number, seconds: number): number {
  work();
  return median(
    Array.from({ length: rounds }, () => {
      const start = performance.now();
      let count = 0;
      while (performance.now() - start < seconds * 1000) {
        work();
        count += 1;
      }
      return (count * 1000) / (performance.now() - start);
    }),
  );
}

function speedRow(
  id: string,
  [value, baseline]: readonly [number, number],
  reachRatio: number,
  note: string,
): Row {
  const ratio = value / baseline;
  return {
    id,
    value: round(value),
    unit: 'solved/s',
    baseline: round(baseline),
    ratio: round(ratio),
    reach: `>= ${reachRatio}x the naive way`,
    pass: ratio >= reachRatio,
    note,
  };
}

/** The cheapest plan by trying every set of periods that order. */
function planByTrial(demand: readonly number[], fixedCost: number, holdingCost: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let set = 1; set < 2 ** demand.length; set += 2) {
    let [cost, last] = [0, 0];
    demand.forEach((units, period) => {
      if ((set >> period) & 1) {
        cost += fixedCost;
        last = period;
      }
      cost += units * holdingCost * (period - last);
    });
    best = Math.min(best, cost);
  }
  return best;
}

const INPUT: StockTargetInput = {
  demand: dailyDemand(4, 9),
  leadTime: leadTimeOf([9, 12, 14, 10, 15], 12),
  reviewDays: 1,
  service: { kind: 'fill_rate', target: 0.97 },
  costs: { order: 20, unit: 12, holdingRate: 0.25 },
  quantities: { multiple: 6 },
};

/** A reorder point by simulating every candidate, as is done where there is no theory. */
function targetBySimulation(): number {
  const random = createRandom('speed', 'naive');
  const demand = drawDays(INPUT.demand.overDays(1), 20_000, random.next);
  const { orderQuantity } = stockTarget(INPUT);
  const leadTimes = new Float64Array(demand.length).fill(Math.round(INPUT.leadTime.mean));
  let [low, high] = [0, 400];
  while (low < high) {
    const reorderPoint = Math.floor((low + high) / 2);
    const orderUpTo = reorderPoint + orderQuantity;
    const levels = { policy: 'r_Q', reorderPoint, orderUpTo, orderQuantity } as const;
    const { fillRate } = simulatePolicy({
      levels,
      demand,
      leadTimes,
      reviewDays: 1,
      shortage: 'backorder',
      onHandAtStart: orderUpTo,
    });
    if (fillRate >= 0.97) high = reorderPoint;
    else low = reorderPoint + 1;
  }
  return high;
}

/** Solvers against the naive way, measured in turn in the same run. */
export async function speedRows(options: Options): Promise<Row[]> {
  const [rounds, seconds] = options.quick ? [1, 0.2] : [5, 0.6];
  const poisson = demandOfPmf(poissonPmf(20));
  const week = [90, 120, 80, 70, 0, 200, 30, 40, 150, 60, 20, 110, 95, 70];
  const rate = (work: () => void) => perSecond(work, rounds, seconds);
  // Each call asks for a demand of its own, or the remembered lattices would be all that is timed.
  let mean = 4;
  const fresh = () => {
    mean = 4 + ((mean + 0.001) % 1);
    return { ...INPUT, demand: dailyDemand(mean, 9) };
  };
  return [
    speedRow(
      'policy.reorder_up_to_speed',
      [
        rate(() => optimalReorderUpTo(64, 1, 9, poisson)),
        rate(() => reorderUpToByTrial(64, 1, 9, poisson, 0, 90)),
      ],
      10,
      'exact (s, S), Poisson mean 20; naive: every pair of levels from 0 to 90',
    ),
    speedRow(
      'policy.known_demand_speed',
      [
        rate(() => wagnerWhitin({ demand: week, fixedCost: 500, holdingCost: 2 })),
        rate(() => planByTrial(week, 500, 2)),
      ],
      100,
      'Wagner-Whitin over 14 periods; naive: every set of ordering periods',
    ),
    speedRow(
      'policy.stock_target_speed',
      [rate(() => stockTarget(fresh())), rate(targetBySimulation)],
      10,
      'a whole stock target with random lead time and packs; naive: bisection by simulating ' +
        '20,000 days',
    ),
  ];
}
