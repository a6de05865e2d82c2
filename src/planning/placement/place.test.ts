import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { assignSupplies } from './assign.ts';
import { createEvaluator, freePrices, limitsOf, priceCeilings } from './bound.ts';
import { greedyPlan } from './greedy.ts';
import { loadLinearSolver, type SolveLinear } from './highs.ts';
import { place } from './place.ts';
import { type PlacementItem, type PlacementProblem, planCost, planFaults } from './problem.ts';
import { wholeProgram } from './whole.ts';

interface Size {
  readonly items: number;
  readonly sites: number;
  readonly weeks: number;
}

/** A small season whose docks and rooms are tight. */
function randomProblem(seed: string, { items, sites, weeks }: Size): PlacementProblem {
  const random = createRandom(seed, 'placement');
  const numbers = (count: number, from: number, to: number) =>
    Float64Array.from({ length: count }, () => random.uniform(from, to));
  const makeItem = (_: unknown, i: number): PlacementItem => ({
    sku: `I-${i}`,
    volume: random.uniform(0.2, 2),
    holding: random.uniform(0.01, 0.3),
    missing: random.uniform(4, 12),
    inbound: numbers(sites, 0.2, 2),
    leadWeeks: random.integer(0, 2),
    demand: Float64Array.from({ length: weeks * 2 }, (_, at) =>
      random.poisson(at >= weeks ? 12 : 4),
    ),
    supplies: Array.from({ length: random.integer(0, 3) }, () => ({
      site: random.integer(0, sites - 1),
      week: random.integer(0, 1),
      quantity: random.integer(0, 20),
    })),
  });
  return {
    weeks,
    sites: Array.from({ length: sites }, (_, site) => ({
      code: `S-${site}`,
      room: numbers(weeks, 2 * items, 6 * items),
      inbound: numbers(weeks, 1 * items, 5 * items),
      overflowPrice: 3,
    })),
    regions: ['NORTH', 'SOUTH'],
    deliverUnit: numbers(sites * 2, 0.1, 2),
    deliverVolume: numbers(sites * 2, 0.1, 1),
    transferVolume: numbers(sites * sites, 0.1, 1),
    items: Array.from({ length: items }, makeItem),
  };
}

