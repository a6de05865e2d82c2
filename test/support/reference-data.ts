import type { RouteModule } from '../../src/api/index.ts';
import { catalogImports, itemRoutes } from '../../src/catalog/index.ts';
import { networkImports, networkRoutes } from '../../src/network/index.ts';
import { importRoutes } from '../../src/platform/imports/index.ts';
import { ownerImports, ownerRoutes } from '../../src/sellers/index.ts';

/** What a test says is in use, by id; the ledger says it in the running product. */
export const inUse = {
  items: new Set<number>(),
  sites: new Set<number>(),
  locations: new Set<number>(),
};

const usage = {
  itemsInUse: async () => inUse.items,
  sitesInUse: async () => inUse.sites,
  locationsInUse: async () => inUse.locations,
};

/** The modules of reference data, with usage in the hands of the test. */
export const referenceModules: readonly RouteModule[] = [
  ownerRoutes,
  (app, context) => itemRoutes(app, context, usage),
  (app, context) => networkRoutes(app, context, usage),
  (app, context) =>
    importRoutes(app, context, [
      ...ownerImports,
      ...catalogImports(context, usage),
      ...networkImports(usage),
    ]),
];
