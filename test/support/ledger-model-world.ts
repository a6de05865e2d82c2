import { COST_METHOD } from '../../src/ledger/posting/commands.ts';

/**
 * A small world for tests of the ledger: items with every cost method, two owners, three sites of
 * which two share their costs, and the places outside. The same world is built in memory for pure
 * tests and in a database for the others, with the same ids.
 */
export interface WorldItem {
  readonly itemId: number;
  readonly method: number;
  readonly quantityScale: number;
  /** Standard cost (minor units x 10^4), or what a first unit without a price is taken in at. */
  readonly unitCost: bigint;
  /** How many serials the item has; 0 is an item without serials. */
  readonly serials: number;
}

export interface WorldPosition {
  readonly positionId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly locationId: number;
  readonly siteId: number | null;
  readonly dispositionId: number;
  readonly isReal: boolean;
  /** 0 where units do not count as available, or carry no money. */
  readonly availabilityId: number;
  readonly poolId: number;
}

export interface WorldAvailability {
  readonly availabilityId: number;
  readonly itemId: number;
  readonly siteId: number;
  readonly ownerId: number;
}

export interface WorldPool extends WorldItem {
  readonly poolId: number;
  readonly ownerId: number;
  readonly costSiteId: number;
}

export interface WorldSerial {
  readonly serialId: number;
  readonly itemId: number;
  readonly ownerId: number;
  readonly serial: string;
}

export interface World {
  readonly items: readonly WorldItem[];
  readonly positions: ReadonlyMap<number, WorldPosition>;
  readonly availability: ReadonlyMap<number, WorldAvailability>;
  readonly pools: ReadonlyMap<number, WorldPool>;
  readonly serials: ReadonlyMap<number, WorldSerial>;
  /** Positions by what they are summed up in. */
  readonly inAvailability: ReadonlyMap<number, readonly number[]>;
  readonly inPool: ReadonlyMap<number, readonly number[]>;
}

export const HOUSE = 1;
export const SELLER = 2;

/** Locations of the world; sites 1 and 3 share the cost pool of site 1. */
export const PLACE = {
  supplier: 1,
  customer: 2,
  adjustment: 3,
  revalue: 4,
  priceVariance: 5,
  conversion: 6,
  binA: 11,
  binB: 12,
  damaged: 13,
  secondSite: 21,
  thirdSite: 31,
  transit: 41,
} as const;

interface Place {
  readonly siteId: number | null;
  readonly costSiteId: number;
  readonly dispositionId: number;
  readonly sellable: boolean;
}

const SELLABLE = 1;
const DAMAGED = 2;

const REAL: Readonly<Record<number, Place>> = {
  [PLACE.binA]: { siteId: 1, costSiteId: 1, dispositionId: SELLABLE, sellable: true },
  [PLACE.binB]: { siteId: 1, costSiteId: 1, dispositionId: SELLABLE, sellable: true },
  [PLACE.damaged]: { siteId: 1, costSiteId: 1, dispositionId: DAMAGED, sellable: false },
  [PLACE.secondSite]: { siteId: 2, costSiteId: 2, dispositionId: SELLABLE, sellable: true },
  [PLACE.thirdSite]: { siteId: 3, costSiteId: 1, dispositionId: SELLABLE, sellable: true },
  [PLACE.transit]: { siteId: null, costSiteId: 2, dispositionId: SELLABLE, sellable: false },
};
const OUTSIDE = [PLACE.supplier, PLACE.customer, PLACE.adjustment, PLACE.conversion];

/** One item for each cost method, each scale, and one with serials. */
export const ITEMS: readonly WorldItem[] = [
  { itemId: 1, method: COST_METHOD.moving_average, quantityScale: 0, unitCost: 0n, serials: 0 },
  { itemId: 2, method: COST_METHOD.fifo, quantityScale: 3, unitCost: 0n, serials: 0 },
  { itemId: 3, method: COST_METHOD.standard, quantityScale: 2, unitCost: 33_333n, serials: 0 },
  { itemId: 4, method: COST_METHOD.fifo, quantityScale: 0, unitCost: 12_345n, serials: 12 },
];

