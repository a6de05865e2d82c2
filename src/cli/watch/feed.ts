import type { WatchedException, WatchedMovement } from './tally.ts';

/** What a feed tells as it comes, oldest first. */
export interface FeedSink {
  /** What was posted last before the feed began: for the eye, not for the totals. */
  onPast(movements: readonly WatchedMovement[]): void;
  onMovements(movements: readonly WatchedMovement[]): void;
  onExceptions(exceptions: readonly WatchedException[]): void;
  /** The feed does not come at the moment, and why; null when it comes again. */
  onTrouble(trouble: string | null): void;
}

/** A feed that runs. */
export interface Feed {
  /** Where it comes from, for people. */
  readonly source: string;
  /** Resolves with an error when it cannot go on; until then it is pending. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/** Newest first, as the read side answers, to oldest first, as a feed tells. */
export function oldestFirst<Row>(rows: readonly Row[]): Row[] {
  return [...rows].reverse();
}
