import { cheapest, choiceWithin, type Offer } from './choose.ts';
import { type Choice, type CompiledOrder, choiceCost, type Instance, maskOf } from './instance.ts';
import { DIVISORS, type Prices, priceOf } from './stock.ts';

/**
 * A proven bound by Lagrangian relaxation (Geoffrion 1974; subgradient steps after Held, Wolfe and
 * Crowder 1974). Stock and parcel limits are given prices instead of being enforced; then every
 * sales order can be solved alone, by trying all sets of sites. The sum, less what the stock is
 * worth at those prices, is below the cost of every plan that keeps the limits.
 *
 * Prices are multiples of 2^-10, so the bound is exact arithmetic, not a tolerance.
 */
export interface Bound {
  /** No plan costs less, in minor units. */
  readonly cost: number;
  readonly prices: Prices;
}

/** One limit that is given a price: what is used, what there is, and where its price is kept. */
interface Limit {
  readonly at: number;
  readonly limit: number;
  readonly used: Float64Array;
  readonly prices: Float64Array;
}

/** Units by row, rounded units by row, and parcels by site. */
type Amounts = Prices;

/** All that could run short if everybody asked for the same. */
function findLimits(instance: Instance, used: Amounts, prices: Prices): Limit[] {
  const wanted = noPrices(instance);
  for (const order of instance.orders) {
    for (const site of order.sites) wanted.parcels[site]! += 1;
    for (const { rows, costs, quantity } of order.lines) {
      for (let place = 0; place < rows.length; place += 1) {
        if (costs[place]! < Number.POSITIVE_INFINITY) addUnits(wanted, rows[place]!, quantity);
      }
    }
  }
  const limits: Limit[] = [];
  const add = (kind: (amounts: Amounts) => Float64Array, at: number, limit: number): void => {
    if (kind(wanted)[at]! <= limit) return;
    limits.push({ at, limit, used: kind(used), prices: kind(prices) });
  };
  for (let row = 0; row < instance.stock.length; row += 1) {
    const units = instance.stock[row]!;
    add(({ stock }) => stock, row, units);
    for (const [i, divisor] of DIVISORS.entries()) {
      // Where it divides evenly the rounded row says nothing new.
      if (units % divisor !== 0)
        add(({ rounded }) => rounded[i]!, row, Math.floor(units / divisor));
    }
  }
  for (let site = 0; site < instance.siteCount; site += 1) {
    add(({ parcels }) => parcels, site, instance.parcelsMax[site]!);
  }
  return limits;
}

function addUnits(amounts: Amounts, row: number, quantity: number): void {
  amounts.stock[row]! += quantity;
  if (quantity === 1) return;
  for (let i = 0; i < DIVISORS.length; i += 1) {
    amounts.rounded[i]![row]! += Math.floor(quantity / DIVISORS[i]!);
  }
}

/** What a sales order is offered at these prices; `into` is filled again instead of made. */
export function pricedOffer(order: CompiledOrder, prices: Prices, into?: Offer): Offer {
  const places = order.sites.length;
  const offer = into ?? {
    costs: new Float64Array(order.lines.length * places),
    parcels: new Float64Array(places),
  };
  for (let i = 0; i < order.lines.length; i += 1) {
    const { rows, costs, quantity } = order.lines[i]!;
    for (let place = 0; place < places; place += 1) {
      const row = rows[place]!;
      const price = row < 0 ? 0 : priceOf(prices, row, quantity);
      offer.costs[i * places + place] = costs[place]! + price;
    }
  }
  for (let place = 0; place < places; place += 1) {
    offer.parcels[place] = order.parcels[place]! + prices.parcels[order.sites[place]!]!;
  }
  return offer;
}

const PRICE_GRAIN = 1024;
const STEP_FIRST = 1.5;
const STEP_LEAST = 0.002;
const PATIENCE = 12;

/** A search for prices, a step at a time, so that the caller can look at the clock between. */
export interface PriceSearch {
  /** The best bound so far. */
  best(): Bound;
  /** Takes one step; false when steps have become too small to matter. */
  step(upper: number): boolean;
}

