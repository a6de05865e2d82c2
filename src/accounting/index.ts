export type { CloseCheck } from './checklist.queries.ts';
export { accountingRoutes } from './module.ts';
export { type BooksReport, booksProof, verifyBooks } from './verify/verify.ts';
