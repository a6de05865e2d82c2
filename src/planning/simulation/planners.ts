import {
  clean,
  type EngineState,
  forecastFast,
  forecastFull,
  varianceOfSums,
} from '../engine/index.ts';
import {
  forecastDemand,
  leadTimeOf,
  type OrderingLevels,
  roundedQuantity,
  stockTarget,
} from '../policy/index.ts';
import type { Morning, Planner } from './run.ts';
import { COSTS, HISTORY_DAYS, type SimulatedItem, type SimulatedSupplier } from './world.ts';

/** Days of the quarter that a planner by hand looks at, once. */
const QUARTER_DAYS = 91;
const WEEK_DAYS = 7;

/** The same, but every quarter anew, from what was seen of the last one. */
export function plannerEachQuarter(): Planner {
  let [levels, setOn]: [OrderingLevels | undefined, number] = [undefined, 0];
  return ({ day, item, seen }) => {
    if (levels === undefined || day - setOn >= QUARTER_DAYS) {
      [levels, setOn] = [levelsByHand(item, seen, 2), day];
    }
    return levels;
  };
}

/**
 * What a planner sets by hand, once, from the last quarter: the minimum covers what sells in the
 * stated lead time, half as much again for safety and at least a week; the maximum is four weeks
 * more. `generosity` multiplies the safety.
 */
export function plannerByHand(generosity = 1): Planner {
  let levels: OrderingLevels | undefined;
  return ({ item, seen }) => {
    levels ??= levelsByHand(item, seen, generosity);
    return levels;
  };
}

function levelsByHand(item: SimulatedItem, seen: Float64Array, generosity: number): OrderingLevels {
  const quarter = seen.subarray(Math.max(0, seen.length - QUARTER_DAYS));
  // Of a day that began with an empty shelf nothing is known; the other days speak for it.
  const known = quarter.filter((units) => !Number.isNaN(units));
  const perDay = sumOf(known) / Math.max(1, known.length);
  const lead = item.supplier.statedLeadDays;
  const safety = Math.max(WEEK_DAYS, lead / 2) * generosity;
  const least = Math.ceil(perDay * (lead + safety));
  const most =
    least + roundedQuantity(Math.max(1, perDay * 4 * WEEK_DAYS), { multiple: item.pack });
  return { policy: 's_S', reorderPoint: least, orderUpTo: most, orderQuantity: most - least };
}

/** Units on the shelf when either way of planning begins: what is usual by hand. */
export function usualStock(item: SimulatedItem, demand: Float64Array): number {
  const levels = levelsByHand(item, demand.subarray(0, HISTORY_DAYS), 1);
  return Math.round((levels.reorderPoint + levels.orderUpTo) / 2);
}

/** Days between two full selections of the method, as the nightly run has them in rotation. */
const SELECT_DAYS = 91;
/** Days ahead that a forecast reaches. */
const HORIZON_DAYS = 84;
const RECEIPTS_MAX = 60;

/** How the planner of the product is set. */
export interface PlanningOptions {
  /** Share of units to be served at once. */
  readonly fillRate: number;
}

/**
 * Plans as the product does every night: cleans the history, forecasts it (the method is chosen
 * anew every quarter), learns the lead time from receipts, and reckons the stock target. What a
 * promotion does is learnt from earlier ones and added to what is planned.
 */
export function plannerOfProduct({ fillRate }: PlanningOptions): Planner {
  let state: EngineState | null = null;
  let selectedOn = Number.NEGATIVE_INFINITY;
  return (morning) => {
    const { day, item, seen } = morning;
    const uplift = upliftOf(item, seen);
    const plain = seen.map((units, at) => (item.promoted[at] === 1 ? units / uplift : units));
    const { series, marks } = clean(plain, { season: WEEK_DAYS });
    const isDue = day - selectedOn >= SELECT_DAYS;
    const forecast = isDue
      ? forecastFull(series, HORIZON_DAYS, { marks, originsMax: 4 })
      : forecastFast(series, HORIZON_DAYS, state);
    if (isDue) [state, selectedOn] = [forecast.state, day];
    const means = forecast.mean.map((mean, ahead) =>
      item.promoted[day + ahead] === 1 ? mean * uplift : mean,
    );
    const { variance, growth } = varianceOfSums(forecast);
    const rise = sumOf(means) / Math.max(1e-9, sumOf(forecast.mean));
    return stockTarget({
      demand: forecastDemand(means, (days) => variance * rise * days ** growth),
      leadTime: leadTimeOf(receiptsOf(item.supplier, day), item.supplier.statedLeadDays),
      reviewDays: 1,
      service: { kind: 'fill_rate', target: fillRate },
      costs: { order: COSTS.order, unit: item.unitCost, holdingRate: COSTS.holdingRate },
      quantities: { multiple: item.pack },
    });
  };
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Lead times that are known on a day: a weekly order of the supplier's, once it is here. */
function receiptsOf({ leadDays }: SimulatedSupplier, day: number): number[] {
  const known: number[] = [];
  for (let ordered = day % WEEK_DAYS; ordered < day; ordered += WEEK_DAYS) {
    if (ordered + leadDays[ordered]! < day) known.push(leadDays[ordered]!);
  }
  return known.slice(-RECEIPTS_MAX);
}

/** Days whose demand says what is usual, before and after a promotion. */
const AROUND_DAYS = 28;
/** Past promotion days as which a rise of half is believed without having seen any. */
const PRIOR_DAYS = 7;
const PRIOR_UPLIFT = 1.5;
const UPLIFT_MAX = 5;

/** By how much promotions multiplied demand until yesterday, shrunk to what is usual. */
function upliftOf({ promoted }: SimulatedItem, seen: Float64Array): number {
  let [during, usual, days] = [0, 0, 0];
  for (let day = 0; day < seen.length; day += 1) {
    if (promoted[day] !== 1 || Number.isNaN(seen[day])) continue;
    const around = usualAround(promoted, seen, day);
    if (!(around > 0)) continue;
    during += seen[day]!;
    usual += around;
    days += 1;
  }
  if (days === 0) return PRIOR_UPLIFT;
  const weight = usual / days;
  const uplift = (during + PRIOR_DAYS * PRIOR_UPLIFT * weight) / (usual + PRIOR_DAYS * weight);
  return Math.min(UPLIFT_MAX, Math.max(1, uplift));
}

function usualAround(promoted: Uint8Array, seen: Float64Array, day: number): number {
  let [sum, count] = [0, 0];
  const end = Math.min(seen.length, day + AROUND_DAYS + 1);
  for (let at = Math.max(0, day - AROUND_DAYS); at < end; at += 1) {
    if (promoted[at] === 1 || Number.isNaN(seen[at])) continue;
    sum += seen[at]!;
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

export type { Morning };
