import { cheapest, choiceWithin, type Offer, regrets } from './choose.ts';
import {
  type Choice,
  type CompiledOrder,
  choiceCost,
  type Instance,
  maskOf,
  masksFor,
} from './instance.ts';
import { allLeft, take } from './stock.ts';

/**
 * Presolve, exact: what need not be decided together is decided here.
 *
 * 1. Everybody is given what suits them best. A sales order whose best uses only places that have
 *    enough for it, for the best of the others that are settled so, and for all that the unsettled
 *    ones could ever want, is settled: its best never stands in anybody's way.
 * 2. For an unsettled one, a line never comes from a place when even the cheapest way with that is
 *    no cheaper than a way through places that have enough for everybody.
 *
 * Both are repeated, since what is ruled out leaves room for others.
 */
export interface Reduced {
  /** What is left to decide, with its stock. */
  readonly instance: Instance;
  /** Place of each of its sales orders in the whole instance. */
  readonly indices: readonly number[];
  /** What the settled ones cost. */
  readonly settledCost: number;
  /** Choices for the whole instance: those that are settled, and these for the others. */
  whole(choices: readonly Choice[]): Choice[];
}

/** Units by row and parcels by site that could be asked for. */
interface Wanted {
  readonly stock: Float64Array;
  readonly parcels: Float64Array;
}

const ROUNDS_MAX = 8;

/** Reduces an instance to the sales orders that compete. */
export function reduce(instance: Instance): Reduced {
  let orders = [...instance.orders];
  const settled: boolean[] = orders.map(() => true);
  const bests = orders.map((order) => {
    const offer = plainOffer(order);
    return choiceWithin(order, offer, cheapest(order, instance.split, offer).mask);
  });
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const wanted = settle(instance, orders, bests, settled);
    const narrowed = orders.map((order, i) =>
      settled[i] ? order : narrow(instance, order, wanted),
    );
    const changed = narrowed.some((order, i) => order !== orders[i]);
    orders = narrowed;
    if (!changed) break;
  }
  const left = allLeft(instance);
  for (const [i, order] of orders.entries()) if (settled[i]) take(left, order, bests[i]!, 1);
  const indices = [...orders.keys()].filter((i) => !settled[i]);
  const open = indices.map((i) => shrink(orders[i]!));
  return {
    instance: { ...instance, orders: open, stock: left.stock, parcelsMax: left.parcels },
    indices,
    settledCost: orders.reduce(
      (sum, order, i) => (settled[i] ? sum + choiceCost(order, instance.split, bests[i]!) : sum),
      0,
    ),
    whole: (choices) => {
      const whole = [...bests];
      for (const [n, i] of indices.entries()) {
        const sites = instance.orders[i]!.sites;
        whole[i] = choices[n]!.map((place) =>
          place < 0 ? -1 : sites.indexOf(open[n]!.sites[place]!),
        );
      }
      return whole;
    },
  };
}

/** The sales order without places from which no line of it can come any more. */
function shrink(order: CompiledOrder): CompiledOrder {
  const places = order.sites.flatMap((_, place) =>
    order.lines.some(({ costs }) => costs[place]! < Number.POSITIVE_INFINITY) ? [place] : [],
  );
  if (places.length === order.sites.length) return order;
  return {
    ...order,
    sites: places.map((place) => order.sites[place]!),
    parcels: Float64Array.from(places, (place) => order.parcels[place]!),
    lines: order.lines.map((line) => ({
      ...line,
      rows: Int32Array.from(places, (place) => line.rows[place]!),
      costs: Float64Array.from(places, (place) => line.costs[place]!),
    })),
    masks: masksFor(order.complete, order.lines.length, places.length),
  };
}

function plainOffer(order: CompiledOrder): Offer {
  const costs = new Float64Array(order.lines.length * order.sites.length);
  for (const [i, line] of order.lines.entries()) costs.set(line.costs, i * order.sites.length);
  return { costs, parcels: order.parcels };
}

