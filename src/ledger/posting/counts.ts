import type { LineResult, MoveLine, PostCommand } from './commands.ts';
import { ENTRY } from './commands.ts';
import type { Draft } from './draft.ts';
import { nextSeq } from './draft.ts';
import type { PositionRow } from './state.ts';

/** A count that found what was expected is a fact too: its command id must bind. */
export function recordUnchanged(
  draft: Draft,
  command: PostCommand,
  index: number,
  line: MoveLine,
  bin: PositionRow,
): LineResult {
  const seq = nextSeq(draft);
  draft.entries.push({
    seq,
    kind: ENTRY.countUnchanged,
    quantity: 0n,
    after: bin.onHand,
    bodyHash: command.bodyHash,
    commandId: command.id,
    line: index + 1,
    itemId: bin.itemId,
    ownerId: bin.ownerId,
    actorId: command.actorId,
    availabilityId: 0,
    positionId: bin.positionId,
    reservationSeq: 0,
    allocationSeq: 0,
    documentId: line.documentId,
    reasonId: line.reasonId,
    expiresAt: null,
    occurredAt: line.occurredAt,
  });
  return { line: index + 1, seq, quantity: 0n, after: bin.onHand };
}
