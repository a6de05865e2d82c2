import { samplePaths } from '../engine/index.ts';
import {
  drawLeadTime,
  fixedLeadTime,
  forecastDemand,
  type LeadTime,
  type ServiceTarget,
  type SimulatedLevels,
  type SimulationResult,
  simulatePolicy,
  stockTarget,
} from '../policy/index.ts';
import { createRandom, type Random } from '../random.ts';

/** Days of a week: levels are reckoned anew every week, as the nightly runs would. */
const WEEK_DAYS = 7;

/** All that a place's future is made of. Money in units of the house currency, days from today. */
export interface FuturePlace {
  readonly item: string;
  readonly site: string;
  readonly unitCost: number;
  /** What a unit short loses. */
  readonly shortageCost: number;
  readonly onHand: number;
  readonly arriving: readonly { readonly day: number; readonly quantity: number }[];
  /** Expected demand of each day ahead. */
  readonly dayMeans: Float64Array;
  /** Demand of each week ahead, with quantiles at LEVELS. */
  readonly weekMeans: Float64Array;
  readonly weekQuantiles: readonly Float64Array[];
  /** Variance of the demand of n days: dayVariance * n ** growth. */
  readonly dayVariance: number;
  readonly growth: number;
  /** Of the errors of two days. */
  readonly correlation: number;
  readonly leadTime: LeadTime;
  readonly reviewDays: number;
  readonly service: ServiceTarget;
  readonly orderCost: number;
  readonly holdingRate: number;
  readonly multiple: number;
  readonly minimum: number;
  readonly granularity: number;
}

/** A stretch of days ahead, both included; 0 is today. */
export interface Stretch {
  readonly fromDay: number;
  readonly toDay: number;
}

/** What is changed. What is not named stays as it is. */
export interface Change {
  /** Another service, as 0.99 of what the place measures. */
  readonly serviceTarget?: number | undefined;
  /** Every lead time times this. */
  readonly leadTimeFactor?: number | undefined;
  /** Or always this many days. */
  readonly leadTimeDays?: number | undefined;
  /** Demand of every day times this. */
  readonly demandFactor?: number | undefined;
  /** Demand times an uplift for some days. */
  readonly promotion?: (Stretch & { readonly uplift: number }) | undefined;
  /** Nothing arrives in these days; what would, comes the day after. */
  readonly supplierFailure?: Stretch | undefined;
  /** Nobody knows beforehand: levels stay as if nothing changed. */
  readonly unforeseen?: boolean | undefined;
}

/** How it is simulated. */
export interface WhatIfOptions {
  readonly seed: string;
  readonly days: number;
  readonly paths: number;
}

/** What comes of a case, averaged over the futures. */
export interface CaseResult {
  readonly demandUnits: number;
  readonly lostUnits: number;
  /** Share of units that were there when they were wanted. */
  readonly fillRate: number;
  /** Days on which somebody wanted more than there was. */
  readonly stockoutDays: number;
  /** Share of futures with at least one such day. */
  readonly stockoutChance: number;
  readonly averageUnits: number;
  readonly averageValue: number;
  readonly orders: number;
  readonly orderedUnits: number;
  readonly holdingCost: number;
  readonly orderingCost: number;
  readonly shortageCost: number;
  readonly totalCost: number;
  /** Of each week: units on hand at its end and units short in it. */
  readonly weekOnHand: readonly number[];
  readonly weekShort: readonly number[];
  /** The levels that hold today. */
  readonly reorderPoint: number;
  readonly orderUpTo: number;
}

/** Both cases of a place, in the same futures. */
export interface PlaceWhatIf {
  readonly item: string;
  readonly site: string;
  readonly base: CaseResult;
  readonly changed: CaseResult;
}

/**
 * Plays the future of an item at a site with and without a change. Both cases see the same
 * customers and the same luck with suppliers (common random numbers; Law 2015, chapter 11), so
 * that what differs is the change. The same seed gives the same answer on every machine.
 */
export function playWhatIf(
  place: FuturePlace,
  change: Change,
  options: WhatIfOptions,
): PlaceWhatIf {
  const { item, site } = place;
  const days = Math.min(options.days, place.weekMeans.length * WEEK_DAYS);
  const { seed, paths } = options;
  const random = createRandom(seed, `${item}/${site}/demand`);
  const futures = demandPaths(place, days, paths, random);
  const play = (own: Change) => playCase(place, own, { seed, days, futures });
  return { item, site, base: play({}), changed: play(change) };
}

