import { readExpectedReceipts } from '../../inbound/index.ts';
import { createCoalescer, journalOf } from '../../ledger/index.ts';
import type { SiteForPromise } from '../../network/index.ts';
import type { Clock } from '../../platform/clock.ts';
import {
  type Database,
  type OwnerScope,
  readSnapshotAs,
  type Tx,
} from '../../platform/database.ts';
import { type AvailableToPromise, availableToPromise } from './available.ts';
import { loadPromiseNetwork } from './network.queries.ts';
import {
  type AskedItem,
  readBackorders,
  readItems,
  readOnHand,
  readOwnerCodes,
  readTransferSupply,
} from './supply.queries.ts';
import type { PromiseNetwork } from './transit.ts';

/** What can be promised of items, and those of them that exist for the caller. */
interface ReadAvailable {
  readonly items: readonly AskedItem[];
  readonly rows: readonly AvailableToPromise[];
}

/**
 * Reads what can be promised of any number of items in one round of statements, none per item.
 * `tx` is a snapshot, so that what has just arrived is not counted twice.
 */
export async function readAvailableToPromise(
  tx: Tx,
  skus: readonly string[],
  world: {
    readonly journals: number;
    readonly sites: ReadonlyMap<number, SiteForPromise>;
    readonly nowMs: number;
  },
): Promise<ReadAvailable> {
  const items = await readItems(tx, skus);
  const itemIds = items.map(({ itemId }) => itemId);
  const journals = itemIds.map((itemId) => journalOf(itemId, world.journals));
  const onHand = await readOnHand(tx, itemIds, journals);
  const receipts = await readExpectedReceipts(tx, { itemIds });
  const transfers = await readTransferSupply(tx, itemIds);
  const backorders = await readBackorders(tx, itemIds);
  const facts = { items, onHand, supplies: [...receipts, ...transfers], backorders };
  return { items, rows: availableToPromise(facts, world.sites, world.nowMs) };
}

/** What can be promised of one item, with what is needed to show it or to promise from it. */
export interface ItemToPromise {
  readonly item: AskedItem;
  readonly rows: readonly AvailableToPromise[];
  readonly network: PromiseNetwork;
  readonly owners: ReadonlyMap<number, string>;
  /** When it was read, in milliseconds UTC. */
  readonly nowMs: number;
}

/** Reads by SKU as one owner or the house; undefined for what is not there for the caller. */
export type ReadToPromise = (scope: OwnerScope, sku: string) => Promise<ItemToPromise | undefined>;

const BATCH_MAX = 5_000;
const PARALLEL_MAX = 2;

/** Makes a reader: many callers in one turn, or while a read is under way, share one round. */
export function createToPromiseReader(
  database: Database,
  journals: number,
  clock: Clock,
): ReadToPromise {
  type Key = { readonly scope: OwnerScope; readonly sku: string };
  const coalescer = createCoalescer<Key, ItemToPromise | undefined>({
    identityOf: ({ scope, sku }) => `${scope} ${sku}`,
    batchMax: BATCH_MAX,
    parallelMax: PARALLEL_MAX,
    readMany: async (keys) => {
      const found = new Map<string, ItemToPromise>();
      for (const scope of new Set(keys.map((key) => key.scope))) {
        const skus = keys.filter((key) => key.scope === scope).map(({ sku }) => sku);
        for (const each of await readBatch(database, scope, skus, journals, clock)) {
          found.set(`${scope} ${each.item.item}`, each);
        }
      }
      return keys.map(({ scope, sku }) => found.get(`${scope} ${sku}`));
    },
  });
  return (scope, sku) => coalescer.get({ scope, sku });
}

function readBatch(
  database: Database,
  scope: OwnerScope,
  skus: readonly string[],
  journals: number,
  clock: Clock,
): Promise<ItemToPromise[]> {
  return readSnapshotAs(database, scope, async (tx) => {
    const nowMs = clock().getTime();
    const network = await loadPromiseNetwork(tx, scope);
    const world = { journals, sites: network.siteById, nowMs };
    const { items, rows } = await readAvailableToPromise(tx, skus, world);
    const ownerIds = [...new Set(rows.map(({ ownerId }) => ownerId))];
    const owners = await readOwnerCodes(tx, ownerIds);
    const byItem = new Map<number, AvailableToPromise[]>();
    for (const row of rows) {
      const known = byItem.get(row.item.itemId);
      if (known) known.push(row);
      else byItem.set(row.item.itemId, [row]);
    }
    return items.map((item) => ({
      ...{ item, rows: byItem.get(item.itemId) ?? [], network, owners, nowMs },
    }));
  });
}
