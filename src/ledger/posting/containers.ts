import type { Queryable } from '../../platform/database.ts';
import type { Command, PostCommand, Refusal } from './commands.ts';
import { refuse } from './draft.ts';
import type { JournalState } from './state.ts';

/**
 * Units that are posted into a container must still find it where the command was told that it
 * stands, up to the moment of the commit: else it may have left meanwhile, and they would stay
 * behind where it was.
 */

/** True when a command must be decided and written with its containers locked. */
export function namesContainers(command: Command): boolean {
  return command.type === 'post' && command.containers !== undefined;
}

/**
 * Reads the containers that commands name and keeps them from being moved until the transaction
 * ends. In the order of their ids, as everybody locks them, so that nobody waits in a circle.
 */
export async function lockContainers(
  tx: Queryable,
  state: JournalState,
  commands: readonly Command[],
): Promise<void> {
  state.containers.clear();
  const ids = new Set<number>();
  for (const command of commands) {
    if (command.type !== 'post') continue;
    for (const { handlingUnitId } of command.containers ?? []) ids.add(handlingUnitId);
  }
  if (ids.size === 0) return;
  const { rows } = await tx.query<{ handling_unit_id: number; location_id: number }>(
    `SELECT handling_unit_id, CASE WHEN status = 'moving' THEN 0 ELSE location_id END AS location_id
     FROM ledger.handling_unit WHERE handling_unit_id = ANY($1)
     ORDER BY handling_unit_id FOR SHARE`,
    [[...ids]],
  );
  for (const row of rows) state.containers.set(row.handling_unit_id, row.location_id);
}

/** A container that is on its way, or stands elsewhere by now. */
export function checkContainers(state: JournalState, command: PostCommand): Refusal | null {
  for (const { handlingUnitId, locationId, lpn, line } of command.containers ?? []) {
    const at = state.containers.get(handlingUnitId);
    if (at !== locationId) return refuse('container-elsewhere', line, { lpn });
  }
  return null;
}
