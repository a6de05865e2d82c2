import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.ts';
import { demandOfPmf } from './demand.ts';
import { type EchelonInput, echelonTargets } from './echelons.ts';
import { type GuaranteedTree, guaranteedService } from './guaranteed.ts';
import { fixedLeadTime } from './lead-time.ts';
import { poissonPmf } from './numeric.ts';
import { type SerialSystem, serialBaseStock, serialByNewsvendors } from './serial.ts';
import { abcClasses, CLASS_BORDERS, xyzClassOf } from './service.ts';

/** The least cost of a tree by trying every combination of service times. */
function leastByTrial({ stages, links }: GuaranteedTree, longest: number): number {
  const times = stages.map(() => 0);
  let best = Number.POSITIVE_INFINITY;
  const deviations = stages.map(({ id }) => deviationOf(id));
  function deviationOf(id: string): number {
    const own = stages.find((stage) => stage.id === id)!.demandDeviation ?? 0;
    const below = links.filter(({ from }) => from === id).map(({ to }) => deviationOf(to));
    return Math.sqrt([own, ...below].reduce((sum, d) => sum + d * d, 0));
  }
  const costOf = () =>
    stages.reduce((sum, stage, index) => {
      const sources = links.filter(({ to }) => to === stage.id);
      const inbound = Math.max(
        stage.supplierTime ?? 0,
        ...sources.map(({ from }) => times[stages.findIndex(({ id }) => id === from)]!),
      );
      const covered = inbound + stage.processingTime - times[index]!;
      const late = stage.serviceTimeMax !== undefined && times[index]! > stage.serviceTimeMax;
      if (covered < 0 || late) return Number.POSITIVE_INFINITY;
      return (
        sum + stage.holdingCost * stage.serviceFactor * deviations[index]! * Math.sqrt(covered)
      );
    }, 0);
  const go = (index: number) => {
    if (index === stages.length) {
      best = Math.min(best, costOf());
      return;
    }
    for (times[index] = 0; times[index]! <= longest; times[index]! += 1) go(index + 1);
  };
  go(0);
  return best;
}

