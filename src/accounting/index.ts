export type { CloseCheck } from './checklist.queries.ts';
export type { ChecklistItem } from './checklist.ts';
export { accountingRoutes } from './module.ts';
export { listPeriods } from './periods.routes.ts';
export { readTrialBalance } from './reports/statements.read.ts';
export { checkPeriod, closeBooks, readEntries, reopenBooks } from './service.ts';
export { type BooksReport, booksProof, verifyBooks } from './verify/verify.ts';
