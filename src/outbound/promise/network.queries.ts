import { loadLanesForPromise, loadSitesForPromise, type SiteType } from '../../network/index.ts';
import type { OwnerScope, Tx } from '../../platform/database.ts';
import { type PromiseNetwork, promiseNetwork } from './transit.ts';

const OWN_TYPES: readonly SiteType[] = ['fulfilment_centre', 'store', 'carrier_hub'];
/** Customers and suppliers are the house's own relations, which owners do not see. */
const ALL_TYPES: readonly SiteType[] = [...OWN_TYPES, 'customer', 'supplier'];

/** Loads sites with their calendars, and lanes, as far as the caller may see them. */
export async function loadPromiseNetwork(tx: Tx, scope: OwnerScope): Promise<PromiseNetwork> {
  const sites = await loadSitesForPromise(tx, scope === 'house' ? ALL_TYPES : OWN_TYPES);
  return promiseNetwork(sites, await loadLanesForPromise(tx));
}
