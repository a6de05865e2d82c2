import {
  type CentralWait,
  centralTarget,
  type DemandAhead,
  type EchelonInput,
  type EchelonTargets,
  echelonTargets,
  type LeadTime,
  type StockTarget,
  type StockTargetInput,
} from '../policy/index.ts';
import type { Place } from './place.ts';
import type { Effective } from './setting.ts';

/** Central and regional stock: what a site that refills others holds, and how long they wait. */

/** What was decided for a site that refills others. */
export interface CentralPart {
  readonly model: EchelonTargets['method'];
  readonly reason: string;
  /** Days within which it serves the sites that it refills; 0: from its shelf. */
  readonly promisedDays: number;
  /** Codes of the sites that are refilled from it. */
  readonly refills: readonly string[];
  /** What they have to reckon with because it runs out at times. */
  readonly wait: CentralWait;
}

/** A site that is refilled from the central one. */
export interface Region {
  readonly place: Place;
  readonly setting: Effective;
  readonly demand: DemandAhead;
  readonly transfer: LeadTime;
}

/** A central site: its own demand apart from that of everything it refills. */
export interface Central {
  readonly place: Place;
  readonly setting: Effective;
  readonly own: DemandAhead | undefined;
  readonly input: StockTargetInput;
  readonly regions: readonly Region[];
}

const DAYS_A_YEAR = 365;
const BASIS_POINTS = 10_000;

/** The deviation of a day's demand that gives that of the days which matter. */
function deviationPerDay(demand: DemandAhead, days: number): number {
  const span = Math.max(1, Math.ceil(days));
  return Math.sqrt(Math.max(0, demand.overDays(span).variance) / span);
}

function holdingPerDay({ unitCost }: Place, setting: Effective): number {
  return (unitCost * setting.holdingRateBasisPoints) / BASIS_POINTS / DAYS_A_YEAR;
}

const serviceOf = (setting: Effective) => setting.serviceTargetBasisPoints / BASIS_POINTS;

/** Where one unit short for a day costs so much, the service that is asked for costs least. */
function impliedPenalty(region: Region): number {
  const service = serviceOf(region.setting);
  return (holdingPerDay(region.place, region.setting) * service) / (1 - service);
}

function echelonInput({ place, setting, own, input, regions }: Central): EchelonInput {
  const supplyDays = input.leadTime.mean + input.reviewDays;
  return {
    central: {
      site: place.site.code,
      leadTime: input.leadTime,
      reviewDays: input.reviewDays,
      holdingPerDay: holdingPerDay(place, setting),
      service: serviceOf(setting),
      ...(own && {
        demandPerDay: own.meanPerDay,
        demandDeviationPerDay: deviationPerDay(own, supplyDays),
      }),
    },
    regions: regions.map((region) => ({
      site: region.place.site.code,
      demandPerDay: region.demand.meanPerDay,
      demandDeviationPerDay: deviationPerDay(region.demand, supplyDays + region.transfer.mean),
      transferDays: region.transfer.mean,
      reviewDays: region.setting.reviewPeriodDays,
      holdingPerDay: holdingPerDay(region.place, region.setting),
      service: serviceOf(region.setting),
    })),
    ...(regions.length === 1 && { backorderPerDay: impliedPenalty(regions[0]!) }),
  };
}

/** Plans a site that refills others: its own target, and what the others wait for it. */
export function planCentral(central: Central): { target: StockTarget; part: CentralPart } {
  const echelons = echelonTargets(echelonInput(central));
  const { target, wait } = centralTarget(central.input, echelons);
  return {
    target,
    part: {
      model: echelons.method,
      reason: echelons.reason,
      promisedDays: echelons.central.serviceDays,
      refills: central.regions.map(({ place }) => place.site.code),
      wait,
    },
  };
}
