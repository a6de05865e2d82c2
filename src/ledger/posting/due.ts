import type { Clock } from '../../platform/clock.ts';
import type { Queryable } from '../../platform/database.ts';
import type { Command } from './commands.ts';
import { loadFor } from './load.queries.ts';
import { selectDue } from './load.sql.ts';
import type { JournalState } from './state.ts';

/** How the ids of the ledger's own commands begin. Doors let nobody else choose such an id. */
export const OWN_IDS = '00000000-0000-8e00-';

/** Before a reservation is refused, the ones that are due on its stock are expired. */
export async function withDue(
  clock: Clock,
  tx: Queryable,
  state: JournalState,
  commands: readonly Command[],
): Promise<{ all: readonly Command[]; internal: number }> {
  const wanted = new Map<number, bigint>();
  for (const command of commands) {
    if (command.type !== 'reserve') continue;
    for (const line of command.lines) {
      const sum = wanted.get(line.availabilityId) ?? 0n;
      wanted.set(line.availabilityId, sum + line.quantity);
    }
  }
  const short = [...wanted].filter(([id, quantity]) => {
    const row = state.availability.get(id);
    return row !== undefined && row.onHand - row.reserved < quantity;
  });
  if (short.length === 0) return { all: commands, internal: 0 };
  const now = clock();
  const ids = short.map(([id]) => String(id));
  const query = { ...selectDue, values: [state.journal, ids, now] } as unknown as string;
  const due = await tx.query<{ reservation_seq: bigint }>(query);
  const expiries = due.rows.map((row) => expiry(Number(row.reservation_seq), now.getTime()));
  if (expiries.length === 0) return { all: commands, internal: 0 };
  await loadFor(tx, state, expiries);
  return { all: [...expiries, ...commands], internal: expiries.length };
}

/** The command that expires one reservation; its id follows from the reservation. */
export function expiry(reservationSeq: number, occurredAt: number): Command {
  const tail = reservationSeq.toString(16).padStart(12, '0');
  return {
    type: 'expire',
    id: `${OWN_IDS}8000-${tail}`,
    bodyHash: 0n,
    actorId: 0,
    deviceId: 0,
    reservations: [reservationSeq],
    expiresAt: null,
    occurredAt,
    reasonId: 0,
  };
}
