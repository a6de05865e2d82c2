export { ledgerRoutes } from './module.ts';
export { type LedgerService, openLedger } from './service/service.ts';
