import { quantileOf } from './demand.ts';
import { economicOrderQuantity, orderableQuantity, orderingCost } from './eoq.ts';
import { knownDemandTarget } from './known-demand.ts';
import { coarseLeadTime } from './lead-time.ts';
import { perishableTarget } from './perishable.ts';
import { roundedQuantity, soundRules } from './quantity.ts';
import {
  cumulative,
  cycleServiceAt,
  fillRateAt,
  lossCurve,
  type Performance,
  type PositionLaw,
  type Protection,
  performanceAt,
  protectionOf,
  renewalLaw,
  uniformLaw,
} from './shortfall.ts';
import { levelMax, type Sound, soundInput } from './sound-input.ts';
import type { Demand, PolicyName, StockTarget, StockTargetInput } from './types.ts';

const DAYS_PER_YEAR = 365;
/** Longest order, in steps of the lattice, for which the renewal function is worked out. */
const RENEWAL_STEPS_MAX = 2_000;

/** The policy that was chosen, why, and the quantity that goes with it. */
interface Choice {
  readonly policy: PolicyName;
  readonly reason: string;
  readonly quantity: number;
  readonly economicQuantity: number;
  readonly limits: readonly string[];
}

/** P(D <= quantity) of a demand. */
function withinChance({ probabilities, step }: Demand, quantity: number): number {
  if (quantity < 0) return 0;
  const cdf = cumulative(probabilities);
  return cdf[Math.min(cdf.length - 1, Math.floor(quantity / step + 1e-9))]!;
}

/** The usual order quantity: EOQ at price breaks, packs and minimum, bounded by the cover. */
function usualQuantity(sound: Sound): Pick<Choice, 'quantity' | 'economicQuantity' | 'limits'> {
  const { costs, rules, demand, coverDaysMax, shelfLifeDays, leadTime } = sound;
  const perYear = demand.meanPerDay * DAYS_PER_YEAR;
  const holding = costs.holdingRate * costs.unit;
  const season = sound.seasonDays === null ? Infinity : sound.seasonDays - leadTime.mean;
  const coverDays = Math.max(1, Math.min(coverDaysMax, shelfLifeDays ?? Infinity, season));
  const most = Math.max(soundRules(rules).minimum, demand.meanPerDay * coverDays);
  const limits: string[] = [];
  const priced = costs.order > 0 && holding > 0 && perYear > 0;
  const economicQuantity = priced
    ? economicOrderQuantity(costs.order, holding, perYear).quantity
    : soundRules(rules).multiple;
  const { quantity } = orderableQuantity({
    fixedCost: costs.order,
    unitCost: costs.unit,
    holdingRate: costs.holdingRate,
    demandRate: perYear,
    rules,
    breaks: sound.priceBreaks,
    most,
  });
  const { minimum, multiple } = soundRules(rules);
  if (quantity > economicQuantity && minimum > economicQuantity) limits.push('minimum');
  else if (Math.abs(quantity - economicQuantity) >= 0.25 * multiple) {
    limits.push(multiple > 1 ? 'multiple' : quantity > economicQuantity ? 'price_break' : 'whole');
  }
  if (economicQuantity > most) {
    limits.push(
      coverDays === shelfLifeDays ? 'shelf_life' : coverDays === season ? 'season' : 'cover',
    );
  }
  return { quantity, economicQuantity, limits };
}

/** Reviews without demand, and spread of the others, above which demand is lumpy. */
function isLumpy({ probabilities, mean, variance }: Demand): boolean {
  const some = 1 - probabilities[0]!;
  if (!(some > 0) || some > 0.75) return false;
  const meanOfSome = mean / some;
  const squareOfSome = (variance + mean * mean) / some;
  return squareOfSome / (meanOfSome * meanOfSome) - 1 >= 0.49;
}

function choosePolicy(input: StockTargetInput, sound: Sound, protection: Protection): Choice {
  const usual = usualQuantity(sound);
  const choose = (policy: PolicyName, reason: string) => ({ policy, reason, ...usual });
  if (!(protection.whole.mean > 0)) {
    return choose('none', 'No demand is expected, so nothing is held.');
  }
  if (input.policy) return choose(input.policy, 'The policy was set by hand.');
  const { seasonDays, shelfLifeDays, leadTime, demand, rules } = sound;
  if (seasonDays !== null && seasonDays <= 2 * leadTime.mean + sound.reviewDays) {
    return choose('newsvendor', 'The season ends before a second order would help.');
  }
  const cover = (protection.whole.mean - protection.lead.mean + usual.quantity) / demand.meanPerDay;
  if (shelfLifeDays !== null && shelfLifeDays < 3 * cover) {
    return choose('perishable', 'Stock would lie for a good part of its shelf life.');
  }
  const { minimum, multiple } = soundRules(rules);
  if (!(sound.costs.order > 0) && minimum <= multiple) {
    return choose('base_stock', 'An order has no fixed cost and no minimum.');
  }
  if (usual.quantity <= Math.max(multiple, protection.review.mean)) {
    return choose('base_stock', 'An order is worth placing at every review.');
  }
  if (isLumpy(protection.review)) {
    return choose('s_S', 'Demand is lumpy, so orders are for what a large sale has taken.');
  }
  return choose('r_Q', 'Ordering costs and packs make a fixed quantity cheapest.');
}

