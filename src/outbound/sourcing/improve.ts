import { noPrices } from './bound.ts';
import { cheapest, choiceWithin } from './choose.ts';
import { type Choice, type CompiledOrder, choiceCost, type Instance } from './instance.ts';
import { allLeft, type Left, offerOf, type Prices, take } from './stock.ts';

/** A plan in the making: what each sales order has, and what is left. */
interface Draft {
  readonly instance: Instance;
  readonly choices: Choice[];
  readonly left: Left;
}

/**
 * A plan that keeps all limits, made with prices in mind: each sales order takes what is cheapest
 * including what the stock is worth to the others. Those with the most to lose choose first.
 */
export function choicesByPrices(instance: Instance, prices: Prices): Choice[] {
  const { orders, split } = instance;
  const left = allLeft(instance);
  const turns = orders
    .map((order, i) => ({ i, urgency: urgencyOf(instance, order, left, prices) }))
    .sort((a, b) => b.urgency - a.urgency || a.i - b.i);
  const choices = new Array<Choice>(orders.length);
  for (const { i } of turns) {
    const order = orders[i]!;
    const offer = offerOf(left, order, prices);
    const choice = choiceWithin(order, offer, cheapest(order, split, offer).mask);
    take(left, order, choice, 1);
    choices[i] = choice;
  }
  return choices;
}

/** What a sales order loses when its best set of sites is gone. */
function urgencyOf(instance: Instance, order: CompiledOrder, left: Left, prices: Prices): number {
  const offer = offerOf(left, order, prices);
  const first = cheapest(order, instance.split, offer);
  const parcels = offer.parcels.map((cost, place) =>
    first.mask & (1 << place) ? Number.POSITIVE_INFINITY : cost,
  );
  return cheapest(order, instance.split, { ...offer, parcels }).cost - first.cost;
}

/** A plan without prices: where the search for prices begins. */
export function plainChoices(instance: Instance): Choice[] {
  return choicesByPrices(instance, noPrices(instance));
}

const ROUNDS_MAX = 20;

/** Lets each sales order choose again among what the others leave, until none gains. */
export function improve(instance: Instance, given: readonly Choice[]): Choice[] {
  const draft = draftOf(instance, given);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    let gained = 0;
    for (const i of instance.orders.keys()) gained += chooseAgain(draft, i);
    if (gained === 0) break;
  }
  return draft.choices;
}

function draftOf(instance: Instance, given: readonly Choice[]): Draft {
  const left = allLeft(instance);
  for (const [i, order] of instance.orders.entries()) take(left, order, given[i]!, 1);
  return { instance, choices: [...given], left };
}

/** Gives one sales order the best of what is left, and its own; answers what that saves. */
function chooseAgain({ instance, choices, left }: Draft, index: number): number {
  const order = instance.orders[index]!;
  const before = choices[index]!;
  take(left, order, before, -1);
  const offer = offerOf(left, order);
  const best = cheapest(order, instance.split, offer);
  const gain = choiceCost(order, instance.split, before) - best.cost;
  const choice = gain > 0 ? choiceWithin(order, offer, best.mask) : before;
  take(left, order, choice, 1);
  choices[index] = choice;
  return Math.max(0, gain);
}

/**
 * Lets sales orders push each other out: one takes what it would like best, whoever holds it
 * chooses again, and it stays so when both together got cheaper. Until none gains, or `isOver`.
 */
export function exchange(
  instance: Instance,
  given: readonly Choice[],
  isOver: () => boolean,
): Choice[] {
  const draft = draftOf(instance, improve(instance, given));
  const holders = holdersOf(draft);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    let gained = 0;
    for (const i of instance.orders.keys()) {
      if (isOver()) return draft.choices;
      gained += exchangeOne(draft, holders, i);
    }
    if (gained === 0) break;
  }
  return draft.choices;
}

type Holders = Map<number, Set<number>>;

function holdersOf({ instance, choices }: Draft): Holders {
  const holders: Holders = new Map();
  for (const [i, order] of instance.orders.entries()) hold(holders, order, choices[i]!, i, true);
  return holders;
}

function hold(
  holders: Holders,
  order: CompiledOrder,
  choice: Choice,
  index: number,
  holds: boolean,
): void {
  for (const [line, place] of choice.entries()) {
    if (place < 0) continue;
    const row = order.lines[line]!.rows[place]!;
    const own = holders.get(row) ?? new Set<number>();
    holders.set(row, own);
    if (holds) own.add(index);
    else own.delete(index);
  }
}

function exchangeOne(draft: Draft, holders: Holders, index: number): number {
  const { instance, choices, left } = draft;
  const { split } = instance;
  const order = instance.orders[index]!;
  const now = choiceCost(order, split, choices[index]!);
  if (now <= idealCost(instance, order)) return 0;
  for (const rival of rivalsOf(draft, holders, index)) {
    const other = instance.orders[rival]!;
    const [mine, theirs] = [choices[index]!, choices[rival]!];
    take(left, order, mine, -1);
    take(left, other, theirs, -1);
    const offer = offerOf(left, order);
    const best = cheapest(order, split, offer);
    const both = now + choiceCost(other, split, theirs);
    if (best.cost < now) {
      const choice = choiceWithin(order, offer, best.mask);
      take(left, order, choice, 1);
      const rest = offerOf(left, other);
      const second = cheapest(other, split, rest);
      const gain = both - best.cost - second.cost;
      if (gain > 0) {
        const answer = choiceWithin(other, rest, second.mask);
        take(left, other, answer, 1);
        for (const [i, from, to] of [
          [index, mine, choice],
          [rival, theirs, answer],
        ] as const) {
          hold(holders, instance.orders[i]!, from, i, false);
          hold(holders, instance.orders[i]!, to, i, true);
          choices[i] = to;
        }
        return gain;
      }
      take(left, order, choice, -1);
    }
    take(left, other, theirs, 1);
    take(left, order, mine, 1);
  }
  return 0;
}

const ideals = new WeakMap<CompiledOrder, number>();

/** The cost of a sales order that had everything to itself. */
function idealCost(instance: Instance, order: CompiledOrder): number {
  const known = ideals.get(order);
  if (known !== undefined) return known;
  const offer = offerOf(allLeft(instance), order);
  const { cost } = cheapest(order, instance.split, offer);
  ideals.set(order, cost);
  return cost;
}

const RIVALS_MAX = 60;

/** Who holds what a sales order cannot have now, in fixed order. */
function rivalsOf({ instance, left }: Draft, holders: Holders, index: number): number[] {
  const rivals = new Set<number>();
  for (const { rows, costs, quantity } of instance.orders[index]!.lines) {
    for (const [place, row] of rows.entries()) {
      if (costs[place] === Number.POSITIVE_INFINITY || left.stock[row]! >= quantity) continue;
      for (const holder of holders.get(row) ?? []) if (holder !== index) rivals.add(holder);
    }
  }
  return [...rivals].sort((a, b) => a - b).slice(0, RIVALS_MAX);
}
