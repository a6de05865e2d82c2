import { choiceWithin, fewestSites } from './choose.ts';
import { type Choice, compile, type Instance, toPieces } from './instance.ts';
import { mend } from './mend.ts';
import type { Plan, SourcingProblem } from './problem.ts';
import { allLeft, offerOf, take } from './stock.ts';

/** One sales order after another by the greedy rule; the earlier ones choose first. */
export function greedyChoices(instance: Instance): Choice[] {
  const left = allLeft(instance);
  return instance.orders.map((order) => {
    const offer = offerOf(left, order);
    const choice = choiceWithin(order, offer, fewestSites(order, instance.split, offer));
    take(left, order, choice, 1);
    return choice;
  });
}

/** A plan by the greedy rule, mended with pieces. Deterministic. */
export function greedyPlan(problem: SourcingProblem): Plan {
  const instance = compile(problem);
  return mend(problem, toPlan(problem, instance, greedyChoices(instance)));
}

/** Choices as pieces of the problem. */
export function toPlan(
  problem: SourcingProblem,
  instance: Instance,
  choices: readonly Choice[],
): Plan {
  return problem.orders.map((order, i) => toPieces(order, instance.orders[i]!, choices[i]!));
}
