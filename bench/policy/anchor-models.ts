import {
  baseStockNormal,
  type Demand,
  demandOfPmf,
  economicOrderQuantity,
  type GuaranteedTree,
  guaranteedService,
  newsvendorNormal,
  newsvendorPoisson,
  normalQuantile,
  optimalReorderQuantityPoisson,
  optimalReorderUpTo,
  poissonPmf,
  quantityAtIncrementalBreaks,
  reorderQuantityByEoq,
  reorderQuantityByInventoryLevel,
  reorderQuantityByLoss,
  reorderQuantityCost,
  type SerialSystem,
  serialBaseStock,
  wagnerWhitin,
} from '../../src/planning/policy/index.ts';
import type { Anchor } from './anchor-file.ts';

/** What our solver says of an anchor: levels in the anchor's order, and the cost. */
export interface Solved {
  readonly policy: readonly number[];
  readonly cost: number;
}

/** `K=8 h=.225 d=90;120` as numbers and lists. */
function parametersOf(text: string): Record<string, number[]> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=([\d.;/]+)/g)].map(([, name, values]) => [
      name!,
      values!.split(';').map((value) => {
        const [above, below] = value.split('/').map(Number);
        return below ? above! / below : above!;
      }),
    ]),
  );
}

const poisson = (mean: number): Demand => demandOfPmf(poissonPmf(mean));

/** The item of Snyder & Shen's example 5.1, which the (r, Q) anchors share. */
const EXAMPLE_5_1 = {
  fixedCost: 8,
  holdingCost: 0.225,
  penalty: 7.5,
  demandRate: 1300,
  deviation: 150,
  leadTime: 1 / 12,
};

const poissonChain = (mean: number) =>
  ({ kind: 'lattice', meanPerTime: mean, over: (time: number) => poisson(mean * time) }) as const;

/** The lattice on which the normal chains' anchors were computed: 100 levels, 10 demands. */
const GRID = { levels: 100, demand: 10 };

/**
 * Chains: figures of the named instances of Snyder & Shen, "Fundamentals of Supply Chain Theory"
 * (2nd edition, 2019), and of Shang & Song (2003), table 1; the stage at the customer first.
 */
const CHAINS: Record<string, SerialSystem> = {
  example_6_1: {
    echelonHolding: [3, 2, 2],
    leadTimes: [1, 1, 2],
    penalty: 37.12,
    demand: { kind: 'normal', mean: 5, deviation: 1 },
    grid: GRID,
  },
  problem_6_2a: {
    echelonHolding: [2, 2, 1, 1, 1],
    leadTimes: [0.5, 0.5, 0.5, 0.5, 0.5],
    penalty: 24,
    demand: { kind: 'normal', mean: 64, deviation: 8 },
    grid: GRID,
  },
  problem_6_16: {
    echelonHolding: [5, 2],
    leadTimes: [8, 3],
    penalty: 24,
    demand: { kind: 'normal', mean: 20, deviation: 4 },
    grid: GRID,
  },
  shang_song_9: {
    echelonHolding: [0.25, 2.5, 2.5, 0.25],
    leadTimes: [0.25, 0.25, 0.25, 0.25],
    penalty: 9,
    demand: poissonChain(16),
  },
  shang_song_17: {
    echelonHolding: [0.25, 0.25, 0.25, 0.25],
    leadTimes: [0.25, 0.25, 0.25, 0.25],
    penalty: 99,
    demand: poissonChain(16),
  },
};

const serialTree = (
  times: readonly number[],
  costs: readonly number[],
  factor: number,
  ends: { deviation: number; serviceTimeMax: number; supplierTime: number },
): GuaranteedTree => ({
  stages: times.map((processingTime, index) => ({
    id: `${index + 1}`,
    processingTime,
    holdingCost: costs[index]!,
    serviceFactor: factor,
    ...(index === 0 && {
      demandDeviation: ends.deviation,
      serviceTimeMax: ends.serviceTimeMax,
    }),
    ...(index === times.length - 1 && { supplierTime: ends.supplierTime }),
  })),
  links: times.slice(1).map((_, index) => ({ from: `${index + 2}`, to: `${index + 1}` })),
});

const perDay = (value: number) => (value * 0.2) / 365;

