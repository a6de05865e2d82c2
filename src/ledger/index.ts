export { ledgerRoutes } from './module.ts';
export {
  type Availability,
  type AvailabilityReader,
  createAvailabilityReader,
} from './reads/index.ts';
export type { CommandAnswer, MovementLine } from './service/schemas.ts';
export { type LedgerService, openLedger } from './service/service.ts';
