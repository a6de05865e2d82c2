import type { Clock } from '../../platform/clock.ts';
import type { FeedSink } from './sink.ts';
import { countMovements, emptyTally, noteExceptions, showPast } from './tally.ts';
import { openTerminal } from './terminal.ts';
import { draw } from './view.ts';

/** Frames a second at most; a rate that moves is readable at this. */
const DRAW_EVERY_MS = 250;

/** A feed on the whole screen. */
export interface WatchScreen {
  readonly sink: FeedSink;
  /** Resolves when the user asks to quit. */
  readonly quit: Promise<void>;
  close(): void;
}

/** Takes over the terminal at stdout until it is closed. */
export function startScreen(clock: Clock): WatchScreen {
  const tally = emptyTally(clock().getTime());
  let source = 'connecting ...';
  let queue: number | undefined;
  let onQuit = () => {};
  const quit = new Promise<void>((done) => {
    onQuit = done;
  });
  const redraw = () => {
    const { columns, rows } = terminal.size();
    const now = clock().getTime();
    const hasColor = process.stdout.hasColors();
    terminal.draw(draw(tally, { columns, rows, now, source, queue, hasColor }));
  };
  const terminal = openTerminal(process.stdin, process.stdout, onQuit, redraw);
  const timer = setInterval(redraw, DRAW_EVERY_MS);
  redraw();
  return {
    sink: {
      onPast: (movements) => showPast(tally, movements),
      onMovements: (movements) => countMovements(tally, movements, clock().getTime()),
      onExceptions: (exceptions) => noteExceptions(tally, exceptions),
      onSource: (now) => {
        source = now;
      },
      onQueue: (commands) => {
        queue = commands;
      },
    },
    quit,
    close: () => {
      clearInterval(timer);
      terminal.close();
    },
  };
}
