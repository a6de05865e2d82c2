import { searchPrices, totalCost } from './bound.ts';
import { greedyChoices, toPlan } from './greedy.ts';
import { choicesByPrices, exchange, plainChoices } from './improve.ts';
import { type Choice, compile } from './instance.ts';
import { mend } from './mend.ts';
import { type Plan, planCost, type SourcingProblem } from './problem.ts';
import { type Program, writeNear, writeProgram } from './program.ts';
import { type Reduced, reduce } from './reduce.ts';

/** What a solver of mixed-integer programmes says about a {@link Program}. */
export interface Solution {
  /** Values of the columns; undefined when it found none. */
  readonly values: ArrayLike<number> | undefined;
  /** No solution of the programme costs less, offset included. */
  readonly bound: number;
}

/** Solves a programme to a gap in minor units, within milliseconds. */
export type Solve = (program: Program, msMax: number, gapMax: number) => Solution;

export interface OptimiseOptions {
  readonly msMax: number;
  /** Relative to the cost of the plan, such as 0.001. */
  readonly gapTarget: number;
  /** Milliseconds from some fixed moment; what bounds the time. */
  readonly now: () => number;
  readonly solve: Solve;
}

export interface Optimised {
  readonly plan: Plan;
  /** Of the plan, in minor units. */
  readonly cost: bigint;
  /** Of the best plan of whole lines, before it was mended with pieces. */
  readonly wholeCost: bigint;
  /** What the greedy rule would have cost. */
  readonly greedyCost: bigint;
  /** Proven: no plan of whole lines costs less. */
  readonly bound: bigint;
  /** (wholeCost - bound) / wholeCost. */
  readonly gap: number;
  /** Sales orders that had to be decided together, and columns of the programme. */
  readonly contended: number;
  readonly columns: number;
  readonly ms: number;
}

/**
 * Finds the cheapest plan: greedy first, then whatever need not be decided together, then prices
 * that prove a bound and suggest plans, then a mixed-integer programme of what the prices have not
 * decided, then pieces for lines that no site has whole. Deterministic unless time runs out.
 */
export function optimise(problem: SourcingProblem, options: OptimiseOptions): Optimised {
  const started = options.now();
  const instance = compile(problem);
  const greedy = greedyChoices(instance);
  const greedyTotal = totalCost(instance, greedy);
  const reduced = reduce(instance);
  const found = search(reduced, { ...options, started });
  const searched = reduced.whole(found.choices);
  const total = totalCost(instance, searched);
  const bound = total - found.cost + found.bound;
  // Only where the time was not enough for anything better.
  const isBetter = total <= greedyTotal;
  const [choices, cost] = isBetter ? [searched, total] : [greedy, greedyTotal];
  const plans = [choices, greedy].map((each) => mend(problem, toPlan(problem, instance, each)));
  const [best, plain] = plans.map((plan) => planCost(problem, plan)) as [bigint, bigint];
  // Pieces can make the greedy plan the cheaper one where almost nothing is there whole.
  return {
    plan: best <= plain ? plans[0]! : plans[1]!,
    cost: best <= plain ? best : plain,
    greedyCost: plain,
    wholeCost: BigInt(cost),
    bound: BigInt(bound),
    gap: cost === 0 ? 0 : (cost - bound) / cost,
    contended: reduced.indices.length,
    columns: found.columns,
    ms: options.now() - started,
  };
}

interface Found {
  readonly choices: readonly Choice[];
  readonly cost: number;
  readonly bound: number;
  readonly columns: number;
}

/** Shares of the time after which exchanges, and the search for prices, come to an end. */
const EXCHANGE_SHARE = 0.15;
const SEARCH_SHARE = 0.45;
const STEPS_MAX = 200;
/** Asked of the solver a little tighter than the target, since its plan is improved afterwards. */
const GAP_SHARE = 0.9;
const PLAN_EVERY = 100;
/** How far plans may stray from the prices in the first programme: a share of an average cost. */
const NEAR_SHARE = 0.25;
/** The share of the time that is left, and of the gap, that it is given. */
const NEAR_MS_SHARE = 0.5;
const NEAR_GAP_SHARE = 0.25;
/** A solver's bound is only true to its tolerance; costs are whole minor units. */
const BOUND_SLACK = 1e-3;

function search(
  { instance, settledCost }: Pick<Reduced, 'instance' | 'settledCost'>,
  options: OptimiseOptions & { readonly started: number },
): Found {
  const spent = () => options.now() - options.started;
  const isOver = () => spent() > options.msMax * EXCHANGE_SHARE;
  let choices = exchange(instance, plainChoices(instance), isOver);
  let upper = totalCost(instance, choices);
  const consider = (candidate: readonly Choice[]): void => {
    const improved = exchange(instance, candidate, isOver);
    const cost = totalCost(instance, improved);
    if (cost < upper) [choices, upper] = [improved, cost];
  };
  const prices = searchPrices(instance);
  for (let steps = 1; steps <= STEPS_MAX; steps += 1) {
    const goesOn = prices.step(upper);
    if (!goesOn || steps % PLAN_EVERY === 0) {
      consider(choicesByPrices(instance, prices.best().prices));
    }
    const isLate = spent() > options.msMax * SEARCH_SHARE;
    if (!goesOn || isLate || Math.ceil(prices.best().cost) >= upper) break;
  }
  const best = prices.best();
  const proven = Math.ceil(best.cost);
  // The target is about the whole cost, of which the settled part is proven already.
  const gapMax = options.gapTarget * GAP_SHARE * (settledCost + upper);
  const msLeft = () => Math.max(1, options.msMax - spent());
  if (upper - proven > gapMax) {
    // A good plan first: the proof ends as soon as it reaches it.
    const slack = (NEAR_SHARE * upper) / Math.max(1, instance.orders.length);
    const near = writeNear(instance, best, choices, slack);
    const { values } = near
      ? options.solve(near, msLeft() * NEAR_MS_SHARE, gapMax * NEAR_GAP_SHARE)
      : { values: undefined };
    if (near && values) consider(near.choicesOf(values));
  }
  const program = proven < upper ? writeProgram(instance, best, choices, upper) : undefined;
  if (!program) return { choices, cost: upper, bound: upper, columns: 0 };
  if (upper - proven <= gapMax) return { choices, cost: upper, bound: proven, columns: 0 };
  const known = upper;
  const solution = options.solve(program, msLeft(), gapMax);
  if (solution.values) consider(program.choicesOf(solution.values));
  // Whatever the programme leaves out costs at least as much as the plan it was written for.
  const least = Math.min(known, Math.ceil(solution.bound - BOUND_SLACK));
  const bound = Math.min(upper, Math.max(proven, least));
  return { choices, cost: upper, bound, columns: program.columns.costs.length };
}
