import { fixedLeadTime } from './lead-time.ts';
import type {
  Demand,
  DemandAhead,
  LeadTime,
  PolicyCosts,
  PriceBreak,
  QuantityRules,
  ServiceTarget,
  StockTargetInput,
} from './types.ts';

/** Input of `stockTarget` in which every figure can be reckoned with. */
export interface Sound {
  readonly demand: DemandAhead;
  readonly leadTime: LeadTime;
  readonly reviewDays: number;
  readonly service: ServiceTarget;
  readonly costs: PolicyCosts;
  readonly rules: QuantityRules;
  readonly priceBreaks: readonly PriceBreak[];
  readonly shelfLifeDays: number | null;
  readonly seasonDays: number | null;
  readonly coverDaysMax: number;
  /** Days of demand that a reorder point may hold; null where no cover is set. */
  readonly levelDaysMax: number | null;
  readonly granularity: number;
  readonly warnings: readonly string[];
}

/** A service beyond this is not asked of any stock: it would be all of the tail. */
const SERVICE_MAX = 0.9999;
const SERVICE_USUAL = 0.95;
const LEAD_TIME_DAYS_MAX = 730;

function soundService(input: StockTargetInput, warnings: string[]): ServiceTarget {
  const { service, costs } = input;
  if (service.kind === 'least_cost') {
    const canWeigh = (costs.penalty ?? 0) > 0 && costs.unit > 0 && costs.holdingRate > 0;
    if (canWeigh) return service;
    warnings.push('least cost needs a penalty, a unit cost and a holding rate: 95 % fill rate');
    return { kind: 'fill_rate', target: SERVICE_USUAL };
  }
  const { kind, target } = service;
  if (!Number.isFinite(target)) {
    warnings.push('the service target is no number: 95 %');
    return { kind, target: SERVICE_USUAL };
  }
  const kept = Math.min(SERVICE_MAX, Math.max(0, target));
  if (kept !== target) warnings.push(`a service target of ${target} became ${kept}`);
  return { kind, target: kept };
}

function soundLeadTime({ leadTime }: StockTargetInput, warnings: string[]): LeadTime {
  const { days, weights } = leadTime;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const isSound =
    days.length > 0 &&
    days.length === weights.length &&
    days.every((day) => day >= 0 && Number.isFinite(day)) &&
    weights.every((weight) => weight >= 0) &&
    Math.abs(total - 1) < 1e-6;
  if (isSound && days.at(-1)! <= LEAD_TIME_DAYS_MAX) return leadTime;
  const mean = Number.isFinite(leadTime.mean) && leadTime.mean >= 0 ? leadTime.mean : 7;
  const kept = Math.min(mean, LEAD_TIME_DAYS_MAX);
  warnings.push(
    `the lead time is no distribution of 0 to ${LEAD_TIME_DAYS_MAX} days: ${kept} days`,
  );
  return fixedLeadTime(kept);
}

/** Puts right what cannot be reckoned with, and says so. */
export function soundInput(input: StockTargetInput): Sound {
  const warnings: string[] = [];
  const amount = (name: string, value: number | undefined) => {
    if (value === undefined) return 0;
    if (value >= 0 && Number.isFinite(value)) return value;
    warnings.push(`${name} of ${value} became 0`);
    return 0;
  };
  const days = (name: string, value: number | undefined) => {
    if (value === undefined) return null;
    if (value > 0 && Number.isFinite(value)) return Math.max(1, Math.floor(value));
    warnings.push(`${name} of ${value} was left out`);
    return null;
  };
  const breaks = (input.priceBreaks ?? []).filter(
    ({ quantity, unitCost }) => quantity >= 0 && unitCost > 0 && Number.isFinite(unitCost),
  );
  if (breaks.length < (input.priceBreaks ?? []).length) {
    warnings.push('price breaks without a price above 0 were left out');
  }
  const { costs } = input;
  const penalty = amount('penalty', costs.penalty);
  const coverDaysMax = days('cover', input.coverDaysMax);
  return {
    demand: input.demand,
    leadTime: soundLeadTime(input, warnings),
    reviewDays: days('review period', input.reviewDays) ?? 1,
    service: soundService(input, warnings),
    costs: {
      order: amount('order cost', costs.order),
      unit: amount('unit cost', costs.unit),
      holdingRate: amount('holding rate', costs.holdingRate),
      ...(penalty > 0 && { penalty }),
      ...(Number.isFinite(costs.salvage ?? Number.NaN) && { salvage: costs.salvage! }),
    },
    rules: input.quantities ?? {},
    priceBreaks: breaks,
    shelfLifeDays: days('shelf life', input.shelfLifeDays),
    seasonDays: days('season', input.seasonDays),
    coverDaysMax: coverDaysMax ?? 365,
    levelDaysMax: coverDaysMax,
    granularity: input.granularity && input.granularity > 0 ? input.granularity : 1,
    warnings,
  };
}

/** Deviations of demand that a level may hold beyond its mean, however lumpy demand is. */
const LEVEL_DEVIATIONS_MAX = 3;

/**
 * The highest reorder point that is sensible where a cover is set: the allowed cover, or demand
 * over the protection interval and three deviations of it, whichever is more. An item that is
 * hardly asked for has a distribution with a far tail that nobody has seen; a fill rate alone
 * would hold years of demand against it.
 */
export function levelMax(sound: Sound, whole: Demand): number {
  if (sound.levelDaysMax === null) return Infinity;
  const cover = sound.levelDaysMax * sound.demand.meanPerDay;
  const spread = whole.mean + LEVEL_DEVIATIONS_MAX * Math.sqrt(whole.variance);
  return Math.ceil(Math.max(cover, spread) / sound.granularity) * sound.granularity;
}
