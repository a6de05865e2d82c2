import type { WatchedException, WatchedMovement } from './tally.ts';

/** Who is told what a feed brings, oldest first. */
export interface FeedSink {
  /** What was posted last before the feed began: for the eye, not for the totals. */
  onPast(movements: readonly WatchedMovement[]): void;
  onMovements(movements: readonly WatchedMovement[]): void;
  onExceptions(exceptions: readonly WatchedException[]): void;
  /** Where the feed comes from at the moment, for people. */
  onSource(source: string): void;
  /** Commands that wait in the server; undefined where no server runs. */
  onQueue(commands: number | undefined): void;
}
