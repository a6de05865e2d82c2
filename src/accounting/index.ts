export type { ChecklistItem } from './checklist.ts';
export { EXPORT_FORMATS, type ExportFormat, exportBooks } from './export/index.ts';
export { accountingRoutes } from './module.ts';
export { listPeriods } from './periods.routes.ts';
export { readTrialBalance } from './reports/statements.read.ts';
export { readValuation, type Valuation } from './reports/valuation.read.ts';
export { VALUATION_DIMENSIONS, type ValuationDimension } from './reports/valuation.ts';
export { checkPeriod, closeBooks, readEntries, reopenBooks } from './service.ts';
export { type BooksReport, booksProof, verifyBooks } from './verify/verify.ts';
