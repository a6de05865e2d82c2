import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greedyPlan } from './greedy.ts';
import { loadSolver } from './highs.ts';
import { type Optimised, optimise } from './optimise.ts';
import {
  extraShipments,
  missingOf,
  orderCost,
  type Piece,
  type Plan,
  planCost,
  planFaults,
  type SourcingOrder,
  type SourcingProblem,
  sitesOf,
} from './problem.ts';

const solve = await loadSolver();

function optimised(problem: SourcingProblem): Optimised {
  return optimise(problem, { msMax: 60_000, gapTarget: 0, now: () => 0, solve });
}

const cost = fc.bigInt(0n, 900n);

/** Problems of few sales orders that fight for little stock, so that most limits bind. */
function problems(ordersMax: number, sitesMax: number): fc.Arbitrary<SourcingProblem> {
  return fc
    .record({
      siteCount: fc.integer({ min: 1, max: sitesMax }),
      splitPenalty: fc.bigInt(0n, 300n),
      hasLimit: fc.boolean(),
    })
    .chain(({ siteCount, splitPenalty, hasLimit }) => {
      const bySite = <T>(each: fc.Arbitrary<T>) =>
        fc.array(each, { minLength: siteCount, maxLength: siteCount });
      const units = bySite(fc.bigInt(0n, 4n));
      const line = fc.record({
        item: fc.constantFrom('A', 'B', 'C'),
        quantity: fc.bigInt(1n, 3n),
        touches: bySite(fc.bigInt(0n, 60n)),
        costs: bySite(cost),
        unassigned: fc.bigInt(0n, 3000n),
        allowed: fc.option(bySite(fc.boolean()), { nil: undefined, freq: 4 }),
      });
      const order = fc.record({
        policy: fc.constantFrom('partial' as const, 'partial' as const, 'complete' as const),
        parcels: bySite(fc.option(cost, { freq: 8 })),
        lines: fc.array(line, { minLength: 1, maxLength: 3 }),
      });
      return fc.record({
        sites: fc.constant(Array.from({ length: siteCount }, (_, i) => `S${i}`)),
        stock: fc
          .record({ A: units, B: units, C: units })
          .map((stock) => new Map(Object.entries(stock))),
        parcelsMax: bySite(hasLimit ? fc.option(fc.bigInt(0n, 4n)) : fc.constant(null)),
        splitPenalty: fc.constant(splitPenalty),
        orders: fc.array(order, { minLength: 1, maxLength: ordersMax }).map((orders) =>
          orders.map(
            (each, i): SourcingOrder => ({
              ...each,
              number: `SO-${i}`,
              lines: each.lines.map((one, n) => ({ ...one, line: n + 1 })),
            }),
          ),
        ),
      });
    });
}

/** All ways to source one sales order from whole lines, limits aside. */
function waysOf(problem: SourcingProblem, order: SourcingOrder): Piece[][] {
  let ways: Piece[][] = [[]];
  for (const { line, quantity, allowed } of order.lines) {
    ways = ways.flatMap((way) => [
      way,
      ...problem.sites.flatMap((_, site) =>
        order.parcels[site] == null || allowed?.[site] === false
          ? []
          : [[...way, { line, site, quantity }]],
      ),
    ]);
  }
  return ways.filter((way) => {
    if (order.policy === 'partial' || way.length === 0) return true;
    return way.length === order.lines.length && sitesOf(way).length === 1;
  });
}

/** The least cost of all plans of whole lines, by trying them all. */
function bruteForce(problem: SourcingProblem): bigint {
  const all = problem.orders.map((order) =>
    waysOf(problem, order).map((way) => ({ way, cost: orderCost(problem, order, way) })),
  );
  let best: bigint | undefined;
  const visit = (plan: Piece[][], spent: bigint): void => {
    if (best !== undefined && spent >= best) return;
    if (planFaults({ ...problem, orders: problem.orders.slice(0, plan.length) }, plan).length > 0) {
      return;
    }
    if (plan.length === problem.orders.length) {
      best = spent;
      return;
    }
    for (const { way, cost: own } of all[plan.length]!) visit([...plan, way], spent + own);
  };
  visit([], 0n);
  return best!;
}