interface Draft {
  positions: Map<number, WorldPosition>;
  availability: Map<number, WorldAvailability>;
  pools: Map<number, WorldPool>;
  serials: Map<number, WorldSerial>;
}

/** Builds the world of these items for the house and one other owner, who carries no money. */
export function makeWorld(items: readonly WorldItem[] = ITEMS): World {
  const draft: Draft = {
    positions: new Map(),
    availability: new Map(),
    pools: new Map(),
    serials: new Map(),
  };
  for (const item of items) {
    for (const ownerId of [HOUSE, SELLER]) addItem(draft, item, ownerId);
  }
  const positions = [...draft.positions.values()];
  const grouped = (key: 'availabilityId' | 'poolId') =>
    groupBy(
      positions.filter((position) => position[key] > 0),
      key,
    );
  return {
    items,
    ...draft,
    inAvailability: grouped('availabilityId'),
    inPool: grouped('poolId'),
  };
}

function groupBy(
  positions: readonly WorldPosition[],
  key: 'availabilityId' | 'poolId',
): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const position of positions) {
    groups.set(position[key], [...(groups.get(position[key]) ?? []), position.positionId]);
  }
  return groups;
}

function addItem(draft: Draft, item: WorldItem, ownerId: number): void {
  const { itemId } = item;
  const own = { itemId, ownerId };
  for (const [code, place] of Object.entries(REAL)) {
    const { siteId, costSiteId, dispositionId, sellable } = place;
    const availabilityId = sellable ? availabilityOf(draft, { ...own, siteId: siteId! }) : 0;
    const poolId = ownerId === HOUSE ? poolOf(draft, { ...item, ownerId, costSiteId }) : 0;
    const at = { locationId: Number(code), siteId, dispositionId, isReal: true };
    addPosition(draft, { ...own, ...at, availabilityId, poolId });
  }
  for (const locationId of OUTSIDE) {
    const at = { locationId, siteId: null, dispositionId: SELLABLE, isReal: false };
    addPosition(draft, { ...own, ...at, availabilityId: 0, poolId: 0 });
  }
  for (let n = 1; n <= item.serials && ownerId === HOUSE; n += 1) {
    const serialId = draft.serials.size + 1;
    draft.serials.set(serialId, { ...own, serialId, serial: `S${itemId}-${n}` });
  }
}

function addPosition(draft: Draft, position: Omit<WorldPosition, 'positionId'>): void {
  const positionId = draft.positions.size + 1;
  draft.positions.set(positionId, { positionId, ...position });
}

function availabilityOf(draft: Draft, row: Omit<WorldAvailability, 'availabilityId'>): number {
  for (const known of draft.availability.values()) {
    const same = known.siteId === row.siteId && known.ownerId === row.ownerId;
    if (same && known.itemId === row.itemId) return known.availabilityId;
  }
  const availabilityId = draft.availability.size + 1;
  draft.availability.set(availabilityId, { availabilityId, ...row });
  return availabilityId;
}

function poolOf(draft: Draft, row: Omit<WorldPool, 'poolId'>): number {
  for (const known of draft.pools.values()) {
    if (known.itemId === row.itemId && known.costSiteId === row.costSiteId) return known.poolId;
  }
  const poolId = draft.pools.size + 1;
  draft.pools.set(poolId, { poolId, ...row });
  return poolId;
}

/** The position of an item at a place. */
export function positionAt(
  world: World,
  itemId: number,
  locationId: number,
  ownerId = HOUSE,
): WorldPosition {
  for (const position of world.positions.values()) {
    const here = position.locationId === locationId && position.ownerId === ownerId;
    if (here && position.itemId === itemId) return position;
  }
  throw new Error(`item ${itemId} of owner ${ownerId} has no position at ${locationId}`);
}
