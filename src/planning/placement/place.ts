import { setImmediate } from 'node:timers/promises';
import {
  createEvaluator,
  type Evaluation,
  freePrices,
  limitsOf,
  priceCeilings,
  pricesFrom,
  sampleOf,
  searchPrices,
} from './bound.ts';
import type { SolveLinear } from './highs.ts';
import { createItemSolver } from './item.ts';
import { type Mixture, mixPlans } from './master.ts';
import {
  addFlows,
  type Flows,
  noFlows,
  type PlacementPlan,
  type PlacementProblem,
  type Prices,
  shapeOf,
} from './problem.ts';

/** How to search, and what ends the search. */
export interface PlaceOptions {
  readonly solve: SolveLinear;
  /** Milliseconds of some clock; the search looks at it between rounds. */
  readonly now: () => number;
  readonly msMax: number;
  /** Relative to the bound, such as 0.01. */
  readonly gapTarget: number;
}

/** A placement with what proves it. */
export interface Placed {
  readonly plan: PlacementPlan;
  readonly cost: number;
  /** No plan costs less. */
  readonly bound: number;
  /** (cost - bound) / bound. */
  readonly gap: number;
  /** What one cubic metre more would be worth, at the best bound. */
  readonly prices: Prices;
  readonly rounds: number;
  readonly ms: number;
}

/** Items of the sample that finds the first prices. */
const SAMPLE_ITEMS = 500;
const SAMPLE_EVALUATIONS = 150;
const FAMILIES_MAX = 100;
const ROUNDS_MAX = 60;
/** How much of the way from the best prices to the master's the next round goes (Wentges 1997). */
const TRUST = 0.3;

/**
 * Places stock: first good prices of the shared limits from a sample of the items, then rounds of
 * column generation over families of items, until the mixture is near the bound or time is up.
 * The plan keeps every limit at every moment of the search.
 */
export function place(problem: PlacementProblem, options: PlaceOptions): Placed {
  const steps = placing(problem, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The same with a pause after every step, so that whoever shares the thread gets a turn; `signal`
 * ends it.
 */
export async function placeInTurns(
  problem: PlacementProblem,
  options: PlaceOptions,
  signal?: AbortSignal,
): Promise<Placed> {
  const steps = placing(problem, options);
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = steps.next();
    if (done) return value;
    await setImmediate();
  }
}

function* placing(problem: PlacementProblem, options: PlaceOptions): Generator<void, Placed> {
  const started = options.now();
  const families = Math.max(1, Math.min(FAMILIES_MAX, Math.floor(problem.items.length / 2)));
  const state = yield* start(problem, families, options);
  while (!isDone(state, options, started)) {
    improve(state, options);
    yield;
  }
  return {
    plan: planOf(problem, state, families),
    cost: state.mixture.cost,
    bound: state.bound,
    gap: gapOf(state),
    prices: pricesFrom(shapeOf(problem), state.best),
    rounds: state.rounds.length,
    ms: options.now() - started,
  };
}

interface Search {
  readonly evaluate: (prices: Float64Array) => Evaluation;
  readonly limits: Float64Array;
  readonly ceilings: Float64Array;
  readonly tried: Float64Array[];
  readonly rounds: Evaluation[];
  bound: number;
  best: Float64Array;
  mixture: Mixture;
}

function* start(
  problem: PlacementProblem,
  families: number,
  options: PlaceOptions,
): Generator<void, Search> {
  const every = Math.max(1, Math.round(problem.items.length / SAMPLE_ITEMS));
  const sample = sampleOf(problem, every);
  const found = yield* searchPrices(sample, freePrices(problem), SAMPLE_EVALUATIONS);
  const evaluate = createEvaluator(problem, families);
  const limits = limitsOf(problem);
  const ceilings = priceCeilings(problem);
  // At these prices nothing is bought or moved, so that there is always a plan that fits.
  const forbidding = ceilings.map((ceiling) => (ceiling === Number.POSITIVE_INFINITY ? 1e9 : 0));
  const tried = [forbidding, found];
  const rounds = tried.map(evaluate);
  const mixture = mixPlans(rounds, limits, ceilings, options.solve);
  const bound = Math.max(...rounds.map((round) => round.bound));
  return {
    ...{ evaluate, limits, ceilings, tried, rounds, bound, mixture },
    best: found,
  };
}

function gapOf({ mixture, bound }: Search): number {
  return Math.max(0, mixture.cost - bound) / Math.max(Math.abs(bound), Number.MIN_VALUE);
}

function isDone(search: Search, options: PlaceOptions, started: number): boolean {
  if (gapOf(search) <= options.gapTarget || search.rounds.length >= ROUNDS_MAX) return true;
  return options.now() - started >= options.msMax;
}

/** One round: prices between the best and the master's, a plan of every family, a new mixture. */
function improve(search: Search, options: PlaceOptions): void {
  const { best, mixture } = search;
  const prices = best.map((price, row) => price + TRUST * (mixture.prices[row]! - price));
  const round = search.evaluate(prices);
  search.tried.push(prices);
  search.rounds.push(round);
  if (round.bound > search.bound) [search.bound, search.best] = [round.bound, prices];
  search.mixture = mixPlans(search.rounds, search.limits, search.ceilings, options.solve);
}

/** A share below this is rounding of the solver. */
const SHARE_LEAST = 1e-9;

/** The mixture as flows: every item is solved again at the prices of the rounds it follows. */
function planOf(
  problem: PlacementProblem,
  { tried, mixture }: Search,
  families: number,
): PlacementPlan {
  const shape = shapeOf(problem);
  const solver = createItemSolver(problem);
  const sums = new Float64Array(families);
  for (const [at, share] of mixture.shares.entries()) {
    if (share > SHARE_LEAST) sums[at % families]! += share;
  }
  return problem.items.map((item, i) => {
    const family = i % families;
    const flows: Flows = noFlows(shape);
    for (const [round, prices] of tried.entries()) {
      const share = mixture.shares[round * families + family]!;
      if (share <= SHARE_LEAST) continue;
      solver.solve(item, pricesFrom(shape, prices));
      addFlows(flows, solver.flows, share / sums[family]!);
    }
    return flows;
  });
}
