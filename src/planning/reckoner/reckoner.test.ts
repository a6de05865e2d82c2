import { afterEach, describe, expect, it } from 'vitest';
import { buildReckonerThread, HOURS, playTask } from '../../../test/support/reckoner-world.ts';
import { Problem } from '../../platform/problems.ts';
import type { PlacementItem } from '../placement/problem.ts';
import { createRandom } from '../random.ts';
import { openReckoner, planningBusy, type Reckoner } from './reckoner.ts';
import { type PlaceTask, type ReckonTask, reckonTask } from './task.ts';

const small = playTask(3, { days: 28, paths: 10 });
const endless = playTask(HOURS.places, HOURS);

/** Two sites with tight docks. */
function placeTask(): PlaceTask {
  const random = createRandom('reckoner', 'placement');
  const [weeks, sites] = [5, ['N', 'S']];
  const item = (_: unknown, i: number): PlacementItem => ({
    ...{ sku: `I-${i}`, volume: random.uniform(0.2, 2), holding: 0.1, missing: 8 },
    ...{ inbound: Float64Array.of(1, 1.5), leadWeeks: 1, supplies: [] },
    demand: Float64Array.from({ length: weeks * 2 }, () => random.poisson(8)),
  });
  const items = Array.from({ length: 12 }, item);
  const facts = items.map(({ sku }, itemId) => ({
    ...{ itemId, sku, scale: 0, ownerId: null, active: true, shelfLifeDays: null },
    ...{ volumeMm3: 1, weightG: null, palletUnits: null },
  }));
  const problem = {
    ...{ weeks, regions: sites, items },
    sites: sites.map((code) => ({
      ...{ code, overflowPrice: 3, room: new Float64Array(weeks).fill(60) },
      inbound: new Float64Array(weeks).fill(40),
    })),
    deliverUnit: Float64Array.of(1, 2, 2, 1),
    deliverVolume: new Float64Array(4),
    transferVolume: new Float64Array(4).fill(1),
  };
  const suppliers = items.map(() => 'ACME');
  return {
    ...{ kind: 'place', currency: 'EUR', msMax: 60_000, gapTarget: 0.001 },
    prepared: { problem, today: 20_000, items: facts, suppliers, withoutVolume: [] },
    settled: { body: {} as never, sites: [], today: 20_000, weeks, digits: 2 },
  };
}

describe.each(['in this thread', 'in its own thread'])('a reckoner %s', async (where) => {
  const file = where === 'in its own thread' ? await buildReckonerThread() : undefined;
  let reckoner: Reckoner;
  const open = (waiting: number) => {
    reckoner = openReckoner(file, waiting);
    return reckoner;
  };
  afterEach(() => reckoner.close());

  it('gives what the task gives, to the last bit', async () => {
    const { reckon } = open(4);
    expect(await reckon(small)).toEqual(await reckonTask(small));
    const { seconds: _, ...placed } = await reckon(placeTask());
    expect(placed).toEqual({ ...(await reckonTask(placeTask())), seconds: undefined });
    expect(placed.flows.length).toBeGreaterThan(10);
  });

  it('refuses what may not wait, and goes on when somebody leaves', async () => {
    const { reckon, refuseIfFull } = open(2);
    const leaving = [new AbortController(), new AbortController()];
    const left = leaving.map(({ signal }) => reckon(endless, signal));
    const last = reckon(small);
    const refusals = [() => refuseIfFull(), () => reckon(small)].map(async (ask) => ask());
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({ type: planningBusy });
    }
    leaving[1]!.abort(new Error('the second one left'));
    await expect(left[1]).rejects.toThrow('the second one left');
    refuseIfFull();
    leaving[0]!.abort(new Error('the first one left'));
    await expect(left[0]).rejects.toThrow('the first one left');
    expect(await last).toEqual(await reckonTask(small));
    expect(await reckon(small)).toHaveLength(3);
    await expect(reckon(small, AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
  });

  it('fails a task that cannot be done and does the next one', async () => {
    const { reckon } = open(1);
    const broken = { ...small, places: [{ item: 'I-0' }] } as unknown as ReckonTask;
    const failed = reckon(broken);
    const next = reckon(small);
    await expect(failed).rejects.toThrow();
    await expect(failed).rejects.not.toBeInstanceOf(Problem);
    expect(await next).toHaveLength(3);
  });
});