describe('guaranteed service', () => {
  const stage = fc.record({
    processingTime: fc.integer({ min: 0, max: 3 }),
    holdingCost: fc.integer({ min: 1, max: 9 }),
    serviceTimeMax: fc.integer({ min: 0, max: 2 }),
    attach: fc.integer({ min: 0, max: 9 }),
    isSupplier: fc.boolean(),
  });

  it('is the best of all service times, on any small tree', () => {
    fc.assert(
      fc.property(fc.array(stage, { minLength: 1, maxLength: 4 }), (shapes) => {
        const links = shapes.slice(1).map(({ attach, isSupplier }, i) => {
          const [own, other] = [`${i + 1}`, `${attach % (i + 1)}`];
          return isSupplier ? { from: own, to: other } : { from: other, to: own };
        });
        const stages = shapes.map(({ processingTime, holdingCost, serviceTimeMax }, i) => {
          const isLast = !links.some(({ from }) => from === `${i}`);
          return {
            id: `${i}`,
            processingTime,
            holdingCost,
            serviceFactor: 2,
            ...(isLast && { demandDeviation: 1 + i, serviceTimeMax }),
          };
        });
        const plan = guaranteedService({ stages, links });
        expect(plan.cost).toBeCloseTo(leastByTrial({ stages, links }, 12), 9);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses what is no tree, and times that are no whole periods', () => {
    const node = { processingTime: 1, holdingCost: 1, serviceFactor: 1 };
    const two = [
      { id: 'a', ...node },
      { id: 'b', ...node },
    ];
    expect(() => guaranteedService({ stages: two, links: [] })).toThrow(/no tree/);
    expect(() => guaranteedService({ stages: two, links: [{ from: 'a', to: 'x' }] })).toThrow(
      /names a stage/,
    );
    const half = [{ id: 'a', ...node, processingTime: 1.5 }];
    expect(() => guaranteedService({ stages: half, links: [] })).toThrow(/whole number/);
  });
});

describe('a serial chain', () => {
  const chain: SerialSystem = {
    echelonHolding: [1, 1],
    leadTimes: [1, 2],
    penalty: 12,
    demand: { kind: 'lattice', meanPerTime: 4, over: (t) => demandOfPmf(poissonPmf(4 * t)) },
  };

  it('costs less with its own levels than with any near them', () => {
    const best = serialBaseStock(chain);
    const [first, second] = best.echelonLevels as [number, number];
    for (let a = -3; a <= 3; a += 1) {
      for (let b = -3; b <= 3; b += 1) {
        const { cost } = serialBaseStock(chain, [first + a, second + b]);
        expect(cost).toBeGreaterThanOrEqual(best.cost - 1e-9);
      }
    }
  });

  it('costs in a simulation what it says', () => {
    const { echelonLevels, localLevels, cost } = serialBaseStock(chain);
    const random = createRandom('serial', 'cost');
    // Each stage reviews before demand; costs are those at the end of the lead time's last period.
    const periods = 100_000;
    let total = 0;
    let counted = 0;
    const demand = Float64Array.from({ length: periods }, () => random.poisson(4));
    const upTo = new Float64Array(periods + 1);
    demand.forEach((value, t) => {
      upTo[t + 1] = upTo[t]! + value;
    });
    for (let t = 3; t < periods; t += 1) {
      // Echelon position of the upper stage two periods ago bounds the lower one's a period ago.
      const upper = echelonLevels[1]! - (upTo[t - 1]! - upTo[t - 3]!);
      const lower = Math.min(echelonLevels[0]!, upper);
      const net = lower - (upTo[t]! - upTo[t - 1]!);
      total += 1 * upper + 1 * net + (12 + 2) * Math.max(0, -net);
      counted += 1;
    }
    expect(total / counted / cost).toBeCloseTo(1, 2);
    expect(localLevels[0]! + localLevels[1]!).toBe(echelonLevels[1]);
  });

  it('is nearly as cheap by two newsvendors a stage', () => {
    const levels = serialByNewsvendors(chain).map(Math.round);
    const ratio = serialBaseStock(chain, levels).cost / serialBaseStock(chain).cost;
    expect(ratio).toBeGreaterThanOrEqual(1 - 1e-9);
    expect(ratio).toBeLessThan(1.03);
  });

  it('refuses a stage without a cost', () => {
    expect(() => serialBaseStock({ ...chain, echelonHolding: [1, 0] })).toThrow(/holding cost 2/);
    expect(() => serialBaseStock({ ...chain, leadTimes: [1] })).toThrow(/each stage/);
  });
});

describe('a central site with its regions', () => {
  const region = (site: string, perDay: number) => ({
    site,
    demandPerDay: perDay,
    demandDeviationPerDay: perDay / 2,
    transferDays: 2,
    reviewDays: 1,
    holdingPerDay: 0.02,
    service: 0.97,
  });
  const input: EchelonInput = {
    central: {
      site: 'HUB',
      leadTime: fixedLeadTime(20),
      reviewDays: 1,
      holdingPerDay: 0.012,
      service: 0.97,
    },
    regions: [region('NORTH', 10), region('SOUTH', 6)],
  };

  it('is planned by guaranteed service, and says so', () => {
    const targets = echelonTargets(input);
    expect(targets.method).toBe('guaranteed_service');
    expect(targets.regions.map(({ site }) => site)).toEqual(['NORTH', 'SOUTH']);
    const all = targets.central.localLevel + targets.regions.reduce((s, r) => s + r.localLevel, 0);
    expect(targets.central.echelonLevel).toBeCloseTo(all, 9);
    for (const { safetyStock, replenishmentDays } of targets.regions) {
      expect(safetyStock).toBeGreaterThan(0);
      expect(replenishmentDays).toBe(targets.central.serviceDays + 3);
    }
  });

  it('pools less where demands go together', () => {
    const apart = echelonTargets(input);
    const together = echelonTargets({ ...input, correlation: 1 });
    expect(together.costPerDay).toBeGreaterThan(apart.costPerDay);
  });

  it('is solved exactly where it is one chain with a backorder cost', () => {
    const one = { ...input, regions: [region('NORTH', 4)], backorderPerDay: 0.5 };
    const targets = echelonTargets(one);
    expect(targets.method).toBe('serial_stochastic');
    const more = echelonTargets({ ...one, backorderPerDay: 5 });
    expect(more.regions[0]!.localLevel).toBeGreaterThan(targets.regions[0]!.localLevel);
    expect(() => echelonTargets({ ...input, regions: [] })).toThrow(/at least one region/);
  });
});

describe('classes', () => {
  it('fall by cumulated value and by the variation of the error', () => {
    const items = [
      { id: 'a', value: 800 },
      { id: 'b', value: 120 },
      { id: 'c', value: 50 },
      { id: 'd', value: 30 },
      { id: 'e', value: Number.NaN },
    ];
    const classes = { a: 'A', b: 'B', c: 'B', d: 'C', e: 'C' };
    expect(Object.fromEntries(abcClasses(items))).toEqual(classes);
    expect(abcClasses([]).size).toBe(0);
    const variations = [0, 0.5, 0.51, 1, 3, Number.NaN, Number.POSITIVE_INFINITY];
    expect(variations.map(xyzClassOf).join('')).toBe('XXYYZZZ');
  });

  it('do not depend on the order of the list, and the first items carry the value', () => {
    const item = fc.record({ id: fc.uuid(), value: fc.integer({ min: 0, max: 100 }) });
    const items = fc.uniqueArray(item, { selector: ({ id }) => id, maxLength: 30 });
    fc.assert(
      fc.property(items, (list) => {
        const classes = abcClasses(list);
        expect(abcClasses([...list].reverse())).toEqual(classes);
        const total = list.reduce((sum, { value }) => sum + value, 0);
        const inA = list.filter(({ id }) => classes.get(id) === 'A');
        const worth = inA.reduce((sum, { value }) => sum + value, 0);
        if (total > 0) expect(worth).toBeGreaterThanOrEqual(CLASS_BORDERS.a * total - 1e-9);
      }),
    );
  });
});
