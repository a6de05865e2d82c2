/**
 * Inventory policies as pure functions: `stockTarget` for an item at a site, `simulatePolicy` for
 * its future under a target, `reviewStock` for what is too much, and the solvers they are made
 * of. docs/concepts/stock-targets.md says which policy is used for what.
 */
export * from './central.ts';
export * from './demand.ts';
export * from './echelons.ts';
export * from './eoq.ts';
export * from './guaranteed.ts';
export * from './lead-time.ts';
export * from './newsvendor.ts';
export { normalCdf, normalQuantile, poissonPmf } from './numeric.ts';
export * from './perishable.ts';
export * from './quantity.ts';
export * from './reorder-quantity.ts';
export * from './reorder-up-to.ts';
export * from './review.ts';
export * from './serial.ts';
export * from './service.ts';
export * from './simulate.ts';
export { stockTarget } from './target.ts';
export type * from './types.ts';
export * from './wagner-whitin.ts';
