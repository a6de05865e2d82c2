export { readShippedLines, type ShippedLine } from './fulfilment/shipped.queries.ts';
export { outboundRoutes } from './module.ts';
export {
  captureSalesOrder,
  createSalesOrders,
  type SalesOrders,
} from './orders/sales-orders.ts';
export type { OrderService } from './orders/service.ts';
export { type AvailableAnswer, showAvailable } from './promise/available.routes.ts';
export { loadPromiseNetwork } from './promise/network.queries.ts';
export { type PromiseDate, type PromiseQuestion, promiseDate } from './promise/promise.ts';
export { type PromisesAnswer, showPromises } from './promise/promises.routes.ts';
export { createToPromiseReader } from './promise/reader.ts';
export { SERVICE_LEVELS, type ServiceLevel } from './promise/transit.ts';
export { type RunRequest, readSourcing, runSourcing } from './sourcing/door.ts';
export { createSourcedOrders } from './sourcing/order-service.ts';
export {
  createTransfer,
  createTransferOrder,
  listTransferOrders,
  readTransfer,
} from './transfers/transfer.commands.ts';
export type { TransferAnswer } from './transfers/transfer.schemas.ts';
export { runStep, type StepRequest } from './transfers/transfer.steps.ts';
export {
  LOSS_REASONS,
  type LossReason,
  TRANSFER_STATES,
  type TransferState,
} from './transfers/transfer.ts';