/** Futures by day in units that can be asked for, drawn by week from the forecast's quantiles. */
function demandPaths(
  place: FuturePlace,
  days: number,
  paths: number,
  random: Random,
): Float64Array[] {
  const { weekMeans, weekQuantiles, correlation: ofDays } = place;
  // Sums of seven days whose errors correlate so have more in common than the days themselves.
  const correlation = (WEEK_DAYS * ofDays) / (1 + (WEEK_DAYS - 1) * ofDays);
  const forecast = { mean: weekMeans, quantiles: weekQuantiles, correlation };
  return samplePaths(forecast, paths, random).map((weeks) => {
    const path = new Float64Array(days);
    for (let week = 0; week * WEEK_DAYS < days; week += 1) {
      spreadWeek(place, week, weeks[week] ?? 0, path, random);
    }
    return path;
  });
}

/** Whole steps of a week that are spread one by one; more of them are spread in proportion. */
const STEPS_ONE_BY_ONE = 200;

/** Puts the demand of a week on its days, each as likely as its expected share. */
function spreadWeek(
  place: FuturePlace,
  week: number,
  total: number,
  path: Float64Array,
  random: Random,
): void {
  const { dayMeans, granularity } = place;
  const first = week * WEEK_DAYS;
  const upTo = new Float64Array(WEEK_DAYS);
  let sum = 0;
  for (let i = 0; i < WEEK_DAYS; i += 1) {
    sum += dayMeans[first + i] ?? 1;
    upTo[i] = sum;
  }
  const share = (i: number) => (sum > 0 ? upTo[i]! / sum : (i + 1) / WEEK_DAYS);
  const steps = Math.floor(total / granularity + random.next());
  let before = 0;
  const drawn = new Float64Array(WEEK_DAYS);
  if (steps <= STEPS_ONE_BY_ONE) {
    for (let step = 0; step < steps; step += 1) {
      const draw = random.next();
      let day = 0;
      while (day < WEEK_DAYS - 1 && share(day) < draw) day += 1;
      drawn[day]! += 1;
    }
  } else {
    for (let i = 0; i < WEEK_DAYS; i += 1) {
      const end = Math.round(steps * share(i));
      drawn[i] = end - before;
      before = end;
    }
  }
  for (let i = 0; i < WEEK_DAYS && first + i < path.length; i += 1) {
    path[first + i] = drawn[i]! * granularity;
  }
}

interface Played {
  readonly seed: string;
  readonly days: number;
  readonly futures: readonly Float64Array[];
}

function playCase(place: FuturePlace, change: Change, { seed, days, futures }: Played): CaseResult {
  const levels = levelsByWeek(place, change.unforeseen ? {} : change, days);
  const leadTime = changedLeadTime(place.leadTime, change);
  const luck = createRandom(seed, `${place.item}/${place.site}/lead-times`);
  const arriving = place.arriving.map(({ day, quantity }) => ({
    day: afterFailure(day, change),
    quantity,
  }));
  const totals = newTotals(days);
  for (const future of futures) {
    const demand = future.map((units, day) => units * demandFactor(change, day));
    const leadTimes = Float64Array.from(demand, (_, day) => {
      return afterFailure(day + drawLeadTime(leadTime, luck), change) - day;
    });
    const result = simulatePolicy({
      levels: levels[0]!,
      levelsOn: (day) => levels[Math.floor(day / WEEK_DAYS)]!,
      ...{ demand, leadTimes, arriving, reviewDays: place.reviewDays },
      quantities: { multiple: place.multiple, minimum: place.minimum },
      ...{ shortage: 'lost', onHandAtStart: place.onHand, keepDays: true },
    });
    addFuture(totals, result);
  }
  return resultOf(place, totals, futures.length, levels[0]!);
}

/** Levels of each week, reckoned from what is forecast from then on. */
function levelsByWeek(place: FuturePlace, change: Change, days: number): SimulatedLevels[] {
  const { service } = place;
  const target = change.serviceTarget;
  const isShare = service.kind !== 'least_cost';
  const wanted: ServiceTarget =
    target === undefined ? service : { kind: isShare ? service.kind : 'fill_rate', target };
  const leadTime = changedLeadTime(place.leadTime, change);
  const means = place.dayMeans.map((mean, day) => mean * demandFactor(change, day));
  const weeks = Math.ceil(days / WEEK_DAYS);
  return Array.from({ length: weeks }, (_, week) => {
    const first = week * WEEK_DAYS;
    const ahead = means.subarray(first);
    const rise = risen(place.dayMeans.subarray(first), ahead);
    return stockTarget({
      demand: forecastDemand(
        ahead,
        (count) => place.dayVariance * rise * count ** place.growth,
        place.granularity,
      ),
      leadTime: delayed(leadTime, first, change),
      reviewDays: place.reviewDays,
      service: wanted,
      costs: {
        order: place.orderCost,
        unit: place.unitCost,
        holdingRate: place.holdingRate,
        penalty: place.shortageCost,
      },
      quantities: { multiple: place.multiple, minimum: place.minimum },
      granularity: place.granularity,
    });
  });
}