/** Trees: figures of the same book, chapter 6. */
const TREES: Record<string, GuaranteedTree> = {
  example_6_3: serialTree([1, 0, 1], [7, 4, 2], 1, {
    deviation: 1,
    serviceTimeMax: 1,
    supplierTime: 1,
  }),
  example_6_5: {
    stages: [
      { id: '1', processingTime: 2, holdingCost: 1, serviceFactor: 1, supplierTime: 1 },
      {
        id: '2',
        processingTime: 1,
        holdingCost: 3,
        serviceFactor: 1,
        demandDeviation: 1,
        serviceTimeMax: 0,
      },
      { id: '3', processingTime: 1, holdingCost: 2, serviceFactor: 1 },
      {
        id: '4',
        processingTime: 1,
        holdingCost: 3,
        serviceFactor: 1,
        demandDeviation: 1,
        serviceTimeMax: 1,
      },
    ],
    links: [
      { from: '1', to: '3' },
      { from: '3', to: '2' },
      { from: '3', to: '4' },
    ],
  },
  problem_6_8: serialTree(
    [5, 10, 2, 15, 8, 5, 9, 5, 1, 5],
    [5.73, 4.56, 3.04, 2.93, 2.47, 2.37, 1.15, 1.1, 0.98, 0.87],
    normalQuantile(0.98),
    { deviation: 15.8, serviceTimeMax: 3, supplierTime: 7 },
  ),
  problem_6_9: {
    stages: [
      {
        id: '1',
        processingTime: 7,
        holdingCost: perDay(220),
        serviceFactor: 4,
        demandDeviation: 4.1,
        serviceTimeMax: 3,
      },
      {
        id: '2',
        processingTime: 7,
        holdingCost: perDay(140),
        serviceFactor: 4,
        demandDeviation: 6.2,
        serviceTimeMax: 3,
      },
      { id: '3', processingTime: 21, holdingCost: perDay(90), serviceFactor: 4 },
      { id: '4', processingTime: 3, holdingCost: perDay(5), serviceFactor: 4 },
      { id: '5', processingTime: 8, holdingCost: perDay(20), serviceFactor: 4 },
      { id: '6', processingTime: 2, holdingCost: perDay(7.5), serviceFactor: 4 },
    ],
    links: [
      { from: '6', to: '5' },
      { from: '4', to: '3' },
      { from: '5', to: '3' },
      { from: '3', to: '1' },
      { from: '3', to: '2' },
    ],
  },
};

function solveReorderQuantity(anchor: Anchor): Solved {
  const solvers: Record<string, () => { reorderPoint: number; quantity: number; cost: number }> = {
    example_5_2: () => reorderQuantityByInventoryLevel(EXAMPLE_5_1),
    example_5_4: () => reorderQuantityByEoq(EXAMPLE_5_1),
    example_5_6: () => reorderQuantityByLoss(EXAMPLE_5_1),
  };
  const { reorderPoint, quantity, cost } = solvers[anchor.source]!();
  // Beside the levels of 5.6 stands the exact cost of the book's rounded ones.
  const printed = anchor.source === 'example_5_6';
  return {
    policy: [reorderPoint, quantity],
    cost: printed ? reorderQuantityCost(EXAMPLE_5_1, 126.8, 328.5) : cost,
  };
}

function solveSerial(anchor: Anchor): Solved {
  const { echelonLevels, localLevels, cost } = serialBaseStock(CHAINS[anchor.source]!);
  return { policy: anchor.source === 'example_6_1' ? localLevels : echelonLevels, cost };
}

function solveTree(anchor: Anchor): Solved {
  const { stages, cost } = guaranteedService(TREES[anchor.source]!);
  return { policy: stages.map(({ serviceTime }) => serviceTime), cost };
}

/** Solves an anchor; null where nothing of ours answers it (the note says why). */
export function solveAnchor(anchor: Anchor): Solved | null {
  const { model } = anchor;
  const [K, h, p, mu, sd, L, lam] = ['K', 'h', 'p', 'mu', 'sd', 'L', 'lam'].map(
    (name) => parametersOf(anchor.parameters)[name]?.[0] ?? Number.NaN,
  ) as [number, number, number, number, number, number, number];
  const levelOf = ({ level, cost }: { level: number; cost: number }) => ({ policy: [level], cost });
  if (model.startsWith('EOQ incremental')) {
    const breaks = [
      { quantity: 0, unitCost: 0.75 },
      { quantity: 400, unitCost: 0.72 },
      { quantity: 800, unitCost: 0.68 },
    ];
    const { quantity, cost } = quantityAtIncrementalBreaks(8, 0.3, 1300, breaks);
    return { policy: [quantity], cost };
  }
  if (model === 'EOQ') {
    const { quantity, cost } = economicOrderQuantity(K, h, lam);
    return { policy: [quantity], cost };
  }
  if (model === 'Newsvendor normal') return levelOf(newsvendorNormal(h, p, mu, sd));
  if (model.startsWith('Base-stock')) return levelOf(baseStockNormal(h, p, mu, sd, 4));
  if (model === 'Newsvendor Poisson') return levelOf(newsvendorPoisson(h, p, mu));
  if (model.startsWith('(s,S)')) {
    const { reorderPoint, orderUpTo, cost } = optimalReorderUpTo(K, h, p, poisson(mu));
    return { policy: [reorderPoint, orderUpTo], cost };
  }
  if (model === '(r,Q) Poisson exact') {
    const { reorderPoint, quantity, cost } = optimalReorderQuantityPoisson({
      fixedCost: K,
      holdingCost: h,
      penalty: p,
      demandRate: lam,
      leadTime: L,
    });
    return { policy: [reorderPoint, quantity], cost };
  }
  if (model.startsWith('(r,Q) normal')) return solveReorderQuantity(anchor);
  if (model.startsWith('Wagner-Whitin')) return solveKnownDemand(anchor);
  if (model.startsWith('Serial SSM') || model.startsWith('Serial Clark'))
    return solveSerial(anchor);
  if (model.startsWith('GSM')) return solveTree(anchor);
  return null;
}

function solveKnownDemand(anchor: Anchor): Solved {
  const { K, h, d, c } = parametersOf(anchor.parameters);
  const { quantities, cost } = wagnerWhitin({
    demand: d!,
    fixedCost: K![0]!,
    holdingCost: h![0]!,
    unitCost: c ?? 0,
  });
  return { policy: [...quantities], cost };
}
