import { demandOfPmf } from './demand.ts';
import { economicOrderQuantityWithBackorders, requirePositive } from './eoq.ts';
import { findRoot, normalLoss, normalLoss2, normalQuantile, poissonPmf } from './numeric.ts';
import { lossCurve } from './shortfall.ts';

/** An (r, Q) policy and its expected cost per unit of time. */
export interface ReorderQuantity {
  readonly reorderPoint: number;
  readonly quantity: number;
  readonly cost: number;
}

/** Costs and demand of an (r, Q) item under continuous review; rates per unit of time. */
export interface ReorderQuantityInput {
  readonly fixedCost: number;
  readonly holdingCost: number;
  /** Per unit short, and for the exact costs per unit and unit of time. */
  readonly penalty: number;
  readonly demandRate: number;
  /** Standard deviation of the demand of one unit of time. */
  readonly deviation: number;
  readonly leadTime: number;
}

function leadTimeDemand({ demandRate, deviation, leadTime }: ReorderQuantityInput) {
  return { mean: demandRate * leadTime, sigma: deviation * Math.sqrt(leadTime) };
}

function requireInput(input: ReorderQuantityInput): void {
  const { fixedCost, holdingCost, penalty, demandRate, deviation, leadTime } = input;
  requirePositive({ fixedCost, holdingCost, penalty, demandRate, deviation, leadTime });
}

/**
 * Exact expected cost of (r, Q) with normal lead-time demand and backorders charged by time:
 * [K d + integral over r..r + Q of G] / Q with G(y) = h (y - m) + (h + p) sigma L(z)
 * (Zheng 1992; Snyder & Shen 2019, section 5.2).
 */
export function reorderQuantityCost(
  input: ReorderQuantityInput,
  reorderPoint: number,
  quantity: number,
): number {
  const { fixedCost, holdingCost, penalty, demandRate } = input;
  const { mean, sigma } = leadTimeDemand(input);
  const loss2 = (level: number) => sigma * sigma * normalLoss2((level - mean) / sigma);
  const held = holdingCost * (reorderPoint + 0.5 * quantity - mean) * quantity;
  const short = loss2(reorderPoint) - loss2(reorderPoint + quantity);
  return (fixedCost * demandRate + held + (holdingCost + penalty) * short) / quantity;
}

/** G(y): cost rate when the inventory position is y. */
function costRate(input: ReorderQuantityInput, level: number): number {
  const { holdingCost, penalty } = input;
  const { mean, sigma } = leadTimeDemand(input);
  const short = sigma * normalLoss((level - mean) / sigma);
  return holdingCost * (level - mean) + (holdingCost + penalty) * short;
}

/** The best reorder point for a given quantity: G(r) = G(r + Q) (Zheng 1992, lemma 1). */
export function reorderPointForQuantity(input: ReorderQuantityInput, quantity: number): number {
  requireInput(input);
  const { mean, sigma } = leadTimeDemand(input);
  const slope = (r: number) => costRate(input, r + quantity) - costRate(input, r);
  return findRoot(slope, mean - quantity - 40 * sigma, mean + 40 * sigma);
}

/** The optimal (r, Q) under normal lead-time demand: Q such that G(r(Q)) = cost (Zheng 1992). */
export function optimalReorderQuantity(input: ReorderQuantityInput): ReorderQuantity {
  requireInput(input);
  const { fixedCost, holdingCost, penalty, demandRate } = input;
  const { quantity: least } = economicOrderQuantityWithBackorders(
    fixedCost,
    holdingCost,
    penalty,
    demandRate,
  );
  const slope = (quantity: number) => {
    const r = reorderPointForQuantity(input, quantity);
    return costRate(input, r) - reorderQuantityCost(input, r, quantity);
  };
  const { sigma } = leadTimeDemand(input);
  const most = least + (100 * sigma * Math.sqrt(holdingCost + penalty)) / Math.sqrt(holdingCost);
  const quantity = findRoot(slope, 0.5 * least, most);
  const reorderPoint = reorderPointForQuantity(input, quantity);
  return { reorderPoint, quantity, cost: reorderQuantityCost(input, reorderPoint, quantity) };
}

/** EOQ with backorders for the quantity, then its best reorder point: within 11.8 % (Zheng). */
export function reorderQuantityByEoq(input: ReorderQuantityInput): ReorderQuantity {
  requireInput(input);
  const { quantity } = economicOrderQuantityWithBackorders(
    input.fixedCost,
    input.holdingCost,
    input.penalty,
    input.demandRate,
  );
  const reorderPoint = reorderPointForQuantity(input, quantity);
  return { reorderPoint, quantity, cost: reorderQuantityCost(input, reorderPoint, quantity) };
}

