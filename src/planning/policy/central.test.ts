import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { centralTarget, waitAt, withWait } from './central.ts';
import { convolve, dailyDemand, pmfDemand } from './demand.ts';
import { type EchelonInput, echelonTargets } from './echelons.ts';
import { fixedLeadTime, leadTimeOf } from './lead-time.ts';
import { drawDays } from './perishable.ts';
import { quantityToOrder } from './quantity.ts';
import { stockTarget } from './target.ts';
import type { DemandAhead, StockTarget, StockTargetInput } from './types.ts';

const DAYS = 12_000;

/** Plays a central site with regions that order from it every night; the share served at once. */
function play(
  regional: readonly { demand: DemandAhead; target: StockTarget; days: number }[],
  central: { target: StockTarget; days: number },
): { fillRates: number[]; onHand: number } {
  const random = createRandom('central', 'play');
  const regions = regional.map(({ demand, target, days }) => ({
    ...{ target, days, onHand: target.orderUpTo, owed: 0, asked: 0, served: 0, position: 0 },
    demand: drawDays(demand.overDays(1), DAYS, random.next),
    arriving: new Float64Array(DAYS + 99),
  }));
  for (const region of regions) region.position = region.onHand;
  const arriving = new Float64Array(DAYS + 99);
  let [shelf, position, onHand] = [central.target.orderUpTo, central.target.orderUpTo, 0];
  const queue: { to: (typeof regions)[number]; quantity: number }[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    shelf += arriving[day]!;
    for (const region of regions) {
      region.onHand += region.arriving[day]!;
      const late = Math.min(region.onHand, region.owed);
      region.onHand -= late;
      region.owed -= late;
      const quantity = quantityToOrder(region.target, region.position);
      region.position += quantity;
      position -= quantity;
      if (quantity > 0) queue.push({ to: region, quantity });
    }
    while (queue[0] && shelf > 0) {
      const sent = Math.min(shelf, queue[0].quantity);
      queue[0].to.arriving[day + queue[0].to.days]! += sent;
      shelf -= sent;
      queue[0].quantity -= sent;
      if (queue[0].quantity === 0) queue.shift();
    }
    const bought = quantityToOrder(central.target, position);
    position += bought;
    arriving[day + central.days]! += bought;
    for (const region of regions) {
      const asked = region.demand[day]!;
      const served = Math.min(asked, region.onHand);
      region.onHand -= served;
      region.owed += asked - served;
      region.position -= asked;
      region.asked += asked;
      region.served += served;
      onHand += region.onHand / DAYS;
    }
    onHand += shelf / DAYS;
  }
  return { fillRates: regions.map(({ asked, served }) => served / asked), onHand };
}

/** Without a cost of ordering nobody batches, and the theory of the wait is exact. */
const COSTS = { order: 0, unit: 10, holdingRate: 0.25 };
const IN_LOTS = { ...COSTS, order: 3 };
const service = { kind: 'fill_rate', target: 0.97 } as const;

function system(
  holdingAtCentral: number,
  perDay: readonly number[],
  leadDays: number,
  costs = COSTS,
) {
  const demands = perDay.map((mean) => dailyDemand(mean, 1.5 * mean));
  const pooled = pmfDemand(demands.map((each) => each.overDays(1)).reduce(convolve));
  const leadTime = fixedLeadTime(leadDays);
  const input: StockTargetInput = { demand: pooled, leadTime, reviewDays: 1, service, costs };
  const echelons: EchelonInput = {
    central: {
      ...{ site: 'HUB', leadTime, reviewDays: 1, service: 0.97 },
      holdingPerDay: holdingAtCentral,
    },
    regions: perDay.map((mean, i) => ({
      ...{ site: `R${i}`, demandPerDay: mean, demandDeviationPerDay: Math.sqrt(1.5 * mean) },
      ...{ transferDays: 2, reviewDays: 1, holdingPerDay: 0.01, service: 0.97 },
    })),
    ...(perDay.length === 1 && { backorderPerDay: (0.01 * 0.97) / 0.03 }),
  };
  return { demands, input, costs, plan: echelonTargets(echelons) };
}

/** Regions whose lead time is the way and, where it is told, the wait. */
function regionsOf(
  { demands, input, costs, plan }: ReturnType<typeof system>,
  isWaitTold: boolean,
) {
  const central = centralTarget(input, plan);
  const way = fixedLeadTime(2);
  const leadTime = isWaitTold ? withWait(way, central.wait) : way;
  const regions = demands.map((demand) => ({
    ...{ demand, days: 2 },
    target: stockTarget({ demand, leadTime, reviewDays: 1, service, costs }),
  }));
  return { central, regions };
}

