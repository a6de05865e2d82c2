export { ledgerRoutes } from './module.ts';
export { journalOf } from './posting/poster.ts';
export {
  type Availability,
  type AvailabilityReader,
  arraysOf,
  type Coalescer,
  createAvailabilityReader,
  createCoalescer,
  decodeBigints,
  decodeInt4,
  type ExceptionAnswer,
  type MovementAnswer,
  readExceptions,
  readMovements,
  readStock,
  readWhy,
  STOCK_DIMENSIONS,
  type StockAnswer,
  type Why,
  type WhyItem,
} from './reads/index.ts';
export { allocate, deallocate } from './service/allocations.ts';
export { createHandlingUnit, type NewHandlingUnit } from './service/containers.ts';
export { changeStandardCost, revalueMovement, reverseMovement } from './service/corrections.ts';
export { commandUuid, derivedUuid, formatLedgerId, parseLedgerId } from './service/identity.ts';
export { type RequestedReservation, reserve } from './service/reservations.ts';
export type { RequestedCommand } from './service/resolve.ts';
export type { CommandAnswer, MovementLine, ReservationAnswer } from './service/schemas.ts';
export { type LedgerService, openLedger } from './service/service.ts';
export { type SettledReservation, settleReservation } from './service/settle.ts';
export {
  ALL_KIND_NAMES,
  DISPOSITION_NAMES,
  type Disposition,
  REASON_NAMES,
} from './service/vocabulary.ts';
export { type BatchHandler, consume, type PostedBatch } from './stream/index.ts';
export { type VerifyReport, verifyLedger } from './verify/index.ts';
