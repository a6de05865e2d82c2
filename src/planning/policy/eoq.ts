import { roundedQuantity, soundRules } from './quantity.ts';
import type { PriceBreak, QuantityRules } from './types.ts';

/** An order quantity and what ordering and holding cost with it, per unit of time. */
export interface OrderQuantity {
  readonly quantity: number;
  readonly cost: number;
}

/** Throws where a figure that must be above 0 is not: a programmer's error, not bad history. */
export function requirePositive(figures: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(figures)) {
    if (!(value > 0) || !Number.isFinite(value)) {
      throw new RangeError(`${name} must be a number above 0, found ${value}`);
    }
  }
}

/**
 * The economic order quantity (Harris, 1913): sqrt(2 K d / h) with fixed cost K, demand rate d
 * and holding cost h a unit and unit of time; its cost is sqrt(2 K d h).
 * @throws RangeError unless all three are above 0.
 */
export function economicOrderQuantity(
  fixedCost: number,
  holdingCost: number,
  demandRate: number,
): OrderQuantity {
  requirePositive({ fixedCost, holdingCost, demandRate });
  const quantity = Math.sqrt((2 * fixedCost * demandRate) / holdingCost);
  return { quantity, cost: quantity * holdingCost };
}

/** Cost of ordering and holding per unit of time with any order quantity. */
export function orderingCost(
  quantity: number,
  fixedCost: number,
  holdingCost: number,
  demandRate: number,
): number {
  return (fixedCost * demandRate) / quantity + (holdingCost * quantity) / 2;
}

/**
 * EOQ with planned backorders at cost `backorderCost` a unit and unit of time (Hadley & Whitin,
 * 1963; Snyder & Shen 2019, section 3.5): quantity, cost and the share of demand backordered.
 * @throws RangeError unless all are above 0.
 */
export function economicOrderQuantityWithBackorders(
  fixedCost: number,
  holdingCost: number,
  backorderCost: number,
  demandRate: number,
): OrderQuantity & { readonly backorderedShare: number } {
  requirePositive({ backorderCost });
  const plain = economicOrderQuantity(fixedCost, holdingCost, demandRate);
  const stretch = Math.sqrt((holdingCost + backorderCost) / backorderCost);
  return {
    quantity: plain.quantity * stretch,
    cost: plain.cost / stretch,
    backorderedShare: holdingCost / (holdingCost + backorderCost),
  };
}

/** A quantity at price breaks: its region (index of the break) and cost with purchases. */
export interface BreakQuantity extends OrderQuantity {
  readonly region: number;
}

function soundBreaks(breaks: readonly PriceBreak[]): PriceBreak[] {
  const sorted = [...breaks].sort((a, b) => a.quantity - b.quantity);
  if (sorted.length === 0 || sorted[0]!.quantity > 0) {
    throw new RangeError('price breaks must begin with quantity 0');
  }
  for (const { unitCost } of sorted) requirePositive({ unitCost });
  return sorted;
}

/**
 * EOQ with all-units price breaks: a unit costs what the whole quantity's break says. Each
 * region's own EOQ is tried, and each break (Hadley & Whitin, 1963; Snyder & Shen, section 3.4.2).
 * Holding cost is `holdingRate` times the unit cost. Cost includes purchases.
 */
export function quantityAtAllUnitsBreaks(
  fixedCost: number,
  holdingRate: number,
  demandRate: number,
  breaks: readonly PriceBreak[],
): BreakQuantity {
  const sorted = soundBreaks(breaks);
  let best: BreakQuantity | undefined;
  sorted.forEach(({ quantity: from, unitCost }, region) => {
    const before = sorted[region + 1]?.quantity ?? Number.POSITIVE_INFINITY;
    const own = economicOrderQuantity(fixedCost, holdingRate * unitCost, demandRate).quantity;
    if (own >= before) return;
    const quantity = Math.max(own, from);
    const cost =
      unitCost * demandRate + orderingCost(quantity, fixedCost, holdingRate * unitCost, demandRate);
    if (!best || cost < best.cost) best = { quantity, cost, region };
  });
  return best!;
}

