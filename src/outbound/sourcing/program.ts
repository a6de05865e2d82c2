import { type Bound, pricedOffer } from './bound.ts';
import { regrets } from './choose.ts';
import {
  bitsIn,
  type Choice,
  type CompiledOrder,
  choiceCost,
  type Instance,
  maskOf,
} from './instance.ts';
import { allLeft, DIVISORS, type Left, take } from './stock.ts';

/**
 * What is left to decide once prices have ruled out what they can, as a mixed-integer programme
 * in binaries:
 *
 *   x[line, site]   the line ships from the site      sum over sites + left out = 1
 *   y[order, site]  a parcel leaves the site          x <= y
 *   e[order]        nothing ships at all              e + sum of y >= 1
 *   stock           sum of quantity * x <= units, and the same divided and rounded down
 *   parcels         sum of y <= parcels
 *
 * For a sales order of one line x and y are one column; a complete one has a column for each
 * site. Where a line could not come from in any plan better than the known one there is no column
 * (fixing by reduced cost), and limits that cannot bind are left out.
 */
export interface Program {
  readonly columns: {
    readonly costs: number[];
    readonly isInteger: boolean[];
    /** The value in the known plan, to start from. */
    readonly start: number[];
  };
  readonly rows: { readonly lower: number[]; readonly upper: number[] };
  /** By row, the columns and their factors. */
  readonly starts: number[];
  readonly indices: number[];
  readonly factors: number[];
  /** Cost of everything that is decided, and of the split penalties that are always saved. */
  readonly offset: number;
  /** Reads a solution of the programme as choices for the whole instance. */
  choicesOf(values: ArrayLike<number>): Choice[];
}

/** A place a line may still come from, with its column; place -1 is leaving it out. */
interface Way {
  readonly place: number;
  readonly column: number;
}

/** A sales order that is still to be decided: the columns of each line, and what is known. */
interface Open {
  readonly index: number;
  readonly order: CompiledOrder;
  readonly kept: readonly number[][];
  readonly known: Choice;
}

interface Writing {
  readonly columns: Program['columns'];
  readonly rows: Program['rows'];
  readonly starts: number[];
  readonly indices: number[];
  readonly factors: number[];
  readonly split: number;
  /** Who uses a row of the stock, or a site's parcels: columns and units. */
  readonly stockUse: Map<number, [number, number][]>;
  readonly parcelUse: Map<number, [number, number][]>;
}

function addColumn(to: Writing, cost: number, isKnown: boolean, isInteger = true): number {
  to.columns.costs.push(cost);
  to.columns.isInteger.push(isInteger);
  to.columns.start.push(isKnown ? 1 : 0);
  return to.columns.costs.length - 1;
}

type Entries = readonly (readonly [column: number, factor: number])[];

function addRow(to: Writing, lower: number, upper: number, entries: Entries): void {
  to.rows.lower.push(lower);
  to.rows.upper.push(upper);
  for (const [column, factor] of entries) {
    to.indices.push(column);
    to.factors.push(factor);
  }
  to.starts.push(to.indices.length);
}

/**
 * Columns (places, then leaving it out) by which a sales order gets dearer than its cheapest, at
 * the prices, by no more than `slack`; and those that are asked for.
 */
function keptColumns(
  instance: Instance,
  order: CompiledOrder,
  bound: Bound,
  slack: number,
  always: Choice | undefined,
): number[][] {
  const found = regrets(order, instance.split, pricedOffer(order, bound.prices));
  const width = order.sites.length + 1;
  return order.lines.map((_, line) => {
    const place = always?.[line];
    const own = place === -1 ? order.sites.length : place;
    return Array.from({ length: width }, (_unused, column) => column).filter(
      (column) => found[line * width + column]! <= slack || column === own,
    );
  });
}

function placeOf(order: CompiledOrder, column: number): number {
  return column === order.sites.length ? -1 : column;
}

/**
 * Writes the programme of all plans cheaper than the known one.
 * @param known choices that keep all limits, of cost `upper`.
 * @returns undefined when there is nothing left to decide: the known plan is the best.
 */
export function writeProgram(
  instance: Instance,
  bound: Bound,
  known: readonly Choice[],
  upper: number,
): Program | undefined {
  const slack = upper - 1 - bound.cost;
  const keep = (order: CompiledOrder) => keptColumns(instance, order, bound, slack, undefined);
  return write(instance, known, keep);
}

/**
 * Writes a smaller programme: of plans that stray little from what the prices suggest, and the
 * known one. Its best plan is a good one; that there is no better one it does not say.
 */
export function writeNear(
  instance: Instance,
  bound: Bound,
  known: readonly Choice[],
  slack: number,
): Program | undefined {
  return write(instance, known, (order, index) =>
    keptColumns(instance, order, bound, slack, known[index]),
  );
}

function write(
  instance: Instance,
  known: readonly Choice[],
  keep: (order: CompiledOrder, index: number) => number[][],
): Program | undefined {
  const left = allLeft(instance);
  const decided: Choice[] = [...known];
  const open: Open[] = [];
  let offset = 0;
  for (const [index, order] of instance.orders.entries()) {
    const kept = keep(order, index);
    if (kept.some((columns) => columns.length === 0)) return undefined;
    if (kept.some((columns) => columns.length > 1)) {
      open.push({ index, order, kept, known: known[index]! });
      continue;
    }
    const choice = Int8Array.from(kept, (columns) => placeOf(order, columns[0]!));
    decided[index] = choice;
    offset += choiceCost(order, instance.split, choice);
    take(left, order, choice, 1);
  }
  const isOver = left.stock.some((units) => units < 0) || left.parcels.some((count) => count < 0);
  if (isOver || open.length === 0) return undefined;
  return writeOpen(instance, left, open, decided, offset);
}

