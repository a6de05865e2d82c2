import { convolve, dailyDemand } from './demand.ts';
import { guaranteedService } from './guaranteed.ts';
import { demandOverLeadTime } from './lead-time.ts';
import { normalQuantile } from './numeric.ts';
import { serialBaseStock } from './serial.ts';
import type { Demand, LeadTime } from './types.ts';

/** A regional site that a central one supplies. */
export interface RegionalSite {
  readonly site: string;
  readonly demandPerDay: number;
  readonly demandDeviationPerDay: number;
  /** Whole days from the central site's dispatch until it can be sold here. */
  readonly transferDays: number;
  readonly reviewDays: number;
  /** Cost of holding a unit here for a day. */
  readonly holdingPerDay: number;
  /** Probability with which demand stays within what is held (cycle service). */
  readonly service: number;
}

/** A central site with its regions. */
export interface EchelonInput {
  readonly central: {
    readonly site: string;
    readonly leadTime: LeadTime;
    readonly reviewDays: number;
    readonly holdingPerDay: number;
    /** Probability with which the lead time and the regions' demand stay within its bounds. */
    readonly service: number;
    /** Demand of customers of its own; they are served from the shelf, so the regions are too. */
    readonly demandPerDay?: number;
    readonly demandDeviationPerDay?: number;
  };
  readonly regions: readonly RegionalSite[];
  /** How demands of regions go together: 0 independent, 1 in step. */
  readonly correlation?: number;
  /** Cost of a unit on backorder a day; with it and one region the stochastic model decides. */
  readonly backorderPerDay?: number;
}

/** What a site holds in a network of two echelons. */
export interface EchelonSite {
  readonly site: string;
  /** Level up to which its own position (on hand + on order - backorders) is ordered. */
  readonly localLevel: number;
  /** Level of everything that is here or further down. */
  readonly echelonLevel: number;
  readonly safetyStock: number;
  /** Days in which it serves whom it supplies; 0: from its shelf. */
  readonly serviceDays: number;
  /** Days until a replenishment is here, what it waits for included. */
  readonly replenishmentDays: number;
}

/** The targets of a central site and its regions. */
export interface EchelonTargets {
  readonly method: 'serial_stochastic' | 'guaranteed_service';
  readonly reason: string;
  readonly central: EchelonSite;
  readonly regions: readonly EchelonSite[];
  /** Holding (and, in the stochastic model, backorders) a day. */
  readonly costPerDay: number;
}

/** The whole days within which a lead time stays with a probability. */
function leadTimeWithin({ days, weights }: LeadTime, probability: number): number {
  let sum = 0;
  for (let index = 0; index < days.length; index += 1) {
    sum += weights[index]!;
    if (sum >= probability - 1e-9) return Math.ceil(days[index]!);
  }
  return Math.ceil(days.at(-1) ?? 0);
}

/** A probability as a number of standard deviations; service below a half holds no safety. */
function factorOf(service: number): number {
  return Math.max(0, normalQuantile(Math.min(0.9999, Math.max(0.5, service || 0.5))));
}

const whole = (days: number) => (days > 0 && Number.isFinite(days) ? Math.ceil(days) : 0);
const positive = (value: number) => (value > 0 && Number.isFinite(value) ? value : 0);

const sellsItself = ({ central }: EchelonInput) => positive(central.demandPerDay ?? 0) > 0;

function reasonOf(input: EchelonInput, serviceDays: number): string {
  if (sellsItself(input)) return 'It has customers of its own, so it serves all from its shelf.';
  if (serviceDays === 0) return 'Safety stock costs least where demand is pooled.';
  return 'Safety stock costs least near the customers, so the central site only passes on.';
}

