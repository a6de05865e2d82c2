import type { DemoScale } from '../scale.ts';
import { type DemoItem, makeItems } from './items.ts';
import { type DemoBin, type DemoSite, makeBins, makeSites } from './network.ts';
import { type DemoLane, type DemoSupplier, makeLanes, makeSuppliers } from './suppliers.ts';

export { type DemoItem, sitesOf, VELOCITIES, type Velocity } from './items.ts';
export { type DemoBin, type DemoSite, workplaceBodies, zoneBodies } from './network.ts';
export { STORAGE_KINDS, type StorageKind } from './products.ts';
export type { DemoLane, DemoSupplier } from './suppliers.ts';

/** Third parties whose goods lie in the house's buildings. Made up, like everything here. */
export const SELLERS = [
  { code: 'TULLIMAR', name: 'Tullimar Toys' },
  { code: 'QUENBY', name: 'Quenby Beauty' },
  { code: 'ORRINVALE', name: 'Orrinvale Outdoor' },
] as const;

/** All reference data of a demo. */
export interface DemoCatalogue {
  readonly sites: readonly DemoSite[];
  readonly bins: readonly (DemoBin & { readonly body: Readonly<Record<string, unknown>> })[];
  readonly suppliers: readonly DemoSupplier[];
  readonly lanes: readonly DemoLane[];
  readonly items: readonly DemoItem[];
}

/** Makes the reference data: the same seed and scale give the same, byte for byte. */
export function makeCatalogue(seed: string, scale: DemoScale): DemoCatalogue {
  const sites = makeSites(scale);
  const suppliers = makeSuppliers(scale);
  const sellers = SELLERS.map(({ code }) => code);
  return {
    sites,
    suppliers,
    bins: makeBins(scale, sites),
    lanes: makeLanes(seed, sites, suppliers),
    items: makeItems(seed, scale, { sellers, suppliers }),
  };
}
