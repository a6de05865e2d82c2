import type { Offer } from './choose.ts';
import { type Choice, type CompiledOrder, type Instance, maskOf } from './instance.ts';

/** What is left of the units and parcels while a plan is made. */
export interface Left {
  readonly stock: Float64Array;
  readonly parcels: Float64Array;
}

/**
 * What the stock is worth to the others. Besides the units of a row there are its rounded rows: no
 * plan takes more than floor(units / d) times d units in lines of d or more, so the sum of
 * floor(quantity / d) over the lines that come from there is at most floor(units / d)
 * (Chvatal-Gomory cuts). They matter where lines want two and an odd number is left.
 */
export interface Prices {
  readonly stock: Float64Array;
  /** By {@link DIVISORS}. */
  readonly rounded: readonly Float64Array[];
  readonly parcels: Float64Array;
}

/** Rows are rounded by these. */
export const DIVISORS = [2, 3, 4] as const;

/** What a line pays for all of its quantity from a row. */
export function priceOf(prices: Prices, row: number, quantity: number): number {
  let price = prices.stock[row]! * quantity;
  if (quantity === 1) return price;
  for (let i = 0; i < DIVISORS.length; i += 1) {
    price += prices.rounded[i]![row]! * Math.floor(quantity / DIVISORS[i]!);
  }
  return price;
}

/** Everything there is. */
export function allLeft(instance: Instance): Left {
  return { stock: instance.stock.slice(), parcels: instance.parcelsMax.slice() };
}

/** Takes what a choice uses (`sign` 1), or puts it back (-1). */
export function take(left: Left, order: CompiledOrder, choice: Choice, sign: 1 | -1): void {
  for (let line = 0; line < choice.length; line += 1) {
    const place = choice[line]!;
    if (place < 0) continue;
    const { rows, quantity } = order.lines[line]!;
    left.stock[rows[place]!]! -= sign * quantity;
  }
  const mask = maskOf(choice);
  for (let place = 0; place < order.sites.length; place += 1) {
    if (mask & (1 << place)) left.parcels[order.sites[place]!]! -= sign;
  }
}

/**
 * What a sales order can have of what is left. Lines of one item compete: where there is not
 * enough for all of them at a place, the later ones cannot have it.
 */
export function offerOf(left: Left, order: CompiledOrder, prices?: Prices): Offer {
  const places = order.sites.length;
  const costs = new Float64Array(order.lines.length * places);
  for (let i = 0; i < order.lines.length; i += 1) {
    const line = order.lines[i]!;
    for (let place = 0; place < places; place += 1) {
      const row = line.rows[place]!;
      const there = row < 0 ? 0 : left.stock[row]! - earlier(order, i, row, place);
      const price = prices && row >= 0 ? priceOf(prices, row, line.quantity) : 0;
      costs[i * places + place] =
        there >= line.quantity ? line.costs[place]! + price : Number.POSITIVE_INFINITY;
    }
  }
  const parcels = new Float64Array(places);
  for (let place = 0; place < places; place += 1) {
    const site = order.sites[place]!;
    const price = prices?.parcels[site] ?? 0;
    parcels[place] =
      left.parcels[site]! < 1 ? Number.POSITIVE_INFINITY : order.parcels[place]! + price;
  }
  return { costs, parcels };
}

/** Units of the same item that earlier lines of the sales order may take there. */
function earlier(order: CompiledOrder, line: number, row: number, place: number): number {
  let units = 0;
  for (let i = 0; i < line; i += 1) {
    const other = order.lines[i]!;
    if (other.rows[place] === row) units += other.quantity;
  }
  return units;
}
