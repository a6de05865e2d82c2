import {
  type ItemForPosting,
  loadItems,
  loadPacks,
  type PackForPosting,
} from '../../catalog/index.ts';
import {
  type LocationForPosting,
  loadLocations,
  loadSites,
  type SiteForPosting,
} from '../../network/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Database, Queryable } from '../../platform/database.ts';
import { loadOwners, type OwnerForPosting } from '../../sellers/index.ts';

/** An item with its packs by level. */
export interface DirectoryItem extends ItemForPosting {
  readonly packs: ReadonlyMap<string, PackForPosting>;
}

/**
 * Codes to reference data, kept in memory: posting must not ask the catalog for every line. What
 * is edited there is seen here after at most {@link FRESH_MS}.
 */
export interface Directory {
  /** Loads what is missing or stale. */
  prepare(codes: DirectoryCodes): Promise<void>;
  item(sku: string): DirectoryItem | undefined;
  location(code: string): LocationForPosting | undefined;
  site(code: string): SiteForPosting | undefined;
  owner(code: string): OwnerForPosting | undefined;
  ownerById(ownerId: number): Promise<OwnerForPosting | undefined>;
}

export interface DirectoryCodes {
  readonly items: Iterable<string>;
  readonly locations: Iterable<string>;
  readonly sites: Iterable<string>;
  readonly owners: Iterable<string>;
}

const FRESH_MS = 5_000;

interface Shelf<V> {
  readonly rows: Map<string, { value: V | undefined; until: number }>;
  readonly load: (db: Queryable, codes: string[]) => Promise<readonly (readonly [string, V])[]>;
}

/** Makes an empty directory that reads through the poster's connections. */
export function createDirectory(database: Database, clock: Clock): Directory {
  const items: Shelf<DirectoryItem> = { rows: new Map(), load: loadItemsWithPacks };
  const locations: Shelf<LocationForPosting> = {
    rows: new Map(),
    load: async (db, codes) => (await loadLocations(db, codes)).map((row) => [row.code, row]),
  };
  const sites: Shelf<SiteForPosting> = {
    rows: new Map(),
    load: async (db, codes) => (await loadSites(db, codes)).map((row) => [row.code, row]),
  };
  const owners: Shelf<OwnerForPosting> = {
    rows: new Map(),
    load: async (db, codes) => (await loadOwners(db, codes)).map((row) => [row.code, row]),
  };
  const ownersById = new Map<number, OwnerForPosting>();
  return {
    prepare: async (codes) => {
      const now = clock().getTime();
      const db = database.poster;
      await fill(db, items, codes.items, now);
      await fill(db, locations, codes.locations, now);
      await fill(db, sites, codes.sites, now);
      await fill(db, owners, codes.owners, now);
    },
    item: (sku) => items.rows.get(sku)?.value,
    location: (code) => locations.rows.get(code)?.value,
    site: (code) => sites.rows.get(code)?.value,
    owner: (code) => owners.rows.get(code)?.value,
    ownerById: async (ownerId) => {
      const known = ownersById.get(ownerId);
      if (known) return known;
      const found = await database.poster.query<{ code: string }>(
        'SELECT code FROM sellers.owner WHERE owner_id = $1',
        [ownerId],
      );
      const [owner] = await loadOwners(
        database.poster,
        found.rows.map((row) => row.code),
      );
      if (owner) ownersById.set(ownerId, owner);
      return owner;
    },
  };
}

async function fill<V>(
  db: Queryable,
  shelf: Shelf<V>,
  codes: Iterable<string>,
  now: number,
): Promise<void> {
  const wanted = new Set<string>();
  for (const code of codes) {
    const row = shelf.rows.get(code);
    if (row === undefined || row.until <= now) wanted.add(code);
  }
  if (wanted.size === 0) return;
  const list = [...wanted];
  const found = new Map(await shelf.load(db, list));
  for (const code of list) {
    const value = found.get(code);
    // What does not exist is asked for again at once: it may be created any moment.
    if (value === undefined) shelf.rows.delete(code);
    else shelf.rows.set(code, { value, until: now + FRESH_MS });
  }
}

async function loadItemsWithPacks(
  db: Queryable,
  skus: string[],
): Promise<(readonly [string, DirectoryItem])[]> {
  const items = await loadItems(db, skus);
  const packs = await loadPacks(
    db,
    items.map((item) => item.itemId),
  );
  const byItem = new Map<number, Map<string, PackForPosting>>();
  for (const pack of packs) {
    const levels = byItem.get(pack.itemId) ?? new Map<string, PackForPosting>();
    levels.set(pack.level, pack);
    byItem.set(pack.itemId, levels);
  }
  return items.map((item) => [
    item.sku,
    { ...item, packs: byItem.get(item.itemId) ?? new Map<string, PackForPosting>() },
  ]);
}
