import type { Tx } from '../../platform/database.ts';
import { conflict, notFound, Problem } from '../../platform/problems.ts';
import { note, type OrderDraft, stateConflict } from './draft.ts';
import { CLOSED_STATES, type HoldKind } from './order.ts';

/**
 * Places a hold: nothing of the sales order is released or shipped before it is lifted.
 * @throws Problem conflict when there is one of the kind, state-conflict when all has left.
 */
export async function placeHold(
  tx: Tx,
  draft: OrderDraft,
  hold: { readonly kind: HoldKind; readonly note?: string | undefined },
  by: { readonly actorId: number; readonly at: Date },
): Promise<void> {
  const { order } = draft;
  if (CLOSED_STATES.has(order.state)) {
    const { state } = order;
    throw new Problem(stateConflict, `The sales order is ${state} already.`, { state });
  }
  const { rowCount } = await tx.query(
    `INSERT INTO outbound.sales_order_hold (sales_order_id, hold, owner_id, kind, note, placed_by,
       placed_at)
     SELECT $1, 1 + (SELECT count(*) FROM outbound.sales_order_hold WHERE sales_order_id = $1),
       $2, $3, $4, $5, $6
     WHERE NOT EXISTS (SELECT FROM outbound.sales_order_hold
       WHERE sales_order_id = $1 AND kind = $3 AND released_at IS NULL)`,
    [order.orderId, order.ownerId, hold.kind, hold.note ?? null, by.actorId, by.at],
  );
  if (rowCount === 0) {
    throw new Problem(conflict, `There is a ${hold.kind} hold already.`, { kind: hold.kind });
  }
  order.isHeld = true;
  note(draft, 'hold_placed', { note: hold.note, details: { kind: hold.kind } });
}

/** Lifts a hold. @throws Problem not-found when there is none of the kind. */
export async function liftHold(
  tx: Tx,
  draft: OrderDraft,
  hold: { readonly kind: HoldKind; readonly note?: string | undefined },
  by: { readonly actorId: number; readonly at: Date },
): Promise<void> {
  const { order } = draft;
  const { rowCount } = await tx.query(
    `UPDATE outbound.sales_order_hold SET released_by = $3, released_at = $4, release_note = $5
     WHERE sales_order_id = $1 AND kind = $2 AND released_at IS NULL`,
    [order.orderId, hold.kind, by.actorId, by.at, hold.note ?? null],
  );
  if (rowCount === 0) {
    const detail = `The sales order ${order.number} has no ${hold.kind} hold.`;
    throw new Problem(notFound, detail, { kind: hold.kind });
  }
  const { rows } = await tx.query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM outbound.sales_order_hold
       WHERE sales_order_id = $1 AND released_at IS NULL) AS held`,
    [order.orderId],
  );
  order.isHeld = rows[0]?.held ?? false;
  note(draft, 'hold_released', { note: hold.note, details: { kind: hold.kind } });
}
