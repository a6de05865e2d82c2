import { extendedCost } from '../../platform/money.ts';
import {
  type LineTerms,
  type Price,
  priceAt,
  pricedQuantity,
  roundToTerms,
  toUnits,
  unitsUp,
} from './lot-size.ts';

/**
 * One purchase order for several items of a supplier: filled up to a minimum value or to full
 * containers with what would be ordered next anyway. A coordinated (s, c, S) replenishment in the
 * sense of Balintfy, On a Basic Class of Multi-Item Inventory Problems (1964): an item joins
 * before it must, the one that would run out first before the others.
 */

/** An item that the purchase order may carry. */
export interface JointLine {
  readonly itemId: number;
  /** At the item's scale; 0 where it does not need to be ordered yet. */
  readonly quantity: bigint;
  readonly terms: LineTerms;
  readonly prices: readonly Price[];
  /** What is there, on its way and waited for, before this purchase order; base units. */
  readonly position: number;
  readonly demandPerDay: number;
  readonly coverDaysMax: number;
  /** Of one base unit; null where no pack says. */
  readonly volumeMm3: number | null;
  readonly weightG: number | null;
}

export interface JointRules {
  /** Minor units of the supplier's currency. */
  readonly minimumValue: bigint | null;
  readonly containerVolumeMm3: number | null;
  readonly containerWeightG: number | null;
  /** A container that is filled less is filled up, as 0.9. */
  readonly fillShare: number;
}

/** What a joint order came to. */
export interface JointOrder {
  /** Quantities in the order of the lines; 0 where one stays out. */
  readonly quantities: readonly bigint[];
  readonly value: bigint;
  readonly volumeMm3: number;
  readonly weightG: number;
  /** Containers it takes by volume and weight; null where there is no container. */
  readonly containers: number | null;
  /** How full the last one is, by what fills it most. */
  readonly lastFill: number | null;
  /** Why more was ordered than needed. */
  readonly filledFor: readonly ('minimum_value' | 'container')[];
  /** What could not be reached within the cover allowed. */
  readonly missed: readonly ('minimum_value' | 'container')[];
}

interface Load {
  readonly value: bigint;
  readonly volumeMm3: number;
  readonly weightG: number;
}

function loadOf(line: JointLine, quantity: bigint): Load {
  const { terms, prices, volumeMm3, weightG } = line;
  const units = toUnits(quantity, terms.scale);
  return {
    value: extendedCost(quantity, terms.scale, priceAt(prices, quantity) ?? 0n),
    volumeMm3: units * (volumeMm3 ?? 0),
    weightG: units * (weightG ?? 0),
  };
}

function totalOf(lines: readonly JointLine[], quantities: readonly bigint[]): Load {
  return lines.reduce<Load>(
    (sum, line, i) => {
      const load = loadOf(line, quantities[i]!);
      return {
        value: sum.value + load.value,
        volumeMm3: sum.volumeMm3 + load.volumeMm3,
        weightG: sum.weightG + load.weightG,
      };
    },
    { value: 0n, volumeMm3: 0, weightG: 0 },
  );
}

/** How many containers a load fills, as 1.35; null where there is no container. */
function containersOf(load: Load, rules: JointRules): number | null {
  const { containerVolumeMm3, containerWeightG } = rules;
  if (containerVolumeMm3 === null && containerWeightG === null) return null;
  return Math.max(
    containerVolumeMm3 === null ? 0 : load.volumeMm3 / containerVolumeMm3,
    containerWeightG === null ? 0 : load.weightG / containerWeightG,
  );
}

const STEPS_MAX = 100_000;

/**
 * Raises quantities until `isReached`, always of the item that would be used up first.
 * @returns undefined where it cannot be reached.
 */
function fillUp(
  lines: readonly JointLine[],
  start: readonly bigint[],
  isReached: (load: Load) => boolean,
  fits: (load: Load) => boolean,
): bigint[] | undefined {
  const quantities = [...start];
  let load = totalOf(lines, quantities);
  const cover = lines.map((line, i) => coverOf(line, quantities[i]!));
  const full = new Set(lines.flatMap((line, i) => (line.demandPerDay > 0 ? [] : [i])));
  for (let step = 0; step < STEPS_MAX && !isReached(load); step += 1) {
    let first = -1;
    for (let i = 0; i < lines.length; i += 1) {
      if (!full.has(i) && (first < 0 || cover[i]! < cover[first]!)) first = i;
    }
    const line = lines[first];
    if (!line) return undefined;
    const quantity = quantities[first]!;
    const raised = raiseOf(line, quantity);
    const [before, after] = [loadOf(line, quantity), loadOf(line, raised)];
    const next = {
      value: load.value + after.value - before.value,
      volumeMm3: load.volumeMm3 + after.volumeMm3 - before.volumeMm3,
      weightG: load.weightG + after.weightG - before.weightG,
    };
    if (coverOf(line, raised) > line.coverDaysMax || !fits(next)) {
      full.add(first);
      continue;
    }
    quantities[first] = raised;
    cover[first] = coverOf(line, raised);
    load = next;
  }
  return isReached(load) ? quantities : undefined;
}

function coverOf({ position, demandPerDay, terms }: JointLine, quantity: bigint): number {
  return (position + toUnits(quantity, terms.scale)) / demandPerDay;
}

/** One more step: about a day of demand, in whole packs. */
function raiseOf({ terms, demandPerDay, prices }: JointLine, quantity: bigint): bigint {
  const wanted = roundToTerms(quantity + (unitsUp(demandPerDay, terms.scale) || 1n), terms);
  return pricedQuantity(wanted, prices, terms);
}

/**
 * Joins lines into one order. Lines with a quantity must go; the others may be added, and any may
 * be raised, until the minimum value is reached and the last container is full enough.
 */
export function joinLines(lines: readonly JointLine[], rules: JointRules): JointOrder {
  let quantities = lines.map(({ quantity }) => quantity);
  const filledFor: ('minimum_value' | 'container')[] = [];
  const missed: ('minimum_value' | 'container')[] = [];
  const { minimumValue, fillShare } = rules;
  const isEnough = ({ value }: Load) => minimumValue === null || value >= minimumValue;
  if (!isEnough(totalOf(lines, quantities))) {
    const filled = fillUp(lines, quantities, isEnough, () => true);
    if (filled) quantities = filled;
    (filled ? filledFor : missed).push('minimum_value');
  }
  const started = containersOf(totalOf(lines, quantities), rules) ?? 0;
  const whole = Math.ceil(started);
  if (started > 0 && started - (whole - 1) < fillShare) {
    const isFull = (load: Load) => (containersOf(load, rules) ?? 0) >= whole - 1 + fillShare;
    const fits = (load: Load) => (containersOf(load, rules) ?? 0) <= whole;
    const filled = fillUp(lines, quantities, isFull, fits);
    if (filled) quantities = filled;
    (filled ? filledFor : missed).push('container');
  }
  const load = totalOf(lines, quantities);
  const taken = containersOf(load, rules);
  const containers = taken === null ? null : Math.ceil(taken);
  const lastFill = taken === null || containers === null ? null : taken - (containers - 1);
  return { quantities, ...load, containers, lastFill, filledFor, missed };
}