/** By how much a change lifts demand of the next weeks; its variance grows as much. */
function risen(before: Float64Array, after: Float64Array): number {
  const sum = (values: Float64Array) =>
    values.subarray(0, 4 * WEEK_DAYS).reduce((total, value) => total + value, 0);
  const usual = sum(before);
  return usual > 0 ? sum(after) / usual : 1;
}

function demandFactor({ demandFactor: factor = 1, promotion }: Change, day: number): number {
  const isPromoted = promotion && day >= promotion.fromDay && day <= promotion.toDay;
  return factor * (isPromoted ? promotion.uplift : 1);
}

function changedLeadTime(leadTime: LeadTime, change: Change): LeadTime {
  if (change.leadTimeDays !== undefined) return fixedLeadTime(change.leadTimeDays);
  const factor = change.leadTimeFactor ?? 1;
  if (factor === 1) return leadTime;
  const days = leadTime.days.map((day) => Math.round(day * factor));
  return { ...leadTime, days, ...momentsOf(days, leadTime.weights) };
}

/** Lead times of purchases placed on a day, once it is known that nothing comes for a while. */
function delayed(leadTime: LeadTime, day: number, change: Change): LeadTime {
  if (!change.supplierFailure) return leadTime;
  const days = leadTime.days.map((own) => afterFailure(day + own, change) - day);
  return { ...leadTime, days, ...momentsOf(days, leadTime.weights) };
}

function momentsOf(days: readonly number[], weights: readonly number[]) {
  const mean = days.reduce((sum, day, i) => sum + day * weights[i]!, 0);
  const variance = days.reduce((sum, day, i) => sum + (day - mean) ** 2 * weights[i]!, 0);
  return { mean, deviation: Math.sqrt(variance) };
}

function afterFailure(day: number, { supplierFailure: failure }: Change): number {
  const isIn = failure !== undefined && day >= failure.fromDay && day <= failure.toDay;
  return isIn ? failure.toDay + 1 : day;
}

interface Totals {
  demand: number;
  lost: number;
  onHand: number;
  orders: number;
  orderedUnits: number;
  stockoutDays: number;
  shortFutures: number;
  readonly days: number;
  readonly weekOnHand: Float64Array;
  readonly weekShort: Float64Array;
}

function newTotals(days: number): Totals {
  const weeks = Math.ceil(days / WEEK_DAYS);
  return {
    ...{ demand: 0, lost: 0, onHand: 0, orders: 0, orderedUnits: 0 },
    ...{ stockoutDays: 0, shortFutures: 0, days },
    weekOnHand: new Float64Array(weeks),
    weekShort: new Float64Array(weeks),
  };
}

function addFuture(totals: Totals, result: SimulationResult): void {
  totals.demand += result.demand;
  totals.lost += result.demand - result.servedAtOnce;
  totals.onHand += result.averageOnHand;
  totals.orders += result.orders;
  totals.orderedUnits += result.orderedUnits;
  totals.stockoutDays += result.shortDays * result.days;
  if (result.shortDays > 0) totals.shortFutures += 1;
  const { onHand, short } = result.daily!;
  for (let week = 0; week < totals.weekOnHand.length; week += 1) {
    const last = Math.min(totals.days, (week + 1) * WEEK_DAYS) - 1;
    totals.weekOnHand[week]! += onHand[last]!;
    for (let day = week * WEEK_DAYS; day <= last; day += 1) totals.weekShort[week]! += short[day]!;
  }
}

function resultOf(
  place: FuturePlace,
  totals: Totals,
  futures: number,
  levels: SimulatedLevels,
): CaseResult {
  const mean = (sum: number) => (futures > 0 ? sum / futures : 0);
  const averageUnits = mean(totals.onHand);
  const averageValue = averageUnits * place.unitCost;
  const holdingCost = (averageValue * place.holdingRate * totals.days) / 365;
  const orderingCost = mean(totals.orders) * place.orderCost;
  const shortageCost = mean(totals.lost) * place.shortageCost;
  return {
    demandUnits: mean(totals.demand),
    lostUnits: mean(totals.lost),
    fillRate: totals.demand > 0 ? 1 - totals.lost / totals.demand : 1,
    stockoutDays: mean(totals.stockoutDays),
    stockoutChance: mean(totals.shortFutures),
    ...{ averageUnits, averageValue },
    orders: mean(totals.orders),
    orderedUnits: mean(totals.orderedUnits),
    ...{ holdingCost, orderingCost, shortageCost },
    totalCost: holdingCost + orderingCost + shortageCost,
    weekOnHand: Array.from(totals.weekOnHand, mean),
    weekShort: Array.from(totals.weekShort, mean),
    ...{ reorderPoint: levels.reorderPoint, orderUpTo: levels.orderUpTo },
  };
}
