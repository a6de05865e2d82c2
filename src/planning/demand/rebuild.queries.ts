import type { Tx } from '../../platform/database.ts';
import type { DemandPolicy } from './policy.ts';

/** Items whose history is emptied by one statement. */
export const RESET_ITEMS = 20_000;

/** Says that history holds by no rule: until it is rolled up anew, every run is a rebuild. */
export async function distrustHistory(tx: Tx): Promise<void> {
  await tx.query(
    'UPDATE planning.demand_policy SET rolled_return_days = -1 WHERE demand_policy_id = 1',
  );
}

/**
 * Empties what was rolled up of items from `first` on.
 * @returns the next first; null at the end.
 */
export async function emptyHistory(tx: Tx, first: number): Promise<number | null> {
  const before = first + RESET_ITEMS;
  await tx.query(
    `UPDATE planning.demand SET orders = NULL, issues = NULL, returns = NULL, available = NULL
     WHERE item_id >= $1 AND item_id < $2 AND imported IS NOT NULL`,
    [first, before],
  );
  await tx.query(
    'DELETE FROM planning.demand WHERE item_id >= $1 AND item_id < $2 AND imported IS NULL',
    [first, before],
  );
  const { rows } = await tx.query<{ next: number | null }>(
    'SELECT min(item_id) AS next FROM planning.demand WHERE item_id >= $1',
    [before],
  );
  return rows[0]?.next ?? null;
}

/** Forgets how far everything was read, and by which rules it is read from here on. */
export async function forgetCheckpoints(tx: Tx, policy: DemandPolicy): Promise<void> {
  await tx.query('DELETE FROM planning.order_demand');
  await tx.query('DELETE FROM planning.excluded_issue');
  await tx.query('DELETE FROM planning.demand_checkpoint');
  await tx.query(
    `UPDATE planning.demand_policy
     SET rolled_return_days = $1, rolled_counts_cancelled = $2 WHERE demand_policy_id = 1`,
    [policy.returnDays, policy.countsCancelled],
  );
}
