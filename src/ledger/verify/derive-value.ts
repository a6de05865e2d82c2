import { report } from './derive-movement.ts';
import type { ValueColumns } from './facts.queries.ts';
import { addToAccount, type DerivedJournal } from './state.ts';

/** Replays one value entry: money between pools and accounts, without units. */
export function deriveValueEntry(journal: DerivedJournal, entries: ValueColumns, i: number): void {
  const amount = entries.amount[i]!;
  const ownerId = entries.ownerId[i]!;
  addToAccount(journal, ownerId, entries.fromLocationId[i]!, -amount);
  addToAccount(journal, ownerId, entries.toLocationId[i]!, amount);
  change(journal, entries, i, entries.fromPoolId[i]!, -amount);
  change(journal, entries, i, entries.toPoolId[i]!, amount);
}

function change(
  journal: DerivedJournal,
  entries: ValueColumns,
  i: number,
  poolId: number,
  amount: bigint,
): void {
  if (poolId === 0) return;
  const seq = entries.seq[i]!;
  const pool = journal.pools.get(poolId);
  const id = `pool ${poolId}`;
  if (!pool || pool.itemId !== entries.itemId[i]) {
    report(journal, 'pool', seq, 'a pool of the item', 'none', 'the pool is not there', id);
    return;
  }
  pool.value += amount;
  pool.lastSeq = seq;
  if (pool.value < 0n) {
    report(journal, 'value', seq, 'at least 0', pool.value, 'more left the pool than it held', id);
  }
  const layerSeq = entries.layerSeq[i]!;
  if (layerSeq === 0 || !pool.layers) return;
  const layer = pool.layers.get(layerSeq);
  if (layer) {
    layer.valueLeft += amount;
    return;
  }
  const message = 'the layer is not open';
  report(journal, 'layer', seq, 'an open layer', 'none', message, `${id} layer ${layerSeq}`);
}