describe('the optimiser', () => {
  it('finds what trying everything finds', () => {
    fc.assert(
      fc.property(problems(4, 3), (problem) => {
        const found = optimised(problem);
        const least = bruteForce(problem);
        expect(found.wholeCost).toBe(least);
        expect(found.bound).toBe(least);
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it('never assigns more than there is, never splits what must be complete', () => {
    fc.assert(
      fc.property(problems(12, 6), (problem) => {
        const { plan, cost: told } = optimised(problem);
        expect(planFaults(problem, plan)).toEqual([]);
        expect(planCost(problem, plan)).toBe(told);
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  it('is never dearer than greedy, and never below its bound', () => {
    fc.assert(
      fc.property(problems(12, 6), (problem) => {
        const { cost: least, wholeCost, greedyCost, bound, gap } = optimised(problem);
        expect(least <= greedyCost).toBe(true);
        expect(least <= wholeCost).toBe(true);
        expect(bound <= wholeCost).toBe(true);
        expect(gap).toBeLessThanOrEqual(0.5 / Math.max(1, Number(wholeCost)));
      }),
      { numRuns: 100, seed: 9 },
    );
  });

  it('answers the same when it is asked the same', () => {
    const [problem] = fc.sample(problems(12, 6), { numRuns: 1, seed: 5 });
    expect(optimised(problem!).plan).toEqual(optimised(problem!).plan);
  });
});

describe('the greedy rule', () => {
  it('keeps every limit', () => {
    fc.assert(
      fc.property(problems(15, 6), (problem) => {
        expect(planFaults(problem, greedyPlan(problem))).toEqual([]);
      }),
      { numRuns: 300, seed: 10 },
    );
  });

  const lineOf = (line: number, item: string, quantity: bigint) => ({
    ...{ line, item, quantity, unassigned: 1000n },
    ...{ touches: [1n, 1n, 1n], costs: [10n, 10n, 10n] },
  });
  const one = (
    stock: Record<string, bigint[]>,
    order: Partial<SourcingOrder>,
  ): SourcingProblem => ({
    sites: ['NEAR', 'MIDDLE', 'FAR'],
    stock: new Map(Object.entries(stock)),
    parcelsMax: [null, null, null],
    splitPenalty: 5n,
    orders: [
      {
        ...{ number: 'SO-1', policy: 'partial', parcels: [10n, 20n, 200n] },
        lines: [lineOf(1, 'A', 2n), lineOf(2, 'B', 1n)],
        ...order,
      },
    ],
  });
  const shown = (problem: SourcingProblem, plan: Plan): string[] =>
    plan[0]!.map(({ line, site, quantity }) => `${line}:${problem.sites[site]}:${quantity}`);

  it.each([
    [
      'the cheapest site that has all',
      { A: [2n, 9n, 9n], B: [1n, 9n, 9n] },
      ['1:NEAR:2', '2:NEAR:1'],
    ],
    [
      'one dear site rather than two cheap ones',
      { A: [2n, 0n, 2n], B: [0n, 1n, 1n] },
      ['1:FAR:2', '2:FAR:1'],
    ],
    [
      'two sites where none has all',
      { A: [2n, 0n, 0n], B: [0n, 1n, 1n] },
      ['1:NEAR:2', '2:MIDDLE:1'],
    ],
    [
      'pieces where none has a whole line',
      { A: [1n, 1n, 0n], B: [1n, 0n, 0n] },
      ['2:NEAR:1', '1:NEAR:1', '1:MIDDLE:1'],
    ],
    [
      'what there is, where there is too little',
      { A: [0n, 1n, 0n], B: [0n, 0n, 0n] },
      ['1:MIDDLE:1'],
    ],
  ])('takes %s', (_, stock, expected) => {
    const problem = one(stock, {});
    expect(shown(problem, greedyPlan(problem))).toEqual(expected);
  });

  it('leaves a complete sales order alone that no site has whole', () => {
    const problem = one({ A: [2n, 0n, 0n], B: [0n, 1n, 1n] }, { policy: 'complete' });
    expect(greedyPlan(problem)).toEqual([[]]);
    expect(missingOf(problem.orders[0]!.lines[0]!, [])).toBe(2n);
  });

  it('counts shipments beyond the first', () => {
    const problem = one({ A: [2n, 0n, 0n], B: [0n, 1n, 1n] }, {});
    expect(extraShipments(greedyPlan(problem))).toBe(1);
  });
});
