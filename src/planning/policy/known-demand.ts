import { roundedQuantity, soundRules } from './quantity.ts';
import type { Protection } from './shortfall.ts';
import type { Sound } from './sound-input.ts';
import type { StockTarget } from './types.ts';
import { wagnerWhitin } from './wagner-whitin.ts';

const WEEK_DAYS = 7;
const DAYS_PER_YEAR = 365;

/** Expected demand of each week after the protection interval, for as long as is looked ahead. */
function weeksAhead(sound: Sound, protectionDays: number): Float64Array {
  const weeks = Math.max(1, Math.floor(Math.min(sound.coverDaysMax, DAYS_PER_YEAR) / WEEK_DAYS));
  let before = sound.demand.overDays(protectionDays).mean;
  return Float64Array.from({ length: weeks }, (_, week) => {
    const upTo = sound.demand.overDays(protectionDays + (week + 1) * WEEK_DAYS).mean;
    const units = Math.max(0, upTo - before);
    before = upTo;
    return units;
  });
}

/**
 * A target for demand that is known and dated (contracts, projects): the reorder point is what is
 * asked for until an order of the next review is there, without any safety; an order lasts until
 * the cheapest plan of Wagner and Whitin (1958) over the weeks ahead would order again.
 */
export function knownDemandTarget(
  sound: Sound,
  protection: Protection,
  explain: (level: number) => StockTarget['explanation'],
): StockTarget {
  const { costs, rules, demand, leadTime, reviewDays } = sound;
  const protectionDays = Math.ceil(leadTime.mean) + reviewDays;
  const weeks = weeksAhead(sound, protectionDays);
  const holdingCost = (costs.holdingRate * costs.unit * WEEK_DAYS) / DAYS_PER_YEAR;
  const plan = wagnerWhitin({ demand: weeks, fixedCost: costs.order, holdingCost });
  const first = plan.quantities.find((quantity) => quantity > 0) ?? 0;
  const quantity = roundedQuantity(Math.max(first, soundRules(rules).multiple), rules);
  const reorderPoint = Math.ceil(protection.whole.mean);
  const orders = plan.quantities.reduce((count, units) => count + (units > 0 ? 1 : 0), 0);
  const perYear = DAYS_PER_YEAR / (weeks.length * WEEK_DAYS);
  return {
    policy: 'wagner_whitin',
    reorderPoint,
    orderUpTo: reorderPoint + quantity,
    orderQuantity: quantity,
    safetyStock: 0,
    cycleService: 1,
    fillRate: 1,
    expectedOnHand: 0.5 * quantity + demand.meanPerDay * 0.5 * reviewDays,
    expectedBackorders: 0,
    expectedOutdatedPerYear: 0,
    ordersPerYear: orders * perYear,
    costPerYear: plan.cost * perYear,
    explanation: explain(reorderPoint),
  };
}
