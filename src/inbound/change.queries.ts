import { z } from 'zod';
import type { Tx } from '../platform/database.ts';
import { conflict, Problem } from '../platform/problems.ts';
import type { LineChange } from './change.commands.ts';
import { type By, missing } from './inbound.ts';
import type { PurchaseOrder, PurchaseOrderAnswer } from './purchase-order.queries.ts';

/** Keeps a purchase order as it stood. */
export async function insertRevision(
  tx: Tx,
  order: PurchaseOrder,
  document: PurchaseOrderAnswer,
  by: By,
): Promise<void> {
  await tx.query(
    `INSERT INTO inbound.purchase_order_revision
       (purchase_order_id, revision, owner_id, document, actor_id, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [order.id, order.revision, order.ownerId, JSON.stringify(document), by.actorId, by.at],
  );
}

/** Former revisions, oldest first. */
export async function readRevisions(
  tx: Tx,
  orderId: number,
): Promise<{ revision: number; recordedAt: string; document: PurchaseOrderAnswer }[]> {
  const { rows } = await tx.query<{
    revision: number;
    recordedAt: Date;
    document: PurchaseOrderAnswer;
  }>(
    `SELECT revision, recorded_at AS "recordedAt", document
     FROM inbound.purchase_order_revision WHERE purchase_order_id = $1 ORDER BY revision`,
    [orderId],
  );
  return rows.map((row) => ({ ...row, recordedAt: row.recordedAt.toISOString() }));
}

export const confirmationAnswer = z.object({
  id: z.number(),
  reference: z.string().nullable(),
  state: z.enum(['pending', 'accepted', 'rejected']),
  revision: z.number(),
  lines: z.array(z.number()),
  changes: z.array(
    z.object({
      line: z.number(),
      quantity: z.string().optional(),
      unitPrice: z.string().optional(),
      expectedOn: z.string().optional(),
      cancel: z.boolean().optional(),
    }),
  ),
  recordedAt: z.string(),
  decidedAt: z.string().nullable(),
});

interface Confirmation {
  readonly id: number;
  readonly reference: string | null;
  readonly state: 'pending' | 'accepted' | 'rejected';
  readonly revision: number;
  readonly lines: readonly number[];
  readonly changes: readonly LineChange[];
}

export async function insertConfirmation(
  tx: Tx,
  order: PurchaseOrder,
  confirmation: Pick<Confirmation, 'reference' | 'changes' | 'lines' | 'state'>,
  by: By,
): Promise<number> {
  const { reference, changes, lines, state } = confirmation;
  const decided = state === 'accepted';
  const { rows } = await tx.query<{ id: number }>(
    `INSERT INTO inbound.confirmation (purchase_order_id, owner_id, reference, state, revision,
       changes, lines, actor_id, recorded_at, decided_by, decided_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING confirmation_id AS id`,
    [
      order.id,
      order.ownerId,
      reference,
      state,
      order.revision,
      JSON.stringify(changes),
      lines,
      by.actorId,
      by.at,
      decided ? by.actorId : null,
      decided ? by.at : null,
    ],
  );
  return rows[0]!.id;
}

const SELECT = `SELECT confirmation_id AS id, reference, state, revision, lines, changes,
    recorded_at AS "recordedAt", decided_at AS "decidedAt" FROM inbound.confirmation`;

/** Confirmations of a purchase order, oldest first. */
export async function readConfirmations(
  tx: Tx,
  orderId: number,
): Promise<z.output<typeof confirmationAnswer>[]> {
  const { rows } = await tx.query<
    Confirmation & { recordedAt: Date; decidedAt: Date | null; changes: LineChange[] }
  >(`${SELECT} WHERE purchase_order_id = $1 ORDER BY confirmation_id`, [orderId]);
  return rows.map((row) => ({
    ...row,
    lines: [...row.lines],
    recordedAt: row.recordedAt.toISOString(),
    decidedAt: row.decidedAt?.toISOString() ?? null,
  }));
}

/**
 * Decides a pending confirmation of the purchase order as it stands now.
 * @throws Problem not-found, conflict when it is decided, or the order changed since.
 */
export async function decide(
  tx: Tx,
  order: PurchaseOrder,
  id: number,
  isAccepted: boolean,
  by: By,
): Promise<Confirmation> {
  const { rows } = await tx.query<Confirmation>(
    `${SELECT} WHERE purchase_order_id = $1 AND confirmation_id = $2`,
    [order.id, id],
  );
  const [found] = rows;
  if (!found) throw missing(`confirmation of ${order.number}`, String(id));
  const stale = isAccepted && found.revision !== order.revision;
  if (found.state !== 'pending' || stale) {
    const why = stale ? `is about revision ${found.revision}` : `is ${found.state}`;
    throw new Problem(conflict, `The confirmation ${why}.`, { state: found.state });
  }
  await tx.query(
    `UPDATE inbound.confirmation SET state = $2, decided_by = $3, decided_at = $4
     WHERE confirmation_id = $1`,
    [id, isAccepted ? 'accepted' : 'rejected', by.actorId, by.at],
  );
  return found;
}
