import type { Queryable } from '../../platform/database.ts';
import { ENTRY, RESERVATION } from '../posting/commands.ts';
import { derivedUuid } from './identity.ts';

/**
 * A reservation group over several journals that is refused has left facts all the same: what was
 * held of it in one journal and given back again. So that its key is free for another try, as it
 * is after any refusal, each try posts under an id of its own that follows from the key.
 */

/** Tries of one key that hold something at least; after these the key is used up. */
const ATTEMPTS_MAX = 16;

/** The ids that a group is tried under, first to last; the first is the command's own. */
export function attemptIds(commandId: string): readonly string[] {
  const later = Array.from({ length: ATTEMPTS_MAX - 1 }, (_, i) =>
    derivedUuid(`${commandId} attempt ${i + 2}`),
  );
  return [commandId, ...later];
}

/** The id under which all that a group holds is confirmed. */
export function confirmId(attemptId: string): string {
  return derivedUuid(`${attemptId} confirm`);
}

/**
 * The id to try each group under: the first that has not failed. A try has failed when everything
 * it held is closed and it was never confirmed as a whole; one that holds something still is under
 * way, or waits for the same request to come again.
 */
export async function currentAttempts(
  db: Queryable,
  journals: readonly number[],
  commandIds: readonly string[],
): Promise<Map<string, string>> {
  const attempts = commandIds.map((commandId) => attemptIds(commandId));
  const all = attempts.flat();
  const { rows } = await db.query<{ id: string; held: bigint; open: bigint }>(
    `SELECT e.command_id AS id, count(*) AS held,
       count(*) FILTER (WHERE r.state <= ${RESERVATION.pending}) AS open
     FROM ledger.entry e
     JOIN ledger.reservation r ON r.journal = e.journal AND r.reservation_seq = e.reservation_seq
     WHERE e.journal = ANY($1) AND e.command_id = ANY($2) AND e.kind = ${ENTRY.hold}
     GROUP BY e.command_id`,
    [journals, all],
  );
  const closed = rows.filter((row) => row.open === 0n);
  const confirmed = await countConfirmed(db, journals, closed);
  const failed = new Set(
    closed
      .filter(({ id, held }) => (confirmed.get(confirmId(id)) ?? 0n) < held)
      .map(({ id }) => id),
  );
  return new Map(
    attempts.map((ids) => [ids[0]!, ids.find((id) => !failed.has(id)) ?? ids.at(-1)!]),
  );
}

async function countConfirmed(
  db: Queryable,
  journals: readonly number[],
  closed: readonly { id: string }[],
): Promise<Map<string, bigint>> {
  if (closed.length === 0) return new Map();
  const { rows } = await db.query<{ id: string; confirmed: bigint }>(
    `SELECT command_id AS id, count(*) AS confirmed FROM ledger.entry
     WHERE journal = ANY($1) AND command_id = ANY($2) GROUP BY command_id`,
    [journals, closed.map(({ id }) => confirmId(id))],
  );
  return new Map(rows.map(({ id, confirmed }) => [id, confirmed]));
}