function writeOpen(
  instance: Instance,
  left: Left,
  open: readonly Open[],
  decided: readonly Choice[],
  decidedCost: number,
): Program {
  const to: Writing = {
    columns: { costs: [], isInteger: [], start: [] },
    rows: { lower: [], upper: [] },
    ...{ starts: [0], indices: [], factors: [] },
    split: instance.split,
    ...{ stockUse: new Map(), parcelUse: new Map() },
  };
  let offset = decidedCost;
  const ways = open.map((each) => {
    // With one line, the line and its parcel are one decision, too.
    if (each.order.complete || each.order.lines.length === 1) return writeWhole(to, each);

    offset -= instance.split;
    return writePartial(to, each);
  });
  writeLimits(to, to.stockUse, left.stock);
  for (const divisor of DIVISORS) writeRounded(to, left.stock, divisor);
  writeLimits(to, to.parcelUse, left.parcels);
  const { columns, rows, starts, indices, factors } = to;
  return {
    ...{ columns, rows, starts, indices, factors, offset },
    choicesOf: (values) => {
      const choices = [...decided];
      for (const [i, { index }] of open.entries()) choices[index] = readChoice(ways[i]!, values);
      return choices;
    },
  };
}

function readChoice(ways: readonly (readonly Way[])[], values: ArrayLike<number>): Choice {
  return Int8Array.from(ways, (line) => {
    const chosen = line.reduce((best, way) =>
      (values[way.column] ?? 0) > (values[best.column] ?? 0) ? way : best,
    );
    return chosen.place;
  });
}

function use(uses: Map<number, [number, number][]>, key: number, column: number, units: number) {
  const entries = uses.get(key) ?? [];
  uses.set(key, entries);
  // Lines of one item in one complete sales order share a column.
  const last = entries.at(-1);
  if (last?.[0] === column) last[1] += units;
  else entries.push([column, units]);
}

/** Limits that could bind. */
function writeLimits(
  to: Writing,
  uses: ReadonlyMap<number, [number, number][]>,
  limits: Float64Array,
): void {
  for (const [key, entries] of uses) {
    const most = entries.reduce((sum, [, units]) => sum + units, 0);
    if (most > limits[key]!) addRow(to, Number.NEGATIVE_INFINITY, limits[key]!, entries);
  }
}

/** Rounded rows of the stock, see {@link DIVISORS}: they cut off fractions of lines. */
function writeRounded(to: Writing, stock: Float64Array, divisor: number): void {
  for (const [row, entries] of to.stockUse) {
    const limit = Math.floor(stock[row]! / divisor);
    if (stock[row]! % divisor === 0) continue;
    const own = entries.flatMap(([column, units]): [number, number][] =>
      units < divisor ? [] : [[column, Math.floor(units / divisor)]],
    );
    const most = own.reduce((sum, [, units]) => sum + units, 0);
    if (most > limit) addRow(to, Number.NEGATIVE_INFINITY, limit, own);
  }
}

/** Everything from one place, or nothing: a column each. */
function writeWhole(to: Writing, { order, kept, known }: Open): Way[][] {
  const columns = kept[0]!.filter((column) => kept.every((own) => own.includes(column)));
  const ways = columns.map((each): Way => {
    const place = placeOf(order, each);
    const choice = Int8Array.from(order.lines, () => place);
    const cost = choiceCost(order, to.split, choice);
    const column = addColumn(to, cost, known[0] === place);
    if (place >= 0) {
      use(to.parcelUse, order.sites[place]!, column, 1);
      for (const { rows, quantity } of order.lines) {
        use(to.stockUse, rows[place]!, column, quantity);
      }
    }
    return { place, column };
  });
  addRow(
    to,
    1,
    1,
    ways.map(({ column }) => [column, 1] as const),
  );
  return order.lines.map(() => ways);
}

/** Lines on their own, tied to the parcels they share. */
function writePartial(to: Writing, { order, kept, known }: Open): Way[][] {
  const places = order.sites.length;
  const knownMask = maskOf(known);
  const parcels = new Map<number, number>();
  for (const place of new Set(kept.flat())) {
    if (place === places) continue;
    const isKnown = (knownMask & (1 << place)) !== 0;
    const column = addColumn(to, order.parcels[place]! + to.split, isKnown);
    use(to.parcelUse, order.sites[place]!, column, 1);
    parcels.set(place, column);
  }
  const ways = order.lines.map(({ costs, unassigned, rows, quantity }, line) =>
    kept[line]!.map((each): Way => {
      const place = placeOf(order, each);
      const isKnown = known[line] === place;
      const column = addColumn(to, place < 0 ? unassigned : costs[place]!, isKnown);
      if (place >= 0) {
        use(to.stockUse, rows[place]!, column, quantity);
        addRow(to, Number.NEGATIVE_INFINITY, 0, [
          [column, 1],
          [parcels.get(place)!, -1],
        ]);
      }
      return { place, column };
    }),
  );
  for (const line of ways)
    addRow(
      to,
      1,
      1,
      line.map(({ column }) => [column, 1] as const),
    );
  const all = [...parcels.values()].map((column) => [column, 1] as const);
  if (kept.every((columns) => columns.includes(places))) {
    const nothing = addColumn(to, to.split, knownMask === 0, false);
    addRow(to, 1, Number.POSITIVE_INFINITY, [...all, [nothing, 1]]);
  }
  const most = order.masks.reduce((bits, mask) => Math.max(bits, bitsIn(mask)), 0);
  if (all.length > most) addRow(to, Number.NEGATIVE_INFINITY, most, all);
  return ways;
}
