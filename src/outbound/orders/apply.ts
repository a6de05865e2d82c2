import { newId } from '../../platform/ids.ts';
import type { OrderDraft } from './draft.ts';
import { addPart, moveOn, splitPart } from './draft.ts';
import type { PartRow } from './order.queries.ts';
import type { Share } from './promise.ts';

/** Pure steps that put what was promised into a sales order that is being changed. */

/** Gives back units that were promised but that nobody needs any more. */
export function giveBack(
  draft: OrderDraft,
  share: Pick<Share, 'journal' | 'seq' | 'quantity'>,
  quantityScale: number,
): void {
  if (share.quantity === 0n) return;
  draft.releases.push({
    stepId: newId(),
    ownerId: draft.order.ownerId,
    documentNumber: draft.order.number,
    journal: share.journal,
    seq: share.seq,
    quantity: share.quantity,
    quantityScale,
  });
}

/**
 * Gives promised units to a part that waits for them; the rest of it waits on. Answers how many
 * it took.
 */
export function reservePart(
  draft: OrderDraft,
  part: PartRow | undefined,
  shares: readonly Share[],
  quantityScale: number,
): bigint {
  let taken = 0n;
  for (const share of shares) {
    const open = part?.state === 'backordered' ? part.quantity : 0n;
    const units = share.quantity < open ? share.quantity : open;
    giveBack(draft, { ...share, quantity: share.quantity - units }, quantityScale);
    if (!part || units === 0n) continue;
    const piece = splitPart(draft, part, units);
    moveOn(draft, piece, 'reserve');
    piece.siteId = share.siteId;
    piece.site = share.site;
    piece.journal = share.journal;
    piece.seq = share.seq;
    piece.avoidedSiteIds = [];
    piece.avoidedAt = null;
    taken += units;
  }
  return taken;
}

/** A part that waits, as a new line or a larger one begins. */
export function addWaiting(
  draft: OrderDraft,
  line: { line: number; itemId: number; siteId: number | null; site: string | null },
  quantity: bigint,
  orderedAt: Date,
): PartRow {
  return addPart(draft, {
    ...line,
    quantity,
    state: 'backordered',
    journal: null,
    seq: null,
    fulfilmentRequestId: null,
    shipmentId: null,
    avoidedSiteIds: [],
    avoidedAt: null,
    orderedAt,
  });
}