/**
 * EOQ with incremental price breaks: only units beyond a break cost its price. In region j an
 * order has the extra fixed cost of the dearer units before it (Hadley & Whitin, 1963; Snyder &
 * Shen, section 3.4.3). Cost includes purchases and the average price in holding.
 */
export function quantityAtIncrementalBreaks(
  fixedCost: number,
  holdingRate: number,
  demandRate: number,
  breaks: readonly PriceBreak[],
): BreakQuantity {
  const sorted = soundBreaks(breaks);
  let best: BreakQuantity | undefined;
  let extra = 0;
  sorted.forEach(({ quantity: from, unitCost }, region) => {
    if (region > 0) extra += from * (sorted[region - 1]!.unitCost - unitCost);
    const before = sorted[region + 1]?.quantity ?? Number.POSITIVE_INFINITY;
    const { quantity } = economicOrderQuantity(
      fixedCost + extra,
      holdingRate * unitCost,
      demandRate,
    );
    if (quantity < from || quantity > before) return;
    const ordering = orderingCost(quantity, fixedCost + extra, holdingRate * unitCost, demandRate);
    const cost = unitCost * demandRate + (holdingRate * extra) / 2 + ordering;
    if (!best || cost < best.cost) best = { quantity, cost, region };
  });
  return best!;
}

/** What `orderableQuantity` weighs. */
export interface OrderableInput {
  readonly fixedCost: number;
  readonly unitCost: number;
  readonly holdingRate: number;
  readonly demandRate: number;
  readonly rules?: QuantityRules;
  readonly breaks?: readonly PriceBreak[];
  /** Largest quantity that makes sense (cover, shelf life). */
  readonly most?: number;
}

/**
 * The cheapest quantity that can really be ordered: multiples of the pack next to the EOQ of each
 * price region, next to each break, the minimum and the maximum are compared by their cost
 * (convex within a region, so nothing between them is cheaper). `cost` includes purchases at
 * all-units breaks. Without a fixed cost it is the minimum.
 */
export function orderableQuantity(input: OrderableInput): OrderQuantity {
  const { fixedCost, holdingRate, demandRate, rules = {}, most = Infinity } = input;
  const breaks = input.breaks?.length
    ? [...input.breaks].sort((a, b) => a.quantity - b.quantity)
    : [{ quantity: 0, unitCost: input.unitCost }];
  const { multiple, minimum, maximum } = soundRules(rules);
  const limits = { ...rules, maximum: Math.max(minimum, Math.min(maximum, most)) };
  const priceOf = (quantity: number) =>
    breaks.reduce(
      (price, b) => (quantity >= b.quantity - 1e-9 ? b.unitCost : price),
      breaks[0]!.unitCost,
    );
  const costOf = (quantity: number) => {
    const price = priceOf(quantity);
    return price * demandRate + orderingCost(quantity, fixedCost, holdingRate * price, demandRate);
  };
  const wanted = [minimum];
  for (const { quantity, unitCost } of breaks) {
    const holding = holdingRate * unitCost;
    if (fixedCost > 0 && holding > 0 && demandRate > 0) {
      wanted.push(economicOrderQuantity(fixedCost, holding, demandRate).quantity);
    }
    if (quantity > 0 && quantity <= most) wanted.push(quantity);
  }
  let best: OrderQuantity | undefined;
  for (const quantity of wanted) {
    for (const direction of ['down', 'up'] as const) {
      const possible = roundedQuantity(Math.max(quantity, multiple), limits, direction);
      const cost = costOf(possible);
      if (!best || cost < best.cost - 1e-12 * Math.abs(cost)) best = { quantity: possible, cost };
    }
  }
  return best!;
}
