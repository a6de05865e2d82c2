import type { Tx } from '../platform/database.ts';
import type { Written } from '../platform/documents/index.ts';
import { companionLocations, type SiteValues } from './site.ts';

/** Points sites at the pools they share; a new site starts with its own. */
async function writeCostSites(tx: Tx, written: readonly Written[]): Promise<void> {
  const records = written.map(({ id, values }) => ({ site_id: id, cost_site: values.costSite }));
  await tx.query(
    `UPDATE network.site site SET cost_site_id = cost.site_id
       FROM jsonb_to_recordset($1::jsonb) AS x(site_id integer, cost_site text)
       JOIN network.site cost ON cost.code = x.cost_site
      WHERE site.site_id = x.site_id AND site.cost_site_id <> cost.site_id`,
    [JSON.stringify(records)],
  );
}

/** Writes what belongs to sites: cost pools, and the virtual locations of new ones. */
export async function writeSiteParts(tx: Tx, written: readonly Written[], at: Date): Promise<void> {
  await writeCostSites(tx, written);
  const locations = written
    .filter(({ before }) => !before)
    .flatMap(({ id, values }) => {
      const { code, type } = values as SiteValues;
      return companionLocations(code, type).map((entry) => ({ ...entry, site_id: id }));
    });
  if (locations.length === 0) return;
  await tx.query(
    `INSERT INTO network.location (code, type, site_id, created_at, updated_at)
     SELECT x.code, x.type, x.site_id, $2, $2
       FROM jsonb_to_recordset($1::jsonb) AS x(code text, type text, site_id integer)`,
    [JSON.stringify(locations), at],
  );
}

/** Removes the virtual locations that sites brought along, so that the sites can be removed. */
export async function removeSiteParts(tx: Tx, siteIds: readonly number[]): Promise<void> {
  // Another site may share a pool until the end of the transaction, no longer.
  await tx.query('SET CONSTRAINTS network.site_cost_site IMMEDIATE');
  await tx.query(
    `DELETE FROM network.location location USING network.site site
      WHERE site.site_id = ANY($1) AND location.site_id = site.site_id
        AND location.code IN ('TRANSIT-' || site.code, 'SUPPLIER-' || site.code,
          'CUSTOMER-' || site.code)`,
    [siteIds],
  );
}