/** The least multiple of `granularity` in a range where `good` holds; the top where nowhere. */
function leastWhere(
  from: number,
  to: number,
  granularity: number,
  good: (level: number) => boolean,
): number {
  // Beyond 2^40 steps a float could no longer tell neighbours apart, and the search would not end.
  const step = Math.max(granularity, to / 2 ** 40);
  let [low, high] = [Math.round(from / step), Math.ceil(to / step)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (good(middle * step)) high = middle;
    else low = middle + 1;
  }
  return high * step;
}

/** The reorder point that reaches the service, or that costs least. */
function reorderPointFor(sound: Sound, protection: Protection, law: PositionLaw): number {
  const { service, granularity, costs } = sound;
  const { whole, step } = protection;
  const top = (whole.probabilities.length - 1) * step;
  if (service.kind === 'fill_rate') {
    return leastWhere(
      -granularity,
      top,
      granularity,
      (level) => fillRateAt(protection, law, level) >= service.target,
    );
  }
  if (service.kind === 'cycle_service') {
    return leastWhere(
      -granularity,
      top,
      granularity,
      (level) => cycleServiceAt(protection, law, level) >= service.target,
    );
  }
  const holdingPerReview = (costs.holdingRate * costs.unit * protection.reviewDays) / DAYS_PER_YEAR;
  const cost = (level: number) => {
    const { onHand, shortPerReview } = performanceAt(protection, law, level);
    return holdingPerReview * onHand + (costs.penalty ?? 0) * shortPerReview;
  };
  let [best, bestCost] = [-granularity, cost(-granularity)];
  for (let level = 0; level <= top; level += step) {
    const here = cost(level);
    if (here < bestCost) [best, bestCost] = [level, here];
  }
  return best;
}

function explanationOf(
  sound: Sound,
  choice: Choice,
  protection: Protection,
  level: number,
): StockTarget['explanation'] {
  const { demand, leadTime, costs, service } = sound;
  const perYear = demand.meanPerDay * DAYS_PER_YEAR;
  const holding = costs.holdingRate * costs.unit;
  const priced = costs.order > 0 && holding > 0 && perYear > 0;
  return {
    reason: choice.reason,
    demandPerDay: demand.meanPerDay,
    leadTimeMean: leadTime.mean,
    leadTimeDeviation: leadTime.deviation,
    reviewDays: sound.reviewDays,
    protectionDays: leadTime.mean + sound.reviewDays,
    protectionDemandMean: protection.whole.mean,
    protectionDemandDeviation: Math.sqrt(protection.whole.variance),
    quantile: withinChance(protection.whole, level),
    economicQuantity: choice.economicQuantity,
    economicCostPerYear: priced
      ? orderingCost(choice.economicQuantity, costs.order, holding, perYear)
      : 0,
    serviceTarget: service.kind === 'least_cost' ? null : service.target,
    roundedTo: soundRules(sound.rules).multiple,
    limits: choice.limits,
    warnings: sound.warnings,
  };
}

/** Nothing to hold: an item without demand. */
function emptyTarget(sound: Sound, choice: Choice, protection: Protection): StockTarget {
  return {
    policy: 'none',
    reorderPoint: 0,
    orderUpTo: 0,
    orderQuantity: 0,
    safetyStock: 0,
    cycleService: 1,
    fillRate: 1,
    expectedOnHand: 0,
    expectedBackorders: 0,
    expectedOutdatedPerYear: 0,
    ordersPerYear: 0,
    costPerYear: 0,
    explanation: explanationOf(sound, choice, protection, 0),
  };
}

