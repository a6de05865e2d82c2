import type { Command } from './commands.ts';
import type { Draft } from './draft.ts';
import { nextSeq, touch } from './draft.ts';
import type { LayerRow, PoolRow, PositionRow } from './state.ts';

/** Where money without units comes from or goes to: a cost pool, or a virtual location. */
export interface ValueSide {
  readonly pool?: PoolRow;
  /** FIFO: the layer whose value changes with the pool's. */
  readonly layer?: LayerRow;
  readonly locationId?: number;
}

/** What every value entry of one line shares. */
export interface ValueDetails {
  readonly draft: Draft;
  readonly command: Command;
  readonly line: number;
  readonly item: Pick<PositionRow, 'itemId' | 'ownerId'>;
  readonly causeSeq: number;
  readonly occurredAt: number;
  readonly reasonId: number;
  readonly documentId: number;
}

/**
 * Moves `amount` minor units from one side to the other (a negative amount the other way round)
 * as one value entry with the next seq. Zero is no entry. Answers the seq, or 0.
 */
export function moveValue(
  details: ValueDetails,
  from: ValueSide,
  to: ValueSide,
  amount: bigint,
): number {
  if (amount === 0n) return 0;
  if (amount < 0n) return moveValue(details, to, from, -amount);
  const { draft, command } = details;
  const seq = nextSeq(draft);
  change(draft, from, -amount, seq);
  change(draft, to, amount, seq);
  draft.valueEntries.push({
    seq,
    amount,
    fromPoolId: from.pool?.poolId ?? 0,
    fromLocationId: from.locationId ?? 0,
    toPoolId: to.pool?.poolId ?? 0,
    toLocationId: to.locationId ?? 0,
    layerSeq: to.layer?.layerSeq ?? from.layer?.layerSeq ?? 0,
    causeSeq: details.causeSeq,
    bodyHash: command.bodyHash,
    commandId: command.id,
    line: nextLine(details),
    itemId: details.item.itemId,
    ownerId: details.item.ownerId,
    actorId: command.actorId,
    documentId: details.documentId,
    reasonId: details.reasonId,
    occurredAt: details.occurredAt,
  });
  return seq;
}

/** One line may make several entries: they are numbered apart under the command's one id. */
function nextLine(details: ValueDetails): number {
  const { valueEntries } = details.draft;
  let line = 1;
  for (let i = valueEntries.length - 1; i >= 0; i -= 1) {
    if (valueEntries[i]?.commandId !== details.command.id) break;
    line += 1;
  }
  return line;
}

function change(draft: Draft, side: ValueSide, amount: bigint, seq: number): void {
  if (side.pool) {
    touch(draft, draft.pools, side.pool);
    side.pool.value += amount;
    side.pool.lastSeq = seq;
  }
  if (side.layer) {
    touch(draft, draft.layers, side.layer);
    side.layer.valueLeft += amount;
    side.layer.lastSeq = seq;
  }
}
