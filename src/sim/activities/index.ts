export { scrap } from './care.ts';
export { createRoutine, planShelves } from './day.ts';
export { open, putAway } from './inbound.ts';
export { breakPromise, shipLeftover } from './outbound.ts';
export { DAY_MS, HOUR_MS } from './rhythm.ts';
export {
  advance,
  createSimulation,
  type Doing,
  later,
  nextOrdinal,
  type Simulation,
  takeChunk,
} from './simulation.ts';
export { arrive } from './transfers.ts';