describe('central and regional targets together', () => {
  it.each([
    ['guaranteed service, from the shelf', 0.01, [5, 3, 4], 12],
    ['guaranteed service, passed on', 0.01, [6], 9],
    ['the serial model', 0.004, [6], 12],
    ['the serial model, little at the central site', 0.009, [6], 12],
  ] as const)('serve customers as was asked: %s', (_name, holding, perDay, leadDays) => {
    const made = system(holding, perDay, leadDays);
    const { central, regions } = regionsOf(made, true);
    const { fillRates } = play(regions, { target: central.target, days: leadDays });
    for (const rate of fillRates) {
      expect(rate).toBeGreaterThan(0.965);
      expect(rate).toBeLessThan(0.998);
    }
  });

  it.each([[5, 3, 4], [6]])('serve no less where all order in lots', (...perDay) => {
    const made = system(0.01, perDay, 12, IN_LOTS);
    const { central, regions } = regionsOf(made, true);
    const { fillRates } = play(regions, { target: central.target, days: 12 });
    for (const rate of fillRates) expect(rate).toBeGreaterThan(0.96);
  });

  it('would not, did the regions not reckon with the wait', () => {
    const made = system(0.008, [6], 12);
    const { central, regions } = regionsOf(made, false);
    expect(made.plan.method).toBe('serial_stochastic');
    expect(central.wait.meanDays).toBeGreaterThan(0.2);
    const { fillRates } = play(regions, { target: central.target, days: 12 });
    expect(fillRates[0]).toBeLessThan(0.955);
  });

  it('hold less than sites that each plan as if the other were not there', () => {
    const made = system(0.004, [6], 12);
    const { central, regions } = regionsOf(made, true);
    const together = play(regions, { target: central.target, days: 12 });
    const alone = play(regionsOf(made, false).regions, {
      target: stockTarget(made.input),
      days: 12,
    });
    expect(together.onHand).toBeLessThan(alone.onHand);
  });
});

describe('a site with customers of its own', () => {
  it('serves the sites that it refills from its shelf as well', () => {
    const { plan } = system(0.000001, [5, 3], 12);
    expect(plan.central.serviceDays).toBe(0);
    const leadTime = fixedLeadTime(12);
    const region = (site: string) => ({
      ...{ site, demandPerDay: 3, demandDeviationPerDay: 2, transferDays: 2, reviewDays: 1 },
      ...{ holdingPerDay: 0.001, service: 0.97 },
    });
    const central = { site: 'HUB', leadTime, reviewDays: 1, holdingPerDay: 0.01, service: 0.97 };
    const regions = [region('A'), region('B')];
    expect(echelonTargets({ central, regions }).central.serviceDays).toBe(12);
    const selling = { ...central, demandPerDay: 1, demandDeviationPerDay: 1 };
    const own = echelonTargets({ central: selling, regions, backorderPerDay: 9 });
    expect(own).toMatchObject({ method: 'guaranteed_service', central: { serviceDays: 0 } });
    expect(own.reason).toContain('customers of its own');
  });
});

describe('the wait', () => {
  it('is less the more the central site holds, and never longer than a replenishment', () => {
    const demand = dailyDemand(8, 12);
    const input: StockTargetInput = {
      ...{ demand, leadTime: leadTimeOf([], 14), reviewDays: 7, service, costs: COSTS },
    };
    const longest = (input.leadTime.days.at(-1) ?? 0) + 7;
    let before = Number.POSITIVE_INFINITY;
    for (const reorderPoint of [-1, 20, 80, 140, 260, 900]) {
      const levels = { ...stockTarget(input), reorderPoint, orderUpTo: reorderPoint + 40 };
      const wait = waitAt(input, levels);
      expect(wait.meanDays).toBeLessThanOrEqual(before);
      expect(wait.days).toBeLessThanOrEqual(longest);
      before = wait.meanDays;
    }
    expect(before).toBe(0);
    expect(waitAt({ ...input, demand: dailyDemand(0, 0) }, stockTarget(input)).share).toBe(0);
  });

  it('adds its mean to a lead time, whose weights still sum to 1', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const days = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(share, days, fc.integer({ min: 0, max: 60 }), (chance, wait, stated) => {
        const way = leadTimeOf([], stated);
        const both = withWait(way, { share: chance, days: wait, meanDays: chance * wait });
        expect(both.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        expect(both.mean).toBeCloseTo(way.mean + chance * wait, 6);
        expect(both.days.every(Number.isInteger)).toBe(true);
      }),
    );
  });
});
