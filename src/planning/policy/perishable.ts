import { createRandom } from '../random.ts';
import { quantileOf } from './demand.ts';
import { drawLeadTime } from './lead-time.ts';
import { roundedQuantity, soundRules } from './quantity.ts';
import { cumulative, lossCurve, type Protection } from './shortfall.ts';
import { type SimulationResult, simulatePolicy } from './simulate.ts';
import { levelMax, type Sound } from './sound-input.ts';
import type { Demand, StockTarget } from './types.ts';

/** Days that a perishable item's target is tried over; the same draws for every level. */
const DAYS = 6_000;
const WARM_UP_DAYS = 300;
const DAYS_PER_YEAR = 365;

/**
 * Bounds of the units that outdate per review under base stock S with first-expired-first-out
 * issue and no lead time (Chazan & Gal 1977; Nahmias 1982, section 3): with D the demand of a
 * shelf life, E[(S - D)+] / n <= outdated <= E[(S - D)+], where the shelf life is n reviews.
 * What is on order ages from its receipt, so S is taken less the demand of the lead time.
 */
export function outdatingBounds(
  onHandLevel: number,
  shelfLifeDemand: Demand,
  reviewsPerShelfLife: number,
): { readonly least: number; readonly most: number } {
  const loss = lossCurve(shelfLifeDemand);
  const most = Math.max(0, onHandLevel - shelfLifeDemand.mean + loss.at(onHandLevel));
  return { least: most / Math.max(1, reviewsPerShelfLife), most };
}

/** Draws independent days of a demand, by inversion of its distribution. */
export function drawDays(day: Demand, days: number, next: () => number): Float64Array {
  const cdf = cumulative(day.probabilities);
  const last = cdf.length - 1;
  return Float64Array.from({ length: days }, () => {
    const chance = next();
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cdf[middle]! > chance) high = middle;
      else low = middle + 1;
    }
    return low * day.step;
  });
}

/** Runs base stock at a level with this item's demand, lead times and shelf life. */
function tryLevels(sound: Sound, pack: number): (level: number) => SimulationResult {
  const random = createRandom('stock-target', 'perishable');
  const demand = drawDays(sound.demand.overDays(1), DAYS, random.next);
  const leadTimes = Float64Array.from({ length: DAYS }, () => drawLeadTime(sound.leadTime, random));
  const known = new Map<number, SimulationResult>();
  return (level) => {
    const result =
      known.get(level) ??
      simulatePolicy({
        levels: {
          policy: 'perishable',
          reorderPoint: level - pack,
          orderUpTo: level,
          orderQuantity: pack,
        },
        demand,
        leadTimes,
        reviewDays: sound.reviewDays,
        quantities: sound.rules,
        shelfLifeDays: sound.shelfLifeDays ?? Number.POSITIVE_INFINITY,
        shortage: 'backorder',
        onHandAtStart: level,
        warmUpDays: WARM_UP_DAYS,
      });
    known.set(level, result);
    return result;
  };
}

/** Cost a year of a run: holding, orders, penalties and what outdates. */
function yearlyCost(sound: Sound, result: SimulationResult): number {
  const { costs } = sound;
  const perYear = DAYS_PER_YEAR / Math.max(1, result.days);
  const short = result.demand - result.servedAtOnce;
  const yearly =
    costs.order * result.orders +
    (costs.penalty ?? 0) * short +
    (costs.unit - (costs.salvage ?? 0)) * result.outdated;
  return costs.holdingRate * costs.unit * result.averageOnHand + yearly * perYear;
}

/** The level in multiples of the pack: the least that serves, or the cheapest. */
function levelFor(sound: Sound, pack: number, most: number): { level: number; reached: boolean } {
  const run = tryLevels(sound, pack);
  const packs = Math.max(1, Math.ceil(most / pack));
  const { service } = sound;
  if (service.kind !== 'least_cost') {
    const served = (count: number) =>
      service.kind === 'fill_rate' ? run(count * pack).fillRate : run(count * pack).cycleService;
    let [low, high] = [1, packs];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (served(middle) >= service.target) high = middle;
      else low = middle + 1;
    }
    return { level: high * pack, reached: served(high) >= service.target };
  }
  // The cost has one valley up to the noise of the draws, which all levels share.
  let [low, high] = [1, packs];
  while (high - low > 2) {
    const third = Math.max(1, Math.floor((high - low) / 3));
    const [left, right] = [low + third, high - third];
    if (yearlyCost(sound, run(left * pack)) <= yearlyCost(sound, run(right * pack))) high = right;
    else low = left;
  }
  let best = low;
  for (let count = low; count <= high; count += 1) {
    if (yearlyCost(sound, run(count * pack)) < yearlyCost(sound, run(best * pack))) best = count;
  }
  return { level: best * pack, reached: true };
}

const daysOf = ({ leadTime, reviewDays }: Sound) => Math.ceil(leadTime.mean) + reviewDays;

/** What counts as all that may be asked for: nearly all, where cost decides. */
function shareOf({ service }: Sound): number {
  return service.kind === 'least_cost' ? 0.999 : service.target;
}

/**
 * A base-stock target for goods with a shelf life. No exact theory is tractable (the state is
 * the age of every unit); the level is found by running the rule itself over 6,000 days that are
 * drawn from the item's own demand and lead time with a fixed seed (as the critical-number
 * policies of Nahmias 1982, whose bounds of outdating limit the search). Issue is first expired,
 * first out. Where more stock only outdates, the target is the best that can be reached and
 * `limits` says `shelf_life`, or `cover_level` where the cover allowed ends the search earlier.
 */
export function perishableTarget(
  sound: Sound,
  protection: Protection,
  explain: (level: number) => StockTarget['explanation'],
): StockTarget {
  const { multiple: pack, minimum } = soundRules(sound.rules);
  const shelfLife = sound.shelfLifeDays ?? 3650;
  // What is ordered now can be sold until its shelf life ends, a lead time and a review later at
  // most. Beyond what is asked for until then, with the service's own probability, a further pack
  // would only outdate beside the first.
  const useful = quantileOf(sound.demand.overDays(daysOf(sound) + shelfLife), shareOf(sound));
  const top = (protection.whole.probabilities.length - 1) * protection.step;
  const most = Math.max(minimum, Math.min(minimum + top, useful));
  const packsMax = 1 + Math.floor(levelMax(sound, protection.whole) / pack);
  const allowed = Math.max(minimum, packsMax * pack);
  const { level, reached } = levelFor(sound, pack, Math.min(most, allowed));
  const result = tryLevels(sound, pack)(level);
  const perYear = DAYS_PER_YEAR / Math.max(1, result.days);
  const explanation = explain(level);
  const held = allowed < most ? 'cover_level' : 'shelf_life';
  const limits = reached ? explanation.limits : [...explanation.limits, held];
  return {
    policy: 'perishable',
    reorderPoint: level - pack,
    orderUpTo: level,
    orderQuantity: roundedQuantity(Math.max(pack, protection.review.mean), sound.rules),
    safetyStock: level - protection.whole.mean,
    cycleService: result.cycleService,
    fillRate: result.fillRate,
    expectedOnHand: result.averageOnHand,
    expectedBackorders: result.averageBackorders,
    expectedOutdatedPerYear: result.outdated * perYear,
    ordersPerYear: result.orders * perYear,
    costPerYear: yearlyCost(sound, result),
    explanation: { ...explanation, limits: [...new Set(limits)] },
  };
}
