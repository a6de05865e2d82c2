import type { Queryable } from '../../platform/database.ts';
import { readHeads } from './feed.queries.ts';
import { formatVector, type SeqVector } from './vector.ts';

/**
 * The pulse of the ledger: one reader of the heads for all subscribers of a process, at work only
 * while there are any. What other processes post is seen too, without LISTEN.
 */
export interface Pulse {
  /** Calls `onHeads` with the newest seqs, at once and whenever they move. Call it to leave. */
  subscribe(onHeads: (heads: SeqVector) => void): () => void;
}

const POLL_MS = 100;

/** Makes a pulse that rests until somebody subscribes. */
export function createPulse(db: Queryable): Pulse {
  const subscribers = new Set<(heads: SeqVector) => void>();
  let timer: NodeJS.Timeout | undefined;
  let heads: SeqVector | undefined;
  const beat = async (): Promise<void> => {
    // A database that is away is asked again at the next beat.
    const next = await readHeads(db).catch(() => undefined);
    const moved = next && (!heads || formatVector(next) !== formatVector(heads));
    if (next && moved) {
      heads = next;
      for (const subscriber of subscribers) subscriber(next);
    }
    timer = subscribers.size > 0 ? setTimeout(() => void beat(), POLL_MS) : undefined;
  };
  return {
    subscribe: (onHeads) => {
      subscribers.add(onHeads);
      if (timer === undefined) {
        heads = undefined;
        timer = setTimeout(() => void beat(), 0);
      } else if (heads) onHeads(heads);
      return () => {
        subscribers.delete(onHeads);
      };
    },
  };
}
