import type { ImportKind } from '../../platform/imports/index.ts';
import { driverImports } from './drivers.routes.ts';
import { pastDemandImport } from './past-demand.ts';

/** What of demand history comes as CSV: past demand, and all that moves demand. */
export const demandImports: readonly ImportKind[] = [pastDemandImport, ...driverImports];
