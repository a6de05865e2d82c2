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

/** Streams of requests that are posted side by side; those of one item are in one of them. */
export const HISTORY_LANES = 6;

/** A history that is made as it is read: one chunk a lane for each of its days. */
export interface HistoryPlan {
  /** Chunks of each lane. */
  readonly chunksPerLane: number;
  readonly simulation: Simulation;
  /** The chunks of the next day, one a lane; undefined at the end. */
  nextDay(): readonly Chunk[] | undefined;
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
  const pace = { orderLinesPerDay: scale.orderLinesPerDay, lanes: HISTORY_LANES, mark: '' };
  const simulation = createSimulation(world, createRandom(seed, 'history'), pace, start);
  const routine = createRoutine(simulation);
  const days = scale.days + 1;
  let day = 0;
  return {
    chunksPerLane: days,
    simulation,
    nextDay() {
      if (day === days) return undefined;
      const from = start + day * DAY_MS;
      if (day === 0)
        for (const shelf of [...world.shelves.values()].flat()) open(simulation, shelf);
      routine(from);
      advance(simulation, Math.min(from + DAY_MS, end));
      day += 1;
      return takeChunk(simulation);
    },
  };
}
