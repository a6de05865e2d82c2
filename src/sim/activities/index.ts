export { scrap } from './care.ts';
export { createRoutine, planShelves } from './day.ts';
export { open, putAway } from './inbound.ts';
export { shipLeftover } from './outbound.ts';
export { DAY_MS, HOUR_MS } from './rhythm.ts';
export {
  advance,
  createSimulation,
  type Doing,
  later,
  type Simulation,
  takeChunk,
} from './simulation.ts';
export { arrive } from './transfers.ts';