/** Searches the prices at which a bound is highest. */
export function searchPrices(instance: Instance): PriceSearch {
  const [prices, used] = [noPrices(instance), noPrices(instance)];
  const limits = findLimits(instance, used, prices);
  const offers = instance.orders.map((order) => pricedOffer(order, prices));
  let best: Bound = { cost: Number.NEGATIVE_INFINITY, prices: noPrices(instance) };
  let [step, stale] = [STEP_FIRST, 0];
  return {
    best: () => best,
    step: (upper) => {
      const value = evaluate(instance, limits, prices, offers, used);
      if (value > best.cost) [best, stale] = [{ cost: value, prices: copyOf(prices) }, 0];
      else stale += 1;
      if (stale < PATIENCE) return move(limits, step * Math.max(1, upper - value));
      [step, stale] = [step / 2, 0];
      setTo(prices, best.prices);
      return step >= STEP_LEAST;
    },
  };
}

/** The bound at these prices; `used` becomes what everybody's cheapest way would use. */
function evaluate(
  instance: Instance,
  limits: readonly Limit[],
  prices: Prices,
  offers: readonly Offer[],
  used: Amounts,
): number {
  setTo(used, undefined);
  let value = 0;
  for (let i = 0; i < instance.orders.length; i += 1) {
    const order = instance.orders[i]!;
    const offer = pricedOffer(order, prices, offers[i]);
    const { cost, mask } = cheapest(order, instance.split, offer);
    value += cost;
    count(used, order, choiceWithin(order, offer, mask));
  }
  for (const { at, limit, prices: own } of limits) value -= own[at]! * limit;
  return value;
}

function count(used: Amounts, order: CompiledOrder, choice: Choice): void {
  for (let line = 0; line < choice.length; line += 1) {
    const place = choice[line]!;
    if (place < 0) continue;
    const { rows, quantity } = order.lines[line]!;
    addUnits(used, rows[place]!, quantity);
  }
  const mask = maskOf(choice);
  for (let place = 0; place < order.sites.length; place += 1) {
    if (mask & (1 << place)) used.parcels[order.sites[place]!]! += 1;
  }
}

/** Units used beyond a limit; negative what is left, unless its price cannot fall any more. */
function excessOf({ at, limit, used, prices }: Limit): number {
  const over = used[at]! - limit;
  return over < 0 && prices[at] === 0 ? 0 : over;
}

/** Prices rise where more was used than there is, and fall where something was left. */
function move(limits: readonly Limit[], distance: number): boolean {
  let square = 0;
  for (const limit of limits) square += excessOf(limit) ** 2;
  if (square === 0) return false;
  const length = distance / square;
  for (const limit of limits) {
    const { at, prices } = limit;
    const price = prices[at]! + length * excessOf(limit);
    prices[at] = Math.max(0, Math.round(price * PRICE_GRAIN) / PRICE_GRAIN);
  }
  return true;
}

function copyOf(prices: Prices): Prices {
  return {
    stock: prices.stock.slice(),
    rounded: prices.rounded.map((own) => own.slice()),
    parcels: prices.parcels.slice(),
  };
}

/** Sets amounts to others, or to nothing. */
function setTo(amounts: Amounts, others: Amounts | undefined): void {
  if (!others) {
    for (const own of [amounts.stock, amounts.parcels, ...amounts.rounded]) own.fill(0);
    return;
  }
  amounts.stock.set(others.stock);
  amounts.parcels.set(others.parcels);
  for (const [i, own] of amounts.rounded.entries()) own.set(others.rounded[i]!);
}

/** Prices at which everything is free. */
export function noPrices(instance: Instance): Prices {
  return {
    stock: new Float64Array(instance.stock.length),
    rounded: DIVISORS.map(() => new Float64Array(instance.stock.length)),
    parcels: new Float64Array(instance.siteCount),
  };
}

/** What choices cost together, without prices. */
export function totalCost(instance: Instance, choices: readonly Choice[]): number {
  return instance.orders.reduce(
    (sum, order, i) => sum + choiceCost(order, instance.split, choices[i]!),
    0,
  );
}
