import { type CatalogUsage, catalogImports, itemRoutes } from '../catalog/index.ts';
import { supplierImports } from '../inbound/index.ts';
import { type NetworkUsage, networkImports, networkRoutes } from '../network/index.ts';
import { demandImports, settingImports } from '../planning/index.ts';
import type { Context } from '../platform/context.ts';
import { readAs } from '../platform/database.ts';
import { type ImportKind, importRoutes } from '../platform/imports/index.ts';
import { ownerImports, ownerRoutes } from '../sellers/index.ts';
import type { RouteModule } from './modules.ts';

/**
 * What of the reference data the ledger has built upon. The catalog and the network cannot ask
 * it themselves, since arrows point down.
 */
function ledgerUsage(context: Context): CatalogUsage & NetworkUsage {
  const ask = async (query: string, ids: readonly number[]) => {
    if (ids.length === 0) return new Set<number>();
    const { rows } = await readAs(context.database, 'house', (tx) =>
      tx.query<{ id: number }>(query, [ids]),
    );
    return new Set(rows.map(({ id }) => id));
  };
  return {
    // Joined to the heads, because the index of positions leads with the journal.
    itemsInUse: (_, ids) =>
      ask(
        `SELECT DISTINCT position.item_id AS id FROM ledger.journal_head head
           JOIN ledger.position position
             ON position.journal = head.journal AND position.item_id = ANY($1)`,
        ids,
      ),
    locationsInUse: (_, ids) =>
      ask(
        'SELECT DISTINCT location_id AS id FROM ledger.position WHERE location_id = ANY($1)',
        ids,
      ),
    sitesInUse: (_, ids) =>
      ask(
        `SELECT site.id FROM unnest($1::integer[]) AS site(id)
          WHERE EXISTS (SELECT 1 FROM network.location location
                 JOIN ledger.position position ON position.location_id = location.location_id
                WHERE location.site_id = site.id)
             OR EXISTS (SELECT 1 FROM ledger.cost_pool pool WHERE pool.cost_site_id = site.id)`,
        ids,
      ),
  };
}

/** What can be imported from CSV. */
export function importKinds(context: Context): ImportKind[] {
  const usage = ledgerUsage(context);
  return [
    ...ownerImports,
    ...catalogImports(context, usage),
    ...networkImports(usage),
    ...supplierImports,
    ...settingImports,
    ...demandImports,
  ];
}

/** Owners, items, the network, and the CSV imports of all of them. */
export const referenceModules: readonly RouteModule[] = [
  ownerRoutes,
  (app, context) => itemRoutes(app, context, ledgerUsage(context)),
  (app, context) => networkRoutes(app, context, ledgerUsage(context)),
  (app, context) => importRoutes(app, context, importKinds(context)),
];
