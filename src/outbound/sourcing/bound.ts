import { cheapest, choiceWithin, type Offer } from './choose.ts';
import { type Choice, type CompiledOrder, choiceCost, type Instance, maskOf } from './instance.ts';
import type { Prices } from './stock.ts';

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

/** Rows of the stock, and sites, that could run short if everybody asked for the same. */
interface Contention {
  readonly rows: readonly number[];
  readonly sites: readonly number[];
}

function findContention(instance: Instance): Contention {
  const demand = new Float64Array(instance.stock.length);
  const parcels = new Float64Array(instance.siteCount);
  for (const order of instance.orders) {
    for (const site of order.sites) parcels[site]! += 1;
    for (const line of order.lines) {
      for (const [place, row] of line.rows.entries()) {
        if (line.costs[place]! < Number.POSITIVE_INFINITY) demand[row]! += line.quantity;
      }
    }
  }
  return {
    rows: [...demand.keys()].filter((row) => demand[row]! > instance.stock[row]!),
    sites: [...parcels.keys()].filter((site) => parcels[site]! > instance.parcelsMax[site]!),
  };
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
      const price = row < 0 ? 0 : prices.stock[row]! * quantity;
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
  const contention = findContention(instance);
  const prices = noPrices(instance);
  const offers = instance.orders.map((order) => pricedOffer(order, prices));
  let best: Bound = { cost: Number.NEGATIVE_INFINITY, prices: noPrices(instance) };
  let [step, stale] = [STEP_FIRST, 0];
  return {
    best: () => best,
    step: (upper) => {
      const { value, used } = evaluate(instance, contention, prices, offers);
      if (value > best.cost) {
        best = {
          cost: value,
          prices: { stock: prices.stock.slice(), parcels: prices.parcels.slice() },
        };
        stale = 0;
      } else stale += 1;
      if (stale >= PATIENCE) {
        [step, stale] = [step / 2, 0];
        prices.stock.set(best.prices.stock);
        prices.parcels.set(best.prices.parcels);
        if (step < STEP_LEAST) return false;
        return true;
      }
      return move(instance, contention, prices, used, step * Math.max(1, upper - value));
    },
  };
}

/** The bound at these prices, and what everybody's cheapest way would use. */
function evaluate(
  instance: Instance,
  contention: Contention,
  prices: Prices,
  offers: readonly Offer[],
): { value: number; used: Prices } {
  const used = noPrices(instance);
  let value = 0;
  for (let i = 0; i < instance.orders.length; i += 1) {
    const order = instance.orders[i]!;
    const offer = pricedOffer(order, prices, offers[i]);
    const { cost, mask } = cheapest(order, instance.split, offer);
    value += cost;
    count(used, order, choiceWithin(order, offer, mask));
  }
  for (const row of contention.rows) value -= prices.stock[row]! * instance.stock[row]!;
  for (const site of contention.sites) {
    value -= prices.parcels[site]! * instance.parcelsMax[site]!;
  }
  return { value, used };
}

function count(used: Prices, order: CompiledOrder, choice: Choice): void {
  for (let line = 0; line < choice.length; line += 1) {
    const place = choice[line]!;
    if (place < 0) continue;
    const { rows, quantity } = order.lines[line]!;
    used.stock[rows[place]!]! += quantity;
  }
  const mask = maskOf(choice);
  for (let place = 0; place < order.sites.length; place += 1) {
    if (mask & (1 << place)) used.parcels[order.sites[place]!]! += 1;
  }
}

/** Prices rise where more was used than there is, and fall where something was left. */
function move(
  instance: Instance,
  { rows, sites }: Contention,
  prices: Prices,
  used: Prices,
  distance: number,
): boolean {
  const excess = (wanted: Float64Array, limits: Float64Array, at: Float64Array, i: number) => {
    const over = wanted[i]! - limits[i]!;
    return over < 0 && at[i] === 0 ? 0 : over;
  };
  let square = 0;
  for (const row of rows) square += excess(used.stock, instance.stock, prices.stock, row) ** 2;
  for (const site of sites) {
    square += excess(used.parcels, instance.parcelsMax, prices.parcels, site) ** 2;
  }
  if (square === 0) return false;
  const grain = (price: number) => Math.max(0, Math.round(price * PRICE_GRAIN) / PRICE_GRAIN);
  const length = distance / square;
  for (const row of rows) {
    const over = excess(used.stock, instance.stock, prices.stock, row);
    prices.stock[row] = grain(prices.stock[row]! + length * over);
  }
  for (const site of sites) {
    const over = excess(used.parcels, instance.parcelsMax, prices.parcels, site);
    prices.parcels[site] = grain(prices.parcels[site]! + length * over);
  }
  return true;
}

/** Prices at which everything is free. */
export function noPrices(instance: Instance): Prices {
  return {
    stock: new Float64Array(instance.stock.length),
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
