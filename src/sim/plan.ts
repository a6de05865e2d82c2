import {
  advance,
  createRoutine,
  createSimulation,
  DAY_MS,
  open,
  planShelves,
  type Simulation,
  takeChunk,
} from './activities/index.ts';
import { type DemoCatalogue, SELLERS } from './catalogue/index.ts';
import type { Chunk } from './posting/chunk.ts';
import { createRandom } from './random.ts';
import type { DemoScale } from './scale.ts';
import { createWorld } from './world/index.ts';

/** A history that is made as it is read: one chunk a lane for each few of its days. */
export interface HistoryPlan {
  /** Chunks of each lane. */
  readonly chunksPerLane: number;
  readonly simulation: Simulation;
  /** The chunks of the next days, one a lane; undefined at the end. */
  next(): readonly Chunk[] | undefined;
}

/**
 * Plans the history of a catalogue: opening stock, then days of receipts, sales and everything
 * that happens to goods. Pure: the same seed, scale and end give the same requests.
 * @param end when the history ends, in milliseconds since the epoch.
 */
export function planHistory(
  seed: string,
  scale: DemoScale,
  catalogue: DemoCatalogue,
  end: number,
): HistoryPlan {
  const world = createWorld(catalogue.sites, catalogue.bins, catalogue.items);
  const sellers = SELLERS.map(({ code }) => code);
  planShelves(world, sellers, scale.orderLinesPerDay);
  const start = Math.floor(end / DAY_MS) * DAY_MS - scale.days * DAY_MS;
  const pace = { lanes: scale.lanes, mark: '' };
  const simulation = createSimulation(world, createRandom(seed, 'history'), pace, start);
  const routine = createRoutine(simulation);
  const shelves = [...world.shelves.values()].flat();
  // The last day is today, as far as it is over.
  const days = scale.days + 1;
  let day = 0;
  return {
    chunksPerLane: Math.ceil(days / scale.daysAChunk),
    simulation,
    next() {
      if (day === days) return undefined;
      if (day === 0) for (const shelf of shelves) open(simulation, shelf);
      const last = Math.min(day + scale.daysAChunk, days);
      for (; day < last; day += 1) {
        routine(start + day * DAY_MS);
        advance(simulation, Math.min(start + (day + 1) * DAY_MS, end));
      }
      return takeChunk(simulation);
    },
  };
}