/** One chance to buy: the newsvendor over the season. */
function seasonTarget(sound: Sound, choice: Choice, protection: Protection): StockTarget {
  const { service, costs, rules, granularity } = sound;
  const days = sound.seasonDays ?? sound.leadTime.mean + sound.reviewDays;
  const season = sound.demand.overDays(days);
  const loss = lossCurve(season);
  const over = Math.max(
    1e-12,
    costs.unit - (costs.salvage ?? 0) + (costs.holdingRate * costs.unit * days) / DAYS_PER_YEAR / 2,
  );
  const ratio = (costs.penalty ?? 0) / ((costs.penalty ?? 0) + over);
  const top = (season.probabilities.length - 1) * season.step;
  const wanted =
    service.kind === 'fill_rate'
      ? leastWhere(0, top, granularity, (y) => 1 - loss.at(y) / season.mean >= service.target)
      : quantileOf(season, service.kind === 'cycle_service' ? service.target : ratio);
  const level = roundedQuantity(wanted, { multiple: rules.multiple ?? 1 });
  const short = loss.at(level);
  const left = level - season.mean + short;
  return {
    policy: 'newsvendor',
    reorderPoint: level - soundRules(rules).multiple,
    orderUpTo: level,
    orderQuantity: roundedQuantity(level, rules),
    safetyStock: level - season.mean,
    cycleService: withinChance(season, level),
    fillRate: 1 - short / season.mean,
    expectedOnHand: 0.5 * (level + left),
    expectedBackorders: short,
    expectedOutdatedPerYear: left,
    ordersPerYear: 1,
    costPerYear: costs.order + over * left + (costs.penalty ?? 0) * short,
    explanation: {
      ...explanationOf(sound, choice, protection, level),
      protectionDays: days,
      protectionDemandMean: season.mean,
      protectionDemandDeviation: Math.sqrt(season.variance),
      quantile: withinChance(season, level),
    },
  };
}

/** What a year costs: holding, orders, penalties. */
function costPerYear(sound: Sound, result: Performance, ordersPerYear: number): number {
  const { costs, demand } = sound;
  const shortPerYear = (1 - result.fillRate) * demand.meanPerDay * DAYS_PER_YEAR;
  return (
    costs.holdingRate * costs.unit * result.onHand +
    costs.order * ordersPerYear +
    (costs.penalty ?? 0) * shortPerYear
  );
}

/**
 * The stock target of one item at one site: which policy, its levels and what it will do.
 *
 * The order quantity is the cheapest that can be ordered (EOQ at price breaks, packs, minimum,
 * cover); the reorder point is the least with which the exact long-run service of that policy
 * under the given demand and lead-time distributions reaches the target, or the cheapest one.
 * Both are whole multiples of the granularity. Rounding: the quantity goes to the cheaper
 * neighbouring multiple of the pack, the reorder point up. Where a cover is set, the reorder point
 * stays below it (`levelMax`); `limits` then says `cover_level`, and the services are what is left.
 *
 * Bad input (no numbers, negatives, impossible services) never throws: it is put right and said
 * in `explanation.warnings`. 0.2 to 3 ms an item, perishables about 10.
 */
export function stockTarget(input: StockTargetInput): StockTarget {
  const sound = soundInput(input);
  const leadTime = coarseLeadTime(sound.leadTime);
  const protection = protectionOf(sound.demand, leadTime, sound.reviewDays);
  const choice = choosePolicy(input, sound, protection);
  if (choice.policy === 'none') return emptyTarget(sound, choice, protection);
  if (choice.policy === 'newsvendor') return seasonTarget(sound, choice, protection);
  const pack = soundRules(sound.rules).multiple;
  const explain = (level: number) => explanationOf(sound, choice, protection, level);
  if (choice.policy === 'wagner_whitin') return knownDemandTarget(sound, protection, explain);
  if (choice.policy === 'perishable') return perishableTarget(sound, protection, explain);
  const isBase = choice.policy === 'base_stock';
  const quantity = isBase ? pack : choice.quantity;
  // Far above what a review takes, the position under (s, S) is uniform as well.
  const isShort = quantity <= RENEWAL_STEPS_MAX * protection.step;
  const law =
    choice.policy === 's_S' && isShort
      ? renewalLaw(protection, quantity, pack)
      : uniformLaw(protection, quantity, Math.min(sound.granularity, quantity));
  const wanted = reorderPointFor(sound, protection, law);
  const reorderPoint = Math.min(wanted, levelMax(sound, protection.whole));
  const result = performanceAt(protection, law, reorderPoint);
  const ordersPerYear = (law.orderChance * DAYS_PER_YEAR) / sound.reviewDays;
  const orderUpTo = reorderPoint + quantity;
  const explanation = explain(isBase ? orderUpTo : reorderPoint);
  const limits = [...explanation.limits, ...(reorderPoint < wanted ? ['cover_level'] : [])];
  return {
    policy: choice.policy,
    reorderPoint,
    orderUpTo,
    orderQuantity: isBase
      ? roundedQuantity(Math.max(pack, protection.review.mean), sound.rules)
      : quantity,
    safetyStock: result.safetyStock,
    cycleService: result.cycleService,
    fillRate: result.fillRate,
    expectedOnHand: result.onHand,
    expectedBackorders: result.backorders,
    expectedOutdatedPerYear: 0,
    ordersPerYear,
    costPerYear: costPerYear(sound, result, ordersPerYear),
    explanation: { ...explanation, limits },
  };
}
