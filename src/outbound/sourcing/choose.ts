import { bitsIn, type Choice, type CompiledOrder } from './instance.ts';

/** What the lines and parcels of one sales order cost for the moment: prices, or what is left. */
export interface Offer {
  /** By line and place: line * places + place; infinite where it cannot be had. */
  readonly costs: Float64Array;
  /** By place; infinite where no parcel can leave any more. */
  readonly parcels: Float64Array;
}

/** Scratch memory, so that pricing a thousand sales orders makes no garbage. */
const scratch = { fixed: new Float64Array(64), best: new Float64Array(256) };

interface Table {
  /** Parcels and split penalties by mask. */
  readonly fixed: Float64Array;
  /** The cheapest place of a line, or leaving it out, by line * size + mask. */
  readonly best: Float64Array;
  readonly size: number;
}

/** Costs of every set of places of a sales order. Valid until the next call. */
function tabulate(order: CompiledOrder, split: number, offer: Offer): Table {
  const places = order.sites.length;
  const size = 1 << places;
  const lines = order.lines.length;
  if (scratch.fixed.length < size) scratch.fixed = new Float64Array(size);
  if (scratch.best.length < size * lines) scratch.best = new Float64Array(size * lines);
  const { fixed, best } = scratch;
  fixed[0] = -split;
  for (let line = 0; line < lines; line += 1) best[line * size] = order.lines[line]!.unassigned;
  for (let i = 1; i < order.masks.length; i += 1) {
    const mask = order.masks[i]!;
    const low = mask & -mask;
    const place = 31 - Math.clz32(low);
    const rest = mask ^ low;
    fixed[mask] = fixed[rest]! + offer.parcels[place]! + split;
    for (let line = 0; line < lines; line += 1) {
      const own = offer.costs[line * places + place]!;
      const other = best[line * size + rest]!;
      best[line * size + mask] = own < other ? own : other;
    }
  }
  fixed[0] = 0;
  return { fixed, best, size };
}

/** The cost of the cheapest way to source a sales order, and the places it may use. */
export interface Cheapest {
  readonly cost: number;
  readonly mask: number;
}

/** Finds the cheapest set of places by trying them all; the first of equals wins. */
export function cheapest(order: CompiledOrder, split: number, offer: Offer): Cheapest {
  if (order.lines.length === 1) return cheapestPlace(order, offer);
  const table = tabulate(order, split, offer);
  let cost = sumOf(order, table, 0);
  let mask = 0;
  for (let i = 1; i < order.masks.length; i += 1) {
    const candidate = order.masks[i]!;
    const sum = order.complete
      ? completeCost(order, offer, candidate)
      : sumOf(order, table, candidate);
    if (sum < cost) [cost, mask] = [sum, candidate];
  }
  return { cost, mask };
}

/** The same for one line, of which sets of one place are enough. */
function cheapestPlace(order: CompiledOrder, offer: Offer): Cheapest {
  let [cost, mask] = [order.lines[0]!.unassigned, 0];
  for (let place = 0; place < order.sites.length; place += 1) {
    const sum = offer.parcels[place]! + offer.costs[place]!;
    if (sum < cost) [cost, mask] = [sum, 1 << place];
  }
  return { cost, mask };
}

function sumOf(order: CompiledOrder, { fixed, best, size }: Table, mask: number): number {
  let sum = fixed[mask]!;
  for (let line = 0; line < order.lines.length; line += 1) sum += best[line * size + mask]!;
  return sum;
}

/** The cost of everything from the one place of the mask. */
function completeCost(order: CompiledOrder, offer: Offer, mask: number): number {
  const places = order.sites.length;
  const place = 31 - Math.clz32(mask);
  let sum = offer.parcels[place]!;
  for (let line = 0; line < order.lines.length; line += 1) {
    sum += offer.costs[line * places + place]!;
  }
  return sum;
}

/** Where each line goes when the places of `mask` may be used. */
export function choiceWithin(order: CompiledOrder, offer: Offer, mask: number): Choice {
  const places = order.sites.length;
  const choice = new Int8Array(order.lines.length);
  for (let line = 0; line < choice.length; line += 1) {
    // Of a complete sales order nothing is left out, however dear it is.
    const isKept = order.complete && mask !== 0;
    let [place, least] = [-1, isKept ? Number.POSITIVE_INFINITY : order.lines[line]!.unassigned];
    for (let candidate = 0; candidate < places; candidate += 1) {
      const cost = offer.costs[line * places + candidate]!;
      if (mask & (1 << candidate) && cost < least) [place, least] = [candidate, cost];
    }
    choice[line] = place;
  }
  return choice;
}

/**
 * How much dearer the sales order gets, at least, when a line must come from a place: by line and
 * place, the cheapest set with it less the cheapest of all. The last column of a line is leaving
 * it out. This is what fixing by reduced cost needs.
 */
export function regrets(order: CompiledOrder, split: number, offer: Offer): Float64Array {
  const least = cheapest(order, split, offer).cost;
  const table = tabulate(order, split, offer);
  const places = order.sites.length;
  const found = new Float64Array(order.lines.length * (places + 1)).fill(Number.POSITIVE_INFINITY);
  const note = (line: number, column: number, cost: number): void => {
    const at = line * (places + 1) + column;
    found[at] = Math.min(found[at]!, cost - least);
  };
  for (const mask of order.masks) {
    const together = order.complete && mask !== 0;
    const sum = together ? completeCost(order, offer, mask) : sumOf(order, table, mask);
    for (const [line, { unassigned }] of order.lines.entries()) {
      const others = sum - table.best[line * table.size + mask]!;
      if (!together) note(line, places, others + unassigned);
      for (let place = 0; place < places; place += 1) {
        if (!(mask & (1 << place))) continue;
        note(line, place, together ? sum : others + offer.costs[line * places + place]!);
      }
    }
  }
  return found;
}

/**
 * The greedy rule: everything from the cheapest single site that has it all, else from as few
 * sites as possible, at the least cost among as many; where even all sites lack something, the
 * cheapest of what is possible.
 */
export function fewestSites(order: CompiledOrder, split: number, offer: Offer): number {
  const table = tabulate(order, split, offer);
  let [chosen, chosenBits, least] = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 1; i < order.masks.length; i += 1) {
    const mask = order.masks[i]!;
    const bits = bitsIn(mask);
    if (bits > chosenBits || !coversAll(order, offer, mask)) continue;
    const cost = order.complete ? completeCost(order, offer, mask) : sumOf(order, table, mask);
    if (bits < chosenBits || cost < least) [chosen, chosenBits, least] = [mask, bits, cost];
  }
  return chosen === 0 ? cheapest(order, split, offer).mask : chosen;
}

function coversAll(order: CompiledOrder, offer: Offer, mask: number): boolean {
  const places = order.sites.length;
  const isThere = (line: number, place: number) =>
    (mask & (1 << place)) !== 0 && offer.costs[line * places + place]! < Number.POSITIVE_INFINITY;
  return (
    order.sites.every(
      (_, place) => !(mask & (1 << place)) || offer.parcels[place]! < Number.POSITIVE_INFINITY,
    ) && order.lines.every((_, line) => order.sites.some((_site, place) => isThere(line, place)))
  );
}
