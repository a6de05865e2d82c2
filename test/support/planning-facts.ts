import type { StoredForecast } from '../../src/planning/nightly/index.ts';
import type { Facts, PastFigures } from '../../src/planning/proposals/place.ts';
import { placeKey } from '../../src/planning/proposals/place.ts';
import { makePlan, type Plan } from '../../src/planning/proposals/plan.ts';
import type { SettingRow } from '../../src/planning/proposals/setting.ts';
import { createRandom } from '../../src/planning/random.ts';
import { LEVELS } from '../../src/planning/series.ts';

/** Facts that a planning run would read, for tests of the plan without a database. */

export const HOUSE = 1;
export const TODAY = 20_780;
export const [CENTRAL, REGIONAL, FAR] = [10, 11, 12];

/** A forecast that says the same of every day, with twice its mean as variance. */
export function forecast(itemId: number, siteId: number, perDay: number): StoredForecast {
  const weekMeans = new Float64Array(26).fill(perDay * 7);
  return {
    ...{ itemId, siteId, ownerId: HOUSE, origin: '2026-11-22', run: 'FR-000001', method: 'ets' },
    ...{ demandClass: 'smooth', marks: [], isDrifting: false, driftedOn: null, overrides: [] },
    largeOverrides: [],
    dayMeans: new Float64Array(56).fill(perDay),
    dayQuantiles: LEVELS.map(() => new Float64Array(7).fill(perDay)),
    weekMeans,
    weekQuantiles: LEVELS.map(() => weekMeans),
    ...{ dayVariance: perDay * 2, growth: 1.1, correlation: 0.1 },
  };
}

const ANYWHERE = { itemId: null, siteId: null, abcClass: null, xyzClass: null };
const NOTHING = {
  ...{ serviceMeasure: null, serviceTargetBasisPoints: null, reviewPeriodDays: null },
  ...{ holdingRateBasisPoints: null, orderCost: null, shortageCostBasisPoints: null },
  ...{ leadTimeDays: null, coverDaysMax: null, supplierId: null, planned: null },
  ...{ sourceSiteId: null, policy: null, endsOn: null },
};

/** A setting that says only what is given. */
export function settingRow(fields: Partial<SettingRow>): SettingRow {
  return { code: 'S', ...ANYWHERE, ...NOTHING, ...fields } as SettingRow;
}

/** Three sites, forty items, two suppliers; the regional site is refilled from the central one. */
export function facts(change: (known: Facts) => Facts = (known) => known): Facts {
  const random = createRandom('plan', 'facts');
  const ids = Array.from({ length: 40 }, (_, i) => i + 1);
  const sites = [CENTRAL, REGIONAL, FAR];
  const supplier = (supplierId: number) => ({
    ...{ supplierId, code: `U${supplierId}`, currency: 'EUR', rate: null, calendar: null },
    ...{ minimumOrderValue: '50', timeZone: 'UTC', orderDays: [], fillShare: 0.9 },
    ...{ containerVolumeMm3: null, containerWeightG: null },
    ...{ returnCreditShare: null, returnWithinDays: null },
  });
  return change({
    ...{ houseId: HOUSE, today: TODAY, currency: 'EUR' },
    items: ids.map((itemId) => ({
      ...{ itemId, sku: `I${itemId}`, scale: 0, ownerId: null, active: true },
      ...{ shelfLifeDays: null, volumeMm3: 1, weightG: 1, palletUnits: 240 },
    })),
    sites: sites.map((siteId) => ({
      ...{ siteId, code: `S${siteId}`, active: true, timeZone: 'UTC' },
    })),
    stock: ids.flatMap((itemId) =>
      sites.map((siteId) => ({
        ...{ itemId, siteId, ownerId: HOUSE, reserved: 0n },
        onHand: BigInt(Math.floor(random.next() * (itemId % 9 === 0 ? 4000 : 120))),
      })),
    ),
    suppliers: [supplier(1), supplier(2)],
    supply: ids.map((itemId) => ({
      ...{ supplierId: 1 + (itemId % 2), itemId, minimumQuantity: '6', packMultiple: '6' },
      leadTimeDays: 5 + (itemId % 20),
    })),
    prices: ids.map((itemId) => ({
      ...{ supplierId: 1 + (itemId % 2), itemId, minimumQuantity: '0' },
      ...{ validFrom: '2026-01-01', unitPrice: '3' },
    })),
    lanes: [
      ...sites.flatMap((fromSiteId) =>
        sites.flatMap((toSiteId) =>
          fromSiteId === toSiteId
            ? []
            : [{ fromSiteId, toSiteId, transitHoursTypical: 24, transitHoursMax: 48 }],
        ),
      ),
    ],
    settings: [settingRow({ code: 'R', siteId: REGIONAL, sourceSiteId: CENTRAL })],
    forecasts: ids.flatMap((itemId) =>
      sites.map((siteId) => forecast(itemId, siteId, (1 + (itemId % 7)) / 2)),
    ),
    past: new Map(),
    ...{ incoming: [], outgoing: [], backorders: [], leadTimes: [], costs: [], lots: [] },
    ...{ received: [], standing: [] },
  });
}

/** Past figures of every forecast; nothing unusual but for what is given. */
export function pastOf(
  { forecasts }: Facts,
  given: Partial<PastFigures>,
): Map<string, PastFigures> {
  const usual = { lastWeek: 1, weekMean: 1, weekDeviation: 1, lastDemandDay: TODAY - 1 };
  return new Map(
    forecasts.map(({ itemId, siteId }) => [
      placeKey(itemId, siteId, HOUSE),
      { ...usual, firstDay: TODAY - 9, salesPrice: 500, ...given },
    ]),
  );
}

/** The plan of facts. */
export const plan = (known: Facts): Promise<Plan> => makePlan(known, async () => {});