/**
 * Finds the largest set of sales orders that can all have their best, whatever the others do, and
 * marks them in `settled`. Answers all that could be asked for.
 */
function settle(
  instance: Instance,
  orders: readonly CompiledOrder[],
  bests: readonly Choice[],
  settled: boolean[],
): Wanted {
  const wanted: Wanted = {
    stock: new Float64Array(instance.stock.length),
    parcels: new Float64Array(instance.siteCount),
  };
  settled.fill(true);
  for (let i = 0; i < orders.length; i += 1) wantBest(wanted, orders[i]!, bests[i]!, 1);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < orders.length; i += 1) {
      if (!settled[i] || fits(instance, orders[i]!, bests[i]!, wanted)) continue;
      settled[i] = false;
      changed = true;
      wantBest(wanted, orders[i]!, bests[i]!, -1);
      wantAll(wanted, orders[i]!);
    }
  }
  return wanted;
}

function wantBest(wanted: Wanted, order: CompiledOrder, best: Choice, sign: 1 | -1): void {
  for (let line = 0; line < best.length; line += 1) {
    const place = best[line]!;
    if (place < 0) continue;
    const { rows, quantity } = order.lines[line]!;
    wanted.stock[rows[place]!]! += sign * quantity;
  }
  const mask = maskOf(best);
  for (let place = 0; place < order.sites.length; place += 1) {
    if (mask & (1 << place)) wanted.parcels[order.sites[place]!]! += sign;
  }
}

/** Whatever an unsettled sales order could ever want. */
function wantAll(wanted: Wanted, order: CompiledOrder): void {
  for (const { rows, costs, quantity } of order.lines) {
    for (let place = 0; place < rows.length; place += 1) {
      if (costs[place]! < Number.POSITIVE_INFINITY) wanted.stock[rows[place]!]! += quantity;
    }
  }
  for (const site of order.sites) wanted.parcels[site]! += 1;
}

function fits(instance: Instance, order: CompiledOrder, best: Choice, wanted: Wanted): boolean {
  for (let line = 0; line < best.length; line += 1) {
    const place = best[line]!;
    if (place < 0) continue;
    const row = order.lines[line]!.rows[place]!;
    const site = order.sites[place]!;
    if (wanted.stock[row]! > instance.stock[row]!) return false;
    if (wanted.parcels[site]! > instance.parcelsMax[site]!) return false;
  }
  return true;
}

/** The sales order without the places of lines that can be no part of a cheapest plan. */
function narrow(instance: Instance, order: CompiledOrder, wanted: Wanted): CompiledOrder {
  const offer = plainOffer(order);
  const places = order.sites.length;
  const ample: Offer = {
    costs: offer.costs.map((cost, i) => {
      const row = order.lines[Math.floor(i / places)]!.rows[i % places]!;
      return row >= 0 && wanted.stock[row]! <= instance.stock[row]!
        ? cost
        : Number.POSITIVE_INFINITY;
    }),
    parcels: offer.parcels.map((cost, place) => {
      const site = order.sites[place]!;
      return wanted.parcels[site]! <= instance.parcelsMax[site]! ? cost : Number.POSITIVE_INFINITY;
    }),
  };
  const sure = cheapest(order, instance.split, ample);
  const choice = choiceWithin(order, ample, sure.mask);
  const least = cheapest(order, instance.split, offer).cost;
  const found = regrets(order, instance.split, offer);
  let changed = false;
  const lines = order.lines.map((line, n) => {
    const costs = line.costs.map((cost, place) => {
      const regret = found[n * (places + 1) + place]!;
      const isKept = least + regret < sure.cost || choice[n] === place;
      if (!isKept && cost < Number.POSITIVE_INFINITY) changed = true;
      return isKept ? cost : Number.POSITIVE_INFINITY;
    });
    return { ...line, costs };
  });
  return changed ? { ...order, lines } : order;
}