/**
 * The expected-inventory-level heuristic (Hadley & Whitin 1963; Snyder & Shen, section 5.3.2):
 * penalty per unit short, however long. Q = sqrt(2 d (K + p n(r)) / h) and F(r) = 1 - Q h / (p d)
 * in turn until both stand.
 */
export function reorderQuantityByInventoryLevel(input: ReorderQuantityInput): ReorderQuantity {
  requireInput(input);
  const { fixedCost, holdingCost, penalty, demandRate } = input;
  const { mean, sigma } = leadTimeDemand(input);
  const pointFor = (q: number) =>
    mean + sigma * normalQuantile(Math.max(1e-12, 1 - (q * holdingCost) / (penalty * demandRate)));
  const shortAt = (r: number) => sigma * normalLoss((r - mean) / sigma);
  let quantity = Math.sqrt((2 * fixedCost * demandRate) / holdingCost);
  for (let turn = 0; turn < 500; turn += 1) {
    const short = shortAt(pointFor(quantity));
    const next = Math.sqrt((2 * demandRate * (fixedCost + penalty * short)) / holdingCost);
    const isSame = Math.abs(next - quantity) <= 1e-14 * quantity;
    quantity = next;
    if (isSame) break;
  }
  const reorderPoint = pointFor(quantity);
  const held = holdingCost * (reorderPoint - mean + 0.5 * quantity);
  const perCycle = fixedCost + penalty * shortAt(reorderPoint);
  return { reorderPoint, quantity, cost: held + (perCycle * demandRate) / quantity };
}

/**
 * The loss-function heuristic (Hadley & Whitin 1963; Snyder & Shen, section 5.3.5): the exact
 * conditions without the terms at r + Q. n(r) = h Q / (h + p), Q^2 = 2 (K d + (h + p) n2(r)) / h.
 */
export function reorderQuantityByLoss(input: ReorderQuantityInput): ReorderQuantity {
  requireInput(input);
  const { fixedCost, holdingCost, penalty, demandRate } = input;
  const { mean, sigma } = leadTimeDemand(input);
  const both = holdingCost + penalty;
  const pointFor = (q: number) => {
    const wanted = (holdingCost * q) / both;
    const slope = (r: number) => wanted - sigma * normalLoss((r - mean) / sigma);
    return findRoot(slope, mean - wanted - 40 * sigma, mean + 40 * sigma);
  };
  let quantity = Math.sqrt((2 * fixedCost * demandRate) / holdingCost);
  for (let turn = 0; turn < 500; turn += 1) {
    const n2 = sigma * sigma * normalLoss2((pointFor(quantity) - mean) / sigma);
    const next = Math.sqrt((2 * (fixedCost * demandRate + both * n2)) / holdingCost);
    const isSame = Math.abs(next - quantity) <= 1e-14 * quantity;
    quantity = next;
    if (isSame) break;
  }
  const reorderPoint = pointFor(quantity);
  return { reorderPoint, quantity, cost: reorderQuantityCost(input, reorderPoint, quantity) };
}

/**
 * The optimal (r, Q) with Poisson demand (Federgruen & Zheng, Operations Research 40(4), 1992):
 * the interval of positions grows by its cheaper neighbour until that costs as much as the
 * average. Exact. @throws RangeError unless all figures are above 0.
 */
export function optimalReorderQuantityPoisson(
  input: Omit<ReorderQuantityInput, 'deviation'>,
): ReorderQuantity {
  const { fixedCost, holdingCost, penalty, demandRate, leadTime } = input;
  requirePositive({ fixedCost, holdingCost, penalty, demandRate, leadTime });
  const demand = demandOfPmf(poissonPmf(demandRate * leadTime));
  const loss = lossCurve(demand);
  const rate = (level: number) => {
    const short = loss.at(level);
    return holdingCost * (level - demand.mean + short) + penalty * short;
  };
  let low = Math.floor(demand.mean);
  while (rate(low + 1) < rate(low)) low += 1;
  while (rate(low - 1) < rate(low)) low -= 1;
  let high = low;
  let sum = fixedCost * demandRate + rate(low);
  for (;;) {
    const average = sum / (high - low + 1);
    const [below, above] = [rate(low - 1), rate(high + 1)];
    if (Math.min(below, above) >= average) {
      return { reorderPoint: low - 1, quantity: high - low + 1, cost: average };
    }
    if (below < above) low -= 1;
    else high += 1;
    sum += Math.min(below, above);
  }
}
