import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../platform/package.ts';
import { simulateInThreads } from './in-threads.ts';
import { plannerByHand, plannerOfProduct, usualStock } from './planners.ts';
import { runPlace } from './run.ts';
import { type PolicyOutcome, simulatePlanning } from './simulate.ts';
import { HISTORY_DAYS, makeWorld } from './world.ts';

const small = { seed: 'test', items: 3, sites: 1, years: 1, replanDays: 60, fillRate: 0.97 };

describe('the two-year simulation', () => {
  const report = simulatePlanning(small);
  const outcomes: readonly [string, PolicyOutcome][] = [
    ['by hand', report.byHand],
    ['by hand, generous', report.byHandGenerous],
    ['by hand, each quarter', report.byHandQuarterly],
    ['planned', report.planned],
  ];

  it('gives the same report for the same seed, and another for another', () => {
    expect(simulatePlanning(small)).toEqual(report);
    expect(simulatePlanning({ ...small, seed: 'other' }).planned).not.toEqual(report.planned);
  });

  it.each(outcomes)('accounts for every unit and every cost: %s', (_, outcome) => {
    const { onHandAtStart, arrivedUnits, soldUnits, onHandAtEnd } = outcome;
    expect(onHandAtStart + arrivedUnits).toBe(soldUnits + onHandAtEnd);
    expect(outcome.orderedUnits).toBe(arrivedUnits + outcome.onOrderAtEnd);
    expect(soldUnits + outcome.lostUnits).toBe(outcome.demandUnits);
    const { holdingCost, orderingCost, lostMargin, totalCost } = outcome;
    expect(totalCost).toBeCloseTo(holdingCost + orderingCost + lostMargin, 6);
    expect(outcome.fillRate).toBeCloseTo(soldUnits / outcome.demandUnits, 12);
  });

  it('asks the same of every way of planning', () => {
    const [first, ...others] = outcomes.map(([, { demandUnits, onHandAtStart }]) => ({
      ...{ demandUnits, onHandAtStart },
    }));
    for (const other of others) expect(other).toEqual(first);
  });

  it('holds more by hand for twice the safety', () => {
    expect(report.byHandGenerous.averageInventoryValue).toBeGreaterThan(
      report.byHand.averageInventoryValue,
    );
  });
});

describe('threads', () => {
  mkdirSync(join(packageRoot, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(packageRoot, '.tmp', 'simulation-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('give the same report, however many they are', async () => {
    const file = join(folder, 'simulation-worker.mjs');
    await build({
      entryPoints: [join(packageRoot, 'src/planning/simulation/thread.ts')],
      outfile: file,
      ...{ bundle: true, platform: 'node', target: 'node20', format: 'esm', packages: 'external' },
    });
    const size = { ...small, replanDays: 120 };
    const done: number[] = [];
    const options = { ...size, onItem: (count: number) => void done.push(count) };
    expect(await simulateInThreads(options, 2, file)).toEqual(simulatePlanning(size));
    expect(done).toEqual([1, 2, 3]);
  });
});

describe('a simulated planner', () => {
  const { items } = makeWorld({ seed: 'leak', items: 2, sites: 1, years: 1 });
  const item = items[0]!;
  const place = item.places[0]!;

  it('sees nothing of days to come: another future changes no earlier purchase', () => {
    const onHandAtStart = usualStock(item, place.demand);
    const cut = HISTORY_DAYS + 150;
    const bought = [1, 3].map((factor) => {
      const demand = place.demand.map((units, day) => (day < cut ? units : units * factor));
      const levels: unknown[] = [];
      const own = plannerOfProduct({ fillRate: 0.97 });
      runPlace({
        ...{ item, place: { ...place, demand }, onHandAtStart, replanDays: 30 },
        planner: (morning) => {
          const made = own(morning);
          if (morning.day < cut) levels.push(made);
          return made;
        },
      });
      return levels;
    });
    expect(bought[0]!.length).toBe(5);
    expect(bought[1]).toEqual(bought[0]);
  });

  it('knows nothing of a day that began with an empty shelf', () => {
    let unknown = 0;
    runPlace({
      ...{ item, place, onHandAtStart: 0, replanDays: 7 },
      planner: (morning) => {
        unknown = morning.seen.filter((units) => Number.isNaN(units)).length;
        return plannerByHand()(morning);
      },
    });
    expect(unknown).toBeGreaterThan(0);
  });
});