function byGuaranteedService(input: EchelonInput): EchelonTargets {
  const { central, regions, correlation = 0 } = input;
  const supplierDays =
    leadTimeWithin(central.leadTime, central.service) + whole(central.reviewDays) - 1;
  const { stages, cost } = guaranteedService({
    correlation,
    stages: [
      {
        id: 'central',
        processingTime: Math.max(0, supplierDays),
        holdingCost: positive(central.holdingPerDay),
        serviceFactor: factorOf(central.service),
        demandDeviation: positive(central.demandDeviationPerDay ?? 0),
        ...(sellsItself(input) && { serviceTimeMax: 0 }),
      },
      ...regions.map((region, index) => ({
        id: `${index}`,
        processingTime: whole(region.transferDays) + Math.max(1, whole(region.reviewDays)),
        holdingCost: positive(region.holdingPerDay),
        serviceFactor: factorOf(region.service),
        demandDeviation: positive(region.demandDeviationPerDay),
        serviceTimeMax: 0,
      })),
    ],
    links: regions.map((_, index) => ({ from: 'central', to: `${index}` })),
  });
  const siteOf = (index: number, site: string, perDay: number): EchelonSite => {
    const stock = stages[index]!;
    const level = perDay * stock.coveredTime + stock.safetyStock;
    return {
      site,
      localLevel: level,
      echelonLevel: level,
      safetyStock: stock.safetyStock,
      serviceDays: stock.serviceTime,
      replenishmentDays: stock.coveredTime + stock.serviceTime,
    };
  };
  const perDay = regions.reduce(
    (sum, region) => sum + positive(region.demandPerDay),
    positive(central.demandPerDay ?? 0),
  );
  const regional = regions.map((region, index) =>
    siteOf(index + 1, region.site, positive(region.demandPerDay)),
  );
  const own = siteOf(0, central.site, perDay);
  const below = regional.reduce((sum, { localLevel }) => sum + localLevel, 0);
  return {
    method: 'guaranteed_service',
    reason: reasonOf(input, own.serviceDays),
    central: { ...own, echelonLevel: own.localLevel + below },
    regions: regional,
    costPerDay: cost,
  };
}

function bySerialModel(input: EchelonInput, backorderPerDay: number): EchelonTargets {
  const { central, regions } = input;
  const region = regions[0]!;
  const [mean, deviation] = [region.demandPerDay, region.demandDeviationPerDay];
  const regionDays = whole(region.transferDays) + Math.max(1, whole(region.reviewDays));
  const centralDays = Math.max(
    1,
    Math.round(central.leadTime.mean) + whole(central.reviewDays) - 1,
  );
  const spans = dailyDemand(mean, deviation ** 2);
  const late = demandOverLeadTime(spans, central.leadTime, whole(central.reviewDays) - 1);
  const all = convolve(late, spans.overDays(regionDays));
  const over = (_days: number, stage?: number): Demand => {
    if (stage === 1) return late;
    return stage === 0 ? spans.overDays(regionDays) : all;
  };
  const { echelonLevels, localLevels, cost } = serialBaseStock({
    echelonHolding: [region.holdingPerDay - central.holdingPerDay, central.holdingPerDay],
    leadTimes: [regionDays, centralDays],
    penalty: backorderPerDay,
    demand: { kind: 'lattice', meanPerTime: mean, over },
  });
  const siteOf = (site: string, index: 0 | 1, days: number): EchelonSite => ({
    site,
    localLevel: localLevels[index]!,
    echelonLevel: echelonLevels[index]!,
    safetyStock: localLevels[index]! - mean * days,
    serviceDays: 0,
    replenishmentDays: days,
  });
  return {
    method: 'serial_stochastic',
    reason: 'One region, where stock is dearer to hold: both levels together cost least.',
    central: siteOf(central.site, 1, centralDays),
    regions: [siteOf(region.site, 0, regionDays)],
    costPerDay: cost,
  };
}

/**
 * Stock targets of a central site and the regions it supplies, with the share of safety stock
 * that is cheapest to hold at each. Which model:
 * - one region, a backorder cost, stock dearer to hold in the region, and no customers of the
 *   central site's own: the serial stochastic model (Clark & Scarf 1960), exact for its
 *   whole-unit demand;
 * - otherwise guaranteed service (Graves & Willems 2000): the central site promises its regions a
 *   time, demand is pooled there, and a lead time is taken as the days within which it stays with
 *   the central site's service.
 * What comes of the model for the product's own targets is `centralTarget`.
 * @throws RangeError without a region.
 */
export function echelonTargets(input: EchelonInput): EchelonTargets {
  const { regions, central, backorderPerDay } = input;
  const region = regions[0];
  if (!region) throw new RangeError('a central site needs at least one region');
  const isSerial =
    regions.length === 1 &&
    !sellsItself(input) &&
    positive(backorderPerDay ?? 0) > 0 &&
    positive(region.demandPerDay) > 0 &&
    positive(region.demandDeviationPerDay) > 0 &&
    positive(central.holdingPerDay) > 0 &&
    region.holdingPerDay > central.holdingPerDay;
  return isSerial ? bySerialModel(input, backorderPerDay!) : byGuaranteedService(input);
}
