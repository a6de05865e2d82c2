import { type ExpectedReceipt, readExpectedReceipts } from '../../inbound/index.ts';
import { createCoalescer, journalOf } from '../../ledger/index.ts';
import type { Clock } from '../../platform/clock.ts';
import {
  type Database,
  type OwnerScope,
  readAs,
  readSnapshotAs,
  type Tx,
} from '../../platform/database.ts';
import { type AvailableToPromise, availableToPromise } from './available.ts';
import { loadPromiseNetwork } from './network.queries.ts';
import {
  type AskedItem,
  exportSnapshot,
  readBackorders,
  readItems,
  readOnHand,
  readOwnerCodes,
  readTransferSupply,
} from './supply.queries.ts';
import type { PromiseNetwork } from './transit.ts';

/** From so many items on, receipts are read beside the rest. */
const BESIDE_FROM = 100;

/**
 * Reads receipts in the snapshot of `tx`: else what has just arrived could be counted twice. Many
 * are read on a connection of their own, while the first one reads the rest.
 */
async function readReceipts(
  tx: Tx,
  database: Database,
  scope: OwnerScope,
  itemIds: readonly number[],
): Promise<() => Promise<ExpectedReceipt[]>> {
  if (itemIds.length < BESIDE_FROM) return () => readExpectedReceipts(tx, { itemIds });
  const snapshot = await exportSnapshot(tx);
  const begin = `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET TRANSACTION SNAPSHOT '${snapshot}'`;
  const receipts = readAs(
    database,
    scope,
    (beside) => readExpectedReceipts(beside, { itemIds }),
    begin,
  );
  // A failure is thrown to whoever asks for them; until then it is no unhandled one.
  receipts.catch(() => undefined);
  return () => receipts;
}

/** Reads the facts of any number of items in one round of statements, none per item. */
function readFacts(
  database: Database,
  scope: OwnerScope,
  skus: readonly string[],
  journals: number,
) {
  return readSnapshotAs(database, scope, async (tx) => {
    const items = await readItems(tx, skus);
    const itemIds = items.map(({ itemId }) => itemId);
    const receipts = await readReceipts(tx, database, scope, itemIds);
    const homes = itemIds.map((itemId) => journalOf(itemId, journals));
    const onHand = await readOnHand(tx, itemIds, homes);
    const transfers = await readTransferSupply(tx, itemIds);
    const backorders = await readBackorders(tx, itemIds);
    const network = await loadPromiseNetwork(tx, scope);
    const supplies = [...(await receipts()), ...transfers];
    const ownerIds = new Set(onHand.ownerIds);
    for (const { ownerId } of [...supplies, ...backorders]) ownerIds.add(ownerId);
    const owners = await readOwnerCodes(tx, [...ownerIds]);
    return { facts: { items, onHand, supplies, backorders }, owners, network };
  });
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

async function readBatch(
  database: Database,
  scope: OwnerScope,
  skus: readonly string[],
  journals: number,
  clock: Clock,
): Promise<ItemToPromise[]> {
  const nowMs = clock().getTime();
  const { facts, owners, network } = await readFacts(database, scope, skus, journals);
  const byItem = new Map<number, AvailableToPromise[]>();
  for (const row of availableToPromise(facts, network.siteById, nowMs)) {
    const known = byItem.get(row.item.itemId);
    if (known) known.push(row);
    else byItem.set(row.item.itemId, [row]);
  }
  return facts.items.map((item) => ({
    ...{ item, rows: byItem.get(item.itemId) ?? [], network, owners, nowMs },
  }));
}