describe('placement', () => {
  let solve: SolveLinear;
  const now = () => 0;
  beforeAll(async () => {
    solve = await loadLinearSolver();
  });

  it.each(['a', 'b', 'c', 'd', 'e', 'f'])('meets what HiGHS finds of the whole (%s)', (seed) => {
    const problem = randomProblem(seed, { items: 12, sites: 3, weeks: 5 });
    const whole = solve(wholeProgram(problem));
    const placed = place(problem, { solve, now, msMax: 1, gapTarget: 1e-6 });
    expect(planFaults(problem, placed.plan)).toEqual([]);
    expect(planCost(problem, placed.plan)).toBeCloseTo(placed.cost, 4);
    expect(placed.bound).toBeLessThanOrEqual(whole.cost * (1 + 1e-7));
    expect(placed.cost).toBeGreaterThanOrEqual(whole.cost * (1 - 1e-7));
    expect(placed.gap).toBeLessThan(0.002);
  });

  it('bounds every plan at any prices, not only at the best ones', () => {
    const problem = randomProblem('bound', { items: 10, sites: 3, weeks: 4 });
    const whole = solve(wholeProgram(problem)).cost;
    const evaluate = createEvaluator(problem, 2);
    const random = createRandom('bound', 'prices');
    const ceilings = priceCeilings(problem);
    for (let i = 0; i < 50; i += 1) {
      const prices = freePrices(problem).map((_, row) =>
        Math.min(ceilings[row]!, random.next() < 0.5 ? 0 : random.uniform(0, 4)),
      );
      expect(evaluate(prices).bound).toBeLessThanOrEqual(whole + 1e-6);
    }
  });

  it('is never dearer than the greedy plan, and both keep the limits', () => {
    const problem = randomProblem('greedy', { items: 40, sites: 4, weeks: 6 });
    const greedy = greedyPlan(problem);
    expect(planFaults(problem, greedy)).toEqual([]);
    const placed = place(problem, { solve, now, msMax: 1, gapTarget: 1e-4 });
    expect(placed.cost).toBeLessThan(planCost(problem, greedy));
  });

  it('says what a cubic metre more is worth: the change of the best cost', () => {
    const problem = randomProblem('worth', { items: 15, sites: 2, weeks: 4 });
    const placed = place(problem, { solve, now, msMax: 1, gapTarget: 1e-7 });
    const dearest = placed.prices.inbound.indexOf(Math.max(...placed.prices.inbound));
    const [week, site] = [Math.floor(dearest / 2), dearest % 2];
    const before = solve(wholeProgram(problem)).cost;
    const [more, less] = [0.05, -0.05].map((extra) => {
      const sites = problem.sites.map((own, at) => ({
        ...own,
        inbound: own.inbound.map((x, w) => (at === site && w === week ? x + extra : x)),
      }));
      return solve(wholeProgram({ ...problem, sites })).cost;
    });
    const price = placed.prices.inbound[dearest]!;
    expect(price).toBeGreaterThan(0);
    expect(price).toBeGreaterThanOrEqual((before - more!) / 0.05 - 0.01);
    expect(price).toBeLessThanOrEqual((less! - before) / 0.05 + 0.01);
  });

  it('gives the same plan again', () => {
    const problem = randomProblem('again', { items: 20, sites: 3, weeks: 5 });
    const options = { solve, now, msMax: 1, gapTarget: 1e-4 };
    expect(place(problem, options)).toEqual(place(problem, options));
  });

  it('finds a plan where nothing fits: what is there overflows, nothing is bought', () => {
    const problem = randomProblem('full', { items: 5, sites: 2, weeks: 3 });
    const none = new Float64Array(3);
    const sites = problem.sites.map((site) => ({ ...site, room: none, inbound: none }));
    const placed = place({ ...problem, sites }, { solve, now, msMax: 1, gapTarget: 1e-6 });
    expect(planFaults({ ...problem, sites }, placed.plan)).toEqual([]);
    expect(placed.plan.every(({ arrive }) => arrive.every((units) => units < 1e-9))).toBe(true);
    expect(limitsOf({ ...problem, sites }).every((limit) => limit === 0)).toBe(true);
  });

  it('places no items at no cost', () => {
    const problem = { ...randomProblem('none', { items: 1, sites: 2, weeks: 3 }), items: [] };
    const placed = place(problem, { solve, now, msMax: 1, gapTarget: 1e-6 });
    expect(placed).toMatchObject({ cost: 0, bound: 0, gap: 0, plan: [] });
  });
});

describe('scarce supplies', () => {
  it('go where they gain most, as the linear programme has it', async () => {
    const solve = await loadLinearSolver();
    const random = createRandom('assign', 'cases');
    for (let round = 0; round < 60; round += 1) {
      const [supplies, demands] = [random.integer(1, 5), random.integer(1, 9)];
      const quantities = Float64Array.from({ length: supplies }, () => random.integer(0, 9));
      const wanted = Float64Array.from({ length: demands }, () => random.integer(0, 5));
      const gains = Float64Array.from({ length: supplies * demands }, () =>
        random.next() < 0.1 ? Number.NEGATIVE_INFINITY : random.integer(-3, 9),
      );
      const given = assignSupplies(quantities, wanted, gains);
      const gain = given.reduce(
        (sum, units, at) => (units > 0 ? sum + units * gains[at]! : sum),
        0,
      );
      for (let demand = 0; demand < demands; demand += 1) {
        let met = 0;
        for (let k = 0; k < supplies; k += 1) met += given[k * demands + demand]!;
        expect(met).toBeLessThanOrEqual(wanted[demand]! + 1e-9);
      }
      const best = solve({
        costs: gains.map((value) => (value === Number.NEGATIVE_INFINITY ? 1e6 : -value)),
        rowLower: new Float64Array(supplies + demands).fill(Number.NEGATIVE_INFINITY),
        rowUpper: Float64Array.from([...quantities, ...wanted]),
        starts: Int32Array.from({ length: gains.length + 1 }, (_, at) => 2 * at),
        indices: Int32Array.from(
          Array.from(gains, (_, at) => [
            Math.floor(at / demands),
            supplies + (at % demands),
          ]).flat(),
        ),
        factors: new Float64Array(2 * gains.length).fill(1),
      });
      expect(gain).toBeCloseTo(-best.cost, 6);
    }
  });
});
