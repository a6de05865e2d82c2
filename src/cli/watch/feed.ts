import { setTimeout as sleep } from 'node:timers/promises';
import { createKey, revokeKey, SYSTEM } from '../../platform/auth/index.ts';
import { runningServerUrl } from '../running.ts';
import type { CliContext } from '../with-database.ts';
import { listen, queueOf, StreamRefused } from './event-stream.ts';
import type { FeedSink } from './sink.ts';
import { openTail } from './tail.ts';

/** Between two questions where nobody says that something is new. */
const ASK_EVERY_MS = 500;
/** Between two questions at least: a busy ledger is read in larger bites. */
const REST_MS = 100;
const QUEUE_EVERY_MS = 1_000;
const CONNECT_EVERY_MS = 2_000;
/** Questions in a row that may fail before the feed gives up. */
const FAILURES_MAX = 20;
const DAY_MS = 86_400_000;

/** A feed that runs. */
export interface Feed {
  /** Resolves with an error when it cannot go on; until then it is pending. */
  readonly failed: Promise<Error>;
  close(): Promise<void>;
}

/** Wakes whoever sleeps: at the call, or at once where the call came before the sleep. */
function createBell() {
  let rung = false;
  let wake = () => {};
  return {
    ring(): void {
      rung = true;
      wake();
    },
    /** Resolves when it rings, at the latest after so many milliseconds. */
    async wait(milliseconds: number): Promise<void> {
      if (!rung) {
        await new Promise<void>((done) => {
          const timer = setTimeout(done, milliseconds);
          wake = () => {
            clearTimeout(timer);
            done();
          };
        });
      }
      rung = false;
    },
  };
}

/** A key of this watch's own, made when it is first needed and revoked at the end. */
function createLocalKey(context: CliContext) {
  let made: { id: number; key: string } | undefined;
  return {
    async get(): Promise<string> {
      const expiresAt = new Date(context.clock().getTime() + DAY_MS);
      const scopes = ['ledger:read', 'system:read'] as const;
      made ??= await createKey(context, { name: 'onhand watch', scopes, expiresAt }, SYSTEM);
      return made.key;
    },
    /** The server does not know it: the database was made anew under it. */
    forget(): void {
      made = undefined;
    },
    async revoke(): Promise<void> {
      if (made) await revokeKey(context, made.id, SYSTEM).catch(() => {});
    },
  };
}

interface Server {
  /** Whether its event stream is open. */
  isOpen: boolean;
  source: string;
  running: Promise<void>;
}

/** Reads the server's queue now and then, until the signal ends it. */
async function watchQueue(url: string, key: string, sink: FeedSink, signal: AbortSignal) {
  while (!signal.aborted) {
    sink.onQueue(await queueOf(url, key, signal).catch(() => undefined));
    await sleep(QUEUE_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  sink.onQueue(undefined);
}

/**
 * Follows the server that runs on this data, whenever one does: its event stream rings the bell,
 * its metrics tell the queue.
 */
function followServer(
  context: CliContext,
  sink: FeedSink,
  ring: () => void,
  signal: AbortSignal,
): Server {
  const server: Server = { isOpen: false, source: '', running: Promise.resolve() };
  const key = createLocalKey(context);
  const say = (source: string) => {
    server.source = source;
    sink.onSource(source);
  };
  const follow = async (url: string) => {
    const text = await key.get();
    const ended = new AbortController();
    const queue = watchQueue(url, text, sink, AbortSignal.any([ended.signal, signal]));
    const onOpen = () => {
      server.isOpen = true;
      say(`live from ${url}`);
      ring();
    };
    try {
      await listen(`${url}/v1/stream`, text, signal, onOpen, ring);
    } catch (error) {
      if (error instanceof StreamRefused && error.status === 401) key.forget();
      else if (!signal.aborted) say(`the database (${url}: ${(error as Error).message})`);
    }
    server.isOpen = false;
    // A server without a stream still has a queue; it is looked at until the next try.
    await sleep(CONNECT_EVERY_MS, undefined, { signal }).catch(() => {});
    ended.abort();
    await queue;
  };
  const run = async () => {
    while (!signal.aborted) {
      const url = runningServerUrl(context.config.dataFolder);
      if (url === undefined) say('the database');
      // Making the key may fail while the database restarts; then it tries again, too.
      if (url !== undefined) await follow(url).catch(() => {});
      await sleep(url === undefined ? CONNECT_EVERY_MS : REST_MS, undefined, { signal }).catch(
        () => {},
      );
    }
    await key.revoke();
  };
  server.running = run();
  return server;
}

/**
 * Begins a feed: of the server's event stream where one runs on this data folder, else of the
 * database, asked every half second. Either way the rows come from the database: the stream says
 * when, so that nothing is missed when it breaks.
 */
export async function startFeed(context: CliContext, sink: FeedSink): Promise<Feed> {
  const tail = await openTail(context, sink);
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = createBell();
  const server = followServer(context, sink, bell.ring, signal);
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((done) => {
    fail = done;
  });
  const loop = async () => {
    let failures = 0;
    while (!signal.aborted) {
      // With the stream open the question is only a precaution.
      await bell.wait(server.isOpen ? ASK_EVERY_MS * 10 : ASK_EVERY_MS);
      if (signal.aborted) return;
      try {
        await tail.ask();
        if (failures > 0) sink.onSource(server.source);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures >= FAILURES_MAX) return fail(error as Error);
        sink.onSource(`no answer: ${(error as Error).message}`);
      }
      await sleep(REST_MS, undefined, { signal }).catch(() => {});
    }
  };
  const asking = loop();
  return {
    failed,
    close: async () => {
      stopping.abort();
      bell.ring();
      await Promise.all([asking, server.running]);
    },
  };
}
