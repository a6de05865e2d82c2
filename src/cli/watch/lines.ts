import type { FeedSink } from './sink.ts';
import type { WatchedException, WatchedMovement } from './tally.ts';
import { exceptionText, movementText } from './view.ts';

function write(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

/** A feed as lines on stdout: text for people, or one JSON object each. */
export function lineSink(json: boolean): FeedSink {
  let shown = '';
  const movementLine = (movement: WatchedMovement) =>
    json ? JSON.stringify({ type: 'movement', ...movement }) : movementText(movement);
  const exceptionLine = (exception: WatchedException) =>
    json ? JSON.stringify({ type: 'exception', ...exception }) : exceptionText(exception);
  return {
    onPast: () => {},
    onMovements: (movements) => write(movements.map(movementLine)),
    onExceptions: (exceptions) => write(exceptions.map(exceptionLine)),
    onSource: (source) => {
      if (!json && source !== shown) process.stderr.write(`Watching: ${source}.\n`);
      shown = source;
    },
    onQueue: () => {},
  };
}
