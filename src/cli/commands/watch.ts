import type { Command } from 'commander';
import { globalsOf } from '../command.ts';
import { parseCount } from '../options.ts';
import { type Feed, startFeed } from '../watch/feed.ts';
import { lineSink } from '../watch/lines.ts';
import { startScreen } from '../watch/screen.ts';
import { withDatabase } from '../with-database.ts';

const SECONDS_MAX = 86_400;

interface WatchOptions {
  readonly seconds?: number;
}

/** Resolves when the user, a signal or the clock ends it; rejects when the feed fails. */
function untilEnd(feed: Feed, seconds: number | undefined, quit: Promise<void>): Promise<void> {
  return new Promise((done, fail) => {
    const timer = seconds === undefined ? undefined : setTimeout(() => end(), seconds * 1000);
    const end = (error?: Error) => {
      clearTimeout(timer);
      process.removeListener('SIGINT', stop);
      process.removeListener('SIGTERM', stop);
      if (error) fail(error);
      else done();
    };
    const stop = () => end();
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    void quit.then(stop);
    void feed.failed.then(end);
  });
}

async function watch(options: WatchOptions, command: Command): Promise<void> {
  const { json } = globalsOf(command);
  await withDatabase(async (context) => {
    if (json || !process.stdout.isTTY) {
      const feed = await startFeed(context, lineSink(json));
      return untilEnd(feed, options.seconds, new Promise(() => {})).finally(() => feed.close());
    }
    const screen = startScreen(context.clock);
    try {
      const feed = await startFeed(context, screen.sink);
      await untilEnd(feed, options.seconds, screen.quit).finally(() => feed.close());
    } finally {
      screen.close();
    }
  });
}

/** `onhand watch`. */
export function registerWatch(program: Command): void {
  program
    .command('watch')
    .description('the live feed and totals: a screen on a terminal, else a line a movement')
    .option('--seconds <seconds>', 'end after that time', parseCount(SECONDS_MAX))
    .action(watch);
}
